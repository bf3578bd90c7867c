//! How the prior of our own method is found: what zones have in common, and how far each strays from it (empirical Bayes;
//! Efron and Morris, "Data analysis using Stein's estimator and its generalizations", 1975), by expectation and maximisation
//! (Dempster, Laird and Rubin, 1977).

use std::collections::BTreeMap;

use super::features::FEATURES;
use super::learned::{Learned, WEIGHTS};
use super::ours::INFLATION;
use super::prior::Prior;
use super::regression::Regression;
use super::symmetric::Symmetric;
use super::{Forecaster, Hourly, Method};

/// Hours by which every series is moved, once more each: the same weather by other clocks, for zones elsewhere.
const MOVED: [usize; 4] = [0, 7, 14, 21];
/// Rounds of expectation and maximisation. With twice as many other zones keep the same, to a hundredth of a point.
const ROUNDS: usize = 15;
/// Variance of every weight before the first round.
const FIRST: f64 = 0.02;
/// What is added to every variance in each round: fifteen zone-years do not show how far others stray.
const FLOOR: f64 = 0.003;
/// Pulls the weights of the first round towards zero, as this share of the hours, and those of the level for good.
const SHRINKAGE: [f64; 2] = [0.001, 0.003];
/// Hours of a window, as far as they count in the ranking.
const HOURS: f64 = 34.75;

/// What one series has taught, and what that counts.
struct Lesson {
    learned: Learned,
    counts: f64,
}

/// The prior that suits these series, each with the name of its zone: the text of `prior.txt`. `None` where there is nothing to
/// learn.
pub fn fit_prior(series: &[(String, Hourly)]) -> Option<String> {
    let lessons = lessons(series);
    let (ranking, precision) = ranking(&lessons)?;
    let prior = Prior {
        ranking,
        precision,
        level: level(&lessons)?,
    };
    Some(prior.text())
}

/// Of every series by every clock. Years of one zone say much the same: two count as much as 1.4.
fn lessons(series: &[(String, Hourly)]) -> Vec<Lesson> {
    let mut years = BTreeMap::<&str, f64>::new();
    for (zone, _) in series {
        *years.entry(zone).or_default() += 1.0;
    }
    let lesson = |(zone, hourly): &(String, Hourly), moved: usize| {
        let mut forecaster = Forecaster::new(Method::Ours, hourly.at(moved));
        hourly.values.iter().for_each(|value| forecaster.observe(*value));
        let learned = forecaster.ours?.0.into_learned()?;
        let counts = years.get(zone.as_str())?.powf(-0.5);
        Some(Lesson { learned, counts })
    };
    let all = series.iter().flat_map(|one| MOVED.map(|moved| lesson(one, moved)));
    all.flatten().collect()
}

/// Mean and precision of the weights for ranking.
fn ranking(lessons: &[Lesson]) -> Option<(Vec<f64>, Symmetric)> {
    let pulled = SHRINKAGE[0] * HOURS * windows(lessons);
    let mut pool = Regression::around(&[0.0; WEIGHTS], Symmetric::diagonal(WEIGHTS, pulled));
    for lesson in lessons {
        pool.absorb(&lesson.learned.ranking, 1.0);
    }
    let mut mean = pool.weights()?;
    let mut covariance = Symmetric::diagonal(WEIGHTS, FIRST);
    for _ in 0..ROUNDS {
        (mean, covariance) = round(lessons, &mean, &covariance)?;
    }
    Some((mean, covariance.inverse()?))
}

/// One round: what each zone's weights are if the prior holds, and the prior that then suits them best.
fn round(lessons: &[Lesson], mean: &[f64], covariance: &Symmetric) -> Option<(Vec<f64>, Symmetric)> {
    let prior = Regression::around(mean, covariance.inverse()?);
    let posterior = |lesson: &Lesson| prior.with(&lesson.learned.ranking, 1.0 / INFLATION);
    let posteriors: Vec<Regression> = lessons.iter().map(posterior).collect();
    let weights: Vec<Vec<f64>> = posteriors.iter().map(Regression::weights).collect::<Option<_>>()?;
    let share = 1.0 / lessons.iter().map(|lesson| lesson.counts).sum::<f64>();

    let mut middle = vec![0.0; WEIGHTS];
    for (lesson, weights) in lessons.iter().zip(&weights) {
        let pairs = middle.iter_mut().zip(weights);
        pairs.for_each(|(sum, weight)| *sum += share * lesson.counts * weight);
    }
    let mut spread = Symmetric::diagonal(WEIGHTS, FLOOR);
    for ((lesson, weights), posterior) in lessons.iter().zip(&weights).zip(&posteriors) {
        let away: Vec<f64> = weights
            .iter()
            .zip(&middle)
            .map(|(weight, mean)| weight - mean)
            .collect();
        spread.add_product(&away, share * lesson.counts);
        spread.add(&posterior.covariance()?, share * lesson.counts);
    }
    Some((middle, spread))
}

/// The weights for the level that fit all series together.
fn level(lessons: &[Lesson]) -> Option<Vec<f64>> {
    let pulled = SHRINKAGE[1] * windows(lessons);
    let mut pool = Regression::around(&[0.0; FEATURES], Symmetric::diagonal(FEATURES, pulled));
    for lesson in lessons {
        pool.absorb(&lesson.learned.level, 1.0);
    }
    pool.weights()
}

fn windows(lessons: &[Lesson]) -> f64 {
    lessons.iter().map(|lesson| lesson.learned.windows as f64).sum()
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Days that are each like the one before, around a mean that the profile knows.
    fn persistent(seed: u64) -> Hourly {
        let mut random = fastrand::Rng::with_seed(seed);
        let mut shape = [0.0; 24];
        let mut values = Vec::new();
        for _ in 0..35 {
            shape = shape.map(|hour| 0.9 * hour + random.f64() - 0.5);
            values.extend(shape.map(|hour| 100.0 + hour));
        }
        Hourly {
            start: "2026-01-05T00:00:00Z".parse().unwrap(),
            values,
        }
    }

    #[test]
    fn a_prior_knows_what_zones_have_in_common() {
        let series: Vec<_> = (0..2).map(|zone| (zone.to_string(), persistent(zone))).collect();
        let prior = Prior::read(&fit_prior(&series).unwrap()).unwrap();
        let named = |name: &str| {
            let at = super::super::features::NAMES.iter().position(|other| *other == name);
            prior.ranking[at.unwrap() * 3]
        };
        assert!(named("same hour a day ago") > 0.1, "{:?}", prior.ranking);
        assert!(prior.precision.inverse().is_some());
    }

    #[test]
    fn nothing_is_learned_from_what_never_varies() {
        let flat = Hourly {
            values: vec![3.0; 35 * 24],
            ..persistent(0)
        };
        assert_eq!(fit_prior(&[("flat".into(), flat)]), None);
    }
}
