//! What zones have and what jobs take of them, by resource.

use std::collections::{BTreeMap, BTreeSet};

use smallvec::SmallVec;

use super::demand::Demand;
use super::snapshot::Snapshot;
use crate::units::Resources;

/// The resources that every zone has: cpu, memory, accelerators of any model. Models come after them.
const COMMON: usize = 3;

/// Thousandths of a core, bytes, or thousandths of an accelerator: small enough to be shared out over zones. Whole numbers, which
/// a float holds exactly up to nine million billion, and which processors add up two at a time.
pub(super) type Amount = f64;
/// Of each of the common resources.
pub(super) type Amounts = [Amount; COMMON];

/// What a job takes of one zone while it runs there.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(super) struct Part {
    /// The index of the zone, by name.
    pub(super) zone: usize,
    /// The share of the job that runs there, 0..=1.
    pub(super) share: f64,
    /// What it takes, by resource; at last, where it asks for a model of accelerators, of the resource that stands for it.
    needs: [(usize, Amount); COMMON + 1],
}

/// What a job takes of all zones that it runs in: mostly of one.
pub(super) type Parts = SmallVec<[Part; 1]>;

impl Part {
    /// The part of `request` that goes to a zone; rounded up, so that the parts do not sum to less than the whole. `model` is the
    /// resource that stands for the model of its accelerators.
    pub(super) fn of(zone: usize, share: f64, request: &Resources, model: Option<usize>) -> Self {
        let need = amounts(request).map(|whole| {
            if share >= 1.0 {
                whole.max(0.0)
            } else {
                rounded_up(whole.max(0.0) * share)
            }
        });
        let [cpu, memory, gpus] = need;
        let of_model = model.map_or((0, 0.0), |model| (model, gpus));
        Self {
            zone,
            share,
            needs: [(0, cpu), (1, memory), (2, gpus), of_model],
        }
    }

    /// The same part of a job `factor` times as wide.
    pub(super) fn times(&self, factor: f64) -> Self {
        let wider = |(resource, need)| (resource, rounded_up(need * factor));
        Self {
            needs: self.needs.map(wider),
            ..*self
        }
    }

    /// What it takes, by the row of zone and resource, where a zone has so many resources; nothing that is zero.
    #[inline]
    pub(super) fn rows(&self, resources: usize) -> impl Iterator<Item = (usize, Amount)> + Clone {
        let first = self.zone * resources;
        self.needs().map(move |(resource, need)| (first + resource, need))
    }

    /// What it takes, by resource; nothing that is zero.
    #[inline]
    pub(super) fn needs(&self) -> impl Iterator<Item = (usize, Amount)> + Clone {
        self.needs.iter().copied().filter(|(_, need)| *need > 0.0)
    }
}

/// The whole number that is no less, but for the rounding of a product: a seventh of seven is one.
fn rounded_up(amount: Amount) -> Amount {
    (amount - (1e-12 * amount).max(1e-6)).ceil()
}

/// The models of accelerators that a snapshot speaks of, as resources.
#[derive(Clone, Debug, Default)]
pub(super) struct Models(Vec<String>);

impl Models {
    /// All models that a zone has.
    pub(super) fn of(snapshot: &Snapshot) -> Self {
        let models: BTreeSet<&String> = snapshot
            .zones
            .values()
            .flat_map(|zone| zone.gpu_models.keys())
            .collect();
        Self(models.into_iter().cloned().collect())
    }

    /// The resource of the model that a job asks for. A model that no zone names is any.
    pub(super) fn wanted(&self, demand: &Demand) -> Option<usize> {
        let place = self.0.binary_search(demand.gpu_model.as_ref()?).ok()?;
        Some(COMMON + place)
    }

    /// Their names, in their order.
    pub(super) fn names(&self) -> &[String] {
        &self.0
    }

