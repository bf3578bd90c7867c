//! What remains to be written: the plan less what already stands on the jobs. Pure.

use std::sync::Arc;
use std::time::Duration;

use jiff::{SignedDuration, Timestamp};

use super::patch::Affinity;
use super::place::{at_release, while_held};
use super::words;
use crate::api::{MOST_REWRITES, PlanRecord};
use crate::index::{JobEntry, Phase, Picture, Steering, Subject};
use crate::planner::{Action, Decision, Plan, Reason};
use crate::units::{Grams, PolicyName, Signal, ZoneName};

/// Releases are not paced within this of a latest start.
const URGENT: SignedDuration = SignedDuration::from_mins(5);
/// The Job controller's first write makes ours conflict; where it does not come, we try all the same.
const PATIENCE: SignedDuration = SignedDuration::from_secs(5);
/// A latest start that moves by less is not written again.
const SMALL_MOVE: SignedDuration = SignedDuration::from_secs(5);
/// A latest start that moves forward by more is always written: nobody else can tell the fail-safe.
const TOO_LATE: SignedDuration = SignedDuration::from_secs(60);
/// So long before the fail-safe would let a job go that may wait on, it is told.
const TOO_EARLY: SignedDuration = SignedDuration::from_mins(3);
/// Jobs older than this were not missed now: nothing new can be said of them after a restart.
const NEWS: SignedDuration = SignedDuration::from_secs(60);

/// One thing to write about one job.
#[derive(Clone, Debug)]
pub struct Step {
    /// The job as the plan saw it.
    pub job: Arc<JobEntry>,
    /// What to write.
    pub change: Change,
}

impl Step {
    /// Whether it must be written within `wait`: a release that is due by then, or a job that is no longer ours.
    pub fn cannot_wait(&self, now: Timestamp, wait: Duration) -> bool {
        match &self.change {
            Change::Release { record, .. } => {
                let left = record.latest_start.duration_since(now);
                left.is_negative() || left.unsigned_abs() <= wait
            }
            Change::Disown(_) => true,
            _ => false,
        }
    }
}

/// What to write.
#[derive(Clone, Debug)]
pub enum Change {
    /// The plan, first or rewritten.
    Plan {
        /// The record.
        record: Box<PlanRecord>,
        /// The wall.
        affinity: Affinity,
    },
    /// The release.
    Release {
        /// The record.
        record: Box<PlanRecord>,
        /// Where to.
        affinity: Affinity,
        /// Why.
        reason: Reason,
        /// Whether it may not be paced.
        urgent: bool,
    },
    /// Its pods found no node in time: it is held once more, to be let go with all its zones.
    Widen,
    /// It is no longer ours: the mark goes.
    Disown(Cause),
    /// Nothing is written to the job: an event says why it runs unheld.
    Unheld(Reason, String),
    /// Nothing is written to the job: an event says what a DryRun policy would have done.
    WouldHave {
        /// What the decision would have been.
        reason: Reason,
        /// The whole sentence.
        sentence: String,
        /// What it would have saved, where known.
        saved: Option<Grams>,
        /// The policy that only watches.
        policy: PolicyName,
    },
}

/// Why a job is no longer ours.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Cause {
    /// Somebody else unsuspended it.
    Overridden,
    /// A queue or another controller owns its `suspend`.
    OwnedElsewhere,
    /// It is over.
    Finished,
}

/// All that remains to be written, most urgent first. `baseline` says what a job would emit, had it started at submission.
pub fn diff(picture: &Picture, plan: &Plan, baseline: &dyn Fn(&Subject) -> Option<Grams>) -> Vec<Step> {
    let now = picture.snapshot.now;
    let mut steps: Vec<Step> = Vec::new();
    for decision in &plan.decisions {
        let Some(subject) = picture.subjects.get(&decision.job.uid) else {
            continue;
        };
        let change = if decision.shadow {
            Some(Change::WouldHave {
                reason: decision.reason,
                sentence: words::sentence(decision, &[], now),
                saved: decision.saved_grams(),
                policy: decision.policy.clone(),
            })
        } else {
            decided(decision, subject, picture, baseline)
        };
        steps.extend(change.map(|change| step(subject, change)));
    }
    for subject in picture.subjects.values() {
        steps.extend(observed(subject, picture).map(|change| step(subject, change)));
    }
    steps.sort_by_key(rank);
    steps
}

