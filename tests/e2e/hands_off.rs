//! Do no harm (P2): we only release what we hold, and never touch what we do not.

use std::time::Duration;

use jiff::SignedDuration;
use serde_json::json;

use super::jobs::job;
use super::scene::{SOON, Scene, annotation, is_held, plan};
use super::watching::{counted, eventually};

/// Long enough for several cycles to make a mistake.
const SEVERAL_CYCLES: Duration = Duration::from_secs(6);

#[tokio::test(flavor = "multi_thread")]
async fn p2_a_user_who_unsuspends_wins_and_is_never_held_again() {
    let scene = Scene::new("overridden").await;
    let operator = scene.operator();
    scene.greener_later().await;
    scene.enforce(json!({})).await;
    scene.create(job("j").runs_for("12s")).await;
    scene.planned("j").await;
    scene.patch("j", json!({"spec": {"suspend": false}})).await;
    eventually("the mark goes", SOON, || async {
        let labels = scene.get("j").await.metadata.labels.unwrap();
        (!labels.contains_key("alize.dev/held")).then_some(())
    })
    .await;
    assert!(scene.event("j", "Overridden").await.contains("not be held again"));
    scene.completed("j", Duration::from_secs(40)).await;
    assert_eq!(scene.observer.job("j").releases(), 1);
    counted(&operator, &["alize_overridden_total 1"]).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn p2_a_job_that_its_user_created_suspended_is_never_touched() {
    let scene = Scene::new("users-own").await;
    let _operator = scene.operator();
    scene.greener_later().await;
    scene.enforce(json!({"delay": {"max": "5s"}})).await;
    let own = scene.create(job("own").set("/spec/suspend", json!(true))).await;
    assert!(!is_held(&own));
    tokio::time::sleep(SEVERAL_CYCLES).await;
    let now = scene.get("own").await;
    assert_eq!(now.spec.unwrap().suspend, Some(true));
    assert_eq!(now.metadata.annotations, own.metadata.annotations);
    assert!(scene.events("own").await.is_empty());
}

#[tokio::test(flavor = "multi_thread")]
async fn p2_a_held_job_that_loses_its_opt_in_is_still_let_go() {
    let scene = Scene::new("opted-out").await;
    let _operator = scene.operator();
    scene.greener_later().await;
    scene.enforce(json!({"delay": {"max": "15s"}})).await;
    scene.create(job("j")).await;
    let latest = scene.planned("j").await.latest_start;
    scene
        .patch("j", json!({"metadata": {"labels": {"alize.dev/deferrable": null}}}))
        .await;
    let released = scene.released("j", Duration::from_secs(40)).await;
    assert!(released <= latest + SignedDuration::from_secs(1), "{released} {latest}");
    scene.completed("j", SOON).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn p2_the_state_of_a_copied_manifest_is_ignored() {
    let scene = Scene::new("copied").await;
    let _operator = scene.operator();
    scene.greener_later().await;
    scene.enforce(json!({})).await;
    scene.create(job("first")).await;
    scene.planned("first").await;
    let first = scene.get("first").await;
    let stale = annotation(&first, "alize.dev/plan").unwrap().to_owned();
    // As `kubectl get -o yaml`, a new name and `kubectl create` would leave it; the promise of the copy is long broken.
    let copy = job("copy")
        .annotation("alize.dev/plan", &stale)
        .annotation("alize.dev/release-at", "2020-01-01T00:00:00Z")
        .annotation("alize.dev/released-at", "2020-01-01T00:00:00Z")
        .annotation("alize.dev/zone", "atlantis")
        .annotation("alize.dev/original-affinity", "{\"nodeSelectorTerms\":[]}")
        .annotation("alize.dev/emissions", "{}");
    assert!(is_held(&scene.create(copy).await));
    let record = scene.planned("copy").await;
    let copied = scene.get("copy").await;
    assert_eq!(record.uid, copied.metadata.uid.clone().unwrap());
    assert!(is_held(&copied), "an old promise must not release it");
    assert_eq!(annotation(&copied, "alize.dev/released-at"), None);
    assert_eq!(annotation(&copied, "alize.dev/zone"), None);
    assert_eq!(annotation(&copied, "alize.dev/emissions"), None);

    scene
        .patch(
            "copy",
            json!({"metadata": {"annotations": {"alize.dev/run-now": "true"}}}),
        )
        .await;
    let done = scene.completed("copy", SOON).await;
    assert_eq!(plan(&done).unwrap().reason, "RunNowRequested");
}

#[tokio::test(flavor = "multi_thread")]
async fn a_job_with_a_queue_name_is_left_alone_also_when_the_name_comes_late() {
    let scene = Scene::new("queued").await;
    let _operator = scene.operator();
    scene.greener_later().await;
    scene.enforce(json!({"delay": {"max": "12s"}})).await;
    let queue = "kueue.x-k8s.io/queue-name";
    let early = scene.create(job("early").label(queue, "team")).await;
    assert!(!is_held(&early));

    scene.create(job("late")).await;
    scene.planned("late").await;
    scene
        .patch("late", json!({"metadata": {"labels": {queue: "team"}}}))
        .await;
    eventually("our mark goes", SOON, || async {
        let labels = scene.get("late").await.metadata.labels.unwrap();
        (!labels.contains_key("alize.dev/held")).then_some(())
    })
    .await;
    tokio::time::sleep(Duration::from_secs(14)).await;
    let late = scene.get("late").await;
    assert_eq!(late.spec.unwrap().suspend, Some(true), "its suspend is Kueue's");
}
