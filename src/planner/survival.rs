//! How long jobs of one kind run, where a single job's length is not known.

use std::sync::Arc;

use jiff::SignedDuration;
use serde::{Deserialize, Serialize};

/// A survival curve: the share of jobs that still run after so much work, `S(t) = P(length > t)`.
///
/// A step function, right-continuous: 1 before the first step. What survives the last step is taken to end there. Many jobs
/// share one, so a clone is a pointer.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
#[serde(from = "Vec<(SignedDuration, f64)>", into = "Vec<(SignedDuration, f64)>")]
pub struct Survival {
    steps: Arc<[(SignedDuration, f64)]>,
}

impl From<Vec<(SignedDuration, f64)>> for Survival {
    fn from(steps: Vec<(SignedDuration, f64)>) -> Self {
        Self::of(steps)
    }
}

impl From<Survival> for Vec<(SignedDuration, f64)> {
    fn from(survival: Survival) -> Self {
        survival.steps.to_vec()
    }
}

impl Survival {
    /// The curve with these steps: lengths that rise, each with the share of jobs that are longer, which falls within 0..=1.
    /// Steps that do not rise, or shares that do not fall, are left out.
    pub fn of(steps: impl IntoIterator<Item = (SignedDuration, f64)>) -> Self {
        let mut kept: Vec<(SignedDuration, f64)> = Vec::new();
        for (after, alive) in steps {
            let (before, most) = kept.last().copied().unwrap_or((SignedDuration::ZERO, 1.0));
            if after > before && alive < most && alive >= 0.0 {
                kept.push((after, alive));
            }
        }
        Self { steps: kept.into() }
    }

    /// Its steps: after which length, which share still runs.
    pub fn steps(&self) -> &[(SignedDuration, f64)] {
        &self.steps
    }

    /// The share of jobs that are longer than `length`.
    pub fn alive(&self, length: SignedDuration) -> f64 {
        let passed = self.steps.partition_point(|(after, _)| *after <= length);
        match passed.checked_sub(1) {
            None => 1.0,
            Some(_) if passed == self.steps.len() => 0.0,
            Some(last) => self.steps[last].1,
        }
    }

    /// The least length that at least this share (0..1) of the jobs with more than `done` behind them do not exceed; `done`
    /// where none is longer.
    pub fn quantile(&self, share: f64, done: SignedDuration) -> SignedDuration {
        let alive = self.alive(done);
        let left = |(after, survives): &&(SignedDuration, f64)| *after > done && *survives <= alive * (1.0 - share);
        let last = || self.steps.last().map(|(after, _)| *after);
        self.steps
            .iter()
            .find(left)
            .map(|(after, _)| *after)
            .or_else(last)
            .map_or(done, |length| length.max(done))
    }

    /// The mean length of the jobs with more than `done` behind them; `done` where none is longer.
    pub fn mean(&self, done: SignedDuration) -> SignedDuration {
        let alive = self.alive(done);
        if alive <= 0.0 {
            return done;
        }
        let (mut mean, mut from, mut share) = (done.as_secs_f64(), done, alive);
        for (after, survives) in self.steps.iter().filter(|(after, _)| *after > done) {
            mean += (*after - from).as_secs_f64() * share / alive;
            (from, share) = (*after, *survives);
        }
        SignedDuration::try_from_secs_f64(mean).unwrap_or(done)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn hours(hours: i64) -> SignedDuration {
        SignedDuration::from_hours(hours)
    }

    /// A half take one hour, a quarter two, a quarter ten.
    fn curve() -> Survival {
        Survival::of([(hours(1), 0.5), (hours(2), 0.25), (hours(10), 0.0)])
    }

    #[test]
    fn it_falls_in_steps_and_ends_at_the_last() {
        let shares = [0, 1, 2, 9, 10].map(|length| curve().alive(hours(length)));
        assert_eq!(shares, [1.0, 0.5, 0.25, 0.25, 0.0]);
        let cut = Survival::of([(hours(1), 0.5)]);
        assert_eq!((cut.alive(hours(0)), cut.alive(hours(1))), (1.0, 0.0));
    }

    #[test]
    fn what_has_run_for_long_is_expected_to_run_longer() {
        assert_eq!(curve().mean(hours(0)), SignedDuration::from_mins(210));
        assert_eq!(curve().mean(hours(1)), hours(6));
        assert_eq!(curve().mean(hours(2)), hours(10));
        assert_eq!(curve().mean(hours(11)), hours(11));
    }

    #[test]
    fn quantiles_are_of_those_that_are_left() {
        assert_eq!(curve().quantile(0.5, hours(0)), hours(1));
        assert_eq!(curve().quantile(0.95, hours(0)), hours(10));
        assert_eq!(curve().quantile(0.5, hours(1)), hours(2));
    }

    #[test]
    fn a_curve_that_was_written_down_is_held_to_the_same() {
        let text = serde_json::to_string(&curve()).unwrap();
        assert_eq!(serde_json::from_str::<Survival>(&text).unwrap(), curve());
        let odd: Survival = serde_json::from_str(r#"[["PT10H", 0.5], ["PT1H", 0.2]]"#).unwrap();
        assert_eq!(odd.steps(), [(hours(10), 0.5)]);
    }

    #[test]
    fn steps_that_do_not_fall_are_left_out() {
        let odd = Survival::of([(hours(2), 0.5), (hours(1), 0.4), (hours(3), 0.6), (hours(4), f64::NAN)]);
        assert_eq!(odd.steps(), [(hours(2), 0.5)]);
    }
}
