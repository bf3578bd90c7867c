//! The patches that we send to jobs, as plain JSON: merge patches that carry the version the plan saw.

use jiff::Timestamp;
use k8s_openapi::api::core::v1::NodeSelector;
use serde_json::{Map, Value, json};

use super::failsafe::ALONE;
use crate::api::{PlanRecord, annotation, label};
use crate::index::JobEntry;

/// What happens to the job's required node affinity.
#[derive(Clone, Debug, PartialEq)]
pub enum Affinity {
    /// It is left as it is.
    Keep,
    /// It becomes this; the owner's own is kept in an annotation.
    Set(NodeSelector),
    /// The owner's own comes back.
    Restore,
}

/// The plan: decision and latest start, and the residency wall so that even the fail-safe releases within it.
pub fn plan(job: &JobEntry, record: &PlanRecord, affinity: &Affinity) -> Value {
    let mut annotations = planned(job, record);
    let mut patch = base(job);
    set_affinity(&mut patch, &mut annotations, job, affinity);
    patch["metadata"]["annotations"] = Value::Object(annotations);
    patch
}

/// The release: `suspend` off, the mark off, and the place, all in one.
pub fn release(job: &JobEntry, record: &PlanRecord, affinity: &Affinity, now: Timestamp) -> Value {
    let mut annotations = planned(job, record);
    annotations.insert(annotation::RELEASED_AT.into(), second(now));
    annotations.insert(annotation::ZONE.into(), json!(record.chosen.zones.join(",")));
    let mut patch = let_go_silently(job);
    set_affinity(&mut patch, &mut annotations, job, affinity);
    patch["metadata"]["annotations"] = Value::Object(annotations);
    patch
}

/// Lets a job go where its pod template already says, without a plan: the fail-safe and `release --all`.
pub fn let_go(job: &JobEntry, now: Timestamp) -> Value {
    let mut patch = let_go_silently(job);
    patch["metadata"]["annotations"] = json!({ annotation::RELEASED_AT: second(now) });
    patch
}

/// Lets a job go and writes nothing else.
pub fn let_go_silently(job: &JobEntry) -> Value {
    let mut patch = disown(job);
    patch["spec"]["suspend"] = json!(false);
    patch
}

/// We let go of a job that is no longer ours: the mark goes, and nothing else changes.
pub fn disown(job: &JobEntry) -> Value {
    let mut patch = base(job);
    patch["metadata"]["labels"] = json!({ label::HELD: null });
    patch
}

/// The watchdog's first half: held again, so that its zones can be widened. Without a leader the fail-safe lets it go at once;
/// behind a leader's back it would let it go as it is, so it leaves that one a minute.
pub fn rehold(job: &JobEntry, now: Timestamp) -> Value {
    let mut patch = base(job);
    patch["metadata"]["labels"] = json!({ label::HELD: "true" });
    patch["metadata"]["annotations"] =
        json!({ annotation::RELEASE_AT: second(now + ALONE), annotation::WIDENED_AT: second(now) });
    patch["spec"]["suspend"] = json!(true);
    patch
}

/// The receipt of a finished job. It carries no version: whoever wrote last, this very job has finished.
pub fn receipt(job: &JobEntry, receipt: &str) -> Value {
    json!({ "metadata": { "uid": &*job.key.uid, "annotations": { annotation::EMISSIONS: receipt } } })
}

fn base(job: &JobEntry) -> Value {
    json!({ "metadata": { "resourceVersion": job.resource_version, "uid": &*job.key.uid } })
}

fn planned(job: &JobEntry, record: &PlanRecord) -> Map<String, Value> {
    let mut annotations = Map::new();
    if job.ours.plan.is_none() {
        // Our plan makes whatever else stands there ours; what came with a copied manifest must go before.
        for stale in [
            annotation::RELEASED_AT,
            annotation::ZONE,
            annotation::WIDENED_AT,
            annotation::ORIGINAL_AFFINITY,
            annotation::EMISSIONS,
        ] {
            annotations.insert(stale.into(), Value::Null);
        }
    }
    annotations.insert(annotation::HELD_BY.into(), json!(record.policy));
    annotations.insert(annotation::RELEASE_AT.into(), second(record.latest_start));
    annotations.insert(annotation::PLAN.into(), json!(json!(record).to_string()));
    annotations
}

fn set_affinity(patch: &mut Value, annotations: &mut Map<String, Value>, job: &JobEntry, affinity: &Affinity) {
    let (required, original) = match affinity {
        Affinity::Keep => return,
        Affinity::Set(selector) => (json!(selector), json!(json!(job.constraint.required).to_string())),
        Affinity::Restore => (json!(job.constraint.required), Value::Null),
    };
    // Only the required terms: a merge patch leaves preferred terms and every other affinity alone.
    let affinity = json!({ "nodeAffinity": { "requiredDuringSchedulingIgnoredDuringExecution": required } });
    patch["spec"]["template"]["spec"]["affinity"] = affinity;
    annotations.insert(annotation::ORIGINAL_AFFINITY.into(), original);
}

/// Whole seconds, UTC: what people and shell scripts read.
fn second(instant: Timestamp) -> Value {
    json!(format!("{instant:.0}"))
}
