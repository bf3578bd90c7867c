//! How far from the optimum a plan can be.

use super::decision::Bound;

impl Bound {
    /// Counts a job: what its plan costs, and the least it could cost if it were alone.
    ///
    /// The sum of these least costs is the Lagrangian bound of the assignment problem at zero prices: with capacity relaxed
    /// at price `pi >= 0` the dual value is `sum_j min_p (c_p + pi . usage_p) - pi . C`, a lower bound for every `pi` (weak
    /// duality; Fisher, "The Lagrangian Relaxation Method for Solving Integer Programming Problems", Management Science
    /// 1981), and at `pi = 0` it is what every job would cost in its own best start. Where nothing is full it is exact.
    pub(super) fn add(&mut self, cost: f64, least: f64) {
        self.cost += cost;
        // A kept plan is computed in another order of sums than the search; rounding may not put the bound above the cost.
        self.lower_bound += least.min(cost);
    }
}
