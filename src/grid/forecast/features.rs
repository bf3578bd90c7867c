//! What the regressions look at: how the last hours, days and weeks differ from the profile, and how rough the profile is.

use super::week::Week;
use super::{DAY, simple};

/// How many features a row has.
pub(super) const FEATURES: usize = LEVELS + SHAPES + WEEKLY;
/// Their names, in the order of a row.
pub(super) const NAMES: [&str; FEATURES] = [
    "last hour",
    "last 3 hours",
    "last 12 hours",
    "last day",
    "day before",
    "rise of the last hour",
    "weekday of the last 6 hours",
    "weekend of the last day",
    "same hour a day ago",
    "same hour two days ago",
    "28 days",
    "all weeks",
    "a day ago, smooth",
    "28 days, smooth",
    "neighbours of the profile",
    "neighbours but one",
    "weekday",
    "weekday, smooth",
    "weekend, smooth",
];
/// Features that are the same for every hour ahead.
const LEVELS: usize = 8;
/// Features that are the same on every day ahead.
const SHAPES: usize = 8;
/// Features that know the day of the week.
const WEEKLY: usize = 3;
/// Days of the longer profile.
const MONTH: usize = 28;
/// Hours before and after that a smooth feature is the mean of.
const SMOOTH: usize = 2;

/// Features of one instant. All are deviations from the profile of seven days, in the unit of the series, and 0 where
/// nothing is known; `ahead` counts hours from the end of the past, from 0.
#[derive(Clone, Debug)]
pub(super) struct Features {
    levels: [f64; LEVELS],
    by_hour: Vec<[f64; SHAPES]>,
    by_day: Vec<[f64; WEEKLY]>,
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
        Self {
            levels: levels(&deviation, week, now),
            by_hour: by_hour(&deviation, &profile, past, week, now),
            by_day: by_day(week, now, ahead),
        }
    }

    /// The same, none of them further from 0 than `most`.
    pub(super) fn within(mut self, most: f64) -> Self {
        let by_hour = self.by_hour.iter_mut().flatten();
        let all = self
            .levels
            .iter_mut()
            .chain(by_hour)
            .chain(self.by_day.iter_mut().flatten());
        all.for_each(|x| *x = x.max(-most).min(most));
        self
    }

    /// The features for an hour ahead.
    pub(super) fn row(&self, ahead: usize) -> [f64; FEATURES] {
        let mut row = [0.0; FEATURES];
        row[..LEVELS].copy_from_slice(&self.levels);
        row[LEVELS..LEVELS + SHAPES].copy_from_slice(&self.by_hour[ahead % DAY]);
        row[LEVELS + SHAPES..].copy_from_slice(&self.by_day.get(ahead).copied().unwrap_or_default());
        row
    }
}

fn levels(deviation: &impl Fn(usize) -> Option<f64>, week: &Week, now: usize) -> [f64; LEVELS] {
    let level = |from: usize, to: usize| simple::mean((from..=to).filter_map(deviation)).unwrap_or(0.0);
    let rise = deviation(1)
        .zip(deviation(2))
        .map_or(0.0, |(last, before)| last - before);
    // Weeks repeat, so that an hour of the last one may be named by the next.
    let lately = |hours: usize, above: &dyn Fn(usize) -> f64| {
        (1..=hours).map(|back| above(now + 7 * DAY - back)).sum::<f64>() / hours as f64
    };
    [
        (1..=DAY).find_map(deviation).unwrap_or(0.0),
        level(1, 3),
        level(1, DAY / 2),
        level(1, DAY),
        level(DAY + 1, 2 * DAY),
        rise,
        lately(6, &|hour| week.above_day(hour)),
        lately(DAY, &|hour| week.like_days_above(hour)),
    ]
}

