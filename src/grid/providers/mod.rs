//! The services that are asked over HTTP, one file each, all of one shape:
//!
//! ```text
//! requests(signal, now) -> Request.. --Web: address, key, gate, limits--> bodies -> read(bodies) -> Answer
//! ```
//!
//! Both ends are pure, so that a file holds all there is to know of a service: what it is asked, what each of its words means,
//! and what its complaints are. Its constants stand in its [`Host`]. Whatever it means by a time is converted here to slots
//! `[start, end)` UTC; whatever it counts in, to gCO2e/kWh or a share of 1. A null is unknown and never zero.

mod carbon_aware;
mod eia;
mod electricity_maps;
mod elia;
mod energi_data_service;
mod energy_charts;
mod entsoe;
mod entsoe_xml;
mod neso;
mod open_meteo;
mod prometheus;
mod reading;
mod slots;
mod watttime;
mod yearly;

#[cfg(test)]
mod samples;
#[cfg(test)]
mod tests;

use std::time::Duration;

use jiff::{SignedDuration, Timestamp};

pub use carbon_aware::CarbonAware;
pub use eia::Eia;
pub use electricity_maps::ElectricityMaps;
pub use elia::Elia;
pub use energi_data_service::EnergiDataService;
pub use energy_charts::EnergyCharts;
pub use entsoe::Entsoe;
pub use neso::{Neso, NesoPlace};
pub use open_meteo::{ModelParameters, OpenMeteo, Terms};
pub use prometheus::{Prometheus, Unit};
pub use watttime::WattTime;
pub use yearly::Yearly;

pub(super) use carbon_aware::Row as CarbonAwareRow;
pub(super) use reading::Number;

use super::answer::Answer;
use super::error::SourceError;
use super::gate::Manner;
use super::secrets::SecretKey;
use super::spec::Provider;
use crate::units::{Basis, Flow, Signal};

/// What is true of a service wherever it is asked.
#[derive(Debug)]
pub(super) struct Host {
    /// Its name, for people.
    pub(super) name: &'static str,
    /// Its name, for the metrics.
    pub(super) provider: Provider,
    /// Where the public one lies; `None` where there is none.
    pub(super) origin: Option<&'static str>,
    /// What it calls the place that it is asked for.
    pub(super) place: &'static str,
    /// The signals that it serves.
    pub(super) serves: &'static [Signal],
    /// Whose energy its shares and averages speak of; `None` where it does not say.
    pub(super) flow: Option<Flow>,
    /// How the public one likes to be asked.
    pub(super) manner: Manner,
    /// How long it is left alone after a plea for fewer requests that names no time.
    pub(super) patience: SignedDuration,
    /// How long an answer may take, from the first byte sent to the last one read: a server that drips cannot hold us longer.
    pub(super) longest: Duration,
    /// How often it is asked unless the zone says otherwise.
    pub(super) every: SignedDuration,
    /// Whether what it says may be over: it says what was, and perhaps nothing of what comes.
    pub(super) only_past: bool,
}

impl Host {
    /// What most of them share; each file changes what is different.
    const USUAL: Self = Self {
        name: "",
        provider: Provider::File,
        origin: None,
        place: "zone",
        serves: &[],
        flow: None,
        manner: Manner {
            spacing: Duration::from_secs(1),
            at_once: 2,
        },
        patience: SignedDuration::from_mins(1),
        longest: Duration::from_secs(10),
        every: SignedDuration::from_mins(15),
        only_past: false,
    };
}

/// All hosts, for the list of what may be asked.
pub(super) const HOSTS: [&Host; 14] = [
    &carbon_aware::HOST,
    &eia::HOST,
    &electricity_maps::HOST,
    &elia::HOST,
    &energi_data_service::HOST,
    &energy_charts::HOST,
    &entsoe::HOST,
    &neso::HOST,
    &open_meteo::HOST,
    &open_meteo::CUSTOMERS,
    &open_meteo::ENSEMBLE,
    &open_meteo::CUSTOMERS_ENSEMBLE,
    &prometheus::HOST,
    &watttime::HOST,
];

