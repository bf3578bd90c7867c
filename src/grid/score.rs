//! How well a source tells: what plans made on its forecast would have kept of the possible saving, beside the plain
//! `corrected`, and how often its band held.

use std::collections::VecDeque;

use serde::{Deserialize, Serialize};

use super::forecast::{JobKind, Kept};
use crate::planner::Band;

/// Hours of the longest window.
pub(super) const AHEAD: usize = 48;
/// What a start counts after the next one: half after 35 days.
const MEMORY: f64 = 0.995;
/// Starts that were compared without which nothing is distrusted: twenty days.
const ENOUGH: u32 = 80;
/// Share of the possible saving by which a source must rank worse before it is distrusted. It is trusted again when it is
/// better.
const MARGIN: f64 = 0.04;

/// How well a source has told lately.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Score {
    /// The share of the possible saving that plans made on it would have kept; the mean over kinds of job.
    pub kept: f64,
    /// The same of `corrected`, at the same starts.
    pub corrected: f64,
    /// The share of hours that lay in its band, where it gives one; 0.8 is wanted.
    pub coverage: Option<f64>,
    /// Whether it has ranked the hours worse than `corrected` for weeks.
    pub distrusted: bool,
}

/// What was said of the hours after a start.
#[derive(Clone, Debug)]
struct Said {
    source: Vec<f64>,
    bands: Vec<Option<Band>>,
    corrected: Vec<f64>,
    actual: Vec<f64>,
}

/// Sums over starts that fade within months.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub(super) struct Scores {
    /// Of what is not over nothing is kept across a restart.
    #[serde(skip)]
    open: VecDeque<Said>,
    kept: [Vec<Kept>; 2],
    /// Hours in a band, and hours with one.
    banded: (f64, f64),
    starts: u32,
    distrusted: bool,
}

impl Default for Scores {
    fn default() -> Self {
        let none = vec![Kept::default(); JobKind::ALL.len()];
        Self {
            open: VecDeque::new(),
            kept: [none.clone(), none],
            banded: (0.0, 0.0),
            starts: 0,
            distrusted: false,
        }
    }
}

impl Scores {
    /// Keeps what was said of the next hours, one value each and no more than [`AHEAD`] of use. Both are costs: less is better.
    pub(super) fn note(&mut self, source: Vec<f64>, bands: Vec<Option<Band>>, corrected: Vec<f64>) {
        self.open.push_back(Said {
            source,
            bands,
            corrected,
            actual: Vec::with_capacity(AHEAD),
        });
    }

    /// Takes the value of the next hour.
    pub(super) fn observe(&mut self, value: f64) {
        for said in &mut self.open {
            said.actual.push(value);
        }
        let is_full = self.open.front().is_some_and(|said| said.actual.len() == AHEAD);
        if let Some(said) = is_full.then(|| self.open.pop_front()).flatten() {
            self.count(&said);
        }
    }

    /// Whether nothing has been counted.
    pub(super) fn is_blank(&self) -> bool {
        self.starts == 0
    }

    /// Whether sums that somebody else wrote may be gone on with.
    pub(super) fn is_sound(&self) -> bool {
        let (inside, hours) = self.banded;
        let kept = self.kept.iter();
        (0.0..=hours).contains(&inside)
            && kept
                .clone()
                .all(|kept| kept.len() == JobKind::ALL.len() && kept.iter().all(Kept::is_sound))
    }

    /// How well it told; `None` before anything could have been saved.
    pub(super) fn score(&self) -> Option<Score> {
        let (inside, hours) = self.banded;
        Some(Score {
            kept: Kept::mean(&self.kept[0])?,
            corrected: Kept::mean(&self.kept[1])?,
            coverage: (hours > 0.0).then(|| inside / hours),
            distrusted: self.distrusted,
        })
    }

