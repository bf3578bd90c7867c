//! The patches that we send to jobs, as plain JSON: merge patches that carry the version the plan saw.

use jiff::Timestamp;
use k8s_openapi::api::core::v1::NodeSelectorTerm;
use serde_json::{Map, Value, json};

use super::failsafe::ALONE;
use crate::api::{PlanRecord, annotation, label};
use crate::index::{JobEntry, within_zones};

/// What happens to the job's required node affinity.
#[derive(Clone, Debug, PartialEq)]
pub enum Affinity {
    /// It is left as it is.
    Keep,
    /// It becomes the owner's own within the zones of these terms; both are kept in annotations.
    Within(Vec<NodeSelectorTerm>),
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
            annotation::ZONE_AFFINITY,
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
    let owner = &job.constraint.required;
    let text = |value: Value| json!(value.to_string());
    let (required, original, zones) = match affinity {
        Affinity::Keep => return,
        Affinity::Within(zones) => (
            json!(within_zones(owner.as_ref(), zones)),
            text(json!(owner)),
            text(json!(zones)),
        ),
        Affinity::Restore => (json!(owner), Value::Null, Value::Null),
    };
    // Only the required terms: a merge patch leaves preferred terms and every other affinity alone.
    let affinity = json!({ "nodeAffinity": { "requiredDuringSchedulingIgnoredDuringExecution": required } });
    patch["spec"]["template"]["spec"]["affinity"] = affinity;
    annotations.insert(annotation::ORIGINAL_AFFINITY.into(), original);
    annotations.insert(annotation::ZONE_AFFINITY.into(), zones);
}

/// Whole seconds, UTC: what people and shell scripts read.
fn second(instant: Timestamp) -> Value {
    json!(format!("{instant:.0}"))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::index::{SlimJob, zone_term};

    fn read(job: &Value) -> JobEntry {
        JobEntry::read(serde_json::from_value::<SlimJob>(job.clone()).unwrap()).unwrap()
    }

    /// The first plan of the job.
    fn record() -> PlanRecord {
        let choice = json!({"start": "2026-11-23T02:00:00Z", "zones": ["ma"]});
        let record = json!({
            "uid": "j", "policy": "p", "reason": "WaitingForGreenerSlot", "message": "", "madeAt": "2026-11-23T00:00:00Z",
            "chosen": choice, "now": choice, "binding": "Nothing", "signal": "CarbonIntensity",
            "latestStart": "2026-11-23T12:00:00Z", "expectedSeconds": 60, "lengthSource": "Annotation", "watts": 1.0,
        });
        serde_json::from_value(record).unwrap()
    }

    #[test]
    fn p2_what_the_owner_adds_to_the_affinity_while_the_job_is_held_outlives_its_release() {
        const REQUIRED: &str =
            "/spec/template/spec/affinity/nodeAffinity/requiredDuringSchedulingIgnoredDuringExecution";
        let mut job = json!({
            "metadata": {
                "name": "j", "namespace": "team", "uid": "j", "resourceVersion": "1",
                "creationTimestamp": "2026-11-23T00:00:00Z", "labels": {"alize.dev/held": "true"},
            },
            "spec": {"suspend": true, "template": {"spec": {"containers": []}}},
            "status": {},
        });
        let ma = zone_term(&serde_saphyr::from_str("matchLabels: {zone: ma}").unwrap());
        let planned = plan(&read(&job), &record(), &Affinity::Within(vec![ma]));
        job["metadata"]["annotations"] = planned["metadata"]["annotations"].clone();
        job["metadata"]["annotations"]
            .as_object_mut()
            .unwrap()
            .retain(|_, text| !text.is_null());
        job["spec"]["template"]["spec"]["affinity"] = planned["spec"]["template"]["spec"]["affinity"].clone();
        assert_eq!(read(&job).constraint.required, None, "what we wrote is not the owner's");

        let more = json!({"key": "node", "operator": "NotIn", "values": ["bad"]});
        let terms = &mut job.pointer_mut(REQUIRED).unwrap()["nodeSelectorTerms"];
        terms[0]["matchExpressions"].as_array_mut().unwrap().push(more.clone());
        let now = "2026-11-23T02:00:00Z".parse().unwrap();
        let released = release(&read(&job), &record(), &Affinity::Restore, now);
        let wanted = json!({"nodeSelectorTerms": [{"matchExpressions": [more]}]});
        assert_eq!(released.pointer(REQUIRED), Some(&wanted));
        assert_eq!(
            released["metadata"]["annotations"][annotation::ZONE_AFFINITY],
            Value::Null
        );
    }
}
