//! A half-open interval of time.

use jiff::{SignedDuration, Timestamp};
use serde::{Deserialize, Serialize};

/// The half-open interval `[start, end)`, UTC.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
pub struct Slot {
    /// The first instant inside.
    pub start: Timestamp,
    /// The first instant after.
    pub end: Timestamp,
}

impl Slot {
    /// The interval from `start` that lasts `length`. Saturates at the end of time.
    pub fn of(start: Timestamp, length: SignedDuration) -> Self {
        let end = start.saturating_add(length).unwrap_or(Timestamp::MAX);
        Self { start, end }
    }

    /// How long it lasts; never negative for a valid slot.
    pub fn length(&self) -> SignedDuration {
        self.end.duration_since(self.start)
    }

    /// Whether `instant` lies inside.
    pub fn contains(&self, instant: Timestamp) -> bool {
        self.start <= instant && instant < self.end
    }

    /// The part that both share, if any.
    pub fn overlap(&self, other: &Self) -> Option<Self> {
        let (start, end) = (self.start.max(other.start), self.end.min(other.end));
        (start < end).then_some(Self { start, end })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn slot(start: i64, end: i64) -> Slot {
        Slot {
            start: Timestamp::from_second(start).unwrap(),
            end: Timestamp::from_second(end).unwrap(),
        }
    }

    #[test]
    fn a_slot_holds_its_start_and_not_its_end() {
        let s = slot(10, 20);
        assert!(s.contains(s.start));
        assert!(!s.contains(s.end));
        assert_eq!(s.length().as_secs(), 10);
    }

    #[test]
    fn slots_that_only_touch_do_not_overlap() {
        assert_eq!(slot(0, 10).overlap(&slot(10, 20)), None);
        assert_eq!(slot(0, 10).overlap(&slot(5, 20)), Some(slot(5, 10)));
    }
}
