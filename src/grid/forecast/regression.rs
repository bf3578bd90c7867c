//! Ridge regression that learns row by row, and is drawn to a prior instead of to zero.

/// The normal equations of a least-squares fit.
#[derive(Clone, Debug)]
pub(super) struct Regression {
    /// Sum of `row * row'`: the lower triangle, row by row.
    products: Vec<f64>,
    /// Sum of `row * target`.
    moments: Vec<f64>,
}

impl Regression {
    /// Of this many weights.
    pub(super) fn new(weights: usize) -> Self {
        Self {
            products: vec![0.0; weights * (weights + 1) / 2],
            moments: vec![0.0; weights],
        }
    }

    /// Learns that `row` should come to `target`.
    pub(super) fn learn(&mut self, row: &[f64], target: f64) {
        let mut products = self.products.iter_mut();
        for (i, left) in row.iter().enumerate() {
            self.moments[i] += left * target;
            for (right, product) in row[..=i].iter().zip(products.by_ref()) {
                *product += left * right;
            }
        }
    }

    /// Lets what was learned so far count `factor` times.
    pub(super) fn fade(&mut self, factor: f64) {
        self.products
            .iter_mut()
            .chain(&mut self.moments)
            .for_each(|sum| *sum *= factor);
    }

    /// Learns all that another has learned; it counts `weight` times.
    pub(super) fn absorb(&mut self, other: &Self, weight: f64) {
        let theirs = other.products.iter().chain(&other.moments);
        let ours = self.products.iter_mut().chain(&mut self.moments);
        ours.zip(theirs).for_each(|(sum, other)| *sum += other * weight);
    }

    /// The weights that minimise the squared errors plus `strength * |weights - prior|^2`; `None` where they are not
    /// determined.
    pub(super) fn weights(&self, prior: &[f64], strength: f64) -> Option<Vec<f64>> {
        let mut factor = self.products.clone();
        let mut right: Vec<f64> = self
            .moments
            .iter()
            .zip(prior)
            .map(|(sum, prior)| sum + strength * prior)
            .collect();
        for i in 0..right.len() {
            factor[at(i, i)] += strength;
        }
        decompose(&mut factor, right.len())?;
        // Forwards through the factor, then backwards through its transpose.
        for i in 0..right.len() {
            let known: f64 = (0..i).map(|k| factor[at(i, k)] * right[k]).sum();
            right[i] = (right[i] - known) / factor[at(i, i)];
        }
        for i in (0..right.len()).rev() {
            let known: f64 = (i + 1..right.len()).map(|k| factor[at(k, i)] * right[k]).sum();
            right[i] = (right[i] - known) / factor[at(i, i)];
        }
        right.iter().all(|weight| weight.is_finite()).then_some(right)
    }
}

/// Where the lower triangle keeps a row and column, `column <= row`.
const fn at(row: usize, column: usize) -> usize {
    row * (row + 1) / 2 + column
}

/// Replaces a symmetric matrix by its Cholesky factor; `None` where it is not positive.
fn decompose(matrix: &mut [f64], size: usize) -> Option<()> {
    for i in 0..size {
        for j in 0..=i {
            let (left, right) = (&matrix[at(i, 0)..at(i, j)], &matrix[at(j, 0)..at(j, j)]);
            let known: f64 = left.iter().zip(right).map(|(left, right)| left * right).sum();
            let rest = matrix[at(i, j)] - known;
            matrix[at(i, j)] = if i != j {
                rest / matrix[at(j, j)]
            } else if rest > 0.0 {
                rest.sqrt()
            } else {
                return None;
            };
        }
    }
    Some(())
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
        let weights = regression.weights(&[0.0; 3], 1e-9).unwrap();
        for (found, made) in weights.iter().zip([4.0, -2.0, 0.5]) {
            assert!((found - made).abs() < 1e-6, "{weights:?}");
        }
    }

    /// The one weight, rounded to what arithmetic can promise.
    fn weight(regression: &Regression, prior: f64, strength: f64) -> f64 {
        let weight = regression.weights(&[prior], strength).unwrap()[0];
        (weight * 1e9).round() / 1e9
    }

    #[test]
    fn the_prior_counts_as_much_as_its_strength() {
        let mut regression = Regression::new(1);
        assert_eq!(weight(&regression, 7.0, 2.0), 7.0, "nothing learned");
        // Two rows say 1, a prior of strength 2 says 7: the mean.
        regression.learn(&[1.0], 1.0);
        regression.learn(&[1.0], 1.0);
        assert_eq!(weight(&regression, 7.0, 2.0), 4.0);
        regression.fade(0.5);
        assert_eq!(weight(&regression, 7.0, 2.0), 5.0);
    }

    #[test]
    fn what_another_has_learned_can_be_absorbed() {
        let (mut one, mut other) = (Regression::new(1), Regression::new(1));
        one.learn(&[1.0], 1.0);
        other.learn(&[1.0], 4.0);
        one.absorb(&other, 2.0);
        assert_eq!(weight(&one, 0.0, 0.0), 3.0);
    }

    #[test]
    fn what_is_not_determined_has_no_weights() {
        assert_eq!(Regression::new(2).weights(&[1.0, 1.0], 0.0), None);
    }
}
