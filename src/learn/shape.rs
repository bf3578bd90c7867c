//! Curves as they are published: short, and renewed only where it matters.

use jiff::SignedDuration;

use super::risk::{Ms, Steps};
use crate::planner::Survival;

/// A step is kept once the share has fallen by this much since the last that was kept ...
const FALL: f64 = 1.0 / 128.0;
/// ... or, where few are left, by this part of it.
const PART: f64 = 1.0 / 12.0;
/// The share below which the rest counts as ended.
const NONE: f64 = 1e-4;
/// A new curve matters where it lies further than this from the published one, as shares ...
const DISTANCE: f64 = 0.02;
/// ... or where mean or 95th percentile differ by more than this part.
const DIFFERENCE: f64 = 0.1;

/// The curve in fewer than 200 steps, with the same mean. Each new step stands where the area below stays as it was.
pub(super) fn shorten(steps: &[(Ms, f64)]) -> Steps {
    let (mut kept, mut share) = (Steps::new(), 1.0);
    let (mut alive, mut before, mut lost) = (1.0, 0, 0.0);
    for (i, (at, after)) in steps.iter().enumerate() {
        lost += (share - alive) * (at - before) as f64;
        (before, alive) = (*at, if *after < NONE { 0.0 } else { *after });
        let last = i + 1 == steps.len();
        if alive < share && (last || share - alive >= FALL.min(share * PART)) {
            kept.push((at - (lost / (share - alive)) as Ms, alive));
            (share, lost) = (alive, 0.0);
        }
    }
    kept
}

/// The curve as the planner reads it.
pub(super) fn survival(steps: &[(Ms, f64)]) -> Survival {
    Survival::of(
        steps
            .iter()
            .map(|(at, alive)| (SignedDuration::from_millis(*at), *alive)),
    )
}

/// Whether a plan made with `new` may well differ from one made with `old`.
pub(super) fn differs(new: &Survival, old: &Survival) -> bool {
    let apart = |a: SignedDuration, b: SignedDuration| {
        let (a, b) = (a.as_secs_f64(), b.as_secs_f64());
        (a - b).abs() > DIFFERENCE * a.min(b)
    };
    let upper = |curve: &Survival| curve.quantile(0.95, SignedDuration::ZERO);
    let mean = |curve: &Survival| curve.mean(SignedDuration::ZERO);
    distance(new, old) > DISTANCE || apart(upper(new), upper(old)) || apart(mean(new), mean(old))
}

/// The largest difference of both curves, in shares (Kolmogorov and Smirnov).
fn distance(a: &Survival, b: &Survival) -> f64 {
    let ages = a.steps().iter().chain(b.steps()).map(|(age, _)| *age);
    ages.map(|age| (a.alive(age) - b.alive(age)).abs()).fold(0.0, f64::max)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn exponential(mean: f64) -> Steps {
        (1..20_000).map(|i| (i * 10, (-(i * 10) as f64 / mean).exp())).collect()
    }

    #[test]
    fn a_curve_of_many_steps_is_told_in_fewer_than_two_hundred() {
        let long = exponential(20_000.0);
        let short = shorten(&long);
        assert!((100..200).contains(&short.len()), "{}", short.len());
        let apart = distance(&survival(&short), &survival(&long));
        assert!(apart <= 1.01 * FALL, "{apart}");
        let (mean, true_mean) = (
            survival(&short).mean(SignedDuration::ZERO),
            SignedDuration::from_secs(20),
        );
        let error = mean.as_secs_f64() / true_mean.as_secs_f64() - 1.0;
        assert!(error.abs() < 0.01, "{error}");
    }

    #[test]
    fn a_curve_of_few_steps_stays_as_it_is() {
        let few = vec![(5, 0.75), (10, 0.5), (15, 0.25), (20, 0.0)];
        assert_eq!(shorten(&few), few);
    }

    #[test]
    fn only_what_matters_differs() {
        let base = survival(&exponential(20_000.0));
        assert!(!differs(&base, &base));
        assert!(!differs(&survival(&exponential(20_500.0)), &base));
        assert!(differs(&survival(&exponential(24_000.0)), &base));
    }

    #[test]
    fn a_longer_tail_differs_even_where_few_are_in_it() {
        let curve = |end| survival(&[(1000, 0.02), (end, 0.0)]);
        assert!(differs(&curve(100_000), &curve(5_000)));
    }
}
