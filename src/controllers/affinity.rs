//! Where a job may land once it is released: the owner's own terms AND the zones, never less than the owner wrote.

use k8s_openapi::api::core::v1::{NodeSelector, NodeSelectorRequirement, NodeSelectorTerm};
use k8s_openapi::apimachinery::pkg::apis::meta::v1::LabelSelector;

/// A zone's node selector as one term of a node affinity; both languages have the same four operators.
pub fn zone_term(selector: &LabelSelector) -> NodeSelectorTerm {
    let exact = selector
        .match_labels
        .iter()
        .flatten()
        .map(|(key, value)| NodeSelectorRequirement {
            key: key.clone(),
            operator: "In".into(),
            values: Some(vec![value.clone()]),
        });
    let expressions = selector
        .match_expressions
        .iter()
        .flatten()
        .map(|e| NodeSelectorRequirement {
            key: e.key.clone(),
            operator: e.operator.clone(),
            values: e.values.clone(),
        });
    NodeSelectorTerm {
        match_expressions: Some(exact.chain(expressions).collect()),
        match_fields: None,
    }
}

/// Every term of the owner's with every zone's. Terms are alternatives and requirements inside a term are not, so the
/// cross product means "(owner's terms) and (one of the zones)".
pub fn within_zones(owner: Option<&NodeSelector>, zones: &[NodeSelectorTerm]) -> NodeSelector {
    let Some(owner) = owner else {
        return NodeSelector {
            node_selector_terms: zones.to_vec(),
        };
    };
    let mut terms = Vec::with_capacity(owner.node_selector_terms.len() * zones.len());
    // An empty term matches no node; joined with a zone's it would suddenly match.
    for own in owner.node_selector_terms.iter().filter(|t| !is_empty(t)) {
        for zone in zones {
            let requirements = own
                .match_expressions
                .iter()
                .flatten()
                .chain(zone.match_expressions.iter().flatten());
            terms.push(NodeSelectorTerm {
                match_expressions: Some(requirements.cloned().collect()),
                match_fields: own.match_fields.clone(),
            });
        }
    }
    if terms.is_empty() {
        // Nothing but empty terms: keep them, so that it goes on matching nothing.
        return owner.clone();
    }
    NodeSelector {
        node_selector_terms: terms,
    }
}

fn is_empty(term: &NodeSelectorTerm) -> bool {
    term.match_expressions.as_ref().is_none_or(Vec::is_empty) && term.match_fields.as_ref().is_none_or(Vec::is_empty)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn zone(name: &str) -> NodeSelectorTerm {
        zone_term(&serde_saphyr::from_str(&format!("matchLabels: {{zone: {name}}}")).unwrap())
    }

    #[test]
    fn alternatives_of_the_owner_stay_alternatives_within_each_zone() {
        let owner: NodeSelector = serde_saphyr::from_str(
            r"
nodeSelectorTerms:
- matchExpressions: [{key: zone, operator: In, values: [fr]}]
- matchFields: [{key: metadata.name, operator: In, values: [es-1]}]
",
        )
        .unwrap();
        let both = within_zones(Some(&owner), &[zone("es"), zone("fr")]);
        assert_eq!(both.node_selector_terms.len(), 4);
        assert!(
            both.node_selector_terms.iter().all(|t| t
                .match_expressions
                .as_ref()
                .unwrap()
                .iter()
                .any(|e| e.key == "zone"))
        );
        let with_field: Vec<_> = both
            .node_selector_terms
            .iter()
            .filter(|t| t.match_fields.is_some())
            .collect();
        assert_eq!(with_field.len(), 2, "the owner's node name must survive in every zone");
    }

    #[test]
    fn without_terms_of_the_owner_the_zones_stand_alone() {
        assert_eq!(within_zones(None, &[zone("ma")]).node_selector_terms, vec![zone("ma")]);
    }

    #[test]
    fn a_term_that_matches_nothing_still_matches_nothing() {
        let owner: NodeSelector = serde_saphyr::from_str("nodeSelectorTerms: [{}]").unwrap();
        assert_eq!(within_zones(Some(&owner), &[zone("ma")]), owner);
    }
}
