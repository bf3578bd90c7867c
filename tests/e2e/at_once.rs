//! What runs at once, and says why.

use std::time::Duration;

use alize::api::CarbonPolicy;
use kube::Api;
use serde_json::json;

use super::jobs::job;
use super::scene::{SOON, Scene, annotation, is_held};
use super::watching::{counted, eventually};

#[tokio::test(flavor = "multi_thread")]
async fn run_now_a_wrong_annotation_and_an_impossible_deadline_start_at_once_and_say_why() {
    let scene = Scene::new("at-once").await;
    let _operator = scene.operator();
    scene.greener_later().await;
    scene.enforce(json!({})).await;

    let urgent = scene
        .create(job("urgent").annotation("alize.dev/run-now", "true"))
        .await;
    assert!(!is_held(&urgent), "run-now is never held at all");
    assert!(scene.event("urgent", "RunNowRequested").await.contains("run-now"));

    scene
        .create(job("wrong").annotation("alize.dev/max-delay", "a while"))
        .await;
    scene.released("wrong", SOON).await;
    let note = scene.event("wrong", "InvalidAnnotation").await;
    assert!(
        note.contains("alize.dev/max-delay") && note.contains("a while") && note.contains("write"),
        "{note}"
    );

    scene
        .create(job("tight").annotation("alize.dev/finish-by", "5s").runs_for("60s"))
        .await;
    scene.released("tight", SOON).await;
    let note = scene.event("tight", "ReleasedAtLatestStart").await;
    assert!(note.contains("cannot be met"), "{note}");

    // A wish that comes later counts too.
    scene.create(job("later")).await;
    scene.planned("later").await;
    scene
        .patch(
            "later",
            json!({"metadata": {"annotations": {"alize.dev/run-now": "true"}}}),
        )
        .await;
    scene.released("later", SOON).await;
    assert!(scene.event("later", "RunNowRequested").await.contains("Released"));
    scene.completed("later", Duration::from_secs(30)).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_job_of_the_control_group_starts_at_once_and_whoever_was_told_to_wait_waits_on() {
    let scene = Scene::new("control").await;
    let operator = scene.operator();
    scene.greener_later().await;
    scene.enforce(json!({})).await;
    scene.create(job("waits")).await;
    scene.planned("waits").await;
    scene
        .policy("control", "Enforce", json!({"control": {"share": "100%"}}))
        .await;
    let policies: Api<CarbonPolicy> = Api::all(scene.client.clone());
    eventually("the operator has seen the share", SOON, || async {
        let policy = policies.get("control").await.unwrap();
        (policy.status?.observed_generation == policy.metadata.generation).then_some(())
    })
    .await;
    scene.create(job("drawn")).await;
    scene.released("drawn", SOON).await;
    let note = scene.event("drawn", "ControlGroup").await;
    assert!(note.contains("to measure what waiting saves"), "{note}");
    let drawn = scene.jobs.get("drawn").await.unwrap();
    let zones = annotation(&drawn, "alize.dev/zone").unwrap();
    assert!(zones.contains(','), "{zones}: which of them is the scheduler's to say");
    assert!(is_held(&scene.jobs.get("waits").await.unwrap()));
    counted(&operator, &["alize_jobs_released_total{reason=\"ControlGroup\"} 1"]).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_huge_annotation_gives_a_clear_sentence_and_delays_nobody() {
    let scene = Scene::new("huge").await;
    let operator = scene.operator();
    scene.greener_later().await;
    scene.enforce(json!({})).await;
    let text = "x".repeat(200_000);
    scene.create(job("huge").annotation("alize.dev/finish-by", &text)).await;
    scene.completed("huge", SOON).await;
    let note = scene.event("huge", "InvalidAnnotation").await;
    assert!(
        note.contains("write for example") && note.len() <= 1024,
        "{} bytes: {note}",
        note.len()
    );
    // 300 kB are more than the API server takes.
    let huge = job("larger")
        .annotation("alize.dev/finish-by", &"x".repeat(300_000))
        .build();
    assert!(
        scene
            .jobs
            .create(&kube::api::PostParams::default(), &huge)
            .await
            .is_err()
    );
    assert_eq!(operator.get("/healthz").unwrap().0, 200);
}
