//! Policies come, change, conflict and go.

use std::time::Duration;

use kube::Api;
use kube::api::DeleteParams;
use serde_json::json;
use testbed::product::NAMESPACE;

use super::jobs::job;
use super::scene::{SOON, Scene, annotation, is_held};
use super::watching::{counted, eventually};
use alize::api::{CarbonPolicy, HoldSwitch};

#[tokio::test(flavor = "multi_thread")]
async fn dry_run_writes_nothing_to_jobs_and_says_what_it_would_have_done() {
    let scene = Scene::new("dry-run").await;
    let operator = scene.operator();
    scene.valley("ma", 60).await;
    scene.policy("dry-run", "DryRun", json!({})).await;
    tokio::time::sleep(Duration::from_secs(4)).await;
    let created = scene.create(job("j").runs_for("6s")).await;
    assert_eq!(created.spec.as_ref().unwrap().suspend, Some(false));
    let note = scene.event("j", "PolicyDryRun").await;
    assert!(
        note.contains("would have been held until") && note.contains("zone ma"),
        "{note}"
    );
    let done = scene.completed("j", SOON).await;
    assert_eq!(done.metadata.labels, created.metadata.labels);
    let ours = done
        .metadata
        .annotations
        .unwrap()
        .into_keys()
        .filter(|key| created.metadata.annotations.as_ref().unwrap().get(key).is_none());
    assert_eq!(ours.collect::<Vec<_>>(), Vec::<String>::new());
    counted(
        &operator,
        &["alize_dry_run_decisions_total{reason=\"WaitingForGreenerSlot\"} 1"],
    )
    .await;
    let policies: Api<CarbonPolicy> = Api::all(scene.client.clone());
    eventually("the status says what it would have saved", SOON, || async {
        let saved = policies.get("dry-run").await.unwrap().status?.saved_grams?;
        (saved.parse::<f64>().unwrap() > 0.0).then_some(())
    })
    .await;
}

#[tokio::test(flavor = "multi_thread")]
async fn going_back_to_dry_run_releases_what_was_held() {
    let scene = Scene::new("back-to-dry").await;
    let _operator = scene.operator();
    scene.greener_later().await;
    scene.enforce(json!({})).await;
    scene.create(job("j")).await;
    scene.planned("j").await;
    scene.policy("back-to-dry", "DryRun", json!({})).await;
    scene.released("j", SOON).await;
    assert!(scene.event("j", "PolicyDryRun").await.contains("DryRun"));
    scene.completed("j", SOON).await;
    assert!(!is_held(&scene.create(job("next")).await));
}

#[tokio::test(flavor = "multi_thread")]
async fn a_deleted_policy_releases_its_jobs_and_takes_its_switch_along() {
    let scene = Scene::new("deleted").await;
    let _operator = scene.operator();
    scene.greener_later().await;
    scene.enforce(json!({})).await;
    scene.create(job("j")).await;
    scene.planned("j").await;
    let policies: Api<CarbonPolicy> = Api::all(scene.client.clone());
    policies.delete("deleted", &DeleteParams::default()).await.unwrap();
    scene.released("j", SOON).await;
    assert!(scene.event("j", "NoPolicy").await.contains("no policy holds it"));
    let switches: Api<HoldSwitch> = Api::namespaced(scene.client.clone(), NAMESPACE);
    eventually("the switch goes", SOON, || async {
        switches.get_opt("deleted").await.unwrap().is_none().then_some(())
    })
    .await;
}

#[tokio::test(flavor = "multi_thread")]
async fn of_two_policies_the_higher_priority_decides_and_says_so() {
    let scene = Scene::new("conflict").await;
    let _operator = scene.operator();
    scene.greener_later().await;
    scene
        .policy("low", "Enforce", json!({"priority": 1, "delay": {"max": "1h"}}))
        .await;
    scene
        .policy("high", "Enforce", json!({"priority": 9, "delay": {"max": "2h"}}))
        .await;
    scene.until_armed("low").await;
    scene.until_armed("high").await;
    scene.create(job("j")).await;
    let record = scene.planned("j").await;
    assert_eq!(
        (record.policy.as_str(), record.overruled.as_slice()),
        ("high", ["low".to_owned()].as_slice())
    );
    let held = scene.get("j").await;
    assert_eq!(annotation(&held, "alize.dev/held-by"), Some("high"));
    assert!(
        scene
            .event("j", "WaitingForGreenerSlot")
            .await
            .contains("policy high decides over low")
    );
    let wait = record
        .latest_start
        .duration_since(held.metadata.creation_timestamp.unwrap().0);
    assert_eq!(wait.as_hours(), 2);
}

#[tokio::test(flavor = "multi_thread")]
async fn beyond_max_held_jobs_run_at_once() {
    let scene = Scene::new("max-held").await;
    let _operator = scene.operator();
    scene.greener_later().await;
    scene.enforce(json!({"maxHeld": 3})).await;
    for i in 0..3 {
        scene.create(job(&format!("j{i}"))).await;
        scene.planned(&format!("j{i}")).await;
    }
    scene.create(job("fourth")).await;
    scene.completed("fourth", SOON).await;
    assert!(
        scene
            .event("fourth", "HeldLimitReached")
            .await
            .contains("already holds 3 jobs")
    );
    for i in 0..3 {
        assert!(is_held(&scene.get(&format!("j{i}")).await));
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_policy_that_names_an_unknown_zone_holds_nothing_and_says_which() {
    let scene = Scene::new("unknown-zone").await;
    let _operator = scene.operator();
    scene.greener_later().await;
    scene
        .policy("unknown-zone", "Enforce", json!({"placement": {"zones": ["atlantis"]}}))
        .await;
    let policies: Api<CarbonPolicy> = Api::all(scene.client.clone());
    let ready = eventually("a condition", SOON, || async {
        policies.get("unknown-zone").await.unwrap().status?.conditions.pop()
    })
    .await;
    assert_eq!((ready.status.as_str(), ready.reason.as_str()), ("False", "UnknownZone"));
    assert!(
        ready.message.contains("atlantis") && ready.message.contains("es, fr, ma"),
        "{}",
        ready.message
    );
    assert!(!is_held(&scene.create(job("j")).await));
    // Once it is put right, it holds.
    scene
        .policy("unknown-zone", "Enforce", json!({"placement": {"zones": ["ma"]}}))
        .await;
    scene.until_armed("unknown-zone").await;
    scene.create(job("k")).await;
    assert_eq!(scene.planned("k").await.chosen.zones, ["ma"]);
}
