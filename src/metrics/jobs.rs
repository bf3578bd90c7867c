//! Jobs: what is held and why, what was released, what was missed, and what that saved or cost.

use jiff::SignedDuration;
use prometheus::{Counter, CounterVec, Histogram, IntCounter, IntCounterVec, IntGaugeVec, Result};

use super::Metrics;
use super::families::{Families, buckets, opts};
use super::labels::Method;
use crate::planner::Reason;
use crate::units::Grams;

const MINUTE: f64 = 60.0;
const HOUR: f64 = 3600.0;
const HOLD_SECONDS: [f64; 9] = [
    MINUTE,
    5.0 * MINUTE,
    15.0 * MINUTE,
    HOUR,
    2.0 * HOUR,
    4.0 * HOUR,
    8.0 * HOUR,
    12.0 * HOUR,
    24.0 * HOUR,
];
/// The first bucket counts the starts that came too late.
const SLACK_SECONDS: [f64; 8] = [
    0.0,
    MINUTE,
    5.0 * MINUTE,
    15.0 * MINUTE,
    HOUR,
    4.0 * HOUR,
    12.0 * HOUR,
    24.0 * HOUR,
];
const START_SECONDS: [f64; 8] = [1.0, 2.0, 5.0, 10.0, 30.0, MINUTE, 5.0 * MINUTE, 15.0 * MINUTE];

#[derive(Debug)]
pub(super) struct JobFamilies {
    held: IntGaugeVec,
    released: IntCounterVec,
    finished: IntCounter,
    missed_starts: IntCounter,
    missed_finishes: IntCounter,
    slack: Histogram,
    hold: Histogram,
    start_delay: Histogram,
    saved: CounterVec,
    added: CounterVec,
    dry_run_decisions: IntCounterVec,
    dry_run_saved: Counter,
    dry_run_added: Counter,
    widened: IntCounter,
    overridden: IntCounter,
}

impl JobFamilies {
    pub(super) fn register(families: &mut Families) -> Result<Self> {
        let all = Self {
            held: families.add(IntGaugeVec::new(
                opts("jobs_held", "Jobs held now, by reason."),
                &["reason"],
            )?)?,
            released: by_reason(families, "jobs_released_total", "Jobs released, by reason.")?,
            finished: count(
                families,
                "jobs_finished_total",
                "Jobs of ours that finished, whether they succeeded or not.",
            )?,
            missed_starts: count(
                families,
                "missed_starts_total",
                "Jobs released more than a minute after their latest start. Page on any increase.",
            )?,
            missed_finishes: count(
                families,
                "missed_finishes_total",
                "Jobs that finished after their finish-by, whatever the cause.",
            )?,
            slack: time(
                families,
                "deadline_slack_seconds",
                "From the release to the latest start; at most 0 where it came too late.",
                &SLACK_SECONDS,
            )?,
            hold: time(
                families,
                "hold_duration_seconds",
                "From the creation to the release.",
                &HOLD_SECONDS,
            )?,
            start_delay: time(
                families,
                "start_delay_seconds",
                "From the release to the first running pod.",
                &START_SECONDS,
            )?,
            saved: by_method(
                families,
                "saved_emissions_grams_total",
                "gCO2e that finished jobs emitted less than their baseline, by method. Subtract the added emissions.",
            )?,
            added: by_method(
                families,
                "added_emissions_grams_total",
                "gCO2e that finished jobs emitted more than their baseline, by method: the harm.",
            )?,
            dry_run_decisions: by_reason(
                families,
                "dry_run_decisions_total",
                "Decisions for DryRun policies, which changed nothing, by reason.",
            )?,
            dry_run_saved: families.add(Counter::with_opts(opts(
                "dry_run_savings_grams_total",
                "gCO2e that the decisions for DryRun policies expect to save against running now.",
            ))?)?,
            dry_run_added: families.add(Counter::with_opts(opts(
                "dry_run_added_grams_total",
                "gCO2e that the decisions for DryRun policies expect to add against running now.",
            ))?)?,
            widened: count(
                families,
                "widened_total",
                "Jobs whose zones were widened, because no pod found a node.",
            )?,
            overridden: count(families, "overridden_total", "Holds that somebody else ended.")?,
        };
        Ok(all.from_zero())
    }

    /// A series that appears only with its first event hides that event from `increase()`.
    fn from_zero(self) -> Self {
        for reason in Reason::ALL {
            self.held.with_label_values(&[reason.as_str()]);
            self.released.with_label_values(&[reason.as_str()]);
        }
        for method in Method::ALL {
            self.saved.with_label_values(&[method.as_str()]);
            self.added.with_label_values(&[method.as_str()]);
        }
        self
    }
}

fn count(families: &mut Families, name: &str, help: &str) -> Result<IntCounter> {
    families.add(IntCounter::with_opts(opts(name, help))?)
}

fn by_reason(families: &mut Families, name: &str, help: &str) -> Result<IntCounterVec> {
    families.add(IntCounterVec::new(opts(name, help), &["reason"])?)
}

fn by_method(families: &mut Families, name: &str, help: &str) -> Result<CounterVec> {
    families.add(CounterVec::new(opts(name, help), &["method"])?)
}

fn time(families: &mut Families, name: &str, help: &str, bounds: &[f64]) -> Result<Histogram> {
    families.add(Histogram::with_opts(buckets(name, help, bounds))?)
}

/// Adds a saving to one of two counters, since a counter cannot fall: what was saved, or what was added.
fn tally(grams: Grams, saved: &Counter, added: &Counter) {
    if grams.0.is_finite() {
        let counter = if grams.0 >= 0.0 { saved } else { added };
        counter.inc_by(grams.0.abs());
    }
}

