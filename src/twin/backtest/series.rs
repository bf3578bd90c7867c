//! A series from two columns of a CSV file.

use jiff::{SignedDuration, Timestamp};

use crate::grid::forecast::Hourly;
use crate::planner::Point;
use crate::twin::error::TwinError;
use crate::twin::table::{ColumnName, Table};
use crate::twin::written::instant;
use crate::units::Slot;

/// What a cell says where its value is missing, in lower case.
const MISSING: [&str; 5] = ["", "na", "nan", "null", "none"];
const HOUR: SignedDuration = SignedDuration::from_hours(1);
/// Of a series whose times lie further apart only the end would be kept.
const LONGEST: SignedDuration = SignedDuration::from_hours(Hourly::LONGEST as i64 - 24);

/// One line of the table.
struct Sample {
    at: Timestamp,
    /// `NaN` where it is missing.
    value: f64,
    line: u64,
}

/// Reads the columns `time` (an instant or a date and time in UTC) and `value` of a table, and of it the hours that begin at
/// `from` or later and before `to`. Values that are less than an hour apart become hourly means, hourly ones that are stamped
/// off the hour count for the hour that they lie in, and empty cells are missing.
///
/// # Errors
/// [`TwinError`], with the place and what was expected there.
pub fn series(
    table: &Table,
    (time, value): (&ColumnName, &ColumnName),
    (from, to): (Option<Timestamp>, Option<Timestamp>),
) -> Result<Hourly, TwinError> {
    let (time, value) = (table.column(time)?, table.column(value)?);
    let mut samples = Vec::new();
    for row in table.rows() {
        let expected_time = "a time such as 2026-11-25T12:00:00Z or 2026-11-25 12:00:00, in UTC";
        let expected_value = "a number, or an empty cell where the value is missing";
        samples.push(Sample {
            at: instant(row.text(time)).ok_or_else(|| row.wrong(time, expected_time))?,
            value: number(row.text(value)).ok_or_else(|| row.wrong(value, expected_value))?,
            line: row.line(),
        });
    }
    samples.sort_by_key(|sample| sample.at);
    if let Some(Sample { at, line, .. }) = contradiction(&samples) {
        let what = format!("{at} has another value further up; give each time one value, of one zone and in UTC");
        return Err(table.place(*line, None).wrong(what));
    }
    if samples.iter().all(|sample| sample.value.is_nan()) {
        let what = "expected values below; there are none; is it the right column?";
        return Err(table.place(1, Some(value)).wrong(what));
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
        let what = format!(
            "its times reach from {} (line {}) to {} (line {}), more than ten years; mend the one that is wrong, or cut the others \
             with --from and --to",
            first.at, first.line, last.at, last.line
        );
        return Err(table.place(0, None).wrong(what));
    }
    Ok(Hourly::of(&points(&samples)).unwrap_or_default().between(from, to))
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

/// Each of sorted values holds until the next may come: for the shortest distance between two, and an hour at most. Values an
/// hour apart that all lie off the hour count for the hour that they lie in: between two, each would be smeared over both.
fn points(samples: &[Sample]) -> Vec<Point> {
    let distances = samples.windows(2).map(|two| two[1].at.duration_since(two[0].at));
    let length = distances
        .filter(SignedDuration::is_positive)
        .min()
        .unwrap_or(HOUR)
        .min(HOUR);
    let off = |sample: &Sample| SignedDuration::from_secs(sample.at.as_second().rem_euclid(HOUR.as_secs()));
    let first = samples.first().map_or(SignedDuration::ZERO, off);
    let by = if length == HOUR && samples.iter().all(|sample| off(sample) == first) {
        first
    } else {
        SignedDuration::ZERO
    };
    let point = |sample: &Sample| {
        Point::of(
            Slot::of(sample.at.saturating_sub(by).unwrap_or(sample.at), length),
            sample.value,
        )
    };
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

    fn read_it(text: &str, time: &str, value: &str) -> Result<Hourly, TwinError> {
        let table = Table::parse("a.csv".as_ref(), text.into())?;
        series(&table, (&time.into(), &value.into()), (None, None))
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
    fn hours_that_are_stamped_in_their_middle_keep_their_values() {
        let hours = read_it(
            "t,v\n2026-01-01 00:30,1\n2026-01-01 01:30,5\n2026-01-01 03:30,9\n",
            "t",
            "v",
        )
        .unwrap();
        assert_eq!(hours.start, "2026-01-01T00:00:00Z".parse().unwrap());
        assert_eq!((&hours.values[..2], hours.values[3]), (&[1.0, 5.0][..], 9.0));
        assert!(hours.values[2].is_nan() && hours.values.len() == 4);
        let moved = read_it("t,v\n2026-01-01 00:00,1\n2026-01-01 01:30,5\n", "t", "v").unwrap();
        assert_eq!(
            moved.values[1..],
            [5.0, 5.0],
            "what keeps no offset is averaged by time"
        );
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
            (TEXT, "Date", "price", "a.csv, line 1: expected a column \"price\""),
            (TEXT, "Date", "9", "it has: Datetime (UTC), Zone"),
            (TEXT, "Date", "Intensity", "several columns begin with \"Intensity\""),
            (
                "t,v,v\n",
                "t",
                "v",
                "several columns are named \"v\"; name one by its number from 1",
            ),
            (
                TEXT,
                "Zone",
                "4",
                "a.csv, line 2, column 2 (\"Zone\"): expected a time such as",
            ),
            (
                "t,v\n2026-01-01T00:00:00Z,1\n2026-01-01T01:00:00Z,much\n",
                "t",
                "v",
                "line 3, column 2 (\"v\"): expected a number, or an empty cell where the value is missing; found \"much\"",
            ),
            ("t,v\n2026-01-01T00:00:00Z,inf\n", "t", "v", "found \"inf\""),
            (
                "t,v\r\n2026-01-01,1\r\n2026-01-02,x\r\n",
                "t",
                "v",
                "line 3, column 2 (\"v\"): expected a number",
            ),
            (
                "t,v\n2026-01-01,1\n0202-01-02,1\n2026-01-02,1\n",
                "t",
                "v",
                "from 0202-01-02T00:00:00Z (line 3) to 2026-01-02T00:00:00Z (line 4), more than ten years",
            ),
            ("t,v\n1,2,3\n", "t", "v", "a.csv, line 2: expected CSV in UTF-8"),
            (
                "t,v\n",
                "t",
                "v",
                "a.csv, line 1, column 2 (\"v\"): expected values below",
            ),
        ] {
            let error = read_it(text, time, value).unwrap_err().to_string();
            assert!(error.contains(what), "{error}");
        }
    }
}