fn step(subject: &Subject, change: Change) -> Step {
    Step {
        job: subject.job.clone(),
        change,
    }
}

/// Urgent releases, then the others by their planned start, then what nobody waits for.
fn rank(step: &Step) -> (u8, Timestamp, Timestamp) {
    let none = Timestamp::UNIX_EPOCH;
    match &step.change {
        Change::Release { record, urgent, .. } => (u8::from(!urgent), record.chosen.start, record.latest_start),
        Change::Disown(_) | Change::Widen => (2, none, none),
        Change::Plan { record, .. } => (3, record.latest_start, none),
        Change::Unheld(..) | Change::WouldHave { .. } => (4, none, none),
    }
}

/// What the plan asks of a job that we hold.
fn decided(
    decision: &Decision,
    subject: &Subject,
    picture: &Picture,
    baseline: &dyn Fn(&Subject) -> Option<Grams>,
) -> Option<Change> {
    let (job, now) = (&subject.job, picture.snapshot.now);
    if !job.is_ours() || !is_settled(job, now) {
        return None;
    }
    let rules = picture.snapshot.rules.get(&decision.policy);
    let signal = rules.map_or(Signal::CarbonIntensity, |rules| rules.signal);
    let record = || {
        let known = job.ours.plan.as_ref().is_some_and(|plan| plan.baseline_grams.is_some());
        let baseline = if known { None } else { baseline(subject) };
        Box::new(words::record(decision, subject, signal, now, baseline))
    };
    let is_misleading = job
        .ours
        .release_at
        .is_some_and(|written| misleads(written, decision.latest_start, now));
    match decision.action {
        Action::Release => Some(Change::Release {
            record: record(),
            affinity: at_release(subject, &decision.chosen.zones, &decision.policy, picture),
            reason: decision.reason,
            urgent: is_urgent(decision, now),
        }),
        Action::Hold if is_news(decision, subject) || is_misleading => Some(Change::Plan {
            record: record(),
            affinity: while_held(subject, &decision.policy, picture),
        }),
        // Nothing else can come of jobs that may not be paused, and no policy lets one be.
        Action::Hold | Action::Pause | Action::Resume | Action::Continue => None,
    }
}

fn is_settled(job: &JobEntry, now: Timestamp) -> bool {
    let settled = matches!(job.phase, Phase::Suspended { settled: true });
    settled || (job.ours.widened_at.is_none() && now.duration_since(job.created) > PATIENCE)
}

fn is_urgent(decision: &Decision, now: Timestamp) -> bool {
    decision.latest_start.duration_since(now) <= URGENT
        || matches!(decision.reason, Reason::RunNowRequested | Reason::InvalidAnnotation)
}

/// Whether the decision differs from what stands on the job by more than noise.
fn is_news(decision: &Decision, subject: &Subject) -> bool {
    let ours = &subject.job.ours;
    let Some(record) = &ours.plan else { return true };
    if record.rewrites >= MOST_REWRITES {
        return false;
    }
    let zones = &decision.chosen.zones;
    let chosen = zones.len() == 1 || record.chosen.zones.len() == 1;
    let elsewhere = chosen
        && !zones
            .iter()
            .map(ZoneName::as_str)
            .eq(record.chosen.zones.iter().map(String::as_str));
    let moved = ours.release_at.is_none_or(|written| {
        let wait = decision.latest_start.duration_since(subject.job.created);
        decision.latest_start.duration_since(written).abs() > SMALL_MOVE.max(wait / 20)
    });
    record.policy != decision.policy.as_str() || record.chosen.start != decision.chosen.start || elsewhere || moved
}

