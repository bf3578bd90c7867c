//! A series with one value an hour.

use jiff::{SignedDuration, Timestamp};

use crate::planner::Point;
use crate::units::Slot;

/// Seconds in an hour.
const HOUR: i64 = 3600;

/// One value an hour without a break, in the unit of its signal; `NaN` where it is missing.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Hourly {
    /// When the first hour begins: on the hour, UTC.
    pub start: Timestamp,
    /// The hours, oldest first.
    pub values: Vec<f64>,
}

impl Hourly {
    /// Ten years of hours: a point with a wild date shall not fill the memory.
    pub const LONGEST: usize = 3653 * 24;

    /// The hours that `points` cover, each the mean of what is known of it weighted by time; the last ten years of them
    /// where there are more. Points may be of any length and come in any order. `None` without a finite value.
    pub fn of(points: &[Point]) -> Option<Self> {
        let known = || {
            points
                .iter()
                .filter(|p| p.value.is_finite() && p.slot.length().is_positive())
        };
        let first = known().map(|p| hour_of(p.slot.start)).min()?;
        let last = known()
            .map(|p| hour_of(p.slot.end - SignedDuration::from_nanos(1)))
            .max()?;
        let first = first.max(last + 1 - Self::LONGEST as i64);
        let mut sums = vec![(0.0, 0.0); (last + 1 - first) as usize];
        for point in known() {
            let from = hour_of(point.slot.start).max(first);
            let to = hour_of(point.slot.end - SignedDuration::from_nanos(1));
            for hour in from..=to {
                let shared = point
                    .slot
                    .overlap(&slot(hour))
                    .map_or(0.0, |s| s.length().as_secs_f64());
                let (sum, seconds) = &mut sums[(hour - first) as usize];
                *sum += point.value * shared;
                *seconds += shared;
            }
        }
        let mean = |(sum, seconds): (f64, f64)| if seconds > 0.0 { sum / seconds } else { f64::NAN };
        Some(Self {
            start: slot(first).start,
            values: sums.into_iter().map(mean).collect(),
        })
    }

    /// What begins at `from` or later and before `to`; all of it without them.
    #[must_use]
    pub fn between(mut self, from: Option<Timestamp>, to: Option<Timestamp>) -> Self {
        let index = |instant| (0..self.values.len()).position(|i| self.at(i) >= instant);
        let end = to.and_then(index).unwrap_or(self.values.len());
        let begin = from.map_or(0, |from| index(from).unwrap_or(end)).min(end);
        self.start = self.at(begin);
        self.values.truncate(end);
        self.values.drain(..begin);
        self
    }

    /// The first instant after the last hour.
    pub fn end(&self) -> Timestamp {
        self.at(self.values.len())
    }

    /// The value of the hour that begins at `instant`; `None` where it is missing or not among the hours.
    pub fn value(&self, instant: Timestamp) -> Option<f64> {
        let index = usize::try_from(hour_of(instant) - hour_of(self.start)).ok()?;
        self.values.get(index).copied().filter(|value| value.is_finite())
    }

    /// When the hour with this index begins.
    pub fn at(&self, index: usize) -> Timestamp {
        let after = SignedDuration::from_hours(index as i64);
        self.start.saturating_add(after).unwrap_or(Timestamp::MAX)
    }
}

/// The number of the hour that an instant lies in, counted from 1970.
fn hour_of(instant: Timestamp) -> i64 {
    instant.as_second().div_euclid(HOUR)
}

fn slot(hour: i64) -> Slot {
    let start = Timestamp::from_second(hour.saturating_mul(HOUR)).unwrap_or(Timestamp::MAX);
    Slot::of(start, SignedDuration::from_secs(HOUR))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn point(start: &str, minutes: i64, value: f64) -> Point {
        let start = start.parse().unwrap();
        Point::of(Slot::of(start, SignedDuration::from_mins(minutes)), value)
    }

    #[test]
    fn quarters_of_an_hour_become_their_mean_and_gaps_stay_gaps() {
        let hourly = Hourly::of(&[
            point("2026-11-25T13:15:00Z", 15, 30.0),
            point("2026-11-25T10:00:00Z", 15, 10.0),
            point("2026-11-25T10:15:00Z", 45, 50.0),
            point("2026-11-25T11:00:00Z", 15, f64::NAN),
        ])
        .unwrap();
        assert_eq!(hourly.start, "2026-11-25T10:00:00Z".parse().unwrap());
        assert_eq!(hourly.values[0], 40.0);
        assert!(hourly.values[1].is_nan() && hourly.values[2].is_nan());
        assert_eq!(hourly.values[3..], [30.0]);
        assert_eq!(hourly.value(hourly.at(3)), Some(30.0));
        assert_eq!((hourly.value(hourly.at(1)), hourly.value(hourly.at(4))), (None, None));
        assert_eq!(hourly.end(), "2026-11-25T14:00:00Z".parse().unwrap());
    }

    #[test]
    fn what_lies_outside_is_cut_and_both_ends_may_lie_anywhere() {
        let hourly = Hourly {
            start: "2026-11-25T10:00:00Z".parse().unwrap(),
            values: vec![1.0, 2.0, 3.0, 4.0],
        };
        let at = |text: &str| Some(text.parse().unwrap());
        let cut = hourly
            .clone()
            .between(at("2026-11-25T11:00:00Z"), at("2026-11-25T13:00:00Z"));
        assert_eq!((cut.start, &cut.values[..]), (hourly.at(1), &[2.0, 3.0][..]));
        assert_eq!(
            hourly
                .clone()
                .between(at("2026-01-01T00:00:00Z"), at("2027-01-01T00:00:00Z")),
            hourly
        );
        assert!(
            hourly
                .clone()
                .between(at("2027-01-01T00:00:00Z"), None)
                .values
                .is_empty()
        );
    }

    #[test]
    fn a_long_point_counts_in_every_hour_that_it_covers() {
        let hourly = Hourly::of(&[point("2026-11-25T10:30:00Z", 120, 7.0)]).unwrap();
        assert_eq!(hourly.values, [7.0, 7.0, 7.0]);
    }

    #[test]
    fn a_past_of_ages_is_cut_and_one_without_values_is_none() {
        let old = point("1970-01-01T00:00:00Z", 60, 1.0);
        let new = point("2026-11-25T10:00:00Z", 60, 2.0);
        let hourly = Hourly::of(&[old, new]).unwrap();
        assert_eq!(hourly.values.len(), Hourly::LONGEST);
        assert_eq!(hourly.values.last(), Some(&2.0));
        assert_eq!(Hourly::of(&[point("2026-11-25T10:00:00Z", 60, f64::NAN)]), None);
    }
}
