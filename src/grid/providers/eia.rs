//! EIA v2 (United States): what each balancing authority generated, by fuel, hour by hour. Needs a free key; public domain.
//!
//! `GET /v2/electricity/rto/fuel-type-data/data/?frequency=hourly&data[]=value&facets[respondent][]=CISO&...`:
//! ```json
//! {"response": {"total": "1", "data": [{"period": "2026-11-20T10", "respondent": "CISO", "fueltype": "SUN", "value": "8421"}]}}
//! ```
//! A period is the hour that ENDS then, in UTC. Values come as text. Whether rows were left out is seen from their total: the
//! warning of an "incomplete return" comes with whole answers too. It only says what was, some hours late or a day: a forecast
//! is made from it by whoever knows how. Intensity and share follow from the mix by our table of factors. What water pumps
//! is negative and no generation. Some authorities, California's among them, file their batteries under other plants: what takes
//! power at times is storage.

use std::collections::BTreeMap;
use std::time::Duration;

use jiff::{SignedDuration, Timestamp};
use serde::Deserialize;

use super::reading::{Number, answer, first, floor, json, known, later, utc, whole};
use super::{Host, Key, Request, Service};
use crate::grid::answer::Answer;
use crate::grid::bounded::List;
use crate::grid::error::SourceError;
use crate::grid::factors::{Fuel, Mix};
use crate::grid::secrets::SecretKey;
use crate::grid::spec::Provider;
use crate::planner::{Certainty, Point};
use crate::units::{Basis, Flow, Signal, Slot};

pub(super) const HOST: Host = Host {
    name: "EIA",
    provider: Provider::Eia,
    origin: Some("https://api.eia.gov"),
    place: "balancing authority",
    serves: &[Signal::CarbonIntensity, Signal::RenewableShare],
    flow: Some(Flow::Production),
    every: SignedDuration::from_mins(30),
    // A key is suspended after too many.
    patience: SignedDuration::from_mins(10),
    longest: Duration::from_secs(30),
    only_past: true,
    ..Host::USUAL
};

const HOUR: SignedDuration = SignedDuration::from_hours(1);
/// One answer holds no more.
const MOST_ROWS: usize = 5_000;
/// With 16 fuels at most 3,456 rows.
const BEHIND: SignedDuration = SignedDuration::from_hours(9 * 24);

/// What a balancing authority generated.
#[derive(Clone, Debug, PartialEq)]
pub struct Eia {
    /// Its code, for example CISO.
    pub respondent: String,
    /// The key.
    pub secret: SecretKey,
    /// Another origin that speaks the same API.
    pub endpoint: Option<String>,
}

#[derive(Deserialize)]
struct Body {
    #[serde(default)]
    response: Response,
}

#[derive(Default, Deserialize)]
struct Response {
    #[serde(default)]
    data: List<Row, MOST_ROWS>,
    /// How many rows there are, also of those that it does not give.
    total: Option<Number>,
}

#[derive(Deserialize)]
struct Row {
    period: String,
    respondent: Option<String>,
    fueltype: String,
    value: Option<Number>,
}

impl Service for Eia {
    fn host(&self) -> &'static Host {
        &HOST
    }

    fn place(&self) -> String {
        self.respondent.clone()
    }

    fn endpoint(&self) -> Option<&str> {
        self.endpoint.as_deref()
    }

    fn key(&self) -> Option<Key<'_>> {
        Some(Key::Query("api_key", &self.secret))
    }

    fn basis(&self, _: Signal, asked: Basis) -> Basis {
        asked.or(Basis::LifeCycle)
    }

    fn requests(&self, _: Signal, _: Basis, now: Timestamp) -> Result<Vec<Request>, SourceError> {
        let hour = |instant: Timestamp| instant.strftime("%Y-%m-%dT%H").to_string();
        let now = floor(now, HOUR);
        Ok(vec![
            Request::to(["v2", "electricity", "rto", "fuel-type-data", "data", ""])
                .with("frequency", "hourly")
                .with("data[]", "value")
                .with("facets[respondent][]", &*self.respondent)
                .with("start", hour(later(now, -BEHIND)))
                .with("end", hour(now))
                .with("sort[0][column]", "period")
                .with("sort[0][direction]", "asc")
                .with("offset", "0")
                .with("length", MOST_ROWS.to_string()),
        ])
    }

    fn read(&self, bodies: &[Vec<u8>], signal: Signal, basis: Basis, now: Timestamp) -> Result<Answer, SourceError> {
        let Response { data: rows, total } = json::<Body>(first(bodies))?.response;
        let is_whole = known(total).map_or(rows.len() < MOST_ROWS, |total| rows.len() as f64 >= total);
        if !is_whole {
            let what = "it has left out rows; it is asked again, and nothing is read from half an answer";
            return Err(SourceError::Implausible(what.into()));
        }
        let is_ours = |row: &&Row| row.respondent.as_ref().is_none_or(|given| *given == self.respondent);
        let has = |code: &str, is_so: fn(f64) -> bool| {
            let theirs = rows.iter().filter(is_ours).filter(|row| row.fueltype == code);
            theirs.filter_map(|row| known(row.value)).any(is_so)
        };
        let others_store = !has("BAT", |_| true) && has("OTH", |power| power < 0.0);
        let fuel = |code: &str| match code {
            "OTH" if others_store => Fuel::Storage,
            code => fuel(code),
        };
        let mut hours: BTreeMap<Timestamp, BTreeMap<String, f64>> = BTreeMap::new();
        for row in rows.iter().filter(is_ours) {
            // An hour of which nothing is known keeps its place, so that what is missing shows.
            let amounts = hours.entry(utc(&format!("{}:00", row.period))?).or_default();
            let Some(value) = known(row.value) else {
                continue;
            };
            let before = amounts.insert(row.fueltype.clone(), value);
            if before.is_some_and(|before| before != value) {
                let what = "it gives one fuel of one hour twice, with different values; it is asked again later";
                return Err(SourceError::Implausible(what.into()));
            }
        }
        let point = |(end, amounts): (Timestamp, BTreeMap<String, f64>)| {
            let mix = Mix::of(amounts.iter().map(|(code, amount)| (fuel(code), *amount)), basis);
            let value = match signal {
                Signal::RenewableShare => mix.share(),
                _ => mix.intensity(),
            };
            let start = later(end, -HOUR);
            Some(Point::of(Slot { start, end }, value?))
        };
        let points: Vec<Point> = whole(hours).into_iter().filter_map(point).collect();
        let last = points.last().map(|last| last.slot.end.min(now));
        let certainty = match signal {
            Signal::RenewableShare => Certainty::Published,
            _ => Certainty::Estimated,
        };
        answer(points, last, certainty)
    }

    fn complaint(&self, status: u16, body: &str, _: Timestamp) -> Option<SourceError> {
        match status {
            403 if body.contains("OVER_RATE_LIMIT") => Some(SourceError::Throttled(None)),
            _ => None,
        }
    }
}

fn fuel(code: &str) -> Fuel {
    match code {
        "COL" => Fuel::Coal,
        "NG" => Fuel::Gas,
        "NUC" => Fuel::Nuclear,
        "OIL" => Fuel::Oil,
        "WAT" => Fuel::Hydro,
        "SUN" | "SNB" => Fuel::Solar,
        "WND" | "WNB" => Fuel::Wind,
        "GEO" => Fuel::Geothermal,
        "BIO" => Fuel::Biomass,
        "BAT" | "PS" | "UES" | "OES" => Fuel::Storage,
        _ => Fuel::Unknown,
    }
}
