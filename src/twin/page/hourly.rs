//! What the hourly series say: a typical day, a typical week, and what the work paid per kWh.

use jiff::Timestamp;

use super::input::{Page, Zone};

/// Hours in a week.
pub(super) const WEEK: usize = 7 * 24;

/// A stretch of hours of one zone.
#[derive(Clone, Debug, Default, PartialEq)]
pub(super) struct Stretch {
    /// gCO2e/kWh.
    pub(super) intensity: Vec<f64>,
    /// kW.
    pub(super) before: Vec<f64>,
    /// kW.
    pub(super) after: Vec<f64>,
}

/// The hours of a zone from one to another.
pub(super) fn stretch(zone: &Zone, from: usize, to: usize) -> Stretch {
    let part = |series: &[f64], without: f64| {
        (from..to)
            .map(|hour| series.get(hour).copied().unwrap_or(without))
            .collect()
    };
    Stretch {
        intensity: part(&zone.intensity, f64::NAN),
        before: part(&zone.before, 0.0),
        after: part(&zone.after, 0.0),
    }
}

/// The mean of each hour of the day, UTC, from midnight; `from` is the first hour of the series.
pub(super) fn typical_day(zone: &Zone, from: Timestamp) -> Stretch {
    let first = from.as_second().div_euclid(3600).rem_euclid(24) as usize;
    let hours = worked_hours(zone);
    let mean = |series: &[f64]| {
        let (mut sums, mut counts) = ([0.0; 24], [0.0_f64; 24]);
        for (hour, value) in series
            .iter()
            .take(hours)
            .enumerate()
            .filter(|(_, value)| value.is_finite())
        {
            sums[(first + hour) % 24] += value;
            counts[(first + hour) % 24] += 1.0;
        }
        (0..24).map(|hour| sums[hour] / counts[hour]).collect()
    };
    Stretch {
        intensity: mean(&zone.intensity),
        before: mean(&zone.before),
        after: mean(&zone.after),
    }
}

/// The hours until the last work in a zone.
fn worked_hours(zone: &Zone) -> usize {
    let last = |series: &[f64]| series.iter().rposition(|power| *power > 0.0).map_or(0, |hour| hour + 1);
    last(&zone.before).max(last(&zone.after))
}

/// The first hour of the week, from a midnight on, whose saving is closest to that of all weeks together.
pub(super) fn typical_week(page: &Page) -> usize {
    let hours = page.zones.iter().map(worked_hours).max().unwrap_or(0);
    let midnight = (24 - page.hours_from.as_second().div_euclid(3600).rem_euclid(24) as usize) % 24;
    let saved = |from: usize, to: usize| {
        let grams = |power: fn(&Zone) -> &[f64]| -> f64 {
            page.zones
                .iter()
                .map(|zone| Paid::of(zone, power(zone), from, to).grams)
                .sum()
        };
        1.0 - grams(|zone| &zone.after) / grams(|zone| &zone.before)
    };
    let all = saved(0, hours);
    (midnight..hours.saturating_sub(WEEK - 1))
        .step_by(24)
        .map(|from| (from, (saved(from, from + WEEK) - all).abs()))
        .filter(|(_, apart)| apart.is_finite())
        .min_by(|a, b| a.1.total_cmp(&b.1))
        .map_or(0, |(from, _)| from)
}

/// Energy, and what was emitted for it.
#[derive(Clone, Copy, Debug, Default, PartialEq)]
pub(super) struct Paid {
    /// kWh in hours whose intensity is known.
    pub(super) kwh: f64,
    /// gCO2e.
    pub(super) grams: f64,
}

impl Paid {
    /// For this power, hour by hour, in a zone.
    pub(super) fn of(zone: &Zone, power: &[f64], from: usize, to: usize) -> Self {
        let hours = power.iter().zip(&zone.intensity).take(to).skip(from);
        hours
            .filter(|(_, intensity)| intensity.is_finite())
            .fold(Self::default(), |paid, (power, intensity)| Self {
                kwh: paid.kwh + power,
                grams: paid.grams + power * intensity,
            })
    }

    /// gCO2e/kWh; `None` without work.
    pub(super) fn per_kwh(&self) -> Option<f64> {
        (self.kwh > 0.0).then(|| self.grams / self.kwh)
    }
}

/// The mean of a series over the hours in which a zone had work, before or after.
pub(super) fn mean(series: &[f64], zone: &Zone) -> Option<f64> {
    let known: Vec<f64> = series
        .iter()
        .take(worked_hours(zone))
        .copied()
        .filter(|value| value.is_finite())
        .collect();
    (!known.is_empty()).then(|| known.iter().sum::<f64>() / known.len() as f64)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn zone(hours: usize, before: impl Fn(usize) -> f64, after: impl Fn(usize) -> f64) -> Zone {
        Zone {
            name: "a".into(),
            intensity: (0..hours)
                .map(|hour| if hour % 24 < 12 { 100.0 } else { 300.0 })
                .collect(),
            renewable_share: Vec::new(),
            before: (0..hours).map(before).collect(),
            after: (0..hours).map(after).collect(),
        }
    }

    #[test]
    fn a_typical_day_is_the_mean_of_all_days_from_midnight() {
        let at_six = Timestamp::from_second(6 * 3600).unwrap();
        let day = typical_day(&zone(48, |hour| hour as f64, |_| 0.0), at_six);
        assert_eq!(day.before[6], 12.0, "the mean of 0 and 24");
        assert_eq!(day.intensity[18], 300.0);
    }

    #[test]
    fn the_week_shown_is_the_one_that_saves_as_all_weeks_do() {
        // Work at the dirty hours moves to the clean ones: not at all in the first week, all in the second, half in the third.
        let part = |hour: usize| [0.0, 1.0, 0.5][hour / WEEK];
        let dirty = |hour: usize| if hour % 24 >= 12 { 1.0 } else { 0.0 };
        let after = move |hour: usize| if hour % 24 >= 12 { 1.0 - part(hour) } else { part(hour) };
        let page = Page {
            zones: vec![zone(3 * WEEK, dirty, after)],
            ..Page::default()
        };
        let from = typical_week(&page);
        assert!(
            (from as i64 - 2 * WEEK as i64).abs() <= 24 || (84..=132).contains(&from),
            "{from}"
        );
    }

    #[test]
    fn what_work_pays_is_weighted_by_its_power() {
        let zone = zone(
            24,
            |hour| if hour == 0 { 3.0 } else { 0.0 },
            |hour| if hour < 13 { 1.0 } else { 0.0 },
        );
        let paid = |power: &[f64]| Paid::of(&zone, power, 0, 24).per_kwh().unwrap();
        assert_eq!(paid(&zone.before), 100.0);
        assert!((paid(&zone.after) - 1500.0 / 13.0).abs() < 1e-9);
        assert_eq!(Paid::default().per_kwh(), None);
    }
}
