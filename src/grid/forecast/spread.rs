//! How far values lie apart, and which are wild.

use super::DAY;

/// Standard deviations beyond which a value counts as if it were there: it may be a fault of its maker.
const WILD: f64 = 12.0;

/// Mean and variance of all values so far (Welford's method).
#[derive(Clone, Copy, Debug, Default)]
pub(super) struct Spread {
    count: f64,
    mean: f64,
    squares: f64,
}

impl Spread {
    /// Takes the next value.
    pub(super) fn observe(&mut self, value: f64) {
        let away = value - self.mean;
        self.count += 1.0;
        self.mean += away / self.count;
        self.squares += away * away * (self.count - 1.0) / self.count;
    }

    /// 0 of fewer than two.
    pub(super) fn variance(&self) -> f64 {
        if self.count > 1.0 {
            self.squares / self.count
        } else {
            0.0
        }
    }

    /// The value, brought back to the boundary of the wild where it lies beyond. Rare spikes so widen the spread until they
    /// are in it, and are learned from; to leave them out would teach that they never come.
    pub(super) fn tame(&self, value: f64) -> f64 {
        // No `clamp`: sums of the largest numbers there are may leave no boundary.
        value.max(self.mean - self.most()).min(self.mean + self.most())
    }

    /// How far from the mean the wild begins; nowhere while too little is known.
    pub(super) fn most(&self) -> f64 {
        let most = WILD * self.variance().sqrt();
        if most > 0.0 && self.count > 2.0 * DAY as f64 {
            most
        } else {
            f64::INFINITY
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_wild_value_is_brought_back_as_soon_as_two_days_are_known() {
        let mut spread = Spread::default();
        for hour in 0..=2 * DAY {
            assert_eq!(spread.tame(1e9), 1e9);
            spread.observe(if hour % 2 == 0 { 9.0 } else { 11.0 });
        }
        let deviation = spread.variance().sqrt();
        assert!((deviation - 1.0).abs() < 1e-3);
        assert!((spread.tame(1e9) - 10.0 - WILD * deviation).abs() < 0.1);
        assert!((spread.tame(-1e9) - 10.0 + WILD * deviation).abs() < 0.1);
        assert_eq!(spread.tame(12.0), 12.0);
    }

    #[test]
    fn a_constant_has_no_spread_and_nothing_is_wild() {
        let mut spread = Spread::default();
        (0..100).for_each(|_| spread.observe(7.0));
        assert_eq!((spread.variance(), spread.most()), (0.0, f64::INFINITY));
    }
}
