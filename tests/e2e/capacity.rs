//! Zones have room for so much and no more.

use std::collections::BTreeMap;
use std::time::Duration;

use jiff::{SignedDuration, Timestamp};
use serde_json::json;

use super::jobs::job;
use super::scene::{SLOT, SOON, Scene, annotation, plan};
use super::watching::{counted, eventually};

/// Cores of each zone: four nodes of eight.
const CORES: i64 = 32;

#[tokio::test(flavor = "multi_thread")]
async fn a_full_zone_sends_jobs_elsewhere_or_later_and_no_zone_is_ever_overbooked() {
    let scene = Scene::new("full-zone").await;
    let _operator = scene.operator();
    let start = Timestamp::now();
    let dip = |least: f64| -> Vec<f64> {
        (0..60)
            .map(|i| if (6..9).contains(&i) { least } else { 500.0 })
            .collect()
    };
    scene.flat().await;
    scene.enforce(json!({"delay": {"max": "60s"}})).await;
    scene
        .forecast(
            start,
            SLOT,
            &[("ma", &dip(20.0)), ("es", &dip(200.0)), ("fr", &dip(300.0))],
        )
        .await;
    tokio::time::sleep(Duration::from_secs(2)).await;
    let names: Vec<String> = (0..24).map(|i| format!("j{i}")).collect();
    for name in &names {
        scene.create(job(name).cpu("4").runs_for("5s")).await;
    }
    let mut runs = Vec::new();
    for name in &names {
        let done = scene.completed(name, Duration::from_secs(90)).await;
        let released: Timestamp = annotation(&done, "alize.dev/released-at").unwrap().parse().unwrap();
        let ended = done.status.as_ref().unwrap().completion_time.as_ref().unwrap().0;
        // Room was there when it came: nothing waited for another job to end.
        assert!(
            ended.duration_since(released) < SignedDuration::from_secs(11),
            "{name} took {:?}",
            ended.duration_since(released)
        );
        runs.push((
            annotation(&done, "alize.dev/zone").unwrap().to_owned(),
            released,
            plan(&done).unwrap().reason,
        ));
    }
    let mut taken: BTreeMap<(String, i64), i64> = BTreeMap::new();
    for (zone, released, _) in &runs {
        for second in 0..5 {
            *taken.entry((zone.clone(), released.as_second() + second)).or_default() += 4;
        }
    }
    let fullest = taken.values().max().copied().unwrap();
    assert!(fullest <= CORES, "a zone was booked for {fullest} of {CORES} cores");
    let zones: BTreeMap<&str, usize> = runs.iter().fold(BTreeMap::new(), |mut zones, (zone, ..)| {
        *zones.entry(zone.as_str()).or_default() += 1;
        zones
    });
    assert!(
        zones.len() > 1,
        "24 jobs of 4 cores do not fit into one zone at a time: {zones:?}"
    );
}

/// Nodes with four accelerators each, which go with this.
struct Accelerated<'a>(&'a Scene);

impl Drop for Accelerated<'_> {
    fn drop(&mut self) {
        let product = &self.0.stage.product;
        let _ = product.kubectl(&["delete", "nodes", "--selector", "test=accelerated", "--wait=false"]);
    }
}

/// A node of each zone and model.
fn accelerated<'a>(scene: &'a Scene, nodes: &[(&str, &str)]) -> Accelerated<'a> {
    let node = |(zone, model): &(&str, &str)| {
        let name = format!("{zone}-{}", model.to_lowercase());
        let room = json!({"cpu": "8", "memory": "32Gi", "pods": "110", "nvidia.com/gpu": "4"});
        let labels = json!({"topology.kubernetes.io/zone": zone, "kubernetes.io/hostname": name, "nvidia.com/gpu.product": model,
            "test": "accelerated"});
        json!({"apiVersion": "v1", "kind": "Node", "metadata": {"name": name, "labels": labels},
            "status": {"capacity": room, "allocatable": room}})
        .to_string()
    };
    let made = Accelerated(scene);
    let manifests: Vec<String> = nodes.iter().map(node).collect();
    scene.stage.product.apply(&manifests.join("\n---\n")).unwrap();
    made
}

