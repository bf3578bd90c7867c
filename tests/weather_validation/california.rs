//! California as a country of which little is known: one wind farm, one solar plant, and yearly figures.

use alize::grid::weather::{Member, Parameters, Weather, library};
use jiff::civil::DateTime;
use jiff::tz::TimeZone;
use jiff::{SignedDuration, Timestamp};

use super::shared::{speed_for, split, table, weather_at};

const FILE: &str = "mix/CISO_generation_2020_2021.csv.gz";
/// Tehachapi, where both wind and sun are.
const LATITUDE: f64 = 35.1;
const LONGITUDE: f64 = -118.3;
/// MW of wind and sun: about what stood in 2020 (California Energy Commission, rounded); most panels follow the sun.
const FARMS: f64 = 6_000.0;
const PLANTS: f64 = 13_000.0;
/// From 10 m to 100 m above open land.
const SHEAR: f64 = 1.389_5;

/// One hour of generation, MW, with the weather that was forecast for it.
#[derive(Clone, Copy, Debug)]
pub struct Hour {
    pub start: Timestamp,
    pub wind: f64,
    pub solar: f64,
    pub nuclear: f64,
    pub other: f64,
    /// Wind power as California forecast it the day before.
    wind_forecast: f64,
    speed: f64,
    light: f64,
    kelvin: f64,
}

impl Hour {
    pub fn total(&self) -> f64 {
        self.wind + self.solar + self.nuclear + self.other
    }

    /// Share of wind and sun in generation without hydro, whose reports have gaps.
    pub fn share(&self) -> f64 {
        (self.wind + self.solar) / self.total()
    }
}

/// All hours.
pub struct Years(Vec<Hour>);

impl Years {
    pub fn of(&self, year: i16) -> Vec<Hour> {
        let is_of = |hour: &&Hour| hour.start.to_zoned(TimeZone::UTC).year() == year;
        // The columns of the last day are empty at the source.
        let whole = |hour: &&Hour| hour.kelvin > 0.0;
        let hours: Vec<Hour> = self.0.iter().filter(is_of).filter(whole).copied().collect();
        hours[..hours.len() - hours.len() % 24].to_vec()
    }
}

/// The data, where they lie beside the repository.
pub fn data() -> Option<Years> {
    let mut reader = table(FILE)?;
    let header = reader.headers().unwrap().clone();
    let column = |name: &str| header.iter().position(|have| have == name).unwrap();
    let names = [
        "wind",
        "solar",
        "nuclear",
        "coal",
        "nat_gas",
        "oil",
        "other",
        "avg_wind_production_forecast",
        "forecast_avg_wind_speed_wMean",
        "forecast_avg_dswrf_wMean",
        "forecast_avg_temperature_wMean",
    ];
    let columns = names.map(column);
    let hours = reader.records().map(|record| {
        let record = record.unwrap();
        let [
            wind,
            solar,
            nuclear,
            coal,
            gas,
            oil,
            rest,
            wind_forecast,
            speed,
            light,
            kelvin,
        ] = columns.map(|at| record[at].parse::<f64>().unwrap_or(0.0));
        let start: DateTime = record[0].parse().unwrap();
        Hour {
            start: start.to_zoned(TimeZone::UTC).unwrap().timestamp(),
            wind,
            solar,
            nuclear,
            other: coal + gas + oil + rest,
            wind_forecast,
            speed,
            light,
            kelvin,
        }
    });
    Some(Years(hours.collect()))
}

/// Where the wind at hub height comes from.
#[derive(Clone, Copy, Debug, PartialEq)]
pub enum Wind {
    /// The mean over the state at 10 m: all that the weather columns have. Hills and nights blow otherwise at 100 m.
    TenMetres,
    /// The speed at which the model yields what California forecast the day before: as if the weather model were theirs.
    DayAhead,
}

/// The weather of some hours at the one place.
pub fn weather(hours: &[Hour], wind: Wind) -> Weather {
    let speed = |hour: &Hour| match wind {
        Wind::TenMetres => hour.speed * SHEAR,
        Wind::DayAhead => speed_for(hour.wind_forecast / FARMS),
    };
    let member = Member {
        wind: hours.iter().map(|hour| Some(speed(hour))).collect(),
        global: light(hours),
        direct: Vec::new(),
        air: hours.iter().map(|hour| Some(hour.kelvin - 273.15)).collect(),
    };
    weather_at((LATITUDE, LONGITUDE), hours[0].start, member)
}

