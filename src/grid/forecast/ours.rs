//! The method of our own: `corrected`, plus a regression on how the last hours, days and weeks differ from the profile.
//!
//! `value(h) = corrected(h) + sum over features f of x_f(h) * (a_f + b_f exp(-h / 4) + c_f exp(-h / 24))`, `h` the hours ahead.
//! The weights start from a prior and follow the series: every six hours it notes its features, and learns from them when
//! the hours they speak of have come. It has seen each value exactly once, and only after it was forecast.

use std::collections::VecDeque;

use super::DAY;
use super::features::{FEATURES, Features};
use super::prior::PRIOR;
use super::regression::Regression;
use super::week::Week;

/// Weights: each feature with each shape.
pub(super) const WEIGHTS: usize = FEATURES * SHAPES;
/// Shapes over the hours ahead: constant, and fading within hours and days.
const SHAPES: usize = 3;
/// Hours within which the fading shapes fall to 1/e.
const FADING: [f64; SHAPES - 1] = [4.0, 24.0];
/// Hours ahead from which it learns.
const AHEAD: usize = 48;
/// It learns from every third of them, each time another third: neighbours say the same.
const THIN: usize = 3;
/// The prior counts as much as this many instants.
const STRENGTH: f64 = 16.0;
/// What was learned counts so much after six hours more: half after half a year.
const MEMORY: f64 = 0.999;
/// Standard deviations beyond which a value counts as if it were there: it may be a fault of its maker.
const WILD: f64 = 6.0;
/// Hours of past without which nothing is added to `corrected`.
const ENOUGH: usize = 14 * DAY;

/// The regression with what it has learned.
#[derive(Clone, Debug)]
pub(super) struct Ours {
    week: Week,
    spread: Spread,
    regression: Regression,
    weights: Vec<f64>,
    noted: VecDeque<Noted>,
    notes: usize,
    /// How many rows it has learned from.
    rows: usize,
}

/// What was known at an instant, until the hours ahead of it have come.
#[derive(Clone, Debug)]
struct Noted {
    /// Hours since then.
    age: usize,
    /// For some hours ahead, from the nearest on: which, what `corrected` said, and the features.
    rows: VecDeque<(usize, f64, [f64; FEATURES])>,
}

impl Noted {
    /// The row that speaks of the hour that comes now, if one does.
    fn due(&mut self) -> Option<(usize, f64, [f64; FEATURES])> {
        let is_due = self.rows.front().is_some_and(|(ahead, ..)| *ahead == self.age);
        self.age += 1;
        if is_due { self.rows.pop_front() } else { None }
    }
}

impl Default for Ours {
    fn default() -> Self {
        Self {
            week: Week::default(),
            spread: Spread::default(),
            regression: Regression::new(WEIGHTS),
            weights: PRIOR.to_vec(),
            noted: VecDeque::new(),
            notes: 0,
            rows: 0,
        }
    }
}

impl Ours {
    /// Takes the value of the hour `hour`, counted from 1970.
    pub(super) fn observe(&mut self, hour: usize, value: f64) {
        let is_known = value.is_finite();
        let value = self.spread.tame(value);
        if is_known {
            self.spread.observe(value);
            self.week.observe(hour, value);
        }
        for noted in &mut self.noted {
            if let Some((ahead, corrected, features)) = noted.due().filter(|_| is_known) {
                self.regression.learn(&shaped(&features, ahead), value - corrected);
                self.rows += 1;
            }
        }
        self.noted.retain(|noted| !noted.rows.is_empty());
    }

    /// Notes what is known at the end of `past`, the hour `now`, to learn from it, and draws the weights from what was
    /// learned so far. `corrected` is what that method says of the hours ahead.
    pub(super) fn note(&mut self, past: &[f64], now: usize, corrected: &[f64]) {
        let features = Features::of(past, &self.week, now, AHEAD);
        let hours = (self.notes % THIN..AHEAD.min(corrected.len())).step_by(THIN);
        let rows = hours.map(|ahead| (ahead, corrected[ahead], features.row(ahead)));
        self.noted.push_back(Noted {
            age: 0,
            rows: rows.collect(),
        });
        self.notes += 1;
        self.regression.fade(MEMORY);
        let strength = STRENGTH * (AHEAD / THIN) as f64 * self.spread.variance();
        if let Some(weights) = self.regression.weights(&PRIOR, strength) {
            self.weights = weights;
        }
    }

    /// What it says of the hours after `past`, whose end is the hour `now`, where `corrected` says so much; the same where too
    /// little is known.
    pub(super) fn improved(&self, past: &[f64], now: usize, corrected: &[f64]) -> Vec<f64> {
        if !can_learn(past) {
            return corrected.to_vec();
        }
        let features = Features::of(past, &self.week, now, corrected.len());
        let improved = |(ahead, corrected): (usize, &f64)| {
            let row = shaped(&features.row(ahead), ahead);
            let additions = row.iter().zip(&self.weights).map(|(x, weight)| x * weight);
            corrected + additions.sum::<f64>()
        };
        corrected.iter().enumerate().map(improved).collect()
    }

    /// Adds what this one has learned, with its series brought to a spread of 1, and says from how many rows.
    pub(super) fn pool_into(&self, pool: &mut Regression) -> usize {
        let variance = self.spread.variance();
        if variance <= 0.0 {
            return 0;
        }
        pool.absorb(&self.regression, 1.0 / variance);
        self.rows
    }
}

/// Whether enough of `past` is known for anything to be added to `corrected`: half of its last two weeks.
pub(super) fn can_learn(past: &[f64]) -> bool {
    let lately = past.len().checked_sub(ENOUGH).and_then(|first| past.get(first..));
    lately.is_some_and(|hours| 2 * hours.iter().filter(|value| value.is_finite()).count() >= ENOUGH)
}

/// Features times shapes, for an hour ahead.
fn shaped(features: &[f64; FEATURES], ahead: usize) -> [f64; WEIGHTS] {
    let hours = (ahead + 1) as f64;
    let shapes = [1.0, (-hours / FADING[0]).exp(), (-hours / FADING[1]).exp()];
    let mut row = [0.0; WEIGHTS];
    for (slots, feature) in row.chunks_exact_mut(SHAPES).zip(features) {
        for (slot, shape) in slots.iter_mut().zip(shapes) {
            *slot = feature * shape;
        }
    }
    row
}

/// Mean and variance of all values so far (Welford's method).
#[derive(Clone, Copy, Debug, Default)]
struct Spread {
    count: f64,
    mean: f64,
    squares: f64,
}

impl Spread {
    fn observe(&mut self, value: f64) {
        let away = value - self.mean;
        self.count += 1.0;
        self.mean += away / self.count;
        self.squares += away * away * (self.count - 1.0) / self.count;
    }

    fn variance(&self) -> f64 {
        if self.count > 1.0 {
            self.squares / self.count
        } else {
            0.0
        }
    }

    /// The value, brought back to the boundary of the wild where it lies beyond. Rare spikes so widen the spread until they
    /// are in it, and are learned from; to leave them out would teach that they never come.
    fn tame(&self, value: f64) -> f64 {
        let most = WILD * self.variance().sqrt();
        if most > 0.0 && self.count > 2.0 * DAY as f64 {
            // No `clamp`: sums of the largest numbers there are may leave no boundary.
            value.max(self.mean - most).min(self.mean + most)
        } else {
            value
        }
    }
}
