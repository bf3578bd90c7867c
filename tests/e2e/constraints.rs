//! Residency, and every selector and affinity that an owner wrote, hold whatever the saving (P2, P6): a property over
//! generated pod templates, against the real scheduler's choice.

use std::time::Duration;

use k8s_openapi::api::core::v1::Node;
use kube::api::ListParams;
use kube::{Api, ResourceExt};
use proptest::prelude::*;
use proptest::strategy::ValueTree;
use proptest::test_runner::TestRunner;
use serde_json::{Value, json};

use super::jobs::{Draft, job};
use super::scene::Scene;

const TEMPLATES: usize = 60;
const ZONE: &str = "topology.kubernetes.io/zone";
const HOST: &str = "kubernetes.io/hostname";

/// One requirement on the labels that the nodes have.
fn requirement() -> impl Strategy<Value = Value> {
    let zones = proptest::sample::subsequence(vec!["ma", "es", "fr"], 1..=2);
    let hosts = proptest::sample::subsequence(vec!["ma-1", "ma-2", "es-1", "es-3", "fr-2", "fr-4"], 1..=4);
    prop_oneof![
        (zones, prop_oneof![Just("In"), Just("NotIn")])
            .prop_map(|(values, operator)| json!({"key": ZONE, "operator": operator, "values": values})),
        (hosts, prop_oneof![Just("In"), Just("NotIn")])
            .prop_map(|(values, operator)| json!({"key": HOST, "operator": operator, "values": values})),
        prop_oneof![Just("Exists"), Just("DoesNotExist")]
            .prop_map(|operator| json!({"key": "example.org/gpu", "operator": operator})),
        Just(json!({"key": ZONE, "operator": "Exists"})),
    ]
}

fn template() -> impl Strategy<Value = (Value, Value)> {
    let term = proptest::collection::vec(requirement(), 1..=2).prop_map(|all| json!({"matchExpressions": all}));
    let field = prop_oneof![Just("ma-3"), Just("es-2"), Just("fr-1")]
        .prop_map(|node| json!({"matchFields": [{"key": "metadata.name", "operator": "In", "values": [node]}]}));
    let terms = proptest::collection::vec(prop_oneof![4 => term, 1 => field], 0..=3);
    let selector = prop_oneof![
        3 => Just(json!({})),
        1 => prop_oneof![Just("ma"), Just("es")].prop_map(|zone| json!({ZONE: zone})),
        1 => Just(json!({"kubernetes.io/arch": "amd64"})),
    ];
    (terms.prop_map(|terms| json!(terms)), selector)
}

fn draft(name: &str, terms: &Value, selector: &Value) -> Draft {
    let affinity = json!({"nodeAffinity": {
        "requiredDuringSchedulingIgnoredDuringExecution": {"nodeSelectorTerms": terms},
        "preferredDuringSchedulingIgnoredDuringExecution": [{"weight": 1, "preference": {"matchExpressions": [{"key": ZONE, "operator": "In", "values": ["fr"]}]}}],
    }});
    let draft = job(name)
        .cpu("100m")
        .set("/spec/template/spec/nodeSelector", selector.clone());
    if terms.as_array().is_some_and(Vec::is_empty) {
        draft
    } else {
        draft.set("/spec/template/spec/affinity", affinity)
    }
}

/// Whether a node meets what the owner wrote; written apart from the product, by the words of the Kubernetes API.
fn meets(node: &Node, terms: &Value, selector: &Value) -> bool {
    let labels = node.labels();
    let listed = |r: &Value, value: &str| r["values"].as_array().unwrap().iter().any(|v| v == value);
    let expression = |r: &Value| {
        let value = labels.get(r["key"].as_str().unwrap());
        match r["operator"].as_str().unwrap() {
            "In" => value.is_some_and(|v| listed(r, v)),
            "NotIn" => value.is_none_or(|v| !listed(r, v)),
            "Exists" => value.is_some(),
            "DoesNotExist" => value.is_none(),
            other => panic!("{other}"),
        }
    };
    let term = |t: &Value| {
        t["matchExpressions"]
            .as_array()
            .is_none_or(|all| all.iter().all(expression))
            && t["matchFields"]
                .as_array()
                .is_none_or(|all| all.iter().all(|r| listed(r, &node.name_any())))
    };
    let terms = terms.as_array().unwrap();
    (terms.is_empty() || terms.iter().any(term))
        && selector
            .as_object()
            .unwrap()
            .iter()
            .all(|(key, value)| labels.get(key).map(String::as_str) == value.as_str())
}

