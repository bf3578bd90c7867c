//! What is still free: cpu, memory and accelerators of every zone and slot, and releases of every slot.

use std::ops::Range;

use super::curve::in_hours;
use super::grid::Grid;
use super::snapshot::Snapshot;
use crate::units::Resources;

/// Thousandths of a core, bytes, thousandths of an accelerator: small enough to be shared out over zones.
type Amounts = [i64; 3];

/// What a job takes of one zone while it runs there.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(super) struct Part {
    /// The index of the zone, by name.
    pub(super) zone: usize,
    /// The share of the job that runs there, 0..=1.
    pub(super) share: f64,
    need: Amounts,
}

impl Part {
    /// The part of `request` that goes to a zone; rounded up, so that the parts never sum to less than the whole.
    pub(super) fn of(zone: usize, share: f64, request: &Resources) -> Self {
        let need = amounts(request).map(|whole| {
            if share >= 1.0 {
                whole.max(0)
            } else {
                (whole.max(0) as f64 * share).ceil() as i64
            }
        });
        Self { zone, share, need }
    }
}

/// What is free in every zone and slot. A booking that is forced may take more than there is; then less than nothing is free.
#[derive(Clone, Debug)]
pub(super) struct Capacity {
    whole: Vec<Amounts>,
    /// Per zone, per slot.
    free: Vec<Vec<Amounts>>,
    /// Per zone: no slot has less free than this.
    least: Vec<Amounts>,
    /// Per slot: releases left.
    releases: Vec<i64>,
}

impl Capacity {
    /// All capacity of the snapshot, and the releases that its rate allows: at least one now. A rate that is no number above
    /// zero limits nothing.
    pub(super) fn of(snapshot: &Snapshot, grid: &Grid) -> Self {
        let whole: Vec<Amounts> = snapshot.zones.values().map(|zone| amounts(&zone.capacity)).collect();
        let rate = snapshot
            .releases_per_second
            .filter(|rate| rate.is_finite() && *rate > 0.0);
        // Rounded up at every border, so that slots shorter than the time between two releases share them out.
        let due = |slot, rate: f64| (rate * in_hours(grid.border(slot).max(0)) * 3600.0).ceil() as i64;
        let limit = |slot| rate.map_or(i64::MAX, |rate| due(slot + 1, rate) - due(slot, rate));
        Self {
            free: whole.iter().map(|all| vec![*all; grid.len()]).collect(),
            least: whole.clone(),
            whole,
            releases: (0..grid.len()).map(limit).collect(),
        }
    }

    /// Whether the parts fit into their zones when nothing else runs.
    pub(super) fn could_fit(&self, parts: &[Part]) -> bool {
        parts.iter().all(|part| fits(&part.need, &self.whole[part.zone]))
    }

    /// Whether a run in these slots fits, whatever the release rate.
    pub(super) fn has_room(&self, parts: &[Part], slots: Range<usize>) -> bool {
        parts.iter().all(|part| {
            let slots = self.free[part.zone].get(slots.clone()).unwrap_or_default();
            slots.iter().all(|free| fits(&part.need, free))
        })
    }

    /// Whether a release is left in this slot; always after the end of the grid.
    pub(super) fn may_release(&self, slot: usize) -> bool {
        self.releases.get(slot).is_none_or(|left| *left > 0)
    }

    /// For every slot, the first slot from which on up to this one all have room for the parts; empty if no slot lacks room.
    ///
    /// A run over the slots `first..=last` then fits exactly if `free_from[last] <= first`: one look for each start.
    pub(super) fn free_from(&self, parts: &[Part], free_from: &mut Vec<usize>) {
        free_from.clear();
        let tight: Vec<&Part> = parts
            .iter()
            .filter(|part| !fits(&part.need, &self.least[part.zone]))
            .collect();
        if tight.is_empty() {
            return;
        }
        let mut first = 0;
        for slot in 0..self.releases.len() {
            if tight.iter().any(|part| !fits(&part.need, &self.free[part.zone][slot])) {
                first = slot + 1;
            }
            free_from.push(first);
        }
    }

    /// Books a run over these slots, room or not.
    pub(super) fn book(&mut self, parts: &[Part], slots: Range<usize>) {
        for part in parts {
            for free in self.free[part.zone].get_mut(slots.clone()).unwrap_or_default() {
                for (free, need) in free.iter_mut().zip(part.need) {
                    *free = free.saturating_sub(need);
                }
                for (least, free) in self.least[part.zone].iter_mut().zip(*free) {
                    *least = free.min(*least);
                }
            }
        }
    }

