//! A job as we keep it: what its owner asked for, what we wrote on it, and how far it is.

use std::collections::BTreeMap;
use std::hash::{DefaultHasher, Hash, Hasher};
use std::sync::Arc;

use jiff::Timestamp;
use k8s_openapi::api::core::v1::{NodeSelector, NodeSelectorTerm};

use super::accelerators;
use super::affinity::without_zones;
use super::constraint::Constraint;
use super::quantities::pod_request;
use super::slim::{SlimJob, SlimJobStatus, SlimPodSpec};
use crate::api::{InvalidAnnotation, PlanRecord, Wishes, annotation, label};
use crate::learn::Kind;
use crate::units::{JobKey, Resources};

/// Whether and how a job can be steered to a zone.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Steering {
    /// By node affinity.
    Free,
    /// A volume, a resource claim or another scheduler binds it: it is shifted in time only.
    TimeOnly,
    /// It names its node: nothing about its place may be written.
    Pinned,
}

/// How far a job is.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Phase {
    /// Suspended.
    Suspended {
        /// Whether the Job controller has seen it: only then does a write not conflict at once.
        settled: bool,
    },
    /// Released or never held, and not finished.
    Running {
        /// When the Job controller started it.
        started: Option<Timestamp>,
    },
    /// Complete or failed.
    Finished {
        /// When it started, if it ever did.
        started: Option<Timestamp>,
        /// When it ended.
        at: Timestamp,
        /// Whether it completed.
        succeeded: bool,
    },
}

/// What we wrote on the job, and only on this very job: state of another UID (a copied manifest) is not ours.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct OurState {
    /// The plan, if it is this job's own.
    pub plan: Option<Arc<PlanRecord>>,
    /// The latest start that anyone may act on.
    pub release_at: Option<Timestamp>,
    /// When we released it.
    pub released_at: Option<Timestamp>,
    /// Where we released it to.
    pub zones: Vec<String>,
    /// When we widened its zones.
    pub widened_at: Option<Timestamp>,
    /// Whether the owner's affinity is kept in an annotation, because ours stands in its place.
    pub keeps_affinity: bool,
    /// Whether the receipt is written.
    pub has_receipt: bool,
}

/// A job as we keep it.
#[derive(Clone, Debug)]
#[expect(
    clippy::struct_excessive_bools,
    reason = "each is a fact of its own that the API server stores"
)]
pub struct JobEntry {
    /// Which job.
    pub key: JobKey,
    /// The version that every write carries.
    pub resource_version: String,
    /// When it was created.
    pub created: Timestamp,
    /// Its labels, for the policies' selectors.
    pub labels: BTreeMap<String, String>,
    /// The mark of a hold.
    pub held: bool,
    /// The owner's opt-in.
    pub deferrable: bool,
    /// Whether it has a queue name: then Kueue owns `suspend`.
    pub queued: bool,
    /// Whether it is being deleted.
    pub terminating: bool,
    /// Whether another controller than the built-in one runs it, or a foreign owner controls it.
    pub foreign: bool,
    /// The UID of the CronJob that made it.
    pub cron_job: Option<Arc<str>>,
    /// What its owner asked for.
    pub wishes: Result<Wishes, InvalidAnnotation>,
    /// What admission wrote: the policy whose switch held it.
    pub held_by: Option<String>,
    /// What we wrote.
    pub ours: OurState,
    /// Where it may run, by its owner's own words.
    pub constraint: Arc<Constraint>,
    /// Equal for equal constraints.
    pub fingerprint: u64,
    /// Whether a zone may be chosen for it.
    pub steering: Steering,
    /// What all its pods ask for at a time.
    pub request: Resources,
    /// Its kin, by which lengths are learned: within its namespace, the runs of the same CronJob or of the same template.
    pub kind: Kind,
    /// How far it is.
    pub phase: Phase,
    /// Pods that are active, as the Job controller counts them.
    pub active: i64,
}

impl JobEntry {
    /// The model of accelerators that it asks for, where it asks for accelerators and may take no other.
    pub fn gpu_model(&self) -> Option<&str> {
        accelerators::wanted(&self.constraint).filter(|_| self.request.gpus > 0)
    }