/// Whether the latest start that is `written` on a job would have the fail-safe let it go too late, or soon and too early: that
/// is written anew however often the plan was.
fn misleads(written: Timestamp, latest_start: Timestamp, now: Timestamp) -> bool {
    let later = latest_start.duration_since(written);
    later < -TOO_LATE || (later > SMALL_MOVE && written.duration_since(now) < TOO_EARLY)
}

/// What follows from the job itself, whatever the plan.
fn observed(subject: &Subject, picture: &Picture) -> Option<Change> {
    let (job, now) = (&subject.job, picture.snapshot.now);
    if job.terminating {
        return None;
    }
    match job.phase {
        Phase::Finished { .. } => job.held.then_some(Change::Disown(Cause::Finished)),
        Phase::Suspended { .. } => {
            (job.held && (job.queued || job.foreign)).then_some(Change::Disown(Cause::OwnedElsewhere))
        }
        Phase::Running { .. } if job.held => Some(Change::Disown(if job.queued || job.foreign {
            Cause::OwnedElsewhere
        } else {
            Cause::Overridden
        })),
        Phase::Running { .. } if must_widen(subject, picture) => Some(Change::Widen),
        Phase::Running { .. } => unheld(subject, now),
    }
}

/// Why a job that an Enforce policy selects runs although it was never held.
fn unheld(subject: &Subject, now: Timestamp) -> Option<Change> {
    let job = &subject.job;
    let policy = subject.verdict.enforce.as_ref()?;
    let fresh = job.ours.plan.is_none() && now.duration_since(job.created) < NEWS;
    if !fresh || !job.deferrable || job.queued || job.foreign {
        return None;
    }
    if job.wishes.as_ref().is_ok_and(|wishes| wishes.run_now) {
        let text = format!("Started at once: its owner set alize.dev/run-now; policy {policy} would have held it");
        return Some(Change::Unheld(Reason::RunNowRequested, text));
    }
    if let Err(invalid) = &job.wishes {
        return Some(Change::Unheld(
            Reason::InvalidAnnotation,
            format!("Started at once: {invalid}"),
        ));
    }
    let text = format!(
        "Not held although policy {policy} selects it: it was created while its HoldSwitch was off, or with suspend: false applied again"
    );
    Some(Change::Unheld(Reason::MissedHold, text))
}

/// All its pods wait for a node in the zone that we chose, for longer than its policy allows, and there are other zones.
/// Once one pod has a node we keep our hands off: holding the job again would restart it.
fn must_widen(subject: &Subject, picture: &Picture) -> bool {
    let (job, pods) = (&subject.job, &subject.pods);
    let Some((released_at, since)) = job.ours.released_at.zip(pods.pending_since) else {
        return false;
    };
    let policy = subject
        .verdict
        .enforce
        .as_ref()
        .and_then(|name| picture.policies.get(name));
    let Some(policy) = policy else { return false };
    let waited = picture.snapshot.now.duration_since(since.max(released_at)) > policy.spec.placement.pending_timeout.0;
    let narrowed = job.ours.keeps_affinity && job.steering == Steering::Free;
    let elsewhere = subject
        .zones
        .iter()
        .any(|zone| job.ours.zones.iter().all(|own| own != zone.as_str()));
    let ours = !(job.queued || job.foreign) && job.ours.widened_at.is_none();
    ours && waited && narrowed && elsewhere && pods.pending > 0 && pods.bound == 0
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn p1_a_latest_start_that_would_mislead_the_fail_safe_is_written_however_often_the_plan_was() {
        let at = |minute: i64| Timestamp::from_second(minute * 60).unwrap();
        let noon = at(720);
        assert!(misleads(at(900), at(840), noon), "it would let the job go an hour late");
        assert!(!misleads(at(900), at(899), noon), "by a minute: that is its pace");
        assert!(!misleads(at(840), at(900), noon), "that it may wait on is told in time");
        assert!(
            misleads(at(840), at(900), at(838)),
            "it would let the job go in two minutes"
        );
        assert!(!misleads(at(840), at(840), at(838)));
    }
}
