//! Instants as people and providers write them.

use jiff::tz::TimeZone;
use jiff::{Timestamp, civil};

/// Reads an instant: RFC 3339, or the same without a time zone, which is UTC; with a blank instead of the T; or a date alone.
pub fn instant(text: &str) -> Option<Timestamp> {
    let local = || text.parse::<civil::DateTime>().ok()?.to_zoned(TimeZone::UTC).ok();
    text.parse().ok().or_else(|| local().map(|zoned| zoned.timestamp()))
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
}
