//! Durations as people write them: `90s`, `1h30m`, `2d`, `PT6H`.

use jiff::{SignedDuration, Span, SpanRelativeTo};

/// Reads a duration of at least zero: `90s`, `15m`, `1h30m`, `2d` (a day is 24 h), or ISO 8601.
///
/// # Errors
/// A sentence that says what to write instead.
pub fn parse_duration(text: &str) -> Result<SignedDuration, String> {
    let wrong = || format!("{text:?} is not a duration; write for example \"90s\", \"15m\", \"6h\" or \"1h30m\"");
    let span: Span = text.parse().map_err(|_| wrong())?;
    if span.get_years() != 0 || span.get_months() != 0 {
        return Err(format!(
            "{text:?} counts months or years, whose length varies; write days or hours"
        ));
    }
    let duration = span
        .to_duration(SpanRelativeTo::days_are_24_hours())
        .map_err(|_| wrong())?;
    if duration.is_negative() {
        return Err(format!("{text:?} is negative; a duration starts at 0s"));
    }
    Ok(duration)
}

/// Writes a duration the way [`parse_duration`] reads it, to the second: `1h30m`, `45s`, `0s`.
pub fn format_duration(duration: SignedDuration) -> String {
    let seconds = duration.as_secs().max(0);
    let parts = [(seconds / 3600, 'h'), (seconds % 3600 / 60, 'm'), (seconds % 60, 's')];
    let text: Vec<_> = parts
        .iter()
        .filter(|(n, _)| *n > 0)
        .map(|(n, unit)| format!("{n}{unit}"))
        .collect();
    if text.is_empty() { "0s".into() } else { text.concat() }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn durations_read_as_people_write_them() {
        for (text, seconds) in [
            ("90s", 90),
            ("15m", 900),
            ("1h30m", 5400),
            ("2d", 172_800),
            ("PT6H", 21_600),
        ] {
            assert_eq!(parse_duration(text).unwrap().as_secs(), seconds, "{text}");
        }
    }

    #[test]
    fn wrong_durations_say_what_to_write() {
        for text in ["", "soon", "-5m", "1mo", "5", "99999999999h"] {
            assert!(parse_duration(text).is_err(), "{text}");
        }
        assert!(parse_duration("soon").unwrap_err().contains("write for example"));
    }

    #[test]
    fn what_is_written_reads_back_the_same() {
        for seconds in [0, 1, 59, 60, 61, 3600, 5400, 86_400, 90_061] {
            let duration = SignedDuration::from_secs(seconds);
            assert_eq!(parse_duration(&format_duration(duration)), Ok(duration));
        }
    }
}
