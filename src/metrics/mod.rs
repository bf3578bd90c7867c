//! What Prometheus sees: one struct with its own registry, typed methods, and labels from closed lists.
//!
//! No label carries the name of a job, a namespace or a policy; the name of a `GridZone` is given by an admin, and only the
//! first hundred are told apart. Nothing reads a metric back to decide anything.
//!
//! `docs/metrics.md` carries [`Metrics::reference`]; a test compares the two.

mod families;
mod forecasts;
mod grid;
mod jobs;
mod labels;
mod process;
mod savings;
mod zones;

use prometheus::{Registry, TextEncoder};

pub use forecasts::Told;
pub use grid::Reading;
pub use labels::{ErrorCategory, FetchOutcome, Method, Provider, Resource, Verb, WriteOutcome};

use families::Families;
use forecasts::ForecastFamilies;
use grid::GridFamilies;
use jobs::JobFamilies;
use process::ProcessFamilies;
use savings::SavingFamilies;

/// Metrics cannot be set up: two of them have one name, or a name is not allowed. A fault of this program, never of its input.
#[derive(Debug, thiserror::Error)]
#[error("setting up the metrics; this is a fault of alize, please report it")]
pub struct MetricsError(#[from] prometheus::Error);

/// All metrics of the operator.
#[derive(Debug)]
pub struct Metrics {
    registry: Registry,
    reference: String,
    grid: GridFamilies,
    forecasts: ForecastFamilies,
    jobs: JobFamilies,
    savings: SavingFamilies,
    process: ProcessFamilies,
}

impl Metrics {
    /// Registers every metric in a registry of its own; `version` is this program's.
    pub fn new(version: &str) -> Result<Self, MetricsError> {
        let mut families = Families::default();
        let process = ProcessFamilies::register(&mut families, version)?;
        let grid = GridFamilies::register(&mut families)?;
        let forecasts = ForecastFamilies::register(&mut families)?;
        let jobs = JobFamilies::register(&mut families)?;
        let savings = SavingFamilies::register(&mut families)?;
        let (registry, reference) = families.finish()?;
        Ok(Self {
            registry,
            reference,
            grid,
            forecasts,
            jobs,
            savings,
            process,
        })
    }

    /// All metrics in Prometheus' text format 0.0.4.
    pub fn render(&self) -> String {
        TextEncoder::new()
            .encode_to_string(&self.registry.gather())
            .unwrap_or_else(|error| format!("# The metrics cannot be written as text: {error}\n"))
    }

    /// The reference for people: a Markdown table of every metric, its kind, its labels and what it says.
    pub fn reference(&self) -> &str {
        &self.reference
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_reference_in_docs_is_what_the_registry_says() {
        let metrics = Metrics::new("1.2.3").unwrap();
        let document = include_str!("../../docs/metrics.md");
        assert!(
            document.contains(metrics.reference()),
            "docs/metrics.md differs from the registry; replace its table with:\n\n{}",
            metrics.reference()
        );
    }

    #[test]
    fn every_metric_in_the_text_is_ours_or_the_process_collectors() {
        let text = Metrics::new("1.2.3").unwrap().render();
        for line in text.lines().filter(|line| !line.starts_with('#')) {
            assert!(line.starts_with("alize_") || line.starts_with("process_"), "{line}");
        }
    }

    #[test]
    fn two_operators_in_one_process_count_apart() {
        let (one, other) = (Metrics::new("a").unwrap(), Metrics::new("b").unwrap());
        one.finished();
        assert!(one.render().contains("alize_jobs_finished_total 1\n"));
        assert!(other.render().contains("alize_jobs_finished_total 0\n"));
    }
}
