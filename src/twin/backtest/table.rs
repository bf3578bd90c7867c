//! A series from two columns of a CSV file.

use std::fmt;

use csv::{ReaderBuilder, StringRecord, Trim};
use jiff::{SignedDuration, Timestamp};

use crate::grid::forecast::Hourly;
use crate::planner::Point;
use crate::twin::written::instant;
use crate::units::Slot;

/// What a cell says where its value is missing, in lower case.
const MISSING: [&str; 5] = ["", "na", "nan", "null", "none"];
const HOUR: SignedDuration = SignedDuration::from_hours(1);
/// Of a series whose times lie further apart only the end would be kept.
const LONGEST: SignedDuration = SignedDuration::from_hours(Hourly::LONGEST as i64 - 24);

/// A column as people name it: its header, the beginning of its header, or its number from 1. Subscript digits are read as
/// plain ones, on both sides.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Column(String);

impl From<&str> for Column {
    fn from(name: &str) -> Self {
        Self(name.trim().to_owned())
    }
}

impl fmt::Display for Column {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.0.fmt(f)
    }
}

/// Why no series can be read.
#[derive(Debug, thiserror::Error)]
pub enum TableError {
    /// No column has this name, beginning or number.
    #[error("{file}, line 1: no column is {column:?} or begins so; its columns are: {header}")]
    NoColumn {
        /// The file.
        file: String,
        /// What was asked for.
        column: String,
        /// The columns there are.
        header: String,
    },
    /// Several columns are named or begin so.
    #[error(
        "{file}, line 1: several columns are named or begin with {column:?}: {found}; write the whole name or its number from 1"
    )]
    Ambiguous {
        /// The file.
        file: String,
        /// What was asked for.
        column: String,
        /// The columns that begin so.
        found: String,
    },
    /// A cell holds something else.
    #[error("{file}, line {line}, column {column:?}: {found:?} is no {expected}")]
    Cell {
        /// The file.
        file: String,
        /// Its line, from 1.
        line: u64,
        /// The column's header.
        column: String,
        /// What stands there.
        found: String,
        /// What should stand there.
        expected: &'static str,
    },
    /// A time has two values.
    #[error(
        "{file}, line {line}: {time} has another value further up; give each time one value, of one zone and in UTC"
    )]
    Twice {
        /// The file.
        file: String,
        /// The later of the two lines, from 1.
        line: u64,
        /// The time.
        time: Timestamp,
    },
    /// The text is no CSV.
    #[error("reading {0} as CSV, with a header in its first line")]
    NotCsv(String, #[source] csv::Error),
    /// Its times reach further than anybody looks.
    #[error(
        "{file}: its times reach from {first} (line {first_line}) to {last} (line {last_line}), more than ten years; mend the one that is \
         wrong, or cut the others with --from and --to"
    )]
    TooLong {
        /// The file.
        file: String,
        /// The first time.
        first: Timestamp,
        /// Its line, from 1.
        first_line: u64,
        /// The last time.
        last: Timestamp,
        /// Its line, from 1.
        last_line: u64,
    },
    /// There is no value at all.
    #[error("{0} has no values in column {1:?}; is it the right one?")]
    NoValues(String, String),
}

/// One line of the table.
struct Sample {
    at: Timestamp,
    /// `NaN` where it is missing.
    value: f64,
    line: u64,
}

