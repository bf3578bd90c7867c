//! What the grid costs: reading three days of each service's answer, the weather model, and fifty zones asked anew.
//!
//! Measured in November 2026 on one of two busy cores: see `benches/README.md`. All answers are generated, in steps as long as
//! the real ones; the server that gives them is on loopback and in this process, so its CPU and memory are counted too.

#![expect(clippy::print_stdout, reason = "a benchmark prints what it measures")]
#![expect(clippy::unwrap_used, reason = "a benchmark ends with what it did not expect")]

#[path = "../fuzz/src/targets/answers.rs"]
mod answers;
#[path = "../tests/providers/loopback.rs"]
#[expect(dead_code, reason = "this server refuses nobody")]
mod loopback;
mod process;

use std::collections::BTreeMap;
use std::hint::black_box;
use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::time::Duration;

use alize::grid::{
    Board, CarbonAware, EnergyCharts, Fetched, Outcome, Settings, SourceKind, SourceSpec, read_saved, run, weather,
};
use alize::planner::Level;
use alize::units::{Basis, Clock, Signal, SystemClock, ZoneName};
use answers::{Answer, at};
use axum::Router;
use axum::extract::Query;
use axum::routing::get;
use criterion::{Criterion, Throughput, criterion_group, criterion_main};
use jiff::{SignedDuration, Timestamp};
use loopback::serve;
use process::memory;
use serde_json::{Value, json};
use tokio::sync::Notify;
use tokio::task::JoinSet;
use tokio_util::sync::CancellationToken;

/// Three days of an answer.
const HOURS: i64 = 72;
/// Members of the ensemble of ECMWF.
const MEMBERS: i64 = 51;
const ZONES: usize = 50;
/// A second source of each zone doubles the requests.
const SOURCES: usize = 2;
/// Where the server says the place that it was asked for.
const PLACE: &str = "PLACE";
/// How long the board is watched when it has nothing to do.
const IDLE: Duration = Duration::from_secs(5);

/// From bytes to a checked series; several bodies of one answer are read together.
fn parse(criterion: &mut Criterion) {
    let mut group = criterion.benchmark_group("read 72 h of");
    group.sample_size(20);
    for (number, answer) in answers::all(HOURS, MEMBERS).into_iter().enumerate() {
        let Answer { target, spec, bodies } = answer;
        let bodies: Vec<Vec<u8>> = bodies.into_iter().map(String::into_bytes).collect();
        let size: usize = bodies.iter().map(Vec::len).sum();
        group.throughput(Throughput::Bytes(size as u64));
        group.bench_function(format!("{number:02} {target}, {} kB", size / 1000), |bench| {
            bench.iter(|| read_saved(&spec, black_box(&bodies), at(0)).unwrap());
        });
    }
}

/// From weather to a mix, apart from the reading of it.
fn model(criterion: &mut Criterion) {
    let answer = answers::all(HOURS, MEMBERS)
        .into_iter()
        .find(|answer| answer.target == "open_meteo")
        .unwrap();
    let [own, ensemble] = [0, 1].map(|body: usize| weather::read(answer.bodies[body].as_bytes()).unwrap());
    let morocco = weather::library("MA").unwrap();
    let mut group = criterion.benchmark_group("weather model");
    group.sample_size(10);
    group.bench_function("72 h of Morocco, 51 members", |bench| {
        bench.iter(|| weather::forecast(&morocco, black_box(&own), Some(&ensemble), at(0)).unwrap());
    });
}

/// What was asked and served.
#[derive(Default)]
struct Watch {
    fetched: AtomicUsize,
    failed: AtomicUsize,
    served: AtomicUsize,
    changed: Notify,
}

impl Watch {
    fn hears(&self, one: Fetched) {
        self.fetched.fetch_add(1, Ordering::Relaxed);
        self.failed
            .fetch_add(usize::from(one.outcome != Outcome::Ok), Ordering::Relaxed);
        self.changed.notify_one();
    }

    async fn until(&self, requests: usize) {
        while self.fetched.load(Ordering::Relaxed) < requests {
            self.changed.notified().await;
        }
    }
}

/// A server that gives every zone three days from now on, in quarter hours and in five minutes.
async fn server(watch: Arc<Watch>) -> (String, JoinSet<()>) {
    let now = SystemClock.now();
    let start = now.as_second() - now.as_second() % 3600;
    let steps = |step: i64| (0..HOURS * 3600 / step).map(move |number| start + number * step);
    let shares: Vec<f64> = steps(900).map(|second| 50.0 + (second / 900 % 40) as f64).collect();
    let charts = json!({"unix_seconds": steps(900).collect::<Vec<_>>(), "ren_share": shares, "substitute": false});
    let point = |second| {
        json!({"location": PLACE, "timestamp": Timestamp::from_second(second).unwrap(), "duration": 5,
        "value": 200 + second / 300 % 90})
    };
    let points: Vec<Value> = steps(300).map(point).collect();
    let sdk = json!([{"generatedAt": now, "location": PLACE, "forecastData": points}]);
    let say = |text: String| {
        let watch = watch.clone();
        move |Query(asked): Query<BTreeMap<String, String>>| {
            watch.served.fetch_add(text.len(), Ordering::Relaxed);
            let text = text.replace(PLACE, asked.get("location").map_or("", String::as_str));
            async move { text }
        }
    };
    let router = Router::new()
        .route("/ren_share_forecast", get(say(charts.to_string())))
        .route("/emissions/forecasts/current", get(say(sdk.to_string())));
    serve(router).await
}

