//! A series as text, for files and ConfigMaps: CSV (`start,end,value`) or JSON.
//!
//! ```text
//! # gCO2e/kWh, or a share 0..1; the first line may be a header
//! 2026-11-25T12:00:00Z,2026-11-25T13:00:00Z,418
//! ```
//! ```json
//! {"issuedAt": "2026-11-25T11:40:00Z", "source": "ONEE", "estimated": true,
//!  "points": [{"start": "2026-11-25T12:00:00Z", "end": "2026-11-25T13:00:00Z", "value": 418}]}
//! ```
//! Only `points` is required. Instants carry an offset: a naive time would mean another hour on another machine. The files of the
//! Carbon Aware SDK and the lists of its exporters are read as they are: see `super::sdk_files`.

use csv::{ReaderBuilder, StringRecord, Trim};
use jiff::Timestamp;
use serde::Deserialize;

use super::answer::Answer;
use super::error::SourceError;
use super::sdk_files;
use crate::planner::{Certainty, Point};
use crate::units::Slot;

/// Bytes; a ConfigMap cannot hold more.
pub(super) const LARGEST: usize = 1 << 20;
/// Characters of a name that a text gives its source.
const LONGEST_NAME: usize = 100;

#[derive(Deserialize)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
struct Document {
    issued_at: Option<Timestamp>,
    source: Option<String>,
    #[serde(default)]
    estimated: bool,
    points: Vec<Row>,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Row {
    start: Timestamp,
    end: Timestamp,
    value: f64,
}

impl From<Row> for Point {
    fn from(Row { start, end, value }: Row) -> Self {
        Self::of(Slot { start, end }, value)
    }
}

/// Reads a text. The ending of its `name` tells which form it has, else its first character does.
///
/// # Errors
/// [`SourceError::Unreadable`], with the place and what to write.
pub(super) fn read(name: &str, text: &str, location: Option<&str>) -> Result<Answer, SourceError> {
    if text.len() > LARGEST {
        let size = text.len();
        return Err(SourceError::Unreadable(format!(
            "{name} has {size} bytes, more than {LARGEST}; give fewer or longer slots"
        )));
    }
    // Some editors begin a file with a byte-order mark.
    let text = text.trim_start_matches('\u{feff}');
    let has_ending = |ending: &str| name.to_ascii_lowercase().ends_with(ending);
    if let Some(answer) = sdk_files::read(name, text, location) {
        answer
    } else if has_ending(".json") || (!has_ending(".csv") && text.trim_start().starts_with('{')) {
        json(name, text)
    } else {
        csv(name, text)
    }
}

fn json(name: &str, text: &str) -> Result<Answer, SourceError> {
    let document: Document = serde_json::from_str(text).map_err(|error| {
        SourceError::Unreadable(format!(
            "{name} is no series: {error}; write {{\"points\": [{{\"start\": \"2026-11-25T12:00:00Z\", \"end\": \
             \"2026-11-25T13:00:00Z\", \"value\": 418}}]}}"
        ))
    })?;
    let readable = |source: String| source.chars().filter(|c| !c.is_control()).take(LONGEST_NAME).collect();
    Ok(Answer {
        points: document.points.into_iter().map(Point::from).collect(),
        issued_at: document.issued_at,
        certainty: if document.estimated {
            Certainty::Estimated
        } else {
            Certainty::Published
        },
        source: document.source.map(readable),
    })
}

fn csv(name: &str, text: &str) -> Result<Answer, SourceError> {
    let mut reader = ReaderBuilder::new()
        .has_headers(false)
        .flexible(true)
        .comment(Some(b'#'))
        .trim(Trim::All)
        .from_reader(text.as_bytes());
    let mut points = Vec::new();
    for (number, record) in reader.records().enumerate() {
        let record = record.map_err(|error| error.to_string());
        let is_header = |record: &StringRecord| number == 0 && record.get(0) == Some("start");
        if record.as_ref().is_ok_and(is_header) {
            continue;
        }
        let row = record.and_then(|record| row(&record)).map_err(|what| {
            SourceError::Unreadable(format!(
                "{name}, record {}: {what}; write start,end,value, for example \
                 2026-11-25T12:00:00Z,2026-11-25T13:00:00Z,418",
                number + 1
            ))
        })?;
        points.push(row.into());
    }
    Ok(Answer {
        points,
        issued_at: None,
        certainty: Certainty::Published,
        source: None,
    })
}

fn row(record: &StringRecord) -> Result<Row, String> {
    let fields: Vec<&str> = record.iter().collect();
    let [start, end, value] = fields[..] else {
        return Err(format!("it has {} fields", fields.len()));
    };
    let short = |text: &str| text.chars().take(40).collect::<String>();
    let instant = |text: &str| {
        text.parse()
            .map_err(|_| format!("{:?} is no instant with an offset", short(text)))
    };
    Ok(Row {
        start: instant(start)?,
        end: instant(end)?,
        value: value.parse().map_err(|_| format!("{:?} is no number", short(value)))?,
    })
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    fn read(name: &str, text: &str) -> Result<Answer, SourceError> {
        super::read(name, text, None)
    }

    const ROW: &str = "2026-11-25T12:00:00Z, 2026-11-25T14:00:00+01:00, 418\n";

    #[test]
    fn csv_reads_with_and_without_header_comments_and_byte_order_mark() {
        let plain = read("a.csv", ROW).unwrap();
        assert_eq!(plain.points.len(), 1);
        assert_eq!(plain.points[0].value, 418.0);
        assert_eq!(plain.points[0].slot.length().as_secs(), 3600);
        let dressed = format!("\u{feff}# by hand\nstart,end,value\n# noon\n\n{ROW}");
        assert_eq!(read("a.CSV", &dressed), Ok(plain));
    }

    #[test]
    fn json_says_when_and_by_whom_it_was_made() {
        let text = r#"{"issuedAt":"2026-11-25T12:00:00Z","source":"ON\u0007EE","estimated":true,"points":
            [{"start":"2026-11-25T12:00:00Z","end":"2026-11-25T13:00:00Z","value":0.4}]}"#;
        let answer = read("key-without-ending", text).unwrap();
        assert_eq!(answer.source.as_deref(), Some("ONEE"));
        assert_eq!(answer.certainty, Certainty::Estimated);
        assert_eq!(answer.issued_at, Some("2026-11-25T12:00:00Z".parse().unwrap()));
    }