#[tokio::test(flavor = "multi_thread")]
async fn p6_no_saving_moves_a_job_out_of_its_owners_constraints_or_its_policys_zones() {
    let scene = Scene::new("constraints").await;
    let _operator = scene.operator_named("operator-constraints", &["--release-rate", "0"]);
    // France is ten times greener, and the policy does not allow it.
    let (dirty, green) = (vec![600.0; 400], vec![20.0; 400]);
    let falling: Vec<f64> = (0..400).map(|i| if i == 8 { 500.0 } else { 600.0 }).collect();
    scene.flat().await;
    scene
        .enforce(json!({"placement": {"zones": ["ma", "es"]}, "delay": {"max": "60s"}}))
        .await;
    scene
        .forecast(
            jiff::Timestamp::now(),
            super::scene::SLOT,
            &[("ma", &falling), ("es", &dirty), ("fr", &green)],
        )
        .await;

    let nodes: Api<Node> = Api::all(scene.client.clone());
    let nodes = nodes.list(&ListParams::default()).await.unwrap().items;
    let walled = |node: &Node| node.labels().get(ZONE).is_some_and(|zone| zone != "fr");
    let mut runner = TestRunner::deterministic();
    let mut cases = Vec::new();
    for i in 0..TEMPLATES {
        let (terms, selector) = template().new_tree(&mut runner).unwrap().current();
        let name = format!("t{i}");
        scene.create(draft(&name, &terms, &selector)).await;
        cases.push((name, terms, selector));
    }
    let mut placed = 0;
    for (name, terms, selector) in &cases {
        let possible = nodes.iter().any(|node| walled(node) && meets(node, terms, selector));
        scene.released(name, Duration::from_secs(90)).await;
        if possible {
            scene.completed(name, Duration::from_secs(60)).await;
        }
        let sight = scene.observer.job(name);
        for bound in &sight.nodes {
            placed += 1;
            let node = nodes.iter().find(|node| node.name_any() == *bound).unwrap();
            assert!(walled(node), "{name} left its zones for {bound}");
            assert!(
                meets(node, terms, selector),
                "{name} runs on {bound} against {terms} {selector}"
            );
        }
        assert!(possible || sight.nodes.is_empty(), "{name}: {sight:?}");
    }
    assert!(
        placed > TEMPLATES / 2,
        "only {placed} of {TEMPLATES} were placed at all"
    );
}

#[tokio::test(flavor = "multi_thread")]
async fn a_job_with_a_volume_claim_is_shifted_in_time_only() {
    let scene = Scene::new("claims").await;
    let _operator = scene.operator();
    scene.flat().await;
    scene.enforce(json!({})).await;
    scene.valley("ma", 6).await;
    tokio::time::sleep(Duration::from_secs(2)).await;
    let claim = json!([{"name": "data", "persistentVolumeClaim": {"claimName": "data"}}]);
    let created = scene.create(job("j").set("/spec/template/spec/volumes", claim)).await;
    let record = scene.planned("j").await;
    assert!(record.chosen.zones.len() > 1, "no zone is chosen for it: {record:?}");
    scene.released("j", Duration::from_secs(40)).await;
    let released = scene.get("j").await;
    let pod = |job: &k8s_openapi::api::batch::v1::Job| job.spec.as_ref().unwrap().template.spec.clone().unwrap();
    assert_eq!(pod(&released).affinity, pod(&created).affinity);
    assert_eq!(pod(&released).volumes, pod(&created).volumes);
}
