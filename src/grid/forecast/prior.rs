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
    0.179, -0.129, 0.098, // last hour
    0.110, -0.134, 0.057, // last 3 hours
    0.126, -0.100, 0.085, // last 12 hours
    -0.041, -0.081, -0.007, // last day
    -0.000, -0.046, -0.050, // day before
    0.151, 0.016, 0.085, // rise of the last hour
    -0.108, -0.042, -0.059, // weekday of the last 6 hours
    -0.273, -0.006, -0.065, // weekend of the last day
    0.032, -0.065, 0.116, // same hour a day ago
    0.022, 0.011, 0.048, // same hour two days ago
    0.190, -0.028, -0.034, // 28 days
    0.116, -0.040, -0.103, // all weeks
    0.028, -0.082, 0.086, // a day ago, smooth
    -0.001, -0.045, -0.116, // 28 days, smooth
    0.045, 0.003, 0.015, // neighbours of the profile
    0.068, 0.001, 0.020, // neighbours but one
    0.149, -0.058, -0.045, // weekday
    0.139, -0.057, -0.049, // weekday, smooth
    0.344, -0.044, 0.044, // weekend, smooth
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
    Some(forecaster.ours?.0)
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
            .map(|(_, weights)| weights[0])
            .sum();
        assert!(
            sum > 0.0,
            "a level that lasts is worth more than `corrected` says: {fitted:?}"
        );
        let values = vec![3.0; 60 * 24];
        assert_eq!(fit_prior(&[Hourly { start, values }]), None);
    }
}
