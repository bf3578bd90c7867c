//! Prometheus: whatever somebody's metrics say of a grid.
//!
//! `GET /api/v1/query_range?query=...&start=...&end=...&step=900`:
//! ```json
//! {"status": "success", "data": {"resultType": "matrix",
//!  "result": [{"metric": {"slot_start": "2026-11-20T15:00:00Z"}, "values": [[1795168800, "0.31"], [1795172400, "NaN"]]}]}}
//! ```
//! Prometheus holds no samples of the future, so a forecast is a series a slot: the label `slot_start` (RFC 3339 or unix
//! seconds) says when the slot begins, or `horizon` (`PT3H`) how long after the slot of the sample; the newest sample of each
//! counts, unless it is older than an hour: a second question is for those of the last hour. One series without either label is
//! what was measured: it only says what was. Several are one too many. The zone says the unit, because no metric does.

use std::collections::BTreeMap;

use jiff::{SignedDuration, Timestamp};
use serde::Deserialize;
use serde::de::IgnoredAny;

use super::reading::{Number, POUND_PER_MEGAWATT_HOUR, answer, floor, json, later, nothing, says};
use super::{Host, Key, Request, Service};
use crate::grid::answer::Answer;
use crate::grid::bounded::List;
use crate::grid::error::SourceError;
use crate::grid::secrets::SecretKey;
use crate::grid::spec::Provider;
use crate::planner::{Certainty, Point};
use crate::units::{Basis, Signal, Slot, parse_duration};

pub(super) const HOST: Host = Host {
    name: "Prometheus",
    provider: Provider::Prometheus,
    place: "query",
    serves: &Signal::ALL,
    every: SignedDuration::from_mins(5),
    only_past: true,
    ..Host::USUAL
};

/// How far back what was measured is read.
const BEHIND: SignedDuration = SignedDuration::from_hours(8 * 24);
/// A forecast that nobody has exported for so long is none.
const STALE: SignedDuration = SignedDuration::from_hours(1);
/// How long Prometheus itself looks back for a sample unless it is told otherwise: at such steps none escapes.
const LOOKBACK: SignedDuration = SignedDuration::from_mins(5);
/// Prometheus gives no more points of a series.
const MOST_STEPS: usize = 11_000;
/// What was measured is one series: of two it is plain that it is not that. Prometheus before 3.2 gives all the same.
const ENOUGH_OF_THE_PAST: usize = 2;
/// Where Mimir and Cortex read whose metrics are asked for.
const TENANT: &str = "x-scope-orgid";
/// Until 2.53 Prometheus says under its warnings too what it would only have one know of a query.
const HINT: &str = "PromQL info:";
/// A forecast has a series a slot: of a year of hours 8,760, of a month of quarters 2,976.
const MOST_SERIES: usize = 10_000;

/// The result of a query.
#[derive(Clone, Debug, PartialEq)]
pub struct Prometheus {
    /// The PromQL expression.
    pub query: String,
    /// The length of a slot.
    pub step: SignedDuration,
    /// What its values are counted in.
    pub unit: Unit,
    /// Where Prometheus is served.
    pub endpoint: String,
    /// Its bearer token, where it asks for one.
    pub secret: Option<SecretKey>,
    /// Whose metrics are asked for, where it keeps those of several tenants.
    pub tenant: Option<String>,
}

/// What values are counted in.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Unit {
    /// A share of 1.
    Share,
    /// A share of 100.
    Percent,
    /// gCO2e/kWh, which is kg/MWh.
    GramsPerKilowattHour,
    /// Pounds of CO2e a megawatt-hour.
    PoundsPerMegawattHour,
    /// Kilograms of CO2e a kilowatt-hour.
    KilogramsPerKilowattHour,
}

impl Unit {
    /// What a value of 1 is worth in our own unit.
    fn factor(self) -> f64 {
        match self {
            Self::Share | Self::GramsPerKilowattHour => 1.0,
            Self::Percent => 0.01,
            Self::PoundsPerMegawattHour => POUND_PER_MEGAWATT_HOUR,
            Self::KilogramsPerKilowattHour => 1000.0,
        }
    }

    /// Whether it can count this signal.
    fn counts(self, signal: Signal) -> bool {
        matches!(self, Self::Share | Self::Percent) == (signal == Signal::RenewableShare)
    }
}

#[derive(Deserialize)]
struct Body {
    error: Option<IgnoredAny>,
    warnings: Option<List<String, MOST_SERIES>>,
    data: Option<Data>,
}

