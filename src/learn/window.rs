//! The last jobs of a kind that finished, and since when none of them is missing.

use std::collections::VecDeque;

use jiff::{SignedDuration, Timestamp};

use super::risk::{Life, Ms, millis};

/// A job that ran to its end.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Finish {
    /// When.
    pub at: Timestamp,
    /// The work that it was: its run time, pauses left out, at the first step of its scaling.
    pub length: SignedDuration,
    /// Tells it from others that finished at the same instant.
    pub id: u64,
}

/// The last jobs that finished, at most so many.
#[derive(Clone, Debug)]
pub(super) struct Window {
    /// By time, then id.
    finished: VecDeque<(Ms, u64, Ms)>,
    most: usize,
    /// The finish of the last one that was forgotten: none that finished later is missing.
    since: Option<Ms>,
}

impl Window {
    /// One that remembers the last `most`.
    pub(super) fn of(most: usize) -> Self {
        Self {
            finished: VecDeque::new(),
            most,
            since: None,
        }
    }

    pub(super) fn len(&self) -> usize {
        self.finished.len()
    }

    /// Remembers it; `false` where it is known already, or finished before the window.
    pub(super) fn add(&mut self, finish: &Finish) -> bool {
        let (at, id) = (finish.at.as_millisecond(), finish.id);
        if finish.length.is_negative() || self.since.is_some_and(|since| at <= since) {
            return false;
        }
        let Err(place) = self.finished.binary_search_by_key(&(at, id), |(at, id, _)| (*at, *id)) else {
            return false;
        };
        self.finished.insert(place, (at, id, millis(finish.length).max(1)));
        if self.finished.len() > self.most {
            let dropped = self.finished.pop_front();
            self.since = dropped.map(|(at, ..)| at);
        }
        true
    }

    /// What the window, and the `unfinished` jobs with so much work behind them at `now`, tell of lengths.
    ///
    /// A job that was already running when the window began is only watched from what it had behind it then. Otherwise the
    /// many old jobs that are still running would be counted, and their kin that finished before would not.
    pub(super) fn lives(&self, now: Timestamp, unfinished: &[Ms]) -> Vec<Life> {
        let from = |to: Ms, until: Ms| self.since.map_or(0, |since| (to - (until - since)).max(0));
        let ended = self.finished.iter().map(|(at, _, length)| Life {
            from: from(*length, *at),
            to: *length,
            ended: true,
        });
        let now = now.as_millisecond();
        let running = unfinished.iter().map(|done| Life {
            from: from(*done, now),
            to: *done,
            ended: false,
        });
        ended.chain(running).collect()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn finish(at: i64, length: i64) -> Finish {
        Finish {
            at: Timestamp::from_second(at).unwrap(),
            length: SignedDuration::from_secs(length),
            id: 0,
        }
    }

    #[test]
    fn what_is_told_twice_counts_once() {
        let mut window = Window::of(10);
        assert!(window.add(&finish(100, 5)) && window.add(&finish(50, 5)));
        assert!(!window.add(&finish(100, 5)) && !window.add(&finish(50, 5)));
        assert!(window.add(&Finish { id: 1, ..finish(50, 5) }));
        assert_eq!(window.len(), 3);
    }

    #[test]
    fn the_oldest_goes_first_and_does_not_come_back() {
        let mut window = Window::of(2);
        for at in [10, 30, 20] {
            window.add(&finish(at, 1));
        }
        assert!(!window.add(&finish(10, 1)));
        assert_eq!(window.len(), 2);
    }

    #[test]
    fn a_job_older_than_the_window_is_watched_from_its_begin() {
        let mut window = Window::of(1);
        window.add(&finish(100, 1));
        window.add(&finish(110, 30));
        let lives = window.lives(Timestamp::from_second(150).unwrap(), &[20_000, 70_000]);
        let spans: Vec<_> = lives.iter().map(|life| (life.from, life.to, life.ended)).collect();
        assert_eq!(
            spans,
            [(20_000, 30_000, true), (0, 20_000, false), (20_000, 70_000, false)]
        );
    }
}
