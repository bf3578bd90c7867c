//! The planning grid: slots of one length, from the slot that holds `now` to the end of what can matter.

use std::ops::Range;

use jiff::{SignedDuration, Timestamp};

use super::demand::Demand;
use super::outlook::Point;
use super::snapshot::Snapshot;
use crate::units::Signal;

/// Nanoseconds after the snapshot's `now`. Whole numbers, so that borders and runs meet exactly.
pub(super) type Offset = i64;

/// One second.
pub(super) const SECOND: Offset = 1_000_000_000;
/// One hour.
pub(super) const HOUR: Offset = 3600 * SECOND;

/// More slots than this are not worth their time: the slots are doubled instead.
pub(super) const MOST_SLOTS: i64 = 4096;
/// Beyond the last window, so that [`super::Binding::LatestStart`] can tell what waiting longer would bring.
pub(super) const BEYOND: Offset = 24 * HOUR;
/// Instants further away than this (73 years) are as good as never; sums of two still fit.
const FAR: Offset = i64::MAX / 4;

/// A slot of the planning grid is cut into as many as this for bookings: what a run takes of a slot that it only touches is
/// lost.
pub(super) const CUT: i64 = 16;
/// Where the jobs could start in more slots and zones than this, slots are cut into fewer; but into so many at least.
const MOST_STARTS: i64 = 24_000_000;
const FEWEST_CUT: i64 = 4;
/// Bookings are not cut finer than this.
const FINEST: Offset = 60 * SECOND;

/// Slots of one length. Slot 0 holds `now`; the last one ends at or after the horizon.
#[derive(Clone, Debug)]
pub(super) struct Grid {
    now: Timestamp,
    /// The present, after `now`: later than it where a plan is looked at again.
    present: Offset,
    first: Offset,
    step: Offset,
    slots: usize,
}

impl Grid {
    /// The grid of a snapshot: as fine as its finest series, within one second and one hour.
    ///
    /// The horizon is the end of the longest series, but no more than a day after the end of the last run that could be
    /// planned. Borders are those of the finest series, so that they meet where the sources agree on their slots.
    pub(super) fn of(snapshot: &Snapshot) -> Self {
        let now = snapshot.now;
        let offset = |instant| offset(now, instant);
        let finest = future_points(snapshot).map(|p| (p.slot.length(), p.slot.start)).min();
        let (resolution, anchor) = finest.unwrap_or((SignedDuration::from_hours(1), now));
        let mut step = nanos(resolution).clamp(SECOND, HOUR);
        let known = future_points(snapshot).map(|p| offset(p.slot.end)).max().unwrap_or(0);
        let wanted = snapshot
            .demands
            .iter()
            .map(|d| offset(d.latest_start).max(0) + nanos(d.length.expected));
        let horizon = known.min(wanted.max().unwrap_or(0) + BEYOND);
        let anchor = offset(anchor);
        loop {
            let first = -(-anchor).rem_euclid(step);
            let slots = (horizon.max(1) - first + step - 1) / step;
            if slots <= MOST_SLOTS {
                let slots = slots as usize;
                return Self {
                    now,
                    present: 0,
                    first,
                    step,
                    slots,
                };
            }
            step *= 2;
        }
    }

    /// The same stretch of time in finer slots, for bookings of the jobs of a snapshot; its borders hold those of this grid.
    pub(super) fn finer(&self, snapshot: &Snapshot) -> Self {
        let mut halves = std::iter::successors(Some(CUT), |cut| Some(cut / 2)).take_while(|cut| *cut > 1);
        let starts = |demand: &Demand| {
            let window = self.touched(self.offset(demand.submitted), self.offset(demand.latest_start));
            (window.len() * demand.placement.zones().len()) as i64
        };
        let starts: i64 = snapshot.demands.iter().chain(&snapshot.phantoms).map(starts).sum();
        let is_worth_it = |cut: i64| cut <= FEWEST_CUT || starts.saturating_mul(cut) <= MOST_STARTS;
        let fits = |cut: &i64| self.step % cut == 0 && self.step / cut >= FINEST && is_worth_it(*cut);
        let cut = halves.find(fits).unwrap_or(1);
        Self {
            step: self.step / cut,
            slots: self.slots * cut as usize,
            ..self.clone()
        }
    }

    /// The present; what lies before it cannot be chosen any more.
    pub(super) fn present(&self) -> Offset {
        self.present
    }

    /// Time has gone on.
    pub(super) fn advance(&mut self, now: Timestamp) {
        self.present = self.offset(now).max(self.present);
    }

    /// How many slots there are; at least one.
    pub(super) fn len(&self) -> usize {
        self.slots
    }

    /// The length of a slot.
    pub(super) fn step(&self) -> Offset {
        self.step
    }

