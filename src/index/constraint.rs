//! Which nodes a pod template may land on, by what its owner wrote: the wall that no saving may cross.

use std::collections::BTreeMap;
use std::hash::{DefaultHasher, Hash, Hasher};

use k8s_openapi::api::core::v1::{NodeSelector, NodeSelectorRequirement, NodeSelectorTerm, Toleration};

use super::node::NodeEntry;
use crate::units::Resources;

/// What the owner wrote about nodes, and what one pod needs of one node.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Constraint {
    /// `nodeSelector`: every label must match.
    pub node_selector: BTreeMap<String, String>,
    /// Required node affinity, as the owner wrote it: any term may match.
    pub required: Option<NodeSelector>,
    /// Which taints it tolerates.
    pub tolerations: Vec<Toleration>,
    /// What one pod asks for.
    pub pod: Resources,
}

impl Constraint {
    /// A number that is equal for equal constraints, so that a thousand jobs of one template are checked once.
    pub fn fingerprint(&self) -> u64 {
        let mut hasher = DefaultHasher::new();
        // Debug of these types prints every field in order; it is only a cache key.
        format!(
            "{:?}{:?}{:?}{:?}",
            self.node_selector, self.required, self.tolerations, self.pod
        )
        .hash(&mut hasher);
        hasher.finish()
    }

    /// Whether a pod of this template could run on `node` if it were empty.
    pub fn allows(&self, node: &NodeEntry) -> bool {
        self.allows_labels(&node.name, &node.labels)
            && self.pod.fits(&node.allocatable)
            && node.taints.iter().all(|taint| {
                taint.effect == "PreferNoSchedule"
                    || self
                        .tolerations
                        .iter()
                        .any(|t| tolerates(t, &taint.key, taint.value.as_deref(), &taint.effect))
            })
    }

    /// Whether the owner's selectors match a node of this name with these labels.
    pub fn allows_labels(&self, name: &str, labels: &BTreeMap<String, String>) -> bool {
        self.node_selector.iter().all(|(k, v)| labels.get(k) == Some(v))
            && self
                .required
                .as_ref()
                .is_none_or(|r| r.node_selector_terms.iter().any(|t| term_matches(t, name, labels)))
    }
}

/// An empty term matches nothing, as in Kubernetes.
fn term_matches(term: &NodeSelectorTerm, name: &str, labels: &BTreeMap<String, String>) -> bool {
    let expressions = term.match_expressions.as_deref().unwrap_or_default();
    let fields = term.match_fields.as_deref().unwrap_or_default();
    if expressions.is_empty() && fields.is_empty() {
        return false;
    }
    expressions
        .iter()
        .all(|e| requirement_matches(e, labels.get(&e.key).map(String::as_str)))
        && fields
            .iter()
            .all(|f| f.key == "metadata.name" && requirement_matches(f, Some(name)))
}

fn requirement_matches(requirement: &NodeSelectorRequirement, value: Option<&str>) -> bool {
    let values = requirement.values.as_deref().unwrap_or_default();
    let listed = value.is_some_and(|v| values.iter().any(|candidate| candidate == v));
    let compare = |ordered: fn(i64, i64) -> bool| {
        let bound = values.first().and_then(|v| v.parse::<i64>().ok());
        let value = value.and_then(|v| v.parse::<i64>().ok());
        value.zip(bound).is_some_and(|(v, b)| ordered(v, b))
    };
    match requirement.operator.as_str() {
        "In" => listed,
        "NotIn" => !listed,
        "Exists" => value.is_some(),
        "DoesNotExist" => value.is_none(),
        "Gt" => compare(|v, b| v > b),
        "Lt" => compare(|v, b| v < b),
        _ => false,
    }
}

fn tolerates(toleration: &Toleration, key: &str, value: Option<&str>, effect: &str) -> bool {
    let effect_matches = toleration.effect.as_deref().is_none_or(|e| e.is_empty() || e == effect);
    let key_matches = toleration.key.as_deref().is_none_or(|k| k.is_empty() || k == key);
    let exists = toleration.operator.as_deref() == Some("Exists");
    // Without a key only the operator Exists is valid: it tolerates everything.
    let named = toleration.key.as_deref().is_some_and(|k| !k.is_empty());
    let value_matches = toleration.value.as_deref().unwrap_or_default() == value.unwrap_or_default();
    effect_matches && key_matches && (exists || (named && value_matches))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn labels(pairs: &[(&str, &str)]) -> BTreeMap<String, String> {
        pairs.iter().map(|(k, v)| ((*k).to_owned(), (*v).to_owned())).collect()
    }

    fn required(yaml: &str) -> Constraint {
        Constraint {
            required: Some(serde_saphyr::from_str(yaml).unwrap()),
            ..Constraint::default()
        }
    }

    #[test]
    fn any_term_is_enough_and_all_of_a_term_is_needed() {
        let c = required(
            r"
nodeSelectorTerms:
- matchExpressions: [{key: zone, operator: In, values: [fr]}, {key: disk, operator: Exists}]
- matchFields: [{key: metadata.name, operator: In, values: [es-1]}]
",
        );
        assert!(c.allows_labels("es-1", &labels(&[("zone", "es")])));
        assert!(!c.allows_labels("fr-1", &labels(&[("zone", "fr")])));
        assert!(c.allows_labels("fr-1", &labels(&[("zone", "fr"), ("disk", "ssd")])));
    }

    #[test]
    fn an_empty_term_matches_nothing() {
        assert!(!required("nodeSelectorTerms: [{}]").allows_labels("n", &labels(&[])));
    }

    #[test]
    fn numbers_compare_as_numbers() {
        let c = required("nodeSelectorTerms: [{matchExpressions: [{key: cores, operator: Gt, values: ['9']}]}]");
        assert!(c.allows_labels("n", &labels(&[("cores", "10")])));
        assert!(!c.allows_labels("n", &labels(&[("cores", "9")])));
        assert!(!c.allows_labels("n", &labels(&[("cores", "many")])));
    }

    #[test]
    fn a_taint_needs_its_toleration() {
        let mut node = NodeEntry {
            name: "gpu-1".into(),
            labels: labels(&[]),
            allocatable: Resources {
                cpu_milli: 8000,
                memory_bytes: 1 << 30,
                gpus: 4,
            },
            schedulable: true,
            taints: serde_saphyr::from_str("[{key: gpu, value: 'yes', effect: NoSchedule}]").unwrap(),
        };
        let mut c = Constraint::default();
        assert!(!c.allows(&node));
        c.tolerations =
            serde_saphyr::from_str("[{key: gpu, operator: Equal, value: 'yes', effect: NoSchedule}]").unwrap();
        assert!(c.allows(&node));
        c.tolerations = serde_saphyr::from_str("[{operator: Exists}]").unwrap();
        assert!(c.allows(&node));
        c.pod.gpus = 5;
        assert!(!c.allows(&node), "larger than the node");
        node.taints.clear();
        c.pod.gpus = 4;
        assert!(c.allows(&node));
    }
}
