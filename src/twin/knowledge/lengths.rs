//! How long jobs run, as far as it is known.

use std::collections::BTreeMap;

use jiff::SignedDuration;

use crate::planner::Survival;
use crate::twin::series::Ms;
use crate::twin::world::{Job, Lengths, World};

/// What is known of one job's length, of all its work.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Known {
    /// What to expect.
    pub expected: Ms,
    /// What it will hardly exceed (95th percentile).
    pub upper: Ms,
}

/// What has been seen of lengths so far.
#[derive(Debug, Default)]
pub(super) struct Learner {
    /// By group and class: the lengths of finished jobs.
    finished: BTreeMap<(String, usize), Vec<Ms>>,
    /// By class, over the whole file.
    means: Vec<Option<Ms>>,
}

impl Learner {
    /// What is known at the start.
    pub(super) fn of(world: &World) -> Self {
        let mut learner = Self::default();
        if world.lengths == Lengths::Learned {
            for job in &world.history {
                learner.learn(job);
            }
        }
        if world.lengths == Lengths::Mean {
            learner.means = (0..world.classes.len()).map(|class| mean(world, class)).collect();
        }
        learner
    }

    /// What is known of a job's length when it has done this much.
    pub(super) fn length(&self, world: &World, job: usize, done: Ms) -> Option<Known> {
        let job = &world.jobs[job];
        let exactly = |length: Ms| Known {
            expected: length.max(done),
            upper: length.max(done),
        };
        match world.lengths {
            Lengths::Known => Some(exactly(job.length)),
            Lengths::Mean => self.means.get(job.class).copied().flatten().map(exactly),
            Lengths::Learned => {
                let curve = self.survival(&key(job))?;
                let done = SignedDuration::from_millis(done);
                Some(Known {
                    expected: curve.mean(done).as_millis() as Ms,
                    upper: curve.quantile(0.95, done).as_millis() as Ms,
                })
            }
        }
    }

    /// The name of a job's curve.
    pub(super) fn curve(&self, world: &World, job: usize) -> Option<String> {
        let key = key(&world.jobs[job]);
        let learned = world.lengths == Lengths::Learned && self.finished.contains_key(&key);
        learned.then(|| name(world, &key))
    }

    /// All curves.
    pub(super) fn curves(&self, world: &World) -> BTreeMap<String, Survival> {
        let curve = |key: &(String, usize)| Some((name(world, key), self.survival(key)?));
        self.finished.keys().filter_map(curve).collect()
    }

    /// A job has finished.
    pub(super) fn finished(&mut self, world: &World, job: usize) {
        if world.lengths == Lengths::Learned {
            self.learn(&world.jobs[job]);
        }
    }

    fn learn(&mut self, job: &Job) {
        let lengths = self.finished.entry(key(job)).or_default();
        let at = lengths.partition_point(|length| *length <= job.length);
        lengths.insert(at, job.length);
    }

    fn survival(&self, key: &(String, usize)) -> Option<Survival> {
        let lengths = self.finished.get(key)?;
        let all = lengths.len() as f64;
        let step = |(number, length): (usize, &Ms)| {
            let longer = (lengths.len() - 1 - number) as f64 / all;
            (SignedDuration::from_millis(*length), longer)
        };
        let mut steps: Vec<_> = lengths.iter().enumerate().map(step).collect();
        // Of equal lengths the last one says how many are longer.
        steps.reverse();
        steps.dedup_by_key(|(length, _)| *length);
        steps.reverse();
        Some(Survival::of(steps))
    }
}

fn key(job: &Job) -> (String, usize) {
    (job.group.clone(), job.class)
}

fn name(world: &World, (group, class): &(String, usize)) -> String {
    format!("{group}/{}", world.classes.get(*class).map_or("", String::as_str))
}

fn mean(world: &World, class: usize) -> Option<Ms> {
    let lengths = || world.jobs.iter().filter(|job| job.class == class).map(|job| job.length);
    let count = lengths().count() as Ms;
    (count > 0).then(|| lengths().sum::<Ms>() / count)
}
