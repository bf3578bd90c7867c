//! A job is born held, waits without a pod, and starts in its planned slot and zone.

use std::time::Duration;

use jiff::SignedDuration;
use serde_json::json;

use super::jobs::job;
use super::scene::{SOON, Scene, annotation, is_held, plan};
use super::watching::{counted, eventually};

#[tokio::test(flavor = "multi_thread")]
async fn a_job_is_born_held_and_starts_in_its_planned_slot_and_zone() {
    let scene = Scene::new("born-held").await;
    let operator = scene.operator();
    scene.flat().await;
    scene.enforce(json!({})).await;
    let dip = scene.valley("ma", 5).await;
    tokio::time::sleep(Duration::from_secs(2)).await;

    let born = scene.create(job("j")).await;
    assert!(is_held(&born), "the create request itself must hold it: {born:?}");
    let record = scene.planned("j").await;
    assert_eq!(record.reason, "WaitingForGreenerSlot");
    assert_eq!(record.chosen.zones, ["ma"]);
    assert!(record.chosen.start >= dip, "{record:?}");

    let released = scene.released("j", Duration::from_secs(60)).await;
    let delay = released.duration_since(record.chosen.start);
    assert!(
        delay > SignedDuration::from_millis(-100) && delay < SignedDuration::from_secs(2),
        "{delay:?}"
    );
    let done = scene.completed("j", Duration::from_secs(30)).await;
    let sight = scene.observer.job("j");
    assert!(
        sight.first_pod.unwrap() >= released - SignedDuration::from_millis(200),
        "{sight:?}"
    );
    assert!(sight.nodes.iter().all(|node| node.starts_with("ma-")), "{sight:?}");

    // Annotation, event and metric agree.
    assert_eq!(annotation(&done, "alize.dev/zone"), Some("ma"));
    assert_eq!(plan(&done).unwrap().reason, "ReleasedInPlannedSlot");
    assert!(scene.event("j", "ReleasedInPlannedSlot").await.contains("zone ma"));
    assert!(scene.event("j", "WaitingForGreenerSlot").await.contains("Held until"));
    counted(
        &operator,
        &["alize_jobs_released_total{reason=\"ReleasedInPlannedSlot\"} 1"],
    )
    .await;

    // What it saved stands on the job, in the report and in the policy.
    let receipt = scene.annotated("j", "alize.dev/emissions").await;
    let receipt: serde_json::Value = serde_json::from_str(&receipt).unwrap();
    assert!(
        receipt["emitted"].as_f64().unwrap() < receipt["baseline"].as_f64().unwrap(),
        "{receipt}"
    );
    let report = scene.report().await;
    assert_eq!((report.jobs, report.missed_starts, report.missed_finishes), (1, 0, 0));
    assert!(report.saved_grams.parse::<f64>().unwrap() > 0.0, "{report:?}");
}

#[tokio::test(flavor = "multi_thread")]
async fn explain_says_when_where_why_and_what_it_saves() {
    let scene = Scene::new("explain").await;
    let _operator = scene.operator();
    scene.flat().await;
    scene.enforce(json!({})).await;
    scene.valley("es", 30).await;
    tokio::time::sleep(Duration::from_secs(2)).await;
    scene.create(job("j")).await;
    let record = scene.planned("j").await;
    let text = scene.alize(&["explain", "job", "j", "--namespace", "explain"]).unwrap();
    for words in [
        "es",
        "WaitingForGreenerSlot",
        &format!("{:.0}", record.latest_start)[11..19],
    ] {
        assert!(text.contains(words), "no {words:?} in:\n{text}");
    }
    let none = scene
        .alize(&["explain", "job", "nobody", "--namespace", "explain"])
        .unwrap_err()
        .to_string();
    assert!(none.contains("there is no job nobody"), "{none}");
}

#[tokio::test(flavor = "multi_thread")]
async fn p5_a_plan_is_written_anew_six_times_and_its_job_still_starts_when_it_is_greenest() {
    let scene = Scene::new("rewritten").await;
    let _operator = scene.operator();
    scene.flat().await;
    scene.enforce(json!({})).await;
    scene.valley("ma", 60).await;
    tokio::time::sleep(Duration::from_secs(2)).await;
    scene.create(job("j")).await;
    assert_eq!(scene.planned("j").await.rewrites, 0);
    for (rewrites, zone) in (1..=6).zip(["es", "fr", "ma"].into_iter().cycle()) {
        scene.valley(zone, 60).await;
        eventually(&format!("rewrite {rewrites}"), SOON, || async {
            (scene.planned("j").await.rewrites == rewrites).then_some(())
        })
        .await;
    }
    let last = scene.planned("j").await;
    assert!(last.message.contains("sooner or later"), "{}", last.message);

    let dip = scene.valley("es", 6).await;
    let released = scene.released("j", Duration::from_secs(60)).await;
    assert!(released >= dip && dip < last.chosen.start, "{released} {dip} {last:?}");
    let done = scene.completed("j", Duration::from_secs(30)).await;
    assert_eq!(annotation(&done, "alize.dev/zone"), Some("es"));
    assert_eq!(plan(&done).unwrap().rewrites, 6);
}
