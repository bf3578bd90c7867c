//! Asks a rival about one job after the other, each when it is ready.

use std::cmp::Reverse;
use std::collections::BinaryHeap;

use super::asked::Asked;
use super::known::Known;
use crate::twin::outcome::{Outcome, Run};
use crate::twin::series::Ms;
use crate::twin::world::World;

/// Which jobs come after which, and when each must have ended for the sake of those.
#[derive(Debug)]
pub(in crate::twin) struct Chains {
    /// The jobs that come after each one.
    after: Vec<Vec<usize>>,
    /// The latest end of each job at which those after it still fit into the data.
    tails: Vec<Ms>,
}

impl Chains {
    /// Those of a world.
    pub(in crate::twin) fn of(world: &World) -> Self {
        let mut after = vec![Vec::new(); world.jobs.len()];
        for (number, job) in world.jobs.iter().enumerate() {
            if let Some(before) = job.after {
                after[before].push(number);
            }
        }
        let mut chains = Self {
            after,
            tails: vec![Ms::MAX; world.jobs.len()],
        };
        for number in chains.order(world).into_iter().rev() {
            let job = &world.jobs[number];
            let ends = job.zones.iter().map(|zone| world.zones[*zone].intensity.end());
            let end = ends.max().unwrap_or(Ms::MAX).min(chains.tails[number]);
            if let Some(before) = job.after {
                chains.tails[before] = chains.tails[before].min(end.saturating_sub(job.length));
            }
        }
        chains
    }

    /// All jobs, none before the one that it comes after.
    pub(in crate::twin) fn order(&self, world: &World) -> Vec<usize> {
        let mut order: Vec<usize> = (0..world.jobs.len())
            .filter(|job| world.jobs[*job].after.is_none())
            .collect();
        let mut next = 0;
        while let Some(job) = order.get(next) {
            order.extend(&self.after[*job]);
            next += 1;
        }
        order
    }

    /// The jobs that come after this one.
    pub(in crate::twin) fn after(&self, job: usize) -> &[usize] {
        &self.after[job]
    }

    /// When a job must have ended so that those after it still fit into the data.
    pub(in crate::twin) fn tail(&self, job: usize) -> Ms {
        self.tails[job]
    }
}

/// Asks about every job in the order in which they become ready.
pub(super) fn each(world: &World, mut decide: impl FnMut(&Asked<'_>) -> Outcome) -> Run {
    let chains = Chains::of(world);
    let mut known = Known::of(world);
    let mut outcomes = vec![Outcome::default(); world.jobs.len()];
    let free = world.jobs.iter().enumerate().filter(|(_, job)| job.after.is_none());
    let mut waiting: BinaryHeap<_> = free.map(|(number, job)| Reverse((job.submit, number))).collect();
    while let Some(Reverse((ready, number))) = waiting.pop() {
        let job = &world.jobs[number];
        let outcome = decide(&Asked {
            world,
            job,
            ready,
            length: known.length(job, ready),
            tail: chains.tail(number),
        });
        let end = outcome.segments.last().map_or(ready, |segment| segment.end);
        known.ends(job, end);
        let next = chains.after(number).iter();
        waiting.extend(next.map(|next| Reverse((world.jobs[*next].submit.max(end), *next))));
        outcomes[number] = outcome;
    }
    Run {
        name: String::new(),
        outcomes,
        plan_seconds: None,
    }
}
