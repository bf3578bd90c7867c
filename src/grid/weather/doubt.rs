//! How wrong the model itself is: each thing that it knows badly is moved by its standard deviation, up and down, and what
//! that does to the mix is added in quadrature (the sequential perturbation of Kline and McClintock 1953).

use jiff::Timestamp;
use jiff::civil::Date;
use jiff::tz::TimeZone;

use super::balance::{Factors, Mix, Yield, balance};
use super::parameters::{Errors, Parameters};

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

/// Standard deviations of the mix of the hour at `instant`.
pub(super) fn deviations(
    parameters: &Parameters,
    central: Yield,
    instant: Timestamp,
    circumstances: Circumstances,
) -> Mix {
    let Errors {
        steady,
        demand,
        thermal,
        ..
    } = parameters.errors;
    let (wind, sun) = weather_deviations(parameters, central, instant, circumstances);
    let mix = |wind: f64, sun: f64, steady: f64, demand: f64| {
        let moved = Yield {
            wind: (central.wind + wind).max(0.0),
            pv: central.pv * sun.max(0.0),
            csp: central.csp * sun.max(0.0),
        };
        balance(parameters, moved, instant, Factors { steady, demand })
    };
    let pairs = [
        (mix(wind, 1.0, 1.0, 1.0), mix(-wind, 1.0, 1.0, 1.0)),
        (mix(0.0, 1.0 + sun, 1.0, 1.0), mix(0.0, 1.0 - sun, 1.0, 1.0)),
        (mix(0.0, 1.0, 1.0 + steady, 1.0), mix(0.0, 1.0, 1.0 - steady, 1.0)),
        (mix(0.0, 1.0, 1.0, 1.0 + demand), mix(0.0, 1.0, 1.0, 1.0 - demand)),
    ];
    let half = |of: fn(&Mix) -> f64| pairs.iter().map(move |(up, down)| ((of(up) - of(down)) / 2.0).powi(2));
    let still = mix(0.0, 1.0, 1.0, 1.0);
    let root = |squares: f64, own: f64| (squares + own * own).sqrt();
    Mix {
        share: root(half(|mix| mix.share).sum(), 0.0),
        life_cycle: root(half(|mix| mix.life_cycle).sum(), thermal * still.life_cycle),
        direct: root(half(|mix| mix.direct).sum(), thermal * still.direct),
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
