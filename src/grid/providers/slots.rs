//! From times and values to slots.

use std::iter::repeat_n;

use jiff::{SignedDuration, Timestamp};

use crate::planner::Point;
use crate::units::Slot;

/// Between which lengths the steps of a series lie; what lies further apart is a gap.
#[derive(Clone, Copy, Debug)]
pub(super) struct Steps {
    /// The length of a slot where the series tells none.
    pub(super) shortest: SignedDuration,
    /// The longest one.
    pub(super) longest: SignedDuration,
}

/// Each slot lasts until the next start; the last one, and one before a gap, as long as the one before it. A first one before a
/// gap lasts as long as the first whose end is known.
fn until_next(starts: &[Timestamp], steps: Steps) -> Vec<Slot> {
    let untils = untils(starts, steps.longest);
    let mut step = untils.iter().copied().flatten().next().unwrap_or(steps.shortest);
    let until_next = untils.into_iter().chain([None]);
    let slots = starts.iter().zip(until_next).map(|(start, until_next)| {
        step = until_next.unwrap_or(step);
        Slot::of(*start, step)
    });
    slots.collect()
}

/// How long it is from each start to the next; `None` where a slot is missing between them: the way is longer than `longest`, or
/// than those before and after it. At either end of a series that is said only of a way that comes once: it may be coarser there.
fn untils(starts: &[Timestamp], longest: SignedDuration) -> Vec<Option<SignedDuration>> {
    let mut runs: Vec<(SignedDuration, usize)> = Vec::new();
    for two in starts.windows(2) {
        let length = two[1].duration_since(two[0]);
        match runs.last_mut() {
            Some((same, count)) if *same == length => *count += 1,
            _ => runs.push((length, 1)),
        }
    }
    let run = |(place, (length, count)): (usize, &(SignedDuration, usize))| {
        let sides = [place.checked_sub(1), Some(place + 1)].into_iter().flatten();
        let sides: Vec<SignedDuration> = sides.filter_map(|side| Some(runs.get(side)?.0)).collect();
        let may_be_gap = sides.len() == 2 || (sides.len() == 1 && *count == 1);
        let is_gap = may_be_gap && sides.iter().all(|side| length > side);
        repeat_n((*length <= longest && !is_gap).then_some(*length), *count)
    };
    runs.iter().enumerate().flat_map(run).collect()
}

/// The values of slots that begin at these times, in whichever order they come. The same pair twice counts once; a null is
/// unknown, but it ends the slot before it.
pub(super) fn starting(mut pairs: Vec<(Timestamp, Option<f64>)>, steps: Steps) -> Vec<Point> {
    pairs.sort_by_key(|(start, _)| *start);
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
    fn a_slot_that_is_missing_is_not_covered_by_the_one_before_it_and_coarser_steps_are_no_gap() {
        let of = |minutes: &[i64]| {
            let pairs: Vec<_> = minutes.iter().map(|minute| (*minute, Some(1.0))).collect();
            points(&pairs)
                .iter()
                .map(|(start, end, _)| end - start)
                .collect::<Vec<_>>()
        };
        assert_eq!(of(&[0, 15, 45, 60]), [15, 15, 15, 15]);
        assert_eq!(of(&[0, 15, 45, 75, 90]), [15, 15, 15, 15, 15], "two that stand apart");
        assert_eq!(of(&[0, 15, 30, 60]), [15, 15, 15, 15], "the last but one");
        assert_eq!(of(&[0, 15, 30, 90, 150]), [15, 15, 60, 60, 60], "hours after quarters");
        assert_eq!(of(&[0, 60, 120, 135, 150]), [60, 60, 15, 15, 15]);
    }

    #[test]
    fn a_first_slot_without_the_second_is_as_long_as_those_that_follow() {
        let shown = points(&[(0, Some(1.0)), (120, Some(2.0)), (180, Some(3.0))]);
        assert_eq!(shown, [(0, 60, 1.0), (120, 180, 2.0), (180, 240, 3.0)]);
        assert_eq!(points(&[(0, Some(1.0)), (30, Some(2.0)), (45, None)])[0], (0, 15, 1.0));
        assert_eq!(
            points(&[(0, Some(1.0)), (120, Some(2.0))])[0],
            (0, 5, 1.0),
            "nothing tells"
        );
    }

    #[test]
    fn rows_in_any_order_are_one_series() {
        let pairs = [(60, Some(3.0)), (0, Some(1.0)), (30, Some(2.0)), (0, Some(1.0))];
        assert_eq!(points(&pairs), [(0, 30, 1.0), (30, 60, 2.0), (60, 90, 3.0)]);
    }

    #[test]
    fn the_same_twice_counts_once_and_a_contradiction_stays() {
        assert_eq!(points(&[(0, Some(1.0)), (0, Some(1.0)), (5, Some(2.0))]).len(), 2);
        let contradiction = points(&[(0, Some(1.0)), (0, Some(2.0))]);
        assert_eq!(contradiction[0], (0, 0, 1.0), "whoever checks it refuses an empty slot");
    }
}
