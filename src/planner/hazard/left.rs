//! What is left of a job of which only the survival curve is known.

use super::super::curve::in_hours;
use super::super::grid::{Offset, nanos};
use super::super::survival::Survival;

/// The survival curve of the jobs that have done as much as this one, over the work that is left.
#[derive(Clone, Debug)]
pub(super) struct Left {
    /// Its steps, by rising work; no job is longer than the last.
    steps: Vec<Step>,
}

#[derive(Clone, Copy, Debug)]
struct Step {
    /// After so much more work.
    after: Offset,
    /// The share that is longer.
    alive: f64,
    /// How many hours of the work before it a job is expected to run.
    hours: f64,
}

impl Left {
    /// What a curve leaves after `done`; `None` where no job of the curve is longer.
    pub(super) fn of(curve: &Survival, done: Offset) -> Option<Self> {
        let mut steps: Vec<Step> = Vec::new();
        let mut scale = 1.0;
        let (mut work, mut share, mut hours) = (0, 1.0, 0.0);
        for (after, alive) in curve.steps() {
            let after = nanos(*after) - done;
            if after <= 0 {
                scale = *alive;
                continue;
            }
            hours += share * in_hours(after - work);
            (work, share) = (after, *alive / scale);
            steps.push(Step {
                after,
                alive: share,
                hours,
            });
        }
        steps.last_mut()?.alive = 0.0;
        Some(Self { steps })
    }

    /// The work after which none is left.
    pub(super) fn end(&self) -> Offset {
        self.steps.last().map_or(0, |step| step.after)
    }

    /// Its steps: after how much more work which share is longer; the last share is 0.
    pub(super) fn steps(&self) -> impl Iterator<Item = (Offset, f64)> {
        self.steps.iter().map(|step| (step.after, step.alive))
    }

    /// The share that still runs after so much more work.
    pub(super) fn alive(&self, work: Offset) -> f64 {
        let passed = self.passed(work);
        passed.checked_sub(1).map_or(1.0, |last| self.steps[last].alive)
    }

    /// How many hours of so much more work are expected to be run.
    pub(super) fn hours(&self, work: Offset) -> f64 {
        self.hours_past(self.passed(work), work)
    }

    /// The same for amounts of work that rise from question to question, the first of them at least `work`.
    pub(super) fn rising_hours(&self, work: Offset) -> impl FnMut(Offset) -> f64 {
        let mut passed = self.passed(work);
        move |work| {
            passed += self.steps[passed..]
                .iter()
                .take_while(|step| step.after <= work)
                .count();
            self.hours_past(passed, work)
        }
    }

    /// How many of its steps so much more work passes.
    fn passed(&self, work: Offset) -> usize {
        self.steps.partition_point(|step| step.after <= work)
    }

    /// The hours of so much more work, which passes so many steps.
    fn hours_past(&self, passed: usize, work: Offset) -> f64 {
        if passed == self.steps.len() {
            return self.steps.last().map_or(0.0, |step| step.hours);
        }
        let (from, alive, hours) = match passed.checked_sub(1) {
            None => (0, 1.0, 0.0),
            Some(last) => (self.steps[last].after, self.steps[last].alive, self.steps[last].hours),
        };
        hours + alive * in_hours(work - from)
    }
}
