//! For the tests of this room: a typical year of weather, made from the climates of the sites. It is not the weather of any
//! real year; it tells whether the model turns a plausible climate into the energies that are published.

use jiff::tz::TimeZone;
use jiff::{SignedDuration, Timestamp};

use super::parameters::{Parameters, Site};
use super::places::{Member, Place, Weather};
use super::sun::Sun;

/// The shape of the Weibull distribution of wind speeds; trade winds are steadier than westerlies (2).
const SHAPE: f64 = 2.3;
/// How much of the wind stays from one hour to the next, and of the sky from one day to the next.
const WIND_STAYS: f64 = 0.95;
const SKY_STAYS: f64 = 0.4;

/// The climate of a site.
#[derive(Clone, Copy, Debug)]
pub(super) struct Climate {
    /// m/s at 100 m, the mean of the year.
    pub(super) wind: f64,
    /// Share of the light of a clear sky that comes through on a mean day.
    pub(super) clearness: f64,
}

/// A year of weather from `year`-01-01 on at all sites of a country.
pub(super) fn year(parameters: &Parameters, year: i16, climate: impl Fn(&Site) -> Climate, seed: u64) -> Weather {
    let start = jiff::civil::date(year, 1, 1)
        .to_zoned(TimeZone::UTC)
        .unwrap()
        .timestamp();
    let hours = if year % 4 == 0 { 8784 } else { 8760 };
    let mut random = fastrand::Rng::with_seed(seed);
    let country = course(&mut random, hours, WIND_STAYS);
    let sky = course(&mut random, hours / 24 + 1, SKY_STAYS);
    let place = |site: &Site| {
        let own = course(&mut random, hours, WIND_STAYS);
        let climate = climate(site);
        let wind = |hour: usize| {
            let normal = (country[hour] + own[hour]) / 2f64.sqrt();
            speed(climate.wind * season(start, hour), normal)
        };
        let light = |hour: usize| {
            let middle = start + SignedDuration::from_mins(60 * hour as i64 + 30);
            let cosine = Sun::over(site.latitude, site.longitude, middle).cos_zenith;
            let through = (climate.clearness + 0.12 * sky[hour / 24].min(0.8)).clamp(0.1, 1.0);
            if cosine > 0.0 { through * clear(cosine) } else { 0.0 }
        };
        let member = Member {
            wind: (0..hours).map(|hour| Some(wind(hour))).collect(),
            global: (0..hours).map(|hour| Some(light(hour))).collect(),
            direct: Vec::new(),
            air: (0..hours).map(|_| Some(22.0)).collect(),
        };
        Place {
            latitude: site.latitude,
            longitude: site.longitude,
            members: vec![member],
        }
    };
    Weather {
        start,
        hours,
        places: parameters.sites().map(place).collect(),
    }
}

/// W/m² under a clear sky (Haurwitz 1945).
fn clear(cosine: f64) -> f64 {
    1098.0 * cosine * (-0.057 / cosine).exp()
}

/// Trade winds blow in summer, and in the afternoon.
fn season(start: Timestamp, hour: usize) -> f64 {
    let utc = (start + SignedDuration::from_hours(hour as i64)).to_zoned(TimeZone::UTC);
    let year = (f64::from(utc.day_of_year()) - 196.0) / 365.0 * std::f64::consts::TAU;
    let day = (f64::from(utc.hour()) - 17.0) / 24.0 * std::f64::consts::TAU;
    1.0 + 0.15 * year.cos() + 0.1 * day.cos()
}

/// A standard normal value as the speed of a Weibull distribution with this mean.
fn speed(mean: f64, normal: f64) -> f64 {
    // Γ(1 + 1/2.3)
    const GAMMA: f64 = 0.885_9;
    let below = 1.0 / (1.0 + (-1.702 * normal).exp());
    mean / GAMMA * (-(1.0 - below).ln()).powf(1.0 / SHAPE)
}

/// Standard normal values of which each resembles the one before.
fn course(random: &mut fastrand::Rng, length: usize, stays: f64) -> Vec<f64> {
    let mut value = 0.0;
    let mut next = || {
        let normal: f64 = (0..12).map(|_| random.f64()).sum::<f64>() - 6.0;
        value = stays * value + (1.0 - stays * stays).sqrt() * normal;
        value
    };
    (0..length).map(|_| next()).collect()
}
