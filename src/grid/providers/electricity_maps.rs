//! Electricity Maps: carbon intensity and renewable share of consumption, anywhere. Needs a key, and a contract for forecasts.
//!
//! `GET /v4/carbon-intensity/forecast?zone=MA` with the header `auth-token`; where v4 does not serve it, v3 is asked:
//! ```json
//! {"zone": "MA", "updatedAt": "2026-11-20T10:40:11.000Z", "temporalGranularity": "hourly",
//!  "forecast": [{"carbonIntensity": 566, "datetime": "2026-11-20T10:00:00.000Z"}]}
//! ```
//! ```json
//! {"zone": "ES", "unit": "%", "data": [{"datetime": "2026-11-20T10:00:00.000Z", "value": 61.2, "isEstimated": false}]}
//! ```
//! A time is the start of its slot; a forecast of 24 h has 25 of them. Where the plan allows no finer steps, coarser ones come.
//! A 401 stands for a wrong key, for a zone or a forecast outside the plan, and for too many calls at once. Without
//! `disableCallerLookup`, an unknown zone is answered with the zone of whoever asks. Forecasts are of life-cycle emissions: what was
//! can be had as direct ones, what will be cannot. `updatedAt` is when the question came, so it says nothing of the answer's age.

use jiff::{SignedDuration, Timestamp};
use serde::Deserialize;

use super::reading::{Number, answer, first, json, known, nothing, says};
use super::slots::{Steps, starting};
use super::{Host, Key, Request, Service};
use crate::grid::answer::{Answer, MOST_POINTS};
use crate::grid::bounded::List;
use crate::grid::error::SourceError;
use crate::grid::secrets::SecretKey;
use crate::grid::spec::Provider;
use crate::planner::Certainty;
use crate::units::{Basis, Flow, Signal};

pub(super) const HOST: Host = Host {
    name: "Electricity Maps",
    provider: Provider::ElectricityMaps,
    origin: Some("https://api.electricitymaps.com"),
    serves: &[Signal::CarbonIntensity, Signal::RenewableShare],
    // It traces flows unless it is told otherwise.
    flow: Some(Flow::Consumption),
    // 150 requests a minute.
    every: SignedDuration::from_mins(15),
    ..Host::USUAL
};

const STEPS: Steps = Steps {
    shortest: SignedDuration::from_mins(5),
    longest: SignedDuration::from_hours(1),
};

/// The forecast of a zone.
#[derive(Clone, Debug, PartialEq)]
pub struct ElectricityMaps {
    /// The zone as Electricity Maps spells it.
    pub zone: String,
    /// 6, 24, 48 or 72 hours ahead, as the plan allows.
    pub horizon_hours: u32,
    /// The key.
    pub secret: SecretKey,
    /// Another origin that speaks the same API.
    pub endpoint: Option<String>,
}

#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
struct Body {
    zone: Option<String>,
    unit: Option<String>,
    temporal_granularity: Option<String>,
    #[serde(alias = "data")]
    forecast: Option<List<Row, MOST_POINTS>>,
}

#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
struct Row {
    datetime: Timestamp,
    value: Option<Number>,
    carbon_intensity: Option<Number>,
    /// v3 gives the share beside the mix.
    renewable_percentage: Option<Number>,
    is_estimated: Option<bool>,
}

/// How long slots are: what the answer says, where it says so.
fn steps(granularity: Option<&str>) -> Steps {
    let minutes = match granularity {
        Some("5_minutes") => 5,
        Some("15_minutes") => 15,
        Some("30_minutes") => 30,
        Some("hourly") => 60,
        _ => return STEPS,
    };
    let step = SignedDuration::from_mins(minutes);
    Steps {
        shortest: step,
        longest: step,
    }
}

impl Service for ElectricityMaps {
    fn host(&self) -> &'static Host {
        &HOST
    }

    fn place(&self) -> String {
        self.zone.clone()
    }

    fn endpoint(&self) -> Option<&str> {
        self.endpoint.as_deref()
    }

    fn key(&self) -> Option<Key<'_>> {
        Some(Key::Header("auth-token", "", &self.secret))
    }

    fn basis(&self, signal: Signal, asked: Basis) -> Basis {
        match signal {
            Signal::RenewableShare => asked,
            _ => Basis::LifeCycle,
        }
    }

    fn requests(&self, signal: Signal, _: Basis, _: Timestamp) -> Result<Vec<Request>, SourceError> {
        let hours = self.horizon_hours;
        let (v4, v3) = match signal {
            // The mix is forecast for a day and for nothing else.
            Signal::RenewableShare => (("renewable-energy", hours), ("power-breakdown", 24)),
            _ => (("carbon-intensity", hours), ("carbon-intensity", hours)),
        };
        let request = |version, (what, hours): (_, u32)| {
            Request::to([version, what, "forecast"])
                .with("zone", &*self.zone)
                .with("horizonHours", hours.to_string())
        };
        let instead = request("v3", v3).with("shouldUseFallbackCallerLookup", "false");
        Ok(vec![Request {
            instead: Some(Box::new(instead)),
            ..request("v4", v4).with("disableCallerLookup", "true")
        }])
    }

    fn read(&self, bodies: &[Vec<u8>], signal: Signal, _: Basis, _: Timestamp) -> Result<Answer, SourceError> {
        let body: Body = json(first(bodies))?;
        if body.zone.is_some_and(|zone| zone != self.zone) {
            return Err(SourceError::Refused(
                "it answers for another zone; check the zone".into(),
            ));
        }
        if signal == Signal::RenewableShare && body.unit.is_some_and(|unit| unit != "%") {
            return Err(SourceError::Unreadable(
                "it gives no percentages; report it to Alizé".into(),
            ));
        }
        let rows = body.forecast.unwrap_or_default();
        // A forecast of the intensity says it of no row, not even where a zone is modelled throughout.
        let is_measured = rows.iter().all(|row| row.is_estimated == Some(false));
        let value = |row: &Row| match signal {
            Signal::RenewableShare => {
                let percent = known(row.value).or(known(row.renewable_percentage));
                percent.map(|percent| percent / 100.0)
            }
            _ => known(row.carbon_intensity).or(known(row.value)),
        };
        let steps = steps(body.temporal_granularity.as_deref());
        let points = starting(rows.iter().map(|row| (row.datetime, value(row))).collect(), steps);
        let certainty = if is_measured {
            Certainty::Published
        } else {
            Certainty::Estimated
        };
        answer(points, None, certainty)
    }

    fn complaint(&self, status: u16, body: &str, _: Timestamp) -> Option<SourceError> {
        match status {
            404 if says(body, "no recent data") => Some(nothing()),
            401 | 403 if says(body, "endpoint not available") => Some(SourceError::Refused(
                "the plan of this key has no forecast; ask for one that has, or name another source".into(),
            )),
            401 | 403 if says(body, "unauthorized for zone") => Some(SourceError::Refused(
                "the plan of this key has not this zone, or no forecast of it; check the zone, and what the plan includes".into(),
            )),
            401 | 403 if says(body, "too many") || says(body, "rate limit") || says(body, "concurrent") => {
                Some(SourceError::Throttled(None))
            }
            _ => None,
        }
    }
}
