//! How long jobs of one kind run: the last few of each kind, and what the next one will hardly exceed.

use std::collections::{HashMap, VecDeque};
use std::sync::Arc;

use jiff::SignedDuration;

use crate::planner::{Length, LengthSource};

/// Lengths remembered of one kind: enough for a 95th percentile, few enough to follow a job that grows.
const REMEMBERED: usize = 32;
/// Kinds remembered; the least recently seen goes first.
const KINDS: usize = 10_000;
/// Fewer teach nothing.
const ENOUGH: usize = 3;
/// What the longest of a few runs is multiplied by: with fewer than twenty, the 95th percentile lies beyond the longest.
const CAUTION: f64 = 1.2;

/// The lengths of finished jobs, by kind: jobs of one owner or template share a key.
#[derive(Debug, Default)]
pub struct Lengths {
    kinds: HashMap<u64, Kind>,
    seen: u64,
}

#[derive(Debug, Default)]
struct Kind {
    runs: VecDeque<(Arc<str>, SignedDuration)>,
    last_seen: u64,
}

impl Lengths {
    /// A job of this kind finished after `length`. Telling it twice changes nothing.
    pub fn observe(&mut self, key: u64, uid: &Arc<str>, length: SignedDuration) {
        self.seen += 1;
        let kind = self.kinds.entry(key).or_default();
        kind.last_seen = self.seen;
        if length.is_negative() || kind.runs.iter().any(|(known, _)| known == uid) {
            return;
        }
        kind.runs.push_back((uid.clone(), length));
        if kind.runs.len() > REMEMBERED {
            kind.runs.pop_front();
        }
        if self.kinds.len() > KINDS {
            self.forget();
        }
    }

    /// The length of the next job of this kind; `None` until three have finished.
    pub fn length(&self, key: u64) -> Option<Length> {
        let runs = &self.kinds.get(&key)?.runs;
        if runs.len() < ENOUGH {
            return None;
        }
        let mut sorted: Vec<SignedDuration> = runs.iter().map(|(_, length)| *length).collect();
        sorted.sort_unstable();
        let longest = sorted[sorted.len() - 1].as_secs_f64();
        let rank = (sorted.len() as f64 * 0.95).ceil() as usize;
        let upper = if sorted.len() < 20 {
            longest * CAUTION
        } else {
            sorted[rank - 1].as_secs_f64()
        };
        Some(Length {
            // The median: one run that hung says nothing of the next.
            expected: sorted[sorted.len() / 2],
            upper: seconds(upper)?,
            source: LengthSource::Learned,
        })
    }

    /// Forgets the tenth that was seen longest ago, so that it need not be done at every new kind.
    fn forget(&mut self) {
        let mut ages: Vec<u64> = self.kinds.values().map(|kind| kind.last_seen).collect();
        ages.sort_unstable();
        let oldest = ages[ages.len() / 10];
        self.kinds.retain(|_, kind| kind.last_seen > oldest);
    }
}

fn seconds(value: f64) -> Option<SignedDuration> {
    SignedDuration::try_from_secs_f64(value).ok()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn taught(seconds: impl IntoIterator<Item = i64>) -> Lengths {
        let mut lengths = Lengths::default();
        for (i, length) in seconds.into_iter().enumerate() {
            lengths.observe(1, &i.to_string().into(), SignedDuration::from_secs(length));
        }
        lengths
    }

    #[test]
    fn two_runs_teach_nothing_and_three_do() {
        assert_eq!(taught([10, 20]).length(1), None);
        let length = taught([10, 20, 30]).length(1).unwrap();
        assert_eq!(length.expected, SignedDuration::from_secs(20));
        assert_eq!(
            length.upper,
            SignedDuration::from_secs(36),
            "beyond the longest of so few"
        );
        assert_eq!(taught([10, 20, 30]).length(2), None, "another kind");
    }

    #[test]
    fn with_many_runs_the_upper_length_leaves_the_outlier_out() {
        let runs = (0..31).map(|_| 100).chain([10_000]);
        assert_eq!(taught(runs).length(1).unwrap().upper, SignedDuration::from_secs(100));
    }

    #[test]
    fn a_job_that_is_told_twice_counts_once() {
        let mut lengths = Lengths::default();
        for _ in 0..3 {
            lengths.observe(1, &"one".into(), SignedDuration::from_secs(5));
        }
        assert_eq!(lengths.length(1), None);
    }

    #[test]
    fn memory_is_bounded_and_the_newest_kinds_stay() {
        let mut lengths = Lengths::default();
        for key in 0..30_000 {
            lengths.observe(key, &"j".into(), SignedDuration::from_secs(1));
        }
        assert!(lengths.kinds.len() <= KINDS && lengths.kinds.contains_key(&29_999));
    }
}
