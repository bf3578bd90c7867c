//! What is known of the lengths of a class while a rival runs: what history and its own finished jobs have shown.

use std::cmp::Reverse;
use std::collections::BinaryHeap;

use crate::twin::means::{Mean, by_class};
use crate::twin::series::Ms;
use crate::twin::world::{Job, Lengths, World};

/// What a rival takes for a job's length.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Length {
    /// What it plans with.
    pub(super) expected: Ms,
    /// What deadlines are computed with.
    pub(super) upper: Ms,
}

impl Length {
    /// A length that is certain.
    pub(super) fn certain(length: Ms) -> Self {
        Self {
            expected: length,
            upper: length,
        }
    }
}

/// The lengths of each class that are known so far.
#[derive(Debug)]
pub(super) struct Known {
    lengths: Lengths,
    /// By class, over the whole file, where they are known.
    means: Vec<Option<Ms>>,
    classes: Vec<Class>,
    /// What will be known: `(end, class, length)`, the first end on top.
    running: BinaryHeap<Reverse<(Ms, usize, Ms)>>,
}

impl Known {
    /// What is known before the first submission.
    pub(super) fn of(world: &World) -> Self {
        let classes = world.jobs.iter().chain(&world.history).map(|job| job.class + 1).max();
        let mut known = Self {
            lengths: world.lengths,
            means: Vec::new(),
            classes: vec![Class::default(); classes.unwrap_or(0)],
            running: BinaryHeap::new(),
        };
        match world.lengths {
            Lengths::Known => {}
            Lengths::Mean => known.means = by_class(world),
            Lengths::Learned => world
                .history
                .iter()
                .for_each(|job| known.ends(job, job.submit + job.length)),
        }
        known
    }

    /// What is taken for a job's length at `now`; never asked for an earlier instant than before. `None`: nothing is known.
    pub(super) fn length(&mut self, job: &Job, now: Ms) -> Option<Length> {
        while let Some(Reverse((end, class, length))) = self.running.pop() {
            if end > now {
                self.running.push(Reverse((end, class, length)));
                break;
            }
            self.classes[class].add(length);
        }
        let class = &self.classes[job.class];
        match self.lengths {
            Lengths::Known => Some(Length::certain(job.length)),
            Lengths::Mean => self.means.get(job.class).copied().flatten().map(Length::certain),
            Lengths::Learned => Some(Length {
                expected: class.mean.value()?,
                upper: class.upper()?,
            }),
        }
    }

    /// A job will have ended at this instant, and be known from then on.
    pub(super) fn ends(&mut self, job: &Job, at: Ms) {
        if self.lengths == Lengths::Learned {
            self.running.push(Reverse((at, job.class, job.length)));
        }
    }
}

/// The lengths of one class.
#[derive(Clone, Debug, Default)]
struct Class {
    mean: Mean,
    /// The lowest 95 %, rounded up, the greatest on top.
    low: BinaryHeap<Ms>,
    /// The others, the least on top.
    high: BinaryHeap<Reverse<Ms>>,
}

impl Class {
    fn add(&mut self, length: Ms) {
        self.mean.add(length);
        self.high.push(Reverse(length));
        // What is new goes up through both, so that none below is greater than one above.
        let swapped = self.low.peek().is_some_and(|low| length < *low);
        if swapped && let (Some(low), Some(Reverse(high))) = (self.low.pop(), self.high.pop()) {
            self.low.push(high);
            self.high.push(Reverse(low));
        }
        let count = self.low.len() + self.high.len();
        while self.low.len() < (count * 95).div_ceil(100) {
            let Some(Reverse(least)) = self.high.pop() else { break };
            self.low.push(least);
        }
    }

    /// The 95th percentile: the least length at or below which 95 % lie.
    fn upper(&self) -> Option<Ms> {
        self.low.peek().copied()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn job(class: usize, length: Ms) -> Job {
        Job {
            class,
            length,
            ..Job::default()
        }
    }

    #[test]
    fn the_percentile_is_the_least_length_at_or_below_which_95_of_100_lie() {
        let mut random = fastrand::Rng::with_seed(1);
        let (mut class, mut all) = (Class::default(), Vec::new());
        for _ in 0..500 {
            let length = random.i64(0..50);
            class.add(length);
            all.push(length);
            all.sort_unstable();
            let expected = all
                .iter()
                .find(|v| all.iter().filter(|w| w <= v).count() * 100 >= all.len() * 95);
            assert_eq!(class.upper(), expected.copied());
            let mean = all.iter().sum::<Ms>() as f64 / all.len() as f64;
            assert!((class.mean.value().unwrap() as f64 - mean).abs() <= 0.5);
        }
    }

    #[test]
    fn a_length_is_learned_when_its_job_has_ended_and_not_before() {
        let world = World {
            lengths: Lengths::Learned,
            jobs: vec![job(0, 10), job(0, 30)],
            ..World::default()
        };
        let mut known = Known::of(&world);
        known.ends(&world.jobs[0], 100);
        assert_eq!(known.length(&world.jobs[1], 99), None);
        assert_eq!(known.length(&world.jobs[1], 100), Some(Length::certain(10)));
    }

    #[test]
    fn history_has_been_learned_before_the_first_job_comes() {
        let past = Job {
            submit: -100,
            ..job(0, 40)
        };
        let world = World {
            lengths: Lengths::Learned,
            jobs: vec![job(0, 10)],
            history: vec![past],
            ..World::default()
        };
        assert_eq!(Known::of(&world).length(&world.jobs[0], 0), Some(Length::certain(40)));
    }

    #[test]
    fn the_mean_of_the_file_is_known_from_the_start_where_the_scenario_says_so() {
        let mut world = World {
            lengths: Lengths::Mean,
            jobs: vec![job(0, 10), job(0, 31), job(1, 500)],
            ..World::default()
        };
        assert_eq!(Known::of(&world).length(&world.jobs[0], 0), Some(Length::certain(21)));
        world.lengths = Lengths::Known;
        assert_eq!(Known::of(&world).length(&world.jobs[1], 0), Some(Length::certain(31)));
    }
}
