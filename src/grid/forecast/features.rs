//! What the regression looks at: how the last hours, days and weeks differ from the profile.

use super::week::Week;
use super::{DAY, simple};

/// How many features a row has.
pub(super) const FEATURES: usize = 12;
/// Their names, in the order of a row.
pub(super) const NAMES: [&str; FEATURES] = [
    "last hour",
    "last 3 hours",
    "last 12 hours",
    "last day",
    "day before",
    "rise of the last hour",
    "weekday of the last 6 hours",
    "same hour a day ago",
    "same hour two days ago",
    "28 days",
    "all weeks",
    "weekday",
];
/// Features that are the same for every hour ahead.
const LEVELS: usize = 7;
/// Days of the longer profile.
const MONTH: usize = 28;

/// Features of one instant. All are deviations from the profile of seven days, in the unit of the series, and 0 where
/// nothing is known; `ahead` counts hours from the end of the past, from 0.
#[derive(Clone, Debug)]
pub(super) struct Features {
    levels: [f64; LEVELS],
    by_hour: Vec<[f64; 4]>,
    weekday: Vec<f64>,
}

impl Features {
    /// Of a past whose end is the hour `now`, counted from 1970, for as many hours ahead.
    pub(super) fn of(past: &[f64], week: &Week, now: usize, ahead: usize) -> Self {
        let profile: Vec<f64> = (0..DAY)
            .map(|hour| simple::profile(past, hour).unwrap_or(0.0))
            .collect();
        // How far the hour that lies `back` hours back, from 1, was above its profile.
        let deviation = |back: usize| {
            let value = past.get(past.len().checked_sub(back)?)?;
            value.is_finite().then(|| value - profile[(2 * DAY - back) % DAY])
        };
        let level = |from: usize, to: usize| simple::mean((from..=to).filter_map(deviation)).unwrap_or(0.0);
        let rise = deviation(1)
            .zip(deviation(2))
            .map_or(0.0, |(last, before)| last - before);
        let recent_weekday: f64 = (1..=6).map(|back| week.above_day((now + 7 * DAY) - back)).sum::<f64>() / 6.0;
        let last = (1..=DAY).find_map(deviation).unwrap_or(0.0);
        let by_hour = (0..DAY).map(|hour| {
            let month = simple::mean(simple::same_hours(past, hour, MONTH));
            let above = |value: Option<f64>| value.map_or(0.0, |value| value - profile[hour]);
            [
                deviation(DAY - hour).unwrap_or(0.0),
                deviation(2 * DAY - hour).unwrap_or(0.0),
                above(month),
                above(week.of_day(now + hour)),
            ]
        });
        Self {
            levels: [
                last,
                level(1, 3),
                level(1, DAY / 2),
                level(1, DAY),
                level(DAY + 1, 2 * DAY),
                rise,
                recent_weekday,
            ],
            by_hour: by_hour.collect(),
            weekday: (0..ahead).map(|hour| week.above_day(now + hour)).collect(),
        }
    }

    /// The features for an hour ahead.
    pub(super) fn row(&self, ahead: usize) -> [f64; FEATURES] {
        let mut row = [0.0; FEATURES];
        row[..LEVELS].copy_from_slice(&self.levels);
        row[LEVELS..FEATURES - 1].copy_from_slice(&self.by_hour[ahead % DAY]);
        row[FEATURES - 1] = self.weekday.get(ahead).copied().unwrap_or(0.0);
        row
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn named(features: &Features, name: &str, ahead: usize) -> f64 {
        features.row(ahead)[NAMES.iter().position(|other| *other == name).unwrap()]
    }

    #[test]
    fn a_day_that_repeats_has_no_features() {
        let past: Vec<f64> = (0..30 * DAY).map(|hour| (hour % DAY) as f64).collect();
        let mut week = Week::default();
        past.iter()
            .enumerate()
            .for_each(|(hour, value)| week.observe(hour, *value));
        let features = Features::of(&past, &week, past.len(), 96);
        assert!((0..96).all(|ahead| features.row(ahead).iter().all(|x| x.abs() < 1e-9)));
    }

    #[test]
    fn each_feature_says_what_its_name_says() {
        // Six weeks at 10; the last day at 17, its last hour at 24.
        let mut past = vec![10.0; 42 * DAY];
        let end = past.len();
        past[end - DAY..].fill(17.0);
        past[end - 1] = 24.0;
        let features = Features::of(&past, &Week::default(), end, 96);
        let close = |name: &str, ahead: usize, expected: f64| {
            assert!(
                (named(&features, name, ahead) - expected).abs() < 1e-9,
                "{name}: {}",
                named(&features, name, ahead)
            );
        };
        // Profiles: 11 and, for the last hour, 12. Deviations: 6, and 12.
        close("last hour", 5, 12.0);
        close("last 3 hours", 5, (12.0 + 6.0 + 6.0) / 3.0);
        close("last 12 hours", 5, (12.0 + 11.0 * 6.0) / 12.0);
        close("last day", 5, (12.0 + 23.0 * 6.0) / 24.0);
        close("day before", 5, -(2.0 + 23.0) / 24.0);
        close("rise of the last hour", 5, 6.0);
        close("same hour a day ago", 5 + DAY, 6.0);
        close("same hour a day ago", 23, 12.0);
        close("same hour two days ago", 23, -2.0);
        close("28 days", 5, (10.0 + 7.0 / 28.0) - 11.0);
        close("all weeks", 5, 0.0);
        close("weekday", 5, 0.0);
    }

    #[test]
    fn missing_hours_leave_features_of_what_is_known() {
        let mut past = vec![10.0; 9 * DAY];
        past[9 * DAY - 2..].fill(f64::NAN);
        past[9 * DAY - 3] = 17.0;
        let features = Features::of(&past, &Week::default(), past.len(), 24);
        assert!(
            (named(&features, "last hour", 0) - 6.0).abs() < 1e-9,
            "the last that is known"
        );
        assert_eq!(named(&features, "rise of the last hour", 0), 0.0);
        assert!((0..24).all(|ahead| features.row(ahead).iter().all(|x| x.is_finite())));
    }
}
