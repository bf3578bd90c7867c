//! The cage: what our own accounts may change on a job, whatever a bug or a thief of their tokens asks for.
//!
//! A job is in one of three states, by what it carried *before* the change:
//!
//! | it carried | our accounts may |
//! | --- | --- |
//! | the mark `alize.dev/held` | plan, place and release it: `suspend` off, mark, affinity, parallelism, our annotations |
//! | `alize.dev/released-at` and no mark | write its receipt; or hold it again, once, to widen its zones, and nothing else with it |
//! | neither | nothing |

use k8s_openapi::api::admissionregistration::v1::{
    MatchResources, ValidatingAdmissionPolicy, ValidatingAdmissionPolicyBinding, ValidatingAdmissionPolicyBindingSpec,
    ValidatingAdmissionPolicySpec, Validation, Variable,
};

use super::cel::{condition, jobs, map, named, validation, variable};
use super::{ACCOUNTS, Place, untouched};
use crate::api::{annotation, label};

const NAME: &str = "alize-cage";

/// Annotations that are ours to write; all others are their owner's, also those that begin with our prefix.
const OURS: [&str; 9] = [
    annotation::HELD_BY,
    annotation::RELEASE_AT,
    annotation::PLAN,
    annotation::RELEASED_AT,
    annotation::ZONE,
    annotation::WIDENED_AT,
    annotation::ORIGINAL_AFFINITY,
    annotation::ZONE_AFFINITY,
    annotation::EMISSIONS,
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
        variables: Some(variables()),
        validations: Some([whole_job(), hold_again(), released_job()].concat()),
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

fn variables() -> Vec<Variable> {
    vec![
        variable("labels", map("object.metadata.labels")),
        variable("oldLabels", map("oldObject.metadata.labels")),
        variable("podLabels", "object.spec.template.?metadata.?labels.orValue({})"),
        variable("annotations", map("object.metadata.annotations")),
        variable("oldAnnotations", map("oldObject.metadata.annotations")),
        variable("changedLabels", changed("labels", "oldLabels")),
        variable("changedAnnotations", changed("annotations", "oldAnnotations")),
        variable("held", marked("oldLabels")),
        variable(
            "released",
            format!(
                "!variables.held && '{}' in variables.oldAnnotations",
                annotation::RELEASED_AT
            ),
        ),
        variable(
            "suspends",
            "object.spec.?suspend.orValue(false) && !oldObject.spec.?suspend.orValue(false)",
        ),
    ]
}

/// What holds of every change.
fn whole_job() -> Vec<Validation> {
    let held = label::HELD;
    vec![
        validation(
            "variables.held || variables.released",
            "Alizé may change only jobs that carry the label alize.dev/held, or that it has released",
        ),
        validation(
            // A job that loses its last label is given those of its pod template by the API server itself.
            format!(
                "variables.changedLabels.all(k, k == '{held}' || (k in variables.labels && k in variables.podLabels && variables.labels[k] == variables.podLabels[k]))"
            ),
            "Alizé may change no label of a job but alize.dev/held",
        ),
        validation(
            format!("variables.changedAnnotations.all(k, k in {})", list(&OURS)),
            "Alizé may change no annotation of a job but its own",
        ),
        validation(
            untouched::job(),
            "Alizé may change nothing of a job but suspend, parallelism and the required node affinity of its pods",
        ),
        validation(
            untouched::pod_template(),
            "Alizé may change nothing of a pod template but its required node affinity",
        ),
    ]
}

/// The watchdog's hold. It carries a mark and a promise, so that anyone can end it. The API server forbids changes of the pod
/// template of a job that runs.
fn hold_again() -> Vec<Validation> {
    let (widened, promise) = (annotation::WIDENED_AT, annotation::RELEASE_AT);
    let first = format!("variables.released && !('{widened}' in variables.oldAnnotations)");
    let marked = marked("labels");
    let promised = format!("'{widened}' in variables.annotations && '{promise}' in variables.annotations");
    let only = format!(
        "variables.changedAnnotations.all(k, k in {}) && {}",
        list(&[widened, promise]),
        untouched::same("spec.?parallelism")
    );
    vec![validation(
        format!("!variables.suspends || ({first} && {marked} && {promised} && {only})"),
        "Alizé may suspend a job only to widen its zones, once, after it has released it, and must mark it and say when it ends",
    )]
}

/// What is left for a job that we have let go.
fn released_job() -> Vec<Validation> {
    vec![validation(
        format!(
            "variables.held || variables.suspends || (object.spec == oldObject.spec && variables.changedLabels.size() == 0 && variables.changedAnnotations.all(k, k == '{}'))",
            annotation::EMISSIONS
        ),
        "Alizé may write nothing but the receipt on a job that it does not hold",
    )]
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

fn list(words: &[&str]) -> String {
    let quoted: Vec<String> = words.iter().map(|word| format!("'{word}'")).collect();
    format!("[{}]", quoted.join(", "))
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Constants of `api::annotation`, with the first word of their description: `Owner` or `Ours`.
    fn described() -> Vec<(&'static str, &'static str)> {
        let lines: Vec<&str> = include_str!("../api/job.rs").lines().map(str::trim).collect();
        let pairs = lines.windows(2).filter_map(|pair| {
            let whose = pair[0].strip_prefix("/// ")?.split_once(':')?.0;
            let name = pair[1].strip_prefix("pub const ")?.split('"').nth(1)?;
            Some((whose, name))
        });
        pairs.collect()
    }

    #[test]
    fn the_cage_opens_exactly_the_annotations_that_the_api_calls_ours() {
        let ours: Vec<_> = described()
            .into_iter()
            .filter(|(whose, _)| *whose == "Ours")
            .map(|(_, name)| name)
            .collect();
        assert_eq!(ours, OURS);
        assert!(described().iter().any(|(whose, _)| *whose == "Owner"));
    }

    #[test]
    fn a_cage_that_cannot_be_evaluated_stops_us_and_nobody_else() {
        let spec = cage(Place { namespace: "here" }).spec.unwrap();
        assert_eq!(spec.failure_policy.as_deref(), Some("Fail"));
        let who = &spec.match_conditions.unwrap()[0].expression;
        for account in ACCOUNTS {
            assert!(
                who.contains(&format!("'system:serviceaccount:here:{account}'")),
                "{who}"
            );
        }
        assert_eq!(who.matches("system:").count(), ACCOUNTS.len());
    }
}
