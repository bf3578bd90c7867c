//! What is still free: cpu, memory and accelerators of every zone and slot, and releases of every slot.

use std::ops::{Range, RangeInclusive};

use super::amounts::{Amount, Amounts, Models, Part, amounts};
use super::curve::in_hours;
use super::grid::{Grid, Offset};
use super::least::{least, lesser};
use super::snapshot::{Snapshot, Zone};

/// Releases a second that are as good as no limit.
const FASTEST: f64 = 1e6;
/// From here on there is no limit.
pub(super) const UNLIMITED: Amount = (i64::MAX / 4) as Amount;

/// What is free in every zone and slot. A booking that is forced may take more than there is; then less than nothing is free.
#[derive(Clone, Debug)]
pub(super) struct Capacity {
    grid: Grid,
    resources: usize,
    /// By zone and resource: the most there ever is.
    whole: Vec<Amount>,
    /// By zone and resource: the most there could be if nothing else ran there.
    when_empty: Vec<Amount>,
    /// By zone and resource: all slots.
    free: Vec<Vec<Amount>>,
    /// By zone and resource: no slot has less free than this.
    least: Vec<Amount>,
    /// Per slot: releases left.
    releases: Vec<i64>,
}

impl Capacity {
    /// All capacity of the snapshot over the slots of `grid`, and the releases that its rate allows: at least one now. A rate
    /// that is no number above zero limits nothing, nor does one that no cluster could follow.
    pub(super) fn of(snapshot: &Snapshot, models: &Models, grid: Grid) -> Self {
        let resources = models.resources();
        let by_zone = snapshot.zones.values().flat_map(|zone| free_of(zone, models, &grid));
        let free: Vec<Vec<Amount>> = by_zone.collect();
        let whole = |slots: &Vec<Amount>| slots.iter().copied().reduce(Amount::max).unwrap_or(0.0);
        let whole: Vec<Amount> = free.iter().map(whole).collect();
        let empty = snapshot.zones.values().flat_map(|zone| empty_of(zone, models));
        let when_empty = whole.iter().zip(empty).map(|(whole, empty)| whole.max(empty)).collect();
        let rate = snapshot
            .releases_per_second
            .filter(|rate| *rate > 0.0 && *rate < FASTEST);
        // Rounded up at every border, so that slots shorter than the time between two releases share them out.
        let due = |slot, rate: f64| (rate * in_hours(grid.border(slot).max(0)) * 3600.0).ceil() as i64;
        let limit = |slot| rate.map_or(i64::MAX, |rate| due(slot + 1, rate) - due(slot, rate));
        Self {
            resources,
            whole,
            when_empty,
            least: free.iter().map(|slots| least(slots)).collect(),
            free,
            releases: (0..grid.len()).map(limit).collect(),
            grid,
        }
    }

    /// Takes over what is free in another one that was made over the same zones and slots.
    pub(super) fn become_like(&mut self, other: &Self) {
        for (own, other) in self.free.iter_mut().zip(&other.free) {
            own.copy_from_slice(other);
        }
        self.least.copy_from_slice(&other.least);
        self.releases.copy_from_slice(&other.releases);
    }

    /// The slots that it books.
    pub(super) fn grid(&self) -> &Grid {
        &self.grid
    }

    /// How many zones it knows.
    pub(super) fn zones(&self) -> usize {
        self.whole.len() / self.resources
    }

    /// How many resources it knows.
    pub(super) fn resources(&self) -> usize {
        self.resources
    }

    /// What is free of a resource of a zone, slot by slot.
    pub(super) fn free(&self, zone: usize, resource: usize) -> &[Amount] {
        &self.free[zone * self.resources + resource]
    }

    /// What has been booked since then, by zone and resource, slot by slot; nothing of what is not limited.
    pub(super) fn taken_since(&self, then: &Self) -> Vec<Vec<Amount>> {
        let taken = |(then, now): (&Vec<Amount>, &Vec<Amount>)| {
            let slots = then.iter().zip(now);
            slots
                .map(|(then, now)| if now.is_finite() { then - now } else { 0.0 })
                .collect()
        };
        then.free.iter().zip(&self.free).map(taken).collect()
    }

    /// Whether the parts fit into what others ever leave of their zones.
    pub(super) fn could_fit(&self, parts: &[Part]) -> bool {
        self.fit_into(&self.whole, parts)
    }

    /// Whether the parts fit into their zones if nothing else runs there.
    pub(super) fn could_fit_when_empty(&self, parts: &[Part]) -> bool {
        self.fit_into(&self.when_empty, parts)
    }

    fn fit_into(&self, room: &[Amount], parts: &[Part]) -> bool {
        let fits = |part: &Part| part.rows(self.resources).all(|(row, need)| need <= room[row]);
        parts.iter().all(fits)
    }

