//! What jobs take and zones hold, in whole numbers: sums of many are exact, so that a full zone is full and not overfull.

use std::ops::{AddAssign, SubAssign};

use super::world::{Amounts, Job, Zone};
use crate::planner::shares;
use crate::units::Resources;

/// Thousandths of a core, MiB thousandths, thousandths of an accelerator.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Exact(pub [i64; 3]);

/// As good as unlimited; sums of thousands still fit.
const UNLIMITED: i64 = i64::MAX / (1 << 20);

impl Exact {
    /// Rounded to the nearest whole number.
    pub fn of(amounts: &Amounts) -> Self {
        let whole = |value: f64| ((value * 1000.0).round() as i64).min(UNLIMITED);
        Self([
            whole(amounts.cpus),
            whole(amounts.memory_gib * 1024.0),
            whole(amounts.gpus),
        ])
    }

    /// What a job takes at a step of its scaling.
    pub fn need(job: &Job, step: usize) -> Self {
        let wider = match (job.scaling.get(step), job.scaling.first()) {
            (Some(step), Some(first)) => f64::from(step.pods) / f64::from(first.pods),
            _ => 1.0,
        };
        Self::of(&job.need).times(wider)
    }

    /// The share of it, rounded up.
    #[must_use]
    pub fn times(&self, share: f64) -> Self {
        Self(self.0.map(|amount| (amount as f64 * share).ceil() as i64))
    }

    /// Whether `need` fits beside what is `used`; what is not needed may be short.
    pub fn holds(&self, used: &Self, need: &Self) -> bool {
        let all = self.0.iter().zip(&used.0).zip(&need.0);
        all.into_iter()
            .all(|((whole, used), need)| *need == 0 || used + need <= *whole)
    }
}

impl AddAssign for Exact {
    fn add_assign(&mut self, other: Self) {
        for (amount, more) in self.0.iter_mut().zip(other.0) {
            *amount += more;
        }
    }
}

impl SubAssign for Exact {
    fn sub_assign(&mut self, other: Self) {
        for (amount, less) in self.0.iter_mut().zip(other.0) {
            *amount -= less;
        }
    }
}

/// A capacity as the planner counts it: what is not whole is not there.
pub fn capacity(amounts: &Amounts) -> Resources {
    resources(amounts, f64::floor)
}

/// A need as the planner counts it: what is not whole is taken whole.
pub fn request(amounts: &Amounts) -> Resources {
    resources(amounts, f64::ceil)
}

fn resources(amounts: &Amounts, whole: fn(f64) -> f64) -> Resources {
    // Binary fractions of decimal numbers lie a little beside them.
    let count = |value: f64| whole((value * 1e6).round() / 1e6).min(UNLIMITED as f64) as i64;
    Resources {
        cpu_milli: count(amounts.cpus * 1000.0),
        memory_bytes: count(amounts.memory_gib * f64::from(1 << 30)),
        gpus: count(amounts.gpus),
    }
}

/// What a zone holds at an instant.
pub fn capacity_at(zone: &Zone, at: i64) -> Amounts {
    let after = zone.capacity.partition_point(|(from, _)| *from <= at);
    zone.capacity.get(after.saturating_sub(1)).map_or(
        Amounts {
            cpus: f64::INFINITY,
            memory_gib: f64::INFINITY,
            gpus: f64::INFINITY,
        },
        |(_, amounts)| *amounts,
    )
}

/// How a job that runs over all its zones is shared out among them at an instant: by their capacity.
pub fn spread(job: &Job, zones: &[Zone], at: i64) -> Vec<(usize, f64)> {
    let capacities: Vec<Resources> = job
        .zones
        .iter()
        .map(|zone| capacity(&capacity_at(&zones[*zone], at)))
        .collect();
    job.zones
        .iter()
        .copied()
        .zip(shares(&capacities, &request(&job.need)))
        .collect()
}

/// Where a job draws its power in a segment there: the zone, or its share of all its zones.
pub fn parts(job: &Job, zones: &[Zone], zone: Option<usize>, at: i64) -> Vec<(usize, f64)> {
    zone.map_or_else(|| spread(job, zones, at), |zone| vec![(zone, 1.0)])
}
