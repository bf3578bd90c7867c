//! Yearly figures by country, for zones of which nothing better is known. They cannot rank hours, so they never delay a job; they
//! may choose the zone where all zones compared share their basis.
//!
//! Data: Ember (CC BY 4.0), 2022 and 2023 by way of Our World in Data; life-cycle, of generation. Morocco 2024: Ember's mix of
//! generation (26.5 % renewable) at the factors of `super::factors`. A mix moves by some points a year: the year is named, and a
//! figure is called old 18 months after its end.

use jiff::Timestamp;
use jiff::civil::date;
use jiff::tz::TimeZone;

use crate::grid::error::SourceError;
use crate::units::Signal;

/// Country, year, gCO2e/kWh (life-cycle), renewable share of generation where known.
const TABLE: [(&str, i16, f64, Option<f64>); 13] = [
    ("CI", 2022, 394.0, Some(0.31)),
    ("DE", 2023, 381.0, None),
    ("DZ", 2022, 635.0, Some(0.008)),
    ("EG", 2023, 570.0, None),
    ("ES", 2023, 174.0, Some(0.501)),
    ("FR", 2023, 56.0, Some(0.26)),
    ("GB", 2023, 238.0, None),
    ("MA", 2024, 568.0, Some(0.265)),
    ("ML", 2022, 408.0, Some(0.40)),
    ("MR", 2022, 465.0, Some(0.30)),
    ("PT", 2023, 166.0, Some(0.73)),
    ("SN", 2022, 512.0, Some(0.26)),
    ("TN", 2023, 564.0, Some(0.032)),
];

/// The yearly figure of a country.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Yearly {
    /// ISO 3166-1 alpha-2, in capitals.
    pub country: String,
}

impl Yearly {
    /// The countries of the table.
    pub fn countries() -> impl Iterator<Item = &'static str> {
        TABLE.iter().map(|row| row.0)
    }

    /// The value of a signal.
    ///
    /// # Errors
    /// [`SourceError::Refused`] for what is not in the table.
    pub(in crate::grid) fn value(&self, signal: Signal) -> Result<f64, SourceError> {
        let value = self.row().and_then(|(_, _, grams, share)| match signal {
            Signal::CarbonIntensity => Some(*grams),
            Signal::RenewableShare => *share,
            Signal::MarginalIntensity => None,
        });
        value.ok_or_else(|| {
            let all: Vec<&str> = Self::countries().collect();
            SourceError::Refused(format!(
                "the yearly table has no {signal:?} of {}; it knows {}. Give a constant instead",
                self.country,
                all.join(", ")
            ))
        })
    }

    /// Its name with its year, for people.
    pub(in crate::grid) fn name(&self) -> String {
        let year = self.row().map(|row| row.1.to_string()).unwrap_or_default();
        format!("yearly figure {} {year} (Ember, CC BY 4.0)", self.country)
    }

    /// Says so where the figure is old.
    pub(in crate::grid) fn age(&self, now: Timestamp) -> Option<String> {
        let year = self.row()?.1;
        let old = date(year + 2, 7, 1).to_zoned(TimeZone::UTC).ok()?.timestamp();
        (now > old).then(|| format!("it is of {year}; a constant with a newer figure is better"))
    }

    fn row(&self) -> Option<&'static (&'static str, i16, f64, Option<f64>)> {
        TABLE.iter().find(|row| row.0 == self.country)
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
    fn what_the_table_does_not_have_is_refused_with_what_it_has() {
        for (country, signal) in [
            ("XX", Signal::CarbonIntensity),
            ("MA", Signal::MarginalIntensity),
            ("DE", Signal::RenewableShare),
        ] {
            let error = Yearly {
                country: country.into(),
            }
            .value(signal)
            .unwrap_err()
            .to_string();
            assert!(
                error.contains(country) && error.contains("MA") && error.contains("constant"),
                "{error}"
            );
        }
    }
}