    /// Whether a run over `[start, end)` fits, whatever the release rate.
    pub(super) fn has_room(&self, parts: &[Part], start: Offset, end: Offset) -> bool {
        let slots = self.grid.touched(start, end);
        let fits = |(row, need): (usize, Amount)| self.free[row][slots.clone()].iter().all(|free| need <= *free);
        self.scarce(parts).all(fits)
    }

    /// What the parts need, by the row of zone and resource, where some slot may have less.
    #[inline]
    fn scarce(&self, parts: &[Part]) -> impl Iterator<Item = (usize, Amount)> {
        let rows = parts.iter().flat_map(|part| part.rows(self.resources));
        rows.filter(|(row, need)| *need > self.least[*row])
    }

    /// The last of these slots that lacks room for the parts.
    fn last_full(&self, parts: &[Part], slots: Range<usize>) -> Option<usize> {
        let (mut last, mut after) = (None, slots.start);
        for (row, need) in self.scarce(parts) {
            let free = &self.free[row][after..slots.end];
            if let Some(full) = free.iter().rposition(|free| need > *free) {
                (last, after) = (Some(after + full), after + full + 1);
            }
        }
        last
    }

    /// The first of these starts at which a run of this length has room; `None` where it has none before the end of the grid.
    pub(super) fn first_room(&self, parts: &[Part], starts: RangeInclusive<Offset>, length: Offset) -> Option<Offset> {
        let (mut at, last) = starts.into_inner();
        while at <= last && at < self.grid.end() {
            match self.last_full(parts, self.grid.touched(at, at + length)) {
                Some(full) => at = self.grid.border(full + 1),
                None => return Some(at),
            }
        }
        None
    }

    /// Whether there is a limit to releases at all.
    pub(super) fn limits_releases(&self) -> bool {
        self.releases.first().is_some_and(|left| *left < i64::MAX / 2)
    }

    /// Whether a release is left at this instant; always after the end of the grid.
    pub(super) fn may_release(&self, at: Offset) -> bool {
        at >= self.grid.end() || self.may_release_in(self.grid.slot(at))
    }

    /// Whether a release is left in a slot; always after the last one.
    pub(super) fn may_release_in(&self, slot: usize) -> bool {
        self.releases.get(slot).is_none_or(|left| *left > 0)
    }

    /// Whether more is released at this instant than the rate allows.
    pub(super) fn is_rushed(&self, at: Offset) -> bool {
        at < self.grid.end() && self.releases[self.grid.slot(at)] < 0
    }

    /// For every slot of a stretch, the first slot from which on up to this one all have room for the parts; empty if no slot
    /// lacks room. Slots are counted from the first of the grid, `free_from` starts with that of `slots.start`.
    ///
    /// A run over the slots `first..=last` then fits exactly if `free_from[last - slots.start] <= first`: one look for each
    /// start.
    pub(super) fn free_from(&self, parts: &[Part], slots: Range<usize>, free_from: &mut Vec<usize>) {
        free_from.clear();
        for (row, need) in self.scarce(parts) {
            if free_from.is_empty() {
                free_from.resize(slots.len(), slots.start);
            }
            let mut first = slots.start;
            let stretch = slots.clone().zip(&self.free[row][slots.clone()]);
            for ((slot, free), free_from) in stretch.zip(free_from.iter_mut()) {
                if need > *free {
                    first = slot + 1;
                }
                *free_from = first.max(*free_from);
            }
        }
    }

    /// Books a run over `[start, end)`, room or not.
    pub(super) fn book(&mut self, parts: &[Part], start: Offset, end: Offset) {
        let slots = self.grid.touched(start, end);
        for (row, need) in parts.iter().flat_map(|part| part.rows(self.resources)) {
            if self.least[row] < Amount::INFINITY {
                let free = &mut self.free[row][slots.clone()];
                for free in &mut *free {
                    *free -= need;
                }
                self.least[row] = lesser(self.least[row], least(free));
            }
        }
    }

    /// Gives back what [`book`](Self::book) took.
    pub(super) fn give_back(&mut self, parts: &[Part], start: Offset, end: Offset) {
        let slots = self.grid.touched(start, end);
        for (row, need) in parts.iter().flat_map(|part| part.rows(self.resources)) {
            if self.least[row] < Amount::INFINITY {
                for free in &mut self.free[row][slots.clone()] {
                    *free += need;
                }
            }
        }
    }

    /// Books a release at this instant.
    pub(super) fn release(&mut self, at: Offset) {
        self.count(at, -1);
    }

    /// Takes a release back.
    pub(super) fn unrelease(&mut self, at: Offset) {
        self.count(at, 1);
    }

    fn count(&mut self, at: Offset, more: i64) {
        if at < self.grid.end() {
            let left = &mut self.releases[self.grid.slot(at)];
            *left = left.saturating_add(more);
        }
    }
}

