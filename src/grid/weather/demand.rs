//! What is consumed: a mean, its growth, and its shape by month, weekday and hour. All in UTC: a country that changes its
//! clocks moves its habits by an hour at most, and no offset can be wrong.

use jiff::civil::Weekday;
use jiff::tz::TimeZone;
use jiff::{Timestamp, Zoned};
use serde::Deserialize;

/// What is consumed.
#[derive(Clone, Debug, PartialEq, Deserialize)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct Demand {
    /// The year of the mean.
    pub year: i16,
    /// Its mean, MW.
    pub mean_megawatts: f64,
    /// Growth a year, as a share.
    pub growth: f64,
    /// January to December, relative to each other.
    pub months: [f64; 12],
    /// Shapes of the day; each month names one by its place in the list.
    pub days: Vec<[f64; 24]>,
    /// Which shape each month has.
    pub day_of_month: [usize; 12],
    /// Saturdays and Sundays, relative to the other days.
    pub saturday: f64,
    /// See `saturday`.
    pub sunday: f64,
    /// Who says so.
    pub source: String,
}

impl Demand {
    /// MW at `instant`.
    pub(super) fn megawatts(&self, instant: Timestamp) -> f64 {
        let utc = instant.to_zoned(TimeZone::UTC);
        // The mean belongs to the middle of its year.
        let years = f64::from(utc.year() - self.year) + f64::from(utc.day_of_year()) / 365.25 - 0.5;
        let month = self.months[month_of(&utc)] / mean(&self.months);
        self.mean_megawatts * (1.0 + self.growth).powf(years) * month * self.in_step(instant)
    }

    /// Demand at `instant` by the mean of its month.
    pub(super) fn in_step(&self, instant: Timestamp) -> f64 {
        let utc = instant.to_zoned(TimeZone::UTC);
        let day = self.days.get(self.day_of_month[month_of(&utc)]);
        let hour = day.map_or(1.0, |day| day[usize::from(utc.hour().unsigned_abs())] / mean(day));
        let week = (5.0 + self.saturday + self.sunday) / 7.0;
        let weekday = match utc.weekday() {
            Weekday::Saturday => self.saturday,
            Weekday::Sunday => self.sunday,
            _ => 1.0,
        };
        hour * weekday / week
    }

    /// What is wrong with it, if anything.
    pub(super) fn fault(&self) -> Option<&'static str> {
        let positive = |values: &[f64]| values.iter().all(|value| value.is_finite() && *value > 0.0);
        let shapes = positive(&self.months) && self.days.iter().all(|day| positive(day));
        let factors = positive(&[self.mean_megawatts, self.saturday, self.sunday, 1.0 + self.growth]);
        if !shapes || !factors {
            return Some("every figure of a demand is above zero, and growth above -1");
        }
        let named = self.day_of_month.iter().all(|day| *day < self.days.len());
        (!named).then_some("dayOfMonth names a place in the list days, counted from 0")
    }
}

/// 0 for January.
pub(super) fn month_of(utc: &Zoned) -> usize {
    usize::from(utc.month().unsigned_abs()) - 1
}

fn mean(values: &[f64]) -> f64 {
    values.iter().sum::<f64>() / values.len() as f64
}

#[cfg(test)]
mod tests {
    use jiff::SignedDuration;

    use super::*;

    fn demand() -> Demand {
        let mut evening = [1.0; 24];
        evening[20] = 2.0;
        Demand {
            year: 2024,
            mean_megawatts: 5000.0,
            growth: 0.0,
            months: [1.0; 12],
            days: vec![[1.0; 24], evening],
            day_of_month: [0, 0, 0, 0, 0, 0, 1, 1, 0, 0, 0, 0],
            saturday: 0.9,
            sunday: 0.8,
            source: "a test".into(),
        }
    }

    fn at(demand: &Demand, instant: &str) -> f64 {
        demand.megawatts(instant.parse().unwrap())
    }

    #[test]
    fn whatever_its_shape_a_year_has_its_mean() {
        let start: Timestamp = "2024-01-01T00:00:00Z".parse().unwrap();
        let hours = (0..8784).map(|hour| demand().megawatts(start + SignedDuration::from_hours(hour)));
        let mean = hours.sum::<f64>() / 8784.0;
        assert!((mean / 5000.0 - 1.0).abs() < 2e-3, "{mean}");
    }

    #[test]
    fn evenings_weekends_and_years_differ() {
        let demand = demand();
        let wednesday = at(&demand, "2024-07-03T12:00:00Z");
        assert!(at(&demand, "2024-07-03T20:00:00Z") > 1.9 * wednesday);
        assert!(at(&demand, "2024-07-07T12:00:00Z") < 0.85 * wednesday);
        let growing = Demand { growth: 0.1, ..demand };
        assert!(at(&growing, "2026-07-01T12:00:00Z") > 1.2 * wednesday);
    }

    #[test]
    fn a_shape_that_no_list_holds_is_refused() {
        assert_eq!(demand().fault(), None);
        let wrong = Demand {
            day_of_month: [2; 12],
            ..demand()
        };
        assert!(wrong.fault().is_some());
        let none = Demand {
            months: [0.0; 12],
            ..demand()
        };
        assert!(none.fault().is_some());
    }
}
