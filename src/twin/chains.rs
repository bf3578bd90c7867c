//! Jobs that come after others.

use super::series::Ms;
use super::world::{Job, Lengths, World};

/// Which jobs come after which, and when each must have ended for the sake of those.
#[derive(Debug)]
pub(super) struct Chains {
    /// The jobs that come after each one.
    after: Vec<Vec<usize>>,
    /// The earliest start of each job: when those before it are done if each runs as soon and as wide as it can.
    earliest: Vec<Ms>,
    /// The latest end of each job at which those after it still fit into the data.
    tails: Vec<Ms>,
    /// The latest end of each job at which those after it still keep their own deadlines, as wide as they can.
    wanted: Vec<Ms>,
    /// The same of those after it that are submitted no later than it, and run at their first width.
    wanted_as_known: Vec<Ms>,
}

impl Chains {
    /// Those of a world.
    pub(super) fn of(world: &World) -> Self {
        let mut chains = Self {
            after: followers(world),
            earliest: Vec::new(),
            tails: vec![Ms::MAX; world.jobs.len()],
            wanted: Vec::new(),
            wanted_as_known: Vec::new(),
        };
        let order = chains.order(world);
        chains.earliest = earliest(world, &order);
        chains.wanted = chains.wanted_by(world, &order, |_, _| true, Job::shortest);
        let is_known = |before: &Job, after: &Job| world.arrivals_known || after.submit <= before.submit;
        chains.wanted_as_known = chains.wanted_by(world, &order, is_known, |job| job.length);
        for number in order.into_iter().rev() {
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

    /// The earliest start of a job.
    pub(super) fn earliest(&self, job: usize) -> Ms {
        self.earliest[job]
    }

    /// When a job must have ended so that those after it still fit into the data.
    pub(super) fn tail(&self, job: usize) -> Ms {
        self.tails[job]
    }

    /// When a job must have ended so that those after it keep their own deadlines: after it, some cannot.
    pub(super) fn wanted(&self, job: usize) -> Ms {
        self.wanted[job]
    }

    /// The same as far as whoever does not know the future can tell.
    pub(super) fn wanted_as_known(&self, world: &World, job: usize) -> Ms {
        as_known(world, self.wanted_as_known[job])
    }

    /// When a job must have ended so that those after it still fit into the data, as far as whoever does not know the future can tell.
    pub(super) fn tail_as_known(&self, world: &World, job: usize) -> Ms {
        as_known(world, self.tails[job])
    }

    /// The latest end of each job at which those after it that count keep their own deadlines, if each takes so long. One that
    /// cannot be kept even if each runs as soon as it can is no reason.
    fn wanted_by(
        &self,
        world: &World,
        order: &[usize],
        counts: impl Fn(&Job, &Job) -> bool,
        takes: impl Fn(&Job) -> Ms,
    ) -> Vec<Ms> {
        let (jobs, earliest) = (&world.jobs, &self.earliest);
        let mut wanted = vec![Ms::MAX; jobs.len()];
        for number in order.iter().rev() {
            let job = &jobs[*number];
            let Some(before) = job.after.filter(|before| counts(&jobs[*before], job)) else {
                continue;
            };
            let end = job.finish_by.unwrap_or(Ms::MAX).min(wanted[*number]);
            if end == Ms::MAX || end - earliest[*number] < takes(job) {
                continue;
            }
            let latest = end - takes(job);
            if latest - earliest[before] >= jobs[before].length {
                wanted[before] = wanted[before].min(latest);
            }
        }
        wanted
    }
}

/// The earliest start of each job.
fn earliest(world: &World, order: &[usize]) -> Vec<Ms> {
    let jobs = &world.jobs;
    let mut earliest: Vec<Ms> = jobs.iter().map(|job| job.submit).collect();
    for number in order {
        if let Some(before) = jobs[*number].after {
            earliest[*number] = earliest[*number].max(earliest[before] + jobs[before].shortest());
        }
    }
    earliest
}

/// An end for the sake of others, where anybody can tell: only known lengths say how long those take.
fn as_known(world: &World, end: Ms) -> Ms {
    match world.lengths {
        Lengths::Known => end,
        Lengths::Learned | Lengths::Mean => Ms::MAX,
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
