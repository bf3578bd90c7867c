//! Where a job may land once it is released: the owner's own terms AND the zones, never less than the owner wrote.

use std::collections::BTreeSet;

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
            // The API server stores no empty list on a job: what is read back must equal what was written.
            values: e.values.clone().filter(|values| !values.is_empty()),
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

/// What the owner wants, where `current` stands, and we wrote `zones` into what was the owner's `original` then.
///
/// Where somebody changed what we wrote, the owner's is what stands, less our zones; all of it where they cannot be told apart.
pub fn without_zones(
    current: Option<NodeSelector>,
    original: Option<NodeSelector>,
    zones: &[NodeSelectorTerm],
) -> Option<NodeSelector> {
    let current = current?;
    if is_same(&current, &within_zones(original.as_ref(), zones)) {
        return original;
    }
    let pairs = current
        .node_selector_terms
        .iter()
        .flat_map(|term| zones.iter().map(move |zone| (term, zone)));
    let mut left: Vec<NodeSelectorTerm> = Vec::new();
    for own in pairs.filter_map(|(term, zone)| without_zone(term, zone)) {
        if !left.contains(&own) {
            left.push(own);
        }
    }
    let left = NodeSelector {
        node_selector_terms: left,
    };
    // Nothing is left of a term that was the zone's alone: then the owner wants nothing of the place.
    let owner = Some(left).filter(|left| !left.node_selector_terms.iter().all(is_empty));
    if is_same(&current, &within_zones(owner.as_ref(), zones)) {
        owner
    } else {
        Some(current)
    }
}

/// A term less the requirements of a zone, each once; `None` where one of them is not there.
fn without_zone(term: &NodeSelectorTerm, zone: &NodeSelectorTerm) -> Option<NodeSelectorTerm> {
    let mut left = term.match_expressions.clone().unwrap_or_default();
    for requirement in zone.match_expressions.iter().flatten() {
        // Ours were appended to the owner's.
        left.remove(left.iter().rposition(|own| own == requirement)?);
    }
    Some(NodeSelectorTerm {
        match_expressions: Some(left),
        match_fields: term.match_fields.clone(),
    })
}

/// Whether both say the same: neither the order of terms nor that of the requirements in a term means anything.
fn is_same(a: &NodeSelector, b: &NodeSelector) -> bool {
    let requirements = |some: &Option<Vec<NodeSelectorRequirement>>| -> BTreeSet<String> {
        some.iter()
            .flatten()
            .map(|requirement| format!("{requirement:?}"))
            .collect()
    };
    let terms = |selector: &NodeSelector| -> BTreeSet<_> {
        let terms = selector.node_selector_terms.iter();
        terms
            .map(|term| (requirements(&term.match_expressions), requirements(&term.match_fields)))
            .collect()
    };
    terms(a) == terms(b)
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

    fn selector(terms: &str) -> NodeSelector {
        serde_saphyr::from_str(&format!("nodeSelectorTerms: {terms}")).unwrap()
    }

    const NOT_BAD: &str = "{key: node, operator: NotIn, values: [bad]}";

    #[test]
    fn p2_what_the_owner_added_to_what_we_wrote_is_the_owners_without_our_zones() {
        let zones = [zone("es"), zone("ma")];
        let ssd = "{key: disk, operator: In, values: [ssd]}";
        let theirs = selector(&format!("[{{matchExpressions: [{ssd}]}}]"));
        for (original, before) in [(None, String::new()), (Some(theirs), format!("{ssd}, "))] {
            let mut edited = within_zones(original.as_ref(), &zones);
            for term in &mut edited.node_selector_terms {
                let more = serde_saphyr::from_str(NOT_BAD).unwrap();
                term.match_expressions.as_mut().unwrap().push(more);
            }
            let owner = without_zones(Some(edited.clone()), original.clone(), &zones).unwrap();
            assert!(is_same(&within_zones(Some(&owner), &zones), &edited));
            assert_eq!(owner, selector(&format!("[{{matchExpressions: [{before}{NOT_BAD}]}}]")));
        }
    }

    #[test]
    fn p2_what_nobody_touched_is_what_the_owner_wrote_at_first() {
        let zones = [zone("es"), zone("ma")];
        let twice = selector("[{matchExpressions: [{key: zone, operator: In, values: [ma]}]}, {}]");
        for original in [None, Some(twice)] {
            let written = within_zones(original.as_ref(), &zones);
            assert_eq!(without_zones(Some(written), original.clone(), &zones), original);
        }
    }

    #[test]
    fn p2_an_edit_that_cannot_be_told_from_our_zones_is_kept_whole() {
        let zones = [zone("es"), zone("ma")];
        let mut edited = within_zones(None, &zones);
        let more = serde_saphyr::from_str(NOT_BAD).unwrap();
        edited.node_selector_terms[0]
            .match_expressions
            .as_mut()
            .unwrap()
            .push(more);
        assert_eq!(
            without_zones(Some(edited.clone()), None, &zones),
            Some(edited),
            "for one of the zones only"
        );
        let theirs = selector("[{matchExpressions: [{key: disk, operator: In, values: [ssd]}]}]");
        assert_eq!(
            without_zones(Some(theirs.clone()), None, &zones),
            Some(theirs),
            "in place of ours"
        );
        assert_eq!(without_zones(None, Some(selector("[{}]")), &zones), None, "taken away");
    }

    #[test]
    fn a_term_that_matches_nothing_still_matches_nothing() {
        let owner: NodeSelector = serde_saphyr::from_str("nodeSelectorTerms: [{}]").unwrap();
        assert_eq!(within_zones(Some(&owner), &[zone("ma")]), owner);
    }
}
