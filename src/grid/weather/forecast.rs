//! The forecast of a country's mix: the model under the weather, with an interval of 80 % around it.

use jiff::Timestamp;

use super::balance::{AS_KNOWN, Mix, Yield, balance};
use super::doubt::{Circumstances, Doubt, doubt};
use super::model::{Fleet, coverage};
use super::parameters::Parameters;
use super::places::Weather;
use crate::planner::{Band, Point};
use crate::units::{Basis, Signal, Slot};

/// An ensemble of fewer members says nothing of tenths.
const FEWEST_MEMBERS: usize = 5;

/// One hour of a forecast: the middle, and the bounds of 80 % of outcomes.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Hour {
    /// When.
    pub slot: Slot,
    /// What is most likely.
    pub middle: Mix,
    /// The tenth percentile of each figure.
    pub p10: Mix,
    /// The ninetieth percentile of each figure.
    pub p90: Mix,
}

/// The forecast of a country's mix. Everything in it is an estimate.
#[derive(Clone, Debug, PartialEq)]
pub struct Forecast {
    /// Sorted, without overlaps; hours whose weather is missing are missing.
    pub hours: Vec<Hour>,
    /// The share of the capacity with known weather near by, 0 to 1.
    pub coverage: f64,
    /// Members of the ensemble; 1 where there was none.
    pub members: usize,
    /// For how many of the hours they made the interval; an ensemble may know fewer of them, or be too small.
    pub told: usize,
}

/// Why there is no forecast.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub enum NoForecast {
    /// The weather is that of another part of the world.
    #[error("the weather answer holds no place within 150 km of the plants; ask for the coordinates of its sites")]
    Elsewhere,
    /// It has no hour in which enough is known.
    #[error(
        "the weather answer has no hour with both wind and light at most of the plants; ask for both, at all sites"
    )]
    Nothing,
}

impl Forecast {
    /// One signal of it; `None` for what the model does not tell.
    pub fn points(&self, signal: Signal, basis: Basis) -> Option<Vec<Point>> {
        let of: fn(&Mix) -> f64 = match (signal, basis) {
            (Signal::RenewableShare, _) => |mix| mix.share,
            (Signal::CarbonIntensity, Basis::LifeCycle) => |mix| mix.life_cycle,
            (Signal::CarbonIntensity, Basis::Direct) => |mix| mix.direct,
            _ => return None,
        };
        let point = |hour: &Hour| Point {
            slot: hour.slot,
            value: of(&hour.middle),
            band: Some(Band {
                p10: of(&hour.p10),
                p90: of(&hour.p90),
            }),
        };
        Some(self.hours.iter().map(point).collect())
    }
}

/// Forecasts the mix of a country from its `weather`, made at `issued_at`. The interval is that of the `ensemble`, where one
/// is at hand, widened by the model's own error; else the error of the weather grows with its lead.
///
/// # Errors
/// [`NoForecast`] where the weather says nothing of this country.
pub fn forecast(
    parameters: &Parameters,
    weather: &Weather,
    ensemble: Option<&Weather>,
    issued_at: Timestamp,
) -> Result<Forecast, NoForecast> {
    let coverage = coverage(parameters, weather);
    if coverage <= 0.0 {
        return Err(NoForecast::Elsewhere);
    }
    let own = Runs::of(parameters, weather);
    let other = ensemble.map(|ensemble| Runs::of(parameters, ensemble));
    let spread = other.as_ref().unwrap_or(&own);
    let hour = |index: usize| {
        let slot = weather.slot(index);
        let (middle, central) = own.middle(slot)?;
        let members = spread.mixes(slot);
        let is_told = members.len() >= FEWEST_MEMBERS;
        let lead = slot.start.duration_since(issued_at).as_secs_f64() / 86_400.0;
        let circumstances = Circumstances {
            coverage,
            lead_days: if is_told { 0.0 } else { lead },
        };
        let doubt = doubt(parameters, central, slot.start, circumstances);
        let members = if is_told { members } else { Vec::new() };
        Some((around(slot, middle, doubt, &members), is_told))
    };
    let (hours, told): (Vec<Hour>, Vec<bool>) = (0..weather.hours).filter_map(hour).unzip();
    if hours.is_empty() {
        return Err(NoForecast::Nothing);
    }
    Ok(Forecast {
        hours,
        coverage,
        members: spread.members.len(),
        told: told.into_iter().filter(|is_told| *is_told).count(),
    })
}

