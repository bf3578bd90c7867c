//! Which hours of the past tell of an hour to come: the recent ones, at the same time of day, on the same day of the week.

use super::history::HourIndex;

/// What an hour counts half as much after, in days.
const HALF_LIFE: f64 = 7.0;
/// How much an hour tells of another at the same time of the same day of the week ...
const SAME_WEEKDAY: f64 = 1.0;
/// ... of another working day, or of the other day of the weekend ...
const SAME_KIND_OF_DAY: f64 = 0.5;
/// ... of any other day ...
const SAME_TIME: f64 = 0.1;
/// ... and of another time of day.
const ANY: f64 = 0.002;

/// An hour's place in the week.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Place {
    /// The hour of the day, UTC.
    time: u8,
    /// From Monday, 0.
    weekday: u8,
}

impl Place {
    pub(super) fn of(hour: HourIndex) -> Self {
        Self {
            time: hour.rem_euclid(24) as u8,
            // 1 January 1970 was a Thursday.
            weekday: (hour.div_euclid(24) + 3).rem_euclid(7) as u8,
        }
    }

    /// How much an hour at this place tells of one at another, but for its age.
    pub(super) fn likeness(self, other: Self) -> f64 {
        if self.time != other.time {
            ANY
        } else if self.weekday == other.weekday {
            SAME_WEEKDAY
        } else if (self.weekday > 4) == (other.weekday > 4) {
            SAME_KIND_OF_DAY
        } else {
            SAME_TIME
        }
    }
}

/// How much an hour still counts for its age at `now`.
pub(super) fn freshness(past: HourIndex, now: HourIndex) -> f64 {
    0.5_f64.powf((now - past) as f64 / 24.0 / HALF_LIFE)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_same_hour_of_the_same_day_tells_most() {
        // Monday, 5 January 1970, 14:00.
        let monday = 4 * 24 + 14;
        let likeness = |past, future| Place::of(past).likeness(Place::of(future));
        let told = [7 * 24, 24, 5 * 24, 1].map(|later| likeness(monday, monday + later));
        assert_eq!(told, [SAME_WEEKDAY, SAME_KIND_OF_DAY, SAME_TIME, ANY]);
        let saturday = monday + 5 * 24;
        assert_eq!(likeness(saturday, saturday + 24), SAME_KIND_OF_DAY);
    }

    #[test]
    fn a_week_later_it_counts_half() {
        assert!((freshness(0, 7 * 24) - 0.5).abs() < 1e-12);
    }
}
