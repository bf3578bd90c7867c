//! Elia: the renewable share of load in Belgium, computed from its forecasts of wind, sun and load. No key, open data.
//!
//! `GET /api/explore/v2.1/catalog/datasets/ods086/exports/json`, and the same for `ods087` (sun) and `ods002` (load):
//! ```json
//! [{"datetime": "2026-11-20T10:00:00+00:00", "region": "Flanders", "mostrecentforecast": 412.5,
//!   "mostrecentconfidence10": 371.0, "mostrecentconfidence90": 455.2}]
//! ```
//! A time is the start of a quarter of an hour. Wind comes in rows that add up to the country; a quarter that lacks one of them
//! is unknown. Load goes about four days ahead. The 80 % band adds the bands of wind and sun as if both erred together, and
//! takes the load for certain: it is too wide rather than too narrow. Hydro and biomass are small and left out.

use std::collections::BTreeMap;

use jiff::{SignedDuration, Timestamp};
use serde::Deserialize;

use super::reading::{Number, answer, floor, json, known, later, nothing};
use super::{Host, Request, Service};
use crate::grid::answer::Answer;
use crate::grid::bounded::List;
use crate::grid::error::SourceError;
use crate::grid::spec::Provider;
use crate::planner::{Band, Certainty, Point};
use crate::units::{Basis, Flow, Signal, Slot};

pub(super) const HOST: Host = Host {
    name: "Elia",
    provider: Provider::Elia,
    origin: Some("https://opendata.elia.be"),
    place: "country",
    serves: &[Signal::RenewableShare],
    flow: Some(Flow::Production),
    ..Host::USUAL
};

const STEP: SignedDuration = SignedDuration::from_mins(15);
/// No forecast of load goes further.
const AHEAD: SignedDuration = SignedDuration::from_hours(96);
/// Of wind, a quarter has some six.
const MOST_ROWS: usize = 20_000;
const WIND: &str = "ods086";
const SUN: &str = "ods087";
const LOAD: &str = "ods002";

/// The forecast of Belgium.
#[derive(Clone, Debug, PartialEq)]
pub struct Elia {
    /// Another origin that speaks the same API.
    pub endpoint: Option<String>,
}

#[derive(Deserialize)]
struct Row {
    datetime: Timestamp,
    region: Option<String>,
    offshoreonshore: Option<String>,
    gridconnectiontype: Option<String>,
    mostrecentforecast: Option<Number>,
    mostrecentconfidence10: Option<Number>,
    mostrecentconfidence90: Option<Number>,
}

/// Which part of the country a row of wind is of; the others have one a quarter.
type Part<'a> = [Option<&'a str>; 3];

/// Megawatts: the forecast and its band.
#[derive(Clone, Copy, Debug, Default, PartialEq)]
struct Power {
    middle: f64,
    p10: f64,
    p90: f64,
}

impl Service for Elia {
    fn host(&self) -> &'static Host {
        &HOST
    }

    fn place(&self) -> String {
        "BE".into()
    }

    fn endpoint(&self) -> Option<&str> {
        self.endpoint.as_deref()
    }

    fn requests(&self, _: Signal, _: Basis, now: Timestamp) -> Result<Vec<Request>, SourceError> {
        let (from, until) = (floor(now, STEP), later(now, AHEAD));
        let window = format!("datetime >= date'{from:.0}' AND datetime < date'{until:.0}'");
        let request = |dataset, place: &str| {
            Request::to([
                "api", "explore", "v2.1", "catalog", "datasets", dataset, "exports", "json",
            ])
            .with("where", format!("{window}{place}"))
            .with("order_by", "datetime")
            .with("timezone", "UTC")
        };
        Ok(vec![
            request(WIND, ""),
            request(SUN, " AND region = 'Belgium'"),
            request(LOAD, ""),
        ])
    }

    fn read(&self, bodies: &[Vec<u8>], _: Signal, _: Basis, now: Timestamp) -> Result<Answer, SourceError> {
        let [wind, sun, load] = bodies else {
            return Err(nothing());
        };
        let power = |body: &[u8]| json::<List<Row, MOST_ROWS>>(body).map(|rows| summed(&rows));
        let (wind, sun, load) = (power(wind)?, power(sun)?, power(load)?);
        let point = |(start, load): (&Timestamp, &Power)| {
            let (wind, sun) = (wind.get(start)?, sun.get(start)?);
            let share = |megawatts: f64| megawatts / load.middle;
            (load.middle > 0.0).then(|| Point {
                band: Some(Band {
                    p10: share(wind.p10 + sun.p10),
                    p90: share(wind.p90 + sun.p90),
                }),
                ..Point::of(Slot::of(*start, STEP), share(wind.middle + sun.middle))
            })
        };
        let points: Vec<Point> = load.iter().filter_map(point).collect();
        answer(points, Some(now), Certainty::Estimated)
    }
}

impl Row {
    fn part(&self) -> Part<'_> {
        [&self.region, &self.offshoreonshore, &self.gridconnectiontype].map(|part| part.as_deref())
    }

    fn power(&self) -> Option<Power> {
        let middle = known(self.mostrecentforecast)?;
        Some(Power {
            middle,
            p10: known(self.mostrecentconfidence10).unwrap_or(middle),
            p90: known(self.mostrecentconfidence90).unwrap_or(middle),
        })
    }
}

/// The sum of the parts of each quarter of an hour that has all of them: as many as the fullest one. A part that comes twice
/// counts once, and is unknown where the two contradict each other.
fn summed(rows: &[Row]) -> BTreeMap<Timestamp, Power> {
    let mut parts: BTreeMap<(Timestamp, Part), Option<Power>> = BTreeMap::new();
    for row in rows {
        let power = row.power();
        let known = parts.entry((row.datetime, row.part())).or_insert(power);
        *known = known.filter(|known| Some(*known) == power);
    }
    let mut sums: BTreeMap<Timestamp, (Power, usize)> = BTreeMap::new();
    for ((start, _), power) in parts {
        let Some(power) = power else { continue };
        let (sum, count) = sums.entry(start).or_default();
        sum.middle += power.middle;
        sum.p10 += power.p10;
        sum.p90 += power.p90;
        *count += 1;
    }
    let all = sums.values().map(|(_, count)| *count).max().unwrap_or(0);
    let whole = sums.into_iter().filter(|(_, (_, count))| *count == all);
    whole.map(|(start, (sum, _))| (start, sum)).collect()
}
