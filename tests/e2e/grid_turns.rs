//! The faults of providers, F1 to F8 of the catalogue, while jobs wait by what they said before: a job waits as long as that is
//! young enough for its policy, and no longer than its latest start (P1, P9).

use std::collections::BTreeMap;
use std::time::Duration;

use jiff::{SignedDuration, Timestamp};
use serde_json::{Value, json};

use super::fault_zones::{carbon_aware, is_unharmed, job_in, shows, zones};
use super::provider::{Provider, Says, dripping, flapping, forecast, greener_later, refuses, rows, says, values};
use super::scene::{SOON, Scene, plan};

/// A job waits so long at most, and acts on no forecast that is older.
const DELAY: SignedDuration = SignedDuration::from_secs(45);
const MOST_AGE: SignedDuration = SignedDuration::from_secs(15);
/// A cycle, a write and the watch on a busy machine.
const SLACK: SignedDuration = SignedDuration::from_secs(10);

/// What a provider turns to while a job waits by its forecast, and how the zone puts it: zone, answer, level, words.
type Turn = (&'static str, Says, &'static str, &'static str);

fn turns_bad() -> Vec<Turn> {
    let frozen = Timestamp::now();
    // F4: it answers, for the right times, what it made long ago.
    let stale = says(move || forecast("f4-stale", frozen, &rows(0, 400, |i| json!(900 - i))));
    vec![
        ("f1-lost", refuses(503, &[]), "Cached", "it answers 503"),
        ("f2-drips", dripping(), "Cached", "timed out"),
        (
            "f3-garbage",
            values("f3-garbage", |_| json!(1e9)),
            "Cached",
            "is not an intensity",
        ),
        ("f4-stale", stale, "Cached", "a cache stands in the way"),
        ("f6-refuses", refuses(401, &[]), "Cached", "it answers 401"),
        (
            "f6-quota",
            refuses(429, &[("retry-after", "86400")]),
            "Cached",
            "fewer requests",
        ),
    ]
}

/// F1: up and down. F7: another provider says a fifth at most, and the opposite. F8: the greenest slot lies half a minute ahead,
/// always.
const ODD: [&str; 3] = ["f1-flaps", "f7-first", "f8-liar"];
/// How the zone puts it that they do.
const AT_ODDS: &str = "more than 5 times apart";
/// From a lie to the end of its green slot, and what it takes to hear it.
const LIE: SignedDuration = SignedDuration::from_secs(36);

fn lies() -> Value {
    let green = |i: i64| json!(if i == 10 { 50 } else { 500 });
    forecast("f8-liar", Timestamp::now(), &rows(0, 400, green))
}

/// A good provider for each zone, or what passes for one.
async fn providers(bad: &[Turn]) -> BTreeMap<&'static str, Provider> {
    let mut providers = BTreeMap::new();
    for zone in bad.iter().map(|(zone, ..)| *zone).chain(ODD) {
        let words = if zone == "f8-liar" {
            says(lies)
        } else {
            greener_later(zone)
        };
        providers.insert(zone, Provider::start(words).await);
    }
    providers
}

/// A job in each zone, which waits by what its provider says; returns their latest starts.
async fn waiting<'a>(scene: &Scene, all: impl Iterator<Item = &'a str> + Clone) -> BTreeMap<&'a str, Timestamp> {
    let mut latest = BTreeMap::new();
    for zone in all.clone() {
        shows(scene, zone, "Live", if zone == "f7-first" { AT_ODDS } else { "" }).await;
    }
    for zone in all.clone() {
        let created = scene.create(job_in(zone)).await.metadata.creation_timestamp.unwrap().0;
        latest.insert(zone, created + DELAY);
    }
    for zone in all {
        assert_eq!(scene.planned(zone).await.reason, "WaitingForGreenerSlot", "{zone}");
    }
    latest
}

