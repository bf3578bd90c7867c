//! From a mix of generation to its intensity and its renewable share.
//!
//! gCO2e/kWh, medians of IPCC AR5 WGIII Annex III, Table A.III.2 (2014); oil from UK POST 2006 and EIA; unknown is taken for
//! thermal; as in the defaults of Electricity Maps (2026-08). Real plants lie far apart: coal 740-910, gas 410-650 life-cycle.
//!
//! | fuel | life-cycle | direct | renewable |
//! | --- | --- | --- | --- |
//! | biomass | 230 | 0 | yes |
//! | coal | 820 | 760 | no |
//! | gas | 490 | 370 | no |
//! | oil | 650 | 406 | no |
//! | geothermal | 38 | 0 | yes |
//! | hydro | 24 | 0 | yes |
//! | nuclear | 12 | 0 | no |
//! | solar | 45 | 0 | yes |
//! | wind | 11 | 0 | yes |
//! | unknown | 700 | 575 | no |
//!
//! Solar lies between panels on roofs (41) and in fields (48), which no statistics tell apart; our weather model counts the same.
//!
//! What comes from storage was generated before: it counts on neither side.

use crate::units::Basis;

/// gCO2e/kWh of panels, life cycle.
pub(super) const SOLAR: f64 = 45.0;
/// gCO2e/kWh of wind, life cycle.
pub(super) const WIND: f64 = 11.0;

/// What electricity is made from.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(super) enum Fuel {
    /// Biomass, biogas.
    Biomass,
    /// Hard coal, lignite, coal gas.
    Coal,
    /// Natural gas.
    Gas,
    /// Oil.
    Oil,
    /// Geothermal heat.
    Geothermal,
    /// Rivers, reservoirs, the sea.
    Hydro,
    /// Uranium.
    Nuclear,
    /// The sun.
    Solar,
    /// Wind on land and at sea.
    Wind,
    /// Pumped hydro and batteries.
    Storage,
    /// Anything else.
    Unknown,
}

impl Fuel {
    /// gCO2e of one kWh; `None` for what was generated before.
    pub(super) fn intensity(self, basis: Basis) -> Option<f64> {
        let (life_cycle, direct) = match self {
            Self::Biomass => (230.0, 0.0),
            Self::Coal => (820.0, 760.0),
            Self::Gas => (490.0, 370.0),
            Self::Oil => (650.0, 406.0),
            Self::Geothermal => (38.0, 0.0),
            Self::Hydro => (24.0, 0.0),
            Self::Nuclear => (12.0, 0.0),
            Self::Solar => (SOLAR, 0.0),
            Self::Wind => (WIND, 0.0),
            Self::Unknown => (700.0, 575.0),
            Self::Storage => return None,
        };
        Some(if basis == Basis::Direct { direct } else { life_cycle })
    }

    /// Whether it counts as renewable.
    pub(super) fn is_renewable(self) -> bool {
        matches!(
            self,
            Self::Biomass | Self::Geothermal | Self::Hydro | Self::Solar | Self::Wind
        )
    }
}

/// Generation by fuel, in any unit of power or energy that is the same throughout.
#[derive(Clone, Debug, Default, PartialEq)]
pub(super) struct Mix {
    total: f64,
    renewable: f64,
    /// Times gCO2e/kWh.
    emissions: f64,
}

impl Mix {
    /// A mix of these amounts. What is negative is consumption, of pumps or of a plant at rest, and no generation.
    pub(super) fn of(amounts: impl IntoIterator<Item = (Fuel, f64)>, basis: Basis) -> Self {
        let mut mix = Self::default();
        for (fuel, amount) in amounts {
            let Some(intensity) = fuel.intensity(basis) else {
                continue;
            };
            let amount = amount.max(0.0);
            mix.total += amount;
            mix.emissions += amount * intensity;
            if fuel.is_renewable() {
                mix.renewable += amount;
            }
        }
        mix
    }

    /// The renewable share, 0..1; `None` where nothing is generated.
    pub(super) fn share(&self) -> Option<f64> {
        (self.total > 0.0).then(|| self.renewable / self.total)
    }

    /// gCO2e/kWh; `None` where nothing is generated.
    pub(super) fn intensity(&self) -> Option<f64> {
        (self.total > 0.0).then(|| self.emissions / self.total)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Shares of Morocco's generation in 2024 by source (Ember).
    const MOROCCO: [(Fuel, f64); 7] = [
        (Fuel::Coal, 59.3),
        (Fuel::Wind, 21.2),
        (Fuel::Gas, 10.1),
        (Fuel::Unknown, 4.1),
        (Fuel::Solar, 3.6),
        (Fuel::Hydro, 1.5),
        (Fuel::Biomass, 0.1),
    ];

    #[test]
    fn the_mix_of_a_year_gives_its_intensity_on_either_basis() {
        let life_cycle = Mix::of(MOROCCO, Basis::LifeCycle).intensity().unwrap();
        let direct = Mix::of(MOROCCO, Basis::Direct).intensity().unwrap();
        assert!((life_cycle - 568.0).abs() < 3.0, "{life_cycle}");
        assert!((direct - 512.0).abs() < 3.0, "{direct}");
        let share = Mix::of(MOROCCO, Basis::LifeCycle).share().unwrap();
        assert!((share - 0.264).abs() < 0.002, "{share}");
    }

    #[test]
    fn pumps_and_batteries_count_on_neither_side() {
        let mix = [(Fuel::Wind, 50.0), (Fuel::Gas, 50.0)];
        let pumped = [(Fuel::Storage, 30.0), (Fuel::Hydro, -20.0)];
        let plain = Mix::of(mix, Basis::Direct);
        assert_eq!(Mix::of(mix.into_iter().chain(pumped), Basis::Direct), plain);
        assert_eq!(plain.share(), Some(0.5));
        assert_eq!(Mix::of(pumped, Basis::Direct).share(), None);
    }
}
