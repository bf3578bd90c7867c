//! What a job says about itself, and what follows where there is no decision to show.

use std::collections::BTreeMap;

use jiff::Timestamp;
use k8s_openapi::api::batch::v1::Job;
use serde_json::Value;

use super::State;
use crate::api::{PlanRecord, Wishes, annotation, label};
use crate::units::format_duration;

/// What a job says about itself.
pub(super) struct Facts {
    pub(super) namespace: String,
    pub(super) name: String,
    pub(super) created: Timestamp,
    uid: String,
    labels: BTreeMap<String, String>,
    annotations: BTreeMap<String, String>,
    suspended: bool,
    finished: bool,
    /// Who else runs it: a foreign controller or manager.
    manager: Option<String>,
}

impl Facts {
    pub(super) fn read(job: &Job) -> Self {
        let meta = job.metadata.clone();
        let spec = job.spec.as_ref();
        let conditions = job.status.iter().flat_map(|s| s.conditions.iter().flatten());
        let ended = |c: &str| c == "Complete" || c == "Failed";
        let owners = meta.owner_references.into_iter().flatten();
        let controller = owners
            .filter(|o| o.controller == Some(true))
            .find(|o| o.kind != "CronJob");
        let manager = spec
            .and_then(|s| s.managed_by.clone())
            .filter(|m| m != "kubernetes.io/job-controller");
        Self {
            namespace: meta.namespace.unwrap_or_default(),
            name: meta.name.unwrap_or_default(),
            created: meta.creation_timestamp.map_or(Timestamp::UNIX_EPOCH, |t| t.0),
            uid: meta.uid.unwrap_or_default(),
            labels: meta.labels.unwrap_or_default(),
            annotations: meta.annotations.unwrap_or_default(),
            suspended: spec.and_then(|s| s.suspend) == Some(true),
            finished: conditions.into_iter().any(|c| ended(&c.type_) && c.status == "True"),
            manager: manager.or(controller.map(|o| format!("{} {}", o.kind, o.name))),
        }
    }

    /// The decision, if it is this very job's.
    pub(super) fn plan(&self) -> Option<PlanRecord> {
        PlanRecord::read(self.text(annotation::PLAN), &self.uid)
    }

    pub(super) fn state(&self, plan: Option<&PlanRecord>) -> State {
        let held = self.suspended && self.is("true", label::HELD) && !self.queued();
        match plan {
            Some(_) if self.finished => State::Finished,
            Some(_) if held => State::Waiting,
            None if held && !self.finished => State::Unplanned,
            Some(_) if self.released_at().is_some() => State::Released,
            _ => State::NotHeld,
        }
    }

    pub(super) fn held_by(&self) -> Option<String> {
        self.text(annotation::HELD_BY).map(str::to_owned)
    }

    pub(super) fn release_at(&self) -> Option<Timestamp> {
        self.instant(annotation::RELEASE_AT)
    }

    pub(super) fn released_at(&self) -> Option<Timestamp> {
        self.instant(annotation::RELEASED_AT)
    }

    pub(super) fn widened_at(&self) -> Option<Timestamp> {
        self.instant(annotation::WIDENED_AT)
    }

    pub(super) fn emissions(&self) -> Option<Value> {
        serde_json::from_str(self.text(annotation::EMISSIONS)?).ok()
    }

    /// What the decision does not say.
    pub(super) fn notes(&self, state: State, now: Timestamp) -> Vec<String> {
        let mut notes = match state {
            State::Unplanned => vec![self.unplanned(now)],
            State::NotHeld => vec![self.not_held()],
            State::Waiting | State::Released | State::Finished => Vec::new(),
        };
        if self.text(annotation::PLAN).is_some() && self.plan().is_none() {
            notes.push(format!(
                "The annotation {} is not this job's own, as in a copied manifest, and is ignored.",
                annotation::PLAN
            ));
        }
        if let Err(problem) = Wishes::read(&self.annotations, self.created)
            && !self.finished
        {
            notes.push(format!(
                "Correct the {problem}. What cannot be read never delays a job."
            ));
        }
        notes
    }

    fn unplanned(&self, now: Timestamp) -> String {
        let age = format_duration(now.duration_since(self.created));
        let end = self.release_at().map_or_else(
            || "two minutes after its creation".to_owned(),
            |at| format!("at its latest start {at:.0}"),
        );
        format!(
            "It has been held for {age} and has no plan yet; that takes seconds. If it stays so, look at the operator's /readyz; the fail-safe releases the job {end} in any case."
        )
    }

    /// Why nothing of ours stands on it: the first cause that applies, with what to do.
    fn not_held(&self) -> String {
        let (namespace, name) = (&self.namespace, &self.name);
        if self.finished {
            return "It has finished, and Alizé never held it.".to_owned();
        }
        if !self.is("true", label::DEFERRABLE) && !self.is("true", label::HELD) {
            return format!(
                "It is not deferrable: it needs the label {}: \"true\" when it is created (in a CronJob, under spec.jobTemplate.metadata.labels).",
                label::DEFERRABLE
            );
        }
        if self.queued() {
            return "It has a queue name, so Kueue decides when it starts.".to_owned();
        }
        if let Some(manager) = &self.manager {
            return format!("{manager} runs it; Alizé leaves such jobs alone.");
        }
        if self.suspended {
            return format!(
                "It is suspended, but not by Alizé: the mark {} is missing. Whoever suspended it must resume it: kubectl patch job {name} -n {namespace} -p '{{\"spec\":{{\"suspend\":false}}}}'",
                label::HELD
            );
        }
        if self.is("true", label::HELD) || self.plan().is_some() {
            return "Somebody else ended its hold; Alizé keeps its hands off it from then on.".to_owned();
        }
        if self.text(annotation::RUN_NOW) == Some("true") {
            return format!("Its owner asked to start it at once with {}.", annotation::RUN_NOW);
        }
        format!(
            "It is deferrable, but nothing held it when it was created. No CarbonPolicy with mode: Enforce selects it (kubectl get carbonpolicies), or holding is switched off (kubectl get holdswitches -A). A DryRun policy only writes events: kubectl events --for job/{name} -n {namespace}"
        )
    }

    fn queued(&self) -> bool {
        self.labels.contains_key(label::KUEUE_QUEUE)
    }

    fn is(&self, value: &str, label: &str) -> bool {
        self.labels.get(label).is_some_and(|v| v == value)
    }

    fn text(&self, key: &str) -> Option<&str> {
        self.annotations.get(key).map(String::as_str)
    }

    fn instant(&self, key: &str) -> Option<Timestamp> {
        self.text(key).and_then(|t| t.parse().ok())
    }
}