    /// Reads a job; `None` for an object without the metadata that every stored object has.
    pub fn read(job: SlimJob) -> Option<Self> {
        let meta = job.metadata;
        let uid: Arc<str> = meta.uid?.into();
        let namespace: Arc<str> = meta.namespace?.into();
        let created = meta.creation_timestamp?.0;
        let labels = meta.labels.unwrap_or_default();
        let annotations = meta.annotations.unwrap_or_default();
        let owners = meta.owner_references.unwrap_or_default();
        let controller = owners.into_iter().find(|o| o.controller == Some(true));
        let pod_spec = job.spec.template.spec;
        let ours = OurState::read(&annotations, &uid);
        let pod = pod_request(&pod_spec);
        let at_a_time = job
            .spec
            .parallelism
            .unwrap_or(1)
            .min(job.spec.completions.unwrap_or(i64::MAX))
            .max(0);
        let steering = steering(&pod_spec);
        let template = template_name(&pod_spec);
        let constraint = constraint(pod_spec, pod, &annotations, ours.plan.is_some());
        let cron = controller.as_ref().filter(|o| o.kind == "CronJob");
        let kind = Kind {
            class: namespace.clone(),
            group: Some(cron.map_or(template, |o| o.name.as_str().into())),
        };
        let cron_job: Option<Arc<str>> = cron.map(|o| o.uid.as_str().into());
        Some(Self {
            resource_version: meta.resource_version?,
            created,
            held: labels.get(label::HELD).is_some_and(|v| v == "true"),
            deferrable: labels.get(label::DEFERRABLE).is_some_and(|v| v == "true"),
            queued: labels.contains_key(label::KUEUE_QUEUE),
            terminating: meta.deletion_timestamp.is_some(),
            foreign: controller.is_some_and(|o| o.kind != "CronJob")
                || job.spec.managed_by.is_some_and(|m| m != "kubernetes.io/job-controller"),
            wishes: Wishes::read(&annotations, created),
            held_by: annotations.get(annotation::HELD_BY).cloned(),
            fingerprint: constraint.fingerprint(),
            constraint: Arc::new(constraint),
            steering,
            request: pod.times(at_a_time),
            kind,
            cron_job,
            phase: phase(job.spec.suspend == Some(true), &job.status, created),
            active: job.status.active.unwrap_or(0),
            key: JobKey {
                namespace,
                name: meta.name?.into(),
                uid,
            },
            labels,
            ours,
        })
    }

    /// Whether it is ours to decide: it carries the mark, is suspended, and nobody else owns its `suspend`.
    pub fn is_ours(&self) -> bool {
        self.held && !self.queued && !self.terminating && matches!(self.phase, Phase::Suspended { .. })
    }
}

impl OurState {
    fn read(annotations: &BTreeMap<String, String>, uid: &str) -> Self {
        let text = |key: &str| annotations.get(key).map(String::as_str);
        let Some(plan) = PlanRecord::read(text(annotation::PLAN), uid) else {
            return Self::default();
        };
        let instant = |key: &str| text(key).and_then(|t| t.parse().ok());
        Self {
            plan: Some(Arc::new(plan)),
            release_at: instant(annotation::RELEASE_AT),
            released_at: instant(annotation::RELEASED_AT),
            zones: text(annotation::ZONE)
                .map(|z| z.split(',').map(str::to_owned).collect())
                .unwrap_or_default(),
            widened_at: instant(annotation::WIDENED_AT),
            keeps_affinity: annotations.contains_key(annotation::ORIGINAL_AFFINITY),
            has_receipt: annotations.contains_key(annotation::EMISSIONS),
        }
    }
}

fn phase(suspended: bool, status: &SlimJobStatus, created: Timestamp) -> Phase {
    let condition = |kind: &str| status.conditions.iter().find(|c| c.type_ == kind && c.status == "True");
    let started = status.start_time.as_ref().map(|t| t.0);
    if let Some(end) = condition("Complete").or_else(|| condition("Failed")) {
        let at = status
            .completion_time
            .as_ref()
            .or(end.last_transition_time.as_ref())
            .map_or(created, |t| t.0);
        return Phase::Finished {
            started,
            at,
            succeeded: end.type_ == "Complete",
        };
    }
    if suspended {
        Phase::Suspended {
            settled: condition("Suspended").is_some(),
        }
    } else {
        Phase::Running { started }
    }
}

fn steering(spec: &SlimPodSpec) -> Steering {
    let claims = spec
        .volumes
        .iter()
        .any(|v| v.persistent_volume_claim.is_some() || v.ephemeral.is_some());
    let foreign_scheduler = spec.scheduler_name.as_deref().is_some_and(|s| s != "default-scheduler");
    if spec.node_name.is_some() {
        Steering::Pinned
    } else if claims || foreign_scheduler || !spec.resource_claims.is_empty() {
        Steering::TimeOnly
    } else {
        Steering::Free
    }
}

/// The owner's own constraint. Once we have written an affinity, the owner's stands in an annotation, and what we added in
/// another; what the owner has changed since then counts.
fn constraint(spec: SlimPodSpec, pod: Resources, annotations: &BTreeMap<String, String>, own: bool) -> Constraint {
    let current = spec
        .affinity
        .and_then(|a| a.node_affinity)
        .and_then(|a| a.required_during_scheduling_ignored_during_execution);
    let text = |key: &str| annotations.get(key).filter(|_| own);
    let kept = text(annotation::ORIGINAL_AFFINITY).map(|text| serde_json::from_str::<Option<NodeSelector>>(text));
    let zones = text(annotation::ZONE_AFFINITY).map(|text| serde_json::from_str::<Vec<NodeSelectorTerm>>(text));
    let required = match (kept, zones) {
        (Some(Ok(original)), Some(Ok(zones))) => without_zones(current, original, &zones),
        // Written before we kept what we added.
        (Some(Ok(original)), None) => original,
        // Never kept, or unreadable: then what stands there now is the safest thing to call the owner's.
        _ => current,
    };
    Constraint {
        node_selector: spec.node_selector,
        required,
        tolerations: spec.tolerations,
        pod,
    }
}

/// The same for pods that do the same work.
fn template_name(spec: &SlimPodSpec) -> Arc<str> {
    let mut hasher = DefaultHasher::new();
    for container in &spec.containers {
        (&container.image, &container.command, &container.args).hash(&mut hasher);
    }
    format!("template-{:016x}", hasher.finish()).into()
}
