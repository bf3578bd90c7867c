//! The latest start: the instant after which waiting would break the deadline.

use jiff::{SignedDuration, Timestamp};

use super::cron::CronEntry;
use super::job::JobEntry;
use crate::api::{CarbonPolicySpec, Wishes};
use crate::planner::Length;
use crate::units::format_duration;

/// How long before the next tick a run of a CronJob should be over, for the way of its end through the API server.
const TICK_MARGIN: SignedDuration = SignedDuration::from_secs(10);

/// When a job must start, and what it means for people when that has passed already.
#[derive(Clone, Debug, PartialEq)]
pub struct Deadline {
    /// Never before the job's creation.
    pub latest_start: Timestamp,
    /// When it must have finished, where its owner said so.
    pub finish_by: Option<Timestamp>,
    /// Why it cannot wait at all.
    pub too_tight: Option<String>,
}

/// The tightest of: the policy's longest wait, the owner's, its `finish-by`, and its CronJob's next tick.
pub fn deadline(
    job: &JobEntry,
    wishes: &Wishes,
    spec: &CarbonPolicySpec,
    length: Length,
    cron: Option<&CronEntry>,
) -> Deadline {
    let wait = wishes
        .max_delay
        .map_or(spec.delay.max.0, |own| own.min(spec.delay.max.0));
    let mut latest = job.created.saturating_add(wait).unwrap_or(Timestamp::MAX);
    let mut too_tight = None;
    let minus = |end: Timestamp, spare: SignedDuration| {
        end.checked_sub(length.upper)
            .and_then(|t| t.checked_sub(spare))
            .unwrap_or(Timestamp::MIN)
    };
    if let Some(end) = wishes.finish_by {
        latest = latest.min(minus(end, SignedDuration::ZERO));
        if latest < job.created {
            too_tight = Some(format!(
                "finish-by {end:.0} cannot be met by waiting: the job is expected to take {}; give a later finish-by or a shorter expected-duration",
                format_duration(length.upper)
            ));
        }
    }
    let tick = cron
        .filter(|c| !c.allows_overlap)
        .and_then(|c| c.next_tick(job.created));
    if let Some(tick) = tick {
        latest = latest.min(minus(tick, TICK_MARGIN));
        if latest < job.created && too_tight.is_none() {
            too_tight = Some(format!(
                "its CronJob runs again at {tick:.0} and forbids overlap, and a run is expected to take {}; set alize.dev/expected-duration on the jobTemplate if it is shorter",
                format_duration(length.upper)
            ));
        }
    }
    Deadline {
        latest_start: latest.max(job.created),
        finish_by: wishes.finish_by,
        too_tight,
    }
}
