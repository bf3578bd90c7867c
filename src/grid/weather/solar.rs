//! From light to power: photovoltaic plants, and concentrating ones that store heat for the evening.

use serde::Deserialize;

/// The cell of a plant in the sun is warmer than the air by this, in K per W/m²: (45 - 20) / 800 (Ross 1976, with a nominal
/// operating cell temperature of 45 °C).
const CELL_HEATING: f64 = 25.0 / 800.0;
/// Standard conditions: °C and W/m².
const STANDARD_CELL: f64 = 25.0;
const STANDARD_LIGHT: f64 = 1000.0;
/// Where a weather answer holds no temperature.
const MILD: f64 = 20.0;
/// W/m² of direct light at which a field of one solar multiple just feeds its turbine, and below which it gives nothing.
const DESIGN: f64 = 850.0;
const THRESHOLD: f64 = 200.0;

/// How photovoltaic plants turn light into power.
#[derive(Clone, Copy, Debug, PartialEq, Deserialize)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct Panels {
    /// What is left after soiling, wiring and inverters, 0 to 1.
    pub performance: f64,
    /// Loss per kelvin above 25 °C in the cell, for example 0.004.
    pub per_kelvin: f64,
}

impl Panels {
    /// The share of the capacity that runs, 0 to 1, for light on the panel in W/m² and air in °C (PVWatts' linear model,
    /// Dobos 2014).
    pub(super) fn power(&self, light: f64, air: Option<f64>) -> f64 {
        let cell = air.unwrap_or(MILD) + light * CELL_HEATING;
        let warmth = 1.0 - self.per_kelvin * (cell - STANDARD_CELL);
        (self.performance * light / STANDARD_LIGHT * warmth).clamp(0.0, 1.0)
    }
}

/// How mirrors follow the sun.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "camelCase")]
pub enum Mirrors {
    /// Troughs on axes from north to south: what falls obliquely is lost.
    Trough,
    /// A tower amid mirrors that turn about two axes.
    Tower,
}

/// The heat that a plant holds, as hours of its full power.
#[derive(Clone, Copy, Debug, Default, PartialEq)]
pub(super) struct Heat(pub(super) f64);

impl Heat {
    /// The share of the capacity that runs in the next hour, 0 to 1. The turbine runs on what is collected; what is more goes
    /// into a store of `store` hours, and what the field lacks comes out of it: so the day reaches into the evening.
    pub(super) fn hour(&mut self, collected: f64, store: f64) -> f64 {
        let wanted = if collected > 0.0 || self.0 > 0.0 { 1.0 } else { 0.0 };
        let direct = collected.min(wanted);
        self.0 = (self.0 + collected - direct).min(store);
        let drawn = (wanted - direct).min(self.0);
        self.0 -= drawn;
        direct + drawn
    }
}

/// What a field of `multiple` times the turbine's need collects, in shares of the capacity, of direct light in W/m² that falls
/// at an angle of the cosine `cos_incidence`.
pub(super) fn collected(direct: f64, cos_incidence: f64, multiple: f64) -> f64 {
    let light = direct * cos_incidence.clamp(0.0, 1.0);
    (multiple * (light - THRESHOLD) / (DESIGN - THRESHOLD)).clamp(0.0, 1.2 * multiple)
}

#[cfg(test)]
mod tests {
    use super::*;

    const PANELS: Panels = Panels {
        performance: 0.8,
        per_kelvin: 0.004,
    };

    #[test]
    fn heat_costs_power() {
        let (cool, hot) = (PANELS.power(800.0, Some(10.0)), PANELS.power(800.0, Some(40.0)));
        assert!(
            (cool / hot - (1.0 - 0.004 * 10.0) / (1.0 - 0.004 * 40.0)).abs() < 1e-9,
            "{cool} {hot}"
        );
        assert_eq!(PANELS.power(0.0, Some(40.0)), 0.0);
    }

    #[test]
    fn what_is_stored_by_day_runs_in_the_evening_and_no_longer() {
        let mut heat = Heat::default();
        let day: Vec<f64> = (0..6).map(|_| heat.hour(2.0, 3.0)).collect();
        assert_eq!(day, [1.0; 6]);
        let night: Vec<f64> = (0..5).map(|_| heat.hour(0.0, 3.0)).collect();
        assert_eq!(night, [1.0, 1.0, 1.0, 0.0, 0.0]);
    }

    #[test]
    fn a_plant_never_yields_more_than_it_collected() {
        let mut heat = Heat::default();
        let light = [0.0, 0.3, 1.7, 2.4, 0.9, 0.0, 0.0, 0.0, 0.2];
        let out: f64 = light.iter().map(|collected| heat.hour(*collected, 7.0)).sum();
        assert!(out <= light.iter().sum::<f64>() && out > 0.0, "{out}");
    }

    #[test]
    fn a_veil_of_cloud_stops_mirrors_but_not_panels() {
        assert_eq!(collected(150.0, 1.0, 2.0), 0.0);
        assert!((collected(850.0, 1.0, 2.0) - 2.0).abs() < 1e-9);
        assert!(collected(850.0, 0.8, 2.0) < 2.0);
    }
}