/// Reads the columns `time` (an instant or a date and time in UTC) and `value` of a CSV text with a header, and of it the hours
/// that begin at `from` or later and before `to`. Values that are less than an hour apart become hourly means, and empty cells are
/// missing. `file` names it in errors.
///
/// # Errors
/// [`TableError`], with the place and what was expected there.
pub fn read(
    file: &str,
    text: &str,
    (time, value): (&Column, &Column),
    (from, to): (Option<Timestamp>, Option<Timestamp>),
) -> Result<Hourly, TableError> {
    let not_csv = |error| TableError::NotCsv(file.to_owned(), error);
    // The reader counts a line that ends as on Windows with the row after it.
    let text = text.trim_start_matches('\u{feff}').replace("\r\n", "\n");
    let mut reader = ReaderBuilder::new().trim(Trim::All).from_reader(text.as_bytes());
    let header = reader.headers().map_err(not_csv)?.clone();
    let (at, of) = (find(file, &header, time)?, find(file, &header, value)?);
    let line = |record: &StringRecord| record.position().map_or(0, csv::Position::line);
    let cell = |record: &StringRecord, column: usize, expected| TableError::Cell {
        file: file.to_owned(),
        line: line(record),
        column: header.get(column).unwrap_or_default().to_owned(),
        found: record.get(column).unwrap_or_default().chars().take(40).collect(),
        expected,
    };
    let mut samples = Vec::new();
    for record in reader.records() {
        let record = record.map_err(not_csv)?;
        let instant = instant(record.get(at).unwrap_or_default()).ok_or_else(|| {
            cell(
                &record,
                at,
                "time; write 2026-11-25T12:00:00Z or 2026-11-25 12:00:00, in UTC",
            )
        })?;
        let value = number(record.get(of).unwrap_or_default())
            .ok_or_else(|| cell(&record, of, "number; leave the cell empty where the value is missing"))?;
        samples.push(Sample {
            at: instant,
            value,
            line: line(&record),
        });
    }
    samples.sort_by_key(|sample| sample.at);
    if let Some(Sample { at: time, line, .. }) = contradiction(&samples) {
        return Err(TableError::Twice {
            file: file.to_owned(),
            line: *line,
            time: *time,
        });
    }
    if samples.iter().all(|sample| sample.value.is_nan()) {
        return Err(TableError::NoValues(file.to_owned(), value.to_string()));
    }
    // A day more on both sides, so that hours at the ends are whole.
    let day = SignedDuration::from_hours(24);
    samples.retain(|sample| {
        from.is_none_or(|from| sample.at >= from.saturating_sub(day).unwrap_or(Timestamp::MIN))
            && to.is_none_or(|to| sample.at < to.saturating_add(day).unwrap_or(Timestamp::MAX))
    });
    if let (Some(first), Some(last)) = (samples.first(), samples.last())
        && last.at.duration_since(first.at) > LONGEST
    {
        return Err(TableError::TooLong {
            file: file.to_owned(),
            first: first.at,
            first_line: first.line,
            last: last.at,
            last_line: last.line,
        });
    }
    Ok(Hourly::of(&points(&samples)).unwrap_or_default().between(from, to))
}

/// Which column is meant: the exact name first, then the beginning, then the number.
fn find(file: &str, header: &StringRecord, wanted: &Column) -> Result<usize, TableError> {
    let name = plain(&wanted.0);
    let columns: Vec<String> = header.iter().map(plain).collect();
    let exact: Vec<usize> = (0..columns.len()).filter(|i| columns[*i] == name).collect();
    let begins = match exact[..] {
        [] => (0..columns.len()).filter(|i| columns[*i].starts_with(&name)).collect(),
        _ => exact,
    };
    let number = || {
        wanted
            .0
            .parse::<usize>()
            .ok()?
            .checked_sub(1)
            .filter(|i| *i < columns.len())
    };
    match begins[..] {
        [only] => Ok(only),
        [] => number().ok_or_else(|| TableError::NoColumn {
            file: file.to_owned(),
            column: wanted.to_string(),
            header: header.iter().collect::<Vec<_>>().join(", "),
        }),
        _ => Err(TableError::Ambiguous {
            file: file.to_owned(),
            column: wanted.to_string(),
            found: begins
                .iter()
                .filter_map(|i| header.get(*i))
                .collect::<Vec<_>>()
                .join(", "),
        }),
    }
}

/// A name that can be typed: subscript digits become plain ones.
fn plain(name: &str) -> String {
    let digit = |c: char| match c {
        '\u{2080}'..='\u{2089}' => char::from_digit(u32::from(c) - 0x2080, 10).unwrap_or(c),
        _ => c,
    };
    name.trim().chars().map(digit).collect()
}

/// The first of sorted samples whose time had another value before. The same value again does no harm.
fn contradiction(samples: &[Sample]) -> Option<&Sample> {
    let known: Vec<&Sample> = samples.iter().filter(|sample| sample.value.is_finite()).collect();
    let pair = known
        .windows(2)
        .find(|two| two[0].at == two[1].at && two[0].value != two[1].value)?;
    Some(pair[1])
}

/// `NaN` where the value is missing, `None` where the text is no number.
fn number(text: &str) -> Option<f64> {
    if MISSING.contains(&text.to_ascii_lowercase().as_str()) {
        return Some(f64::NAN);
    }
    text.parse().ok().filter(|value: &f64| value.is_finite())
}