    #[test]
    fn what_is_wrong_is_named_with_what_to_write() {
        for (name, text, what) in [
            (
                "a.csv",
                "2026-11-25T12:00:00Z,tomorrow,418",
                "\"tomorrow\" is no instant",
            ),
            (
                "a.csv",
                "2026-11-25T12:00:00Z,2026-11-25T13:00:00Z,much",
                "\"much\" is no number",
            ),
            ("a.csv", "2026-11-25T12:00:00Z,2026-11-25T13:00:00Z", "2 fields"),
            ("a.csv", "2026-11-25T12:00:00,2026-11-25T13:00:00,1", "with an offset"),
            ("a.csv", "start,end,value\n1,2,3", "record 2"),
            ("a.json", r#"{"points": 3}"#, "expected a sequence"),
            ("a.json", r#"{"points": [], "zone": "MA"}"#, "unknown field"),
            ("a.json", "[]", "no rows"),
        ] {
            let error = read(name, text).unwrap_err().to_string();
            assert!(
                error.contains(name) && error.contains(what) && error.contains("write"),
                "{error}"
            );
        }
    }

    #[test]
    fn a_text_beyond_a_mebibyte_is_not_even_read() {
        let long = ROW.repeat(LARGEST / ROW.len() + 1);
        assert!(read("a.csv", &long).unwrap_err().to_string().contains("bytes"));
    }

    proptest! {
        #[test]
        fn no_text_makes_it_panic(text in "\\PC{0,200}", rows in "([0-9TZ:,.#\"{}\n-]|start|points){0,80}") {
            for name in ["a.csv", "a.json", "a"] {
                let _ = read(name, &text);
                let _ = read(name, &rows);
            }
        }

        #[test]
        fn what_is_written_as_csv_or_json_reads_back_the_same(
            eighths in proptest::collection::vec(0u16..40_000, 1..20)
        ) {
            let values: Vec<f64> = eighths.into_iter().map(|eighth| f64::from(eighth) / 8.0).collect();
            let at = |i: usize| Timestamp::from_second(i64::try_from(i).unwrap() * 900).unwrap();
            let (mut csv, mut points) = (String::new(), Vec::new());
            for (i, value) in values.iter().enumerate() {
                csv += &[at(i).to_string(), at(i + 1).to_string(), value.to_string()].join(",");
                csv.push('\n');
                points.push(serde_json::json!({"start": at(i), "end": at(i + 1), "value": value}));
            }
            let json = serde_json::json!({"points": points}).to_string();
            let read_back = read("a.csv", &csv).unwrap();
            prop_assert_eq!(&read_back, &read("a.json", &json).unwrap());
            prop_assert_eq!(read_back.points.iter().map(|p| p.value).collect::<Vec<_>>(), values);
        }
    }
}