    /// What a resource was when these were the models; `None` of a model that is new.
    pub(super) fn before(&self, resource: usize, names: &[String]) -> Option<usize> {
        let Some(place) = resource.checked_sub(COMMON) else {
            return Some(resource);
        };
        Some(COMMON + names.binary_search(self.0.get(place)?).ok()?)
    }

    /// How many resources a zone has with them.
    pub(super) fn resources(&self) -> usize {
        COMMON + self.0.len()
    }

    /// What a zone has of a resource, where these are what it has of the common ones and how many accelerators of which model.
    pub(super) fn amount(&self, resource: usize, common: &Amounts, of_models: &BTreeMap<String, i64>) -> Amount {
        match resource.checked_sub(COMMON) {
            None => common[resource],
            Some(_) => 1000.0 * self.count(resource, of_models) as Amount,
        }
    }

    /// How many accelerators of the model that a resource stands for a zone has; any number where it names no models.
    pub(super) fn count(&self, resource: usize, of_models: &BTreeMap<String, i64>) -> i64 {
        if of_models.is_empty() {
            return i64::MAX;
        }
        of_models.get(&self.0[resource - COMMON]).copied().unwrap_or(0)
    }
}

/// All common resources as amounts.
pub(super) fn amounts(resources: &Resources) -> Amounts {
    [
        resources.cpu_milli as Amount,
        resources.memory_bytes as Amount,
        1000.0 * resources.gpus as Amount,
    ]
}

/// How a job that may land anywhere is spread over its zones: in proportion to how often each could hold it.
///
/// Shares sum to 1. A job that asks for nothing is spread by cpu; zones without any room share alike.
pub fn shares(capacities: &[Resources], request: &Resources) -> Vec<f64> {
    let need = if amounts(request).iter().all(|need| *need <= 0.0) {
        [1.0, 0.0, 0.0]
    } else {
        amounts(request)
    };
    let times = |capacity: &Resources| {
        let ratios = amounts(capacity).into_iter().zip(need).filter(|(_, need)| *need > 0.0);
        ratios
            .map(|(free, need)| free.max(0.0) / need)
            .fold(f64::INFINITY, f64::min)
    };
    let weights: Vec<f64> = capacities.iter().map(times).collect();
    let total: f64 = weights.iter().sum();
    if total > 0.0 {
        weights.iter().map(|weight| weight / total).collect()
    } else {
        vec![1.0 / capacities.len().max(1) as f64; capacities.len()]
    }
}

#[cfg(test)]
mod tests {
    use super::super::testing::cores;
    use super::*;

    #[test]
    fn parts_of_a_job_that_just_fits_fit() {
        for (some, whole) in [(7, 25), (11, 25), (14, 29), (1, 6), (1, 7), (1, 10)] {
            let part = Part::of(0, f64::from(some) / f64::from(whole), &cores(whole.into()), None);
            let (_, cpu) = part.needs().next().unwrap();
            assert_eq!(cpu, 1000.0 * f64::from(some), "{some} of {whole}");
        }
    }

    #[test]
    fn a_part_is_rounded_up_and_a_third_of_an_accelerator_is_no_whole_one() {
        let gpu = Resources {
            gpus: 1,
            ..Resources::default()
        };
        assert!(Part::of(0, 1.0 / 3.0, &gpu, None).needs().eq([(2, 334.0)]));
    }

    #[test]
    fn a_job_is_spread_by_how_often_each_zone_could_hold_it() {
        let wide = Resources {
            memory_bytes: 1 << 20,
            ..cores(30)
        };
        let spread = shares(&[cores(10), cores(30), wide], &cores(1));
        assert!((spread[0] - 0.25).abs() < 1e-3 && spread[2] < 1e-3, "{spread:?}");
        assert_eq!(shares(&[cores(0), cores(0)], &cores(1)), [0.5, 0.5]);
        assert_eq!(shares(&[cores(1), cores(3)], &cores(0)), [0.25, 0.75]);
    }
}