    fn count(&mut self, said: &Said) {
        self.banded = (self.banded.0 * MEMORY, self.banded.1 * MEMORY);
        for (band, actual) in said.bands.iter().zip(&said.actual) {
            if let Some(band) = band.filter(|_| actual.is_finite()) {
                self.banded.0 += f64::from(u8::from((band.p10..=band.p90).contains(actual)));
                self.banded.1 += 1.0;
            }
        }
        let mut is_compared = false;
        for (index, kind) in JobKind::ALL.into_iter().enumerate() {
            // Where one of them says nothing of a window, the two cannot be compared.
            let window = ..kind.window();
            let all = (
                said.source.get(window),
                said.corrected.get(window),
                said.actual.get(window),
            );
            let (Some(source), Some(corrected), Some(actual)) = all else {
                continue;
            };
            if source.iter().chain(actual).all(|value| value.is_finite()) {
                is_compared = true;
                for (kept, forecast) in self.kept.iter_mut().zip([source, corrected]) {
                    kept[index].fade(MEMORY);
                    kept[index].add(kind, Some(forecast), actual);
                }
            }
        }
        if !is_compared {
            return;
        }
        self.starts = self.starts.saturating_add(1);
        if let Some(score) = self.score().filter(|_| self.starts >= ENOUGH) {
            let margin = if self.distrusted { 0.0 } else { MARGIN };
            self.distrusted = score.kept < score.corrected - margin;
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Two days whose hour 9 is `nine` and whose other hours are 5.
    fn days(nine: f64) -> Vec<f64> {
        (0..AHEAD).map(|hour| if hour % 24 == 9 { nine } else { 5.0 }).collect()
    }

    fn tell(scores: &mut Scores, starts: u32, source: f64, corrected: f64) {
        for _ in 0..starts {
            let band = Some(Band { p10: 4.0, p90: 5.0 });
            scores.note(days(source), vec![band; AHEAD], days(corrected));
            for value in days(1.0) {
                scores.observe(value);
            }
        }
    }

    /// What is right of so many hours, without a band.
    fn tell_hours(scores: &mut Scores, hours: usize) {
        scores.note(days(1.0)[..hours].to_vec(), Vec::new(), days(9.0));
        for value in days(1.0) {
            scores.observe(value);
        }
    }

    #[test]
    fn a_source_that_ranks_worse_for_weeks_is_distrusted_until_it_ranks_better() {
        let mut scores = Scores::default();
        tell(&mut scores, ENOUGH - 1, 9.0, 1.0);
        assert!(
            !scores.score().unwrap().distrusted,
            "a bad week is not yet a bad source"
        );
        tell(&mut scores, 1, 9.0, 1.0);
        let score = scores.score().unwrap();
        assert!(score.distrusted && score.kept < score.corrected, "{score:?}");
        tell(&mut scores, 2000, 1.0, 9.0);
        let score = scores.score().unwrap();
        assert!(!score.distrusted && score.kept > score.corrected, "{score:?}");
    }

    #[test]
    fn starts_that_nothing_was_compared_of_are_no_weeks_of_bad_ranks() {
        let mut scores = Scores::default();
        for _ in 0..ENOUGH {
            tell_hours(&mut scores, 24);
        }
        tell(&mut scores, ENOUGH - 1, 9.0, 1.0);
        assert!(!scores.score().unwrap().distrusted);
        tell(&mut scores, 1, 9.0, 1.0);
        assert!(scores.score().unwrap().distrusted);
    }

    #[test]
    fn coverage_counts_the_hours_in_the_band() {
        let mut scores = Scores::default();
        tell(&mut scores, 3, 1.0, 1.0);
        // One hour a day is 1 and lies below the band.
        assert!((scores.score().unwrap().coverage.unwrap() - 23.0 / 24.0).abs() < 1e-9);
    }

    #[test]
    fn a_forecast_that_is_too_short_for_a_window_is_not_compared_there() {
        let mut scores = Scores::default();
        tell_hours(&mut scores, 24);
        assert_eq!(scores.score(), None, "the shortest window has 25 hours");
        tell_hours(&mut scores, 25);
        let score = scores.score().unwrap();
        assert_eq!((score.kept, score.coverage), (1.0, None));
    }
}
