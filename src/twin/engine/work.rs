//! What a job has behind it and before it.

use std::collections::VecDeque;

use crate::planner::{Action, Decision, Published};
use crate::twin::outcome::Segment;
use crate::twin::series::Ms;
use crate::twin::world::Job;

/// Where in its life a job is.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(super) enum Stage {
    /// Not submitted, or after another job that is not done.
    #[default]
    Coming,
    /// Held until its planned start.
    Held,
    /// Released, and without room.
    Pending,
    /// Running.
    Running,
    /// Paused.
    Paused,
    /// Done.
    Done,
}

/// One job in a run.
#[derive(Clone, Debug, Default)]
pub(super) struct Work {
    /// Where in its life it is.
    pub(super) stage: Stage,
    /// When it could start.
    pub(super) ready: Ms,
    /// The last start that its deadlines allow, as far as its length is known.
    pub(super) latest_start: Ms,
    /// The work done before `since`, in time at its first width.
    pub(super) done: f64,
    /// When it was last started.
    pub(super) since: Ms,
    /// Where it runs, or ran; `None` over all its zones.
    pub(super) place: Option<usize>,
    /// The step of its scaling that it runs at.
    pub(super) step: usize,
    /// How often it was paused.
    pub(super) pauses: u32,
    /// Counts its starts and stops, so that an end that was foreseen before is known as such.
    pub(super) turn: u32,
    /// Counts its plans, likewise.
    pub(super) planned: u32,
    /// What was planned for it last, while it waits or goes on in pieces.
    pub(super) published: Option<Published>,
    /// What is planned for it, by time.
    pub(super) course: VecDeque<Segment>,
}

impl Work {
    /// Publishes a decision to wait, or one that goes on for more than a run to the end.
    pub(super) fn publish(&mut self, decision: &Decision) {
        let waits = matches!(decision.action, Action::Hold | Action::Pause);
        self.published = (waits || !decision.segments.is_empty()).then(|| Published {
            segments: decision.segments.clone(),
            ..(&decision.chosen).into()
        });
    }

    /// The work that is done at `now`, in milliseconds at the first width of its job.
    pub(super) fn done_at(&self, now: Ms, job: &Job) -> f64 {
        if self.stage != Stage::Running {
            return self.done;
        }
        let throughput = job.scaling.get(self.step).map_or(1.0, |step| step.throughput);
        self.done + (now - self.since) as f64 * throughput
    }
}
