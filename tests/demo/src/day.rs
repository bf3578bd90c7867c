//! The compressed day: 24 hours of five seconds each, and what three grids emit in every one of them.
//!
//! The curves are formulas, shaped like real days and copied from none: a base, a valley where the sun stands, a peak in
//! the evening, and a dip at night where wind or low demand makes one.

use std::f64::consts::E;

use jiff::{SignedDuration, Timestamp};
use serde_json::json;

/// How long an hour of the day takes.
pub const HOUR: SignedDuration = SignedDuration::from_secs(5);
/// Hours, and so slots, in a day.
pub const HOURS: i32 = 24;
/// How many real seconds one second of the demo stands for.
pub const SPEED: f64 = 720.0;

/// Morocco, Spain and France, as the examples and the fake nodes call them.
pub const ZONES: [&str; 3] = ["ma", "es", "fr"];

/// The day, from its midnight on; after 24 hours it repeats itself.
#[derive(Clone, Copy, Debug)]
pub struct Day {
    /// Midnight.
    pub start: Timestamp,
}

impl Day {
    /// The day that begins with the current second.
    pub fn beginning(now: Timestamp) -> Self {
        // Not rounded: the forecast must cover this very moment.
        let start = Timestamp::from_second(now.as_second()).unwrap_or(now);
        Self { start }
    }

    /// Hours since midnight, with fractions; may be negative or beyond 24.
    pub fn hours(&self, at: Timestamp) -> f64 {
        at.duration_since(self.start).as_secs_f64() / HOUR.as_secs_f64()
    }

    /// The time of day as people write it, `13:20`.
    pub fn clock(&self, at: Timestamp) -> String {
        let minutes = (self.hours(at) * 60.0).rem_euclid(24.0 * 60.0);
        format!("{:02.0}:{:02.0}", (minutes / 60.0).floor(), (minutes % 60.0).floor())
    }

    /// The mean intensity of `zone` from `from` to `to`, in gCO2e/kWh; the value at `from` where the two are one instant.
    pub fn mean(&self, zone: &str, from: Timestamp, to: Timestamp) -> f64 {
        let (start, end) = (self.hours(from), self.hours(to));
        if end <= start {
            return intensity(zone, start);
        }
        let (mut sum, mut at) = (0.0, start);
        while at < end {
            let until = (at.floor() + 1.0).min(end);
            sum += intensity(zone, at) * (until - at);
            at = until;
        }
        sum / (end - start)
    }

    /// The forecasts of a zone over so many hours, as the texts that a GridZone's ConfigMap holds: the carbon intensity and
    /// the renewable share. They are right: what the demo accounts by is the same curve.
    pub fn forecasts(&self, zone: &str, hours: i32) -> (String, String) {
        (
            self.series(hours, |hour| intensity(zone, hour)),
            self.series(hours, |hour| share(zone, hour)),
        )
    }

    fn series(&self, hours: i32, value: impl Fn(f64) -> f64) -> String {
        let points = (0..hours).map(|hour| {
            let start = self.start + HOUR * hour;
            let value = (value(f64::from(hour)) * 1e3).round() / 1e3;
            json!({"start": start, "end": start + HOUR, "value": value})
        });
        let points: Vec<_> = points.collect();
        json!({"issuedAt": self.start, "source": "the demo's own formula", "points": points}).to_string()
    }
}

/// The intensity of a zone in the slot that holds this hour, in gCO2e/kWh, life-cycle.
///
/// Morocco: coal, with a valley at noon as deep as its solar plants make it (370 to 740). Spain: wind at night, sun at noon
/// (105 to 240). France: nuclear and flat, with gas in the evening (32 to 75).
pub fn intensity(zone: &str, hour: f64) -> f64 {
    let hour = middle(hour);
    match zone {
        "ma" => 690.0 - 320.0 * bell(hour, 12.5, 3.2) + 50.0 * bell(hour, 20.0, 2.0) - 30.0 * bell(hour, 4.0, 3.0),
        "es" => 175.0 - 70.0 * bell(hour, 13.5, 3.0) + 65.0 * bell(hour, 20.5, 2.0) - 40.0 * bell(hour, 3.0, 4.0),
        _ => 48.0 - 16.0 * bell(hour, 14.0, 4.0) + 27.0 * bell(hour, 19.5, 2.5) + 10.0 * bell(hour, 8.0, 2.0),
    }
}

