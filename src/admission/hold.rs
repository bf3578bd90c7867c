//! The hold: a deferrable job is born suspended and marked, inside its own create request.

use k8s_openapi::api::admissionregistration::v1::{
    ApplyConfiguration, MatchCondition, MatchResources, MutatingAdmissionPolicy, MutatingAdmissionPolicyBinding,
    MutatingAdmissionPolicyBindingSpec, MutatingAdmissionPolicySpec, Mutation, ParamKind, ParamRef,
};
use k8s_openapi::apimachinery::pkg::apis::meta::v1::{LabelSelector, LabelSelectorRequirement};
use kube::api::ObjectMeta;

use super::Place;
use super::cel::{condition, jobs, map, selects, variable};
use crate::api::{GROUP, VERSION, annotation, label};

const NAME: &str = "alize-hold";

/// The policy. It is evaluated once for each HoldSwitch; a job that one of them has held is no longer matched by the next.
pub fn hold(place: Place<'_>) -> MutatingAdmissionPolicy {
    let spec = MutatingAdmissionPolicySpec {
        // A cluster without us creates jobs: ignorance never stops one.
        failure_policy: Some("Ignore".to_owned()),
        param_kind: Some(ParamKind {
            api_version: Some(format!("{GROUP}/{VERSION}")),
            kind: Some("HoldSwitch".to_owned()),
        }),
        match_constraints: Some(MatchResources {
            resource_rules: Some(vec![jobs("CREATE")]),
            object_selector: Some(LabelSelector {
                match_labels: Some([(label::DEFERRABLE.to_owned(), "true".to_owned())].into()),
                ..LabelSelector::default()
            }),
            namespace_selector: Some(outside(place.namespace)),
            ..MatchResources::default()
        }),
        match_conditions: Some(conditions()),
        variables: Some(vec![
            variable("labels", map("object.metadata.labels")),
            variable("namespaceLabels", map("namespaceObject.metadata.labels")),
            variable(
                "selectedByLabels",
                selects("params.spec.jobSelector", "variables.labels"),
            ),
            variable(
                "selectedByNamespace",
                selects("params.spec.namespaceSelector", "variables.namespaceLabels"),
            ),
        ]),
        mutations: Some(vec![Mutation {
            patch_type: "ApplyConfiguration".to_owned(),
            apply_configuration: Some(ApplyConfiguration {
                expression: Some(format!(
                    "variables.selectedByLabels && variables.selectedByNamespace ? Object{{metadata: Object.metadata{{labels: {{'{}': 'true'}}, annotations: {{'{}': string(params.metadata.name)}}}}, spec: Object.spec{{suspend: true}}}} : Object{{}}",
                    label::HELD,
                    annotation::HELD_BY
                )),
            }),
            json_patch: None,
        }]),
        reinvocation_policy: Some("IfNeeded".to_owned()),
    };
    MutatingAdmissionPolicy {
        metadata: named(NAME),
        spec: Some(spec),
    }
}

/// Who is never held, whatever the selectors say.
fn conditions() -> Vec<MatchCondition> {
    vec![
        condition(
            "switch-is-on",
            "has(params.spec) && (!has(params.spec.hold) || params.spec.hold == true) && has(params.status) && params.status.armed == true",
        ),
        condition(
            "not-suspended-by-its-owner",
            "!has(object.spec.suspend) || object.spec.suspend == false",
        ),
        condition(
            "not-to-run-now",
            format!(
                "!has(object.metadata.annotations) || !('{0}' in object.metadata.annotations) || object.metadata.annotations['{0}'] != 'true'",
                annotation::RUN_NOW
            ),
        ),
        condition(
            "not-queued",
            format!("!('{}' in object.metadata.labels)", label::KUEUE_QUEUE),
        ),
        condition(
            "not-managed-elsewhere",
            "!has(object.spec.managedBy) || object.spec.managedBy == 'kubernetes.io/job-controller'",
        ),
        condition(
            "not-owned-by-a-foreign-controller",
            "!has(object.metadata.ownerReferences) || !object.metadata.ownerReferences.exists(o, has(o.controller) && o.controller && o.kind != 'CronJob')",
        ),
    ]
}

/// The binding: one, for all HoldSwitches in our namespace. Without any, new jobs run.
pub fn hold_binding(place: Place<'_>) -> MutatingAdmissionPolicyBinding {
    let spec = MutatingAdmissionPolicyBindingSpec {
        policy_name: Some(NAME.to_owned()),
        param_ref: Some(ParamRef {
            namespace: Some(place.namespace.to_owned()),
            selector: Some(LabelSelector::default()),
            parameter_not_found_action: Some("Allow".to_owned()),
            ..ParamRef::default()
        }),
        match_resources: None,
    };
    MutatingAdmissionPolicyBinding {
        metadata: named(NAME),
        spec: Some(spec),
    }
}

fn outside(namespace: &str) -> LabelSelector {
    LabelSelector {
        match_expressions: Some(vec![LabelSelectorRequirement {
            key: "kubernetes.io/metadata.name".to_owned(),
            operator: "NotIn".to_owned(),
            values: Some(vec![namespace.to_owned()]),
        }]),
        ..LabelSelector::default()
    }
}

pub(super) fn named(name: &str) -> ObjectMeta {
    ObjectMeta {
        name: Some(name.to_owned()),
        ..ObjectMeta::default()
    }
}
