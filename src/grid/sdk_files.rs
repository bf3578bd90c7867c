//! What the Carbon Aware SDK and its exporters write into files and ConfigMaps, in gCO2e/kWh:
//!
//! ```json
//! {"Date": "2026-11-20", "Emissions": [{"Location": "eastus", "Time": "2026-11-20T10:00:00+00:00", "Rating": "412.5",
//!  "Duration": "01:00:00"}]}
//! ```
//! (its JSON data source; a list of such documents too), and of the Azure exporter's ConfigMap, under the key `data`:
//! ```json
//! [{"location": "westeurope", "timestamp": "2026-11-20T10:00:00Z", "duration": 5, "value": 214.9}]
//! ```
//! The exporter's other keys are not trusted: the least and greatest of its forks mean different things.

use jiff::{SignedDuration, Timestamp};
use serde::Deserialize;

use super::answer::Answer;
use super::error::SourceError;
use super::providers::{CarbonAwareRow, Number};
use crate::planner::{Certainty, Point};
use crate::units::Slot;

enum Text {
    One(Document),
    Rows(Vec<CarbonAwareRow>),
    Many(Vec<Document>),
}

#[derive(Deserialize)]
#[serde(rename_all = "PascalCase")]
struct Document {
    generated_at: Option<Timestamp>,
    emissions: Vec<Emission>,
}

#[derive(Deserialize)]
#[serde(rename_all = "PascalCase")]
struct Emission {
    location: Option<String>,
    time: Timestamp,
    rating: Option<Number>,
    duration: String,
}

/// The points of a text of either shape, of one `location`; `None` for a text of neither.
pub(super) fn read(name: &str, text: &str, location: Option<&str>) -> Option<Result<Answer, SourceError>> {
    let begin = text.trim_start();
    let is_document = begin.starts_with('{') && text.contains("\"Emissions\"");
    if !is_document && !begin.starts_with('[') {
        return None;
    }
    let Ok(parsed) = Text::parse(text) else {
        return Some(Err(SourceError::Unreadable(format!(
            "{name} is no list of values as the Carbon Aware SDK writes them; write \
             [{{\"location\": \"ma\", \"timestamp\": \"2026-11-25T12:00:00Z\", \"duration\": 60, \"value\": 418}}]"
        ))));
    };
    Some(answer(name, parsed, location))
}

impl Text {
    /// One after the other, because serde would keep a copy of what it has not understood yet.
    fn parse(text: &str) -> serde_json::Result<Self> {
        let one = serde_json::from_str(text).map(Self::One);
        let rows = one.or_else(|_| serde_json::from_str(text).map(Self::Rows));
        rows.or_else(|_| serde_json::from_str(text).map(Self::Many))
    }
}

fn answer(name: &str, text: Text, location: Option<&str>) -> Result<Answer, SourceError> {
    let documents = match text {
        Text::One(document) => vec![document],
        Text::Many(documents) => documents,
        Text::Rows(rows) => {
            // The exporter leaves out a value of 0; where no row has a value, they are called otherwise.
            let left_out = rows.iter().any(CarbonAwareRow::has_value).then_some(0.0);
            let points = rows.into_iter();
            let points = points.filter_map(|row| Some((row.point(left_out)?, row.location)));
            let points = points.map(|(point, of)| (of, point)).collect();
            return of_location(name, points, location, None);
        }
    };
    let issued_at = documents.iter().filter_map(|document| document.generated_at).max();
    let mut points = Vec::new();
    for emission in documents.into_iter().flat_map(|document| document.emissions) {
        // A slot that is missing.
        let Some(rating) = emission.rating else { continue };
        let point = emission.point(rating).ok_or_else(|| {
            SourceError::Unreadable(format!(
                "{name} has a Duration or a Rating that cannot be read at {}; write 01:00:00 and 412.5",
                emission.time
            ))
        })?;
        points.push((emission.location, point));
    }
    of_location(name, points, location, issued_at)
}

/// The rows of one location.
fn of_location(
    name: &str,
    rows: Vec<(Option<String>, Point)>,
    location: Option<&str>,
    issued_at: Option<Timestamp>,
) -> Result<Answer, SourceError> {
    let first = rows.first().and_then(|(of, _)| of.clone());
    if location.is_none() && rows.iter().any(|(of, _)| *of != first) {
        return Err(SourceError::Unreadable(format!(
            "{name} has the rows of several locations; name one with location"
        )));
    }
    let is_ours = |of: &Option<String>| match (location, of) {
        (Some(location), Some(of)) => of.eq_ignore_ascii_case(location),
        _ => true,
    };
    let ours = rows.into_iter().filter(|(of, _)| is_ours(of));
    let points: Vec<Point> = ours.map(|(_, point)| point).collect();
    if points.is_empty() {
        return Err(SourceError::Unreadable(format!(
            "{name} has no rows of this location; check the location, or write at least one"
        )));
    }
    Ok(Answer {
        points,
        issued_at,
        certainty: Certainty::Published,
        source: None,
        weakness: None,
    })
}

