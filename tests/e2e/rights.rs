//! The rights of our accounts: enough, and none that nothing uses.

use std::collections::BTreeSet;
use std::time::Duration;

use kube::Api;
use kube::api::DeleteParams;
use serde_json::{Value, json};
use testbed::product::NAMESPACE;

use super::jobs::job;
use super::scene::{SOON, Scene};
use super::watching::eventually;
use alize::api::CarbonPolicy;

/// An account, a verb and a resource.
type Right = (String, String, String);

/// What one entry of the audit log says that one of our accounts did.
fn used(line: &str) -> Option<Right> {
    let event: Value = serde_json::from_str(line).ok()?;
    let account = event["user"]["username"]
        .as_str()?
        .strip_prefix(&format!("system:serviceaccount:{NAMESPACE}:"))?
        .to_owned();
    let object = &event["objectRef"];
    let mut resource = object["resource"].as_str()?.to_owned();
    if let Some(sub) = object["subresource"].as_str() {
        resource = format!("{resource}/{sub}");
    }
    let verb = event["verb"].as_str()?.to_owned();
    (event["responseStatus"]["code"].as_u64()? < 400).then_some((account, verb, resource))
}

/// A widening reads pods; a finish writes receipt and report; a changed selector and a deleted policy write the switch.
async fn everything_that_the_operator_does(scene: &Scene) {
    scene.flat().await;
    scene.enforce(json!({"placement": {"pendingTimeout": "3s"}})).await;
    scene.valley("ma", 5).await;
    tokio::time::sleep(Duration::from_secs(2)).await;
    scene
        .create(job("j").runs_for("4s").set("/spec/completions", json!(2)))
        .await;
    let ran = || async { (!scene.observer.job("j").nodes.is_empty()).then_some(()) };
    eventually("the first pod runs", Duration::from_secs(40), ran).await;
    scene
        .stage
        .product
        .kubectl(&["cordon", "--selector", "topology.kubernetes.io/zone=ma"])
        .unwrap();
    scene.completed("j", Duration::from_secs(40)).await;
    scene.report().await;
    scene
        .policy(
            "rights",
            "Enforce",
            json!({"jobSelector": {"matchLabels": {"team": "a"}}}),
        )
        .await;
    tokio::time::sleep(Duration::from_secs(3)).await;
    let policies: Api<CarbonPolicy> = Api::all(scene.client.clone());
    scene.policy("another", "Enforce", json!({})).await;
    scene.until_armed("another").await;
    policies.delete("rights", &DeleteParams::default()).await.unwrap();
    tokio::time::sleep(Duration::from_secs(3)).await;
    scene.greener_later().await;
    scene.create(job("k")).await;
    scene.planned("k").await;
    scene
        .stage
        .product
        .run(&["release", "--all", "--keep-off", "1s"], "alize-uninstall")
        .unwrap();
}

/// With a lease the fail-safe releases what is due, without one it disarms; the uninstall hook takes the lease.
async fn everything_that_the_others_do(scene: &Scene) {
    let no_lease = || {
        scene
            .stage
            .product
            .kubectl(&["delete", "lease", "--namespace", NAMESPACE, "--all"])
            .unwrap()
    };
    no_lease();
    let second = scene.operator();
    scene.until_armed("another").await;
    scene.create(job("l")).await;
    scene.planned("l").await;
    second.kill();
    scene
        .patch(
            "l",
            json!({"metadata": {"annotations": {"alize.dev/release-at": "2026-01-01T00:00:00Z"}}}),
        )
        .await;
    scene.stage.product.run(&["failsafe"], "alize-failsafe").unwrap();
    scene.released("l", SOON).await;
    scene.create(job("m")).await;
    no_lease();
    scene.stage.product.run(&["failsafe"], "alize-failsafe").unwrap();
    scene
        .stage
        .product
        .run(&["release", "--all", "--keep-off", "1s"], "alize-uninstall")
        .unwrap();
    scene.released("m", SOON).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn every_right_of_the_chart_is_used_and_none_is_missing() {
    let scene = Scene::new("rights").await;
    let operator = scene.operator();
    everything_that_the_operator_does(&scene).await;
    let log = operator.logged();
    operator.kill();
    everything_that_the_others_do(&scene).await;
    // The word, not its number: that may be a part of any time.
    assert!(!log.contains("orbidden"), "a right is missing:\n{log}");

    let audit = std::fs::read_to_string(scene.stage.cluster.dir.join("audit.log")).unwrap();
    let used: BTreeSet<Right> = audit.lines().filter_map(used).collect();
    let granted = granted(&scene);
    let idle: Vec<_> = granted.difference(&used).collect();
    assert!(idle.is_empty(), "rights that nothing uses: {idle:?}\nused: {used:?}");
}

/// Every (account, verb, resource) of the chart's roles.
fn granted(scene: &Scene) -> BTreeSet<Right> {
    let mut granted = BTreeSet::new();
    for kind in ["clusterroles", "roles"] {
        let text = scene
            .stage
            .product
            .kubectl(&[
                "get",
                kind,
                "--namespace",
                NAMESPACE,
                "--selector",
                "app.kubernetes.io/name=alize",
                "-o",
                "json",
            ])
            .unwrap();
        let list: Value = serde_json::from_str(&text).unwrap();
        for role in list["items"].as_array().unwrap() {
            let account = role["metadata"]["name"].as_str().unwrap();
            for rule in role["rules"].as_array().unwrap() {
                for verb in rule["verbs"].as_array().unwrap() {
                    for resource in rule["resources"].as_array().unwrap() {
                        granted.insert((
                            account.to_owned(),
                            verb.as_str().unwrap().to_owned(),
                            resource.as_str().unwrap().to_owned(),
                        ));
                    }
                }
            }
        }
    }
    assert!(granted.len() > 20, "{granted:?}");
    granted
}
