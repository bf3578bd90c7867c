//! Jobs that come after others.

use super::series::Ms;
use super::world::{Lengths, World};

/// Which jobs come after which, and when each must have ended for the sake of those.
#[derive(Debug)]
pub(super) struct Chains {
    /// The jobs that come after each one.
    after: Vec<Vec<usize>>,
    /// The latest end of each job at which those after it still fit into the data.
    tails: Vec<Ms>,
}

impl Chains {
    /// Those of a world.
    pub(super) fn of(world: &World) -> Self {
        let mut chains = Self {
            after: followers(world),
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

    /// All jobs, none before the one that it comes after; those that come after themselves are left out.
    pub(super) fn order(&self, world: &World) -> Vec<usize> {
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
    pub(super) fn after(&self, job: usize) -> &[usize] {
        &self.after[job]
    }

    /// When a job must have ended so that those after it still fit into the data.
    pub(super) fn tail(&self, job: usize) -> Ms {
        self.tails[job]
    }

    /// The same as far as whoever does not know the future can tell: only known lengths say how long those after it take.
    pub(super) fn tail_as_known(&self, world: &World, job: usize) -> Ms {
        match world.lengths {
            Lengths::Known => self.tails[job],
            Lengths::Learned | Lengths::Mean => Ms::MAX,
        }
    }
}

/// By job: those that come after it.
pub(super) fn followers(world: &World) -> Vec<Vec<usize>> {
    let mut followers = vec![Vec::new(); world.jobs.len()];
    for (number, job) in world.jobs.iter().enumerate() {
        if let Some(before) = job.after {
            followers[before].push(number);
        }
    }
    followers
}
