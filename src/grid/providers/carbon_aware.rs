//! The Carbon Aware SDK of the Green Software Foundation: whatever stands behind its WebApi, in gCO2e/kWh. MIT.
//!
//! `GET /emissions/forecasts/current?location=westeurope`:
//! ```json
//! [{"generatedAt": "2026-11-20T10:00:00+00:00", "location": "westeurope",
//!   "forecastData": [{"location": "westeurope", "timestamp": "2026-11-20T10:05:00+00:00", "duration": 5, "value": 214.9}]}]
//! ```
//! A duration is in minutes. 204 stands for no data, 501 for a source behind it that has no forecasts. It does not say what it
//! counts: the zone does, by its signal and basis. Its rows are those of the Azure exporter's ConfigMap too.

use jiff::{SignedDuration, Timestamp};
use serde::Deserialize;

use super::reading::{Number, answer, first, json, known, nothing};
use super::{Host, Request, Service};
use crate::grid::answer::{Answer, MOST_POINTS};
use crate::grid::bounded::List;
use crate::grid::error::SourceError;
use crate::grid::spec::Provider;
use crate::planner::{Certainty, Point};
use crate::units::{Basis, Signal, Slot};

pub(super) const HOST: Host = Host {
    name: "Carbon Aware SDK",
    provider: Provider::CarbonAware,
    place: "location",
    serves: &[Signal::CarbonIntensity, Signal::MarginalIntensity],
    every: SignedDuration::from_mins(5),
    ..Host::USUAL
};

/// One is asked for.
const MOST_LOCATIONS: usize = 100;

/// The forecast of a location.
#[derive(Clone, Debug, PartialEq)]
pub struct CarbonAware {
    /// The location as the source behind it spells it.
    pub location: String,
    /// Where the WebApi is served.
    pub endpoint: String,
}

#[derive(Deserialize)]
struct Forecast {
    #[serde(rename = "generatedAt")]
    generated_at: Option<Timestamp>,
    location: Option<String>,
    #[serde(rename = "forecastData", default)]
    rows: List<Row, MOST_POINTS>,
}

/// A value for so many minutes, as the SDK and the exporters write it.
#[derive(Deserialize)]
pub(in crate::grid) struct Row {
    /// Where.
    pub(in crate::grid) location: Option<String>,
    timestamp: Timestamp,
    duration: f64,
    value: Option<Number>,
}

impl Row {
    /// The point, where the value is known.
    pub(in crate::grid) fn point(&self) -> Option<Point> {
        let length = SignedDuration::try_from_secs_f64(self.duration * 60.0).unwrap_or_default();
        let value = known(self.value)?;
        Some(Point::of(Slot::of(self.timestamp, length), value))
    }
}

impl Service for CarbonAware {
    fn host(&self) -> &'static Host {
        &HOST
    }

    fn place(&self) -> String {
        self.location.clone()
    }

    fn endpoint(&self) -> Option<&str> {
        Some(&self.endpoint)
    }

    fn requests(&self, _: Signal, _: Basis, _: Timestamp) -> Result<Vec<Request>, SourceError> {
        Ok(vec![
            Request::to(["emissions", "forecasts", "current"]).with("location", &*self.location),
        ])
    }

    fn read(&self, bodies: &[Vec<u8>], _: Signal, _: Basis, _: Timestamp) -> Result<Answer, SourceError> {
        let List(forecasts): List<Forecast, MOST_LOCATIONS> = json(first(bodies))?;
        let is_ours = |location: Option<&String>| location.is_none_or(|l| l.eq_ignore_ascii_case(&self.location));
        let ours = forecasts
            .into_iter()
            .find(|forecast| is_ours(forecast.location.as_ref()));
        let ours = ours.ok_or_else(nothing)?;
        let rows = ours.rows.iter().filter(|row| is_ours(row.location.as_ref()));
        let points: Vec<Point> = rows.filter_map(Row::point).collect();
        answer(points, ours.generated_at, Certainty::Published)
    }

    fn complaint(&self, status: u16, _: &str) -> Option<SourceError> {
        match status {
            204 => Some(nothing()),
            400 => Some(SourceError::Refused("it cannot serve this location; check it".into())),
            501 => Some(SourceError::Refused(
                "the source behind it has no forecasts; configure one that has".into(),
            )),
            _ => None,
        }
    }
}
