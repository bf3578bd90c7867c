//! What `ours` learns from a window of two days when all its hours have come: how they rank, and how high they lie.

use super::features::{FEATURES, Features};
use super::regression::Regression;

/// Weights for ranking: each feature with each shape.
pub(super) const WEIGHTS: usize = FEATURES * SHAPES;
/// Shapes over the hours ahead: constant, and fading within hours and days.
pub(super) const SHAPES: usize = 3;
/// Hours within which the fading shapes fall to 1/e.
const FADING: [f64; SHAPES - 1] = [4.0, 24.0];
/// Hours of a window that it learns from.
pub(super) const WINDOW: usize = 48;
/// What an hour ahead counts, up to these hours: as often as one of the four windows of [`JobKind`](super::JobKind) has it.
const COUNTS: [(usize, f64); 4] = [(25, 1.0), (30, 0.75), (36, 0.5), (WINDOW, 0.25)];
/// What was known before the window, and what `corrected` missed in the hours of it that have come.
#[derive(Clone, Debug)]
pub(super) struct Window {
    features: Features,
    /// What that method said, one value an hour.
    corrected: Vec<f64>,
    /// `value - corrected`, one an hour; `NaN` where it is missing.
    missed: Vec<f64>,
}

impl Window {
    /// One that begins now; the features and what `corrected` says of its hours.
    pub(super) fn new(features: Features, corrected: &[f64]) -> Self {
        Self {
            features,
            corrected: corrected.to_vec(),
            missed: Vec::with_capacity(corrected.len()),
        }
    }

    /// Takes the value of the next hour.
    pub(super) fn observe(&mut self, value: f64) {
        let corrected = self.corrected.get(self.missed.len());
        self.missed.extend(corrected.map(|corrected| value - corrected));
    }

    /// Whether all hours have come.
    pub(super) fn is_over(&self) -> bool {
        self.missed.len() == self.corrected.len()
    }
}

/// What windows have taught, without a prior.
#[derive(Clone, Debug)]
pub(super) struct Learned {
    /// How hours differ within a window, by features times shapes.
    pub(super) ranking: Regression,
    /// How much is missed in all of a window, by the means of its features.
    pub(super) level: Regression,
    /// How many windows.
    pub(super) windows: usize,
}

impl Default for Learned {
    fn default() -> Self {
        Self {
            ranking: Regression::new(WEIGHTS),
            level: Regression::new(FEATURES),
            windows: 0,
        }
    }
}

impl Learned {
    /// Learns from a window, if every hour of it is known. One in which more than `most` was missed is made smaller, features
    /// and all, until it was not: a fault, or the first storm after a calm, shall not outweigh all usual days.
    pub(super) fn learn(&mut self, window: &Window, most: f64) {
        if window.missed.iter().any(|missed| !missed.is_finite()) {
            return;
        }
        self.windows += 1;
        let worst = window.missed.iter().copied().map(f64::abs).fold(0.0, f64::max);
        let scale = if worst > most { most / worst } else { 1.0 };
        let missed: Vec<f64> = window.missed.iter().map(|missed| scale * missed).collect();
        let rows: Vec<[f64; FEATURES]> = (0..WINDOW)
            .map(|ahead| window.features.row(ahead).map(|x| scale * x))
            .collect();
        self.learn_level(&rows, &missed);
        self.learn_ranking(&rows, &missed);
    }

    fn learn_level(&mut self, rows: &[[f64; FEATURES]], missed: &[f64]) {
        let (row, missed) = mean(rows, missed, |_| 1.0);
        self.level.learn(&row, missed);
    }

    fn learn_ranking(&mut self, rows: &[[f64; FEATURES]], missed: &[f64]) {
        let rows: Vec<_> = rows.iter().enumerate().map(|(ahead, row)| shaped(row, ahead)).collect();
        let (middle, usual) = mean(&rows, missed, counts);
        for (ahead, (row, missed)) in rows.iter().zip(missed).enumerate() {
            // The root, because a regression counts squares.
            let root = counts(ahead).sqrt();
            let away: [f64; WEIGHTS] = std::array::from_fn(|i| root * (row[i] - middle[i]));
            self.ranking.learn(&away, root * (missed - usual));
        }
    }

