//! What Open-Meteo answers, as weather. One place is an object, several are an array of such:
//!
//! ```json
//! {"latitude": 27.9, "longitude": -12.9, "utc_offset_seconds": 0,
//!  "hourly_units": {"time": "unixtime", "wind_speed_100m": "m/s", "shortwave_radiation": "W/m²"},
//!  "hourly": {"time": [1795168800, 1795172400], "wind_speed_100m": [9.4, null], "shortwave_radiation": [402.0, 455.0]}}
//! ```
//!
//! | column | its value at a time is | becomes |
//! | --- | --- | --- |
//! | wind, temperature | that instant | the mean of both ends of an hour |
//! | radiation | the mean of the hour that ends then | that hour |
//! | `.._member07` | a member of an ensemble; without a number, the control | a [`Member`] |
//!
//! So of N times come N - 1 hours. A null is missing. Texts are in the answer's own offset, numbers are UTC. Coordinates are
//! snapped to the weather model's grid: places are told apart by where they are, not by their order.

use std::collections::BTreeSet;

use jiff::Timestamp;
use jiff::civil::DateTime;
use jiff::tz::{Offset, TimeZone};
use serde::Deserialize;

use super::columns::{COLUMNS, Columns, TIME, member};
use super::named::{Column, Known, MOST_TIMES};
use super::places::{Place, Weather};
use crate::grid::bounded::{List, is_too_long};

/// Places of a large country.
const MOST_PLACES: usize = 200;
/// Values of a whole answer, as it is written and as it is read: a year of all columns at 28 places. A week at 17 has some 13,000,
/// four days of an ensemble of 51 there have 170,000.
const MOST_VALUES: usize = 1_000_000;

/// An answer that holds no weather.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum BadAnswer {
    /// The service complains; the text is its own.
    #[error("the answer is a complaint of the weather service: {0}")]
    Complaint(String),
    /// It is something else than JSON of this form. Only where, not what: a message must not repeat the body.
    #[error(
        "the answer is no weather of Open-Meteo (line {line}, column {column}); save what /v1/forecast or /v1/ensemble answers"
    )]
    Form {
        /// Of the first thing that is wrong.
        line: usize,
        /// Of the first thing that is wrong.
        column: usize,
    },
    /// It can be read and makes no sense.
    #[error("{0}")]
    Content(String),
}

#[derive(Deserialize)]
struct Body {
    #[serde(default)]
    error: bool,
    reason: Option<String>,
    latitude: Option<f64>,
    longitude: Option<f64>,
    #[serde(default)]
    utc_offset_seconds: i32,
    #[serde(default)]
    hourly_units: Known<String>,
    #[serde(default)]
    hourly: Known<Column>,
}

impl Body {
    /// The members that its columns are of.
    fn members(&self) -> BTreeSet<u32> {
        self.hourly.0.keys().filter_map(|name| member(name)).collect()
    }
}

/// Hours since 1970.
type Hour = i64;

/// Reads an answer of `/v1/forecast` or `/v1/ensemble`.
///
/// # Errors
/// [`BadAnswer`], with the first thing that is wrong and what to do.
pub fn read(bytes: &[u8]) -> Result<Weather, BadAnswer> {
    // Whatever its form, commas stand between them.
    if bytes.split(|byte| *byte == b',').count() > MOST_VALUES {
        return Err(content(too_many()));
    }
    let text = bytes.trim_ascii_start();
    let bodies: List<Body, MOST_PLACES> = if text.starts_with(b"[") {
        serde_json::from_slice(bytes).map_err(|error| misread(&error))?
    } else {
        List(vec![serde_json::from_slice(bytes).map_err(|error| misread(&error))?])
    };
    if let Some(complaint) = bodies.iter().find(|body| body.error) {
        let reason = complaint.reason.as_deref().unwrap_or("no reason given");
        return Err(BadAnswer::Complaint(readable(reason)));
    }
    if bodies.is_empty() {
        return Err(content(format!("the answer has 0 places; ask for 1 to {MOST_PLACES}")));
    }
    let times: Vec<Vec<Hour>> = bodies.iter().map(times).collect::<Result<_, _>>()?;
    let (first, last) = bounds(&times)?;
    let hours = (last - first) as usize;
    // Each member becomes as long as all of it, however little is known of it.
    let members: usize = bodies.iter().map(|body| body.members().len()).sum();
    if members * hours * COLUMNS > MOST_VALUES {
        return Err(content(too_many()));
    }
    let places = bodies.0.into_iter().zip(times);
    let places = places
        .map(|(body, times)| place(&body, &times, first, hours))
        .collect::<Result<_, _>>()?;
    let start = Timestamp::from_second(first * 3600);
    Ok(Weather {
        start: start.map_err(|_| content("the answer gives a time that no calendar has".into()))?,
        hours,
        places,
    })
}

