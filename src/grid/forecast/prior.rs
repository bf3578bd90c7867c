//! Where the weights of our own method start, and how that was found.

use super::features::NAMES;
use super::ours::{Ours, WEIGHTS};
use super::regression::Regression;
use super::{Forecaster, Hourly, Method};

/// Pulls the weights towards zero, as this share of the rows.
const SHRINKAGE: f64 = 0.003;

/// Three weights a feature, in the order of [`NAMES`]: constant, fading within 4 hours, within 24
/// hours. Found by [`fit_prior`]; `docs/forecasts.md` says on which series, and how well it does on others.
#[rustfmt::skip]
pub(super) const PRIOR: [f64; WEIGHTS] = [
    0.180, -0.128, 0.107,  // last hour
    0.113, -0.134, 0.067,  // last 3 hours
    0.130, -0.106, 0.098,  // last 12 hours
    -0.052, -0.089, 0.003,  // last day
    -0.008, -0.052, -0.048,  // day before
    0.154, 0.018, 0.089,  // rise of the last hour
    -0.236, -0.056, -0.105,  // weekday of the last 6 hours
    0.062, -0.076, 0.149,  // same hour a day ago
    0.022, 0.013, 0.056,  // same hour two days ago
    0.166, -0.062, -0.102,  // 28 days
    0.125, -0.051, -0.129,  // all weeks
    0.454, -0.081, 0.000,  // weekday
];

/// The weights that fit all of `series` together best, each brought to the same spread: what a prior is made of. A name and
/// three weights a feature; `None` where nothing can be learned.
pub fn fit_prior(series: &[Hourly]) -> Option<Vec<(&'static str, Vec<f64>)>> {
    let mut pool = Regression::new(WEIGHTS);
    let rows: usize = series
        .iter()
        .filter_map(learned)
        .map(|ours| ours.pool_into(&mut pool))
        .sum();
    let weights = pool.weights(&[0.0; WEIGHTS], SHRINKAGE * rows as f64)?;
    let by_feature = weights.chunks(WEIGHTS / NAMES.len()).map(<[f64]>::to_vec);
    Some(NAMES.into_iter().zip(by_feature).collect())
}

fn learned(series: &Hourly) -> Option<Ours> {
    let mut forecaster = Forecaster::new(Method::Ours, series.start);
    series.values.iter().for_each(|value| forecaster.observe(*value));
    forecaster.ours
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_prior_can_be_fitted_where_something_varies_and_only_there() {
        let start = "2026-01-05T00:00:00Z".parse().unwrap();
        let mut random = fastrand::Rng::with_seed(5);
        let mut level = 0.0;
        // The level follows the last hour: all that there is to learn.
        let walk = |_| {
            level = 0.98 * level + random.f64() - 0.5;
            100.0 + level
        };
        let values = (0..60 * 24).map(walk).collect();
        let fitted = fit_prior(&[Hourly { start, values }]).unwrap();
        assert_eq!(fitted.len(), NAMES.len());
        assert!(fitted.iter().all(|(_, weights)| weights.len() == 3));
        let sum: f64 = fitted
            .iter()
            .filter(|(name, _)| name.starts_with("last"))
            .flat_map(|(_, w)| w)
            .sum();
        assert!(
            sum > 0.0,
            "a level that lasts is worth more than `corrected` says: {fitted:?}"
        );
        let values = vec![3.0; 60 * 24];
        assert_eq!(fit_prior(&[Hourly { start, values }]), None);
    }
}
