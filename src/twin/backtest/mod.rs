//! The judge of forecasts: how much of the saving that was possible a plan made on them keeps.
//!
//! Starts lie at 00, 06, 12 and 18 UTC after the first 28 days, and count where their whole window is known. A job of 1, 6, 12
//! or 24 hours, contiguous or not, is planned once, at its start, in a window of its length and 24 hours more. What a
//! [`Forecaster`] sees ends where the window begins, because the judge feeds it hour by hour.

mod series;

use jiff::Timestamp;
use jiff::tz::TimeZone;

pub use super::written::instant;
use crate::grid::forecast::{Accuracy, DayAhead, Forecaster, Hourly, JobKind, Kept, Method};
use crate::planner::Point;
pub use series::series;

/// Hours that a method may learn from before the first start.
const WARM_UP: usize = 28 * 24;
/// Hours between starts.
const APART: i8 = 6;
/// Days ahead whose accuracy is judged.
pub const DAYS: usize = 4;

/// What the judge found of one method on one series.
#[derive(Clone, Debug, PartialEq)]
pub struct Verdict {
    /// The method.
    pub method: Method,
    /// How many starts were planned, for the shortest job.
    pub starts: usize,
    /// The saving kept, by kind of job, in the order of [`JobKind::ALL`].
    pub kept: Vec<(JobKind, Kept)>,
    /// How close the values came, by day ahead, the next 24 hours first.
    pub days: Vec<DayAhead>,
}

impl Verdict {
    /// The unweighted mean of the saving kept over the kinds of job where there was any to keep.
    pub fn mean_kept(&self) -> Option<f64> {
        Kept::mean(self.kept.iter().map(|(_, kept)| kept))
    }
}

/// Judges `method` on `series`.
pub fn judge(method: Method, series: &Hourly) -> Verdict {
    let mut forecaster = Forecaster::new(method, series.start);
    let mut verdict = Verdict {
        method,
        starts: 0,
        kept: JobKind::ALL.map(|kind| (kind, Kept::default())).to_vec(),
        days: Vec::new(),
    };
    let mut accuracy = [Accuracy::default(); DAYS];
    for (hour, value) in series.values.iter().enumerate() {
        if hour >= WARM_UP && is_start(series.at(hour)) {
            let points = forecaster.forecast(DAYS * 24);
            verdict.plan(&points, &series.values[hour..]);
            for (day, accuracy) in accuracy.iter_mut().enumerate() {
                accuracy.compare(&points, &series.values[hour..], day * 24);
            }
        }
        forecaster.observe(*value);
    }
    verdict.days = accuracy.iter().map(Accuracy::result).collect();
    verdict
}

impl Verdict {
    /// Plans each kind of job at one start. Where nothing is forecast, jobs run at once.
    fn plan(&mut self, points: &[Point], actual: &[f64]) {
        let values: Vec<f64> = points.iter().map(|point| point.value).collect();
        for (index, (kind, kept)) in self.kept.iter_mut().enumerate() {
            let Some(window) = actual.get(..kind.window()) else {
                continue;
            };
            if window.iter().all(|value| value.is_finite()) {
                kept.add(*kind, values.get(..kind.window()), window);
                self.starts += usize::from(index == 0);
            }
        }
    }
}

fn is_start(instant: Timestamp) -> bool {
    instant.to_zoned(TimeZone::UTC).hour() % APART == 0
}

#[cfg(test)]
mod tests {
    use super::*;

    fn hourly(days: usize, value: impl Fn(usize) -> f64) -> Hourly {
        Hourly {
            start: "2026-01-01T00:00:00Z".parse().unwrap(),
            values: (0..days * 24).map(value).collect(),
        }
    }

    #[test]
    fn every_method_keeps_all_of_a_day_that_repeats_and_ours_nearly_all() {
        let same = hourly(32, |hour| {
            [9.0, 5.0, 1.0, 7.0][hour % 24 / 6] + (hour % 6) as f64 / 10.0
        });
        for method in Method::ALL {
            let verdict = judge(method, &same);
            // The last start whose window of 25 hours lies within 32 days is 18 hours into day 30, the first is that of day 28.
            assert_eq!(verdict.starts, 12);
            // Ours smooths the steps of the day until it has learned that they are sharp.
            let (lost, error) = if method == Method::Ours {
                (0.05, 0.2)
            } else {
                (1e-9, 1e-9)
            };
            for (kind, kept) in &verdict.kept {
                let share = kept.share();
                assert!(
                    share.is_none_or(|share| (share - 1.0).abs() < lost),
                    "{method} {kind:?} {share:?}"
                );
            }
            assert_eq!(verdict.mean_kept().map(f64::round), Some(1.0));
            assert!(verdict.days[0].mape.unwrap() < error);
        }
    }

    #[test]
    fn a_start_counts_only_where_its_whole_window_is_known() {
        let mut gap = hourly(32, |hour| (hour % 24) as f64);
        gap.values[30 * 24 + 12] = f64::NAN;
        let verdict = judge(Method::Profile, &gap);
        // Starts at 28d00 .. 30d18 are 12; the windows of 25 h that hold 30d12 begin at 29d12 (its last hour), 29d18, .. 30d12.
        assert_eq!(verdict.starts, 12 - 5);
    }

    #[test]
    fn the_last_day_is_never_seen_before_it_comes() {
        // The level drops to nothing on the last day: whoever saw it would wait for it.
        let drop = hourly(31, |hour| if hour < 29 * 24 { 100.0 } else { 0.0 });
        let verdict = judge(Method::Persistence, &drop);
        let (_, hour) = verdict.kept[0];
        assert_eq!(hour.share(), Some(0.0), "of equal plans the earliest: all run at once");
    }
}
