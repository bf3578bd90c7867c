//! The ladder (P9): which of a signal's sources counts now. It steps down when a source fails, and up again only once it has
//! proved itself, so that a source that comes and goes does not make plans flicker.

use jiff::{SignedDuration, Timestamp};

use super::answer::Answer;
use crate::planner::Level;

/// Failures in a row after which the next source counts, if it has something.
const FAILURES: u32 = 3;
/// Answers in a row after which a source that failed counts again.
const PROOFS: u32 = 2;
/// An older series is the last resort, whatever its rung; policies set their own, tighter limits.
const OLD: SignedDuration = SignedDuration::from_hours(24);

/// What is known of one source.
#[derive(Clone, Debug, Default)]
pub(super) struct Rung {
    /// The last good answer, and when it was made.
    pub(super) answer: Option<(Answer, Timestamp)>,
    /// Failures in a row.
    pub(super) failures: u32,
    /// Answers in a row.
    pub(super) successes: u32,
    /// Whether it gives one value for all times.
    pub(super) is_constant: bool,
}

impl Rung {
    fn has_something(&self, now: Timestamp) -> bool {
        self.answer.as_ref().is_some_and(|(answer, issued)| {
            let end = answer.points.last().map(|point| point.slot.end);
            end.is_some_and(|end| end > now) && (self.is_constant || now.duration_since(*issued) <= OLD)
        })
    }

    fn is_steady(&self) -> bool {
        self.failures < FAILURES
    }
}

/// Chooses the source that counts, by its place in the order; `before` is the one that counted so far.
pub(super) fn choose(rungs: &[&Rung], before: Option<usize>, now: Timestamp) -> Option<usize> {
    let usable = |i: &usize| rungs[*i].has_something(now);
    let all = || (0..rungs.len()).filter(usable);
    let current = before.filter(|i| *i < rungs.len() && usable(i));
    let better = all().find(|i| rungs[*i].is_steady());
    match (current, better) {
        // Stays while it is steady and nothing above it has proved itself.
        (Some(current), Some(better)) if better < current => {
            let proved = rungs[better].successes >= PROOFS || !rungs[current].is_steady();
            Some(if proved { better } else { current })
        }
        (Some(current), _) if rungs[current].is_steady() => Some(current),
        // The current one fails: the first steady one, else whatever has something.
        (_, Some(better)) => Some(better),
        (_, None) => all().next(),
    }
}

/// The level that a source stands for.
pub(super) fn level(rung: &Rung, place: usize) -> Level {
    if rung.is_constant {
        Level::Constant
    } else if place > 0 {
        Level::NextSource
    } else if rung.failures > 0 {
        Level::Cached
    } else {
        Level::Live
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::planner::{Certainty, Point};
    use crate::units::Slot;

    fn now() -> Timestamp {
        Timestamp::from_second(1_000_000).unwrap()
    }

    fn rung(failures: u32, successes: u32) -> Rung {
        let slot = Slot::of(now(), SignedDuration::from_hours(1));
        let answer = Answer {
            points: vec![Point { slot, value: 1.0 }],
            issued_at: None,
            certainty: Certainty::Published,
            source: None,
        };
        Rung {
            answer: Some((answer, now())),
            failures,
            successes,
            is_constant: false,
        }
    }

    #[test]
    fn a_source_that_fails_once_is_cached_and_after_three_times_the_next_counts() {
        let (first, second) = (rung(1, 0), rung(0, 9));
        assert_eq!(choose(&[&first, &second], Some(0), now()), Some(0));
        assert_eq!(level(&first, 0), Level::Cached);
        let first = rung(3, 0);
        assert_eq!(choose(&[&first, &second], Some(0), now()), Some(1));
        assert_eq!(level(&second, 1), Level::NextSource);
    }

    #[test]
    fn a_source_that_comes_back_counts_only_once_it_has_answered_twice() {
        let second = rung(0, 9);
        assert_eq!(choose(&[&rung(0, 1), &second], Some(1), now()), Some(1));
        assert_eq!(choose(&[&rung(0, 2), &second], Some(1), now()), Some(0));
    }

    #[test]
    fn a_failing_source_is_better_than_none() {
        assert_eq!(choose(&[&rung(9, 0), &Rung::default()], Some(0), now()), Some(0));
        assert_eq!(choose(&[&Rung::default()], None, now()), None);
    }

    #[test]
    fn a_series_that_has_ended_or_is_a_day_old_does_not_count() {
        let rung = rung(0, 5);
        let later = now() + SignedDuration::from_hours(2);
        assert_eq!(choose(&[&rung], Some(0), later), None);
        let mut old = rung.clone();
        old.answer.as_mut().unwrap().1 = now() - SignedDuration::from_hours(25);
        assert_eq!(choose(&[&old, &rung], Some(0), now()), Some(1));
    }
}
