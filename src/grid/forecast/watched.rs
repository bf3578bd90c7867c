//! Our own forecast, watched: where it has lately ranked worse than the plain `corrected`, that one is used, visibly.
//!
//! Both forecast every six hours. When two days have come, the eight kinds of job are planned on both, and what they would have
//! kept is added to sums that fade within months.

use std::collections::VecDeque;

use jiff::Timestamp;

use super::kept::{JobKind, Kept};
use super::{Forecaster, Method, REHEARSAL};
use crate::planner::Point;

/// Hours of the longest window.
const AHEAD: usize = 48;
/// What a start counts after the next one: half after 35 days.
const MEMORY: f64 = 0.995;
/// Starts without which nothing is distrusted: twenty days.
const ENOUGH: u32 = 80;
/// Share of the possible saving by which ours must be worse before it is distrusted. It is trusted again when it is better.
const MARGIN: f64 = 0.04;

/// What the two methods said of the hours after a start.
#[derive(Clone, Debug)]
struct Said {
    forecasts: [Vec<f64>; 2],
    actual: Vec<f64>,
}

/// A forecaster that knows how well it does.
#[derive(Clone, Debug)]
pub struct Watched {
    /// Ours, and what it is compared with.
    both: [Forecaster; 2],
    open: VecDeque<Said>,
    kept: [Vec<Kept>; 2],
    starts: u32,
    distrusted: bool,
}

impl Watched {
    /// One that has seen nothing, and will see the hour that begins at `start` first.
    pub fn new(start: Timestamp) -> Self {
        let none = vec![Kept::default(); JobKind::ALL.len()];
        Self {
            both: [Method::Ours, Method::Corrected].map(|method| Forecaster::new(method, start)),
            open: VecDeque::new(),
            kept: [none.clone(), none],
            starts: 0,
            distrusted: false,
        }
    }

    /// Takes the value of the next hour; one that is not finite is missing.
    pub fn observe(&mut self, value: f64) {
        if self.both[0].now().is_multiple_of(REHEARSAL) {
            let forecasts = [0, 1].map(|i| self.both[i].values(AHEAD));
            self.open.push_back(Said {
                forecasts,
                actual: Vec::with_capacity(AHEAD),
            });
        }
        self.both.iter_mut().for_each(|one| one.observe(value));
        self.open.iter_mut().for_each(|said| said.actual.push(value));
        let is_full = self.open.front().is_some_and(|said| said.actual.len() == AHEAD);
        if let Some(said) = is_full.then(|| self.open.pop_front()).flatten() {
            self.score(&said);
        }
    }

    /// The `hours` that follow, by the method that is trusted; see [`Forecaster::forecast`].
    pub fn forecast(&self, hours: usize) -> Vec<Point> {
        self.both[usize::from(self.distrusted)].forecast(hours)
    }

    /// The method that is trusted.
    pub fn trusted(&self) -> Method {
        if self.distrusted {
            Method::Corrected
        } else {
            Method::Ours
        }
    }

    /// What `ours` and `corrected` would have kept lately of the saving that was possible: the mean over the kinds of job;
    /// `None` while nothing could be saved.
    pub fn kept(&self) -> [Option<f64>; 2] {
        [0, 1].map(|i| Kept::mean(&self.kept[i]))
    }

    fn score(&mut self, said: &Said) {
        if said.actual.iter().any(|value| !value.is_finite()) {
            return;
        }
        for (forecast, kept) in said.forecasts.iter().zip(&mut self.kept) {
            for (kind, kept) in JobKind::ALL.into_iter().zip(kept) {
                kept.fade(MEMORY);
                kept.add(kind, forecast.get(..kind.window()), &said.actual[..kind.window()]);
            }
        }
        self.starts = self.starts.saturating_add(1);
        if let [Some(ours), Some(corrected)] = self.kept()
            && self.starts >= ENOUGH
        {
            let margin = if self.distrusted { 0.0 } else { MARGIN };
            self.distrusted = ours < corrected - margin;
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::grid::forecast::DAY;

    /// Sixty days whose level persists for days.
    fn watched() -> Watched {
        let mut watched = Watched::new("2026-01-05T00:00:00Z".parse().unwrap());
        let mut random = fastrand::Rng::with_seed(11);
        let mut level = 0.0;
        for hour in 0..60 * DAY {
            if hour % DAY == 0 {
                level = 0.8 * level + 100.0 * (random.f64() - 0.5);
            }
            watched.observe(500.0 + level + (hour % DAY) as f64);
        }
        watched
    }

    #[test]
    fn what_ranks_no_worse_is_trusted() {
        let watched = watched();
        let [ours, corrected] = watched.kept();
        assert!(ours >= corrected.map(|kept| kept - MARGIN), "{ours:?} {corrected:?}");
        assert_eq!(watched.trusted(), Method::Ours);
        assert_eq!(watched.forecast(96), watched.both[0].forecast(96));
    }

    #[test]
    fn what_has_ranked_worse_for_weeks_is_distrusted_and_the_other_is_used() {
        let mut watched = watched();
        watched.kept = [0.5, 0.55].map(|kept| vec![Kept::of(kept, 1.0); 8]);
        let nothing = Said {
            forecasts: [vec![1.0; AHEAD], vec![1.0; AHEAD]],
            actual: vec![1.0; AHEAD],
        };
        watched.score(&nothing);
        assert_eq!(watched.trusted(), Method::Corrected);
        assert_eq!(watched.forecast(96), watched.both[1].forecast(96));
        // Slightly worse is not yet better again.
        watched.kept[0] = vec![Kept::of(0.54, 1.0); 8];
        watched.score(&nothing);
        assert_eq!(watched.trusted(), Method::Corrected);
        watched.kept[0] = vec![Kept::of(0.56, 1.0); 8];
        watched.score(&nothing);
        assert_eq!(watched.trusted(), Method::Ours);
    }
}
