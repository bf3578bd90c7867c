//! What the grid room fetched, in the words of the metrics: neither room knows the other.

use crate::grid::{Fetched, Outcome, Provider};
use crate::metrics::{self, FetchOutcome, Metrics};

/// Counts one request to a source.
pub fn count(metrics: &Metrics, fetched: Fetched) {
    let outcome = match fetched.outcome {
        Outcome::Ok => FetchOutcome::Success,
        Outcome::Unreachable => FetchOutcome::Unreachable,
        Outcome::Throttled => FetchOutcome::RateLimited,
        Outcome::Unauthorized => FetchOutcome::Unauthorized,
        Outcome::Refused => FetchOutcome::Refused,
        Outcome::NoData => FetchOutcome::NoData,
        Outcome::Invalid => FetchOutcome::Invalid,
        Outcome::Blocked => FetchOutcome::Blocked,
    };
    metrics.fetched(provider(fetched.provider), outcome);
}

/// A kind of source, as the metrics call it.
pub fn provider(provider: Provider) -> metrics::Provider {
    match provider {
        Provider::File => metrics::Provider::File,
        Provider::ConfigMap => metrics::Provider::ConfigMap,
        Provider::Constant => metrics::Provider::Constant,
        Provider::EnergyCharts => metrics::Provider::EnergyCharts,
        Provider::ElectricityMaps => metrics::Provider::ElectricityMaps,
        Provider::Neso => metrics::Provider::Neso,
        Provider::CarbonAware => metrics::Provider::CarbonAware,
        Provider::Prometheus => metrics::Provider::Prometheus,
        Provider::Entsoe => metrics::Provider::Entsoe,
        Provider::Eia => metrics::Provider::Eia,
        Provider::WattTime => metrics::Provider::WattTime,
        Provider::EnergiDataService => metrics::Provider::EnergiDataService,
        Provider::Elia => metrics::Provider::Elia,
        Provider::OpenMeteo => metrics::Provider::OpenMeteo,
    }
}
