//! Bands of 80 % that follow the errors a method really makes, whatever they look like.
//!
//! Every six hours the method forecasts for itself. When an hour comes, each forecast of it that was made moves the lower and
//! the upper edge for its hours ahead: a step out where the value fell outside, a ninth of that back where it did not, so that in
//! the long run a tenth falls below and a tenth above (online quantile tracking; Angelopoulos, Candès and Tibshirani,
//! "Conformal PID control for time series prediction", 2023). Edges are in units of what errors are usual lately and at the
//! hour of the day: a grid with much sun errs by day and not by night.

use std::collections::VecDeque;

use super::DAY;
use crate::planner::Band;

/// Hours ahead for which edges are kept.
pub(super) const AHEAD: usize = 4 * DAY;
/// What shares shall lie below the edges: a tenth and nine tenths, moved outwards by `0.9 / n` for the `n = 100` errors that
/// count, as conformal prediction does for what it has not seen.
const SHARES: [f64; 2] = [0.091, 0.909];
/// The least by which an edge moves, times [`REACH`].
const STEP: f64 = 0.03;
/// The most: large first steps overshoot, and the way back is slow.
const FIRST: f64 = 0.1;
/// The distance between a tenth and nine tenths of a normal error, roughly, in usual errors.
const REACH: f64 = 2.5;
/// The least weight of the newest error among the usual ones, for an hour ahead and for an hour of the day.
const NEWEST: [f64; 2] = [0.01, 0.005];
/// Errors without which there is no band.
const ENOUGH: u32 = 20;

/// What errors the forecasts for some hours ahead make.
#[derive(Clone, Copy, Debug, Default)]
struct Edge {
    seen: u32,
    /// Mean absolute error, in usual errors of the hour of the day.
    usual: f64,
    /// In mean absolute errors, so that a band narrows and widens with them at once.
    edges: [f64; 2],
}

/// The errors of one method on one series.
#[derive(Clone, Debug)]
pub(super) struct Bands {
    ahead: Vec<Edge>,
    /// By hour of the day: how many errors, and their mean size where 1 is that of any hour.
    by_day: [(u32, f64); DAY],
    /// Forecasts whose hours have not all come: how many have, and the values.
    rehearsed: VecDeque<(usize, Vec<f64>)>,
}

impl Default for Bands {
    fn default() -> Self {
        Self {
            ahead: vec![Edge::default(); AHEAD],
            by_day: [(0, 1.0); DAY],
            rehearsed: VecDeque::new(),
        }
    }
}

impl Bands {
    /// Keeps a forecast, to be compared with the hours when they come.
    pub(super) fn rehearse(&mut self, forecast: Vec<f64>) {
        self.rehearsed.push_back((0, forecast));
    }

    /// Compares the value of the hour `hour`, counted from 1970, with what was forecast.
    pub(super) fn observe(&mut self, hour: usize, value: f64) {
        let scale = self.scale(hour);
        for (age, forecast) in &mut self.rehearsed {
            let ahead = *age;
            *age += 1;
            let Some(error) = forecast
                .get(ahead)
                .map(|forecast| value - forecast)
                .filter(|e| e.is_finite())
            else {
                continue;
            };
            let edge = &mut self.ahead[ahead];
            edge.learn(error / scale);
            if edge.usual > 0.0 {
                let (seen, size) = &mut self.by_day[hour % DAY];
                *seen = seen.saturating_add(1);
                *size += (error.abs() / edge.usual - *size) * (1.0 / f64::from(*seen)).max(NEWEST[1]);
            }
        }
        self.rehearsed.retain(|(age, forecast)| *age < forecast.len());
    }

    /// The band around `value`, forecast for the hour `hour`; `None` while too few errors are known.
    pub(super) fn around(&self, value: f64, ahead: usize, hour: usize) -> Option<Band> {
        let edge = self.ahead.get(ahead).filter(|edge| edge.seen >= ENOUGH)?;
        let [low, high] = edge.at(self.scale(hour));
        Some(Band {
            p10: value + low.min(0.0),
            p90: value + high.max(0.0),
        })
    }

    /// What errors are usual at this hour of the day, where 1 is usual at any hour.
    fn scale(&self, hour: usize) -> f64 {
        if self.by_day.iter().any(|(seen, _)| *seen < ENOUGH) {
            return 1.0;
        }
        let mean = self.by_day.iter().map(|(_, size)| size).sum::<f64>() / DAY as f64;
        let scale = self.by_day[hour % DAY].1 / mean;
        if scale.is_finite() { scale.clamp(0.2, 5.0) } else { 1.0 }
    }
}

