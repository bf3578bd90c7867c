//! What nobody of ours ever changes on a job: everything but `suspend`, `parallelism` and the required node affinity.
//!
//! CEL cannot compare two jobs but for some fields, so the fields are listed. A test compares the list with the schema of the
//! Kubernetes version that we are built for. Fields that are newer than the cluster must not be named: the policy would not
//! compile there.

/// Fields of a job beside its spec that a patch may change, labels and annotations apart.
const METADATA: [&str; 2] = ["finalizers", "ownerReferences"];

/// All fields of a job's spec but `suspend` and `parallelism`, which are ours, and `template`, see below.
const JOB: [&str; 13] = [
    "activeDeadlineSeconds",
    "backoffLimit",
    "backoffLimitPerIndex",
    "completionMode",
    "completions",
    "managedBy",
    "manualSelector",
    "maxFailedIndexes",
    "podFailurePolicy",
    "podReplacementPolicy",
    "selector",
    "successPolicy",
    "ttlSecondsAfterFinished",
];

/// What Kubernetes lets somebody change in the pod template of a suspended job (`validatePodTemplateUpdate` of its
/// `pkg/apis/batch/validation`), required node affinity apart; everything else there is immutable.
const POD_TEMPLATE: [&str; 7] = [
    "?metadata",
    "spec.?containers",
    "spec.?initContainers",
    "spec.?nodeSelector",
    "spec.?schedulingGates",
    "spec.?tolerations",
    "spec.?affinity.?nodeAffinity.?preferredDuringSchedulingIgnoredDuringExecution",
];

/// Whether the job around the pod template stays as it was, in CEL.
pub(super) fn job() -> String {
    let metadata = METADATA.map(|field| same(&format!("metadata.?{field}")));
    let spec = JOB.map(|field| same(&format!("spec.?{field}")));
    [&metadata[..], &spec[..]].concat().join(" && ")
}

/// Whether the pod template stays as it was, required node affinity apart, in CEL.
pub(super) fn pod_template() -> String {
    POD_TEMPLATE
        .map(|path| same(&format!("spec.template.{path}")))
        .join(" && ")
}

/// Whether what lies at `path` stays as it was, in CEL.
pub(super) fn same(path: &str) -> String {
    format!("object.{path} == oldObject.{path}")
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeSet;

    use k8s_openapi::api::batch::v1::JobSpec;

    use super::*;

    #[test]
    fn every_field_of_a_job_is_either_ours_or_untouched() {
        let schema = schemars::schema_for!(JobSpec);
        let fields: BTreeSet<&str> = schema
            .get("properties")
            .unwrap()
            .as_object()
            .unwrap()
            .keys()
            .map(String::as_str)
            .collect();
        let ours = ["parallelism", "suspend", "template"];
        let known: BTreeSet<&str> = JOB.into_iter().chain(ours).collect();
        assert_eq!(fields, known);
    }
}
