//! Instants and durations as files write them, as milliseconds after the scenario's start.

use jiff::{Timestamp, civil, tz::TimeZone};

use super::file::Unit;
use crate::twin::series::{Ms, ms};
use crate::units::parse_duration;

/// Reads an instant: RFC 3339, or the same without a time zone, which is UTC; with a blank instead of the T; or a date alone.
pub(super) fn instant(text: &str) -> Option<Timestamp> {
    let local = || text.parse::<civil::DateTime>().ok()?.to_zoned(TimeZone::UTC).ok();
    text.parse().ok().or_else(|| local().map(|zoned| zoned.timestamp()))
}

/// From `start` to `at`.
pub(super) fn since(start: Timestamp, at: Timestamp) -> Ms {
    at.as_millisecond() - start.as_millisecond()
}

/// Reads an instant, or the number of units after `start`.
pub(super) fn instant_or_number(text: &str, unit: Unit, start: Timestamp) -> Option<Ms> {
    number(text, unit).or_else(|| Some(since(start, instant(text)?)))
}

/// Reads a duration as people write it, or a number of units.
pub(super) fn duration_or_number(text: &str, unit: Unit) -> Option<Ms> {
    number(text, unit)
        .or_else(|| Some(ms(parse_duration(text).ok()?)))
        .filter(|duration| *duration >= 0)
}

/// Rounded to the millisecond; further than that is far enough.
fn number(text: &str, unit: Unit) -> Option<Ms> {
    let number: f64 = text.parse().ok()?;
    let far = (Ms::MAX / 4) as f64;
    number
        .is_finite()
        .then(|| (number * unit.ms()).round().clamp(-far, far) as Ms)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn instants_are_read_as_providers_write_them() {
        for text in [
            "2022-01-01T00:00:00Z",
            "2022-01-01T01:00:00+01:00",
            "2022-01-01 00:00:00",
            "2022-01-01 00:00:00+00:00",
            "2022-01-01T00:00:00.000000",
            "2022-01-01",
        ] {
            assert_eq!(instant(text).unwrap().as_second(), 1_640_995_200, "{text}");
        }
        assert_eq!(instant("noon"), None);
    }

    #[test]
    fn numbers_count_units_after_the_start_and_round_to_the_millisecond() {
        let start = Timestamp::from_second(1_640_995_200).unwrap();
        assert_eq!(
            instant_or_number("0.5769444444444503", Unit::Hours, start),
            Some(2_077_000)
        );
        assert_eq!(instant_or_number("-1", Unit::Minutes, start), Some(-60_000));
        assert_eq!(
            instant_or_number("2022-01-01T00:00:01Z", Unit::Hours, start),
            Some(1000)
        );
        assert_eq!(duration_or_number("90m", Unit::Hours), Some(5_400_000));
        assert_eq!(duration_or_number("-1", Unit::Hours), None);
    }
}
