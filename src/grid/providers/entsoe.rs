//! ENTSO-E Transparency Platform: renewable share and carbon intensity of a European area, computed from the day-ahead forecasts
//! of its operator. Needs a free token; free reuse with attribution.
//!
//! `GET /api?documentType=A69&processType=A01&in_Domain=10YES-REE------0&periodStart=202611200000&periodEnd=...` gives a document
//! of `super::entsoe_xml`. Three are asked for:
//!
//! | document | what | for |
//! | --- | --- | --- |
//! | A69 | wind and sun, day ahead | both |
//! | A65 | load, day ahead | share |
//! | A71 | all generation, day ahead | intensity |
//! | A75 | generation by kind, the last days | both: what else runs |
//!
//! Share: wind, sun and what hydro, biomass and geothermal gave at the same time of the last day that is known (one to three days
//! before), over load. Intensity: wind and sun at their factors, all other generation at that of what else ran then; imports are
//! not counted.
//! Forecasts of wind and sun for tomorrow are due at 18:00 in Brussels: until then the series ends at midnight there.

use std::collections::BTreeMap;

use jiff::{SignedDuration, Timestamp};

use super::entsoe_xml::{self, TimeSeries};
use super::reading::{answer, floor, later, nothing};
use super::{Host, Key, Request, Service};
use crate::grid::answer::Answer;
use crate::grid::error::SourceError;
use crate::grid::factors::{Fuel, Mix};
use crate::grid::secrets::SecretKey;
use crate::grid::spec::Provider;
use crate::planner::{Certainty, Point};
use crate::units::{Basis, Flow, Signal, Slot};

pub(super) const HOST: Host = Host {
    name: "ENTSO-E",
    provider: Provider::Entsoe,
    origin: Some("https://web-api.tp.entsoe.eu"),
    place: "area",
    serves: &[Signal::RenewableShare, Signal::CarbonIntensity],
    flow: Some(Flow::Production),
    // Whoever asks too often is banned for ten minutes.
    patience: SignedDuration::from_mins(10),
    every: SignedDuration::from_mins(30),
    ..Host::USUAL
};

const QUARTER: SignedDuration = SignedDuration::from_mins(15);
const DAY: SignedDuration = SignedDuration::from_hours(24);

/// The forecast of an area.
#[derive(Clone, Debug, PartialEq)]
pub struct Entsoe {
    /// Its EIC code, for example 10YES-REE------0.
    pub area: String,
    /// The token.
    pub secret: SecretKey,
    /// Another origin that speaks the same API.
    pub endpoint: Option<String>,
}

/// Megawatts by quarter of an hour.
type Curve = BTreeMap<Timestamp, f64>;

impl Service for Entsoe {
    fn host(&self) -> &'static Host {
        &HOST
    }

    fn place(&self) -> String {
        self.area.clone()
    }

    fn endpoint(&self) -> Option<&str> {
        self.endpoint.as_deref()
    }

    fn key(&self) -> Option<Key<'_>> {
        Some(Key::Query("securityToken", &self.secret))
    }

    fn basis(&self, _: Signal, asked: Basis) -> Basis {
        asked.or(Basis::LifeCycle)
    }

    fn requests(&self, signal: Signal, _: Basis, now: Timestamp) -> Result<Vec<Request>, SourceError> {
        let hour = floor(now, SignedDuration::from_hours(1));
        let request = |kind, process, area, from: Timestamp, until: Timestamp| {
            let minute = |instant: Timestamp| instant.strftime("%Y%m%d%H%M").to_string();
            Request::to(["api"])
                .with("documentType", kind)
                .with("processType", process)
                .with(area, &*self.area)
                .with("periodStart", minute(from))
                .with("periodEnd", minute(until))
        };
        let ahead = later(hour, DAY * 2);
        let whole = match signal {
            Signal::RenewableShare => request("A65", "A01", "outBiddingZone_Domain", hour, ahead),
            _ => request("A71", "A01", "in_Domain", hour, ahead),
        };
        Ok(vec![
            request("A69", "A01", "in_Domain", hour, ahead),
            whole,
            request("A75", "A16", "in_Domain", later(hour, -DAY * 2), hour),
        ])
    }

    fn read(&self, bodies: &[Vec<u8>], signal: Signal, basis: Basis, now: Timestamp) -> Result<Answer, SourceError> {
        let [variable, whole, past] = bodies else {
            return Err(nothing());
        };
        let variable = by_fuel(entsoe_xml::read(variable)?.iter(), true);
        let whole = entsoe_xml::read(whole)?;
        // What pumps take stands beside what plants give; of load, it is all there is.
        let is_wanted = |series: &&TimeSeries| signal == Signal::RenewableShare || !series.is_consumption;
        let whole = by_fuel(whole.iter().filter(is_wanted), true);
        let past = entsoe_xml::read(past)?;
        let past = by_fuel(past.iter().filter(|series| !series.is_consumption), false);
        let Some(whole) = whole.get(&Fuel::Unknown) else {
            return Err(nothing());
        };
        let point = |(start, whole): (&Timestamp, &f64)| {
            let wind = variable.get(&Fuel::Wind)?.get(start)?;
            let sun = variable.get(&Fuel::Solar)?.get(start)?;
            let rest = rest_at(&past, *start)?;
            let value = match signal {
                Signal::RenewableShare => share(wind + sun, *whole, &rest)?,
                _ => intensity(*wind, *sun, *whole, &rest, basis)?,
            };
            Some(Point::of(Slot::of(*start, QUARTER), value))
        };
        let points: Vec<Point> = whole.iter().filter_map(point).collect();
        answer(points, Some(now), Certainty::Estimated)
    }

    fn complaint(&self, status: u16, body: &str) -> Option<SourceError> {
        match status {
            // Formerly with 400, today with 200.
            400 => entsoe_xml::read(body.as_bytes()).err(),
            _ => None,
        }
    }
}

