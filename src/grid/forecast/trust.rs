//! How far our own method is trusted over the plain `corrected`: as far as it would have kept more of the possible saving lately.
//!
//! Both forecast every six hours. When two days have come, the eight kinds of job are planned on `corrected`, on `ours` and on
//! blends of the two, and what they would have kept is added to sums that fade within months. The blend that kept most is used.
//! Errors alone cannot tell: where a grid is nearly flat, values that are closer on average may rank the hours worse.

use std::collections::VecDeque;

use super::kept::{JobKind, Kept};

/// Hours of the longest window.
const AHEAD: usize = 48;
/// What a start counts after the next one: half after 35 days.
const MEMORY: f64 = 0.995;
/// Shares of ours in the blends that are tried.
const SHARES: [f64; 5] = [0.0, 0.25, 0.5, 0.75, 1.0];
/// How much more ours is believed to keep before anything is known, as a share of the possible saving.
const BELIEF: f64 = 0.08;
/// The belief counts as much as this many starts: fifteen days.
const STRENGTH: f64 = 60.0;

/// How well the two methods did lately, as shares of the saving that was possible: means over the kinds of job.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Skill {
    /// What `ours` alone would have kept.
    pub ours: f64,
    /// What `corrected` alone would have kept.
    pub corrected: f64,
    /// The share of ours in what is forecast: 1 where it is trusted, 0 where `corrected` ranks better without it.
    pub trust: f64,
}

/// What was said of the hours after a start.
#[derive(Clone, Debug)]
struct Said {
    /// In the order of [`SHARES`].
    blends: Vec<Vec<f64>>,
    actual: Vec<f64>,
}

/// The blends and what they kept.
#[derive(Clone, Debug)]
pub(super) struct Trust {
    open: VecDeque<Said>,
    /// By blend and kind of job.
    kept: Vec<Vec<Kept>>,
    /// How many starts were compared, the older counting less.
    starts: f64,
    share: f64,
}

impl Default for Trust {
    fn default() -> Self {
        Self {
            open: VecDeque::new(),
            kept: vec![vec![Kept::default(); JobKind::ALL.len()]; SHARES.len()],
            starts: 0.0,
            share: 1.0,
        }
    }
}

impl Trust {
    /// What is forecast: `corrected`, moved towards `ours` as far as that is trusted.
    pub(super) fn blend(&self, corrected: &[f64], ours: &[f64]) -> Vec<f64> {
        blend(corrected, ours, self.share)
    }

    /// Keeps two forecasts, of which the next [`AHEAD`] hours are compared when they have come.
    pub(super) fn rehearse(&mut self, corrected: &[f64], ours: &[f64]) {
        let corrected = &corrected[..corrected.len().min(AHEAD)];
        let blends = SHARES.map(|share| blend(corrected, ours, share)).into();
        self.open.push_back(Said {
            blends,
            actual: Vec::with_capacity(AHEAD),
        });
    }

    /// Takes the value of the next hour.
    pub(super) fn observe(&mut self, value: f64) {
        self.open.iter_mut().for_each(|said| said.actual.push(value));
        let is_full = self.open.front().is_some_and(|said| said.actual.len() == AHEAD);
        if let Some(said) = is_full.then(|| self.open.pop_front()).flatten() {
            self.score(&said);
        }
    }

    /// How well both did; `None` while nothing could be saved.
    pub(super) fn skill(&self) -> Option<Skill> {
        let mean = |kept: Option<&Vec<Kept>>| Kept::mean(kept?);
        Some(Skill {
            ours: mean(self.kept.last())?,
            corrected: mean(self.kept.first())?,
            trust: self.share,
        })
    }

    fn score(&mut self, said: &Said) {
        if said.actual.iter().any(|value| !value.is_finite()) {
            return;
        }
        for (blend, kept) in said.blends.iter().zip(&mut self.kept) {
            for (kind, kept) in JobKind::ALL.into_iter().zip(kept) {
                kept.fade(MEMORY);
                kept.add(kind, blend.get(..kind.window()), &said.actual[..kind.window()]);
            }
        }
        self.starts = self.starts * MEMORY + 1.0;
        let belief = BELIEF * STRENGTH / (STRENGTH + self.starts);
        let scores = SHARES.into_iter().zip(&self.kept);
        let scores = scores.filter_map(|(share, kept)| Some((share, Kept::mean(kept)? + belief * share)));
        if let Some((share, _)) = scores.max_by(|(_, one), (_, other)| one.total_cmp(other)) {
            self.share = share;
        }
    }
}

fn blend(corrected: &[f64], ours: &[f64], share: f64) -> Vec<f64> {
    let values = corrected.iter().zip(ours);
    values
        .map(|(corrected, ours)| corrected + share * (ours - corrected))
        .collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Hour 9 of a day is the best; one forecast says so, the other names hour 15, the worst.
    fn after(starts: usize, ours_is_right: bool) -> Trust {
        let day = |best: usize, worst: usize| -> Vec<f64> {
            let value = |hour: usize| match hour % 24 {
                hour if hour == best => 1.0,
                hour if hour == worst => 9.0,
                _ => 5.0,
            };
            (0..AHEAD).map(value).collect()
        };
        let (right, wrong) = (day(9, 15), day(15, 9));
        let mut trust = Trust::default();
        for _ in 0..starts {
            if ours_is_right {
                trust.rehearse(&wrong, &right);
            } else {
                trust.rehearse(&right, &wrong);
            }
            for value in &right {
                trust.observe(*value);
            }
        }
        trust
    }

    #[test]
    fn ours_is_trusted_before_anything_is_known() {
        let trust = Trust::default();
        assert_eq!(trust.blend(&[1.0, 2.0], &[3.0, 5.0]), [3.0, 5.0]);
        assert_eq!(trust.skill(), None);
    }

    #[test]
    fn what_ranks_the_hours_right_is_trusted() {
        let skill = after(30, true).skill().unwrap();
        assert_eq!((skill.trust, skill.ours), (1.0, 1.0));
        assert!(skill.corrected < 0.0, "waiting for the worst hour does harm: {skill:?}");
    }

    #[test]
    fn what_ranks_the_hours_wrong_is_left_out() {
        let trust = after(30, false);
        let skill = trust.skill().unwrap();
        assert_eq!(skill.corrected, 1.0);
        assert!(skill.trust < 0.5 && skill.ours < 0.0, "{skill:?}");
        let blend = trust.blend(&[1.0], &[3.0]);
        assert!(blend[0] < 2.0, "{blend:?}");
    }

    #[test]
    fn a_start_with_a_missing_hour_does_not_count() {
        let mut trust = Trust::default();
        trust.rehearse(&[1.0; AHEAD], &[2.0; AHEAD]);
        (0..AHEAD).for_each(|hour| trust.observe(if hour == 7 { f64::NAN } else { hour as f64 }));
        assert_eq!(trust.skill(), None);
    }
}
