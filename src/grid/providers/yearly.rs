//! Yearly figures by country, for zones of which nothing better is known. They cannot rank hours, so they never delay a job; they
//! may choose the zone where all zones compared share their basis.
//!
//! Data: Ember (CC BY 4.0) by way of Our World in Data; life-cycle, of generation. Morocco 2024: Ember's mix of generation (26.5 %
//! renewable) at the factors of `super::factors`. A mix moves by some points a year: the year is named, and a figure is called
//! old 18 months after its end. Left out: what is older than 2021, and what the source rounds to no emissions at all.

use jiff::Timestamp;
use jiff::civil::date;
use jiff::tz::TimeZone;

use crate::grid::error::SourceError;
use crate::units::Signal;

/// A line a country, sorted; its head says where the figures come from.
const TABLE: &str = include_str!("yearly.csv");

/// What the table says of one country.
#[derive(Clone, Copy, Debug, PartialEq)]
struct Row {
    /// ISO 3166-1 alpha-2, in capitals.
    country: &'static str,
    year: i16,
    /// gCO2e/kWh, life-cycle.
    grams: f64,
    /// Renewable share of generation, 0 to 1.
    share: f64,
}

impl Row {
    /// A line of the table; a comment or the header is no row.
    fn read(line: &'static str) -> Option<Self> {
        let mut cells = line.split(',');
        Some(Self {
            country: cells.next()?,
            year: cells.next()?.parse().ok()?,
            grams: cells.next()?.parse().ok()?,
            share: cells.next()?.parse().ok()?,
        })
    }
}

/// The yearly figure of a country.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Yearly {
    /// ISO 3166-1 alpha-2, in capitals.
    pub country: String,
}

impl Yearly {
    /// The value of a signal.
    ///
    /// # Errors
    /// [`SourceError::Refused`] for what is not in the table.
    pub(in crate::grid) fn value(&self, signal: Signal) -> Result<f64, SourceError> {
        let country = &self.country;
        let Some(row) = self.row() else {
            return Err(SourceError::Refused(format!(
                "the yearly table does not know {country:?}; write the two capital letters of ISO 3166-1, such as MA, US or GB, or \
                 give a constant instead"
            )));
        };
        match signal {
            Signal::CarbonIntensity => Ok(row.grams),
            Signal::RenewableShare => Ok(row.share),
            Signal::MarginalIntensity => Err(SourceError::Refused(format!(
                "the yearly table has no {signal:?} of {country}; give a constant instead"
            ))),
        }
    }

    /// Its name with its year, for people.
    pub(in crate::grid) fn name(&self) -> String {
        let year = self.row().map(|row| format!(" {}", row.year)).unwrap_or_default();
        format!("yearly figure {}{year} (Ember, CC BY 4.0)", self.country)
    }

    /// Says so where the figure is old.
    pub(in crate::grid) fn age(&self, now: Timestamp) -> Option<String> {
        let year = self.row()?.year;
        let old = date(year + 2, 7, 1).to_zoned(TimeZone::UTC).ok()?.timestamp();
        (now > old).then(|| format!("it is of {year}; a constant with a newer figure is better"))
    }

    fn row(&self) -> Option<Row> {
        TABLE
            .lines()
            .filter_map(Row::read)
            .find(|row| row.country == self.country)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_figure_says_its_year_and_when_it_is_old() {
        let morocco = Yearly { country: "MA".into() };
        assert_eq!(morocco.value(Signal::RenewableShare), Ok(0.265));
        assert_eq!(morocco.name(), "yearly figure MA 2024 (Ember, CC BY 4.0)");
        assert_eq!(morocco.age("2026-06-30T00:00:00Z".parse().unwrap()), None);
        assert!(
            morocco
                .age("2026-07-02T00:00:00Z".parse().unwrap())
                .unwrap()
                .contains("2024")
        );
    }

    #[test]
    fn what_the_table_does_not_have_is_refused_with_what_to_write() {
        for (country, signal, words) in [
            ("XX", Signal::CarbonIntensity, "\"XX\"; write the two capital letters"),
            ("ma", Signal::CarbonIntensity, "such as MA"),
            ("", Signal::CarbonIntensity, "give a constant instead"),
            (
                "MA",
                Signal::MarginalIntensity,
                "no MarginalIntensity of MA; give a constant instead",
            ),
        ] {
            let country = country.into();
            let error = Yearly { country }.value(signal).unwrap_err().to_string();
            assert!(error.contains(words), "{error}");
        }
    }

    #[test]
    fn every_line_after_the_head_is_a_plausible_row_and_no_country_has_two() {
        let lines = || TABLE.lines().skip_while(|line| line.starts_with('#'));
        assert_eq!(lines().next(), Some("country,year,grams,share"));
        let rows: Vec<Row> = lines().skip(1).map(|line| Row::read(line).expect(line)).collect();
        for row in &rows {
            let is_code = row.country.len() == 2 && row.country.chars().all(|c| c.is_ascii_uppercase());
            let is_plausible = row.grams > 0.0 && row.grams <= 1500.0 && (0.0..=1.0).contains(&row.share);
            assert!(is_code && is_plausible && (2021..=2024).contains(&row.year), "{row:?}");
        }
        assert!(rows.is_sorted_by(|one, next| one.country < next.country));
        let page = include_str!("../../../docs/providers.md");
        assert!(page.contains(&format!("| `yearly` | {} countries |", rows.len())));
    }

    #[test]
    fn figures_that_were_checked_against_their_country_stay_as_they_are() {
        for (country, grams, share) in [
            ("CI", 394.0, 0.31),
            ("FR", 56.0, 0.26),
            ("MA", 568.0, 0.265),
            ("TN", 564.0, 0.032),
        ] {
            let country = country.into();
            let row = Yearly { country }.row().unwrap();
            assert_eq!((row.grams, row.share), (grams, share), "{row:?}");
        }
    }
}
