//! The faults of providers, F1 to F6 of the catalogue, from the start: a forecast that is of no use delays nobody, nothing
//! crashes, memory stays bounded, and the zone says what is wrong (P9).

use std::collections::BTreeMap;

use axum::http::StatusCode;
use axum::response::{Html, IntoResponse};
use jiff::{SignedDuration, Timestamp};
use serde_json::{Value, json};

use super::fault_zones::{carbon_aware, is_unharmed, job_in, memory, shows, zones};
use super::provider::{
    Provider, Says, always, bomb, cut, dripping, endless, forecast, greener_later, refuses, rows, says, values,
};
use super::scene::{SOON, Scene, is_held, plan};

/// Kilobytes that answers of any size may cost: four at a time, of at most 8 MiB packed and 8 MiB unpacked, in buffers that have
/// grown by doubling.
const MOST_GROWTH: u64 = 128 << 10;

/// A zone, what its provider says, and how the zone puts it.
type Fault = (&'static str, Says, &'static str);

/// F1, F6: it does not serve us.
fn refusals() -> Vec<Fault> {
    vec![
        ("f1-down", refuses(503, &[]), "it answers 503"),
        ("f1-cut", always(|| cut("[{".into())), "it is asked again soon"),
        ("f6-unpaid", refuses(402, &[]), "it wants to be paid"),
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

/// F2: what comes can not be read.
fn bodies() -> Vec<Fault> {
    let text = |text: String| always(move || text.clone().into_response());
    let brotli = always(|| ([("content-encoding", "br")], "[]").into_response());
    vec![
        ("f2-drip", dripping(), "timed out"),
        ("f2-endless", endless(), "it sends more than"),
        ("f2-bomb", bomb(), "unpacks to more than"),
        ("f2-brotli", brotli, "packs its answer in a way"),
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
    ]
}

/// F3: what can be read is no forecast. Were it one, it would be worth waiting for.
fn series() -> Vec<Fault> {
    let falls = |i: i64| json!(900 - i);
    let ahead = |zone, issued: SignedDuration, start: i64| {
        says(move || forecast(zone, Timestamp::now() + issued, &rows(start, 200, falls)))
    };
    let contradicts = || {
        let mut rows = rows(0, 20, |i| json!(900 - i));
        let mut other = rows[3].clone();
        other["value"] = json!(1);
        rows.push(other);
        forecast("f3-contradicts", Timestamp::now(), &rows)
    };
    vec![
        ("f3-null", values("f3-null", |_| Value::Null), "no data"),
        ("f3-huge", values("f3-huge", |_| json!(1e308)), "1e308 at"),
        ("f3-minus", values("f3-minus", |_| json!(-5)), "is not an intensity"),
        ("f3-elsewhere", values("somewhere", falls), "no data"),
        ("f3-over", ahead("f3-over", SignedDuration::ZERO, -900), "ended at"),
        (
            "f3-future",
            ahead("f3-future", SignedDuration::from_hours(1), 0),
            "in the future",
        ),
        ("f3-contradicts", says(contradicts), "give each instant one value"),
    ]
}

/// All zones of the test, and who stands behind them.
#[derive(Default)]
struct Cast {
    providers: BTreeMap<&'static str, Provider>,
    sources: Vec<(&'static str, Vec<Value>)>,
    /// How each zone that is of no use puts it.
    words: Vec<(&'static str, &'static str)>,
    allowed: Vec<String>,
}

impl Cast {
    async fn serves(&mut self, (zone, says, words): Fault) {
        let provider = Provider::start(says).await;
        self.lies_at(zone, &provider.origin, words);
        self.providers.insert(zone, provider);
    }

    fn lies_at(&mut self, zone: &'static str, origin: &str, words: &'static str) {
        self.sources.push((zone, vec![carbon_aware(zone, origin)]));
        self.words.push((zone, words));
        self.allowed.push(origin.to_owned());
    }

    /// Two zones that name one source, and it is a good one.
    async fn share(&mut self, pair: [&'static str; 2]) {
        let good = Provider::start(greener_later("good")).await;
        let mut source = carbon_aware("good", &good.origin);
        source["refresh"] = json!("10m");
        self.sources.extend(pair.map(|zone| (zone, vec![source.clone()])));
        self.allowed.push(good.origin.clone());
        self.providers.insert("good", good);
    }

    /// F4: the way to another server. F5: a certificate of nobody, no TLS, no such name, a name of this machine, not on the list.
    async fn lead_astray(&mut self, stranger: &str, elsewhere: &str) {
        let there = elsewhere.to_owned();
        let redirect = always(move || (StatusCode::FOUND, [("location", there.clone())]).into_response());
        self.serves(("f4-redirect", redirect, "name its new origin")).await;
        let port = elsewhere.rsplit_once(':').unwrap().1;
        self.lies_at("f1-gone", "http://127.0.0.1:1", "network policies");
        self.lies_at("f5-stranger", stranger, "certificate");
        self.lies_at("f5-plain", &elsewhere.replace("http:", "https:"), "corrupt message");
        self.lies_at("f5-nowhere", &format!("http://nowhere.invalid:{port}"), "dns error");
        self.lies_at(
            "f5-rebound",
            &format!("http://localhost:{port}"),
            "no permitted address",
        );
        self.lies_at("f5-unlisted", "http://127.0.0.1:2", "not on the list");
        self.allowed.pop();
    }

    fn asked(&self, zone: &str) -> usize {
        self.providers[zone].asked().len()
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn p9_a_provider_that_is_of_no_use_delays_nobody_and_the_zone_says_why() {
    let scene = Scene::new("of-no-use").await;
    let mut cast = Cast::default();
    for fault in refusals().into_iter().chain(bodies()).chain(series()) {
        cast.serves(fault).await;
    }
    let elsewhere = Provider::start(greener_later("f4-redirect")).await;
    cast.lead_astray(&scene.stage.cluster.server, &elsewhere.origin).await;
    let pair = ["good", "good-too"];
    cast.share(pair).await;
    let allowed = cast.allowed.join(",");
    let operator = scene.operator_named(
        "operator-of-no-use",
        &["--allow-loopback", "--allow-endpoint", &allowed],
    );
    let before = memory(&operator, "VmRSS:");
    scene.flat().await;
    let _zones = zones(&scene, &cast.sources);
    scene.enforce(json!({})).await;
    for zone in pair {
        shows(&scene, zone, "Live", "").await;
        scene.create(job_in(zone)).await;
        assert_eq!(scene.planned(zone).await.reason, "WaitingForGreenerSlot");
    }
    all_start_at_once(&scene, &cast.words).await;

    all_is_counted(&operator.get("/metrics").unwrap().1, &cast.words);
    assert_eq!(elsewhere.asked().len(), 0, "a redirect led somewhere");
    for zone in ["f6-later", "f6-date", "f6-unpaid", "f6-forbidden"] {
        assert_eq!(cast.asked(zone), 1, "{zone} was asked again");
    }
    assert_eq!(cast.asked("good"), 1, "one answer serves both zones");
    for zone in pair {
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

/// A job in each of these zones may wait for ten minutes, and does not wait at all.
async fn all_start_at_once(scene: &Scene, expected: &[(&str, &str)]) {
    for (zone, _) in expected {
        scene.create(job_in(zone)).await;
    }
    for (zone, words) in expected {
        scene.released(zone, SOON).await;
        let done = scene.completed(zone, SOON).await;
        assert_eq!(plan(&done).unwrap().reason, "NoForecast", "{zone}");
        scene.event(zone, "NoForecast").await;
        shows(scene, zone, "None", words).await;
    }
}

fn all_is_counted(metrics: &str, expected: &[(&str, &str)]) {
    for (zone, _) in expected {
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
        let count = metrics
            .lines()
            .find_map(|l| l.strip_prefix(&line)?.trim().parse::<u64>().ok());
        assert!(count.is_some_and(|count| count > 0), "{line} in {metrics}");
    }
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