/// Each of sorted values holds until the next may come: for the shortest distance between two, and an hour at most.
fn points(samples: &[Sample]) -> Vec<Point> {
    let distances = samples.windows(2).map(|two| two[1].at.duration_since(two[0].at));
    let length = distances
        .filter(SignedDuration::is_positive)
        .min()
        .unwrap_or(HOUR)
        .min(HOUR);
    let point = |sample: &Sample| Point::of(Slot::of(sample.at, length), sample.value);
    samples.iter().map(point).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    const TEXT: &str = "\u{feff}Datetime (UTC),Zone,Intensity gCO\u{2082}eq (direct),Intensity gCO\u{2082}eq (LCA)\n\
        2026-01-01 00:00:00,MA,1,10\n\
        2026-01-01T01:00:00Z,MA,2,\n\
        2026-01-01 02:00:00.000000,MA,3,30\n\
        2026-01-01T04:00:00+01:00,MA,4,40\n";

    fn read_it(text: &str, time: &str, value: &str) -> Result<Hourly, TableError> {
        read("a.csv", text, (&time.into(), &value.into()), (None, None))
    }

    #[test]
    fn a_column_is_named_by_its_header_its_beginning_or_its_number() {
        for value in ["Intensity gCO\u{2082}eq (LCA)", "Intensity gCO2eq (L", "4"] {
            for time in ["Datetime (UTC)", "Date", "1"] {
                let hourly = read_it(TEXT, time, value).unwrap();
                assert_eq!(hourly.start, "2026-01-01T00:00:00Z".parse().unwrap());
                assert!(hourly.values[1].is_nan(), "an empty cell is missing");
                assert_eq!((hourly.values[0], &hourly.values[2..]), (10.0, &[30.0, 40.0][..]));
            }
        }
    }

    #[test]
    fn shorter_slots_become_hourly_means() {
        let text =
            "t,v\n2026-01-01 00:00:00,1\n2026-01-01 00:30:00,3\n2026-01-01 01:00:00,8\n2026-01-01 01:30:00,NaN\n";
        assert_eq!(read_it(text, "t", "v").unwrap().values, [2.0, 8.0]);
    }

    #[test]
    fn a_time_may_come_twice_only_with_the_same_value() {
        let twice = |value: &str| {
            let text = format!("t,v\n2026-01-01 00:00,1\n2026-01-01 01:00,5\n2026-01-01 00:00,{value}\n");
            read_it(&text, "t", "v")
        };
        for same in ["1", "1.0", ""] {
            assert_eq!(twice(same).unwrap().values, [1.0, 5.0]);
        }
        let error = twice("2").unwrap_err().to_string();
        assert!(
            error.contains("a.csv, line 4: 2026-01-01T00:00:00Z has another value further up"),
            "{error}"
        );
    }

    #[test]
    fn what_is_wrong_is_named_with_its_place_and_what_was_expected() {
        for (text, time, value, what) in [
            (TEXT, "Date", "price", "a.csv, line 1: no column is \"price\""),
            (TEXT, "Date", "9", "its columns are: Datetime (UTC), Zone"),
            (
                TEXT,
                "Date",
                "Intensity",
                "several columns are named or begin with \"Intensity\"",
            ),
            ("t,v,v\n", "t", "v", "write the whole name or its number from 1"),
            (
                TEXT,
                "Zone",
                "4",
                "a.csv, line 2, column \"Zone\": \"MA\" is no time; write",
            ),
            (
                "t,v\n2026-01-01T00:00:00Z,1\n2026-01-01T01:00:00Z,much\n",
                "t",
                "v",
                "line 3, column \"v\": \"much\" is no number",
            ),
            ("t,v\n2026-01-01T00:00:00Z,inf\n", "t", "v", "\"inf\" is no number"),
            (
                "t,v\r\n2026-01-01,1\r\n2026-01-02,x\r\n",
                "t",
                "v",
                "line 3, column \"v\": \"x\" is no number",
            ),
            (
                "t,v\n2026-01-01,1\n0202-01-02,1\n2026-01-02,1\n",
                "t",
                "v",
                "from 0202-01-02T00:00:00Z (line 3) to 2026-01-02T00:00:00Z (line 4), more than ten years",
            ),
            ("t,v\n1,2,3\n", "t", "v", "reading a.csv as CSV"),
            ("t,v\n", "t", "v", "no values in column \"v\""),
        ] {
            let error = read_it(text, time, value).unwrap_err().to_string();
            assert!(error.contains(what), "{error}");
        }
    }
}
