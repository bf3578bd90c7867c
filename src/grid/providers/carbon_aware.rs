//! The Carbon Aware SDK of the Green Software Foundation: whatever stands behind its WebApi, in gCO2e/kWh. MIT.
//!
//! `GET /emissions/forecasts/current?location=westeurope`:
//! ```json
//! [{"generatedAt": "2026-11-20T10:00:00+00:00", "location": "westeurope",
//!   "forecastData": [{"location": "westeurope", "timestamp": "2026-11-20T10:05:00+00:00", "duration": 5, "value": 214.9}]}]
//! ```
//! A duration is in minutes. A forecast names the location that was asked for, its rows what the source behind it calls that. 204
//! stands for no data; 501, or 400 with those words, for a source that has no forecasts; 401 and 403 are what the source behind it
//! answers. It does not say what it counts: the zone does, by its signal and basis. Its rows are those of the Azure exporter's
//! ConfigMap too, which leaves out a value of 0.

use jiff::{SignedDuration, Timestamp};
use serde::Deserialize;

use super::reading::{Number, answer, first, json, known, nothing, says};
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

const NO_FORECASTS: &str = "the source behind it has no forecasts; configure one that has";

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
    #[serde(default)]
    value: Value,
}

/// What a row says of its value.
#[derive(Clone, Copy, Default, PartialEq, Deserialize)]
#[serde(from = "Option<Number>")]
enum Value {
    /// Nothing at all.
    #[default]
    LeftOut,
    /// That nobody knows it, where it is null.
    Said(Option<f64>),
}

impl From<Option<Number>> for Value {
    fn from(number: Option<Number>) -> Self {
        Self::Said(known(number))
    }
}

impl Row {
    /// Whether it has a value, be it null.
    pub(in crate::grid) fn has_value(&self) -> bool {
        self.value != Value::LeftOut
    }

    /// The point, where the value is known; `left_out` is what it means where there is none.
    pub(in crate::grid) fn point(&self, left_out: Option<f64>) -> Option<Point> {
        let length = SignedDuration::try_from_secs_f64(self.duration * 60.0).unwrap_or_default();
        let value = match self.value {
            Value::LeftOut => left_out?,
            Value::Said(value) => value?,
        };
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
        let is_ours = |forecast: &Forecast| {
            let location = forecast.location.as_ref();
            location.is_none_or(|location| location.eq_ignore_ascii_case(&self.location))
        };
        let ours = forecasts.into_iter().find(is_ours).ok_or_else(nothing)?;
        let points: Vec<Point> = ours.rows.iter().filter_map(|row| row.point(None)).collect();
        answer(points, ours.generated_at, Certainty::Published)
    }

    fn complaint(&self, status: u16, body: &str, _: Timestamp) -> Option<SourceError> {
        let refused = |what: &str| Some(SourceError::Refused(what.into()));
        match status {
            204 => Some(nothing()),
            // What it takes the first of is empty.
            400 if says(body, "no elements") => Some(nothing()),
            400 if says(body, "not configured") => refused(NO_FORECASTS),
            400 => refused("it cannot serve this location; check it"),
            401 | 403 if body.trim_start().starts_with('{') => {
                refused("the source behind it refuses the SDK's key or plan; check what the SDK is given")
            }
            501 => refused(NO_FORECASTS),
            _ => None,
        }
    }
}
