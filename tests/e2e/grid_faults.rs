//! The faults of providers, F1 to F8 of the catalogue: a job starts as its rule says, whatever a provider does; nothing
//! crashes, memory stays bounded, and the zone says what is wrong (P9).

use std::collections::BTreeMap;
use std::time::Duration;

use axum::http::StatusCode;
use axum::response::{Html, IntoResponse};
use jiff::{SignedDuration, Timestamp};
use serde_json::{Value, json};

use super::fault_zones::{carbon_aware, is_unharmed, job_in, memory, shows, zones};
use super::provider::{
    Provider, Says, always, bomb, cut, dripping, endless, flapping, forecast, greener_later, refuses, rows,
};
use super::scene::{SOON, Scene, is_held, plan};
use super::watching::eventually;

/// Kilobytes that answers of any size may cost: four at a time, of at most 8 MiB packed and 8 MiB unpacked, in buffers that have
/// grown by doubling.
const MOST_GROWTH: u64 = 128 << 10;

/// A body that is this JSON.
fn says(body: impl Fn() -> Value + Send + Sync + 'static) -> Says {
    always(move || axum::Json(body()).into_response())
}

/// A forecast for the zone made now, with these values.
fn values(zone: &'static str, value: fn(i64) -> Value) -> Says {
    says(move || forecast(zone, Timestamp::now(), &rows(0, 200, value)))
}

/// A falling value, which would be worth waiting for.
fn falls(i: i64) -> Value {
    json!(900 - i)
}