/// What one question was answered.
struct Said {
    series: Vec<Series>,
    /// Whether it warns of what it answers, as a Thanos that lacks some of its stores does.
    warns: bool,
}

#[derive(Deserialize)]
struct Data {
    #[serde(default)]
    result: List<Series, MOST_SERIES>,
}

#[derive(Deserialize)]
struct Series {
    #[serde(default)]
    metric: Labels,
    #[serde(default)]
    values: List<(f64, Number), MOST_STEPS>,
}

/// The labels that say when the slot of a forecast begins. Others say nothing to us.
#[derive(Default, Deserialize)]
struct Labels {
    slot_start: Option<String>,
    horizon: Option<String>,
}

impl Series {
    fn is_forecast(&self) -> bool {
        self.metric.slot_start.is_some() || self.metric.horizon.is_some()
    }
}

impl Prometheus {
    /// Whole seconds, so that Prometheus evaluates at the starts of our slots.
    fn step(&self) -> SignedDuration {
        SignedDuration::from_secs(self.step.as_secs().max(1))
    }

    /// The first slot that is asked for.
    fn from(&self, now: Timestamp) -> Timestamp {
        let step = self.step();
        let steps = (BEHIND.as_secs() / step.as_secs()).min(MOST_STEPS as i64 - 2);
        floor(later(now, -SignedDuration::from_secs(steps * step.as_secs())), step)
    }

    /// The known samples of a series, in order.
    fn samples(&self, series: &Series) -> Vec<(Timestamp, f64)> {
        let sample = |(second, number): &(f64, Number)| {
            let at = Timestamp::from_second(second.round() as i64).ok()?;
            Some((at, number.value()? * self.unit.factor()))
        };
        series.values.iter().filter_map(sample).collect()
    }

    /// What was measured in the slots that are over: a sample of the one that lasts is no forecast of the rest of it.
    fn measured(&self, series: &Series, now: Timestamp) -> Vec<Point> {
        let samples = self.samples(series).into_iter();
        let points = samples.map(|(at, value)| Point::of(Slot::of(at, self.step()), value));
        points.filter(|point| point.slot.end <= now).collect()
    }

    /// A forecast: a series a slot.
    fn forecast(&self, all: &[Series], now: Timestamp) -> Result<Vec<Point>, SourceError> {
        let mut latest: BTreeMap<Timestamp, (Timestamp, f64)> = BTreeMap::new();
        for series in all {
            let samples = self.samples(series);
            let Some(&(at, value)) = samples.last() else { continue };
            if now.duration_since(at) > STALE {
                continue;
            }
            let start = slot_start(&series.metric, floor(at, self.step()))?;
            let known = latest.entry(start).or_insert((at, value));
            // The same said twice is no harm: exporters run in pairs.
            if known.0 == at && known.1 != value {
                return Err(SourceError::Unreadable(format!(
                    "its query gives two values for the slot that starts at {start}; write one that gives a single zone, for \
                     example avg by (slot_start) (...)"
                )));
            }
            if known.0 < at {
                *known = (at, value);
            }
        }
        if latest.is_empty() {
            return Err(stale());
        }
        let gaps = latest.keys().zip(latest.keys().skip(1));
        let gaps = gaps.map(|(one, next)| next.duration_since(*one));
        if let Some(least) = gaps.min().filter(|least| *least > self.step()) {
            return Err(SourceError::Unreadable(format!(
                "its slots begin {least:#} apart, and step says that each lasts {:#}; write step: {least:#}",
                self.step()
            )));
        }
        let slots = latest.into_iter();
        Ok(slots
            .map(|(start, (_, value))| Point::of(Slot::of(start, self.step()), value))
            .collect())
    }
}

fn stale() -> SourceError {
    SourceError::NoData("all samples of its forecast are older than an hour; check whoever exports it".into())
}

/// When the slot of a forecast begins, by the label that says so.
fn slot_start(metric: &Labels, sampled: Timestamp) -> Result<Timestamp, SourceError> {
    let wrong = |label: &str, example: &str| {
        SourceError::Unreadable(format!(
            "the label {label} of its series cannot be read; export it as {example}"
        ))
    };
    if let Some(text) = &metric.slot_start {
        let second = text.parse().ok().and_then(|second| Timestamp::from_second(second).ok());
        let start = second.or_else(|| text.parse().ok());
        return start.ok_or_else(|| wrong("slot_start", "2026-11-20T15:00:00Z"));
    }
    let Some(text) = &metric.horizon else {
        return Err(SourceError::Unreadable(
            "some of its series have the label slot_start or horizon and some have not; write a query for one kind"
                .into(),
        ));
    };
    let ahead = parse_duration(text).map_err(|_| wrong("horizon", "PT3H"))?;
    Ok(later(sampled, ahead))
}