#[tokio::test(flavor = "multi_thread")]
async fn accelerators_of_another_model_are_no_room() {
    let scene = Scene::new("models").await;
    let _nodes = accelerated(&scene, &[("ma", "T4"), ("ma", "H100"), ("es", "T4")]);
    let _operator = scene.operator();
    scene.flat().await;
    scene.enforce(json!({"delay": {"max": "10s"}})).await;
    let zones = [("ma", [100.0; 60]), ("es", [300.0; 60]), ("fr", [500.0; 60])];
    let zones = zones.each_ref().map(|(zone, values)| (*zone, values.as_slice()));
    scene.forecast(Timestamp::now(), SLOT, &zones).await;
    tokio::time::sleep(Duration::from_secs(2)).await;
    let asks = |name| {
        job(name)
            .runs_for("20s")
            .set(
                "/spec/template/spec/nodeSelector",
                json!({"nvidia.com/gpu.product": "T4"}),
            )
            .set(
                "/spec/template/spec/containers/0/resources/limits",
                json!({"nvidia.com/gpu": "4"}),
            )
    };
    for (name, zone) in [("first", "ma"), ("second", "es")] {
        scene.create(asks(name)).await;
        assert_eq!(scene.planned(name).await.chosen.zones, [zone], "{name}");
        eventually("it has its node", SOON, || async {
            let node = scene.observer.job(name).nodes.first().cloned();
            node.inspect(|node| assert_eq!(*node, format!("{zone}-t4"), "{name}"))
        })
        .await;
    }
    for name in ["first", "second"] {
        let done = scene.completed(name, Duration::from_secs(60)).await;
        assert_eq!(annotation(&done, "alize.dev/widened-at"), None, "{name}");
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn when_no_pod_finds_a_node_the_watchdog_widens_the_zones_and_the_job_finishes() {
    let scene = Scene::new("widen").await;
    let operator = scene.operator();
    scene.flat().await;
    scene.enforce(json!({"placement": {"pendingTimeout": "4s"}})).await;
    scene.valley("ma", 4).await;
    tokio::time::sleep(Duration::from_secs(2)).await;
    // Two pods, one after the other: the zone is cordoned while the first one runs.
    scene
        .create(job("j").runs_for("4s").set("/spec/completions", json!(2)))
        .await;
    assert_eq!(scene.planned("j").await.chosen.zones, ["ma"]);
    let ran = || async { (!scene.observer.job("j").nodes.is_empty()).then_some(()) };
    eventually("the first pod runs", Duration::from_secs(40), ran).await;
    scene
        .stage
        .product
        .kubectl(&["cordon", "--selector", "topology.kubernetes.io/zone=ma"])
        .unwrap();
    let done = scene.completed("j", Duration::from_secs(40)).await;
    assert!(annotation(&done, "alize.dev/widened-at").is_some());
    let sight = scene.observer.job("j");
    assert!(sight.nodes[0].starts_with("ma-"), "{sight:?}");
    assert!(
        sight.nodes[1..].iter().all(|node| !node.starts_with("ma-")),
        "{sight:?}"
    );
    scene.event_saying("j", "No pod found a node in zone ma").await;
    counted(&operator, &["alize_widened_total 1"]).await;
    let times: Vec<bool> = sight.suspend.iter().map(|(_, suspended)| *suspended).collect();
    assert_eq!(times, [true, false, true, false], "held, released, widened once");
}

#[tokio::test(flavor = "multi_thread")]
async fn p2_once_a_pod_has_a_node_the_watchdog_keeps_its_hands_off() {
    let scene = Scene::new("half-placed").await;
    let _operator = scene.operator();
    scene.flat().await;
    scene.enforce(json!({"placement": {"pendingTimeout": "3s"}})).await;
    scene.valley("ma", 9).await;
    tokio::time::sleep(Duration::from_secs(2)).await;
    // Half of three nodes is taken: the zone has room for ten cores, but only one node has room for a pod of five.
    for node in ["ma-2", "ma-3", "ma-4"] {
        scene.occupy(node, "4").await;
    }
    tokio::time::sleep(Duration::from_secs(2)).await;
    let pair = job("pair").cpu("5").runs_for("25s");
    scene
        .create(
            pair.set("/spec/parallelism", json!(2))
                .set("/spec/completions", json!(2)),
        )
        .await;
    assert_eq!(scene.planned("pair").await.chosen.zones, ["ma"]);
    scene.released("pair", Duration::from_secs(60)).await;
    eventually("one pod has a node", SOON, || async {
        (!scene.observer.job("pair").nodes.is_empty()).then_some(())
    })
    .await;
    tokio::time::sleep(Duration::from_secs(8)).await;
    let sight = scene.observer.job("pair");
    assert_eq!(
        (sight.nodes.len(), sight.pods.len(), sight.releases()),
        (1, 2, 1),
        "{sight:?}"
    );
    // The second gets its room while the first still runs: once no pod has a node any more, widening would be right.
    scene.vacate("ma-4").await;
    let done = eventually("both pods finish", Duration::from_secs(60), || async {
        let job = scene.get("pair").await;
        (job.status.as_ref()?.succeeded? == 2).then_some(job)
    })
    .await;
    assert_eq!(annotation(&done, "alize.dev/widened-at"), None);
    assert_eq!(scene.observer.job("pair").pods.len(), 2, "no pod was restarted");
}
