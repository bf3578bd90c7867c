//! Instants and durations as files write them, as milliseconds after the scenario's start.

use jiff::Timestamp;

use super::file::Unit;
use crate::twin::series::{Ms, ms};
use crate::twin::written::instant;
use crate::units::parse_duration;

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
