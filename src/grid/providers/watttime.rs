//! WattTime: marginal and average emissions by region, up to three days ahead. Needs an account, and a plan for most regions.
//!
//! A login gives a token for half an hour; then `GET /v3/forecast?region=CAISO_NORTH&signal_type=co2_moer`:
//! ```json
//! {"data": [{"point_time": "2026-11-20T10:00:00+00:00", "value": 870.4}],
//!  "meta": {"units": "lbs_co2_per_mwh", "data_point_period_seconds": 300, "generated_at": "2026-11-20T10:00:00+00:00"}}
//! ```
//! A time is the start of its slot. The same point may come twice. An ended token gives 401, or 403 with a web page.

use jiff::{SignedDuration, Timestamp};
use serde::Deserialize;

use super::reading::{Number, POUND_PER_MEGAWATT_HOUR, answer, first, json, known, nothing};
use super::slots::{Steps, starting};
use super::{Host, Key, Request, Service};
use crate::grid::answer::{Answer, MOST_POINTS};
use crate::grid::bounded::List;
use crate::grid::error::SourceError;
use crate::grid::spec::Provider;
use crate::planner::Certainty;
use crate::units::{Basis, Flow, Signal};

pub(super) const HOST: Host = Host {
    name: "WattTime",
    provider: Provider::WattTime,
    origin: Some("https://api.watttime.org"),
    place: "region",
    serves: &[Signal::MarginalIntensity, Signal::CarbonIntensity],
    // Its average is that of the plants of a region, without imports.
    flow: Some(Flow::Production),
    ..Host::USUAL
};

/// The forecast of a region.
#[derive(Clone, Debug, PartialEq)]
pub struct WattTime {
    /// The region as WattTime spells it.
    pub region: String,
    /// The Secret with `username` and `password`.
    pub secret: String,
    /// Another origin that speaks the same API.
    pub endpoint: Option<String>,
}

#[derive(Deserialize)]
struct Body {
    #[serde(default)]
    data: List<Row, MOST_POINTS>,
    meta: Option<Meta>,
}

#[derive(Deserialize)]
struct Row {
    point_time: Timestamp,
    value: Option<Number>,
}

#[derive(Deserialize)]
struct Meta {
    region: Option<String>,
    units: Option<String>,
    data_point_period_seconds: Option<i64>,
    generated_at: Option<Timestamp>,
}

impl Service for WattTime {
    fn host(&self) -> &'static Host {
        &HOST
    }

    fn place(&self) -> String {
        self.region.clone()
    }

    fn endpoint(&self) -> Option<&str> {
        self.endpoint.as_deref()
    }

    fn key(&self) -> Option<Key<'_>> {
        Some(Key::Login(&self.secret))
    }

    fn basis(&self, _: Signal, _: Basis) -> Basis {
        Basis::Direct
    }

    fn requests(&self, signal: Signal, _: Basis, _: Timestamp) -> Result<Vec<Request>, SourceError> {
        let kind = match signal {
            Signal::MarginalIntensity => "co2_moer",
            _ => "co2_aoer",
        };
        Ok(vec![
            Request::to(["v3", "forecast"])
                .with("region", &*self.region)
                .with("signal_type", kind)
                .with("horizon_hours", "72"),
        ])
    }

    fn read(&self, bodies: &[Vec<u8>], _: Signal, _: Basis, _: Timestamp) -> Result<Answer, SourceError> {
        let body: Body = json(first(bodies))?;
        let Some(meta) = body.meta else { return Err(nothing()) };
        if meta.region.is_some_and(|region| region != self.region) {
            return Err(SourceError::Refused(
                "it answers for another region; check the region".into(),
            ));
        }
        if meta.units.as_deref() != Some("lbs_co2_per_mwh") {
            return Err(SourceError::Unreadable(
                "it counts in another unit than pounds a megawatt-hour; report it to Alizé".into(),
            ));
        }
        let step = SignedDuration::from_secs(meta.data_point_period_seconds.unwrap_or(300).clamp(1, 3600));
        let steps = Steps {
            shortest: step,
            longest: step,
        };
        let grams = |row: &Row| known(row.value).map(|pounds| pounds * POUND_PER_MEGAWATT_HOUR);
        let points = starting(
            body.data.iter().map(|row| (row.point_time, grams(row))).collect(),
            steps,
        );
        answer(points, meta.generated_at, Certainty::Published)
    }

    fn complaint(&self, status: u16, body: &str, _: Timestamp) -> Option<SourceError> {
        match status {
            403 if body.contains("scope") => Some(SourceError::Refused(
                "the plan of this account has not this region; check the region".into(),
            )),
            404 if body.contains("No coverage") => Some(SourceError::Refused(
                "it does not cover this region; name another source".into(),
            )),
            _ => None,
        }
    }
}
