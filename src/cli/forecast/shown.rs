//! A forecast as it is shown, whichever way it came.

use jiff::Timestamp;
use serde::Serialize;

use crate::planner::{Certainty, Level, Point};
use crate::units::{Basis, Flow, Signal};

/// A forecast of one signal of one zone. Its JSON is the output of `-o json`.
#[derive(Clone, Debug, PartialEq, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct Shown {
    /// Whose.
    pub zone: String,
    /// Of what.
    pub signal: Signal,
    /// gCO2e/kWh, or share (0 to 1).
    pub unit: &'static str,
    /// How an intensity counts emissions.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub basis: Option<Basis>,
    /// Whose energy it speaks of, where anybody says so.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub flow: Option<Flow>,
    /// Who made it.
    pub source: String,
    /// Its rung of the ladder.
    pub level: Level,
    /// When it was made; a constant speaks of no time.
    pub issued_at: Option<Timestamp>,
    /// When it was first read as it is; a constant is never fetched, and neither is what was saved.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub fetched_at: Option<Timestamp>,
    /// Whether it is an estimate.
    pub estimated: bool,
    /// What to know of it.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub notes: Vec<String>,
    /// Its values, sorted.
    pub slots: Vec<ShownSlot>,
}

/// One value of it.
#[derive(Clone, Copy, Debug, PartialEq, Serialize)]
pub struct ShownSlot {
    /// From when on.
    pub start: Timestamp,
    /// Until when.
    pub end: Timestamp,
    /// What counts in planning.
    pub value: f64,
    /// A tenth of outcomes lie below.
    pub p10: Option<f64>,
    /// Half of them do.
    pub p50: Option<f64>,
    /// Nine tenths of them do.
    pub p90: Option<f64>,
}

impl Shown {
    /// A forecast from the points of a series.
    pub fn new(zone: &str, signal: Signal, basis: Basis, points: &[Point]) -> Self {
        Self {
            zone: zone.to_owned(),
            signal,
            unit: signal.unit(),
            basis: (signal != Signal::RenewableShare).then_some(basis),
            flow: None,
            source: String::new(),
            level: Level::Live,
            issued_at: None,
            fetched_at: None,
            estimated: false,
            notes: Vec::new(),
            slots: points.iter().map(|point| slot(point, signal)).collect(),
        }
    }

    /// By whom, when and how surely it was made.
    #[must_use]
    pub fn by(self, source: String, level: Level, issued_at: Option<Timestamp>, certainty: Certainty) -> Self {
        Self {
            source,
            level,
            issued_at,
            estimated: certainty != Certainty::Published,
            ..self
        }
    }

    /// For programs, on several lines.
    ///
    /// # Errors
    /// When it cannot be written as JSON, which no forecast can cause.
    pub fn json(&self) -> Result<String, serde_json::Error> {
        Ok(serde_json::to_string_pretty(self)? + "\n")
    }

    /// For spreadsheets: one slot a line.
    ///
    /// # Errors
    /// When it cannot be written as CSV, which no forecast can cause.
    pub(super) fn csv(&self) -> Result<String, csv::Error> {
        let mut writer = csv::Writer::from_writer(Vec::new());
        for slot in &self.slots {
            writer.serialize(slot)?;
        }
        let bytes = writer.into_inner().map_err(csv::IntoInnerError::into_error)?;
        Ok(String::from_utf8_lossy(&bytes).into_owned())
    }
}

/// A value with the digits that mean something.
fn slot(point: &Point, signal: Signal) -> ShownSlot {
    let digits = if signal == Signal::RenewableShare { 1e4 } else { 1e2 };
    let round = |value: f64| (value * digits).round() / digits;
    ShownSlot {
        start: point.slot.start,
        end: point.slot.end,
        value: round(point.value),
        p10: point.band.map(|band| round(band.p10)),
        // Our values are medians; a value without a band says nothing of percentiles.
        p50: point.band.map(|_| round(point.value)),
        p90: point.band.map(|band| round(band.p90)),
    }
}
