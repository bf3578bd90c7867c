//! What became of the jobs in one run.

use super::series::Ms;

/// A stretch in which a job ran without a change: the planner's [`Segment`](crate::planner::Segment) in numbers, of which a
/// year of jobs has millions.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Segment {
    /// The zone, by number; `None`: over all its zones by capacity.
    pub zone: Option<usize>,
    /// From when.
    pub start: Ms,
    /// Until when.
    pub end: Ms,
    /// The step of its scaling, by number; 0 without one.
    pub step: usize,
}

/// What became of one job: where and when it ran, by time. A new segment that does not start where the one before ended is
/// a resume.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Outcome {
    /// The stretches.
    pub segments: Vec<Segment>,
}

/// What became of all jobs under one policy, rival or bound.
#[derive(Clone, Debug, Default)]
pub struct Run {
    /// Its name, unique in a scenario.
    pub name: String,
    /// One for each job of the world, by number.
    pub outcomes: Vec<Outcome>,
    /// Wall time inside `plan()`, seconds; `None` where nothing was planned.
    pub plan_seconds: Option<f64>,
}
