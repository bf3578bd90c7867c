//! Events on the jobs: what a user sees in `kubectl describe job`. At most three a job: held, released, and one surprise. And on the
//! zones, of whose forecasts the steps on the ladder are told.

use k8s_openapi::api::core::v1::ObjectReference;
use k8s_openapi::api::events::v1::Event;
use k8s_openapi::apimachinery::pkg::apis::meta::v1::MicroTime;
use kube::api::{ObjectMeta, PostParams};
use kube::{Api, Client, Resource as _};
use tracing::warn;

use super::diff::{Cause, Change, Step};
use super::guard::Guard;
use crate::api::GridZone;
use crate::metrics::{Resource, Verb, WriteOutcome};
use crate::planner::Reason;
use crate::units::{Clock, JobKey};

/// The API server takes 1 kB; the rest of a sentence is in the plan annotation.
const LONGEST: usize = 1000;
/// Who reports them.
const CONTROLLER: &str = "alize.dev/operator";

/// What may become of a forecast of a zone.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum News {
    /// It stands on a lower rung of the ladder.
    FellBack,
    /// It stands on a higher one.
    IsBack,
    /// It has ranked the hours badly for weeks.
    Distrusted,
    /// It has not, any more.
    Trusted,
}

/// Writes events.
#[derive(Clone)]
pub struct Events {
    client: Client,
    instance: String,
    guard: Guard,
}

impl Events {
    /// Events reported by `instance`, the name of this replica.
    pub fn new(client: Client, instance: &str, guard: Guard) -> Self {
        Self {
            client,
            instance: instance.to_owned(),
            guard,
        }
    }

    /// Says what was done to a job. An event that cannot be written is no reason to stop: the annotation says the same.
    pub async fn tell(&self, step: &Step, clock: &dyn Clock) {
        if let Some((kind, reason, action, note)) = words(step) {
            let words = (kind, reason.as_str(), action, note);
            self.write(reference(&step.job.key), words, clock).await;
        }
    }

    /// Says what became of a forecast of a zone; the status says the same.
    pub async fn tell_of_zone(&self, zone: &GridZone, news: News, note: String, clock: &dyn Clock) {
        let (kind, reason) = match news {
            News::FellBack => (WARNING, "ForecastFellBack"),
            News::IsBack => (NORMAL, "ForecastIsBack"),
            News::Distrusted => (WARNING, "ForecastDistrusted"),
            News::Trusted => (NORMAL, "ForecastTrusted"),
        };
        self.write(zone.object_ref(&()), (kind, reason, "Observe", note), clock)
            .await;
    }

    async fn write(
        &self,
        regarding: ObjectReference,
        (kind, reason, action, note): (&str, &str, &str, String),
        clock: &dyn Clock,
    ) {
        let name = regarding.name.clone().unwrap_or_default();
        // Where there is no namespace, the API server wants this one.
        let namespace = regarding.namespace.clone().unwrap_or_else(|| "default".into());
        let event = Event {
            metadata: ObjectMeta {
                generate_name: Some(format!("{name}-")),
                ..ObjectMeta::default()
            },
            type_: Some(kind.to_owned()),
            reason: Some(reason.to_owned()),
            action: Some(action.to_owned()),
            note: Some(shorten(note)),
            event_time: Some(MicroTime(clock.now())),
            regarding: Some(regarding),
            reporting_controller: Some(CONTROLLER.to_owned()),
            reporting_instance: Some(self.instance.clone()),
            ..Event::default()
        };
        let api: Api<Event> = Api::namespaced(self.client.clone(), &namespace);
        let params = PostParams::default();
        let create = api.create(&params, &event);
        if let Err(error) = self.guard.write(Verb::Create, Resource::Event, create).await
            && error.outcome() != WriteOutcome::Gone
        {
            warn!(namespace, name, %error, "an event could not be written; the object says the same");
        }
    }
}

fn shorten(mut note: String) -> String {
    let mut end = note.len().min(LONGEST);
    while !note.is_char_boundary(end) {
        end -= 1;
    }
    note.truncate(end);
    note
}

const NORMAL: &str = "Normal";
const WARNING: &str = "Warning";

type Words = (&'static str, Reason, &'static str, String);

fn words(step: &Step) -> Option<Words> {
    Some(match &step.change {
        // A rewritten plan is not news enough for an event of its own.
        Change::Plan { record, .. } if step.job.ours.plan.is_none() => {
            (NORMAL, reason(&record.reason)?, "Hold", record.message.clone())
        }
        Change::Release { record, reason, .. } => {
            let trouble = matches!(reason, Reason::InvalidAnnotation | Reason::HeldLimitReached)
                || (*reason == Reason::ReleasedAtLatestStart && record.message.contains("cannot be met"));
            let kind = if trouble { WARNING } else { NORMAL };
            (kind, *reason, "Release", record.message.clone())
        }
        Change::Widen => {
            let zones = step.job.ours.zones.join(", ");
            let note = format!(
                "No pod found a node in zone {zones} in time: held once more, to be released into all its zones"
            );
            (WARNING, Reason::WaitingForCapacity, "Widen", note)
        }
        Change::Disown(Cause::Overridden) => {
            let note = "Somebody else released it; it will not be held again".to_owned();
            (NORMAL, Reason::Overridden, "Disown", note)
        }
        Change::Unheld(reason, text) => {
            let kind = if *reason == Reason::MissedHold { WARNING } else { NORMAL };
            (kind, *reason, "Observe", text.clone())
        }
        Change::WouldHave { sentence, .. } => (NORMAL, Reason::PolicyDryRun, "Observe", sentence.clone()),
        Change::Plan { .. } | Change::Disown(_) => return None,
    })
}

fn reason(name: &str) -> Option<Reason> {
    Reason::ALL.into_iter().find(|reason| reason.as_str() == name)
}

/// How an event names a job.
fn reference(job: &JobKey) -> ObjectReference {
    ObjectReference {
        api_version: Some("batch/v1".into()),
        kind: Some("Job".into()),
        namespace: Some(job.namespace.to_string()),
        name: Some(job.name.to_string()),
        uid: Some(job.uid.to_string()),
        ..ObjectReference::default()
    }
}