/// One request: a path below where the service lies, and what it asks.
#[derive(Clone, Debug, Default, PartialEq)]
pub(super) struct Request {
    /// The parts of the path, not encoded.
    pub(super) path: Vec<String>,
    /// The query, not encoded, without the key.
    pub(super) query: Vec<(&'static str, String)>,
    /// A header by its lower-case name, which is no key.
    pub(super) header: Option<(&'static str, String)>,
    /// What to ask where this is refused.
    pub(super) instead: Option<Box<Self>>,
    /// What this would give, where the answer can be read without it too: then an empty body stands for it.
    pub(super) may_lack: Option<&'static str>,
    /// Where it lies, if not where the service does; of an endpoint that the zone names, everything lies there.
    pub(super) origin: Option<&'static str>,
}

impl Request {
    /// A request for a path.
    fn to<'a>(path: impl IntoIterator<Item = &'a str>) -> Self {
        Self {
            path: path.into_iter().map(str::to_owned).collect(),
            ..Self::default()
        }
    }

    /// The same with a header, where there is one.
    fn of(mut self, header: Option<(&'static str, String)>) -> Self {
        self.header = header;
        self
    }

    /// The same with one more parameter.
    fn with(mut self, name: &'static str, value: impl Into<String>) -> Self {
        self.query.push((name, value.into()));
        self
    }
}

/// Where the key of a service lies, and how it is shown.
#[derive(Clone, Debug, PartialEq)]
pub(super) enum Key<'a> {
    /// In a header, after these words.
    Header(&'static str, &'static str, &'a SecretKey),
    /// In the query.
    Query(&'static str, &'a SecretKey),
    /// As a bearer token that a login gives for `username` and `password` of a Secret of this name.
    Login(&'a str),
}

/// A service that is asked over HTTP.
pub(super) trait Service: Send + Sync {
    /// What is true of it wherever it is asked.
    fn host(&self) -> &'static Host;

    /// The place that it is asked for.
    fn place(&self) -> String;

    /// Another place that speaks the same language: an origin, and a path where it does not lie at the root.
    fn endpoint(&self) -> Option<&str>;

    /// Its key, where it wants one.
    fn key(&self) -> Option<Key<'_>> {
        None
    }

    /// How it counts emissions where the zone asks for `asked`: what the service says, else what the zone says.
    fn basis(&self, _signal: Signal, asked: Basis) -> Basis {
        asked
    }

    /// What to ask.
    ///
    /// # Errors
    /// [`SourceError::Blocked`] for what it cannot be asked.
    fn requests(&self, signal: Signal, basis: Basis, now: Timestamp) -> Result<Vec<Request>, SourceError>;

    /// What the bodies say, one for each request, in their order.
    ///
    /// # Errors
    /// [`SourceError`], without the words of the attempt and without the words of the bodies.
    fn read(&self, bodies: &[Vec<u8>], signal: Signal, basis: Basis, now: Timestamp) -> Result<Answer, SourceError>;

    /// What it means by an answer of `now` that is not 200, where the status alone does not say it.
    fn complaint(&self, _status: u16, _body: &str, _now: Timestamp) -> Option<SourceError> {
        None
    }

    /// What to know of whatever it says at `now`, a sentence each.
    fn notes(&self, _now: Timestamp) -> Vec<String> {
        Vec::new()
    }

    /// Its name with the place, for people.
    fn name(&self) -> String {
        let (name, place) = (self.host().name, self.place());
        let space = if place.is_empty() { "" } else { " " };
        match self.endpoint() {
            None => format!("{name}{space}{place}"),
            Some(endpoint) => format!("{name}{space}{place} at {endpoint}"),
        }
    }
}
