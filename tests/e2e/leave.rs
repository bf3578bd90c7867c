//! When the operator is gone, and when everybody wants it gone (P1, P8).

use std::time::{Duration, Instant};

use futures::StreamExt;
use jiff::{SignedDuration, Timestamp};
use k8s_openapi::api::batch::v1::Job;
use k8s_openapi::api::coordination::v1::Lease;
use kube::Api;
use kube::api::ListParams;
use serde_json::json;
use testbed::product::NAMESPACE;

use super::jobs::job;
use super::relay::Relay;
use super::scene::{SOON, Scene, is_held};
use super::watching::eventually;
use alize::api::HoldSwitch;

/// How often the chart's CronJob runs the fail-safe.
const MINUTE: Duration = Duration::from_secs(60);

#[tokio::test(flavor = "multi_thread")]
async fn p1_with_the_operator_dead_the_fail_safe_alone_releases_everything_in_time() {
    let scene = Scene::new("dead").await;
    let operator = scene.operator();
    scene.greener_later().await;
    scene.enforce(json!({"delay": {"max": "100s"}})).await;
    scene.create(job("planned")).await;
    let latest = scene.planned("planned").await.latest_start;
    operator.kill();
    let died = Instant::now();
    let born = scene.create(job("born-after")).await;
    assert!(is_held(&born), "the switch is still armed");
    let born_latest = born.metadata.creation_timestamp.unwrap().0 + SignedDuration::from_secs(100);

    // As the CronJob would: every minute, with an account of its own.
    for tick in 0..3 {
        let at = Duration::from_secs(25) + MINUTE * tick;
        tokio::time::sleep(at.saturating_sub(died.elapsed())).await;
        eprint!("{}", scene.stage.product.run(&["failsafe"], "alize-failsafe").unwrap());
    }
    let minute = SignedDuration::from_secs(60);
    let released = scene.released("planned", SOON).await;
    assert!(
        released <= latest + minute,
        "{released} is more than a minute after {latest}"
    );
    let released = scene.released("born-after", SOON).await;
    assert!(
        released <= born_latest + minute,
        "{released} is more than a minute after {born_latest}"
    );
    // It has disarmed the switch: nothing is held behind a dead operator's back.
    let switches: Api<HoldSwitch> = Api::namespaced(scene.client.clone(), NAMESPACE);
    assert!(!switches.get("dead").await.unwrap().status.unwrap().armed);
    assert!(!is_held(&scene.create(job("next")).await));
}

#[tokio::test(flavor = "multi_thread")]
async fn the_fail_safe_leaves_the_last_seconds_to_an_operator_that_leads() {
    let scene = Scene::new("led").await;
    let _operator = scene.operator();
    scene.greener_later().await;
    scene.enforce(json!({"delay": {"max": "50s"}})).await;
    scene.create(job("j")).await;
    scene.planned("j").await;
    let said = scene.stage.product.run(&["failsafe"], "alize-failsafe").unwrap();
    assert!(
        said.contains("an operator leads") && said.contains("0 released"),
        "{said}"
    );
    assert!(is_held(&scene.get("j").await));
}

#[tokio::test(flavor = "multi_thread")]
async fn p8_release_all_lets_five_hundred_jobs_go_and_nothing_re_arms() {
    let scene = Scene::new("leave").await;
    let operator = scene.operator();
    scene.greener_later().await;
    scene.enforce(json!({})).await;
    let numbers: Vec<usize> = (0..500).collect();
    let scene_ref = &scene;
    futures::stream::iter(numbers)
        .for_each_concurrent(24, |i| async move {
            drop(scene_ref.create(job(&format!("j{i}")).cpu("10m")).await);
        })
        .await;
    let all: Api<Job> = Api::all(scene.client.clone());
    let held = ListParams::default().labels("alize.dev/held=true");
    assert_eq!(scene.jobs.list(&held).await.unwrap().items.len(), 500);

    let started = Timestamp::now();
    let said = scene
        .stage
        .product
        .run(&["release", "--all", "--keep-off", "60s"], "alize-uninstall")
        .unwrap();
    eprintln!("{said}in {:?}", Timestamp::now().duration_since(started));
    assert_eq!(
        all.list(&held).await.unwrap().items.len(),
        0,
        "somewhere a job is still held"
    );
    let suspended = scene
        .jobs
        .list(&ListParams::default())
        .await
        .unwrap()
        .items
        .into_iter()
        .filter(|job| job.spec.as_ref().unwrap().suspend == Some(true));
    assert_eq!(suspended.count(), 0);

    // The operator is still there; for a while it must not lead, arm or hold.
    tokio::time::sleep(Duration::from_secs(15)).await;
    assert!(operator.get("/readyz").unwrap().1.contains("standing by"));
    let switches: Api<HoldSwitch> = Api::namespaced(scene.client.clone(), NAMESPACE);
    assert!(!switches.get("leave").await.unwrap().status.unwrap().armed);
    assert!(!is_held(&scene.create(job("next")).await));
    assert_eq!(all.list(&held).await.unwrap().items.len(), 0);
}

#[tokio::test(flavor = "multi_thread")]
async fn p8_an_api_server_that_gives_no_answer_for_a_while_does_not_end_a_clean_leave() {
    let scene = Scene::new("silence").await;
    let _operator = scene.operator();
    scene.greener_later().await;
    scene.enforce(json!({})).await;
    assert!(is_held(&scene.create(job("j")).await));

    let relay = Relay::start(scene.stage.product.server()).await;
    let way = scene
        .stage
        .product
        .account_by("alize-uninstall", &relay.address())
        .unwrap();
    let leaving = tokio::task::spawn_blocking({
        let product = &scene.stage.product;
        move || {
            product.run_as(
                &way,
                &["release", "--all", "--keep-off", "1s", "--namespace", NAMESPACE],
            )
        }
    });
    let leases: Api<Lease> = Api::namespaced(scene.client.clone(), NAMESPACE);
    eventually("the lease is taken", SOON, || async {
        let holder = leases.get("alize").await.unwrap().spec?.holder_identity?;
        holder.starts_with("alize release").then_some(())
    })
    .await;
    // It waits ten seconds for the operator's fence; then renewals and the first list run into the silence.
    relay.silence();
    tokio::time::sleep(Duration::from_secs(17)).await;
    assert!(!leaving.is_finished(), "it has not given up");
    relay.speak();
    let said = leaving.await.unwrap().unwrap();
    assert!(said.contains("nothing is held"), "{said}");
    assert!(!is_held(&scene.get("j").await));
}
