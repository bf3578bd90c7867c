//! The HoldSwitch: off, gone while the operator is down, gone while it is up, edited with its policy.

use std::time::Duration;

use kube::Api;
use kube::api::{DeleteParams, Patch, PatchParams};
use serde_json::json;
use testbed::product::NAMESPACE;

use super::jobs::job;
use super::scene::{SOON, Scene, is_held};
use super::watching::eventually;
use alize::api::HoldSwitch;

#[tokio::test(flavor = "multi_thread")]
async fn without_a_switch_that_is_on_new_jobs_are_created_running() {
    let scene = Scene::new("switch").await;
    let operator = scene.operator();
    scene.greener_later().await;
    scene.enforce(json!({})).await;
    let switches: Api<HoldSwitch> = Api::namespaced(scene.client.clone(), NAMESPACE);

    // The admin's own switch is off: we never turn it on again.
    let off = json!({"spec": {"hold": false}});
    switches
        .patch("switch", &PatchParams::default(), &Patch::Merge(&off))
        .await
        .unwrap();
    tokio::time::sleep(Duration::from_secs(3)).await;
    assert!(!is_held(&scene.create(job("off")).await));
    assert_eq!(switches.get("switch").await.unwrap().spec.hold, Some(false));
    let missed = scene.event("off", "MissedHold").await;
    assert!(missed.contains("HoldSwitch was off"), "{missed}");
    let on = json!({"spec": {"hold": true}});
    switches
        .patch("switch", &PatchParams::default(), &Patch::Merge(&on))
        .await
        .unwrap();
    scene.until_armed("switch").await;

    // Gone while the operator is up: it is made again, owned by the Deployment, and armed.
    let old = switches.get("switch").await.unwrap();
    let owner = &old.metadata.owner_references.as_ref().unwrap()[0];
    assert_eq!(
        (owner.kind.as_str(), owner.block_owner_deletion),
        ("Deployment", Some(false))
    );
    switches.delete("switch", &DeleteParams::default()).await.unwrap();
    eventually("a new switch", SOON, || async {
        let new = switches.get_opt("switch").await.unwrap()?;
        (new.metadata.uid != old.metadata.uid && new.status?.armed).then_some(())
    })
    .await;
    scene.until_armed("switch").await;

    // Gone while the operator is down: new jobs run.
    operator.kill();
    switches.delete("switch", &DeleteParams::default()).await.unwrap();
    tokio::time::sleep(Duration::from_secs(2)).await;
    let free = scene.create(job("free")).await;
    assert!(!is_held(&free) && free.spec.unwrap().suspend == Some(false));
    scene.completed("free", SOON).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn an_edited_selector_takes_the_place_of_the_old_one_in_the_switch() {
    let scene = Scene::new("edited").await;
    let _operator = scene.operator();
    scene.greener_later().await;
    scene
        .enforce(json!({"jobSelector": {"matchLabels": {"alize.dev/deferrable": "true"}}}))
        .await;
    let new = json!({"matchLabels": {"team": "a"}});
    scene.policy("edited", "Enforce", json!({"jobSelector": &new})).await;
    let switches: Api<HoldSwitch> = Api::namespaced(scene.client.clone(), NAMESPACE);
    eventually("the switch selects as its policy does", SOON, || async {
        let selector = switches.get("edited").await.unwrap().spec.job_selector?;
        (json!(selector) == new).then_some(())
    })
    .await;
    tokio::time::sleep(Duration::from_secs(3)).await;
    assert!(is_held(&scene.create(job("selected").label("team", "a")).await));
    assert!(!is_held(&scene.create(job("other")).await));
}
