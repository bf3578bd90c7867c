//! Reading what services write, without ever repeating it: a message must not hand on what stood in a body.

use std::collections::BTreeMap;

use jiff::civil::DateTime;
use jiff::tz::TimeZone;
use jiff::{SignedDuration, Timestamp};
use serde::Deserialize;
use serde::de::DeserializeOwned;

use crate::grid::answer::Answer;
use crate::grid::bounded::{Scalar, is_too_long};
use crate::grid::error::SourceError;
use crate::planner::{Certainty, Point};

/// The body of a service that is asked one thing; empty where there is none.
pub(super) fn first(bodies: &[Vec<u8>]) -> &[u8] {
    bodies.first().map(Vec::as_slice).unwrap_or_default()
}

/// A body as JSON. serde_json itself goes no deeper than 128 levels.
pub(super) fn json<T: DeserializeOwned>(body: &[u8]) -> Result<T, SourceError> {
    // Whoever reads may pass over a byte order mark (RFC 8259 §8.1); servers in .NET write some.
    let body = body.strip_prefix(b"\xef\xbb\xbf").unwrap_or(body);
    if body.trim_ascii_start().starts_with(b"<") {
        return Err(web_page());
    }
    // Only where, not what.
    serde_json::from_slice(body).map_err(|error| {
        let place = format!("line {}, column {}", error.line(), error.column());
        SourceError::Unreadable(if is_too_long(&error) {
            format!(
                "its JSON has a longer list than any forecast ({place}); check the endpoint, and what it is asked for"
            )
        } else {
            format!("its JSON is not a forecast ({place}); check the endpoint")
        })
    })
}

/// Refuses a page, from a service that writes something else: proxies answer with pages, and say 200.
pub(super) fn no_web_page(body: &[u8]) -> Result<(), SourceError> {
    let body = body.trim_ascii_start();
    let begins = |mark: &[u8]| body.len() >= mark.len() && body[..mark.len()].eq_ignore_ascii_case(mark);
    if begins(b"<html") || begins(b"<!doctype") {
        return Err(web_page());
    }
    Ok(())
}

fn web_page() -> SourceError {
    SourceError::Unreadable(
        "a web page comes back instead of a forecast; check whether a proxy stands in the way".into(),
    )
}

/// A pound a megawatt-hour in gCO2e/kWh.
pub(super) const POUND_PER_MEGAWATT_HOUR: f64 = 0.453_592_37;

/// A number that some write as text. Nothing, `NaN` and the like are unknown, and no number here.
#[derive(Clone, Copy, Debug, Deserialize)]
#[serde(from = "Scalar")]
pub(in crate::grid) struct Number(f64);

impl From<Scalar> for Number {
    fn from(scalar: Scalar) -> Self {
        Self(match scalar {
            Scalar::Number(number) => number,
            Scalar::Text(text) => text.trim().parse().unwrap_or(f64::NAN),
        })
    }
}

impl Number {
    /// The number, where it is one.
    pub(in crate::grid) fn value(self) -> Option<f64> {
        self.0.is_finite().then_some(self.0)
    }
}

/// Whether a body says these words, which are lower-case, in whichever case.
pub(super) fn says(body: &str, words: &str) -> bool {
    body.to_ascii_lowercase().contains(words)
}

/// What is known of an optional number.
pub(super) fn known(number: Option<Number>) -> Option<f64> {
    number.and_then(Number::value)
}

/// A time without an offset, from a service whose times are UTC.
pub(super) fn utc(text: &str) -> Result<Timestamp, SourceError> {
    let civil: DateTime = text
        .parse()
        .map_err(|_| SourceError::Unreadable("it gives a time that cannot be read; it is asked again later".into()))?;
    instant(civil.to_zoned(TimeZone::UTC).map(|zoned| zoned.timestamp()))
}

/// An instant that a calculation gave.
pub(super) fn instant(calculated: Result<Timestamp, jiff::Error>) -> Result<Timestamp, SourceError> {
    calculated.map_err(|_| SourceError::Unreadable("it gives a time that no calendar has".into()))
}

/// `now` without what is below `step`.
pub(super) fn floor(now: Timestamp, step: SignedDuration) -> Timestamp {
    let step = step.as_secs().max(1);
    let second = now.as_second();
    Timestamp::from_second(second - second.rem_euclid(step)).unwrap_or(now)
}

/// `now` and so much later, at the end of time at the latest.
pub(super) fn later(now: Timestamp, by: SignedDuration) -> Timestamp {
    let end = if by.is_negative() {
        Timestamp::MIN
    } else {
        Timestamp::MAX
    };
    now.saturating_add(by).unwrap_or(end)
}

/// These points as an answer.
///
/// # Errors
/// [`SourceError::NoData`] where there are none.
pub(super) fn answer(
    points: Vec<Point>,
    issued_at: Option<Timestamp>,
    certainty: Certainty,
) -> Result<Answer, SourceError> {
    if points.is_empty() {
        return Err(nothing());
    }
    Ok(Answer {
        points,
        issued_at,
        certainty,
        source: None,
        weakness: None,
    })
}

/// The slots that have every fuel which most slots have: without one of them, a share would be wrong and nobody would see it.
pub(super) fn whole<K: Ord + Clone>(
    slots: BTreeMap<Timestamp, BTreeMap<K, f64>>,
) -> BTreeMap<Timestamp, BTreeMap<K, f64>> {
    let mut counts: BTreeMap<K, usize> = BTreeMap::new();
    for fuel in slots.values().flat_map(BTreeMap::keys) {
        *counts.entry(fuel.clone()).or_default() += 1;
    }
    let most = slots.len() / 2;
    counts.retain(|_, count| *count > most);
    let is_whole = |amounts: &BTreeMap<K, f64>| counts.keys().all(|fuel| amounts.contains_key(fuel));
    slots
        .into_iter()
        .filter(|(_, amounts)| !amounts.is_empty() && is_whole(amounts))
        .collect()
}

/// When an answer was made that does not say so: at the latest when its first slot began, for it is asked for those from now on.
pub(super) fn begun(starts: impl Iterator<Item = Timestamp>, now: Timestamp) -> Option<Timestamp> {
    starts.min().map(|first| first.min(now))
}

/// Where a document holds nothing at all.
pub(super) fn nothing() -> SourceError {
    SourceError::NoData("it has no data for the time to come; it is asked again later".into())
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::grid::bounded::List;

    #[test]
    fn what_stands_for_nothing_is_unknown_and_never_zero() {
        let numbers: Vec<Number> = serde_json::from_str(r#"["412.5", 7, "NaN", "", "+Inf", " 3 "]"#).unwrap();
        let values: Vec<_> = numbers.into_iter().map(Number::value).collect();
        assert_eq!(values, [Some(412.5), Some(7.0), None, None, None, Some(3.0)]);
    }

    #[test]
    fn a_document_nested_without_end_is_refused() {
        let deep = "[".repeat(10_000);
        assert!(json::<serde_json::Value>(deep.as_bytes()).is_err());
    }

    #[test]
    fn a_list_that_is_too_long_is_told_as_such() {
        let error = json::<List<u8, 2>>(b"[1, 2, 3]").unwrap_err().to_string();
        assert!(
            error.contains("longer list than any forecast (line 1, column 9)"),
            "{error}"
        );
    }

    #[test]
    fn a_naive_time_of_a_service_that_means_utc_is_utc() {
        assert_eq!(utc("2026-11-20T10:00:00").unwrap().to_string(), "2026-11-20T10:00:00Z");
        assert!(utc("soon").is_err());
    }
}