/// What a zone has of each resource in every slot: the least at any instant of it.
fn free_of(zone: &Zone, models: &Models, grid: &Grid) -> Vec<Vec<Amount>> {
    let changes = || {
        zone.capacity_from
            .iter()
            .map(|(from, there)| (grid.offset(*from), there))
    };
    let slot = |slot: usize| {
        let (start, end) = (grid.border(slot), grid.border(slot + 1));
        let before = changes().take_while(|(from, _)| *from <= start).last();
        let inside = changes()
            .filter(|(from, _)| start < *from && *from < end)
            .map(|(_, there)| there);
        inside.fold(
            amounts(before.map_or(&zone.capacity, |(_, there)| there)),
            |least, there| {
                let there = amounts(there);
                [0, 1, 2].map(|r| least[r].min(there[r]))
            },
        )
    };
    let common: Vec<Amounts> = (0..grid.len()).map(slot).collect();
    let row = |resource| {
        let amounts = common
            .iter()
            .map(|common| models.amount(resource, common, &zone.gpu_models));
        amounts.map(limit).collect()
    };
    (0..models.resources()).map(row).collect()
}

/// What a zone has of each resource when nothing else runs there, as far as that is known.
fn empty_of(zone: &Zone, models: &Models) -> Vec<Amount> {
    let common = amounts(&zone.when_empty.unwrap_or_default());
    let amount = |resource| limit(models.amount(resource, &common, zone.models_when_empty()));
    (0..models.resources()).map(amount).collect()
}

/// So much that it is as good as no limit is none.
fn limit(amount: Amount) -> Amount {
    if amount < UNLIMITED { amount } else { Amount::INFINITY }
}

#[cfg(test)]
mod tests {
    use super::super::testing::{cores, demand, hours, snapshot, steps};
    use super::*;
    use crate::units::Resources;

    fn capacity(rate: Option<f64>) -> (Capacity, Grid) {
        let mut s = snapshot();
        steps(&mut s, "a", 3600, &[1.0; 8]);
        s.demands = vec![demand("j", 86_400, 3600)];
        s.releases_per_second = rate;
        let grid = Grid::of(&s);
        (Capacity::of(&s, &Models::of(&s), grid.clone()), grid)
    }

    #[test]
    fn a_rate_of_releases_that_nobody_could_follow_limits_nothing() {
        for rate in [1e9, 1e17, f64::INFINITY] {
            let (capacity, _) = capacity(Some(rate));
            let all = (0..8).all(|hour| capacity.may_release(hours(f64::from(hour))));
            assert!(all && !capacity.limits_releases(), "{rate}");
        }
    }

    #[test]
    fn a_run_books_every_slot_that_it_touches() {
        let (mut capacity, _) = capacity(None);
        let all = [Part::of(0, 1.0, &cores(10), None)];
        capacity.book(&all, hours(2.0), hours(4.0));
        let one = [Part::of(0, 1.0, &cores(1), None)];
        assert!(capacity.has_room(&one, 0, hours(2.0)));
        assert!(!capacity.has_room(&one, hours(1.0), hours(3.0)));
        let mut free_from = Vec::new();
        capacity.free_from(&one, 0..8, &mut free_from);
        assert_eq!(free_from, [0, 0, 3, 4, 4, 4, 4, 4]);
        let first = |from: f64, last: f64| capacity.first_room(&one, hours(from)..=hours(last), hours(1.0));
        assert_eq!(first(0.5, 8.0), Some(hours(0.5)));
        assert_eq!(first(1.5, 8.0), Some(hours(4.0)));
        assert_eq!(first(1.5, 3.9), None, "the first is after the last that is asked for");
    }

    #[test]
    fn a_zone_that_lacks_only_one_resource_is_full_for_whoever_needs_it() {
        let (mut capacity, _) = capacity(None);
        let memory = Resources {
            memory_bytes: 10 << 30,
            ..Resources::default()
        };
        capacity.book(&[Part::of(0, 1.0, &memory, None)], 0, hours(8.0));
        assert!(!capacity.has_room(&[Part::of(0, 1.0, &cores(1), None)], 0, hours(1.0)));
        let only_cpu = Resources {
            memory_bytes: 0,
            ..cores(10)
        };
        assert!(capacity.has_room(&[Part::of(0, 1.0, &only_cpu, None)], 0, hours(8.0)));
        let gpu = Resources { gpus: 1, ..only_cpu };
        assert!(!capacity.could_fit(&[Part::of(0, 1.0, &gpu, None)]));
    }

    #[test]
    fn releases_run_out_slot_by_slot() {
        let (mut capacity, _) = capacity(Some(1.0 / 1800.0));
        capacity.release(0);
        assert!(capacity.may_release(0));
        capacity.release(0);
        assert!(!capacity.may_release(0));
        assert!(capacity.may_release(hours(1.0)));
    }

    #[test]
    fn a_rate_below_one_release_a_slot_leaves_slots_without_any() {
        let (capacity, _) = capacity(Some(1.0 / 7200.0));
        let may: Vec<bool> = (0..8)
            .map(|slot| capacity.may_release(hours(f64::from(slot))))
            .collect();
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
}
