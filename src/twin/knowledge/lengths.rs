//! How long jobs run, as far as it is known.

use std::collections::{BTreeMap, BTreeSet};

use jiff::SignedDuration;

use crate::learn::{Curves, Finish, Kind};
use crate::planner::Survival;
use crate::twin::means::by_class;
use crate::twin::series::{Ms, instant, ms};
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
    curves: Curves,
    /// By job: its kind.
    kinds: Vec<Kind>,
    /// By class, over the whole file.
    means: Vec<Option<Ms>>,
}

impl Learner {
    /// What is known at the start.
    pub(super) fn of(world: &World) -> Self {
        let mut learner = Self::default();
        match world.lengths {
            Lengths::Known => {}
            Lengths::Mean => learner.means = by_class(world),
            Lengths::Learned => {
                learner.kinds = world.jobs.iter().map(|job| kind(world, job)).collect();
                for (number, job) in world.history.iter().enumerate() {
                    let finish = finish(world, job.submit + job.length, job.length, number);
                    learner.curves.finished(&kind(world, job), &finish);
                }
                learner.curves.renew(world.start, []);
            }
        }
        learner
    }

    /// What is known of a job's length when it has done this much.
    pub(super) fn length(&self, world: &World, job: usize, done: Ms) -> Option<Known> {
        let own = &world.jobs[job];
        let exactly = |length: Ms| Known {
            expected: length.max(done),
            upper: length.max(done),
        };
        match world.lengths {
            Lengths::Known => Some(exactly(own.length)),
            Lengths::Mean => self.means.get(own.class).copied().flatten().map(exactly),
            Lengths::Learned => {
                let (_, curve) = self.curves.of(self.kinds.get(job)?)?;
                let done = SignedDuration::from_millis(done);
                Some(Known {
                    expected: ms(curve.mean(done)),
                    upper: ms(curve.quantile(0.95, done)),
                })
            }
        }
    }

    /// The name of a job's curve.
    pub(super) fn curve(&self, job: usize) -> Option<String> {
        let (name, _) = self.curves.of(self.kinds.get(job)?)?;
        Some(name)
    }

    /// The curves of these jobs.
    pub(super) fn curves(&self, jobs: &[usize]) -> BTreeMap<String, Survival> {
        let kinds: BTreeSet<&Kind> = jobs.iter().filter_map(|job| self.kinds.get(*job)).collect();
        let curve = |kind: &Kind| self.curves.of(kind).map(|(name, curve)| (name, curve.clone()));
        kinds.into_iter().filter_map(curve).collect()
    }

    /// A job has finished; its pauses do not count.
    pub(super) fn finished(&mut self, world: &World, job: usize, now: Ms) {
        if let Some(kind) = self.kinds.get(job) {
            let finish = finish(world, now, world.jobs[job].length, world.history.len() + job);
            self.curves.finished(kind, &finish);
        }
    }

    /// Learns from all that has finished, and from the work that unfinished jobs have behind them.
    pub(super) fn renew(&mut self, world: &World, now: Ms, unfinished: impl Iterator<Item = (usize, Ms)>) {
        let kinds = &self.kinds;
        let ages = unfinished.filter_map(|(job, done)| Some((kinds.get(job)?, SignedDuration::from_millis(done))));
        self.curves.renew(instant(world.start, now), ages);
    }
}

fn kind(world: &World, job: &Job) -> Kind {
    let class = world.classes.get(job.class).map_or("", String::as_str);
    if job.group.is_empty() {
        Kind::class(class)
    } else {
        Kind::group(class, &job.group)
    }
}

fn finish(world: &World, at: Ms, length: Ms, id: usize) -> Finish {
    Finish {
        at: instant(world.start, at),
        length: SignedDuration::from_millis(length),
        id: id as u64,
    }
}