fn place(body: &Body, times: &[Hour], first: Hour, hours: usize) -> Result<Place, BadAnswer> {
    let (Some(latitude), Some(longitude)) = (body.latitude, body.longitude) else {
        return Err(content("a place of the answer has no latitude or longitude".into()));
    };
    let columns = Columns {
        units: &body.hourly_units.0,
        named: &body.hourly.0,
        places: times.iter().map(|time| (time - first) as usize).collect(),
        hours,
    };
    let members = body.members().into_iter();
    let members = members.map(|number| columns.read(number)).collect::<Result<_, _>>()?;
    Ok(Place {
        latitude,
        longitude,
        members,
    })
}

/// The hours of a place, each after the one before.
fn times(body: &Body) -> Result<Vec<Hour>, BadAnswer> {
    let none = || content("a place of the answer has no hourly times; ask for `hourly`".into());
    let hours: Vec<Hour> = match body.hourly.0.get(TIME).ok_or_else(none)? {
        Column::Numbers(seconds) => seconds
            .iter()
            .map(|second| of_number(*second))
            .collect::<Result<_, _>>()?,
        Column::Texts(texts) => {
            let text = |text: &Option<String>| of_text(text.as_deref().unwrap_or_default(), body.utc_offset_seconds);
            texts.iter().map(text).collect::<Result<_, _>>()?
        }
    };
    let in_order = hours.windows(2).all(|pair| pair[0] < pair[1]);
    if hours.len() < 2 || !in_order {
        return Err(content(
            "the times of the answer are not one after the other, or fewer than two".into(),
        ));
    }
    if hours.windows(2).all(|pair| pair[1] - pair[0] > 1) {
        return Err(content(
            "the times of the answer are further apart than an hour; ask for `hourly` columns".into(),
        ));
    }
    Ok(hours)
}

fn of_number(second: Option<f64>) -> Result<Hour, BadAnswer> {
    let second = second.filter(|second| second.abs() < 1e11 && second.fract() == 0.0);
    of_second(second.ok_or_else(|| content("a time of the answer is no number of seconds".into()))? as i64)
}

fn of_text(text: &str, offset: i32) -> Result<Hour, BadAnswer> {
    let bad = || content("a time of the answer is no date with a time, such as 2026-11-20T10:00".into());
    let local: DateTime = text.parse().map_err(|_| bad())?;
    let offset = Offset::from_seconds(offset).map_err(|_| bad())?;
    let instant = local.to_zoned(TimeZone::fixed(offset)).map_err(|_| bad())?;
    of_second(instant.timestamp().as_second())
}

fn of_second(second: i64) -> Result<Hour, BadAnswer> {
    if second % 3600 != 0 {
        return Err(content(
            "a time of the answer is no full hour of UTC; ask with timezone=GMT".into(),
        ));
    }
    Ok(second / 3600)
}

/// The first and the last hour of all places.
fn bounds(times: &[Vec<Hour>]) -> Result<(Hour, Hour), BadAnswer> {
    let first = times.iter().filter_map(|hours| hours.first()).min();
    let last = times.iter().filter_map(|hours| hours.last()).max();
    let (first, last) = (*first.unwrap_or(&0), *last.unwrap_or(&0));
    if last - first >= MOST_TIMES as i64 {
        return Err(content(format!(
            "the answer spans more than {MOST_TIMES} hours; ask for fewer days"
        )));
    }
    Ok((first, last))
}

pub(super) fn content(what: String) -> BadAnswer {
    BadAnswer::Content(what)
}

fn too_many() -> String {
    format!("the answer has more than {MOST_VALUES} values; ask for fewer days or places")
}

fn misread(error: &serde_json::Error) -> BadAnswer {
    if is_too_long(error) {
        return content(format!(
            "the answer has more than {MOST_PLACES} places or {MOST_TIMES} times; ask for fewer"
        ));
    }
    BadAnswer::Form {
        line: error.line(),
        column: error.column(),
    }
}

fn readable(text: &str) -> String {
    text.chars().filter(|c| !c.is_control()).take(200).collect()
}