    /// The end of the last slot.
    pub(super) fn end(&self) -> Offset {
        self.border(self.slots)
    }

    /// The start of slot `index`.
    pub(super) fn border(&self, index: usize) -> Offset {
        self.first + index as i64 * self.step
    }

    /// The slot that holds `at`; the first or last one outside the grid.
    #[inline]
    pub(super) fn slot(&self, at: Offset) -> usize {
        // Unsigned, for this is asked of every start, and a signed division takes twice as long.
        let slot = (at - self.first).max(0) as u64 / self.step as u64;
        (slot as usize).min(self.slots - 1)
    }

    /// The slots that a run over `[start, end)` touches: at least the one it starts in, none if it starts after the grid.
    #[inline]
    pub(super) fn touched(&self, start: Offset, end: Offset) -> Range<usize> {
        if start >= self.end() {
            return self.slots..self.slots;
        }
        let first = self.slot(start);
        first..self.slot((end - 1).max(start)) + 1
    }

    /// Nanoseconds from `now` to `instant`.
    pub(super) fn offset(&self, instant: Timestamp) -> Offset {
        offset(self.now, instant)
    }

    /// The instant `at` nanoseconds after `now`.
    pub(super) fn instant(&self, at: Offset) -> Timestamp {
        let after = SignedDuration::from_nanos(at);
        self.now.saturating_add(after).unwrap_or(Timestamp::MAX)
    }
}

/// A duration as nanoseconds; below zero counts as zero, more than 73 years as 73 years.
pub(super) fn nanos(duration: SignedDuration) -> Offset {
    duration.as_nanos().clamp(0, i128::from(FAR)) as Offset
}

fn offset(now: Timestamp, instant: Timestamp) -> Offset {
    let far = i128::from(FAR);
    (instant.as_nanosecond() - now.as_nanosecond()).clamp(-far, far) as Offset
}

/// The points of all series that have not ended and last at all.
fn future_points(snapshot: &Snapshot) -> impl Iterator<Item = &Point> {
    let signals = |zone| Signal::ALL.iter().map(move |signal| (zone, *signal));
    snapshot
        .zones
        .values()
        .flat_map(signals)
        .filter_map(|(zone, signal): (&super::Zone, Signal)| zone.outlook.signal(signal).series())
        .flat_map(|series| &series.points)
        .filter(|p| p.slot.end > snapshot.now && p.slot.start < p.slot.end)
}

#[cfg(test)]
mod tests {
    use super::super::testing::{at, day, demand, hours, snapshot, steps};
    use super::*;

    #[test]
    fn slots_are_as_fine_as_the_finest_series_and_meet_its_borders() {
        let mut s = snapshot();
        s.now = at(1000);
        steps(&mut s, "a", 900, &[1.0; 96]);
        steps(&mut s, "b", 3600, &[1.0; 24]);
        s.demands = vec![demand("j", 86_400, 3600)];
        let grid = Grid::of(&s);
        assert_eq!(grid.step(), 900 * SECOND);
        assert_eq!(grid.instant(grid.border(0)), at(900));
        assert_eq!(grid.slot(0), 0);
        assert_eq!(grid.slot(grid.offset(at(1800))), 1);
    }

    #[test]
    fn seconds_over_days_become_longer_slots_instead_of_more() {
        let mut s = snapshot();
        steps(&mut s, "a", 1, &vec![1.0; 86_400]);
        s.demands = vec![demand("j", 80_000, 3600)];
        let grid = Grid::of(&s);
        assert!(grid.len() <= MOST_SLOTS as usize, "{}", grid.len());
        assert!(grid.end() >= 83_600 * SECOND);
        assert_eq!(grid.step(), 32 * SECOND);
    }

    #[test]
    fn a_constant_for_ten_years_does_not_make_slots_of_days() {
        let mut s = snapshot();
        steps(&mut s, "a", 10 * 365 * 86_400, &[400.0]);
        s.demands = vec![demand("j", 86_400, 3600)];
        assert_eq!(Grid::of(&s).step(), HOUR);
    }

    #[test]
    fn a_run_touches_every_slot_that_it_overlaps_and_one_when_it_has_no_length() {
        let grid = day();
        assert_eq!(grid.touched(hours(1.0), hours(2.0)), 1..2);
        assert_eq!(grid.touched(hours(0.5), hours(2.1)), 0..3);
        assert_eq!(grid.touched(hours(1.0), hours(1.0)), 1..2);
        assert!(grid.touched(hours(99.0), hours(100.0)).is_empty());
    }

    #[test]
    fn a_snapshot_without_any_forecast_has_a_grid_of_one_slot() {
        assert_eq!(Grid::of(&snapshot()).len(), 1);
    }
}
