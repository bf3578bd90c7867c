//! NESO's Carbon Intensity API: Great Britain and its 17 regions, two days ahead in half hours. No key, CC BY 4.0.
//!
//! `GET /intensity/{from}/fw48h` for the nation, and with the mix for a region `GET /regional/intensity/{from}/fw48h/regionid/13`, of
//! which number 18 is the nation:
//! ```json
//! {"data": {"regionid": 13, "postcode": "EC1", "data": [{"from": "2026-11-20T10:00Z", "to": "2026-11-20T10:30Z",
//!  "intensity": {"forecast": 120, "index": "moderate"}, "generationmix": [{"fuel": "wind", "perc": 35}]}]}}
//! ```
//! The documents show `data` of a region as a list, the service gives an object: both are read. Emissions at the stack only.
//! Renewable are wind, solar, hydro and biomass of the mix; imports are not.

use jiff::Timestamp;
use serde::Deserialize;

use super::reading::{Number, answer, begun, first, json, known, nothing};
use super::{Host, Request, Service};
use crate::grid::answer::Answer;
use crate::grid::bounded::List;
use crate::grid::error::SourceError;
use crate::grid::spec::Provider;
use crate::planner::{Certainty, Point};
use crate::units::{Basis, Flow, Signal, Slot};

pub(super) const HOST: Host = Host {
    name: "NESO",
    provider: Provider::Neso,
    origin: Some("https://api.carbonintensity.org.uk"),
    place: "region",
    serves: &[Signal::CarbonIntensity, Signal::RenewableShare],
    // Of electricity consumed, imports by the factor of their origin.
    flow: Some(Flow::Consumption),
    ..Host::USUAL
};

/// Two days have 97 half hours.
const MOST_ROWS: usize = 1_000;
/// It tells nine apart.
const MOST_FUELS: usize = 100;
/// As many as there are.
const MOST_REGIONS: usize = 18;

/// The number of the nation among the regions.
const NATION: u32 = 18;

/// The forecast of Great Britain or a region of it.
#[derive(Clone, Debug, PartialEq)]
pub struct Neso {
    /// Where.
    pub place: NesoPlace,
    /// Another origin that speaks the same API.
    pub endpoint: Option<String>,
}

/// A place in Great Britain.
#[derive(Clone, Debug, PartialEq)]
pub enum NesoPlace {
    /// All of it.
    Nation,
    /// A region by its number, 1 to 17.
    Region(u32),
    /// The region of the first half of a postcode, for example EC1.
    Postcode(String),
}

#[derive(Deserialize)]
struct Body<T> {
    data: Option<T>,
}

#[derive(Deserialize)]
struct Region {
    regionid: Option<u32>,
    data: Rows,
}

type Rows = List<Row, MOST_ROWS>;

#[derive(Deserialize)]
struct Row {
    from: Timestamp,
    to: Timestamp,
    intensity: Option<Forecast>,
    #[serde(default)]
    generationmix: List<Part, MOST_FUELS>,
}

#[derive(Deserialize)]
struct Forecast {
    forecast: Option<Number>,
}

#[derive(Deserialize)]
struct Part {
    fuel: String,
    perc: Option<Number>,
}

impl Row {
    fn share(&self) -> Option<f64> {
        let of = |fuel| {
            let part = self.generationmix.iter().find(|part| part.fuel == fuel)?;
            known(part.perc)
        };
        // One that is unknown or absent makes the sum unknown.
        let percent: Option<f64> = ["wind", "solar", "hydro", "biomass"].into_iter().map(of).sum();
        percent.map(|percent| percent / 100.0)
    }

    fn intensity(&self) -> Option<f64> {
        known(self.intensity.as_ref()?.forecast)
    }
}

impl Service for Neso {
    fn host(&self) -> &'static Host {
        &HOST
    }

    fn place(&self) -> String {
        match &self.place {
            NesoPlace::Nation => "GB".into(),
            NesoPlace::Region(id) => id.to_string(),
            NesoPlace::Postcode(postcode) => postcode.clone(),
        }
    }

    fn endpoint(&self) -> Option<&str> {
        self.endpoint.as_deref()
    }

    fn basis(&self, signal: Signal, asked: Basis) -> Basis {
        match signal {
            Signal::RenewableShare => asked,
            _ => Basis::Direct,
        }
    }

    fn requests(&self, signal: Signal, _: Basis, now: Timestamp) -> Result<Vec<Request>, SourceError> {
        let from = now.strftime("%Y-%m-%dT%H:%MZ").to_string();
        let region = |id: u32| Request::to(["regional", "intensity", &from, "fw48h", "regionid", &id.to_string()]);
        let request = match &self.place {
            NesoPlace::Nation if signal == Signal::RenewableShare => region(NATION),
            NesoPlace::Nation => Request::to(["intensity", &from, "fw48h"]),
            NesoPlace::Region(id) => region(*id),
            NesoPlace::Postcode(postcode) => {
                Request::to(["regional", "intensity", &from, "fw48h", "postcode", postcode])
            }
        };
        Ok(vec![request])
    }

    fn read(&self, bodies: &[Vec<u8>], signal: Signal, _: Basis, now: Timestamp) -> Result<Answer, SourceError> {
        let rows = self.rows(first(bodies))?;
        let point = |row: &Row| {
            let value = match signal {
                Signal::RenewableShare => row.share(),
                _ => row.intensity(),
            };
            Some(Point::of(
                Slot {
                    start: row.from,
                    end: row.to,
                },
                value?,
            ))
        };
        let points: Vec<Point> = rows.iter().filter_map(point).collect();
        let issued_at = begun(rows.iter().map(|row| row.from), now);
        answer(points, issued_at, Certainty::Published)
    }

    fn complaint(&self, status: u16, _: &str, _: Timestamp) -> Option<SourceError> {
        let what = "it does not know this region; write a number from 1 to 17 or the first half of a postcode";
        (status == 400 && self.place != NesoPlace::Nation).then(|| SourceError::Refused(what.into()))
    }
}

impl Neso {
    /// The rows of a body: of a region, of the first of a list of regions, or of the nation.
    fn rows(&self, body: &[u8]) -> Result<Rows, SourceError> {
        // One after the other, because serde would keep a copy of what it has not understood yet.
        if let Ok(Body::<Region> { data }) = json(body) {
            return self.own(data);
        }
        if let Ok(Body::<List<Region, MOST_REGIONS>> { data }) = json(body) {
            return self.own(data.and_then(|regions| regions.0.into_iter().next()));
        }
        json::<Body<Rows>>(body)?.data.ok_or_else(nothing)
    }

    /// The rows of our own region.
    fn own(&self, region: Option<Region>) -> Result<Rows, SourceError> {
        let region = region.ok_or_else(nothing)?;
        let asked = match &self.place {
            NesoPlace::Nation => Some(NATION),
            NesoPlace::Region(id) => Some(*id),
            NesoPlace::Postcode(_) => None,
        };
        match (asked, region.regionid) {
            (Some(asked), Some(given)) if asked != given => Err(SourceError::Refused(
                "it answers for another region; check the region".into(),
            )),
            _ => Ok(region.data),
        }
    }
}
