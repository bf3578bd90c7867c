//! Energi Data Service (Energinet): the carbon intensity of both Danish price areas, some hours ahead. No key, open data.
//!
//! `GET /dataset/CO2EmisProg?start=now-PT65M&filter={"PriceArea":["DK1"]}&sort=Minutes5UTC ASC&limit=0`:
//! ```json
//! {"records": [{"Minutes5UTC": "2026-11-20T10:00:00", "PriceArea": "DK1", "CO2Emission": 84.0}]}
//! ```
//! A time is the start of five minutes, in UTC though it does not say so. It allows one request a minute, for both areas.

use std::time::Duration;

use jiff::{SignedDuration, Timestamp};
use serde::Deserialize;

use super::reading::{Number, answer, begun, first, json, known, utc};
use super::slots::{Steps, starting};
use super::{Host, Request, Service};
use crate::grid::answer::{Answer, MOST_POINTS};
use crate::grid::bounded::List;
use crate::grid::error::SourceError;
use crate::grid::gate::Manner;
use crate::grid::spec::Provider;
use crate::planner::Certainty;
use crate::units::{Basis, Flow, Signal};

pub(super) const HOST: Host = Host {
    name: "Energi Data Service",
    provider: Provider::EnergiDataService,
    origin: Some("https://api.energidataservice.dk"),
    place: "price area",
    serves: &[Signal::CarbonIntensity],
    flow: Some(Flow::Consumption),
    manner: Manner {
        spacing: Duration::from_secs(65),
        at_once: 1,
    },
    longest: Duration::from_secs(30),
    ..Host::USUAL
};

const STEPS: Steps = Steps {
    shortest: SignedDuration::from_mins(5),
    longest: SignedDuration::from_mins(5),
};

/// The forecast of a Danish price area.
#[derive(Clone, Debug, PartialEq)]
pub struct EnergiDataService {
    /// DK1 or DK2.
    pub price_area: String,
    /// Another origin that speaks the same API.
    pub endpoint: Option<String>,
}

#[derive(Deserialize)]
struct Body {
    #[serde(default)]
    records: List<Row, MOST_POINTS>,
}

#[derive(Deserialize)]
struct Row {
    #[serde(rename = "Minutes5UTC")]
    start: String,
    #[serde(rename = "PriceArea")]
    area: String,
    #[serde(rename = "CO2Emission")]
    grams: Option<Number>,
}

impl Service for EnergiDataService {
    fn host(&self) -> &'static Host {
        &HOST
    }

    fn place(&self) -> String {
        self.price_area.clone()
    }

    fn endpoint(&self) -> Option<&str> {
        self.endpoint.as_deref()
    }

    /// CO2 of what is burnt; heat takes its part by the 125 % method.
    fn basis(&self, _: Signal, _: Basis) -> Basis {
        Basis::Direct
    }

    fn requests(&self, _: Signal, _: Basis, _: Timestamp) -> Result<Vec<Request>, SourceError> {
        let filter = serde_json::json!({"PriceArea": [self.price_area]});
        Ok(vec![
            Request::to(["dataset", "CO2EmisProg"])
                // It gives what starts then or later, by Danish clocks: the present slot has started already, and once a year an
                // hour comes twice.
                .with("start", "now-PT65M")
                .with("filter", filter.to_string())
                .with("sort", "Minutes5UTC ASC")
                .with("limit", "0"),
        ])
    }

    fn read(&self, bodies: &[Vec<u8>], _: Signal, _: Basis, now: Timestamp) -> Result<Answer, SourceError> {
        let body: Body = json(first(bodies))?;
        let ours = body.records.iter().filter(|row| row.area == self.price_area);
        let pairs: Result<Vec<_>, _> = ours.map(|row| Ok((utc(&row.start)?, known(row.grams)))).collect();
        let pairs = pairs?;
        let issued_at = begun(pairs.iter().map(|(start, _)| *start), now);
        answer(starting(pairs, STEPS), issued_at, Certainty::Published)
    }
}