/// Renewable power over load, where there is any.
fn share(variable: f64, load: f64, rest: &[(Fuel, f64)]) -> Option<f64> {
    let steady: f64 = rest
        .iter()
        .filter(|(fuel, _)| fuel.is_renewable())
        .map(|(_, power)| power.max(0.0))
        .sum();
    (load > 0.0).then(|| (variable + steady) / load)
}

/// gCO2e/kWh of all generation: what is neither wind nor sun is made as `rest` was.
fn intensity(wind: f64, sun: f64, whole: f64, rest: &[(Fuel, f64)], basis: Basis) -> Option<f64> {
    let factor = Mix::of(rest.iter().copied(), basis).intensity()?;
    let factors = (Fuel::Wind.intensity(basis)?, Fuel::Solar.intensity(basis)?);
    let other = (whole - wind - sun).max(0.0);
    let total = wind + sun + other;
    (total > 0.0).then(|| (wind * factors.0 + sun * factors.1 + other * factor) / total)
}

/// What ran besides wind and sun at the same time a day before, or two or three: the last hours of actual generation come late,
/// and the forecast goes two days ahead.
fn rest_at(past: &BTreeMap<Fuel, Curve>, start: Timestamp) -> Option<Vec<(Fuel, f64)>> {
    let at = |days: i32| {
        let then = later(start, -DAY * days);
        let rest = past
            .iter()
            .filter(|(fuel, _)| !matches!(fuel, Fuel::Wind | Fuel::Solar));
        let rest: Vec<_> = rest
            .filter_map(|(fuel, curve)| Some((*fuel, *curve.get(&then)?)))
            .collect();
        (!rest.is_empty()).then_some(rest)
    };
    (1..=3).find_map(at)
}

/// One curve a fuel, in quarters of an hour; several kinds of plant of one fuel add up, and where the sum `needs_all` of them, a
/// quarter that lacks one is unknown. Where a kind comes in two resolutions, the finer one counts.
fn by_fuel<'a>(all: impl Iterator<Item = &'a TimeSeries>, needs_all: bool) -> BTreeMap<Fuel, Curve> {
    let mut kinds: BTreeMap<&str, BTreeMap<Timestamp, (SignedDuration, f64)>> = BTreeMap::new();
    for series in all {
        let curve = kinds.entry(series.psr.as_deref().unwrap_or_default()).or_default();
        for (slot, power) in &series.values {
            let step = slot.length();
            for quarter in quarters(slot) {
                let known = curve.entry(quarter).or_insert((step, *power));
                if step < known.0 {
                    *known = (step, *power);
                }
            }
        }
    }
    let mut fuels: BTreeMap<Fuel, Vec<_>> = BTreeMap::new();
    for (kind, curve) in kinds {
        fuels.entry(fuel(kind)).or_default().push(curve);
    }
    let sum = |curves: Vec<BTreeMap<Timestamp, (SignedDuration, f64)>>| {
        let mut sums: BTreeMap<Timestamp, (f64, usize)> = BTreeMap::new();
        for (quarter, (_, power)) in curves.iter().flatten() {
            let (sum, count) = sums.entry(*quarter).or_default();
            *sum += power;
            *count += 1;
        }
        let known = sums
            .into_iter()
            .filter(|(_, (_, count))| !needs_all || *count == curves.len());
        known.map(|(quarter, (sum, _))| (quarter, sum)).collect()
    };
    fuels.into_iter().map(|(fuel, curves)| (fuel, sum(curves))).collect()
}

/// The starts of the quarters of an hour in a slot of a week at most.
fn quarters(slot: &Slot) -> impl Iterator<Item = Timestamp> {
    let (end, most) = (slot.end, 7 * 96);
    let next = |quarter: &Timestamp| quarter.checked_add(QUARTER).ok();
    std::iter::successors(Some(slot.start), next)
        .take_while(move |quarter| *quarter < end)
        .take(most)
}

/// What a kind of plant burns. Load and totals have no kind.
fn fuel(psr: &str) -> Fuel {
    match psr {
        // Other renewables emit as biomass does, or less.
        "B01" | "B15" => Fuel::Biomass,
        "B02" | "B03" | "B05" | "B07" | "B08" => Fuel::Coal,
        "B04" => Fuel::Gas,
        "B06" => Fuel::Oil,
        "B09" => Fuel::Geothermal,
        "B10" | "B25" => Fuel::Storage,
        "B11" | "B12" | "B13" => Fuel::Hydro,
        "B14" => Fuel::Nuclear,
        "B16" => Fuel::Solar,
        "B18" | "B19" => Fuel::Wind,
        _ => Fuel::Unknown,
    }
}
