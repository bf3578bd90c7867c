//! The method of the weather model where truth exists: California, whose hours by source are published together with weather
//! forecasts for its plants, and Germany, where wind decides. The model is told what one would know of a country like Morocco, no more: capacities, the
//! energies of the year before, and a demand curve with two peaks. The figures are printed:
//!
//! ```text
//! cargo test --test weather_validation -- --nocapture
//! ```
//! The data lie outside the repository; without them these tests say so and pass. `docs/weather-model.md` says what the
//! figures mean, and what they do not.

#![expect(
    clippy::unwrap_used,
    clippy::print_stdout,
    reason = "a test ends with what it did not expect, and prints what it found"
)]

mod shared_data;
mod weather_validation {
    pub mod california;
    pub mod germany;
    pub mod judge;
    mod shared;
}

use alize::grid::weather::{Parameters, forecast};
use alize::units::{Basis, Signal};
use weather_validation::california::{Hour, Wind, calibrated, data, weather};
use weather_validation::germany;
use weather_validation::judge::{coverage, kept, rank_correlation};

const DAY: usize = 24;

/// What the model says of a year, hour by hour, each day forecast at its midnight.
struct Modelled {
    share: Vec<f64>,
    bands: Vec<(f64, f64)>,
    life_cycle: Vec<f64>,
}

fn modelled(parameters: &Parameters, year: &[Hour], wind: Wind) -> Modelled {
    let mut all = Modelled {
        share: Vec::new(),
        bands: Vec::new(),
        life_cycle: Vec::new(),
    };
    for day in year.chunks(DAY) {
        let weather = weather(day, wind);
        let forecast = forecast(parameters, &weather, None, weather.start).unwrap();
        assert_eq!(forecast.hours.len(), day.len());
        for point in forecast.points(Signal::RenewableShare, Basis::Unstated).unwrap() {
            let band = point.band.unwrap();
            all.share.push(point.value);
            all.bands.push((band.p10, band.p90));
        }
        let intensities = forecast.points(Signal::CarbonIntensity, Basis::LifeCycle).unwrap();
        all.life_cycle.extend(intensities.iter().map(|point| point.value));
    }
    all
}

/// Each hour as the same hour of the day before.
fn persistence(actual: &[f64]) -> Vec<f64> {
    (0..actual.len())
        .map(|hour| actual[hour.checked_sub(DAY).unwrap_or(hour)])
        .collect()
}

/// Prints how a forecast does beside persistence, and returns its rank correlation and the saving kept by jobs of 6 h.
fn judged(name: &str, forecast: &[f64], actual: &[f64]) -> (f64, f64) {
    let daily = |forecast: &[f64]| {
        let days = forecast.chunks(DAY).zip(actual.chunks(DAY)).skip(1);
        let each: Vec<f64> = days.map(|(day, truth)| rank_correlation(day, truth)).collect();
        each.iter().sum::<f64>() / each.len() as f64
    };
    let keeps = |length: usize, pieces: bool| kept(forecast, actual, DAY, length, pieces);
    let year = rank_correlation(&forecast[DAY..], &actual[DAY..]);
    println!(
        "{name:<34}{year:>8.3}{:>8.3} | {:>6.3}{:>7.3}{:>7.3} | {:>6.3}{:>7.3}{:>7.3}",
        daily(forecast),
        keeps(1, false),
        keeps(6, false),
        keeps(12, false),
        keeps(1, true),
        keeps(6, true),
        keeps(12, true),
    );
    (year, keeps(6, false))
}

fn head(title: &str) {
    println!(
        "\n{title}\n{:<34}{:>8}{:>8} | kept, at a stretch    | kept, in pieces",
        "", "ranks,", "ranks"
    );
    println!(
        "{:<34}{:>8}{:>8} | {:>6}{:>7}{:>7} | {:>6}{:>7}{:>7}",
        "", "year", "in day", "1 h", "6 h", "12 h", "1 h", "6 h", "12 h"
    );
}

#[test]
fn the_method_ranks_the_hours_of_a_year_that_it_was_not_calibrated_on() {
    let Some(years) = data() else { return };
    let (before, year) = (years.of(2020), years.of(2021));
    let of_before: Vec<f64> = before.iter().map(Hour::share).collect();
    let actual: Vec<f64> = year.iter().map(Hour::share).collect();
    head("California 2021: share of wind and sun in generation without hydro; factors and mean days of 2020");
    judged("persistence", &persistence(&actual), &actual);
    for (name, wind, least) in [
        ("model, wind at 10 m", Wind::TenMetres, 0.75),
        ("model, wind as forecast day-ahead", Wind::DayAhead, 0.75),
    ] {
        let parameters = calibrated(&before, wind);
        let fitted = modelled(&parameters, &before, wind);
        let modelled = modelled(&parameters, &year, wind);
        let (ranks, kept) = judged(name, &modelled.share, &actual);
        let covered = coverage(&modelled.bands, &actual);
        let fitted = coverage(&fitted.bands, &of_before) * 100.0;
        println!(
            "{:<34}inside the interval of 80 %: {:.1} %; of 2020: {fitted:.1} %",
            "",
            covered * 100.0
        );
        assert!(ranks > least, "{name}: {ranks}");
        assert!(kept > 0.9, "{name}: {kept}");
        assert!((0.65..0.9).contains(&covered), "{name}: {covered}");
    }
}

#[test]
fn a_grid_of_wind_is_ranked_better_by_the_model_than_by_yesterday() {
    let Some(hours) = germany::data() else { return };
    let parameters = germany::parameters(&hours);
    let actual: Vec<f64> = hours.iter().map(|hour| -hour.intensity).collect();
    let mut modelled = Vec::new();
    for day in hours.chunks(DAY) {
        let weather = germany::weather(&parameters, day);
        let forecast = forecast(&parameters, &weather, None, weather.start).unwrap();
        let points = forecast.points(Signal::CarbonIntensity, Basis::Direct).unwrap();
        modelled.extend(points.iter().map(|point| -point.value));
    }
    head("Germany, second half of 2021: intensity at the stack; wind and sun as forecast day-ahead, all else assumed");
    let (ranks_before, kept_before) = judged("persistence", &persistence(&actual), &actual);
    let (ranks, kept) = judged("model", &modelled, &actual);
    assert!(
        ranks > ranks_before && kept > kept_before,
        "{ranks} {ranks_before}, {kept} {kept_before}"
    );
}
