//! Jobs: what is held and why, what was released, and what was missed.

use jiff::SignedDuration;
use prometheus::{Histogram, IntCounter, IntCounterVec, IntGaugeVec, Result};

use super::Metrics;
use super::families::{Families, buckets, opts};
use crate::planner::Reason;

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
            released: families.add(IntCounterVec::new(
                opts("jobs_released_total", "Jobs released, by reason."),
                &["reason"],
            )?)?,
            finished: count(
                families,
                "jobs_finished_total",
                "Jobs of ours that finished, whether they succeeded or not.",
            )?,
            missed_starts: count(
                families,
                "missed_starts_total",
                "Jobs released after their latest start, and more than a minute after their creation. Page on any increase.",
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
            widened: count(
                families,
                "widened_total",
                "Jobs whose zones were widened, because no pod found a node.",
            )?,
            overridden: count(families, "overridden_total", "Holds that somebody else ended.")?,
        };
        Ok(all.starting_at_zero())
    }

    /// A series that appears only with its first event hides that event from `increase()`.
    fn starting_at_zero(self) -> Self {
        for reason in Reason::ALL {
            self.held.with_label_values(&[reason.as_str()]);
            self.released.with_label_values(&[reason.as_str()]);
        }
        self
    }
}

fn count(families: &mut Families, name: &str, help: &str) -> Result<IntCounter> {
    families.add(IntCounter::with_opts(opts(name, help))?)
}

fn time(families: &mut Families, name: &str, help: &str, bounds: &[f64]) -> Result<Histogram> {
    families.add(Histogram::with_opts(buckets(name, help, bounds))?)
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
