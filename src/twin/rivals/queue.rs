//! Asks a rival about one job after the other, each when it is ready.

use std::cmp::Reverse;
use std::collections::BinaryHeap;

use super::asked::Asked;
use super::known::Known;
use crate::twin::chains::Chains;
use crate::twin::outcome::{Outcome, Run};
use crate::twin::world::World;

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
            tail: chains.tail_as_known(world, number),
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
