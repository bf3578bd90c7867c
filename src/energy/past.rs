//! What one grid was, by one signal: points that newer ones replace.

use std::collections::BTreeMap;

use jiff::{SignedDuration, Timestamp};

use super::history::Observed;
use crate::planner::{Certainty, Series};
use crate::units::{Basis, Intensity, Slot};

/// Points kept: more than a year of quarter hours, which one file may hold.
pub(super) const MOST_POINTS: usize = 50_000;

/// What one grid was, by one signal.
#[derive(Debug, Default)]
pub(super) struct Past {
    /// By their starts, without overlaps.
    points: BTreeMap<Timestamp, Kept>,
    /// What was taken in last: its issue, its source and where it ends.
    last: Option<(Timestamp, String, Timestamp)>,
}

#[derive(Clone, Copy, Debug)]
struct Kept {
    slot: Slot,
    value: f64,
    basis: Basis,
    certainty: Certainty,
}

impl Past {
    /// Takes in a series.
    pub(super) fn learn(&mut self, series: &Series) {
        let Some((first, last)) = series.points.first().zip(series.points.last()) else {
            return;
        };
        // The operator tells the same series every second.
        let this = (series.issued_at, series.source.clone(), last.slot.end);
        if self.last.as_ref() == Some(&this) {
            return;
        }
        self.last = Some(this);
        for point in series
            .points
            .iter()
            .filter(|p| p.value.is_finite() && p.slot.start < p.slot.end)
        {
            let new = Kept {
                slot: point.slot,
                value: point.value,
                basis: series.basis,
                certainty: series.certainty,
            };
            self.put(new, series.issued_at);
        }
        while self.points.len() > MOST_POINTS {
            if self.oldest().is_some_and(|oldest| oldest.end <= first.slot.start) {
                self.points.pop_first();
            } else {
                self.points.pop_last();
            }
        }
    }

    /// The mean over a window, by time; `None` unless all of it is known, on one basis.
    pub(super) fn mean(&self, window: Slot) -> Option<Observed> {
        // A job that ends in the instant in which it started still ran in some slot.
        let shortest = window.start.checked_add(SignedDuration::from_nanos(1)).ok()?;
        let window = Slot {
            start: window.start,
            end: window.end.max(shortest),
        };
        let (mut sum, mut covered) = (0.0, 0.0);
        let mut trust: Option<(Basis, Certainty)> = None;
        let until = self.points.range(..window.end).rev();
        for (_, kept) in until.take_while(|(_, kept)| kept.slot.end > window.start) {
            let (basis, certainty) = trust.get_or_insert((kept.basis, kept.certainty));
            if *basis != kept.basis {
                return None;
            }
            *certainty = (*certainty).max(kept.certainty);
            let seconds = kept.slot.overlap(&window)?.length().as_secs_f64();
            sum += kept.value * seconds;
            covered += seconds;
        }
        let (basis, certainty) = trust?;
        let whole = covered >= window.length().as_secs_f64() * (1.0 - 1e-9);
        whole.then_some(Observed {
            intensity: Intensity(sum / covered),
            basis,
            certainty,
        })
    }

    /// Forgets what ended before `instant`.
    pub(super) fn forget_before(&mut self, instant: Timestamp) {
        while self.oldest().is_some_and(|oldest| oldest.end < instant) {
            self.points.pop_first();
        }
    }

    /// Whether nothing is known.
    pub(super) fn is_empty(&self) -> bool {
        self.points.is_empty()
    }

    /// Puts a point made at `issued_at` in the place of what it overlaps.
    fn put(&mut self, new: Kept, issued_at: Timestamp) {
        let mut start = new.slot.start;
        for old in self.take(new.slot) {
            self.insert(old, old.slot.start, new.slot.start);
            let (from, until) = (old.slot.start.max(start), old.slot.end.min(new.slot.end).min(issued_at));
            if old.certainty < new.certainty && from < until {
                self.insert(new, start, from);
                self.insert(old, from, until);
                start = until;
            }
            self.insert(old, new.slot.end, old.slot.end);
        }
        self.insert(new, start, new.slot.end);
    }

    /// Removes all points that overlap a slot; in the order of time.
    fn take(&mut self, slot: Slot) -> Vec<Kept> {
        let before = self.points.range(..slot.end).rev();
        let overlapping = before.take_while(|(_, kept)| kept.slot.end > slot.start);
        let mut starts: Vec<Timestamp> = overlapping.map(|(start, _)| *start).collect();
        starts.reverse();
        starts.iter().filter_map(|start| self.points.remove(start)).collect()
    }

    /// Inserts a point over `[start, end)`, if that is any time at all.
    fn insert(&mut self, point: Kept, start: Timestamp, end: Timestamp) {
        if start < end {
            let slot = Slot { start, end };
            self.points.insert(start, Kept { slot, ..point });
        }
    }

    fn oldest(&self) -> Option<Slot> {
        self.points.first_key_value().map(|(_, kept)| kept.slot)
    }
}
