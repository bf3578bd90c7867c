//! What is minimised, and how it was counted.

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

/// Which number a policy minimises.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize, JsonSchema)]
pub enum Signal {
    /// Average carbon intensity, gCO2e/kWh.
    CarbonIntensity,
    /// Renewable share of energy, 0 to 1; the cost of a kWh is `1 - clamp(share, 0, 1)`.
    RenewableShare,
    /// Marginal carbon intensity, gCO2e/kWh.
    MarginalIntensity,
}

impl Signal {
    /// All of them, in the order of the API.
    pub const ALL: [Self; 3] = [Self::CarbonIntensity, Self::RenewableShare, Self::MarginalIntensity];

    /// What its values are counted in, for people.
    pub fn unit(self) -> &'static str {
        match self {
            Self::CarbonIntensity | Self::MarginalIntensity => "gCO2e/kWh",
            Self::RenewableShare => "share",
        }
    }

    /// The cost of one kWh for a `value` of this signal: grams, or the share that is not renewable.
    pub fn cost_per_kwh(self, value: f64) -> f64 {
        match self {
            Self::CarbonIntensity | Self::MarginalIntensity => value.max(0.0),
            Self::RenewableShare => 1.0 - value.clamp(0.0, 1.0),
        }
    }
}

/// How an intensity counts emissions. Zones whose bases differ are never compared.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize, JsonSchema)]
pub enum Basis {
    /// Emissions of fuel, plant and supply chain.
    LifeCycle,
    /// Emissions at the stack only.
    Direct,
    /// The source does not say; compared only with others of which that is not said either.
    Unstated,
}

/// Whose energy a value speaks of: consumed in the zone, or generated there. A label: zones are compared whatever it is.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize, JsonSchema)]
pub enum Flow {
    /// Of what is consumed in the zone, imports among it.
    Consumption,
    /// Of what is generated in the zone, wherever it is consumed.
    Production,
}

impl Flow {
    /// What is said of a value, for people.
    pub fn words(self) -> &'static str {
        match self {
            Self::Consumption => "as consumed",
            Self::Production => "as generated",
        }
    }
}

impl Basis {
    /// This one; `other` where it is unstated.
    #[must_use]
    pub fn or(self, other: Self) -> Self {
        if self == Self::Unstated { other } else { self }
    }
}