/// An answer that is as old as the end of its last slot, where that is over.
fn said(points: Vec<Point>, warns: bool, now: Timestamp) -> Result<Answer, SourceError> {
    let last = points.last().map(|last| last.slot.end);
    let answer = answer(points, last.map(|end| end.min(now)), Certainty::Published)?;
    let warning = "it answers with a warning, so that some may be missing; try the query in Prometheus";
    Ok(Answer {
        weakness: warns.then(|| warning.to_owned()),
        ..answer
    })
}

impl Service for Prometheus {
    fn host(&self) -> &'static Host {
        &HOST
    }

    fn place(&self) -> String {
        self.query.chars().take(80).collect()
    }

    fn endpoint(&self) -> Option<&str> {
        Some(&self.endpoint)
    }

    fn key(&self) -> Option<Key<'_>> {
        let secret = self.secret.as_ref()?;
        Some(Key::Header("authorization", "Bearer ", secret))
    }

    fn requests(&self, signal: Signal, _: Basis, now: Timestamp) -> Result<Vec<Request>, SourceError> {
        if !self.unit.counts(signal) {
            return Err(SourceError::Blocked(format!(
                "{signal:?} is not counted in {:?}; write the unit of the metric",
                self.unit
            )));
        }
        let range = |from: Timestamp, until: Timestamp, step: SignedDuration| {
            Request::to(["api", "v1", "query_range"])
                .of(self.tenant.as_ref().map(|tenant| (TENANT, tenant.clone())))
                .with("query", &*self.query)
                .with("start", from.as_second().to_string())
                .with("end", until.as_second().to_string())
                .with("step", step.as_secs().to_string())
        };
        let past = range(self.from(now), floor(now, self.step()), self.step());
        Ok(vec![
            past.with("limit", ENOUGH_OF_THE_PAST.to_string()),
            range(later(now, -STALE), now, LOOKBACK),
        ])
    }

    fn read(&self, bodies: &[Vec<u8>], _: Signal, _: Basis, now: Timestamp) -> Result<Answer, SourceError> {
        let all = |body: &[u8]| {
            let body: Body = json(body)?;
            if body.error.is_some() {
                return Err(SourceError::Refused(
                    "it answers that there was an error; try the query in Prometheus".into(),
                ));
            }
            Ok(Said {
                warns: body
                    .warnings
                    .is_some_and(|all| all.iter().any(|one| !one.starts_with(HINT))),
                series: body.data.map(|data| data.result.0).unwrap_or_default(),
            })
        };
        let [past, recent] = bodies else {
            return Err(nothing());
        };
        let is_forecast = Series::is_forecast;
        let recent: Said = all(recent)?;
        let is_ahead = recent.series.iter().any(is_forecast);
        let ahead = is_ahead.then(|| self.forecast(&recent.series, now)).transpose()?;
        let warns = recent.warns;
        // Never both of them at once: either may be large.
        drop(recent);
        // Of a forecast it is cut off after two series, which is a warning, too.
        let past: Said = all(past)?;
        if let Some(points) = ahead {
            return said(points, warns, now);
        }
        let points = match &past.series[..] {
            [] => {
                return Err(SourceError::NoData(
                    "its query gives no series; check it in Prometheus".into(),
                ));
            }
            [one] if !is_forecast(one) => self.measured(one, now),
            many if many.iter().any(is_forecast) => return Err(stale()),
            _ => {
                return Err(SourceError::Unreadable(
                    "its query gives several series; write one that gives a single one, for example avg(...)".into(),
                ));
            }
        };
        said(points, past.warns, now)
    }

    fn complaint(&self, status: u16, body: &str, _: Timestamp) -> Option<SourceError> {
        let what = match status {
            400 | 422 => "it cannot run this query; try it in Prometheus",
            404 => "check the endpoint: where it is served below a path, that is part of it",
            // As Mimir and Cortex say it.
            401 if says(body, "no org id") => {
                "it keeps the metrics of several tenants; name the tenant whose are asked for in the source"
            }
            401 | 403 if self.secret.is_none() => {
                "name its bearer token in the source if it wants one, and check whether a proxy wants a login"
            }
            _ => return None,
        };
        Some(SourceError::Refused(what.into()))
    }
}