impl Emission {
    fn point(&self, rating: Number) -> Option<Point> {
        Some(Point::of(
            Slot::of(self.time, time_span(&self.duration)?),
            rating.value()?,
        ))
    }
}

/// A time as .NET writes it: `[days.]hh:mm:ss[.fraction]`, of which the fraction does not count.
fn time_span(text: &str) -> Option<SignedDuration> {
    let [hours, minutes, seconds] = text.split(':').collect::<Vec<_>>()[..] else {
        return None;
    };
    let (days, hours) = hours.split_once('.').unwrap_or(("0", hours));
    let (seconds, _) = seconds.split_once('.').unwrap_or((seconds, ""));
    let all = [(days, 86_400), (hours, 3600), (minutes, 60), (seconds, 1)];
    let seconds = all.into_iter().try_fold(0_i64, |sum, (number, unit)| {
        sum.checked_add(number.parse::<i64>().ok()?.checked_mul(unit)?)
    });
    seconds.map(SignedDuration::from_secs)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::units::Signal;

    const SDK: &str = r#"{"Date":"2026-11-20","Emissions":[
        {"Location":"eastus","Time":"2026-11-20T11:00:00+00:00","Rating":300,"Duration":"01:00:00"},
        {"Location":"eastus","Time":"2026-11-20T10:00:00+00:00","Rating":"412.5","Duration":"01:00:00"},
        {"Location":"westus","Time":"2026-11-20T10:00:00+00:00","Rating":9,"Duration":"01:00:00"}]}"#;
    const AZURE: &str = r#"[{"location":"westeurope","timestamp":"2026-11-20T10:00:00Z","duration":5,"value":214.9},
        {"location":"westeurope","timestamp":"2026-11-20T10:05:00Z","duration":5,"value":210.2}]"#;

    fn values(text: &str, location: Option<&str>) -> Result<Vec<f64>, String> {
        let checked = |answer: Answer| answer.checked_past(Signal::CarbonIntensity, Timestamp::MAX);
        let answer = read("a", text, location).unwrap().and_then(checked);
        let answer = answer.map_err(|error| error.to_string())?;
        Ok(answer.points.iter().map(|point| point.value).collect())
    }

    #[test]
    fn files_of_the_sdk_and_lists_of_its_exporters_are_read_as_they_are() {
        assert_eq!(values(SDK, Some("EastUS")), Ok(vec![412.5, 300.0]));
        assert_eq!(values(&format!("[{SDK}]"), Some("westus")), Ok(vec![9.0]));
        assert_eq!(values(AZURE, None), Ok(vec![214.9, 210.2]));
        assert_eq!(values(&SDK.replace("300", "null"), Some("eastus")), Ok(vec![412.5]));
        let answer = read("a", AZURE, None).unwrap().unwrap();
        assert_eq!(answer.points[0].slot.length().as_mins(), 5);
    }

    #[test]
    fn a_value_that_the_exporter_leaves_out_is_zero_and_null_is_unknown() {
        let without = AZURE.replace(",\"value\":210.2", "");
        assert_eq!(values(&without, None), Ok(vec![214.9, 0.0]));
        assert_eq!(values(&AZURE.replace("210.2", "null"), None), Ok(vec![214.9]));
        assert!(values(&AZURE.replace("value", "intensity"), None).is_err());
    }

    #[test]
    fn a_duration_may_have_days_and_a_fraction() {
        let seconds = |text: &str| time_span(text).map(|span| span.as_secs());
        assert_eq!(seconds("01:00:00"), Some(3600));
        assert_eq!(seconds("1.12:24:02"), Some(86_400 + 12 * 3600 + 24 * 60 + 2));
        assert_eq!(seconds("00:05:00.5000000"), Some(300));
        assert_eq!([seconds("5"), seconds("1.5"), seconds("a:b:c")], [None; 3]);
    }

    #[test]
    fn what_is_wrong_says_what_to_write() {
        for (text, location, words) in [
            (SDK, None, "name one with location"),
            (AZURE, Some("mars"), "check the location"),
            ("[]", None, "no rows"),
            ("[{\"secret\":1}]", None, "write"),
            (&SDK.replace("01:00:00", "an hour"), Some("eastus"), "01:00:00"),
        ] {
            let error = values(text, location).unwrap_err();
            assert!(error.contains(words) && !error.contains("secret"), "{error}");
        }
        assert!(read("a", "{\"points\":[]}", None).is_none());
    }
}
