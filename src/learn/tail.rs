//! What lies beyond the longest job that was seen.

use std::f64::consts::LN_2;

use super::risk::{Life, Ms, Risk, Steps};

/// The tail is fitted to the longest tenth of the jobs, and to no fewer than this many. Where fewer have finished, to all but
/// the shortest: beyond that, what is left is exponential if the lengths are, and short if they are alike.
const FEWEST: usize = 8;
/// Nothing is taken to be longer than this many times the longest that was seen.
const FURTHEST: f64 = 10.0;
/// The mean that is left beyond the longest is no less than this share of it: of a few equal jobs, the next may still differ.
const CAUTION: f64 = 0.2;
/// The tail falls in this many steps, each to a half.
const STEPS: u32 = 7;

/// The mean that is left beyond a `threshold`, in milliseconds: exposure by endings, the maximum likelihood for an
/// exponential tail with censoring. It is long where the tail is heavy.
///
/// A Pareto tail fits heavy tails better, but its mean hangs on the few longest: in cold starts on real traces it expected
/// half as much again as came, where this stays within a tenth.
fn mean_left(lives: &[Life], threshold: Ms) -> f64 {
    let beyond = || lives.iter().filter(|life| life.to > threshold);
    let exposure: f64 = beyond().map(|life| (life.to - life.from.max(threshold)) as f64).sum();
    let ended = beyond().filter(|life| life.ended).count();
    exposure / ended.max(1) as f64
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
    let by_length = || lives.iter().filter(|life| life.ended);
    let threshold = by_length().nth_back(beyond.min(risk.ended().saturating_sub(1)));
    let longest = longest as f64;
    let mean = mean_left(
        lives,
        if risk.ended() > 1 {
            threshold.map_or(0, |life| life.to)
        } else {
            0
        },
    )
    .max(CAUTION * longest);
    for step in 1..=STEPS {
        // Each step lies in the middle of the shares that it stands for.
        let middle = f64::from(step) - 0.5;
        let length = (longest + mean * middle * LN_2).min(FURTHEST * longest);
        let alive = if step == STEPS {
            0.0
        } else {
            left * 0.5_f64.powi(step as i32)
        };
        steps.push((length as Ms, alive));
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
    fn what_is_left_in_the_mean_is_found_with_and_without_censoring() {
        let mut lives = quantiles(2000, |share| -600_000.0 * share.ln());
        let threshold = lives[lives.len() * 9 / 10].to;
        let within = |lives: &[Life]| (mean_left(lives, threshold) / 600_000.0 - 1.0).abs() < 0.05;
        assert!(within(&lives), "{}", mean_left(&lives, threshold));
        for life in &mut lives {
            (life.to, life.ended) = (life.to.min(2_000_000), life.to <= 2_000_000);
        }
        assert!(within(&lives), "{}", mean_left(&lives, threshold));
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
            steps
                .windows(2)
                .all(|pair| pair[0].0 < pair[1].0 && pair[0].1 > pair[1].1),
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