impl Edge {
    /// The edges as errors, where errors are so many times as large as at any hour.
    fn at(&self, scale: f64) -> [f64; 2] {
        self.edges.map(|edge| edge * self.usual * scale)
    }

    fn learn(&mut self, error: f64) {
        self.seen = self.seen.saturating_add(1);
        let newest = 1.0 / f64::from(self.seen);
        self.usual += (error.abs() - self.usual) * newest.max(NEWEST[0]);
        let step = newest.clamp(STEP, FIRST) * REACH;
        for (edge, share) in self.edges.iter_mut().zip(SHARES) {
            *edge += step * (share - f64::from(u8::from(error < *edge * self.usual)));
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Forecasts of 0 for an hour ahead, and errors by the hour.
    fn taught(hours: usize, error: impl Fn(usize) -> f64) -> Bands {
        let mut bands = Bands::default();
        for hour in 0..hours {
            bands.rehearse(vec![0.0]);
            bands.observe(hour, error(hour));
        }
        bands
    }

    #[test]
    fn a_tenth_of_the_errors_falls_below_and_a_tenth_above_whatever_they_look_like() {
        let mut random = fastrand::Rng::with_seed(7);
        // Skewed: mostly small and positive, with a long tail.
        let errors: Vec<f64> = (0..4000).map(|_| -20.0 * random.f64().max(1e-9).ln()).collect();
        let mut bands = Bands::default();
        let (mut below, mut above) = (0, 0);
        for (hour, error) in errors.iter().enumerate() {
            bands.rehearse(vec![0.0]);
            // `around` keeps the value inside, so the edges themselves are looked at.
            let edges = bands.ahead[0].at(bands.scale(hour));
            below += usize::from(hour > 400 && *error < edges[0]);
            above += usize::from(hour > 400 && *error > edges[1]);
            bands.observe(hour, *error);
        }
        let share = |count: usize| count as f64 / 3600.0;
        assert!((share(below) - 0.1).abs() < 0.03, "{}", share(below));
        assert!((share(above) - 0.1).abs() < 0.03, "{}", share(above));
    }

    #[test]
    fn a_band_is_wider_at_hours_of_the_day_that_err_more() {
        let mut random = fastrand::Rng::with_seed(3);
        let noise: Vec<f64> = (0..3000).map(|_| random.f64() - 0.5).collect();
        let bands = taught(3000, |hour| noise[hour] * if hour % DAY < 12 { 10.0 } else { 50.0 });
        let width = |hour| bands.around(0.0, 0, hour).map(|band| band.p90 - band.p10).unwrap();
        assert!(width(18) > 3.0 * width(6), "{} {}", width(18), width(6));
    }

    #[test]
    fn a_band_follows_errors_that_shrink_within_weeks() {
        let mut random = fastrand::Rng::with_seed(4);
        let noise: Vec<f64> = (0..2500).map(|_| random.f64() - 0.5).collect();
        let width = |hours: usize| {
            let bands = taught(hours, |hour| noise[hour] * if hour < 2000 { 100.0 } else { 5.0 });
            bands.around(0.0, 0, hours).map(|band| band.p90 - band.p10).unwrap()
        };
        assert!(width(2500) < width(2000) / 10.0, "{} {}", width(2000), width(2500));
    }

    #[test]
    fn without_enough_errors_there_is_no_band() {
        assert_eq!(taught(ENOUGH as usize - 1, |_| 1.0).around(5.0, 0, 0), None);
        let bands = taught(ENOUGH as usize, |_| 1.0);
        assert!(bands.around(5.0, 0, 0).is_some());
        assert_eq!(bands.around(5.0, 1, 0), None, "of two hours ahead nothing is known");
    }

    #[test]
    fn a_missing_hour_moves_nothing_and_is_not_waited_for() {
        let mut bands = taught(100, |_| 1.0);
        let before = bands.around(0.0, 0, 0);
        bands.rehearse(vec![0.0]);
        bands.observe(100, f64::NAN);
        assert_eq!(bands.around(0.0, 0, 0), before);
        assert!(bands.rehearsed.is_empty());
    }
}
