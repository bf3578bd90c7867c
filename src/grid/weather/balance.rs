//! Who covers the demand of an hour, and what that emits: imports and steady plants, then the weather, then fuels in order.

use jiff::Timestamp;
use jiff::tz::TimeZone;
use serde::Deserialize;

use super::demand::month_of;
use super::parameters::Parameters;
use crate::grid::factors::{SOLAR, WIND};

/// gCO2e/kWh of what mirrors yield, life cycle: median of IPCC AR5 WG III, annex III, table A.III.2. Panels and wind count as
/// they do in the mix of any other zone.
const CSP: f64 = 27.0;

/// A plant that does not follow the weather of the day.
#[derive(Clone, Debug, PartialEq, Deserialize)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct Steady {
    /// What it is.
    pub name: String,
    /// Mean MW, January to December.
    pub months: [f64; 12],
    /// Whether it runs in step with demand, as hydro with a reservoir does, or evenly.
    pub follows_demand: bool,
    /// Whether it counts as renewable.
    pub renewable: bool,
    /// gCO2e/kWh.
    pub life_cycle: f64,
    /// gCO2e/kWh at the stack.
    pub direct: f64,
    /// Who says so.
    pub source: String,
}

/// What comes from the neighbours, on balance.
#[derive(Clone, Debug, PartialEq, Deserialize)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct Imports {
    /// Share of demand.
    pub share: f64,
    /// Renewable share at their origin.
    pub renewable_share: f64,
    /// gCO2e/kWh at their origin.
    pub life_cycle: f64,
    /// gCO2e/kWh at the stack.
    pub direct: f64,
    /// Who says so.
    pub source: String,
}

/// A fuel that is burnt.
#[derive(Clone, Debug, PartialEq, Deserialize)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct Fuel {
    /// Which one.
    pub name: String,
    /// MW that run in any case.
    pub minimum: f64,
    /// MW that can run; the last fuel of the order is not bounded by it.
    pub megawatts: f64,
    /// gCO2e/kWh.
    pub life_cycle: f64,
    /// gCO2e/kWh at the stack.
    pub direct: f64,
    /// Who says so.
    pub source: String,
}

/// What the weather yields in one hour, MW.
#[derive(Clone, Copy, Debug, Default, PartialEq)]
pub struct Yield {
    /// Wind farms.
    pub wind: f64,
    /// Photovoltaic plants.
    pub pv: f64,
    /// Concentrating solar plants.
    pub csp: f64,
}

/// What is known wrongly of one hour, as factors: 1 is what the parameters say.
#[derive(Clone, Copy, Debug)]
pub(super) struct Factors {
    pub(super) steady: f64,
    pub(super) demand: f64,
}

/// What the parameters say, unchanged.
pub(super) const AS_KNOWN: Factors = Factors {
    steady: 1.0,
    demand: 1.0,
};

/// The mix of one hour.
#[derive(Clone, Copy, Debug, Default, PartialEq)]
pub struct Mix {
    /// Renewable share of consumption, 0 to 1.
    pub share: f64,
    /// gCO2e/kWh, life cycle.
    pub life_cycle: f64,
    /// gCO2e/kWh at the stack.
    pub direct: f64,
}

/// Adds up what runs.
#[derive(Default)]
struct Sum {
    power: f64,
    renewable: f64,
    life_cycle: f64,
    direct: f64,
}

impl Sum {
    fn add(&mut self, power: f64, renewable_share: f64, life_cycle: f64, direct: f64) {
        self.power += power;
        self.renewable += power * renewable_share;
        self.life_cycle += power * life_cycle;
        self.direct += power * direct;
    }

    fn mix(&self) -> Mix {
        let by = |value: f64| if self.power > 0.0 { value / self.power } else { 0.0 };
        Mix {
            share: by(self.renewable),
            life_cycle: by(self.life_cycle),
            direct: by(self.direct),
        }
    }
}

/// The mix of the hour at `instant`. What the weather yields beyond the need is curtailed; imports count as at their origin.
pub(super) fn balance(parameters: &Parameters, weather: Yield, instant: Timestamp, factors: Factors) -> Mix {
    let demand = parameters.demand.megawatts(instant) * factors.demand;
    let month = month_of(&instant.to_zoned(TimeZone::UTC));
    let in_step = parameters.demand.in_step(instant);
    let mut sum = Sum::default();
    if let Some(imports) = &parameters.imports {
        let power = demand * imports.share;
        sum.add(power, imports.renewable_share, imports.life_cycle, imports.direct);
    }
    for plant in &parameters.steady {
        let step = if plant.follows_demand { in_step } else { 1.0 };
        let power = plant.months[month] * factors.steady * step;
        sum.add(
            power,
            f64::from(u8::from(plant.renewable)),
            plant.life_cycle,
            plant.direct,
        );
    }
    for fuel in &parameters.thermal {
        sum.add(fuel.minimum, 0.0, fuel.life_cycle, fuel.direct);
    }
    let yielded = weather.wind + weather.pv + weather.csp;
    let need = (demand - sum.power).max(0.0);
    let used = if yielded > need { need / yielded } else { 1.0 };
    for (power, life_cycle) in [(weather.wind, WIND), (weather.pv, SOLAR), (weather.csp, CSP)] {
        sum.add(power * used, 1.0, life_cycle, 0.0);
    }
    let mut rest = (demand - sum.power).max(0.0);
    for (place, fuel) in parameters.thermal.iter().enumerate() {
        let is_last = place + 1 == parameters.thermal.len();
        let power = if is_last {
            rest
        } else {
            rest.min(fuel.megawatts - fuel.minimum)
        };
        sum.add(power, 0.0, fuel.life_cycle, fuel.direct);
        rest -= power;
    }
    sum.mix()
}
