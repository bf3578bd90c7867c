//! What is known of a country's grid, as a data file: another country is a file, not code. `docs/weather-model.md` explains
//! each field and how to make such a file.

use jiff::civil::Date;
use serde::Deserialize;

use super::balance::{Fuel, Imports, Steady};
use super::demand::Demand;
use super::solar::{Mirrors, Panels};
use super::wind::Curve;

/// The grid of one country.
#[derive(Clone, Debug, PartialEq, Deserialize)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct Parameters {
    /// ISO 3166-1 alpha-2 code of the country.
    pub id: String,
    /// Its name.
    pub name: String,
    /// Until when capacities are known; a forecast for later times is less sure.
    pub as_of: Date,
    /// How far all this can be trusted.
    pub quality: Quality,
    /// What is consumed.
    pub demand: Demand,
    /// Wind farms.
    pub wind: Option<Wind>,
    /// Photovoltaic plants.
    pub pv: Option<Pv>,
    /// Concentrating solar plants.
    pub csp: Option<Csp>,
    /// Plants that do not follow the weather of the day: hydro, biomass, nuclear.
    #[serde(default)]
    pub steady: Vec<Steady>,
    /// What comes from the neighbours, on balance.
    pub imports: Option<Imports>,
    /// Fuels in the order in which they are burnt; the last one covers whatever remains.
    pub thermal: Vec<Fuel>,
    /// How wrong the model itself is.
    pub errors: Errors,
    /// The published year that the factors are fitted to.
    pub published: Published,
}

/// How far a parameter file can be trusted, and why.
#[derive(Clone, Debug, PartialEq, Deserialize)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct Quality {
    /// See [`Grade`].
    pub grade: Grade,
    /// What was checked against published figures.
    pub validated: Vec<String>,
    /// What could not be.
    pub not_validated: Vec<String>,
}

/// How well the hours of a country's model are founded.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Deserialize)]
pub enum Grade {
    /// Validated against the country's own hours.
    A,
    /// Validated against its own months.
    B,
    /// Its years agree with what is published; its hours could not be validated.
    C,
    /// Capacities are published; the rest is assumed.
    D,
}

/// Wind farms.
#[derive(Clone, Debug, PartialEq, Deserialize)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct Wind {
    /// The power curve of the fleet.
    pub curve: Curve,
    /// Calibration: published energy by modelled energy; holds wakes, grid losses and availability.
    pub factor: f64,
    /// Where they are.
    pub sites: Vec<Site>,
}

/// Photovoltaic plants.
#[derive(Clone, Debug, PartialEq, Deserialize)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct Pv {
    /// How panels turn light into power.
    pub panels: Panels,
    /// Calibration: published energy by modelled energy.
    pub factor: f64,
    /// Plants whose panels lie still, and those whose panels follow the sun.
    #[serde(default)]
    pub fixed: Vec<Site>,
    /// Plants whose panels follow the sun from east to west.
    #[serde(default)]
    pub tracking: Vec<Site>,
}

/// Concentrating solar plants.
#[derive(Clone, Debug, PartialEq, Deserialize)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct Csp {
    /// Calibration: published energy by modelled energy.
    pub factor: f64,
    /// Where they are.
    pub plants: Vec<Plant>,
}

/// One concentrating solar plant.
#[derive(Clone, Debug, PartialEq, Deserialize)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct Plant {
    /// Where it is.
    pub site: Site,
    /// Its mirrors.
    pub mirrors: Mirrors,
    /// How many hours of full power its store holds.
    pub storage_hours: f64,
    /// How many times more its field can collect than its turbine needs.
    pub multiple: f64,
}

/// A place with plants.
#[derive(Clone, Debug, PartialEq, Deserialize)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct Site {
    /// Its name.
    pub name: String,
    /// Degrees north.
    pub latitude: f64,
    /// Degrees east.
    pub longitude: f64,
    /// What stands there, from which day on.
    pub capacity: Vec<Step>,
    /// When less of it was available.
    #[serde(default)]
    pub outages: Vec<Outage>,
    /// Who says so.
    pub source: String,
}

/// A capacity from a day on.
#[derive(Clone, Copy, Debug, PartialEq, Deserialize)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct Step {
    /// The first day.
    pub from: Date,
    /// MW.
    pub megawatts: f64,
}

/// A time in which part of a site did not run.
#[derive(Clone, Debug, PartialEq, Deserialize)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct Outage {
    /// The first day.
    pub from: Date,
    /// The first day after it.
    pub until: Date,
    /// What ran nevertheless, 0 to 1.
    pub available: f64,
}

/// How wrong the model itself is, as standard deviations; the weather's own uncertainty comes on top.
#[derive(Clone, Copy, Debug, PartialEq, Deserialize)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct Errors {
    /// Of wind power, as a share of the capacity at half load; nothing and everything are surer.
    pub wind: f64,
    /// Of solar power, as a share of the power.
    pub solar: f64,
    /// Of steady plants, as a share of the power.
    pub steady: f64,
    /// Of demand, as a share.
    pub demand: f64,
    /// Of the intensity of what is burnt, as a share: which plant runs is not known.
    pub thermal: f64,
    /// Of all capacities, as a share for each year after `asOf`.
    pub per_year: f64,
}

/// A published year.
#[derive(Clone, Debug, PartialEq, Deserialize)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct Published {
    /// Which one.
    pub year: i16,
    /// GWh of demand.
    pub demand: f64,
    /// GWh from wind.
    pub wind: f64,
    /// GWh from the sun.
    pub solar: f64,
    /// Who says so.
    pub source: String,
}

impl Site {
    /// MW that can run on `day`.
    pub(super) fn megawatts(&self, day: Date) -> f64 {
        let standing = self.capacity.iter().rev().find(|step| step.from <= day);
        let out = self
            .outages
            .iter()
            .find(|outage| outage.from <= day && day < outage.until);
        standing.map_or(0.0, |step| step.megawatts) * out.map_or(1.0, |outage| outage.available)
    }
}

impl Parameters {
    /// All sites, those of wind farms first.
    pub(super) fn sites(&self) -> impl Iterator<Item = &Site> {
        self.wind.iter().flat_map(|wind| &wind.sites).chain(self.light_sites())
    }

    /// Where weather is needed: degrees north and east, each place once.
    pub fn coordinates(&self) -> Vec<(f64, f64)> {
        let mut places: Vec<(f64, f64)> = Vec::new();
        for site in self.sites() {
            let place = (site.latitude, site.longitude);
            if !places.contains(&place) {
                places.push(place);
            }
        }
        places
    }

    /// The sites of solar plants.
    pub(super) fn light_sites(&self) -> impl Iterator<Item = &Site> {
        let pv = self.pv.iter().flat_map(|pv| pv.fixed.iter().chain(&pv.tracking));
        pv.chain(
            self.csp
                .iter()
                .flat_map(|csp| csp.plants.iter().map(|plant| &plant.site)),
        )
    }
}
