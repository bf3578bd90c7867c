//! The method of the weather model where truth exists: California, whose hours by source are published together with weather
//! forecasts for its plants. The model is told what one would know of a country like Morocco, no more: capacities, the
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

mod weather_validation {
    pub mod california;
    pub mod judge;
}

use alize::grid::weather::{Parameters, forecast};
use alize::units::{Basis, Signal};
use weather_validation::california::{Hour, calibrated, data, weather};
use weather_validation::judge::{coverage, kept, rank_correlation};

const DAY: usize = 24;

/// What the model says of a year, hour by hour, each day forecast at its midnight.
struct Modelled {
    share: Vec<f64>,
    bands: Vec<(f64, f64)>,
    life_cycle: Vec<f64>,
}

fn modelled(parameters: &Parameters, year: &[Hour]) -> Modelled {
    let mut all = Modelled {
        share: Vec::new(),
        bands: Vec::new(),
        life_cycle: Vec::new(),
    };
    for day in year.chunks(DAY) {
        let weather = weather(day);
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

#[test]
fn the_method_ranks_the_hours_of_a_year_that_it_was_not_calibrated_on() {
    let Some(years) = data() else { return };
    let parameters = calibrated(&years.of(2020));
    let year = years.of(2021);
    let modelled = modelled(&parameters, &year);
    let actual: Vec<f64> = year.iter().map(Hour::share).collect();
    let yesterday = persistence(&actual);
    let ranks = |forecast: &[f64]| rank_correlation(&forecast[DAY..], &actual[DAY..]);
    let daily = |forecast: &[f64]| {
        let days = forecast.chunks(DAY).zip(actual.chunks(DAY)).skip(1);
        let each: Vec<f64> = days.map(|(day, truth)| rank_correlation(day, truth)).collect();
        each.iter().sum::<f64>() / each.len() as f64
    };
    println!("California 2021, wind and sun in generation without hydro; parameters fitted to the energies of 2020");
    println!("                          model  persistence");
    println!(
        "rank correlation, year    {:.3}  {:.3}",
        ranks(&modelled.share),
        ranks(&yesterday)
    );
    println!(
        "rank correlation, in day  {:.3}  {:.3}",
        daily(&modelled.share),
        daily(&yesterday)
    );
    for length in [1, 6, 12] {
        for interruptible in [false, true] {
            let of = |forecast: &[f64]| kept(forecast, &actual, DAY, length, interruptible);
            let kind = if interruptible { "in pieces" } else { "at a stretch" };
            println!(
                "saving kept, {length:>2} h {kind:<12} {:.3}  {:.3}",
                of(&modelled.share),
                of(&yesterday)
            );
        }
    }
    let covered = coverage(&modelled.bands, &actual);
    println!("inside the interval of 80 %: {:.1} %", covered * 100.0);
    assert!(ranks(&modelled.share) > 0.8);
    assert!(kept(&modelled.share, &actual, DAY, 6, false) > 0.8);
    assert!((0.65..0.95).contains(&covered), "{covered}");
}
