//! A series as text: CSV (`start,end,value`) or JSON, for files and ConfigMaps.

use jiff::Timestamp;
use serde::Deserialize;

use super::answer::Answer;
use super::error::SourceError;
use crate::planner::{Certainty, Point};
use crate::units::Slot;

/// A year of quarter hours as CSV is 1.6 MB; a ConfigMap holds at most 1 MiB.
pub(super) const LONGEST: usize = 4 << 20;

#[derive(Deserialize)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
struct Text {
    issued_at: Option<Timestamp>,
    source: Option<String>,
    #[serde(default)]
    estimated: bool,
    points: Vec<TextPoint>,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct TextPoint {
    start: Timestamp,
    end: Timestamp,
    value: f64,
}

/// Reads a text; the ending of its name tells which form it has, else its first character.
///
/// # Errors
/// [`SourceError::Unreadable`], with the line and what to write.
pub(super) fn read(name: &str, text: &str) -> Result<Answer, SourceError> {
    if text.len() > LONGEST {
        return Err(SourceError::Unreadable(format!(
            "{name} has {} bytes, more than {LONGEST}",
            text.len()
        )));
    }
    let is_json = match name.rsplit_once('.') {
        Some((_, "json")) => true,
        Some((_, "csv")) => false,
        _ => text.trim_start().starts_with('{'),
    };
    if is_json { json(name, text) } else { csv(name, text) }
}

fn json(name: &str, text: &str) -> Result<Answer, SourceError> {
    let text: Text = serde_json::from_str(text).map_err(|error| {
        SourceError::Unreadable(format!(
            "{name} is not a series: {error}; write {{\"issuedAt\": \"2026-11-25T12:00:00Z\", \"points\": [{{\"start\": …, \"end\": …, \"value\": …}}]}}"
        ))
    })?;
    let certainty = if text.estimated {
        Certainty::Estimated
    } else {
        Certainty::Published
    };
    let point = |p: TextPoint| Point {
        slot: Slot {
            start: p.start,
            end: p.end,
        },
        value: p.value,
    };
    Ok(Answer {
        points: text.points.into_iter().map(point).collect(),
        issued_at: text.issued_at,
        certainty,
        source: text.source.map(|source| source.chars().take(100).collect()),
    })
}

fn csv(name: &str, text: &str) -> Result<Answer, SourceError> {
    let mut reader = ::csv::ReaderBuilder::new();
    reader.has_headers(false).comment(Some(b'#')).trim(::csv::Trim::All);
    let mut points = Vec::new();
    for (number, record) in reader.from_reader(text.as_bytes()).records().enumerate() {
        let wrong = |what: String| {
            SourceError::Unreadable(format!(
                "{name}, record {}: {what}; write start,end,value, for example 2026-11-25T12:00:00Z,2026-11-25T13:00:00Z,418",
                number + 1
            ))
        };
        let record = record.map_err(|error| wrong(error.to_string()))?;
        if number == 0 && record.get(0) == Some("start") {
            continue;
        }
        let (Some(start), Some(end), Some(value), None) = (record.get(0), record.get(1), record.get(2), record.get(3))
        else {
            return Err(wrong(format!("{} fields", record.len())));
        };
        let instant = |text: &str| {
            text.parse::<Timestamp>()
                .map_err(|_| wrong(format!("{text:?} is not an instant with an offset")))
        };
        let value = value
            .parse::<f64>()
            .map_err(|_| wrong(format!("{value:?} is not a number")))?;
        points.push(Point {
            slot: Slot {
                start: instant(start)?,
                end: instant(end)?,
            },
            value,
        });
    }
    Ok(Answer {
        points,
        issued_at: None,
        certainty: Certainty::Published,
        source: None,
    })
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    #[test]
    fn csv_with_and_without_a_header_and_with_comments() {
        let rows = "# made by hand\n2026-11-25T12:00:00Z, 2026-11-25T13:00:00+01:00, 418\n";
        let with = read("a.csv", &format!("start,end,value\n{rows}")).unwrap();
        assert_eq!(with, read("a.csv", rows).unwrap());
        assert_eq!(with.points[0].value, 418.0);
    }

    #[test]
    fn json_says_when_and_by_whom_it_was_made() {
        let text = r#"{"issuedAt":"2026-11-25T12:00:00Z","source":"ONEE","estimated":true,"points":[{"start":"2026-11-25T12:00:00Z","end":"2026-11-25T13:00:00Z","value":0.4}]}"#;
        let answer = read("series", text).unwrap();
        assert_eq!(
            (answer.source.as_deref(), answer.certainty),
            (Some("ONEE"), Certainty::Estimated)
        );
        assert!(answer.issued_at.is_some());
    }

    #[test]
    fn a_wrong_line_is_named_with_what_to_write() {
        for (name, text) in [
            ("a.csv", "2026-11-25T12:00:00Z,tomorrow,418"),
            ("a.csv", "2026-11-25T12:00:00Z,2026-11-25T13:00:00Z,much"),
            ("a.csv", "2026-11-25T12:00:00Z,2026-11-25T13:00:00Z"),
            ("a.csv", "2026-11-25T12:00:00,2026-11-25T13:00:00,1"),
            ("a.json", "{\"points\": 3}"),
            ("a.json", "[]"),
        ] {
            let error = read(name, text).unwrap_err().to_string();
            assert!(error.contains(name) && error.contains("write"), "{error}");
        }
    }

    proptest! {
        #[test]
        fn no_bytes_make_it_panic(text in ".{0,200}") {
            let _ = read("a.csv", &text);
            let _ = read("a.json", &text);
            let _ = read("a", &text);
        }
    }
}
