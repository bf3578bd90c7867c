//! The methods that need nothing but the last seven days.
//!
//! `past` holds one value an hour, the newest last, `NaN` where missing; `ahead` counts hours from its end, from 0. Each
//! falls back to the next plainer one where hours are missing, and says `None` only where nothing at all is known.

use super::DAY;

/// Days of a profile.
const WEEK: usize = 7;
/// Hours within which a deviation from the profile fades to 1/e.
const FADING: f64 = 6.0;

/// The same hour of the last day on which it is known, within a week; else the last value.
pub(super) fn persistence(past: &[f64], ahead: usize) -> Option<f64> {
    same_hours(past, ahead, WEEK)
        .next()
        .or_else(|| last(past).map(|(value, _)| value))
}

/// The mean of the same hour over the last seven days.
pub(super) fn profile(past: &[f64], ahead: usize) -> Option<f64> {
    mean(same_hours(past, ahead, WEEK)).or_else(|| persistence(past, ahead))
}

/// `profile + (last value - its profile) * exp(-h / 6)`, `h` the hours since the last value.
pub(super) fn corrected(past: &[f64], ahead: usize) -> Option<f64> {
    let expected = profile(past, ahead)?;
    let (value, age) = last(past)?;
    // The profile of an hour that lies `age` hours back is that of the same hour of a day ahead.
    let then = profile(past, (DAY - age % DAY) % DAY)?;
    Some(expected + (value - then) * (-((ahead + age) as f64) / FADING).exp())
}

/// The known values of the same hour of the day, of the last `days`, newest first.
pub(super) fn same_hours(past: &[f64], ahead: usize, days: usize) -> impl Iterator<Item = f64> {
    let back = (1..=days).map(move |day| (past.len() + ahead % DAY).checked_sub(day * DAY));
    back.filter_map(|index| past.get(index?).copied())
        .filter(|value| value.is_finite())
}

/// The last known value, and how many hours back it lies: 1 for the newest.
fn last(past: &[f64]) -> Option<(f64, usize)> {
    let index = past.iter().rposition(|value| value.is_finite())?;
    Some((past[index], past.len() - index))
}

/// `None` of nothing.
pub(super) fn mean(values: impl Iterator<Item = f64>) -> Option<f64> {
    let (sum, count) = values.fold((0.0, 0), |(sum, count), value| (sum + value, count + 1));
    (count > 0).then(|| sum / f64::from(count))
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Day `d`, hour `h`: `100 d + h`.
    fn days(count: usize) -> Vec<f64> {
        (0..count * DAY).map(|i| (100 * (i / DAY) + i % DAY) as f64).collect()
    }

    #[test]
    fn persistence_repeats_the_last_day() {
        let past = days(9);
        assert_eq!(persistence(&past, 0), Some(800.0));
        assert_eq!(persistence(&past, 23), Some(823.0));
        assert_eq!(persistence(&past, 24 + 5), Some(805.0));
    }

    #[test]
    fn a_profile_is_the_mean_of_seven_days_and_no_more() {
        // Days 2 to 8 of 0 to 8: 500 on average.
        assert_eq!(profile(&days(9), 3), Some(503.0));
        assert_eq!(profile(&days(9), 3 + 48), Some(503.0));
        assert_eq!(profile(&days(2), 3), Some(53.0), "what there is of a week");
    }

    #[test]
    fn a_correction_fades_with_the_hours_since_the_last_value() {
        // The last value is 823, its profile 523: 300 above.
        let close = |ahead: usize, expected: f64| {
            assert!((corrected(&days(9), ahead).unwrap() - expected).abs() < 1e-9, "{ahead}");
        };
        close(0, 500.0 + 300.0 * (-1.0_f64 / 6.0).exp());
        close(5, 505.0 + 300.0 * (-1.0_f64).exp());
        close(29, 505.0 + 300.0 * (-5.0_f64).exp());
    }

    #[test]
    fn missing_hours_make_room_for_what_is_known() {
        let mut past = days(9);
        past[8 * DAY] = f64::NAN;
        assert_eq!(persistence(&past, 0), Some(700.0), "the day before");
        assert_eq!(profile(&past, 0), Some(450.0), "the six days that are known");
        past[9 * DAY - 2..].fill(f64::NAN);
        // The last value is 821, three hours before the first hour ahead.
        let expected = 501.0 + 300.0 * (-4.0_f64 / 6.0).exp();
        assert!((corrected(&past, 1).unwrap() - expected).abs() < 1e-9);
        assert_eq!(persistence(&[f64::NAN, 4.0, f64::NAN], 7), Some(4.0), "the last value");
        assert_eq!(persistence(&[f64::NAN], 7), None);
    }
}
