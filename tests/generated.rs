//! What is generated from the types is what is committed.

use std::fs;
use std::path::Path;

use alize::admission::{Place, manifests};
use alize::api::{all_crds, crd_yaml};

fn root() -> &'static Path {
    Path::new(env!("CARGO_MANIFEST_DIR"))
}

#[test]
fn the_custom_resource_definitions_are_up_to_date_and_no_other_lies_beside_them() {
    let mut expected: Vec<String> = all_crds()
        .iter()
        .map(|crd| format!("{}.yaml", crd.spec.names.plural))
        .collect();
    expected.sort();
    let mut found: Vec<String> = fs::read_dir(root().join("crds"))
        .unwrap()
        .map(|entry| entry.unwrap().file_name().into_string().unwrap())
        .collect();
    found.sort();
    assert_eq!(found, expected);
    for crd in all_crds() {
        let path = root().join(format!("crds/{}.yaml", crd.spec.names.plural));
        let same = fs::read_to_string(&path).unwrap() == crd_yaml(&crd).unwrap();
        assert!(
            same,
            "{} differs from the types; run `cargo run -- crds --out crds`",
            path.display()
        );
    }
}

#[test]
fn the_charts_admission_policies_are_up_to_date() {
    let path = root().join("charts/alize/templates/admission.yaml");
    let same = fs::read_to_string(&path).unwrap()
        == manifests(Place {
            namespace: "{{.Release.Namespace}}",
        })
        .unwrap();
    assert!(same, "{} differs; run `cargo run -- admission > {0}`", path.display());
}

#[test]
fn every_field_of_the_api_is_explained() {
    fn walk(path: &str, schema: &serde_json::Value, silent: &mut Vec<String>) {
        for (name, field) in schema["properties"].as_object().into_iter().flatten() {
            let path = format!("{path}.{name}");
            if field["description"].as_str().is_none_or(str::is_empty) {
                silent.push(path.clone());
            }
            walk(&path, field, silent);
            walk(&format!("{path}[]"), &field["items"], silent);
        }
    }
    let mut silent = Vec::new();
    for crd in all_crds() {
        let crd = serde_json::to_value(&crd).unwrap();
        let schema = &crd["spec"]["versions"][0]["schema"]["openAPIV3Schema"];
        for part in ["spec", "status"] {
            walk(
                &format!("{}.{part}", crd["spec"]["names"]["kind"]),
                &schema["properties"][part],
                &mut silent,
            );
        }
    }
    // Fields of Kubernetes' own types are explained by Kubernetes.
    silent.retain(|path| {
        !["Selector", "conditions", "matchExpressions"]
            .iter()
            .any(|own| path.contains(own))
    });
    assert_eq!(
        silent,
        Vec::<String>::new(),
        "kubectl explain has nothing to say of these"
    );
}