/// The model under every member of a weather.
struct Runs<'a> {
    parameters: &'a Parameters,
    weather: &'a Weather,
    members: Vec<Vec<Option<Yield>>>,
}

impl<'a> Runs<'a> {
    fn of(parameters: &'a Parameters, weather: &'a Weather) -> Self {
        let fleet = Fleet::new(parameters, weather);
        let members = (0..weather.members()).map(|member| fleet.yields(member));
        Self {
            parameters,
            weather,
            members: members.collect(),
        }
    }

    fn yields(&self, slot: Slot) -> Vec<Yield> {
        let hours = slot.start.duration_since(self.weather.start).as_hours();
        let Ok(index) = usize::try_from(hours) else {
            return Vec::new();
        };
        let members = self.members.iter();
        members
            .filter_map(|hours| hours.get(index).copied().flatten())
            .collect()
    }

    fn mixes(&self, slot: Slot) -> Vec<Mix> {
        let yields = self.yields(slot).into_iter();
        yields
            .map(|hour| balance(self.parameters, hour, slot.start, AS_KNOWN))
            .collect()
    }

    /// The middle of the members, and their mean yield.
    fn middle(&self, slot: Slot) -> Option<(Mix, Yield)> {
        let yields = self.yields(slot);
        let mean = |of: fn(&Yield) -> f64| yields.iter().map(of).sum::<f64>() / yields.len() as f64;
        if yields.is_empty() {
            return None;
        }
        let central = Yield {
            wind: mean(|hour| hour.wind),
            pv: mean(|hour| hour.pv),
            csp: mean(|hour| hour.csp),
        };
        let mixes = self.mixes(slot);
        let median = |of: fn(&Mix) -> f64| quantile(&mixes, of, 0.5);
        let middle = Mix {
            share: median(|mix| mix.share),
            life_cycle: median(|mix| mix.life_cycle),
            direct: median(|mix| mix.direct),
        };
        Some((middle, central))
    }
}

/// The interval around the middle: the spread of the members and the model's own doubt, in quadrature.
fn around(slot: Slot, middle: Mix, doubt: Doubt, members: &[Mix]) -> Hour {
    let bound = |of: fn(&Mix) -> f64, tenth: f64, lowest: f64, highest: f64| {
        let spread = if members.is_empty() {
            0.0
        } else {
            quantile(members, of, tenth) - quantile(members, of, 0.5)
        };
        let moved = if tenth < 0.5 {
            of(&middle) - spread.hypot(of(&doubt.below))
        } else {
            of(&middle) + spread.hypot(of(&doubt.above))
        };
        moved.clamp(lowest, highest)
    };
    let mix = |tenth: f64| Mix {
        share: bound(|mix| mix.share, tenth, doubt.least_share, 1.0),
        life_cycle: bound(|mix| mix.life_cycle, tenth, 0.0, f64::MAX),
        direct: bound(|mix| mix.direct, tenth, 0.0, f64::MAX),
    };
    Hour {
        slot,
        middle,
        p10: mix(0.1),
        p90: mix(0.9),
    }
}

/// The quantile of one figure, interpolated between the members (Hyndman and Fan 1996, type 7). NaN where there are none.
fn quantile(members: &[Mix], of: fn(&Mix) -> f64, at: f64) -> f64 {
    let mut values: Vec<f64> = members.iter().map(of).collect();
    values.sort_by(f64::total_cmp);
    let place = at * values.len().saturating_sub(1) as f64;
    let (below, above) = (place.floor() as usize, place.ceil() as usize);
    match (values.get(below), values.get(above)) {
        (Some(below), Some(above)) => below + (above - below) * place.fract(),
        _ => f64::NAN,
    }
}