fn by_hour(
    deviation: &impl Fn(usize) -> Option<f64>,
    profile: &[f64],
    past: &[f64],
    week: &Week,
    now: usize,
) -> Vec<[f64; SHAPES]> {
    let above = |value: Option<f64>, hour: usize| value.map_or(0.0, |value| value - profile[hour]);
    let each = |value: &dyn Fn(usize) -> f64| (0..DAY).map(value).collect::<Vec<f64>>();
    let day_ago = each(&|hour| deviation(DAY - hour).unwrap_or(0.0));
    let month = each(&|hour| above(simple::mean(simple::same_hours(past, hour, MONTH)), hour));
    let around = |hour: usize, away: usize| {
        let (before, after) = ((hour + DAY - away) % DAY, (hour + away) % DAY);
        f64::midpoint(profile[before], profile[after]) - profile[hour]
    };
    let row = |hour: usize| {
        [
            day_ago[hour],
            deviation(2 * DAY - hour).unwrap_or(0.0),
            month[hour],
            above(week.of_day(now + hour), hour),
            smooth(DAY + hour, &|hour| day_ago[hour % DAY]),
            smooth(DAY + hour, &|hour| month[hour % DAY]),
            around(hour, 1),
            around(hour, 2),
        ]
    };
    (0..DAY).map(row).collect()
}

fn by_day(week: &Week, now: usize, ahead: usize) -> Vec<[f64; WEEKLY]> {
    let row = |hour: usize| {
        [
            week.above_day(hour),
            smooth(hour, &|hour| week.above_day(hour)),
            smooth(hour, &|hour| week.like_days_above(hour)),
        ]
    };
    (now..now + ahead).map(row).collect()
}

/// The mean over an hour and its neighbours.
fn smooth(hour: usize, value: &dyn Fn(usize) -> f64) -> f64 {
    let hours = hour.saturating_sub(SMOOTH)..=hour + SMOOTH;
    hours.map(value).sum::<f64>() / (2 * SMOOTH + 1) as f64
}

#[cfg(test)]
mod tests {
    use super::*;

    fn named(features: &Features, name: &str, ahead: usize) -> f64 {
        features.row(ahead)[NAMES.iter().position(|other| *other == name).unwrap()]
    }

    #[test]
    fn a_day_that_repeats_has_no_features_but_how_rough_it_is() {
        let past: Vec<f64> = (0..30 * DAY).map(|hour| (hour % DAY) as f64).collect();
        let mut week = Week::default();
        past.iter()
            .enumerate()
            .for_each(|(hour, value)| week.observe(hour, *value));
        let features = Features::of(&past, &week, past.len(), 96);
        let rough = |name: &str| name.starts_with("neighbours");
        for name in NAMES.into_iter().filter(|name| !rough(name)) {
            assert!(
                (0..96).all(|ahead| named(&features, name, ahead).abs() < 1e-9),
                "{name}"
            );
        }
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
        // Among five hours around midnight is the last one.
        close("a day ago, smooth", 0, (4.0 * 6.0 + 12.0) / 5.0);
        close("28 days, smooth", 5, 0.25 - 1.0);
        // The profile is 11, and 12 in the last hour.
        close("neighbours of the profile", 0, 0.5);
        close("neighbours of the profile", 23, -1.0);
        close("neighbours but one", 1, 0.5);
    }

    #[test]
    fn a_weekend_is_known_by_its_two_days_together() {
        let mut week = Week::default();
        // Days are counted from a Thursday: the third and fourth are the weekend.
        let value = |hour: usize| if matches!((hour / DAY) % 7, 2 | 3) { 3.0 } else { 10.0 };
        let end = 35 * DAY;
        let past: Vec<f64> = (0..end).map(value).collect();
        (0..end).for_each(|hour| week.observe(hour, value(hour)));
        let features = Features::of(&past, &week, end, 96);
        assert!(
            (named(&features, "weekend, smooth", 60) + 5.0).abs() < 1e-9,
            "5 below the mean of 8"
        );
        assert!((named(&features, "weekend, smooth", 12) - 2.0).abs() < 1e-9);
        assert!((named(&features, "weekend of the last day", 12) - 2.0).abs() < 1e-9);
    }

    #[test]
    fn no_feature_lies_further_from_zero_than_it_may() {
        let mut past = vec![10.0; 9 * DAY];
        past[8 * DAY] = 1e9;
        let features = Features::of(&past, &Week::default(), past.len(), 24).within(30.0);
        assert_eq!(named(&features, "same hour a day ago", 0), 30.0);
        assert_eq!(named(&features, "28 days", 0), -30.0);
        assert!((0..24).all(|ahead| features.row(ahead).iter().all(|x| x.abs() <= 30.0)));
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
