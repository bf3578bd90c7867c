//! A step function of time, and its integral.

use jiff::{SignedDuration, Timestamp};

use crate::planner::Band;

/// Milliseconds after the scenario's start; before it, negative.
pub type Ms = i64;

/// Milliseconds in an hour.
pub const HOUR: f64 = 3_600_000.0;

/// A duration in milliseconds, from none to as good as for ever: sums of two still fit.
pub fn ms(duration: SignedDuration) -> Ms {
    duration.as_millis().clamp(0, i128::from(Ms::MAX / 4)) as Ms
}

/// The instant so many milliseconds after another; where there is none, the last one that there is on that side.
pub fn instant(zero: Timestamp, at: Ms) -> Timestamp {
    let end = if at > 0 { Timestamp::MAX } else { Timestamp::MIN };
    zero.saturating_add(SignedDuration::from_millis(at)).unwrap_or(end)
}

/// A stretch of time with one value.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Row {
    /// From when.
    pub start: Ms,
    /// Until when.
    pub end: Ms,
    /// The value, or what to expect of it.
    pub value: f64,
    /// Where it will lie with a probability of 80 %, where the forecast says so.
    pub band: Option<Band>,
}

/// A step function: one value from each start to the next, the last one to the end. Without gaps.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Series {
    /// The starts, rising, and the end: one more than values.
    at: Vec<Ms>,
    values: Vec<f64>,
    /// The integral from the first start to each of `at`, in value hours.
    sum: Vec<f64>,
}

impl Series {
    /// The series with these `(start, value)` rows, by rising start, up to `end`.
    pub fn of(rows: impl IntoIterator<Item = (Ms, f64)>, end: Ms) -> Self {
        let mut series = Self::default();
        for (start, value) in rows {
            series.at.push(start);
            series.values.push(value);
        }
        series.at.push(end);
        let mut sum = 0.0;
        series.sum.push(sum);
        for (pair, value) in series.at.windows(2).zip(&series.values) {
            sum += value * (pair[1] - pair[0]) as f64 / HOUR;
            series.sum.push(sum);
        }
        series
    }

    /// The first instant at which it has a value.
    pub fn start(&self) -> Ms {
        self.at.first().copied().unwrap_or(0)
    }

    /// The first instant after it.
    pub fn end(&self) -> Ms {
        self.at.last().copied().unwrap_or(0)
    }

    /// Its rows: `(start, value)`.
    pub fn rows(&self) -> impl Iterator<Item = (Ms, f64)> + '_ {
        self.at.iter().copied().zip(self.values.iter().copied())
    }

    /// The starts of its rows, and its end.
    pub fn borders(&self) -> &[Ms] {
        &self.at
    }

    /// The value at an instant, if it has one there.
    pub fn value(&self, at: Ms) -> Option<f64> {
        let row = self.at.partition_point(|start| *start <= at).checked_sub(1)?;
        self.values.get(row).copied()
    }

    /// The integral over `[from, to)` in value hours: grams of 1 kW, where the value is an intensity. `None` unless all of it
    /// is known.
    pub fn integral(&self, from: Ms, to: Ms) -> Option<f64> {
        (from >= self.start() && to <= self.end() && from <= to).then(|| self.sum_at(to) - self.sum_at(from))
    }

    fn sum_at(&self, at: Ms) -> f64 {
        let row = self.at.partition_point(|start| *start <= at).saturating_sub(1);
        let rest = self
            .values
            .get(row)
            .map_or(0.0, |value| value * (at - self.at[row]) as f64 / HOUR);
        self.sum.get(row).copied().unwrap_or(0.0) + rest
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_integral_takes_parts_of_rows() {
        let series = Series::of([(0, 100.0), (3_600_000, 300.0)], 7_200_000);
        assert_eq!(series.integral(1_800_000, 5_400_000), Some(50.0 + 150.0));
        assert_eq!(series.integral(0, 7_200_000), Some(400.0));
        assert_eq!((series.value(3_600_000), series.value(7_200_000)), (Some(300.0), None));
    }

    #[test]
    fn what_lies_outside_is_not_known() {
        let series = Series::of([(0, 1.0)], 1000);
        assert_eq!((series.integral(-1, 500), series.integral(500, 1001)), (None, None));
        assert_eq!(series.integral(1000, 1000), Some(0.0));
    }
}
