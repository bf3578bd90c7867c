//! What lies beyond the longest job that was seen.

use super::risk::{Life, Ms, Risk, Steps};

/// The tail is fitted to the longest tenth of the jobs, and to no fewer than this many.
const FEWEST: usize = 8;
/// Nothing is taken to be longer than this many times the longest that was seen.
const FURTHEST: f64 = 10.0;
/// The mean that is left beyond the longest is no less than this share of it: of a few equal jobs, the next may still differ.
const CAUTION: f64 = 0.2;
/// The tail falls in this many steps, each to a half.
const STEPS: u32 = 7;

/// How the share of longer jobs falls beyond some length.
#[derive(Clone, Copy, Debug, PartialEq)]
enum Tail {
    /// By the same factor in equal times; the mean of what is left, in milliseconds.
    Exponential(f64),
    /// By the same factor whenever the length doubles; the exponent.
    Pareto(f64),
}

impl Tail {
    /// The more likely of both for what was watched beyond `threshold`: maximum likelihood with censoring, where the
    /// exponential mean is exposure by endings, and the Pareto exponent endings by log exposure (Hill 1975).
    fn fit(lives: &[Life], threshold: Ms) -> Self {
        let (mut ended, mut exposure, mut log_exposure, mut log_lengths) = (0.0, 0.0, 0.0, 0.0);
        for life in lives.iter().filter(|life| life.to > threshold) {
            let from = life.from.max(threshold);
            exposure += (life.to - from) as f64;
            log_exposure += (life.to as f64 / from.max(1) as f64).ln();
            if life.ended {
                ended += 1.0;
                log_lengths += (life.to as f64).ln();
            }
        }
        if ended == 0.0 {
            return Self::Exponential(exposure);
        }
        // Of both log-likelihoods `d ln(d / exposure) - d [- sum of ln x]`, what differs.
        let exponential = ended * (ended / exposure).ln();
        let pareto = ended * (ended / log_exposure).ln() - log_lengths;
        if threshold > 0 && pareto > exponential {
            Self::Pareto(ended / log_exposure)
        } else {
            Self::Exponential(exposure / ended)
        }
    }

    /// How long those are that outlive all but `share` of the jobs longer than `longest`.
    fn length(self, longest: Ms, share: f64) -> Ms {
        let longest = longest as f64;
        let length = match self {
            Self::Exponential(mean) => longest - mean.max(CAUTION * longest) * share.ln(),
            Self::Pareto(exponent) => longest * share.powf(-1.0 / exponent),
        };
        length.min(FURTHEST * longest) as Ms
    }
}

/// Lets the curve end: the share that is left after its last step falls to zero beyond the longest length seen, finished or
/// not, as the longest tenth does.
pub(super) fn extend(steps: &mut Steps, risk: &Risk) {
    let lives = risk.lives();
    let (Some(longest), Some((_, left))) = (lives.last().map(|life| life.to), steps.last().copied()) else {
        return;
    };
    if left <= 0.0 {
        return;
    }
    let beyond = FEWEST.max(risk.ended() / 10);
    let threshold = lives.iter().rev().filter(|life| life.ended).nth(beyond);
    let tail = Tail::fit(lives, threshold.map_or(0, |life| life.to));
    for step in 1..=STEPS {
        // Each step lies in the middle of the shares that it stands for.
        let middle = 0.5_f64.powf(f64::from(step) - 0.5);
        let alive = if step == STEPS {
            0.0
        } else {
            left * 0.5_f64.powi(step as i32)
        };
        steps.push((tail.length(longest, middle), alive));
    }
    end_at_the_first_repeat(steps);
}

/// Where the tail was cut off, its last steps lie on each other: the last of them counts.
fn end_at_the_first_repeat(steps: &mut Steps) {
    steps.dedup_by(|later, earlier| {
        let same = later.0 <= earlier.0;
        if same {
            earlier.1 = later.1;
        }
        same
    });
}

#[cfg(test)]
mod tests {
    use super::super::risk::Weights;
    use super::*;

    fn ended(lengths: impl IntoIterator<Item = Ms>) -> Vec<Life> {
        let life = |to| Life {
            from: 0,
            to,
            ended: true,
        };
        lengths.into_iter().map(life).collect()
    }

    /// The lengths at the middle of each of `n` equal shares.
    fn quantiles(n: usize, length: impl Fn(f64) -> f64) -> Vec<Life> {
        ended((0..n).map(|i| length(1.0 - (i as f64 + 0.5) / n as f64) as Ms))
    }

    #[test]
    fn the_kind_of_the_tail_is_found() {
        let threshold = |lives: &[Life]| Tail::fit(lives, lives[lives.len() * 9 / 10].to);
        let exponential = threshold(&quantiles(2000, |share| -600_000.0 * share.ln()));
        assert!(
            matches!(exponential, Tail::Exponential(mean) if (mean / 600_000.0 - 1.0).abs() < 0.05),
            "{exponential:?}"
        );
        let pareto = threshold(&quantiles(2000, |share| 60_000.0 * share.powf(-1.0 / 1.5)));
        assert!(
            matches!(pareto, Tail::Pareto(exponent) if (exponent / 1.5 - 1.0).abs() < 0.05),
            "{pareto:?}"
        );
    }

    #[test]
    fn what_outlives_all_that_finished_is_given_time_and_an_end() {
        let mut lives = ended([100, 200, 300]);
        lives.push(Life {
            from: 0,
            to: 5_000,
            ended: false,
        });
        let risk = Risk::of(lives);
        let mut steps = risk.curve(&[], Weights::default());
        extend(&mut steps, &risk);
        assert!(steps[3].0 > 5_000, "{steps:?}");
        assert_eq!(steps.last().unwrap().1, 0.0);
        assert!(steps.last().unwrap().0 <= 50_000, "{steps:?}");
        assert!(
            steps.windows(2).all(|pair| pair[0].0 < pair[1].0 && pair[0].1 > pair[1].1),
            "{steps:?}"
        );
    }

    #[test]
    fn a_curve_that_has_ended_stays_as_it_is() {
        let risk = Risk::of(ended([100, 200]));
        let mut steps = risk.curve(&[], Weights::default());
        let before = steps.clone();
        extend(&mut steps, &risk);
        assert_eq!(steps, before);
    }
}
