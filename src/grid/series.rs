//! A series as text, for files and ConfigMaps: CSV (`start,end,value`) or JSON.
//!
//! ```text
//! # gCO2e/kWh, or a share 0..1; the first line may be a header, and p10 and p90 may be left out
//! 2026-11-25T12:00:00Z,2026-11-25T13:00:00Z,418,390,450
//! ```
//! ```json
//! {"issuedAt": "2026-11-25T11:40:00Z", "source": "ONEE", "estimated": true,
//!  "points": [{"start": "2026-11-25T12:00:00Z", "end": "2026-11-25T13:00:00Z", "value": 418, "p10": 390, "p90": 450}]}
//! ```
//! Only `points` is required, and of a point `start`, `end` and `value`. Instants carry an offset: a naive time would mean another hour on another machine. The files of the
//! Carbon Aware SDK and the lists of its exporters are read as they are: see `super::sdk_files`.

use csv::{Position, ReaderBuilder, StringRecord, Trim};
use jiff::Timestamp;
use serde::Deserialize;

use super::answer::Answer;
use super::error::SourceError;
use super::sdk_files;
use crate::planner::{Band, Certainty, Point};
use crate::units::Slot;

/// Bytes; a ConfigMap cannot hold more.
pub(super) const LARGEST: usize = 1 << 20;
/// Characters of a name that a text gives its source.
const LONGEST_NAME: usize = 100;
/// What a header may name after `start`, `end` and the value. Values are medians, so `p50` says nothing new.
const BANDS: [&str; 3] = ["p10", "p50", "p90"];

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
    p10: Option<f64>,
    p90: Option<f64>,
}

