//! Accelerators by their model: of which a job asks for, and of which a node has some.

use std::collections::BTreeMap;

use k8s_openapi::api::core::v1::{NodeSelector, NodeSelectorTerm};

use super::constraint::Constraint;

/// The labels by which nodes say what accelerators they have: of NVIDIA's and AMD's device plugins, and of GKE.
const LABELS: [&str; 3] = [
    "nvidia.com/gpu.product",
    "amd.com/gpu.product-name",
    "cloud.google.com/gke-accelerator",
];

/// The one model that the owner's node selector or required node affinity leaves; `None` where it leaves any, or several.
pub(super) fn wanted(constraint: &Constraint) -> Option<&str> {
    let selected = LABELS.iter().find_map(|label| constraint.node_selector.get(*label));
    selected
        .map(String::as_str)
        .or_else(|| required(constraint.required.as_ref()?))
}

/// The names of the model of a node's accelerators, by its labels.
pub(super) fn of_node(labels: &BTreeMap<String, String>) -> impl Iterator<Item = &str> {
    LABELS.iter().filter_map(|label| labels.get(*label).map(String::as_str))
}

/// Any term may match: all of them ask for the same one.
fn required(selector: &NodeSelector) -> Option<&str> {
    let mut models = selector.node_selector_terms.iter().map(of_term);
    let first = models.next()??;
    models.all(|model| model == Some(first)).then_some(first)
}

fn of_term(term: &NodeSelectorTerm) -> Option<&str> {
    let expressions = term.match_expressions.iter().flatten();
    let mut of_models = expressions.filter(|one| one.operator == "In" && LABELS.contains(&&*one.key));
    of_models.find_map(|one| match one.values.as_deref() {
        Some([model]) => Some(model.as_str()),
        _ => None,
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    fn asks(yaml: &str) -> Constraint {
        Constraint {
            required: Some(serde_saphyr::from_str(&format!("nodeSelectorTerms: [{yaml}]")).unwrap()),
            ..Constraint::default()
        }
    }

    #[test]
    fn one_model_is_wanted_where_every_way_to_a_node_leads_through_it() {
        let term = |model: &str| {
            format!(
                "{{matchExpressions: [{{key: nvidia.com/gpu.product, operator: In, values: [{model}]}}, {{key: a, operator: Exists}}]}}"
            )
        };
        let (t4, a100) = (term("T4"), term("A100"));
        assert_eq!(wanted(&asks(&t4)), Some("T4"));
        assert_eq!(wanted(&asks(&format!("{t4}, {t4}"))), Some("T4"));
        for several in [
            &*format!("{t4}, {a100}"),
            &term("T4, A100"),
            &format!("{t4}, {{matchExpressions: [{{key: a, operator: Exists}}]}}"),
            "{matchExpressions: [{key: nvidia.com/gpu.product, operator: NotIn, values: [T4]}]}",
        ] {
            assert_eq!(wanted(&asks(several)), None, "{several}");
        }
        assert_eq!(wanted(&Constraint::default()), None);
    }

    #[test]
    fn a_node_that_names_its_accelerators_twice_is_of_either_name() {
        let labels = [(LABELS[0], "Tesla-T4"), (LABELS[2], "nvidia-tesla-t4")];
        let labels = labels.map(|(label, model)| (label.to_owned(), model.to_owned())).into();
        assert_eq!(of_node(&labels).collect::<Vec<_>>(), ["Tesla-T4", "nvidia-tesla-t4"]);
    }
}
