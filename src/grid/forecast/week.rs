//! What an hour of the week is like, from all weeks so far.

use super::{DAY, simple};

/// Hours in a week.
const WEEK: usize = 7 * DAY;
/// Weeks after which a value counts half.
const HALF_LIFE: f64 = 8.0;
/// Weeks before an hour of the week is told apart from the same hour of other days.
const KNOWN: u32 = 3;

/// Saturday and Sunday, in UTC: 1970 began on a Thursday.
const WEEKEND: [usize; 2] = [2, 3];
const WORKDAYS: [usize; 5] = [4, 5, 6, 0, 1];

/// The fading mean of every hour of the week. Hours are counted from 1970, so that any seven days in a row hold each once.
#[derive(Clone, Debug)]
pub(super) struct Week {
    /// Sum, weight and number of the values of an hour, the older weighing less.
    hours: Vec<(f64, f64, u32)>,
}

impl Default for Week {
    fn default() -> Self {
        Self {
            hours: vec![(0.0, 0.0, 0); WEEK],
        }
    }
}

impl Week {
    /// Takes the value of an hour.
    pub(super) fn observe(&mut self, hour: usize, value: f64) {
        let fading = 0.5_f64.powf(1.0 / HALF_LIFE);
        let (sum, weight, count) = &mut self.hours[hour % WEEK];
        *sum = *sum * fading + value;
        *weight = *weight * fading + 1.0;
        *count = count.saturating_add(1);
    }

    /// The mean of the same hour of the day over the days of the week, `None` where none is known.
    pub(super) fn of_day(&self, hour: usize) -> Option<f64> {
        simple::mean((0..7).filter_map(|day| self.mean(hour + day * DAY)))
    }

    /// How far this hour of the week lies above the same hour of other days; 0 while too few weeks are known.
    pub(super) fn above_day(&self, hour: usize) -> f64 {
        let known = self.hours[hour % WEEK].2 >= KNOWN;
        let above = || Some(self.mean(hour)? - self.of_day(hour)?);
        known.then(above).flatten().unwrap_or(0.0)
    }

    /// The same of the days that are alike: of a weekend, or of the five days between. Less noise than one day has.
    pub(super) fn like_days_above(&self, hour: usize) -> f64 {
        let of_week = (hour / DAY) % 7;
        let days: &[usize] = if WEEKEND.contains(&of_week) {
            &WEEKEND
        } else {
            &WORKDAYS
        };
        let above = days.iter().map(|day| self.above_day(day * DAY + hour % DAY));
        above.sum::<f64>() / days.len() as f64
    }

    fn mean(&self, hour: usize) -> Option<f64> {
        let (sum, weight, _) = self.hours[hour % WEEK];
        (weight > 0.0).then(|| sum / weight)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_day_that_differs_every_week_is_known_after_three() {
        let mut week = Week::default();
        let sunday = |hour: usize| if (hour / DAY) % 7 == 6 { 30.0 } else { 100.0 };
        (0..2 * WEEK).for_each(|hour| week.observe(hour, sunday(hour)));
        assert_eq!(week.above_day(6 * DAY + 5), 0.0, "two weeks tell nothing");
        (2 * WEEK..3 * WEEK).for_each(|hour| week.observe(hour, sunday(hour)));
        assert!((week.of_day(5).unwrap() - 90.0).abs() < 1e-9);
        assert!((week.above_day(6 * DAY + 5) + 60.0).abs() < 1e-9);
        assert!((week.above_day(WEEK + 5) - 10.0).abs() < 1e-9);
    }

    #[test]
    fn a_value_counts_half_after_eight_weeks() {
        let mut week = Week::default();
        week.observe(0, 3.0);
        (0..7).for_each(|_| week.observe(WEEK, 0.0));
        let weights: f64 = (0..8).map(|age| 0.5_f64.powf(f64::from(age) / 8.0)).sum();
        let expected = 3.0 * 0.5_f64.powf(7.0 / 8.0) / weights;
        assert!((week.of_day(0).unwrap() - expected).abs() < 1e-12);
        assert_eq!(week.of_day(1), None);
    }
}
