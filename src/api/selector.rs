//! Label selectors, as Kubernetes matches them.

use std::collections::BTreeMap;

use k8s_openapi::apimachinery::pkg::apis::meta::v1::LabelSelector;

/// Whether `labels` satisfy `selector`; an empty selector matches everything. An unknown operator matches nothing.
pub fn matches(selector: &LabelSelector, labels: &BTreeMap<String, String>) -> bool {
    let exact = selector
        .match_labels
        .iter()
        .flatten()
        .all(|(key, value)| labels.get(key) == Some(value));
    let expressions = selector.match_expressions.iter().flatten().all(|e| {
        let value = labels.get(&e.key);
        let listed = value.is_some_and(|v| e.values.iter().flatten().any(|candidate| candidate == v));
        match e.operator.as_str() {
            "In" => listed,
            "NotIn" => !listed,
            "Exists" => value.is_some(),
            "DoesNotExist" => value.is_none(),
            _ => false,
        }
    });
    exact && expressions
}

/// Whether the selector asks for nothing, and so matches everything.
pub fn is_empty(selector: &LabelSelector) -> bool {
    selector.match_labels.as_ref().is_none_or(BTreeMap::is_empty)
        && selector.match_expressions.as_ref().is_none_or(Vec::is_empty)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn selector(yaml: &str) -> LabelSelector {
        serde_saphyr::from_str(yaml).unwrap()
    }

    fn labels(pairs: &[(&str, &str)]) -> BTreeMap<String, String> {
        pairs.iter().map(|(k, v)| ((*k).to_owned(), (*v).to_owned())).collect()
    }

    #[test]
    fn selectors_match_as_in_kubernetes() {
        let team = labels(&[("team", "ml")]);
        assert!(matches(&LabelSelector::default(), &team));
        assert!(matches(&selector("matchLabels: {team: ml}"), &team));
        assert!(!matches(&selector("matchLabels: {team: web}"), &team));
        assert!(matches(
            &selector("matchExpressions: [{key: team, operator: In, values: [ml, web]}]"),
            &team
        ));
        // NotIn also matches where the label is missing.
        assert!(matches(
            &selector("matchExpressions: [{key: tier, operator: NotIn, values: [gold]}]"),
            &team
        ));
        assert!(!matches(
            &selector("matchExpressions: [{key: team, operator: DoesNotExist}]"),
            &team
        ));
        assert!(matches(
            &selector("matchExpressions: [{key: team, operator: Exists}]"),
            &team
        ));
    }
}