#[tokio::test(flavor = "multi_thread")]
async fn p9_a_provider_that_turns_bad_delays_no_waiting_job_past_its_rule() {
    let scene = Scene::new("turns-bad").await;
    let bad = turns_bad();
    let providers = providers(&bad).await;
    let other = Provider::start(values("f7-first", |i| json!(20 + i / 4))).await;
    let sources = providers.iter().map(|(zone, provider)| {
        let mut sources = vec![carbon_aware(zone, &provider.origin)];
        sources.extend((*zone == "f7-first").then(|| carbon_aware(zone, &other.origin)));
        (*zone, sources)
    });
    let sources: Vec<(&str, Vec<Value>)> = sources.collect();
    let allowed: Vec<&str> = providers
        .values()
        .chain([&other])
        .map(|provider| &*provider.origin)
        .collect();
    let allowed = allowed.join(",");
    let operator = scene.operator_named(
        "operator-turns-bad",
        &["--allow-loopback", "--allow-endpoint", &allowed],
    );
    scene.flat().await;
    let _zones = zones(&scene, &sources);
    let seconds = |duration: SignedDuration| format!("{}s", duration.as_secs());
    let policy = json!({"delay": {"max": seconds(DELAY)}, "forecast": {"maxAge": seconds(MOST_AGE)}});
    scene.enforce(policy).await;
    let latest = waiting(&scene, providers.keys().copied()).await;

    let turned = Timestamp::now();
    for (zone, says, ..) in &bad {
        providers[zone].turns(says.clone());
    }
    providers["f1-flaps"].turns(flapping(greener_later("f1-flaps")));
    for turn in &bad {
        starts_when_its_forecast_is_old(&scene, turn, turned, latest[turn.0]).await;
    }
    for zone in ODD {
        let released = scene.released(zone, Duration::from_secs(60)).await;
        assert!(released <= latest[zone], "{zone}: {released} is after {}", latest[zone]);
        // Whoever is lied to waits until the slot that always lies ahead lies behind its latest start.
        let soonest = if zone == "f8-liar" {
            latest[zone] - LIE
        } else {
            turned + MOST_AGE
        };
        assert!(released > soonest, "{zone}: {released} came too early, {soonest}");
        let plans = scene.observer.job(zone).plans.len();
        assert!(plans <= 8, "{zone}: {plans} plans were written");
    }
    let trusted = shows(&scene, "f7-first", "Live", AT_ODDS).await;
    assert!(
        trusted.value.unwrap().parse::<f64>().unwrap() > 500.0,
        "the first source counts"
    );
    let (reason, note) = scene.event_on_zone("f1-lost").await;
    assert_eq!(reason, "ForecastFellBack");
    assert!(
        note.contains("goes from Live to Cached") && note.contains("it answers 503"),
        "{note}"
    );
    is_unharmed(&operator);
    it_is_believed_again(&scene, &providers["f1-lost"]).await;
}

/// Not at once, since what it said before counts for a while, and well before the latest start.
async fn starts_when_its_forecast_is_old(scene: &Scene, turn: &Turn, turned: Timestamp, latest: Timestamp) {
    let (zone, _, level, words) = turn;
    let released = scene.released(zone, Duration::from_secs(60)).await;
    assert!(released <= turned + MOST_AGE + SLACK, "{zone}: {released}, {turned}");
    assert!(released <= latest, "{zone}: {released} is after {latest}");
    let done = scene.completed(zone, SOON).await;
    assert_eq!(plan(&done).unwrap().reason, "NoForecast", "{zone}");
    scene.event(zone, "NoForecast").await;
    shows(scene, zone, level, words).await;
}

/// F1: it is back, and so is waiting for its word.
async fn it_is_believed_again(scene: &Scene, lost: &Provider) {
    lost.turns(greener_later("f1-lost"));
    shows(scene, "f1-lost", "Live", "").await;
    scene
        .create(job_in("f1-lost").set("/metadata/name", json!("again")))
        .await;
    assert_eq!(scene.planned("again").await.reason, "WaitingForGreenerSlot");
}
