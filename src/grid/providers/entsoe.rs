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
//! Share: wind, sun and what hydro, biomass and geothermal gave at the same time of the last day of which every kind of plant
//! is known (one to three days before), over load. Intensity: wind and sun at their factors, all other generation at that of
//! what else ran then; imports are not counted.
//! Where none of its plants run on wind, or sun, nobody forecasts any, and there is none; where some do, what is not forecast is
//! unknown. Forecasts of wind and sun for tomorrow are due at 18:00 in Brussels: until then the series ends at midnight there.

use std::collections::BTreeMap;
use std::time::Duration;

use jiff::{SignedDuration, Timestamp};

use super::entsoe_xml::{self, Amount, TimeSeries};
use super::reading::{answer, floor, later, nothing, whole};
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
    // On slow days it answers all the same, after a minute or more.
    longest: Duration::from_secs(90),
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
/// Megawatts by fuel, once for each kind of plant.
type Rest = Vec<(Fuel, f64)>;

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
        let [variable, total, past] = bodies else {
            return Err(nothing());
        };
        let (variable, lack) = match entsoe_xml::read(variable) {
            Err(lack @ SourceError::NoData(_)) => (Vec::new(), Some(lack)),
            read => (read?, None),
        };
        let variable = by_fuel(by_kind(variable.iter())?);
        let total = entsoe_xml::read(total)?;
        // What pumps take stands beside what plants give, and at times what plants give beside the load.
        let is_load = signal == Signal::RenewableShare && total.iter().any(|series| series.is_consumption);
        let total = by_fuel(by_kind(total.iter().filter(|series| series.is_consumption == is_load))?);
        let past = entsoe_xml::read(past)?;
        let past = by_kind(past.iter().filter(|series| !series.is_consumption))?;
        let runs = |what: Fuel| past.keys().any(|kind| fuel(kind) == what);
        if let Some(lack) = lack.filter(|_| runs(Fuel::Wind) || runs(Fuel::Solar)) {
            return Err(lack);
        }
        let ahead = |fuel: Fuel, start: &Timestamp| match variable.get(&fuel) {
            Some(curve) => curve.get(start).copied(),
            None => (!runs(fuel)).then_some(0.0),
        };
        let rests = rest(&past);
        let Some(total) = total.get(&Fuel::Unknown) else {
            return Err(nothing());
        };
        let point = |(start, total): (&Timestamp, &f64)| {
            let (wind, sun) = (ahead(Fuel::Wind, start)?, ahead(Fuel::Solar, start)?);
            let rest = rest_at(&rests, *start)?;
            let value = match signal {
                Signal::RenewableShare => share(wind + sun, *total, rest)?,
                _ => intensity(wind, sun, *total, rest, basis)?,
            };
            Some(Point::of(Slot::of(*start, QUARTER), value))
        };
        let points: Vec<Point> = total.iter().filter_map(point).collect();
        answer(points, Some(now), Certainty::Estimated)
    }

    fn complaint(&self, status: u16, body: &str, _: Timestamp) -> Option<SourceError> {
        match status {
            // Formerly with 400, today with 200.
            400 => entsoe_xml::read(body.as_bytes()).err(),
            // What it refuses it acknowledges: these are of days on which it is moved, or overrun.
            404 | 408 => Some(SourceError::Unreachable(format!(
                "it answers {status} as if it were not there; it is asked again soon, and if that stays, check the endpoint"
            ))),
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
fn rest_at(past: &BTreeMap<Timestamp, Rest>, start: Timestamp) -> Option<&Rest> {
    (1..=3).find_map(|days: i32| past.get(&later(start, -DAY * days)))
}

/// What ran besides wind, sun and storage, in the quarters of an hour of which every kind of plant is published.
fn rest(kinds: &BTreeMap<&str, Curve>) -> BTreeMap<Timestamp, Rest> {
    let mut quarters: BTreeMap<Timestamp, BTreeMap<&str, f64>> = BTreeMap::new();
    // Storage that takes power gives none, and has no value then.
    let steady = kinds
        .iter()
        .filter(|(kind, _)| !matches!(fuel(kind), Fuel::Wind | Fuel::Solar | Fuel::Storage));
    for (kind, curve) in steady {
        for (quarter, power) in curve {
            quarters.entry(*quarter).or_default().insert(kind, *power);
        }
    }
    let by_fuel = |kinds: BTreeMap<&str, f64>| kinds.into_iter().map(|(kind, power)| (fuel(kind), power)).collect();
    let quarters = whole(quarters).into_iter();
    quarters.map(|(quarter, kinds)| (quarter, by_fuel(kinds))).collect()
}

/// One curve a fuel; several kinds of plant of one fuel add up, and a quarter that lacks one of them is unknown.
fn by_fuel(kinds: BTreeMap<&str, Curve>) -> BTreeMap<Fuel, Curve> {
    let mut fuels: BTreeMap<Fuel, Curve> = BTreeMap::new();
    for (kind, curve) in kinds {
        let add =
            |sum: &mut Curve| sum.retain(|quarter, power| curve.get(quarter).map(|more| *power += more).is_some());
        fuels.entry(fuel(kind)).and_modify(add).or_insert(curve);
    }
    fuels
}

/// One curve a kind of plant, in quarters of an hour. Where a kind comes in two resolutions, the finer one counts.
///
/// # Errors
/// [`SourceError::Implausible`] where one resolution says two things of one quarter.
fn by_kind<'a>(all: impl Iterator<Item = &'a TimeSeries>) -> Result<BTreeMap<&'a str, Curve>, SourceError> {
    let mut kinds: BTreeMap<&str, Vec<&Amount>> = BTreeMap::new();
    for series in all {
        let kind = series.psr.as_deref().unwrap_or_default();
        kinds.entry(kind).or_default().extend(&series.values);
    }
    let curve = |mut amounts: Vec<&Amount>| {
        amounts.sort_by_key(|amount| amount.step);
        let mut curve: BTreeMap<Timestamp, &Amount> = BTreeMap::new();
        for amount in amounts {
            for quarter in quarters(&amount.slot) {
                let known = curve.entry(quarter).or_insert(amount);
                if known.step == amount.step && known.power != amount.power {
                    let what = "it gives one quarter of an hour twice, with different values; it is asked again later";
                    return Err(SourceError::Implausible(what.into()));
                }
            }
        }
        let curve = curve.into_iter().map(|(quarter, amount)| (quarter, amount.power));
        Ok(curve.collect())
    };
    let kinds = kinds.into_iter().map(|(kind, amounts)| Ok((kind, curve(amounts)?)));
    kinds.collect()
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
