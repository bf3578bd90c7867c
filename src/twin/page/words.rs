//! Figures as people read them.

use jiff::Timestamp;

use crate::units::Grams;

/// A figure that is not known.
const UNKNOWN: &str = "–";

/// A share as percent with one decimal: `31.2 %`.
pub(super) fn percent(share: impl Into<Option<f64>>) -> String {
    number(share.into().map(|share| share * 100.0), 1, " %")
}

/// Hours: `3.2 h`.
pub(super) fn hours(hours: impl Into<Option<f64>>) -> String {
    number(hours.into(), 1, " h")
}

/// A mass: `1.31 t`.
pub(super) fn mass(grams: f64) -> String {
    if grams.is_finite() {
        Grams(grams).to_string().replace('-', "−")
    } else {
        UNKNOWN.into()
    }
}

/// A value with so many decimals and its unit; no minus before a zero.
pub(super) fn number(value: Option<f64>, decimals: usize, unit: &str) -> String {
    match value.filter(|value| value.is_finite()) {
        None => UNKNOWN.into(),
        Some(value) => {
            let text = format!("{:.decimals$}", value.abs());
            let is_zero = text.chars().all(|digit| digit == '0' || digit == '.');
            let sign = if value < 0.0 && !is_zero { "−" } else { "" };
            format!("{sign}{}{unit}", grouped(&text))
        }
    }
}

/// A count: `12,345`.
pub(super) fn count(count: impl Into<Option<usize>>) -> String {
    count.into().map_or(UNKNOWN.into(), |count| grouped(&count.to_string()))
}

/// `1` of it is singular.
pub(super) fn counted(many: usize, one: &str, more: &str) -> String {
    format!("{} {}", count(many), if many == 1 { one } else { more })
}

fn grouped(digits: &str) -> String {
    let (whole, rest) = digits.split_at(digits.find('.').unwrap_or(digits.len()));
    let mut grouped = String::new();
    for (i, digit) in whole.chars().enumerate() {
        if i > 0 && (whole.len() - i) % 3 == 0 {
            grouped.push(',');
        }
        grouped.push(digit);
    }
    grouped + rest
}

/// A day: `3 March 2022`.
pub(super) fn day(at: Timestamp) -> String {
    at.strftime("%-d %B %Y").to_string()
}

/// The first characters of a name, for where there is no room.
pub(super) fn short(name: &str, most: usize) -> String {
    match name.char_indices().nth(most) {
        None => name.into(),
        Some(_) => name.chars().take(most.saturating_sub(1)).chain(['…']).collect(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn figures_read_at_a_glance() {
        assert_eq!(percent(0.3123), "31.2 %");
        assert_eq!(percent(-0.0501), "−5.0 %");
        assert_eq!(percent(-0.0001), "0.0 %");
        assert_eq!(percent(f64::NAN), "–");
        assert_eq!(hours(None), "–");
        assert_eq!(count(1_234_567), "1,234,567");
        assert_eq!(number(Some(-1234.56), 1, " kW"), "−1,234.6 kW");
        assert_eq!(counted(1, "job", "jobs"), "1 job");
    }

    #[test]
    fn long_names_are_cut_between_characters() {
        assert_eq!(short("Aïcha-batch", 6), "Aïcha…");
        assert_eq!(short("étl", 3), "étl");
    }
}
