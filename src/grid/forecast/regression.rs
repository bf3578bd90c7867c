//! Least squares that learn row by row, and are drawn to a prior instead of to zero.

use super::symmetric::Symmetric;

/// The normal equations of a least-squares fit.
#[derive(Clone, Debug, PartialEq)]
pub(super) struct Regression {
    /// Sum of `row * row'`.
    products: Symmetric,
    /// Sum of `row * target`.
    moments: Vec<f64>,
}

impl Regression {
    /// Of this many weights.
    pub(super) fn new(weights: usize) -> Self {
        Self::around(&vec![0.0; weights], Symmetric::diagonal(weights, 0.0))
    }

    /// One that knows nothing but that the weights lie around `mean`, with this precision: the inverse of their covariance,
    /// in units of the squared errors.
    pub(super) fn around(mean: &[f64], precision: Symmetric) -> Self {
        Self {
            moments: precision.times(mean),
            products: precision,
        }
    }

    /// Learns that `row` should come to `target`.
    pub(super) fn learn(&mut self, row: &[f64], target: f64) {
        self.products.add_product(row, 1.0);
        let pairs = self.moments.iter_mut().zip(row);
        pairs.for_each(|(sum, x)| *sum += x * target);
    }

    /// Learns all that another has learned; it counts `factor` times.
    pub(super) fn absorb(&mut self, other: &Self, factor: f64) {
        self.products.add(&other.products, factor);
        let pairs = self.moments.iter_mut().zip(&other.moments);
        pairs.for_each(|(sum, other)| *sum += other * factor);
    }

    /// The same, with another learned `factor` times.
    #[must_use]
    pub(super) fn with(&self, other: &Self, factor: f64) -> Self {
        let mut both = self.clone();
        both.absorb(other, factor);
        both
    }

    /// The weights of the least squared errors; `None` where they are not determined.
    pub(super) fn weights(&self) -> Option<Vec<f64>> {
        self.products.solve(&self.moments)
    }

    /// The covariance of the weights where errors have a variance of 1; `None` where they are not determined.
    pub(super) fn covariance(&self) -> Option<Symmetric> {
        self.products.inverse()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn it_finds_the_weights_that_made_the_targets() {
        let mut regression = Regression::new(3);
        for i in 0..20 {
            let x = f64::from(i);
            let row = [1.0, x, (x * 0.7).sin()];
            regression.learn(&row, 4.0 * row[0] - 2.0 * row[1] + 0.5 * row[2]);
        }
        let weights = regression.weights().unwrap();
        for (found, made) in weights.iter().zip([4.0, -2.0, 0.5]) {
            assert!((found - made).abs() < 1e-6, "{weights:?}");
        }
    }

    /// The one weight, rounded to what arithmetic can promise.
    fn weight(regression: &Regression) -> f64 {
        let weight = regression.weights().unwrap()[0];
        (weight * 1e9).round() / 1e9
    }

    #[test]
    fn a_prior_counts_as_much_as_its_precision() {
        let prior = Regression::around(&[7.0], Symmetric::diagonal(1, 1.0));
        let mut regression = Regression::new(1);
        assert_eq!(weight(&regression.with(&prior, 2.0)), 7.0, "nothing learned");
        // Two rows say 1, a prior that counts twice says 7: the mean.
        regression.learn(&[1.0], 1.0);
        regression.learn(&[1.0], 1.0);
        let both = regression.with(&prior, 2.0);
        assert_eq!(weight(&both), 4.0);
        let rows: Vec<f64> = both.covariance().unwrap().rows().flatten().copied().collect();
        assert!((rows[0] - 0.25).abs() < 1e-12, "four rows leave a quarter: {rows:?}");
    }

    #[test]
    fn what_is_not_determined_has_no_weights() {
        assert_eq!(Regression::new(2).weights(), None);
    }
}
