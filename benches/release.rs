//! 2,000 jobs created within seconds: all held, all planned, all released unpaced. Whole-process figures on a real API server.
//!
//! `cargo bench --bench release` prints them; `benches/README.md` holds the reviewed ranges. Only what must be true is
//! asserted, never a time.

#![expect(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::panic,
    clippy::print_stdout,
    clippy::print_stderr,
    clippy::disallowed_methods,
    dead_code,
    reason = "a benchmark that fails panics, reads the clock and prints; it borrows the scene of the end-to-end tests"
)]

#[path = "../tests/e2e/cluster.rs"]
mod cluster;
#[path = "../tests/e2e/jobs.rs"]
mod jobs;
mod process;
#[path = "../tests/e2e/scene.rs"]
mod scene;
#[path = "../tests/e2e/watching.rs"]
mod watching;

use std::time::{Duration, Instant};

use futures::StreamExt;
use kube::api::ListParams;
use serde_json::json;
use testbed::product::Operator;

use scene::Scene;
use watching::{Sight, eventually};

const JOBS: usize = 2_000;
const LONG: Duration = Duration::from_secs(180);

#[tokio::main]
async fn main() {
    // `cargo test --benches` runs this too, with no arguments of a benchmark: it is no test.
    if !std::env::args().any(|argument| argument == "--bench") {
        return;
    }
    let scene = Scene::new("release-bench").await;
    let operator = scene.operator_named("operator-release-bench", &["--release-rate", "0"]);
    scene.greener_later().await;
    scene
        .enforce(json!({"maxHeld": 100_000, "delay": {"max": "30m"}}))
        .await;
    let idle = memory(&operator);
    hold(&scene).await;
    let full = memory(&operator);
    release(&scene).await;
    println!(
        "memory     {idle:.1} MiB idle, {full:.1} MiB with all held, {:.1} MiB after",
        memory(&operator)
    );
    let (jobs, all) = (writes(&operator, "resource=\"jobs\""), writes(&operator, ""));
    println!("writes     {jobs:.2} a job to jobs, {all:.2} a job in all");
}

/// Creates all jobs as fast as the API server takes them, and waits for their plans.
async fn hold(scene: &Scene) {
    let started = Instant::now();
    futures::stream::iter(0..JOBS)
        .for_each_concurrent(16, |i| async move {
            scene.create(jobs::job(&format!("j{i}")).cpu("1m")).await;
        })
        .await;
    println!("created    {JOBS} jobs in {:.1} s", started.elapsed().as_secs_f64());
    let held = ListParams::default().labels("alize.dev/held=true");
    assert_eq!(scene.jobs.list(&held).await.unwrap().items.len(), JOBS, "all are held");
    eventually("all plans", LONG, || async {
        (count(scene, |sight| !sight.plans.is_empty()) == JOBS).then_some(())
    })
    .await;
    println!(
        "planned    all {:.1} s after the first creation",
        started.elapsed().as_secs_f64()
    );
}

/// Makes waiting useless, and waits until all have run.
async fn release(scene: &Scene) {
    assert_eq!(
        count(scene, |sight| sight.released().is_some()),
        0,
        "none is released yet"
    );
    scene.flat().await;
    eventually("all releases", LONG, || async {
        (count(scene, |sight| sight.released().is_some()) == JOBS).then_some(())
    })
    .await;
    let mut times: Vec<_> = scene.observer.all().values().filter_map(Sight::released).collect();
    times.sort();
    let took = times[JOBS - 1].duration_since(times[0]).as_secs_f64();
    println!(
        "released   {JOBS} in {took:.1} s: {:.0} a second, unpaced",
        JOBS as f64 / took
    );
    eventually("all completed", LONG, || async {
        (count(scene, |sight| sight.completed) == JOBS).then_some(())
    })
    .await;
    eventually("all receipts", LONG, || async {
        (scene.report_of(0).await.jobs == JOBS as i64).then_some(())
    })
    .await;
}

fn count(scene: &Scene, of: impl Fn(&Sight) -> bool) -> usize {
    scene.observer.all().values().filter(|sight| of(sight)).count()
}

/// Resident memory in MiB.
fn memory(operator: &Operator) -> f64 {
    process::memory(&operator.id().to_string(), "VmRSS:")
}

/// Writes that the API server accepted, a job.
fn writes(operator: &Operator, of: &str) -> f64 {
    let metrics = operator.get("/metrics").unwrap().1;
    let lines = metrics.lines().filter(|line| {
        line.starts_with("alize_api_writes_total") && line.contains("outcome=\"applied\"") && line.contains(of)
    });
    lines
        .filter_map(|line| line.rsplit_once(' ')?.1.parse::<f64>().ok())
        .sum::<f64>()
        / JOBS as f64
}
