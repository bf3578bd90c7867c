//! The hold: a deferrable job is born suspended and marked, inside its own create request.

use k8s_openapi::api::admissionregistration::v1::{
    ApplyConfiguration, MatchCondition, MatchResources, MutatingAdmissionPolicy, MutatingAdmissionPolicyBinding,
    MutatingAdmissionPolicyBindingSpec, MutatingAdmissionPolicySpec, Mutation, ParamKind, ParamRef, Variable,
};
use k8s_openapi::apimachinery::pkg::apis::meta::v1::{LabelSelector, LabelSelectorRequirement};

use super::Place;
use super::cel::{condition, jobs, map, named, selects, variable};
use crate::api::{GROUP, VERSION, annotation, label};

const NAME: &str = "alize-hold";

/// The most that a job's own annotations may take to be held, in characters of up to four bytes each: that leaves us 22 KB.
const MOST_ANNOTATED: u32 = 60_000;

/// The policy. It is evaluated once for each HoldSwitch; a job that one of them has held is no longer matched by the next, so
/// that several give the same result in any order, but for the name in `held-by`: the operator decides that one.
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
        variables: Some(variables()),
        mutations: Some(vec![mutation()]),
        reinvocation_policy: Some("IfNeeded".to_owned()),
    };
    MutatingAdmissionPolicy {
        metadata: named(NAME),
        spec: Some(spec),
    }
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

/// Who is never held, whatever the selectors say.
fn conditions() -> Vec<MatchCondition> {
    let (run_now, queue) = (annotation::RUN_NOW, label::KUEUE_QUEUE);
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
                "!has(object.metadata.annotations) || !('{run_now}' in object.metadata.annotations) || object.metadata.annotations['{run_now}'] != 'true'"
            ),
        ),
        condition("not-queued", format!("!('{queue}' in object.metadata.labels)")),
        condition(
            "not-managed-elsewhere",
            "!has(object.spec.managedBy) || object.spec.managedBy == 'kubernetes.io/job-controller'",
        ),
        condition(
            "not-owned-by-a-foreign-controller",
            "!has(object.metadata.ownerReferences) || !object.metadata.ownerReferences.exists(o, has(o.controller) && o.controller && o.kind != 'CronJob')",
        ),
        // Kubernetes allows 256 KiB of annotations; a job that is full could be given neither its plan nor its release.
        condition(
            "has-room-for-our-annotations",
            format!(
                "!has(object.metadata.annotations) || object.metadata.annotations.map(k, size(k) + size(object.metadata.annotations[k])).sum() <= {MOST_ANNOTATED}"
            ),
        ),
    ]
}

/// Match conditions see no namespace, variables do: so the selectors are variables.
fn variables() -> Vec<Variable> {
    vec![
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
    ]
}

fn mutation() -> Mutation {
    let held = format!(
        "Object{{metadata: Object.metadata{{labels: {{'{}': 'true'}}, annotations: {{'{}': string(params.metadata.name)}}}}, spec: Object.spec{{suspend: true}}}}",
        label::HELD,
        annotation::HELD_BY
    );
    Mutation {
        patch_type: "ApplyConfiguration".to_owned(),
        apply_configuration: Some(ApplyConfiguration {
            expression: Some(format!(
                "variables.selectedByLabels && variables.selectedByNamespace ? {held} : Object{{}}"
            )),
        }),
        json_patch: None,
    }
}

/// Every namespace but ours, whose jobs are the fail-safe and the uninstall hook.
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

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_hold_that_cannot_be_evaluated_or_has_no_switch_stops_no_job() {
        let place = Place { namespace: "here" };
        let policy = hold(place).spec.unwrap();
        let binding = hold_binding(place).spec.unwrap();
        assert_eq!(policy.failure_policy.as_deref(), Some("Ignore"));
        let switches = binding.param_ref.unwrap();
        assert_eq!(switches.parameter_not_found_action.as_deref(), Some("Allow"));
        assert_eq!(switches.namespace.as_deref(), Some("here"));
    }

    #[test]
    fn the_switches_are_of_the_kind_that_the_definitions_serve() {
        let kind = hold(Place { namespace: "here" }).spec.unwrap().param_kind.unwrap();
        let crd = crate::api::all_crds()
            .into_iter()
            .find(|crd| Some(&crd.spec.names.kind) == kind.kind.as_ref());
        let crd = crd.unwrap();
        let served = format!("{}/{}", crd.spec.group, crd.spec.versions[0].name);
        assert_eq!(kind.api_version, Some(served));
    }
}
