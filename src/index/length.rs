//! How long a job runs: its owner's word, else what its kin taught, else its policy's default.

use jiff::{SignedDuration, Timestamp};

use super::job::{JobEntry, Phase};
use crate::api::{CarbonPolicySpec, Wishes};
use crate::learn::Curves;
use crate::planner::{Length, LengthSource};

/// How long a job runs, never more than its policy allows; and the name of the curve that this comes from, where it is known
/// as no more than that.
pub fn length(
    job: &JobEntry,
    wishes: &Wishes,
    spec: &CarbonPolicySpec,
    curves: &Curves,
    now: Timestamp,
) -> (Length, Option<String>) {
    let cap = spec.estimates.max_duration.0;
    let capped = |expected: SignedDuration, upper: SignedDuration, source| Length {
        expected: expected.min(cap),
        upper: upper.min(cap),
        source,
    };
    if let Some(own) = wishes.expected_duration {
        // A tenth on top: people round their estimates down.
        let upper = own.saturating_add(own / 10);
        return (capped(own, upper, LengthSource::Annotation), None);
    }
    let Some((name, curve)) = curves.of_own(&job.kind) else {
        let default = spec.estimates.duration.0;
        return (capped(default, default, LengthSource::PolicyDefault), None);
    };
    let done = done(job, now);
    let upper = curve.quantile(0.95, done);
    let length = capped(curve.mean(done), upper, LengthSource::Learned);
    // Where the policy allows less, the curve would say more than it.
    (length, (upper <= cap).then_some(name))
}

/// The work that a job has behind it.
pub fn done(job: &JobEntry, now: Timestamp) -> SignedDuration {
    match job.phase {
        Phase::Running { started: Some(started) } => now.duration_since(started).max(SignedDuration::ZERO),
        _ => SignedDuration::ZERO,
    }
}
