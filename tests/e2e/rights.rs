//! What our accounts may do: enough, and nothing more (P2, P6).

use std::collections::BTreeSet;
use std::time::Duration;

use k8s_openapi::api::batch::v1::Job;
use kube::Api;
use kube::api::{DeleteParams, Patch, PatchParams};
use serde_json::{Value, json};
use testbed::product::{ACCOUNTS, NAMESPACE};

use super::cluster::client_of;
use super::jobs::job;
use super::scene::{SOON, Scene};
use super::watching::eventually;
use alize::api::CarbonPolicy;

#[tokio::test(flavor = "multi_thread")]
async fn p2_with_the_operators_token_nothing_outside_the_cage_can_be_changed() {
    let scene = Scene::new("cage").await;
    let operator = scene.operator();
    scene.greener_later().await;
    scene.enforce(json!({})).await;
    scene.create(job("held").label("team", "a")).await;
    scene.planned("held").await;
    scene
        .create(job("free").annotation("alize.dev/run-now", "true").runs_for("60s"))
        .await;
    scene.create(job("own").set("/spec/suspend", json!(true))).await;
    operator.kill();

    let container = |field: Value| {
        let mut main = json!({"name": "main", "image": "example.org/work:1", "resources": {"requests": {"cpu": "1"}}});
        main.as_object_mut().unwrap().extend(field.as_object().unwrap().clone());
        json!({"spec": {"template": {"spec": {"containers": [main]}}}})
    };
    let refused = [
        ("held", container(json!({"image": "example.org/evil:1"}))),
        (
            "held",
            container(json!({"resources": {"requests": {"cpu": "1"}, "limits": {"cpu": "8"}}})),
        ),
        ("held", container(json!({"resources": {"requests": {"cpu": "2"}}}))),
        ("held", json!({"metadata": {"labels": {"team": "b"}}})),
        ("held", json!({"metadata": {"labels": {"alize.dev/deferrable": null}}})),
        (
            "held",
            json!({"metadata": {"annotations": {"alize.dev/finish-by": "1h"}}}),
        ),
        ("held", json!({"metadata": {"annotations": {"example.org/x": "y"}}})),
        ("held", json!({"metadata": {"finalizers": ["alize.dev/keep"]}})),
        ("held", json!({"spec": {"completions": 5}})),
        ("held", json!({"spec": {"ttlSecondsAfterFinished": 0}})),
        ("held", json!({"spec": {"activeDeadlineSeconds": 1}})),
        (
            "held",
            json!({"spec": {"template": {"spec": {"nodeSelector": {"kubernetes.io/hostname": "fr-1"}}}}}),
        ),
        (
            "held",
            json!({"spec": {"template": {"spec": {"tolerations": [{"operator": "Exists"}]}}}}),
        ),
        (
            "held",
            json!({"spec": {"template": {"metadata": {"labels": {"x": "y"}}}}}),
        ),
        ("free", json!({"spec": {"suspend": true}})),
        (
            "free",
            json!({"spec": {"suspend": true}, "metadata": {"labels": {"alize.dev/held": "true"}, "annotations": {"alize.dev/widened-at": "2026-11-25T12:00:00Z"}}}),
        ),
        (
            "free",
            json!({"metadata": {"annotations": {"alize.dev/released-at": "2026-11-25T12:00:00Z"}}}),
        ),
        (
            "free",
            json!({"metadata": {"annotations": {"alize.dev/emissions": "{}"}}}),
        ),
        ("free", json!({"metadata": {"labels": {"alize.dev/held": "true"}}})),
        ("free", json!({"spec": {"parallelism": 5}})),
        ("own", json!({"spec": {"suspend": false}})),
        ("own", json!({"metadata": {"labels": {"alize.dev/held": "true"}}})),
    ];
    for account in ACCOUNTS {
        let theirs = client_of(&scene.stage.product.account(account).unwrap()).await;
        let jobs: Api<Job> = Api::namespaced(theirs, "cage");
        let dry = PatchParams {
            dry_run: true,
            ..PatchParams::default()
        };
        for (name, patch) in &refused {
            let answer = jobs.patch(name, &dry, &Patch::Merge(patch)).await;
            let said = answer
                .expect_err(&format!("{account} may write {patch} on {name}"))
                .to_string();
            assert!(
                said.contains("alize-cage") || said.contains("field is immutable"),
                "{patch}: {said}"
            );
        }
        assert!(
            jobs.delete(
                "held",
                &DeleteParams {
                    dry_run: true,
                    ..DeleteParams::default()
                }
            )
            .await
            .is_err()
        );
        // The door of the cage: a release.
        let release = json!({"spec": {"suspend": false}, "metadata": {"labels": {"alize.dev/held": null}}});
        jobs.patch("held", &dry, &Patch::Merge(&release))
            .await
            .expect("a release is allowed");
    }
    // A user is not in the cage.
    scene
        .patch("free", json!({"metadata": {"labels": {"team": "b"}}}))
        .await;
}

/// What one entry of the audit log says of one of our accounts.
fn used(line: &str) -> Option<(String, String, String)> {
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
    (event["responseStatus"]["code"].as_u64()? < 400)
        .then(|| (account, event["verb"].as_str().unwrap_or_default().to_owned(), resource))
}

#[tokio::test(flavor = "multi_thread")]
async fn every_right_of_the_chart_is_used_and_none_is_missing() {
    let scene = Scene::new("rights").await;
    let operator = scene.operator();
    scene.flat().await;
    scene.enforce(json!({"placement": {"pendingTimeout": "3s"}})).await;
    scene.valley("ma", 5).await;
    tokio::time::sleep(Duration::from_secs(2)).await;
    // A widening reads pods; a finish writes receipt and report; a changed selector and a deleted policy write the switch.
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
    let log = operator.logged();
    operator.kill();

    // The fail-safe: with a lease it releases what is due, without one it disarms.
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
    assert!(
        !log.contains("403") && !log.contains("orbidden"),
        "a right is missing:\n{log}"
    );

    let audit = std::fs::read_to_string(scene.stage.cluster.dir.join("audit.log")).unwrap();
    let used: BTreeSet<(String, String, String)> = audit.lines().filter_map(used).collect();
    let granted = granted(&scene);
    let idle: Vec<_> = granted.difference(&used).collect();
    assert!(idle.is_empty(), "rights that nothing uses: {idle:?}\nused: {used:?}");
}

/// Every (account, verb, resource) of the chart's roles.
fn granted(scene: &Scene) -> BTreeSet<(String, String, String)> {
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
