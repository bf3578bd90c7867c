//! A job is born held, waits without a pod, and starts in its planned slot and zone.

use std::time::Duration;

use jiff::{SignedDuration, Timestamp};
use serde_json::json;

use super::jobs::job;
use super::scene::{Scene, annotation, is_held, plan};

/// A valley in one zone, `ahead` slots of five seconds from now.
async fn valley(scene: &Scene, ahead: usize) -> Timestamp {
    let slot = SignedDuration::from_secs(5);
    let start = Timestamp::from_second(Timestamp::now().as_second()).unwrap();
    let flat = vec![400.0; 40];
    let mut curve = flat.clone();
    curve[ahead] = 50.0;
    scene
        .forecast(start, slot, &[("ma", &curve), ("es", &flat), ("fr", &flat)])
        .await;
    start + slot * i32::try_from(ahead).unwrap()
}

#[tokio::test(flavor = "multi_thread")]
async fn a_job_is_born_held_and_starts_in_its_planned_slot_and_zone() {
    let scene = Scene::new("born-held").await;
    let operator = scene.operator();
    let _ = valley(&scene, 5).await;
    scene.enforce(json!({})).await;
    let dip = valley(&scene, 4).await;
    tokio::time::sleep(Duration::from_secs(2)).await;

    let born = scene.create(job("j")).await;
    assert!(is_held(&born), "the create request itself must hold it: {born:?}");
    let record = scene.planned("j").await;
    assert_eq!(
        (record.chosen.zones.as_slice(), record.chosen.start >= dip),
        (["ma".to_owned()].as_slice(), true),
        "{record:?}"
    );
    assert_eq!(record.reason, "WaitingForGreenerSlot");

    let released = scene.released("j", Duration::from_secs(60)).await;
    let sight = scene.observer.job("j");
    let delay = released.duration_since(record.chosen.start);
    assert!(
        delay >= SignedDuration::from_millis(-50) && delay <= SignedDuration::from_secs(2),
        "{delay:?}"
    );
    let done = scene.completed("j", Duration::from_secs(30)).await;
    assert!(
        scene.observer.job("j").first_pod.unwrap() >= released - SignedDuration::from_millis(200),
        "{sight:?}"
    );
    assert!(scene.observer.job("j").nodes.iter().all(|node| node.starts_with("ma-")));

    // Annotation, event and metric agree.
    assert_eq!(annotation(&done, "alize.dev/zone"), Some("ma"));
    assert_eq!(plan(&done).unwrap().reason, "ReleasedInPlannedSlot");
    assert!(scene.event("j", "ReleasedInPlannedSlot").await.contains("zone ma"));
    assert!(scene.event("j", "WaitingForGreenerSlot").await.contains("Held until"));
    let metrics = operator.get("/metrics").unwrap().1;
    assert!(
        metrics.contains("alize_jobs_released_total{reason=\"ReleasedInPlannedSlot\"} 1"),
        "{metrics}"
    );
}