fn zone(number: usize, origin: &str) -> (ZoneName, Vec<SourceSpec>) {
    let source = |signal, kind| SourceSpec {
        signal,
        basis: Basis::Unstated,
        flow: None,
        refresh: Some(SignedDuration::from_mins(15)),
        kind,
    };
    let charts = SourceKind::EnergyCharts(EnergyCharts {
        country: format!("c{number}"),
        endpoint: Some(origin.to_owned()),
    });
    let sdk = SourceKind::CarbonAware(CarbonAware {
        location: format!("l{number}"),
        endpoint: origin.to_owned(),
    });
    let sources = vec![
        source(Signal::RenewableShare, charts),
        source(Signal::CarbonIntensity, sdk),
    ];
    (format!("zone-{number}").as_str().into(), sources)
}

/// Seconds of CPU of the one thread that everything here runs on.
fn cpu() -> f64 {
    let text = std::fs::read_to_string("/proc/thread-self/schedstat").unwrap();
    let nanoseconds: f64 = text.split(' ').next().unwrap().parse().unwrap();
    nanoseconds / 1e9
}

/// Fifty zones from nothing to live, by the way of the operator: due, gate, HTTP, parser, check, ladder.
async fn refresh() {
    let _ = rustls::crypto::aws_lc_rs::default_provider().install_default();
    let watch = Arc::new(Watch::default());
    let (origin, _serving) = server(watch.clone()).await;
    let settings = Settings {
        allowed_endpoints: vec![origin.clone()],
        ..Settings::default()
    };
    let on_fetch = {
        let watch = watch.clone();
        move |one| watch.hears(one)
    };
    let board = Board::new(settings, Arc::new(SystemClock), Arc::default(), Arc::new(on_fetch)).unwrap();
    let board = Arc::new(board);
    let stop = CancellationToken::new();
    let watching = async {
        first(&board, &watch, &origin).await;
        idle().await;
        stop.cancel();
    };
    tokio::join!(run(board.clone(), Arc::new(Notify::new()), stop.clone()), watching);
}

/// Names the zones, and waits until every source has answered.
async fn first(board: &Board, watch: &Watch, origin: &str) {
    let zones: BTreeMap<ZoneName, Vec<SourceSpec>> = (0..ZONES).map(|number| zone(number, origin)).collect();
    let (start, used, held) = (SystemClock.monotonic(), cpu(), memory("self", "VmRSS:"));
    board.set_zones(zones.clone());
    watch.until(ZONES * SOURCES).await;
    let (wall, used, held) = (
        start.elapsed().as_secs_f64(),
        cpu() - used,
        memory("self", "VmRSS:") - held,
    );
    let now = SystemClock.now();
    for report in zones.keys().flat_map(|zone| board.report(zone, now)) {
        assert_eq!(report.level, Level::Live, "{report:?}");
    }
    let count = |counter: &AtomicUsize| counter.load(Ordering::Relaxed);
    println!(
        "{ZONES} zones, {} requests, {} failed, {} kB: {:.0} ms, {:.0} ms of CPU, {held:+.1} MiB, {:.1} MiB at most",
        count(&watch.fetched),
        count(&watch.failed),
        count(&watch.served) / 1000,
        wall * 1e3,
        used * 1e3,
        memory("self", "VmHWM:"),
    );
    let start = SystemClock.monotonic();
    let outlooks = black_box(board.outlooks(now));
    println!(
        "their {} outlooks: {:.2} ms",
        outlooks.len(),
        start.elapsed().as_secs_f64() * 1e3
    );
}

/// Nothing is due: what a board costs by being there.
async fn idle() {
    let used = cpu();
    tokio::time::sleep(IDLE).await;
    println!(
        "idle: {:.3} ms of CPU a second, {:.1} MiB",
        (cpu() - used) * 1e3 / IDLE.as_secs_f64(),
        memory("self", "VmRSS:")
    );
}

/// Once, not in a loop: what counts is the first time, as after a start.
fn fifty_zones(_: &mut Criterion) {
    let runtime = tokio::runtime::Builder::new_current_thread()
        .enable_all()
        .build()
        .unwrap();
    runtime.block_on(refresh());
}

// The memory of the zones is measured before anything else has used any.
criterion_group!(benches, fifty_zones, parse, model);
criterion_main!(benches);
