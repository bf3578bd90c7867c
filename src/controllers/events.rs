//! Events on the jobs: what a user sees in `kubectl describe job`. At most three a job: held, released, and one surprise.

use k8s_openapi::api::core::v1::ObjectReference;
use kube::Client;
use kube::runtime::events::{Event, EventType, Recorder, Reporter};
use tracing::debug;

use super::diff::{Cause, Change, Step};
use super::guard::Guard;
use crate::metrics::{Resource, Verb};
use crate::planner::Reason;
use crate::units::JobKey;

/// The API server takes 1 kB; the rest of a sentence is in the plan annotation.
const LONGEST: usize = 1000;

/// Writes events.
#[derive(Clone)]
pub struct Events {
    recorder: Recorder,
    guard: Guard,
}

impl Events {
    /// Events reported by `instance`, the name of this replica.
    pub fn new(client: Client, instance: &str, guard: Guard) -> Self {
        let reporter = Reporter {
            controller: "alize.dev/operator".into(),
            instance: Some(instance.to_owned()),
        };
        Self {
            recorder: Recorder::new(client, reporter),
            guard,
        }
    }

    /// Says what was done to a job. An event that cannot be written is no reason to stop: the annotation says the same.
    pub async fn tell(&self, step: &Step) {
        let Some((type_, reason, action, note)) = words(step) else {
            return;
        };
        let event = Event {
            type_,
            reason: reason.as_str().to_owned(),
            note: Some(note.chars().take(LONGEST).collect()),
            action: action.to_owned(),
            secondary: None,
        };
        let job = reference(&step.job.key);
        let publish = self.recorder.publish(&event, &job);
        if let Err(error) = self.guard.write(Verb::Create, Resource::Event, publish).await {
            debug!(job = %step.job.key, %error, "an event could not be written");
        }
    }
}

type Words = (EventType, Reason, &'static str, String);

fn words(step: &Step) -> Option<Words> {
    Some(match &step.change {
        // A rewritten plan is not news enough for an event of its own.
        Change::Plan { record, .. } if step.job.ours.plan.is_none() => (
            EventType::Normal,
            reason(&record.reason)?,
            "Hold",
            record.message.clone(),
        ),
        Change::Release { record, reason, .. } => {
            let trouble = matches!(reason, Reason::InvalidAnnotation | Reason::HeldLimitReached)
                || (*reason == Reason::ReleasedAtLatestStart && record.message.contains("cannot be met"));
            let type_ = if trouble { EventType::Warning } else { EventType::Normal };
            (type_, *reason, "Release", record.message.clone())
        }
        Change::Widen => {
            let zones = step.job.ours.zones.join(", ");
            let note = format!(
                "No pod found a node in zone {zones} in time: held once more, to be released into all its zones"
            );
            (EventType::Warning, Reason::WaitingForCapacity, "Widen", note)
        }
        Change::Disown(Cause::Overridden) => {
            let note = "Somebody else released it; it will not be held again".to_owned();
            (EventType::Normal, Reason::Overridden, "Disown", note)
        }
        Change::Unheld(reason, text) => {
            let type_ = if *reason == Reason::MissedHold {
                EventType::Warning
            } else {
                EventType::Normal
            };
            (type_, *reason, "Observe", text.clone())
        }
        Change::WouldHave { sentence, .. } => (EventType::Normal, Reason::PolicyDryRun, "Observe", sentence.clone()),
        Change::Plan { .. } | Change::Disown(_) => return None,
    })
}

fn reason(name: &str) -> Option<Reason> {
    Reason::ALL.into_iter().find(|reason| reason.as_str() == name)
}

/// How an event names a job.
pub fn reference(job: &JobKey) -> ObjectReference {
    ObjectReference {
        api_version: Some("batch/v1".into()),
        kind: Some("Job".into()),
        namespace: Some(job.namespace.to_string()),
        name: Some(job.name.to_string()),
        uid: Some(job.uid.to_string()),
        ..ObjectReference::default()
    }
}