impl Metrics {
    /// All jobs held now; a reason that is not among them holds none.
    pub fn held(&self, reasons: impl IntoIterator<Item = Reason>) {
        let mut counts = [0; Reason::ALL.len()];
        for reason in reasons {
            counts[reason as usize] += 1;
        }
        for reason in Reason::ALL {
            self.jobs
                .held
                .with_label_values(&[reason.as_str()])
                .set(counts[reason as usize]);
        }
    }

    /// A job was released after it had been held for `hold`, with `slack` left before its latest start.
    pub fn released(&self, reason: Reason, hold: SignedDuration, slack: SignedDuration) {
        self.jobs.released.with_label_values(&[reason.as_str()]).inc();
        self.jobs.hold.observe(hold.as_secs_f64());
        self.jobs.slack.observe(slack.as_secs_f64());
    }

    /// The first pod of a released job runs, `delay` after the release.
    pub fn started(&self, delay: SignedDuration) {
        self.jobs.start_delay.observe(delay.as_secs_f64());
    }

    /// A job of ours finished.
    pub fn finished(&self) {
        self.jobs.finished.inc();
    }

    /// A job was released more than a minute after its latest start (P1 broken).
    pub fn missed_start(&self) {
        self.jobs.missed_starts.inc();
    }

    /// A job finished after its finish-by.
    pub fn missed_finish(&self) {
        self.jobs.missed_finishes.inc();
    }

    /// A finished job emitted `saved` less than its baseline; negative is harm. What is not a number is not counted.
    pub fn accounted(&self, method: Method, saved: Grams) {
        let labels = [method.as_str()];
        let (less, more) = (&self.jobs.saved, &self.jobs.added);
        tally(
            saved,
            &less.with_label_values(&labels),
            &more.with_label_values(&labels),
        );
    }

    /// A job got its final decision from a DryRun policy; `saved` is expected against running now, where known.
    pub fn would_have(&self, reason: Reason, saved: Option<Grams>) {
        self.jobs.dry_run_decisions.with_label_values(&[reason.as_str()]).inc();
        if let Some(grams) = saved {
            tally(grams, &self.jobs.dry_run_saved, &self.jobs.dry_run_added);
        }
    }

    /// The zones of a job were widened.
    pub fn widened(&self) {
        self.jobs.widened.inc();
    }

    /// Somebody else ended a hold.
    pub fn overridden(&self) {
        self.jobs.overridden.inc();
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn metrics() -> Metrics {
        Metrics::new("a").unwrap()
    }

    #[test]
    fn a_reason_that_holds_nothing_any_more_goes_back_to_zero() {
        let metrics = metrics();
        let gauge = |n: u32| format!("alize_jobs_held{{reason=\"WaitingForCapacity\"}} {n}\n");
        metrics.held([
            Reason::WaitingForCapacity,
            Reason::NoForecast,
            Reason::WaitingForCapacity,
        ]);
        assert!(metrics.render().contains(&gauge(2)));
        metrics.held([]);
        assert!(metrics.render().contains(&gauge(0)));
    }

    #[test]
    fn every_reason_has_a_place_of_its_own() {
        for (place, reason) in Reason::ALL.into_iter().enumerate() {
            assert_eq!(reason as usize, place, "{}", reason.as_str());
        }
    }

    #[test]
    fn harm_is_counted_apart_and_never_as_a_negative_saving() {
        let metrics = metrics();
        metrics.accounted(Method::AverageEstimated, Grams(120.0));
        metrics.accounted(Method::AverageEstimated, Grams(-20.0));
        metrics.accounted(Method::AverageEstimated, Grams(f64::NAN));
        metrics.would_have(Reason::PolicyDryRun, Some(Grams(-3.0)));
        metrics.would_have(Reason::PolicyDryRun, None);
        let text = metrics.render();
        for line in [
            "alize_saved_emissions_grams_total{method=\"average_estimated\"} 120\n",
            "alize_added_emissions_grams_total{method=\"average_estimated\"} 20\n",
            "alize_dry_run_savings_grams_total 0\n",
            "alize_dry_run_added_grams_total 3\n",
            "alize_dry_run_decisions_total{reason=\"PolicyDryRun\"} 2\n",
        ] {
            assert!(text.contains(line), "{line}{text}");
        }
    }

    #[test]
    fn a_release_that_came_too_late_is_in_the_first_bucket_of_the_slack() {
        let metrics = metrics();
        let hour = SignedDuration::from_hours(1);
        metrics.released(Reason::ReleasedInPlannedSlot, hour, hour);
        metrics.released(Reason::ReleasedAtLatestStart, hour, -hour);
        let text = metrics.render();
        for line in [
            "alize_deadline_slack_seconds_bucket{le=\"0\"} 1\n",
            "alize_deadline_slack_seconds_count 2\n",
            "alize_hold_duration_seconds_sum 7200\n",
            "alize_jobs_released_total{reason=\"ReleasedAtLatestStart\"} 1\n",
        ] {
            assert!(text.contains(line), "{line}{text}");
        }
    }

    #[test]
    fn missed_starts_and_missed_finishes_are_counted_apart() {
        let metrics = metrics();
        metrics.missed_start();
        metrics.missed_finish();
        metrics.missed_finish();
        metrics.widened();
        metrics.overridden();
        metrics.started(SignedDuration::from_secs(4));
        let text = metrics.render();
        for line in [
            "alize_missed_starts_total 1\n",
            "alize_missed_finishes_total 2\n",
            "alize_widened_total 1\n",
            "alize_overridden_total 1\n",
            "alize_start_delay_seconds_bucket{le=\"5\"} 1\n",
        ] {
            assert!(text.contains(line), "{line}{text}");
        }
    }
}
