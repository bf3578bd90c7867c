//! How wrong the model itself is: each thing that it knows badly is moved to its tenth and its ninetieth percentile, and what
//! that does to the mix is added in quadrature, downwards and upwards (the sequential perturbation of Kline and McClintock 1953).

use jiff::Timestamp;
use jiff::civil::Date;
use jiff::tz::TimeZone;

use super::balance::{Factors, Mix, Yield, balance};
use super::parameters::Parameters;

/// Standard deviations from the middle to the tenth and the ninetieth percentile of a normal distribution.
const TENTH: f64 = 1.2816;
/// Without an ensemble, the weather forecast's own error grows with the square root of its lead in days: by so much of the
/// capacity at half load for wind, and by so much of the power for the sun. Assumed.
const WIND_PER_DAY: f64 = 0.06;
const SUN_PER_DAY: f64 = 0.06;
/// Where a plant's weather is that of a place far away, its power is wrong by this share.
const FAR: f64 = 0.3;
/// Near nothing and near everything the error of wind power stays that of this load.
const LEAST_LOAD: f64 = 0.03;

/// Under which circumstances an hour is forecast.
#[derive(Clone, Copy, Debug)]
pub(super) struct Circumstances {
    /// Share of the capacity whose weather is known near by.
    pub(super) coverage: f64,
    /// Days from the making of the weather forecast; 0 where an ensemble tells its error.
    pub(super) lead_days: f64,
}

/// How far below and above the middle the tenth and the ninetieth percentile of each figure lie, for the model's own errors.
/// They differ: no farm yields less than nothing, and none more than stands there.
#[derive(Clone, Copy, Debug)]
pub(super) struct Doubt {
    pub(super) below: Mix,
    pub(super) above: Mix,
    /// The share that is left without any wind and sun.
    pub(super) least_share: f64,
}

/// The doubt of the mix of the hour at `instant`.
pub(super) fn doubt(
    parameters: &Parameters,
    central: Yield,
    instant: Timestamp,
    circumstances: Circumstances,
) -> Doubt {
    let (wind, sun) = weather_deviations(parameters, central, instant, circumstances);
    let (wind, sun) = (TENTH * wind, TENTH * sun);
    let standing = wind_capacity(parameters, instant.to_zoned(TimeZone::UTC).date()).max(central.wind);
    let errors = parameters.errors;
    let (steady, demand) = (TENTH * errors.steady, TENTH * errors.demand);
    let mix = |wind: f64, sun: f64, steady: f64, demand: f64| {
        let moved = Yield {
            wind: (central.wind + wind).clamp(0.0, standing),
            pv: central.pv * (1.0 + sun).max(0.0),
            csp: central.csp * (1.0 + sun).max(0.0),
        };
        let factors = Factors {
            steady: (1.0 + steady).max(0.0),
            demand: (1.0 + demand).max(0.0),
        };
        balance(parameters, moved, instant, factors)
    };
    let still = mix(0.0, 0.0, 0.0, 0.0);
    let moved = [
        mix(wind, 0.0, 0.0, 0.0),
        mix(-wind, 0.0, 0.0, 0.0),
        mix(0.0, sun, 0.0, 0.0),
        mix(0.0, -sun, 0.0, 0.0),
        mix(0.0, 0.0, steady, 0.0),
        mix(0.0, 0.0, -steady, 0.0),
        mix(0.0, 0.0, 0.0, demand),
        mix(0.0, 0.0, 0.0, -demand),
    ];
    let reach = |of: fn(&Mix) -> f64, sign: f64, own: f64| {
        let squares = moved
            .iter()
            .map(|moved| (sign * (of(moved) - of(&still))).max(0.0).powi(2));
        squares.sum::<f64>().sqrt().hypot(TENTH * own * of(&still))
    };
    let reaches = |sign: f64| Mix {
        share: reach(|mix| mix.share, sign, 0.0),
        life_cycle: reach(|mix| mix.life_cycle, sign, errors.thermal),
        direct: reach(|mix| mix.direct, sign, errors.thermal),
    };
    Doubt {
        below: reaches(-1.0),
        above: reaches(1.0),
        least_share: mix(-standing, -1.0, -steady, 0.0).share.min(still.share),
    }
}

/// Of wind power in MW, and of solar power as a share of it.
fn weather_deviations(
    parameters: &Parameters,
    central: Yield,
    instant: Timestamp,
    circumstances: Circumstances,
) -> (f64, f64) {
    let errors = parameters.errors;
    let day = instant.to_zoned(TimeZone::UTC).date();
    let years = f64::from((day - parameters.as_of).get_days().max(0)) / 365.25;
    let days = circumstances.lead_days.max(0.0).sqrt();
    let common = (errors.per_year * years).hypot(FAR * (1.0 - circumstances.coverage));
    let capacity = wind_capacity(parameters, day);
    let load = if capacity > 0.0 { central.wind / capacity } else { 0.0 };
    let load = load.clamp(LEAST_LOAD, 1.0 - LEAST_LOAD);
    let steep = 2.0 * (load * (1.0 - load)).sqrt() * errors.wind.hypot(WIND_PER_DAY * days) * capacity;
    let sun = errors.solar.hypot(SUN_PER_DAY * days).hypot(common);
    (steep.hypot(common * central.wind), sun)
}

fn wind_capacity(parameters: &Parameters, day: Date) -> f64 {
    let of =
        |wind: &super::parameters::Wind| wind.sites.iter().map(|site| site.megawatts(day)).sum::<f64>() * wind.factor;
    parameters.wind.as_ref().map_or(0.0, of)
}
