//! The method of our own: `corrected`, plus two regressions on how the last hours, days and weeks differ from the profile.
//!
//! `value(h) = corrected(h) + x(h) . w + level`, where `x(h)` are the features times `1`, `exp(-h / 4)` and `exp(-h / 24)`,
//! `h` the hours ahead. A plan asks which hours of a window are lower than others, so the weights `w` learn just that: how what
//! `corrected` misses differs between the hours of two days, and not how much it misses in all of them. That is the level, from a
//! second regression with one row a window. Weights start from a prior and follow the series: every six hours the features are
//! noted, and learned from when the hours they speak of have come. A value is learned from only after it was forecast.

use std::collections::VecDeque;

use super::DAY;
use super::features::Features;
use super::learned::{Learned, WINDOW, Window, shaped};
use super::prior::PRIOR;
use super::spread::Spread;
use super::week::Week;

/// The prior of the ranking counts as if errors were so many times as large as the spread: those of neighbouring hours, and of
/// windows that overlap, say nearly the same.
pub(super) const INFLATION: f64 = 8.0;
/// The prior of the level counts as much as this many windows: eight days.
const STRENGTH: f64 = 32.0;
/// Hours of past without which nothing is added to `corrected`.
const ENOUGH: usize = 14 * DAY;

/// The regressions with what they have learned.
#[derive(Clone, Debug)]
pub(super) struct Ours {
    week: Week,
    spread: Spread,
    learned: Learned,
    ranking: Vec<f64>,
    level: Vec<f64>,
    open: VecDeque<Window>,
}

impl Default for Ours {
    fn default() -> Self {
        Self {
            week: Week::default(),
            spread: Spread::default(),
            learned: Learned::default(),
            ranking: PRIOR.ranking.clone(),
            level: PRIOR.level.clone(),
            open: VecDeque::new(),
        }
    }
}

impl Ours {
    /// Takes the value of the hour `hour`, counted from 1970.
    pub(super) fn observe(&mut self, hour: usize, value: f64) {
        if value.is_finite() {
            let tamed = self.spread.tame(value);
            self.spread.observe(tamed);
            self.week.observe(hour, tamed);
        }
        self.open.iter_mut().for_each(|window| window.observe(value));
        let is_over = self.open.front().is_some_and(Window::is_over);
        if let Some(window) = is_over.then(|| self.open.pop_front()).flatten() {
            self.learned.learn(&window, self.spread.most());
        }
    }

    /// Notes what is known at the end of `past`, the hour `now`, to learn from it, and draws the weights once a day from what
    /// was learned so far. `corrected` is what that method says of the hours ahead: of a window or more.
    pub(super) fn note(&mut self, past: &[f64], now: usize, corrected: &[f64]) {
        if let Some(corrected) = corrected.get(..WINDOW) {
            let features = self.features(past, now, WINDOW);
            self.open.push_back(Window::new(features, corrected));
        }
        if now.is_multiple_of(DAY) {
            self.draw();
        }
    }

    /// What it says of the hours after `past`, whose end is the hour `now`, where `corrected` says so much; the same where too
    /// little is known. The level is that of the first window, for all hours.
    pub(super) fn improved(&self, past: &[f64], now: usize, corrected: &[f64]) -> Vec<f64> {
        if !can_learn(past) {
            return corrected.to_vec();
        }
        let hours = corrected.len().max(WINDOW);
        let features = self.features(past, now, hours);
        let ranked: Vec<f64> = (0..hours)
            .map(|ahead| product(&shaped(&features.row(ahead), ahead), &self.ranking))
            .collect();
        let above = (0..WINDOW).map(|ahead| product(&features.row(ahead), &self.level) - ranked[ahead]);
        let level = above.sum::<f64>() / WINDOW as f64;
        let pairs = corrected.iter().zip(&ranked);
        pairs.map(|(corrected, ranked)| corrected + ranked + level).collect()
    }

    /// What was learned, with the series brought to a spread of 1; `None` where it has none.
    pub(super) fn into_learned(self) -> Option<Learned> {
        let variance = self.spread.variance();
        (variance > 0.0).then(|| self.learned.times(1.0 / variance))
    }

    /// What it looks at, for as many hours ahead; a fault of weeks ago shall not be told for weeks.
    fn features(&self, past: &[f64], now: usize, ahead: usize) -> Features {
        Features::of(past, &self.week, now, ahead).within(self.spread.most())
    }

    /// Draws the weights from what was learned so far.
    fn draw(&mut self) {
        let variance = self.spread.variance();
        let ranking = self.learned.ranking.with(&PRIOR.of_ranking(), INFLATION * variance);
        let level = self.learned.level.with(&PRIOR.of_level(), STRENGTH * variance);
        if let Some((ranking, level)) = ranking.weights().zip(level.weights()) {
            (self.ranking, self.level) = (ranking, level);
        }
    }
}

fn product(row: &[f64], weights: &[f64]) -> f64 {
    row.iter().zip(weights).map(|(x, weight)| x * weight).sum()
}

/// Whether enough of `past` is known for anything to be added to `corrected`: half of its last two weeks.
pub(super) fn can_learn(past: &[f64]) -> bool {
    let lately = past.len().checked_sub(ENOUGH).and_then(|first| past.get(first..));
    lately.is_some_and(|hours| 2 * hours.iter().filter(|value| value.is_finite()).count() >= ENOUGH)
}
