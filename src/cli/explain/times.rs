//! Instants and durations as people read them in a terminal.

use jiff::tz::{TimeZone, TimeZoneDatabase};
use jiff::{SignedDuration, Timestamp};

use crate::units::format_duration;

/// The time zone of this IANA name, by the bundled database: the image's may be older than a law.
///
/// # Errors
/// A sentence that says what to write instead.
pub fn time_zone(name: &str) -> Result<TimeZone, String> {
    TimeZoneDatabase::bundled()
        .get(name)
        .map_err(|_| format!("{name:?} is not an IANA time zone; write for example \"Africa/Casablanca\" or \"UTC\""))
}

/// `2026-11-26 04:20 Europe/Paris (03:20 UTC)`, or `2026-11-26 03:20 UTC` where no time zone is given.
pub(in crate::cli) fn instant(instant: Timestamp, local: Option<&TimeZone>) -> String {
    let utc = instant.to_zoned(TimeZone::UTC);
    // Whole minutes are the rule; seconds show only where they say something.
    let clock = if utc.second() == 0 { "%H:%M" } else { "%H:%M:%S" };
    let Some(zone) = local.filter(|zone| **zone != TimeZone::UTC) else {
        return utc.strftime(&format!("%F {clock} UTC")).to_string();
    };
    let here = instant.to_zoned(zone.clone());
    let name = zone.iana_name().unwrap_or("local");
    let day = if here.date() == utc.date() { "" } else { "%F " };
    format!(
        "{} {name} ({} UTC)",
        here.strftime(&format!("%F {clock}")),
        utc.strftime(&format!("{day}{clock}"))
    )
}

/// `4h12m`, `12m5s`: seconds only below an hour.
pub(in crate::cli) fn span(duration: SignedDuration) -> String {
    let seconds = duration.abs().as_secs();
    let shown = if seconds >= 3600 {
        seconds - seconds % 60
    } else {
        seconds
    };
    format_duration(SignedDuration::from_secs(shown))
}

/// `4h12m ago`; what lies ahead of `now` says so.
pub(in crate::cli) fn ago(instant: Timestamp, now: Timestamp) -> String {
    let age = now.duration_since(instant);
    let when = if age.is_negative() { "in the future" } else { "ago" };
    format!("{} {when}", span(age))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn at(text: &str) -> Timestamp {
        text.parse().unwrap()
    }

    #[test]
    fn a_local_time_has_utc_beside_it_and_the_day_where_it_differs() {
        let paris = time_zone("Europe/Paris").unwrap();
        let early = at("2026-11-26T03:20:00Z");
        assert_eq!(instant(early, None), "2026-11-26 03:20 UTC");
        assert_eq!(
            instant(early, Some(&paris)),
            "2026-11-26 04:20 Europe/Paris (03:20 UTC)"
        );
        assert_eq!(
            instant(at("2026-11-25T23:30:07Z"), Some(&paris)),
            "2026-11-26 00:30:07 Europe/Paris (2026-11-25 23:30:07 UTC)"
        );
        assert_eq!(instant(early, Some(&TimeZone::UTC)), "2026-11-26 03:20 UTC");
    }

    #[test]
    fn casablanca_keeps_utc_since_september_2026() {
        let casablanca = time_zone("Africa/Casablanca").unwrap();
        assert_eq!(
            instant(at("2026-11-26T03:20:00Z"), Some(&casablanca)),
            "2026-11-26 03:20 Africa/Casablanca (03:20 UTC)"
        );
    }

    #[test]
    fn a_wrong_time_zone_says_what_to_write() {
        assert!(time_zone("Casablanca").unwrap_err().contains("Africa/Casablanca"));
    }

    #[test]
    fn a_long_span_has_no_seconds() {
        assert_eq!(span(SignedDuration::from_secs(4 * 3600 + 12 * 60 + 7)), "4h12m");
        assert_eq!(span(SignedDuration::from_secs(-125)), "2m5s");
    }

    #[test]
    fn what_has_not_been_yet_is_not_called_past() {
        let now = at("2026-11-26T12:00:00Z");
        assert_eq!(ago(at("2026-11-26T11:48:00Z"), now), "12m ago");
        assert_eq!(ago(at("2026-11-27T13:00:00Z"), now), "25h in the future");
    }
}
