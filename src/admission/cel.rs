//! Words that both policies use: parts of the objects, and expressions in CEL.

use k8s_openapi::api::admissionregistration::v1::{MatchCondition, NamedRuleWithOperations, Validation, Variable};
use kube::api::ObjectMeta;

/// An object of the cluster with this name.
pub fn named(name: &str) -> ObjectMeta {
    ObjectMeta {
        name: Some(name.to_owned()),
        ..ObjectMeta::default()
    }
}

/// A named condition under which a policy applies at all.
pub fn condition(name: &str, expression: impl Into<String>) -> MatchCondition {
    MatchCondition {
        name: name.to_owned(),
        expression: expression.into(),
    }
}

/// A named value for the expressions after it.
pub fn variable(name: &str, expression: impl Into<String>) -> Variable {
    Variable {
        name: name.to_owned(),
        expression: expression.into(),
    }
}

/// What must hold, and what to say when it does not.
pub fn validation(expression: impl Into<String>, message: &str) -> Validation {
    Validation {
        expression: expression.into(),
        message: Some(message.to_owned()),
        reason: Some("Forbidden".to_owned()),
        ..Validation::default()
    }
}

/// Jobs, in one operation.
pub fn jobs(operation: &str) -> NamedRuleWithOperations {
    NamedRuleWithOperations {
        api_groups: Some(vec!["batch".to_owned()]),
        api_versions: Some(vec!["v1".to_owned()]),
        operations: Some(vec![operation.to_owned()]),
        resources: Some(vec!["jobs".to_owned()]),
        ..NamedRuleWithOperations::default()
    }
}

/// A map that may be absent, as one that may be empty.
pub fn map(path: &str) -> String {
    let (parent, field) = path.rsplit_once('.').unwrap_or(("", path));
    format!("has({parent}.{field}) ? {path} : {{}}")
}

/// Whether the labels in variable `labels` match the label selector at `path`. A selector that is absent matches everything;
/// one that Kubernetes would refuse (an unknown operator, `In` without values) matches nothing.
pub fn selects(path: &str, labels: &str) -> String {
    format!(
        "!has({path}) || \
         ((!has({path}.matchLabels) || {path}.matchLabels.all(k, k in {labels} && {labels}[k] == {path}.matchLabels[k])) && \
         (!has({path}.matchExpressions) || {path}.matchExpressions.all(e, \
         e.operator == 'In' ? (e.key in {labels} && {labels}[e.key] in e.values) : \
         e.operator == 'NotIn' ? !(e.key in {labels} && {labels}[e.key] in e.values) : \
         e.operator == 'Exists' ? e.key in {labels} : \
         e.operator == 'DoesNotExist' && !(e.key in {labels}))))"
    )
}
