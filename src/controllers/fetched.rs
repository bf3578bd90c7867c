//! What the grid room fetched, in the words of the metrics: neither room knows the other.

use crate::grid::{Fetched, Outcome, Provider};
use crate::metrics::{self, FetchOutcome, Metrics};

/// Counts one request to a source.
pub fn count(metrics: &Metrics, fetched: Fetched) {
    let provider = match fetched.provider {
        Provider::File => metrics::Provider::File,
        Provider::ConfigMap => metrics::Provider::ConfigMap,
        Provider::Constant => metrics::Provider::Constant,
        Provider::EnergyCharts => metrics::Provider::EnergyCharts,
    };
    let outcome = match fetched.outcome {
        Outcome::Ok => FetchOutcome::Success,
        Outcome::Unreachable => FetchOutcome::Unreachable,
        Outcome::Throttled => FetchOutcome::RateLimited,
        Outcome::Refused => FetchOutcome::Refused,
        Outcome::Invalid => FetchOutcome::Invalid,
        Outcome::Blocked => FetchOutcome::Blocked,
    };
    metrics.fetched(provider, outcome);
}