    /// Books a release in this slot.
    pub(super) fn release(&mut self, slot: usize) {
        if let Some(left) = self.releases.get_mut(slot) {
            *left = left.saturating_sub(1);
        }
    }
}

fn amounts(resources: &Resources) -> Amounts {
    [
        resources.cpu_milli,
        resources.memory_bytes,
        resources.gpus.saturating_mul(1000),
    ]
}

/// Whether a need fits; what is not needed may be missing, even where a forced run took more than there is.
#[inline]
fn fits(need: &Amounts, free: &Amounts) -> bool {
    need.iter().zip(free).all(|(need, free)| need <= free || *need == 0)
}

/// How a job that may land anywhere is spread over its zones: in proportion to how often each could hold it.
///
/// Shares sum to 1. A job that asks for nothing is spread by cpu; zones without any room share alike.
pub fn shares(capacities: &[Resources], request: &Resources) -> Vec<f64> {
    let need = if amounts(request).iter().all(|need| *need <= 0) {
        [1, 0, 0]
    } else {
        amounts(request)
    };
    let times = |capacity: &Resources| {
        let ratios = amounts(capacity).into_iter().zip(need).filter(|(_, need)| *need > 0);
        ratios
            .map(|(free, need)| free.max(0) as f64 / need as f64)
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
    use super::super::testing::{cores, demand, snapshot, steps};
    use super::*;

    fn capacity(rate: Option<f64>) -> (Capacity, Grid) {
        let mut s = snapshot();
        steps(&mut s, "a", 3600, &[1.0; 8]);
        s.demands = vec![demand("j", 86_400, 3600)];
        s.releases_per_second = rate;
        let grid = Grid::of(&s);
        (Capacity::of(&s, &grid), grid)
    }

    #[test]
    fn a_run_books_every_slot_that_it_touches() {
        let (mut capacity, _) = capacity(None);
        let all = [Part::of(0, 1.0, &cores(10))];
        capacity.book(&all, 2..4);
        let one = [Part::of(0, 1.0, &cores(1))];
        assert!(capacity.has_room(&one, 0..2));
        assert!(!capacity.has_room(&one, 1..3));
        let mut free_from = Vec::new();
        capacity.free_from(&one, &mut free_from);
        assert_eq!(free_from, [0, 0, 3, 4, 4, 4, 4, 4]);
    }

    #[test]
    fn a_zone_that_lacks_only_one_resource_is_full_for_whoever_needs_it() {
        let (mut capacity, _) = capacity(None);
        let memory = Resources {
            memory_bytes: 10 << 30,
            ..Resources::default()
        };
        capacity.book(&[Part::of(0, 1.0, &memory)], 0..8);
        assert!(!capacity.has_room(&[Part::of(0, 1.0, &cores(1))], 0..1));
        let only_cpu = Resources {
            memory_bytes: 0,
            ..cores(10)
        };
        assert!(capacity.has_room(&[Part::of(0, 1.0, &only_cpu)], 0..8));
        let gpu = Resources { gpus: 1, ..only_cpu };
        assert!(!capacity.could_fit(&[Part::of(0, 1.0, &gpu)]));
    }

    #[test]
    fn a_part_is_rounded_up_and_a_third_of_an_accelerator_is_no_whole_one() {
        let gpu = Resources {
            gpus: 1,
            ..Resources::default()
        };
        assert_eq!(Part::of(0, 1.0 / 3.0, &gpu).need, [0, 0, 334]);
    }

    #[test]
    fn releases_run_out_slot_by_slot() {
        let (mut capacity, _) = capacity(Some(1.0 / 1800.0));
        capacity.release(0);
        assert!(capacity.may_release(0));
        capacity.release(0);
        assert!(!capacity.may_release(0));
        assert!(capacity.may_release(1));
    }

    #[test]
    fn a_rate_below_one_release_a_slot_leaves_slots_without_any() {
        let (capacity, _) = capacity(Some(1.0 / 7200.0));
        let may: Vec<bool> = (0..8).map(|slot| capacity.may_release(slot)).collect();
        assert_eq!(may, [true, false, true, false, true, false, true, false]);
    }

    #[test]
    fn a_rate_that_is_no_rate_limits_nothing() {
        for rate in [0.0, -1.0, f64::NAN] {
            assert!(
                (0..8).all(|slot| capacity(Some(rate)).0.releases[slot] == i64::MAX),
                "{rate}"
            );
        }
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