/// The renewable share of a zone in the slot that holds this hour, 0 to 1: the sun at noon, in Spain the wind at night.
pub fn share(zone: &str, hour: f64) -> f64 {
    let hour = middle(hour);
    match zone {
        "ma" => 0.16 + 0.34 * bell(hour, 12.5, 3.2),
        "es" => 0.42 + 0.28 * bell(hour, 13.5, 3.0) + 0.08 * bell(hour, 3.0, 4.0),
        _ => 0.22 + 0.12 * bell(hour, 14.0, 4.0),
    }
}

/// A slot has one value: that of its middle.
fn middle(hour: f64) -> f64 {
    hour.floor() + 0.5
}

/// A bell of height 1 around `centre`, `width` hours to where it has fallen to 1/e, on a clock of 24 hours.
fn bell(hour: f64, centre: f64, width: f64) -> f64 {
    let apart = (hour - centre).rem_euclid(24.0);
    let apart = apart.min(24.0 - apart);
    E.powf(-(apart / width).powi(2))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn day() -> Day {
        Day::beginning(Timestamp::from_second(1_000_000).unwrap())
    }

    fn range(zone: &str) -> (f64, f64) {
        let hours = (0..HOURS).map(|hour| intensity(zone, f64::from(hour)));
        hours.fold((f64::MAX, 0.0), |(low, high), value| (low.min(value), value.max(high)))
    }

    #[test]
    fn each_grid_keeps_to_its_own_range() {
        for (zone, low, high) in [("ma", 350.0, 750.0), ("es", 90.0, 250.0), ("fr", 25.0, 80.0)] {
            let (least, most) = range(zone);
            assert!(
                low <= least && most <= high && most > 1.5 * least,
                "{zone}: {least} to {most}"
            );
            assert!((0..HOURS).all(|hour| (0.0..=1.0).contains(&share(zone, f64::from(hour)))));
        }
    }

    #[test]
    fn morocco_is_greenest_when_the_sun_is_highest() {
        let greenest =
            (0..HOURS).min_by(|a, b| intensity("ma", f64::from(*a)).total_cmp(&intensity("ma", f64::from(*b))));
        assert_eq!(greenest, Some(12));
    }

    #[test]
    fn the_mean_weighs_each_slot_by_its_time_in_the_window() {
        let day = day();
        let (from, to) = (day.start + HOUR * 11 + HOUR / 2, day.start + HOUR * 13);
        let expected = (intensity("es", 11.0) * 0.5 + intensity("es", 12.0)) / 1.5;
        assert!((day.mean("es", from, to) - expected).abs() < 1e-9);
        assert!((day.mean("es", from, from) - intensity("es", 11.0)).abs() < 1e-9);
        let next = SignedDuration::from_secs(120);
        assert!(
            (day.mean("es", from + next, to + next) - expected).abs() < 1e-9,
            "the day repeats itself"
        );
    }

    #[test]
    fn the_forecast_is_what_the_accounts_are_made_by() {
        let day = day();
        let text: serde_json::Value = serde_json::from_str(&day.forecasts("ma", 30).0).unwrap();
        let points = text["points"].as_array().unwrap();
        assert_eq!(points.len(), 30);
        let (point, start) = (&points[12], day.start + HOUR * 12);
        assert_eq!(point["start"], json!(start));
        assert!((point["value"].as_f64().unwrap() - day.mean("ma", start, start + HOUR)).abs() < 1e-3);
    }

    #[test]
    fn the_clock_shows_the_time_of_the_compressed_day() {
        let day = day();
        assert_eq!(day.clock(day.start + HOUR * 13 + HOUR / 4), "13:15");
        assert_eq!(day.clock(day.start + HOUR * 25), "01:00");
    }
}
