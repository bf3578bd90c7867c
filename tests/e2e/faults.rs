//! Crashes, freezes and rivals: nothing is lost, and nothing starts twice (P3, P4).

use std::collections::BTreeMap;
use std::time::{Duration, Instant};

use futures::StreamExt;
use jiff::SignedDuration;
use serde_json::json;
use testbed::product::Operator;

use super::jobs::job;
use super::scene::{SOON, Scene, is_held, plan};
use super::watching::eventually;

/// A lease runs out after ten seconds; the rest is one try and the start.
const SUCCESSION: Duration = Duration::from_secs(20);

async fn create_many(scene: &Scene, count: usize) -> Vec<String> {
    let names: Vec<String> = (0..count).map(|i| format!("j{i}")).collect();
    futures::stream::iter(&names)
        .for_each_concurrent(
            16,
            |name| async move { drop(scene.create(job(name).cpu("100m")).await) },
        )
        .await;
    names
}

/// Every job has completed, was released once, and has had one pod.
async fn nothing_lost_and_nothing_twice(scene: &Scene, names: &[String]) {
    for name in names {
        scene.completed(name, Duration::from_secs(120)).await;
        let sight = scene.observer.job(name);
        assert_eq!((sight.releases(), sight.pods.len()), (1, 1), "{name}: {sight:?}");
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn p3_an_operator_that_is_killed_while_it_holds_is_succeeded_and_the_plan_is_kept() {
    let scene = Scene::new("killed-holding").await;
    let first = scene.operator_named("first", &[]);
    scene.flat().await;
    scene.enforce(json!({})).await;
    scene.valley("es", 11).await;
    tokio::time::sleep(Duration::from_secs(2)).await;
    scene.create(job("j")).await;
    let promised = scene.planned("j").await.chosen;
    first.kill();
    let _second = scene.operator();
    let released = scene.released("j", Duration::from_secs(60)).await;
    let delay = released.duration_since(promised.start);
    assert!(
        delay > SignedDuration::from_secs(-1) && delay < SignedDuration::from_secs(2),
        "{delay:?}"
    );
    let done = scene.completed("j", SOON).await;
    assert_eq!(plan(&done).unwrap().chosen.zones, promised.zones);
    nothing_lost_and_nothing_twice(&scene, &["j".into()]).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn p4_an_operator_that_is_killed_between_plans_and_writes_loses_nothing() {
    let scene = Scene::new("killed-planning").await;
    let first = scene.operator_named("first", &[]);
    scene.greener_later().await;
    scene.enforce(json!({"delay": {"max": "45s"}})).await;
    let names = create_many(&scene, 60).await;
    // Killed as soon as the first plans stand, in the middle of writing the others.
    eventually("a first plan", SOON, || async {
        scene
            .observer
            .all()
            .values()
            .any(|sight| !sight.plans.is_empty())
            .then_some(())
    })
    .await;
    first.kill();
    let _second = scene.operator();
    nothing_lost_and_nothing_twice(&scene, &names).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn p4_an_operator_that_is_killed_during_a_wave_of_releases_starts_nothing_twice() {
    let scene = Scene::new("killed-releasing").await;
    let first = scene.operator_named("first", &[]);
    scene.greener_later().await;
    scene.enforce(json!({})).await;
    let names = create_many(&scene, 80).await;
    eventually("all plans", Duration::from_secs(40), || async {
        let all = scene.observer.all();
        names
            .iter()
            .all(|name| all.get(name).is_some_and(|sight| !sight.plans.is_empty()))
            .then_some(())
    })
    .await;
    // Nothing is gained by waiting any more: all are released, twenty a second.
    scene.flat().await;
    let released = || {
        scene
            .observer
            .all()
            .values()
            .filter(|sight| sight.released().is_some())
            .count()
    };
    eventually("some releases", Duration::from_secs(40), || async {
        (released() >= 15).then_some(())
    })
    .await;
    first.kill();
    let at_the_crash = released();
    assert!(at_the_crash < 80, "the wave was over before the crash: {at_the_crash}");
    let _second = scene.operator();
    nothing_lost_and_nothing_twice(&scene, &names).await;
}

fn applied_to_jobs(operator: &Operator) -> BTreeMap<String, String> {
    let metrics = operator.get("/metrics").unwrap().1;
    let ours = metrics.lines().filter(|line| {
        line.starts_with("alize_api_writes_total") && line.contains("outcome=\"applied\"") && !line.contains("leases")
    });
    ours.filter_map(|line| line.rsplit_once(' '))
        .map(|(name, count)| (name.to_owned(), count.to_owned()))
        .collect()
}

#[tokio::test(flavor = "multi_thread")]
async fn p4_a_leader_that_was_frozen_for_a_minute_writes_nothing_when_it_wakes() {
    let scene = Scene::new("frozen").await;
    let first = scene.operator_named("frozen-first", &[]);
    scene.flat().await;
    scene.enforce(json!({})).await;
    scene.valley("fr", 12).await;
    tokio::time::sleep(Duration::from_secs(2)).await;
    let names = create_many(&scene, 10).await;
    for name in &names {
        scene.planned(name).await;
    }
    let second = scene.operator();
    assert!(second.get("/readyz").unwrap().1.contains("standing by"));
    tokio::time::sleep(Duration::from_secs(3)).await;
    let before = applied_to_jobs(&first);
    first.freeze().unwrap();
    eventually("the other leads", SUCCESSION, || async {
        second.get("/readyz").unwrap().1.contains("leading").then_some(())
    })
    .await;
    // While it is frozen the planned slot passes, and its own plan says "release now".
    nothing_lost_and_nothing_twice(&scene, &names).await;
    tokio::time::sleep(Duration::from_secs(25)).await;
    first.thaw().unwrap();
    tokio::time::sleep(Duration::from_secs(5)).await;
    assert_eq!(applied_to_jobs(&first), before, "the deposed leader wrote");
    assert!(first.get("/readyz").unwrap().1.contains("standing by"));
    assert!(second.get("/readyz").unwrap().1.contains("leading"));
    nothing_lost_and_nothing_twice(&scene, &names).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_leader_that_is_asked_to_stop_hands_over_at_once() {
    let scene = Scene::new("handover").await;
    let first = scene.operator_named("handover-first", &[]);
    let second = scene.operator();
    assert!(first.get("/readyz").unwrap().1.contains("leading"));
    let asked = Instant::now();
    assert!(first.terminate().unwrap(), "it ends well");
    eventually("the other leads", Duration::from_secs(5), || async {
        second.get("/readyz").unwrap().1.contains("leading").then_some(())
    })
    .await;
    eprintln!("handed over in {:?}", asked.elapsed());
}

#[tokio::test(flavor = "multi_thread")]
async fn p3_an_operator_that_is_started_anew_at_once_keeps_what_it_holds() {
    let scene = Scene::new("anew").await;
    let first = scene.operator_named("anew-first", &[]);
    scene.greener_later().await;
    scene.enforce(json!({})).await;
    scene.create(job("j")).await;
    let promised = scene.planned("j").await;
    assert!(first.terminate().unwrap(), "it gives the lease back");
    // It leads as soon as it has read the cluster, before any source of a forecast has been asked.
    let second = scene.operator();
    assert!(second.get("/readyz").unwrap().1.contains("leading"));
    tokio::time::sleep(Duration::from_secs(8)).await;
    let kept = scene.get("j").await;
    assert!(is_held(&kept), "{kept:?}");
    let kept = plan(&kept).unwrap();
    assert_eq!(
        (kept.chosen.start, kept.reason),
        (promised.chosen.start, promised.reason)
    );
    assert_eq!(kept.made_at, promised.made_at, "it was not written again");
}

#[tokio::test(flavor = "multi_thread")]
async fn p9_a_zone_whose_sources_are_written_anew_lets_nobody_go_meanwhile() {
    let scene = Scene::new("rewritten").await;
    let _operator = scene.operator();
    scene.greener_later().await;
    scene.enforce(json!({})).await;
    scene.create(job("j")).await;
    scene.planned("j").await;
    let pace = |pace: &str| {
        let patch = json!([{"op": "replace", "path": "/spec/sources/0/refresh", "value": pace}]).to_string();
        for zone in ["ma", "es", "fr"] {
            let args = ["patch", "gridzone", zone, "--type=json", "--patch", &patch];
            scene.stage.product.kubectl(&args).unwrap();
        }
    };
    pace("2s");
    tokio::time::sleep(Duration::from_secs(5)).await;
    let kept = is_held(&scene.get("j").await);
    pace("1s");
    assert!(kept, "its sources had just not been asked yet");
}
