//! How close forecast values come to what was, one day ahead after the other.

use crate::planner::Point;

/// Values that differ by less than this share are equal.
const ROUNDING: f64 = 1e-9;

/// Sums over starts, for one day ahead.
#[derive(Clone, Copy, Debug, Default, PartialEq)]
pub struct Accuracy {
    hours: f64,
    error: f64,
    relative: (f64, f64),
    banded: (f64, f64),
}

/// What [`Accuracy`] comes to; `None` where no hour could be compared.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct DayAhead {
    /// Mean of `|forecast - actual| / |actual|` over the hours whose actual value is not zero.
    pub mape: Option<f64>,
    /// Mean of `forecast - actual`, in the unit of the series.
    pub bias: Option<f64>,
    /// Share of the hours with a band whose actual value lies in it, ends included; 0.8 is wanted.
    pub coverage: Option<f64>,
}

impl Accuracy {
    /// Compares the 24 hours from `first` on; only where all of them have come, so that a series that ends counts no half days.
    pub fn compare(&mut self, forecast: &[Point], actual: &[f64], first: usize) {
        let day = actual.get(first..first + 24).unwrap_or_default();
        let pairs = forecast.iter().skip(first).zip(day);
        for (point, actual) in pairs.filter(|(_, actual)| actual.is_finite()) {
            let error = point.value - actual;
            self.hours += 1.0;
            self.error += error;
            if *actual != 0.0 {
                self.relative.0 += (error / actual).abs();
                self.relative.1 += 1.0;
            }
            if let Some(band) = point.band {
                let rounding = ROUNDING * actual.abs();
                let lies_in = (band.p10 - rounding..=band.p90 + rounding).contains(actual);
                self.banded.0 += f64::from(u8::from(lies_in));
                self.banded.1 += 1.0;
            }
        }
    }

    /// The means.
    pub fn result(&self) -> DayAhead {
        let mean = |(sum, count): (f64, f64)| (count > 0.0).then(|| sum / count);
        DayAhead {
            mape: mean(self.relative),
            bias: mean((self.error, self.hours)),
            coverage: mean(self.banded),
        }
    }
}

#[cfg(test)]
mod tests {
    use jiff::{SignedDuration, Timestamp};

    use super::*;
    use crate::planner::Band;
    use crate::units::Slot;

    fn point(value: f64, band: Option<(f64, f64)>) -> Point {
        Point {
            slot: Slot::of(Timestamp::UNIX_EPOCH, SignedDuration::from_hours(1)),
            value,
            band: band.map(|(p10, p90)| Band { p10, p90 }),
        }
    }

    #[test]
    fn errors_bias_and_coverage_are_means_over_the_hours_of_their_day() {
        let mut forecast = vec![point(1000.0, None); 24];
        forecast.extend([
            point(110.0, Some((100.0, 120.0))),
            point(70.0, Some((60.0, 80.0))),
            point(3.0, Some((0.0, 1.0))),
            point(9.0, None),
        ]);
        let mut actual = vec![1.0; 24];
        actual.extend([100.0, 100.0, 0.0, f64::NAN]);
        actual.resize(48, f64::NAN);
        let mut accuracy = Accuracy::default();
        accuracy.compare(&forecast, &actual, 24);
        let day = accuracy.result();
        assert!(
            (day.mape.unwrap() - 0.2).abs() < 1e-12,
            "10 % and 30 %; the zero does not count"
        );
        assert!((day.bias.unwrap() - (10.0 - 30.0 + 3.0) / 3.0).abs() < 1e-12);
        assert_eq!(day.coverage, Some(2.0 / 3.0), "an end of a band lies in it");
    }

    #[test]
    fn a_day_that_has_not_all_come_does_not_count() {
        let mut accuracy = Accuracy::default();
        accuracy.compare(&vec![point(7.0, None); 24], &[5.0; 23], 0);
        assert_eq!(accuracy.result().bias, None);
        accuracy.compare(&vec![point(7.0, None); 24], &[5.0; 24], 0);
        assert_eq!(accuracy.result().bias, Some(2.0));
    }

    #[test]
    fn without_an_hour_to_compare_there_are_no_means() {
        let empty = Accuracy::default().result();
        assert_eq!((empty.mape, empty.bias, empty.coverage), (None, None, None));
    }
}