/// The light of a day comes in steps of three hours: here its sum, spread as a clear sky spreads it.
fn light(hours: &[Hour]) -> Vec<Option<f64>> {
    let spread = |day: &[Hour]| {
        let heights: Vec<f64> = day.iter().map(|hour| clear(height(hour.start))).collect();
        let sum: f64 = day.iter().map(|hour| hour.light).sum();
        let all: f64 = heights.iter().sum();
        heights
            .into_iter()
            .map(move |height| Some(sum * height / all))
            .collect::<Vec<_>>()
    };
    hours.chunks(24).flat_map(spread).collect()
}

/// Light under a clear sky by the height of the sun (Haurwitz 1945); only its course matters here.
fn clear(height: f64) -> f64 {
    if height > 0.0 {
        height * (-0.057 / height).exp()
    } else {
        0.0
    }
}

/// Sine of the height of the sun in the middle of an hour; never below 0.
fn height(start: Timestamp) -> f64 {
    let middle = (start + SignedDuration::from_mins(30)).to_zoned(TimeZone::UTC);
    let day = f64::from(middle.day_of_year());
    let declination = 23.45f64.to_radians() * ((284.0 + day) / 365.0 * std::f64::consts::TAU).sin();
    let hour = f64::from(middle.hour()) + 0.5 + LONGITUDE / 15.0;
    let angle = (hour - 12.0) / 12.0 * std::f64::consts::PI;
    let latitude = LATITUDE.to_radians();
    (latitude.sin() * declination.sin() + latitude.cos() * declination.cos() * angle.cos()).max(0.0)
}

/// The parameters of a country of which only the energies of `year` are known, its mean days, and the
/// errors that Morocco's file has.
pub fn calibrated(year: &[Hour], wind: Wind) -> Parameters {
    let plain = parameters(1.0, 1.0, year);
    let weather = weather(year, wind);
    let (wind, solar) = plain.energies(&weather);
    let published = |of: fn(&Hour) -> f64| year.iter().map(of).sum::<f64>() / 1000.0;
    parameters(
        published(|hour| hour.wind) / wind,
        published(|hour| hour.solar) / solar,
        year,
    )
}

/// The mean day of the winter or of the summer months, as operators publish it.
fn curve(year: &[Hour], summer: bool) -> [f64; 24] {
    let mut day = [0.0; 24];
    for hour in year {
        let utc = hour.start.to_zoned(TimeZone::UTC);
        if (5..=9).contains(&utc.month()) == summer {
            day[usize::from(utc.hour().unsigned_abs())] += hour.total();
        }
    }
    day
}

fn parameters(wind: f64, solar: f64, year: &[Hour]) -> Parameters {
    let mean = |of: fn(&Hour) -> f64| year.iter().map(of).sum::<f64>() / year.len() as f64;
    let morocco = library("MA").unwrap();
    let mut parameters = morocco.clone();
    parameters.id = "US-CAL".into();
    parameters.as_of = year[year.len() - 1].start.to_zoned(TimeZone::UTC).date();
    parameters.demand.year = parameters.as_of.year();
    parameters.demand.mean_megawatts = mean(Hour::total);
    parameters.demand.growth = 0.0;
    parameters.demand.days = vec![curve(year, false), curve(year, true)];
    parameters.imports = None;
    parameters.csp = None;
    let steady = &mut parameters.steady[0];
    steady.months = [mean(|hour| hour.nuclear); 12];
    (steady.renewable, steady.follows_demand) = (false, false);
    parameters.thermal = vec![morocco.thermal[1].clone()];
    parameters.thermal[0].minimum = 0.0;
    let site = split(&morocco.wind.as_ref().unwrap().sites[0], LATITUDE, LONGITUDE);
    let farms = parameters.wind.as_mut().unwrap();
    farms.sites = vec![site("wind", FARMS)];
    farms.factor = wind;
    let plants = parameters.pv.as_mut().unwrap();
    plants.fixed = vec![site("sun", 0.3 * PLANTS)];
    plants.tracking = vec![site("sun, tracking", 0.7 * PLANTS)];
    plants.factor = solar;
    parameters
}
