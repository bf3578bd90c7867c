//! What jobs take and zones hold, in whole numbers: sums of many are exact, so that a full zone is full and not overfull.

use super::world::{Amounts, Job, Zone};
use crate::planner::shares;
use crate::units::Resources;

/// Resources of every zone: cores, memory, accelerators of any model. Those of each model that a zone names come after them.
const COMMON: usize = 3;
/// Unlimited: whoever needs more still fits. Sums of thousands of such needs are no overflow.
const UNLIMITED: i64 = i64::MAX / (1 << 20);
/// The accelerators that a zone does not have.
const NOWHERE: usize = usize::MAX;

/// What a job takes of a zone: resources, each with its amount above zero.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Need(Vec<(usize, i64)>);

impl Need {
    /// What `share` of a job takes of a zone, at a step of its scaling; rounded up, so that there is room for it.
    pub fn of(job: &Job, zone: &Zone, step: usize, share: f64) -> Self {
        Self::rounded(job, zone, step, share, f64::ceil)
    }

    /// The same rounded down: no more than it takes.
    pub fn at_least(job: &Job, zone: &Zone, step: usize, share: f64) -> Self {
        Self::rounded(job, zone, step, share, f64::floor)
    }

    fn rounded(job: &Job, zone: &Zone, step: usize, share: f64, whole: fn(f64) -> f64) -> Self {
        let wider = match (job.scaling.get(step), job.scaling.first()) {
            (Some(step), Some(first)) => f64::from(step.pods) / f64::from(first.pods),
            _ => 1.0,
        };
        let common = exact(&job.need).map(|amount| whole(amount as f64 * wider * share) as i64);
        let mut all: Vec<(usize, i64)> = common.into_iter().enumerate().collect();
        if let Some(model) = job.gpu_model.as_ref().filter(|_| !zone.gpu_models.is_empty()) {
            let place = zone.gpu_models.iter().position(|(name, _)| name == model);
            all.push((place.map_or(NOWHERE, |place| COMMON + place), common[COMMON - 1]));
        }
        all.retain(|(_, amount)| *amount > 0);
        Self(all)
    }

    /// Whether it fits into a zone beside what is used there; what is not needed may be short.
    pub fn fits(&self, whole: &[i64], used: &[i64]) -> bool {
        let fits = |(resource, amount): &(usize, i64)| {
            let there = whole.get(*resource).zip(used.get(*resource));
            there.is_some_and(|(whole, used)| !is_over(used + amount, *whole))
        };
        self.0.iter().all(fits)
    }

    /// Adds it to what is used; with a `sign` of -1, takes it away.
    pub fn add_to(&self, used: &mut [i64], sign: i64) {
        for (resource, amount) in &self.0 {
            if let Some(used) = used.get_mut(*resource) {
                *used += sign * amount;
            }
        }
    }
}

/// Whether more is used of a resource than there is.
pub fn is_over(used: i64, whole: i64) -> bool {
    used > whole && whole < UNLIMITED
}

/// What a zone holds of each resource at an instant.
pub fn whole(zone: &Zone, at: i64) -> Vec<i64> {
    let models = zone.gpu_models.iter().map(|(_, count)| thousandths(*count));
    exact(&capacity_at(zone, at)).into_iter().chain(models).collect()
}

/// Thousandths of a core, of a MiB, and of an accelerator.
fn exact(amounts: &Amounts) -> [i64; COMMON] {
    [
        thousandths(amounts.cpus),
        thousandths(amounts.memory_gib * 1024.0),
        thousandths(amounts.gpus),
    ]
}

fn thousandths(value: f64) -> i64 {
    ((value * 1000.0).round() as i64).min(UNLIMITED)
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
    // Binary fractions of decimal numbers lie a little beside them. Without a limit it is the greatest number there is, of which
    // the planner knows that it is none.
    let count = |value: f64| whole((value * 1e6).round() / 1e6) as i64;
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
    let capacities: Vec<Resources> = job.zones.iter().map(|zone| held_for(job, &zones[*zone], at)).collect();
    job.zones
        .iter()
        .copied()
        .zip(shares(&capacities, &request(&job.need)))
        .collect()
}

/// What a zone holds at an instant that a job could take: of accelerators, those of its model.
fn held_for(job: &Job, zone: &Zone, at: i64) -> Resources {
    let all = capacity(&capacity_at(zone, at));
    let Some(model) = job.gpu_model.as_ref().filter(|_| !zone.gpu_models.is_empty()) else {
        return all;
    };
    let count = zone.gpu_models.iter().find(|(name, _)| name == model);
    let gpus = count.map_or(0, |(_, count)| count.floor() as i64);
    Resources {
        gpus: all.gpus.min(gpus),
        ..all
    }
}

/// Where a job draws its power in a segment there: the zone, or its share of all its zones.
pub fn parts(job: &Job, zones: &[Zone], zone: Option<usize>, at: i64) -> Vec<(usize, f64)> {
    zone.map_or_else(|| spread(job, zones, at), |zone| vec![(zone, 1.0)])
}
