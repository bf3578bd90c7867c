//! The cage: what our own accounts may change on a job, whatever a bug or a thief of their tokens asks for.

use k8s_openapi::api::admissionregistration::v1::{
    MatchResources, ValidatingAdmissionPolicy, ValidatingAdmissionPolicyBinding, ValidatingAdmissionPolicyBindingSpec,
    ValidatingAdmissionPolicySpec,
};

use super::cel::{condition, jobs, map, validation, variable};
use super::hold::named;
use super::{ACCOUNTS, Place};
use crate::api::{annotation, label};

const NAME: &str = "alize-cage";

/// Annotations that are ours to write; all others are their owner's, also those that begin with our prefix.
const OURS: [&str; 8] = [
    annotation::HELD_BY,
    annotation::RELEASE_AT,
    annotation::PLAN,
    annotation::RELEASED_AT,
    annotation::ZONE,
    annotation::WIDENED_AT,
    annotation::ORIGINAL_AFFINITY,
    annotation::EMISSIONS,
];

/// Fields of a job that Kubernetes lets somebody change in some state of it, and that are not ours: everything but `suspend`,
/// `parallelism` and the affinity of the pod template.
const JOB_FIELDS: [&str; 13] = [
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
const POD_FIELDS: [&str; 12] = [
    "activeDeadlineSeconds",
    "containers",
    "initContainers",
    "nodeName",
    "nodeSelector",
    "priorityClassName",
    "resourceClaims",
    "runtimeClassName",
    "schedulerName",
    "schedulingGates",
    "tolerations",
    "volumes",
];

/// The policy. It fails closed: if it cannot be evaluated, our accounts write nothing, and everybody else is unaffected.
pub fn cage(place: Place<'_>) -> ValidatingAdmissionPolicy {
    let accounts = ACCOUNTS.map(|account| format!("'system:serviceaccount:{}:{account}'", place.namespace));
    let spec = ValidatingAdmissionPolicySpec {
        failure_policy: Some("Fail".to_owned()),
        match_constraints: Some(MatchResources {
            resource_rules: Some(vec![jobs("UPDATE")]),
            ..MatchResources::default()
        }),
        match_conditions: Some(vec![condition(
            "one-of-our-accounts",
            format!("request.userInfo.username in [{}]", accounts.join(", ")),
        )]),
        variables: Some(vec![
            variable("labels", map("object.metadata.labels")),
            variable("oldLabels", map("oldObject.metadata.labels")),
            variable(
                "podLabels",
                "has(object.spec.template.metadata) && has(object.spec.template.metadata.labels) ? object.spec.template.metadata.labels : {}",
            ),
            variable("annotations", map("object.metadata.annotations")),
            variable("oldAnnotations", map("oldObject.metadata.annotations")),
            variable("changedLabels", changed("labels", "oldLabels")),
            variable("changedAnnotations", changed("annotations", "oldAnnotations")),
            variable("held", marked("oldLabels")),
            variable(
                "released",
                format!("'{}' in variables.oldAnnotations", annotation::RELEASED_AT),
            ),
            variable(
                "suspends",
                "has(object.spec.suspend) && object.spec.suspend && !(has(oldObject.spec.suspend) && oldObject.spec.suspend)",
            ),
        ]),
        validations: Some(validations()),
        ..ValidatingAdmissionPolicySpec::default()
    };
    ValidatingAdmissionPolicy {
        metadata: named(NAME),
        spec: Some(spec),
        status: None,
    }
}

/// The binding: everywhere.
pub fn cage_binding() -> ValidatingAdmissionPolicyBinding {
    let spec = ValidatingAdmissionPolicyBindingSpec {
        policy_name: NAME.to_owned(),
        validation_actions: vec!["Deny".to_owned()],
        ..ValidatingAdmissionPolicyBindingSpec::default()
    };
    ValidatingAdmissionPolicyBinding {
        metadata: named(NAME),
        spec,
    }
}

fn validations() -> Vec<k8s_openapi::api::admissionregistration::v1::Validation> {
    let ours = OURS.map(|key| format!("'{key}'")).join(", ");
    let job = JOB_FIELDS.map(|field| same(&format!("spec.?{field}"))).join(" && ");
    let pod = POD_FIELDS
        .map(|field| same(&format!("spec.template.spec.?{field}")))
        .join(" && ");
    let meta = [
        "metadata.?finalizers",
        "metadata.?ownerReferences",
        "spec.template.?metadata",
    ]
    .map(same)
    .join(" && ");
    vec![
        validation(
            "variables.held || variables.released",
            "Alizé may change only jobs that carry the label alize.dev/held, or that it has released",
        ),
        validation(
            // A job that loses its last label is given those of its pod template by the API server itself.
            format!(
                "variables.changedLabels.all(k, k == '{}' || (k in variables.labels && k in variables.podLabels && variables.labels[k] == variables.podLabels[k]))",
                label::HELD
            ),
            "Alizé may change no label of a job but alize.dev/held",
        ),
        validation(
            format!("variables.changedAnnotations.all(k, k in [{ours}])"),
            "Alizé may change no annotation of a job but its own",
        ),
        validation(
            format!("{meta} && {job}"),
            "Alizé may change nothing of a job but suspend, parallelism and the affinity of its pods",
        ),
        validation(pod, "Alizé may change nothing of a pod template but its affinity"),
        validation(
            format!(
                "!variables.suspends || (variables.released && '{0}' in variables.annotations && !('{0}' in variables.oldAnnotations) && {1})",
                annotation::WIDENED_AT,
                marked("labels")
            ),
            "Alizé may suspend a job only once, to widen its zones, and must mark it as held",
        ),
        validation(
            format!(
                "variables.held || variables.suspends || (object.spec == oldObject.spec && variables.changedLabels.size() == 0 && variables.changedAnnotations.all(k, k == '{}'))",
                annotation::EMISSIONS
            ),
            "Alizé may write nothing but the receipt on a job that it does not hold",
        ),
    ]
}

/// Keys whose value differs, or that are in one of the two only.
fn changed(new: &str, old: &str) -> String {
    format!(
        "variables.{new}.filter(k, !(k in variables.{old}) || variables.{old}[k] != variables.{new}[k]) + variables.{old}.filter(k, !(k in variables.{new}))"
    )
}

fn marked(labels: &str) -> String {
    format!(
        "'{0}' in variables.{labels} && variables.{labels}['{0}'] == 'true'",
        label::HELD
    )
}

fn same(path: &str) -> String {
    format!("object.{path} == oldObject.{path}")
}