impl Row {
    fn point(self) -> Result<Point, String> {
        let Self {
            start,
            end,
            value,
            p10,
            p90,
        } = self;
        let band = match (p10, p90) {
            // One upside down is told apart when the whole series is.
            (Some(p10), Some(p90)) if p10 <= p90 && !(p10..=p90).contains(&value) => {
                return Err(format!(
                    "the value {value:?} at {start} lies outside its band from {p10:?} to {p90:?}; write the median as the value"
                ));
            }
            (Some(p10), Some(p90)) => Some(Band { p10, p90 }),
            (None, None) => None,
            _ => {
                return Err(format!(
                    "of p10 and p90 only one is given at {start}; write both or neither"
                ));
            }
        };
        Ok(Point {
            band,
            ..Point::of(Slot { start, end }, value)
        })
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
    let points: Result<Vec<Point>, String> = document.points.into_iter().map(Row::point).collect();
    let readable = |source: String| source.chars().filter(|c| !c.is_control()).take(LONGEST_NAME).collect();
    Ok(Answer {
        points: points.map_err(|what| SourceError::Unreadable(format!("{name}: {what}")))?,
        issued_at: document.issued_at,
        certainty: if document.estimated {
            Certainty::Estimated
        } else {
            Certainty::Published
        },
        source: document.source.map(readable),
        weakness: None,
    })
}

fn csv(name: &str, text: &str) -> Result<Answer, SourceError> {
    let mut reader = ReaderBuilder::new()
        .has_headers(false)
        .flexible(true)
        .comment(Some(b'#'))
        .trim(Trim::All)
        .from_reader(text.as_bytes());
    let (mut header, mut points) = (None, Vec::new());
    for (number, record) in reader.records().enumerate() {
        let place = record
            .as_ref()
            .map_or_else(csv::Error::position, StringRecord::position);
        let byte = place.map_or(0, Position::byte);
        let wrong = |what: String| {
            SourceError::Unreadable(format!(
                "{name}, line {}: {what}; write start,end,value or start,end,value,p10,p90, for example \
                 2026-11-25T12:00:00Z,2026-11-25T13:00:00Z,418",
                line(text, byte)
            ))
        };
        let record = record.map_err(|error| wrong(error.to_string()))?;
        if number == 0 && record.get(0) == Some("start") {
            let unknown = record.iter().skip(3).find(|column| !BANDS.contains(column));
            if let Some(column) = unknown {
                return Err(wrong(format!("there is no column {:?}", short(column))));
            }
            if let Some(band) = record.get(2).filter(|column| BANDS.contains(column)) {
                return Err(wrong(format!(
                    "the third column is {band}, and the value belongs there"
                )));
            }
            header = Some(record);
        } else {
            let row = row(&record, header.as_ref()).and_then(Row::point);
            points.push(row.map_err(wrong)?);
        }
    }
    Ok(Answer {
        points,
        issued_at: None,
        certainty: Certainty::Published,
        source: None,
        weakness: None,
    })
}

/// The line of the record whose reading began at this byte, maybe before comments and empty lines.
fn line(text: &str, byte: u64) -> usize {
    let (before, from) = usize::try_from(byte)
        .ok()
        .and_then(|byte| text.split_at_checked(byte))
        .unwrap_or_default();
    let is_passed_over = |line: &&str| line.is_empty() || line.starts_with('#');
    before.matches('\n').count() + from.lines().take_while(is_passed_over).count() + 1
}

/// A record; its fields after the value are what the header says, and p10 and p90 where there is none.
fn row(record: &StringRecord, header: Option<&StringRecord>) -> Result<Row, String> {
    let bands: Vec<&str> = match header {
        Some(header) => header.iter().skip(3).collect(),
        None if record.len() == 5 => vec!["p10", "p90"],
        None => Vec::new(),
    };
    let fields: Vec<&str> = record.iter().collect();
    let [start, end, value, ref rest @ ..] = fields[..] else {
        return Err(format!("it has {} fields", fields.len()));
    };
    if rest.len() != bands.len() {
        return Err(format!("it has {} fields", fields.len()));
    }
    let instant = |text: &str| {
        text.parse()
            .map_err(|_| format!("{:?} is no instant with an offset", short(text)))
    };
    let number = |text: &str| text.parse().map_err(|_| format!("{:?} is no number", short(text)));
    let bound = |name| {
        let field = bands
            .iter()
            .zip(rest)
            .find(|(band, text)| **band == name && !text.is_empty());
        field.map(|(_, text)| number(text)).transpose()
    };
    Ok(Row {
        start: instant(start)?,
        end: instant(end)?,
        value: number(value)?,
        p10: bound("p10")?,
        p90: bound("p90")?,
    })
}

fn short(text: &str) -> String {
    text.chars().take(40).collect()
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;
    use crate::units::Signal;

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
            ("a.csv", "2026-11-25T12:00:00Z,2026-11-25T13:00:00Z,1,2", "4 fields"),
            (
                "a.csv",
                "2026-11-25T12:00:00Z,2026-11-25T13:00:00Z,2,1,",
                "both or neither",
            ),
            (
                "a.csv",
                "2026-11-25T12:00:00Z,2026-11-25T13:00:00Z,2,1,much",
                "\"much\" is no number",
            ),
            ("a.csv", "start,end,value,p95\n", "no column \"p95\""),
            (
                "a.csv",
                "start,end,value,p10,p90\n2026-11-25T12:00:00Z,2026-11-25T13:00:00Z,2",
                "3 fields",
            ),
            (
                "a.json",
                r#"{"points": [{"start": "2026-11-25T12:00:00Z", "end": "2026-11-25T13:00:00Z", "value": 2, "p90": 3}]}"#,
                "both or neither",
            ),
            ("a.csv", "2026-11-25T12:00:00,2026-11-25T13:00:00,1", "with an offset"),
            ("a.csv", "start,end,value\n1,2,3", "line 2:"),
            ("a.csv", "# é\n\nstart,end,value\n\n# b\n1,2,3", "line 6:"),
            ("a.csv", "# a\r\n\r\nstart,end,value\r\n\r\n# b\r\n1,2,3", "line 6:"),
            ("a.csv", "start,end,p10\n", "the third column is p10"),
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
    fn bands_are_read_wherever_the_header_names_them_and_may_be_left_out() {
        let band = |text: &str| read("a", text).unwrap().points[0].band;
        let row = "2026-11-25T12:00:00Z,2026-11-25T13:00:00Z,418";
        let known = Some(Band { p10: 390.0, p90: 450.5 });
        assert_eq!(band(&format!("{row},390,450.5")), known);
        assert_eq!(
            band(&format!("start,end,value,p90,p50,p10\n{row},450.5,418,390")),
            known
        );
        assert_eq!(band(&format!("start,end,gCO2e/kWh,p10,p50,p90\n{row},,,")), None);
        assert_eq!(band(&format!("{row},,")), None);
        let point = r#"{"start": "2026-11-25T12:00:00Z", "end": "2026-11-25T13:00:00Z", "value": 418, "p10": 390, "p90": 450.5}"#;
        assert_eq!(band(&format!("{{\"points\": [{point}]}}")), known);
        let outside = read("a", &format!("{row},420,450.5")).unwrap_err().to_string();
        assert!(
            outside.contains("418.0 at 2026-11-25T12:00:00Z lies outside its band from 420.0 to 450.5"),
            "{outside}"
        );
        let downwards = read("a", &format!("{row},450,390")).unwrap();
        let noon = downwards.points[0].slot.start;
        let error = downwards
            .checked(Signal::CarbonIntensity, noon)
            .unwrap_err()
            .to_string();
        assert!(error.contains("from 450 to 390; give p10 below p90"), "{error}");
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