/// What a server of no use says, and how the zone puts it: zone, answer, words.
fn of_no_use() -> Vec<(&'static str, Says, &'static str)> {
    let text = |text: String| always(move || text.clone().into_response());
    let row = |i: i64| rows(0, 20, falls)[usize::try_from(i).unwrap()].clone();
    vec![
        ("f1-down", refuses(503, &[]), "it answers 503"),
        ("f1-cut", always(|| cut("[{".into())), "asking Carbon Aware SDK"),
        ("f2-drip", dripping(), "timed out"),
        ("f2-endless", endless(), "it sends more than"),
        ("f2-bomb", bomb(), "unpacks to more than"),
        ("f2-brotli", refuses_nothing("br"), "packs its answer in a way"),
        ("f2-deep", text("[".repeat(1 << 20)), "is not a forecast"),
        (
            "f2-page",
            always(|| Html("<html>Sign in</html>").into_response()),
            "a web page comes back",
        ),
        (
            "f3-nan",
            text(r#"[{"forecastData": [{"value": NaN}]}]"#.into()),
            "is not a forecast",
        ),
        ("f3-null", values("f3-null", |_| Value::Null), "no data"),
        ("f3-huge", values("f3-huge", |_| json!(1e308)), "is not an intensity"),
        ("f3-minus", values("f3-minus", |_| json!(-5)), "is not an intensity"),
        ("f3-elsewhere", values("f3-huge", falls), "no data"),
        (
            "f3-over",
            says(|| forecast("f3-over", Timestamp::now(), &rows(-900, 200, falls))),
            "ended at",
        ),
        (
            "f3-unsorted",
            says(move || forecast("f3-unsorted", Timestamp::now(), &[row(9), row(3)])),
            "sort them",
        ),
        (
            "f3-future",
            says(|| {
                forecast(
                    "f3-future",
                    Timestamp::now() + SignedDuration::from_hours(1),
                    &rows(0, 200, falls),
                )
            }),
            "in the future",
        ),
        ("f6-unpaid", refuses(402, &[]), "it answers 402"),
        ("f6-forbidden", refuses(403, &[]), "it answers 403"),
        (
            "f6-later",
            refuses(429, &[("retry-after", "999999999999")]),
            "fewer requests",
        ),
        (
            "f6-date",
            refuses(429, &[("retry-after", "Wed, 25 Nov 2099 12:05:00 GMT")]),
            "fewer requests",
        ),
        (
            "f6-past",
            refuses(429, &[("retry-after", "Wed, 25 Nov 2020 12:05:00 GMT")]),
            "fewer requests",
        ),
    ]
}

/// A good body, packed as nobody asked for.
fn refuses_nothing(encoding: &'static str) -> Says {
    always(move || ([("content-encoding", encoding)], "[]").into_response())
}

#[tokio::test(flavor = "multi_thread")]
async fn p9_a_provider_that_is_of_no_use_delays_nobody_and_the_zone_says_why() {
    let scene = Scene::new("of-no-use").await;
    let mut providers: BTreeMap<&str, Provider> = BTreeMap::new();
    let mut expected: Vec<(&str, &str)> = Vec::new();
    for (zone, says, words) in of_no_use() {
        providers.insert(zone, Provider::start(says).await);
        expected.push((zone, words));
    }
    // F4: the way to another server is not taken. F5: a certificate of nobody, no TLS at all, no such name, a name of this machine.
    let elsewhere = Provider::start(greener_later("f4-redirect")).await;
    let there = elsewhere.origin.clone();
    let redirect = always(move || (StatusCode::FOUND, [("location", there.clone())]).into_response());
    providers.insert("f4-redirect", Provider::start(redirect).await);
    expected.push(("f4-redirect", "name its new origin"));
    let port = elsewhere.origin.rsplit_once(':').unwrap().1;
    let ways = [
        ("f5-stranger", scene.stage.cluster.server.clone(), "certificate"),
        (
            "f5-plain",
            elsewhere.origin.replace("http:", "https:"),
            "asking Carbon Aware SDK",
        ),
        (
            "f5-nowhere",
            format!("http://nowhere.invalid:{port}"),
            "asking Carbon Aware SDK",
        ),
        ("f5-rebound", format!("http://localhost:{port}"), "no permitted address"),
        ("f1-gone", "http://127.0.0.1:1".to_owned(), "refused"),
    ];
    expected.extend(ways.iter().map(|(zone, _, words)| (*zone, *words)));
    let mut origins: BTreeMap<&str, String> = providers.iter().map(|(zone, p)| (*zone, p.origin.clone())).collect();
    origins.extend(ways.map(|(zone, origin, _)| (zone, origin)));
    // Two zones that name the same source, and it is a good one.
    let good = Provider::start(greener_later("good")).await;
    let mut sources: Vec<(&str, Vec<Value>)> = origins
        .iter()
        .map(|(zone, origin)| (*zone, vec![carbon_aware(zone, origin)]))
        .collect();
    for zone in ["good", "good-too"] {
        let mut source = carbon_aware("good", &good.origin);
        source["refresh"] = json!("10m");
        sources.push((zone, vec![source]));
    }
    // F5: whatever is not on the list is not asked.
    sources.push(("f5-unlisted", vec![carbon_aware("f5-unlisted", "http://127.0.0.1:2")]));
    expected.push(("f5-unlisted", "not on the list"));
    let allowed: Vec<String> = origins.into_values().chain([good.origin.clone()]).collect();
    let allowed = allowed.join(",");

    let operator = scene.operator_named("operator-of-no-use", &["--allow-endpoint", &allowed]);
    let before = memory(&operator, "VmRSS:");
    scene.flat().await;
    let _zones = zones(&scene, &sources);
    scene.enforce(json!({})).await;
    for zone in ["good", "good-too"] {
        shows(&scene, zone, "Live", "").await;
        scene.create(job_in(zone)).await;
        assert_eq!(scene.planned(zone).await.reason, "WaitingForGreenerSlot");
    }
    for (zone, _) in &expected {
        scene.create(job_in(zone)).await;
    }
    for (zone, words) in &expected {
        scene.released(zone, SOON).await;
        let done = scene.completed(zone, SOON).await;
        assert_eq!(plan(&done).unwrap().reason, "NoForecast", "{zone}");
        scene.event(zone, "NoForecast").await;
        shows(&scene, zone, "None", words).await;
    }
    let metrics = operator.get("/metrics").unwrap().1;
    for (zone, _) in &expected {
        let line = format!("alize_fallback_level{{signal=\"CarbonIntensity\",zone=\"{zone}\"}} 5");
        assert!(metrics.contains(&line), "{line}");
    }
    for outcome in [
        "unreachable",
        "rate_limited",
        "refused",
        "no_data",
        "invalid",
        "blocked",
        "success",
    ] {
        let line = format!("alize_provider_requests_total{{outcome=\"{outcome}\",provider=\"carbon_aware\"}}");
        assert!(metrics.contains(&line), "{line} in {metrics}");
    }
    assert_eq!(elsewhere.asked().len(), 0, "a redirect led somewhere");
    for zone in ["f6-later", "f6-date", "f6-unpaid", "f6-forbidden"] {
        assert_eq!(providers[zone].asked().len(), 1, "{zone} was asked again");
    }
    assert_eq!(good.asked().len(), 1, "one answer serves both zones");
    for zone in ["good", "good-too"] {
        assert!(
            is_held(&scene.get(zone).await),
            "{zone} still waits for its greener slot"
        );
    }
    is_unharmed(&operator);
    let growth = memory(&operator, "VmHWM:").saturating_sub(before);
    assert!(growth < MOST_GROWTH, "it grew by {growth} kB at {before} kB");
    eprintln!("memory: {before} kB, and at most {growth} kB more");
    what_the_commands_say(&scene, &allowed);
}

/// An admin at a terminal reads the same of the same zones.
fn what_the_commands_say(scene: &Scene, allowed: &str) {
    let reach = ["--allow-endpoint", allowed];
    let check = |zones: &[&str]| scene.alize(&[&["grid", "check"], zones, &reach].concat());
    let works = check(&["good"]).unwrap();
    assert!(
        works.contains("ok    CarbonIntensity") && works.contains("counts, level Live"),
        "{works}"
    );
    let fails = check(&["good", "f2-page", "f5-unlisted"]).unwrap_err().to_string();
    for words in [
        "a web page comes back",
        "--allow-endpoint",
        "nothing is known",
        "level Live",
    ] {
        assert!(fails.contains(words), "{words:?} in {fails}");
    }
    let shown = scene
        .alize(&[&["forecast", "good", "-o", "csv"], &reach[..]].concat())
        .unwrap();
    assert!(shown.lines().count() > 100, "{shown}");
    let none = scene
        .alize(&[&["forecast", "f2-page"], &reach[..]].concat())
        .unwrap_err()
        .to_string();
    assert!(none.contains("a web page comes back"), "{none}");
}

/// A job waits so long at most, and acts on no forecast that is older.
const DELAY: SignedDuration = SignedDuration::from_secs(45);
const MOST_AGE: SignedDuration = SignedDuration::from_secs(15);
/// A cycle, a write and the watch on a busy machine.
const SLACK: SignedDuration = SignedDuration::from_secs(10);

/// What a provider turns to while a job waits by its forecast, and how the zone puts it.
fn turns_bad() -> Vec<(&'static str, Says, &'static str, &'static str)> {
    let frozen = Timestamp::now();
    vec![
        ("f1-lost", refuses(503, &[]), "Cached", "it answers 503"),
        ("f2-drips", dripping(), "Cached", "timed out"),
        (
            "f3-garbage",
            values("f3-garbage", |i| json!(1e9 * i as f64)),
            "Cached",
            "is not an intensity",
        ),
        // F4: it answers, for the right times, what it made long ago.
        (
            "f4-stale",
            says(move || forecast("f4-stale", frozen, &rows(0, 400, falls))),
            "Live",
            "",
        ),
        ("f6-refuses", refuses(401, &[]), "Cached", "it answers 401"),
        (
            "f6-quota",
            refuses(429, &[("retry-after", "86400")]),
            "Cached",
            "fewer requests",
        ),
    ]
}

#[tokio::test(flavor = "multi_thread")]
async fn p9_a_provider_that_turns_bad_delays_no_waiting_job_past_its_rule() {
    let scene = Scene::new("turns-bad").await;
    let mut providers: BTreeMap<&str, Provider> = BTreeMap::new();
    let bad = turns_bad();
    for zone in bad.iter().map(|(zone, ..)| *zone).chain(["f1-flaps", "f7-first"]) {
        providers.insert(zone, Provider::start(greener_later(zone)).await);
    }
    // F8: the green slot is half a minute away, always.
    let liar = says(|| {
        let green = |i: i64| json!(if i == 10 { 50 } else { 500 });
        forecast("f8-liar", Timestamp::now(), &rows(0, 400, green))
    });
    providers.insert("f8-liar", Provider::start(liar).await);
    let mut sources: Vec<(&str, Vec<Value>)> = providers
        .iter()
        .map(|(zone, provider)| (*zone, vec![carbon_aware(zone, &provider.origin)]))
        .collect();
    // F7: another provider says five times as much, and the opposite.
    let other = Provider::start(values("f7-first", |i| json!(4000 + i))).await;
    let both = sources.iter_mut().find(|(zone, _)| *zone == "f7-first").unwrap();
    both.1.push(carbon_aware("f7-first", &other.origin));
    let allowed: Vec<&str> = providers
        .values()
        .chain([&other])
        .map(|provider| &*provider.origin)
        .collect();

    let operator = scene.operator_named("operator-turns-bad", &["--allow-endpoint", &allowed.join(",")]);
    scene.flat().await;
    let _zones = zones(&scene, &sources);
    scene
        .enforce(json!({"delay": {"max": format!("{}s", DELAY.as_secs())}, "forecast": {"maxAge": format!("{}s", MOST_AGE.as_secs())}}))
        .await;
    for zone in providers.keys() {
        shows(&scene, zone, "Live", "").await;
    }
    let mut latest: BTreeMap<&str, Timestamp> = BTreeMap::new();
    for zone in providers.keys() {
        let created = scene.create(job_in(zone)).await.metadata.creation_timestamp.unwrap().0;
        latest.insert(zone, created + DELAY);
    }
    for zone in providers.keys() {
        assert_eq!(scene.planned(zone).await.reason, "WaitingForGreenerSlot", "{zone}");
    }
    let turned = Timestamp::now();
    for (zone, says, ..) in &bad {
        providers[zone].turns(says.clone());
    }
    providers["f1-flaps"].turns(flapping(greener_later("f1-flaps")));

    for (zone, _, level, words) in &bad {
        let released = scene.released(zone, Duration::from_secs(60)).await;
        assert!(released <= turned + MOST_AGE + SLACK, "{zone} {released}, {turned}");
        assert!(released <= latest[zone], "{zone}");
        let done = scene.completed(zone, SOON).await;
        assert_eq!(plan(&done).unwrap().reason, "NoForecast", "{zone}");
        scene.event(zone, "NoForecast").await;
        shows(&scene, zone, level, words).await;
    }
    for zone in ["f1-flaps", "f7-first", "f8-liar"] {
        let released = scene.released(zone, Duration::from_secs(60)).await;
        assert!(released <= latest[zone], "{zone}: {released} is after {}", latest[zone]);
        assert!(
            released > turned + MOST_AGE,
            "{zone}: {released} came too early, {turned}"
        );
        let plans = scene.observer.job(zone).plans.len();
        assert!(plans <= 8, "{zone}: {plans} plans were written");
    }
    let trusted = shows(&scene, "f7-first", "Live", "").await;
    assert!(
        trusted.value.unwrap().parse::<f64>().unwrap() < 1000.0,
        "the first source counts"
    );
    is_unharmed(&operator);

    // F1: it is back, and so is waiting for its word.
    providers["f1-lost"].turns(greener_later("f1-lost"));
    shows(&scene, "f1-lost", "Live", "").await;
    scene
        .create(job_in("f1-lost").set("/metadata/name", json!("again")))
        .await;
    let waits = eventually("a job waits again", SOON, || async {
        plan(&scene.get("again").await).map(|plan| plan.reason)
    });
    assert_eq!(waits.await, "WaitingForGreenerSlot");
}
