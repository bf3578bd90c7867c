//! From times and values to slots.

use jiff::{SignedDuration, Timestamp};

use crate::planner::Point;
use crate::units::Slot;

/// Between which lengths the steps of a series lie; what lies further apart is a gap.
#[derive(Clone, Copy, Debug)]
pub(super) struct Steps {
    /// The length of a slot that stands alone.
    pub(super) shortest: SignedDuration,
    /// The longest one.
    pub(super) longest: SignedDuration,
}

/// Each slot lasts until the next start; the last one, and one before a gap, as long as the one before it.
pub(super) fn until_next(starts: &[Timestamp], steps: Steps) -> Vec<Slot> {
    let mut step = steps.shortest;
    let nexts = starts.iter().skip(1).map(Some).chain([None]);
    let pairs = starts.iter().zip(nexts);
    let slots = pairs.map(|(start, next)| {
        let until_next = next.map(|next| next.duration_since(*start));
        step = until_next.filter(|length| *length <= steps.longest).unwrap_or(step);
        Slot::of(*start, step)
    });
    slots.collect()
}

/// The values of slots that begin at these times. The same pair twice in a row counts once; a null is unknown, but it ends the
/// slot before it.
pub(super) fn starting(mut pairs: Vec<(Timestamp, Option<f64>)>, steps: Steps) -> Vec<Point> {
    pairs.dedup();
    let starts: Vec<Timestamp> = pairs.iter().map(|(start, _)| *start).collect();
    let slots = until_next(&starts, steps).into_iter().zip(pairs);
    slots
        .filter_map(|(slot, (_, value))| Some(Point::of(slot, value?)))
        .collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    const STEPS: Steps = Steps {
        shortest: SignedDuration::from_mins(5),
        longest: SignedDuration::from_hours(1),
    };

    fn points(pairs: &[(i64, Option<f64>)]) -> Vec<(i64, i64, f64)> {
        let at = |minute: i64| Timestamp::from_second(minute * 60).unwrap();
        let pairs = pairs.iter().map(|(minute, value)| (at(*minute), *value)).collect();
        let minute = |instant: Timestamp| instant.as_second() / 60;
        let points = starting(pairs, STEPS);
        points
            .iter()
            .map(|p| (minute(p.slot.start), minute(p.slot.end), p.value))
            .collect()
    }

    #[test]
    fn a_slot_ends_where_the_next_begins_and_a_gap_stays_a_gap() {
        let shown = points(&[(0, Some(1.0)), (30, None), (60, Some(2.0)), (300, Some(3.0))]);
        assert_eq!(shown, [(0, 30, 1.0), (60, 90, 2.0), (300, 330, 3.0)]);
    }

    #[test]
    fn the_same_twice_counts_once_and_a_contradiction_stays() {
        assert_eq!(points(&[(0, Some(1.0)), (0, Some(1.0)), (5, Some(2.0))]).len(), 2);
        let contradiction = points(&[(0, Some(1.0)), (0, Some(2.0))]);
        assert_eq!(contradiction[0], (0, 0, 1.0), "whoever checks it refuses an empty slot");
    }
}
