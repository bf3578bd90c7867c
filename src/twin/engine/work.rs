//! What a job has behind it and before it.

use std::collections::VecDeque;

use crate::planner::{Action, Decision, MOST_REWRITES, Published};
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
    /// What was promised to it while it is held, as the operator writes it on the job.
    pub(super) published: Option<Published>,
    /// What is planned for it, by time.
    pub(super) course: VecDeque<Segment>,
}

impl Work {
    /// Publishes a decision to hold; a start or zone that differs from what was promised is a rewrite.
    pub(super) fn publish(&mut self, decision: &Decision) {
        let chosen = &decision.chosen;
        self.published = match self.published.take() {
            _ if self.stage != Stage::Held || decision.action != Action::Hold => None,
            Some(last) if last.rewrites_left == 0 => Some(last),
            Some(last) if last.start == chosen.start && last.zones == chosen.zones => Some(last),
            last => Some(Published {
                start: chosen.start,
                zones: chosen.zones.clone(),
                rewrites_left: last.map_or(MOST_REWRITES, |last| last.rewrites_left - 1),
            }),
        };
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
