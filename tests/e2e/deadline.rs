//! Nothing starts after its latest start, however green the later hours are.

use std::time::Duration;

use jiff::{SignedDuration, Timestamp};
use serde_json::json;

use super::jobs::job;
use super::scene::{Scene, annotation, plan};
use super::watching::counted;

#[tokio::test(flavor = "multi_thread")]
async fn p1_a_forecast_that_is_always_greener_later_ends_at_the_latest_start_and_not_after() {
    let scene = Scene::new("greener-later").await;
    let _operator = scene.operator();
    scene.greener_later().await;
    scene.enforce(json!({"delay": {"max": "20s"}})).await;
    let created = scene
        .create(job("j").runs_for("4s"))
        .await
        .metadata
        .creation_timestamp
        .unwrap()
        .0;
    scene
        .create(job("by").annotation("alize.dev/finish-by", "18s").runs_for("4s"))
        .await;
    let latest = created + SignedDuration::from_secs(20);
    let record = scene.planned("j").await;
    assert_eq!(record.latest_start, latest);
    assert_eq!(record.binding, "LatestStart");
    let released = scene.released("j", Duration::from_secs(40)).await;
    assert!(released <= latest, "{released} is after {latest}");
    assert!(
        released >= latest - SignedDuration::from_secs(4),
        "{released} is long before {latest}"
    );
    let done = scene.completed("j", Duration::from_secs(20)).await;
    assert!(done.status.unwrap().start_time.unwrap().0 <= latest);
    assert_eq!(plan(&scene.get("j").await).unwrap().reason, "ReleasedAtLatestStart");

    let by = scene.completed("by", Duration::from_secs(20)).await;
    let finish_by = plan(&by).unwrap().finish_by.unwrap();
    assert!(by.status.unwrap().completion_time.unwrap().0 <= finish_by);
    let report = scene.report_of(2).await;
    assert_eq!((report.missed_starts, report.missed_finishes), (0, 0));
}

#[tokio::test(flavor = "multi_thread")]
async fn a_start_that_was_missed_and_a_finish_that_was_missed_are_counted_apart() {
    let scene = Scene::new("missed").await;
    let operator = scene.operator();
    scene.greener_later().await;
    scene.enforce(json!({"delay": {"max": "8s"}})).await;
    // Expected to take a second, it takes ten: its finish is missed, its start is not.
    scene
        .create(
            job("late")
                .annotation("alize.dev/finish-by", "12s")
                .pod_annotation("testbed.alize.dev/runs-for", "10s"),
        )
        .await;
    scene.completed("late", Duration::from_secs(60)).await;
    let report = scene.report().await;
    assert_eq!((report.missed_starts, report.missed_finishes), (0, 1), "{report:?}");
    counted(
        &operator,
        &["alize_missed_finishes_total 1", "alize_missed_starts_total 0"],
    )
    .await;
}

#[tokio::test(flavor = "multi_thread")]
async fn p9_a_source_that_goes_silent_delays_nobody_beyond_the_age_of_its_forecast() {
    let scene = Scene::new("silence").await;
    let _operator = scene.operator();
    scene.greener_later().await;
    scene.enforce(json!({"forecast": {"maxAge": "15s"}})).await;
    scene.greener_later().await;
    let issued = Timestamp::now();
    tokio::time::sleep(Duration::from_secs(2)).await;
    scene.create(job("waiting")).await;
    assert_eq!(scene.planned("waiting").await.reason, "WaitingForGreenerSlot");
    let released = scene.released("waiting", Duration::from_secs(40)).await;
    let age = released.duration_since(issued);
    assert!(
        age > SignedDuration::from_secs(13) && age < SignedDuration::from_secs(25),
        "released after {age:?}"
    );
    scene.create(job("new")).await;
    scene.released("new", Duration::from_secs(15)).await;
    for name in ["waiting", "new"] {
        let done = scene.completed(name, Duration::from_secs(20)).await;
        assert_eq!(plan(&done).unwrap().reason, "NoForecast");
        assert!(annotation(&done, "alize.dev/released-at").is_some());
        assert!(scene.event(name, "NoForecast").await.contains("no forecast to wait by"));
    }
}
