//! What was submitted, hour by hour: how many jobs, and a few of them as they were.

use std::collections::VecDeque;
use std::ops::Range;

use jiff::Timestamp;

use crate::planner::Demand;

/// Hours after 1970, UTC.
pub(super) type HourIndex = i64;

/// Hours remembered: four weeks.
const HOURS: usize = 28 * 24;
/// Jobs kept of each hour, as they were submitted.
const KEPT: usize = 8;

/// The hour of an instant.
pub(super) fn hour_of(at: Timestamp) -> HourIndex {
    at.as_second().div_euclid(3600)
}

/// What was submitted in an hour.
#[derive(Clone, Debug, Default)]
pub(super) struct Hour {
    /// How many jobs.
    pub(super) count: usize,
    /// A fair sample of them.
    pub(super) sample: Vec<Demand>,
}

/// The last four weeks of submissions.
#[derive(Clone, Debug, Default)]
pub(super) struct History {
    /// The first hour that is remembered.
    first: HourIndex,
    hours: VecDeque<Hour>,
}

impl History {
    /// Remembers a submission.
    pub(super) fn add(&mut self, demand: &Demand) {
        let (at, memory) = (hour_of(demand.submitted), HOURS as HourIndex);
        // After a gap longer than the memory nothing of what was remembered counts.
        if self.hours.is_empty() || at - self.first > 2 * memory {
            self.first = at;
            self.hours.clear();
        }
        let end = self.first + self.hours.len() as HourIndex;
        if at + memory < end {
            return; // Older than the memory.
        }
        for _ in at..self.first {
            self.hours.push_front(Hour::default());
        }
        self.first = self.first.min(at);
        for _ in end..=at {
            self.hours.push_back(Hour::default());
        }
        let forgotten = self.hours.len().saturating_sub(HOURS);
        self.hours.drain(..forgotten);
        self.first += forgotten as HourIndex;
        self.hours[(at - self.first) as usize].add(demand, at);
    }

    /// The hours in full before `now` that were watched.
    pub(super) fn watched(&self, now: HourIndex) -> Range<HourIndex> {
        (self.first + 1).max(now - HOURS as HourIndex)..now
    }

    /// What was submitted in an hour; nothing where it is not remembered.
    pub(super) fn count(&self, at: HourIndex) -> usize {
        self.hour(at).map_or(0, |hour| hour.count)
    }

    /// The hour, where anything is remembered of it.
    pub(super) fn hour(&self, at: HourIndex) -> Option<&Hour> {
        self.hours.get(usize::try_from(at - self.first).ok()?)
    }
}

impl Hour {
    /// Keeps a fair sample (Vitter's algorithm R 1985): the draws depend on hour and count alone.
    fn add(&mut self, demand: &Demand, at: HourIndex) {
        self.count += 1;
        if self.sample.len() < KEPT {
            self.sample.push(demand.clone());
            return;
        }
        let mut lots = fastrand::Rng::with_seed((at as u64) << 20 ^ self.count as u64);
        if let Some(kept) = self.sample.get_mut(lots.usize(..self.count)) {
            *kept = demand.clone();
        }
    }
}

#[cfg(test)]
mod tests {
    use super::super::testing::{at, demand};
    use super::*;

    #[test]
    fn jobs_are_counted_by_hour_in_any_order() {
        let mut history = History::default();
        for minute in [125, 5, 130, 61, 310] {
            history.add(&demand(minute, 1, 10));
        }
        let counts = |hours: [i64; 6]| hours.map(|hour| history.count(hour_of(at(hour * 60))));
        assert_eq!(counts([0, 1, 2, 3, 4, 5]), [1, 1, 2, 0, 0, 1]);
        let watched = history.watched(hour_of(at(300)));
        assert_eq!(watched, hour_of(at(60))..hour_of(at(300)), "the hours in full");
    }

    #[test]
    fn of_a_crowded_hour_a_fair_sample_is_kept() {
        let mut history = History::default();
        for hour in 0..200 {
            for minute in 0..50 {
                history.add(&demand(hour * 60 + minute, 1, 1));
            }
        }
        let hours = (0..200).filter_map(|hour| history.hour(hour_of(at(hour * 60))));
        let minutes: Vec<i64> = hours
            .flat_map(|hour| &hour.sample)
            .map(|kept| kept.submitted.as_second() / 60 % 60)
            .collect();
        assert_eq!(minutes.len(), 200 * KEPT);
        let mean = minutes.iter().sum::<i64>() as f64 / minutes.len() as f64;
        assert!((mean - 24.5).abs() < 1.5, "{mean}");
    }

    #[test]
    fn four_weeks_are_remembered_and_no_gap_costs_memory() {
        let mut history = History::default();
        for day in 0..100 {
            history.add(&demand(day * 1440, 1, 1));
        }
        assert_eq!(history.hours.len(), HOURS);
        history.add(&demand(0, 1, 1));
        assert_eq!(history.count(hour_of(at(0))), 0, "too old to count");
        history.add(&demand(1_000_000_000, 1, 1));
        assert_eq!(history.hours.len(), 1);
    }
}