    /// What a series that is the root of `factor` times as large would have taught.
    pub(super) fn times(&self, factor: f64) -> Self {
        Self {
            ranking: Regression::new(WEIGHTS).with(&self.ranking, factor),
            level: Regression::new(FEATURES).with(&self.level, factor),
            windows: self.windows,
        }
    }
}

/// The mean row and target, where an hour counts so much.
fn mean<const N: usize>(rows: &[[f64; N]], targets: &[f64], counts: impl Fn(usize) -> f64) -> ([f64; N], f64) {
    let all: f64 = (0..rows.len()).map(&counts).sum();
    let (mut middle, mut usual) = ([0.0; N], 0.0);
    for (ahead, (row, target)) in rows.iter().zip(targets).enumerate() {
        let share = counts(ahead) / all;
        usual += share * target;
        middle.iter_mut().zip(row).for_each(|(sum, x)| *sum += share * x);
    }
    (middle, usual)
}

/// What an hour ahead counts in the ranking.
fn counts(ahead: usize) -> f64 {
    let found = COUNTS.iter().find(|(end, _)| ahead < *end);
    found.map_or(0.0, |(_, counts)| *counts)
}

/// Features times shapes, for an hour ahead.
pub(super) fn shaped(features: &[f64; FEATURES], ahead: usize) -> [f64; WEIGHTS] {
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

#[cfg(test)]
mod tests {
    use super::*;
    use crate::grid::forecast::symmetric::Symmetric;
    use crate::grid::forecast::week::Week;
    use crate::grid::forecast::{DAY, JobKind};

    /// A window after days that differ, in which `corrected` says 0.
    fn window(values: impl Fn(usize) -> f64) -> Window {
        let past: Vec<f64> = (0..30 * DAY)
            .map(|hour| ((hour * hour) % 37) as f64 + (hour / DAY) as f64)
            .collect();
        let features = Features::of(&past, &Week::default(), past.len(), WINDOW);
        let mut window = Window::new(features, &[0.0; WINDOW]);
        (0..WINDOW).for_each(|hour| window.observe(values(hour)));
        window
    }

    fn learned(values: impl Fn(usize) -> f64, most: f64) -> Learned {
        let mut learned = Learned::default();
        learned.learn(&window(values), most);
        learned
    }

    #[test]
    fn what_all_hours_of_a_window_share_is_level_and_not_ranking() {
        let shape = |hour: usize| (hour % 24) as f64;
        let (low, high) = (
            learned(shape, f64::INFINITY),
            learned(|hour| shape(hour) + 50.0, f64::INFINITY),
        );
        let weights = |learned: &Learned| {
            let prior = Regression::around(&[0.0; WEIGHTS], Symmetric::diagonal(WEIGHTS, 1.0));
            learned.ranking.with(&prior, 1.0).weights().unwrap()
        };
        let pairs = weights(&low).into_iter().zip(weights(&high));
        assert!(pairs.clone().all(|(low, high)| (low - high).abs() < 1e-6));
        assert!(pairs.map(|(low, _)| low.abs()).sum::<f64>() > 0.1, "it has learned");
        assert_ne!(low.level, high.level);
    }

    #[test]
    fn a_window_with_a_missing_hour_teaches_nothing() {
        let learned = learned(|hour| if hour == 7 { f64::NAN } else { hour as f64 }, f64::INFINITY);
        assert_eq!(learned.windows, 0);
        assert_eq!(learned.ranking, Regression::new(WEIGHTS));
    }

    #[test]
    fn a_wild_window_counts_as_one_that_is_not() {
        let wild = |hour: usize| if hour == 5 { 80.0 } else { 0.0 };
        let whole = learned(wild, f64::INFINITY);
        let tamed = learned(wild, 20.0);
        // A fourth as large: squares are a sixteenth.
        assert_eq!(tamed.ranking, whole.times(1.0 / 16.0).ranking);
        assert_eq!(learned(wild, 80.0).ranking, whole.ranking);
    }

    #[test]
    fn near_hours_count_more_because_more_jobs_have_them() {
        assert_eq!(
            [0, 24, 25, 30, 36, 47, 48].map(counts),
            [1.0, 1.0, 0.75, 0.5, 0.25, 0.25, 0.0]
        );
        for ahead in 0..WINDOW {
            let windows = JobKind::ALL.map(|kind| f64::from(u8::from(ahead < kind.window())));
            assert_eq!(windows.iter().sum::<f64>() / 8.0, counts(ahead));
        }
    }
}
