//! Prometheus.

use alize::grid::{Outcome, Prometheus, SourceKind, Unit};
use alize::planner::Level;
use alize::units::Signal;
use axum::response::Response;
use jiff::SignedDuration;
use serde_json::{Value, json};

use super::stub::{Asked, HTML, Says, fails, good, refuses, says};
use super::world::{At, CANARY, now, saved, secret, shown, step, told, usual};

const SHARE: Signal = Signal::RenewableShare;

pub const AT: At = |origin| at("grid_renewable_percent", Unit::Percent, origin);

fn at(query: &str, unit: Unit, origin: String) -> SourceKind {
    SourceKind::Prometheus(Prometheus {
        query: query.into(),
        step: SignedDuration::from_hours(1),
        unit,
        endpoint: origin,
        secret: None,
        tenant: None,
    })
}

fn matrix(result: &Value) -> Value {
    json!({"status": "success", "data": {"resultType": "matrix", "result": result}, "infos": ["w"]})
}

/// A forecast: a series a slot, each with some samples, the newest of which counts.
fn slots() -> Value {
    let second = now().as_second();
    let series = |hour| {
        let start = step(60, hour);
        json!({"metric": {"__name__": "grid_renewable_percent", "slot_start": start},
            "values": [[second - 7200, "5"], [second - 60, format!("{}", 31 + hour)], [second, "NaN"]]})
    };
    (0..24).map(series).collect()
}

/// The answer to both questions.
pub fn forecast() -> Value {
    matrix(&slots())
}

pub fn prometheus(asked: &Asked) -> Response {
    let second = |name| asked.parameter(name).parse::<i64>().unwrap();
    assert_eq!(asked.path(), "/api/v1/query_range");
    assert!((second("end") - second("start")) / second("step") < 11_000, "{asked:?}");
    // The newest samples, or those that fall on the starts of slots.
    let is_recent = second("step") == 300 && second("end") - second("start") == 3600;
    let is_past = second("start") % second("step") == 0 && asked.parameter("limit") == "2";
    assert!(is_recent || is_past, "{asked:?}");
    match asked.parameter("query") {
        "grid_renewable_percent" => good(&forecast()),
        "ahead" => {
            let series = |hour: i64| json!({"metric": {"horizon": format!("PT{hour}H")}, "values": [[step(60, 0).as_second(), "0.418"]]});
            good(&matrix(&(0..24).map(series).collect()))
        }
        _ => refuses(
            400,
            json!({"status": "error", "errorType": "bad_data", "error": "secret"}).to_string(),
        ),
    }
}

#[tokio::test]
async fn a_series_a_slot_is_a_forecast_in_the_unit_that_the_zone_names() {
    let (world, report, _) = usual(SHARE, AT, prometheus).await;
    assert_eq!((report.value, report.level), (Some(0.31), Level::Live));
    assert_eq!(report.horizon, Some(step(60, 24)));
    assert_eq!(world.series(SHARE).at(step(60, 2)), Some(0.33));
    let ahead: At = |origin| at("ahead", Unit::KilogramsPerKilowattHour, origin);
    let (_, report, _) = usual(Signal::CarbonIntensity, ahead, prometheus).await;
    assert_eq!((report.value, report.horizon), (Some(418.0), Some(step(60, 24))));
}

/// As Mimir and Thanos are served: below a path, to whoever has a token and says whose metrics.
fn behind_a_gateway(asked: &Asked) -> Response {
    if asked.header("authorization") != format!("Bearer {CANARY}") {
        return refuses(401, "unauthorized");
    }
    if asked.header("x-scope-orgid") != "green|grid" {
        return refuses(401, "no org id");
    }
    assert_eq!(asked.path(), "/prometheus/api/v1/query_range");
    good(&forecast())
}

#[tokio::test]
async fn it_may_be_served_below_a_path_to_whoever_has_a_token_and_says_whose_metrics() {
    let gateway: At = |origin| {
        SourceKind::Prometheus(Prometheus {
            query: "grid_renewable_percent".into(),
            step: SignedDuration::from_hours(1),
            unit: Unit::Percent,
            endpoint: format!("{origin}/prometheus/"),
            secret: Some(secret()),
            tenant: Some("green|grid".into()),
        })
    };
    let (_, report, _) = usual(SHARE, gateway, behind_a_gateway).await;
    assert_eq!((report.value, report.level), (Some(0.31), Level::Live));
    let (message, counted) = told(SHARE, gateway, behind_a_gateway, vec![fails(401, &[], "secret")]).await;
    assert_eq!(counted, Outcome::Unauthorized);
    assert!(message.contains("check the key in the Secret"), "{message}");
}

/// The same answer to the questions for all samples and for the newest.
fn twice(body: Value) -> Vec<Says> {
    let again = body.clone();
    vec![says(move || good(&body)), says(move || good(&again))]
}

#[tokio::test]
async fn the_newest_sample_of_a_slot_counts_however_long_slots_are() {
    let long: At = |origin| {
        SourceKind::Prometheus(Prometheus {
            query: "long".into(),
            step: SignedDuration::from_hours(6),
            unit: Unit::Percent,
            endpoint: origin,
            secret: None,
            tenant: None,
        })
    };
    // At the start of the slot it was 5 %, half an hour ago 40 %.
    let sampled = |asked: &Asked| {
        let (at, value) = match asked.parameter("step") {
            "300" => (now().as_second() - 1800, "40"),
            _ => (asked.parameter("end").parse().unwrap(), "5"),
        };
        let series = |slot| json!({"metric": {"slot_start": step(360, slot)}, "values": [[at, value]]});
        good(&matrix(&(0..8).map(series).collect()))
    };
    let (_, report, _) = usual(SHARE, long, sampled).await;
    assert_eq!((report.value, report.horizon), (Some(0.4), Some(step(360, 8))));
}

#[tokio::test]
async fn what_was_measured_is_no_forecast_and_no_fault() {
    let first = step(60, -48).as_second();
    // The server evaluates at the end that it is asked for too: the beginning of the hour that lasts.
    let values: Vec<Value> = (0..=48).map(|hour| json!([first + hour * 3600, "31"])).collect();
    let measured = matrix(&json!([{"metric": {}, "values": values}]));
    let (world, report, _) = shown(SHARE, AT, prometheus, twice(measured)).await;
    assert_eq!((report.level, world.outcomes()[0]), (Level::None, Outcome::Ok));
    assert!(report.message.unwrap().contains("says nothing of the days to come"));
}

/// Of the past only two series are asked for: where there are more, it warns that the rest is left out.
fn cut_off(asked: &Asked) -> Response {
    let is_cut_off = asked.parameter("step") != "300";
    warned(is_cut_off.then_some("secret"))
}

/// As Prometheus 2.53 says what it says elsewhere later.
fn with_a_hint(_: &Asked) -> Response {
    warned(Some("PromQL info: metric might not be a counter"))
}

/// As a Thanos that misses a store.
fn without_a_store(_: &Asked) -> Response {
    warned(Some("secret"))
}

fn warned(warning: Option<&str>) -> Response {
    let mut body = forecast();
    body["warnings"] = warning.map_or(Value::Null, |warning| json!([warning]));
    good(&body)
}

#[tokio::test]
async fn a_forecast_that_comes_with_a_warning_counts_and_is_weak() {
    usual(SHARE, AT, cut_off).await;
    usual(SHARE, AT, with_a_hint).await;
    let (_, report, _) = shown(SHARE, AT, without_a_store, vec![]).await;
    assert_eq!((report.value, report.level), (Some(0.31), Level::Live));
    let message = report.message.unwrap_or_default();
    assert!(
        message.contains("answers with a warning") && !message.contains("secret"),
        "{message}"
    );
}

#[tokio::test]
async fn its_errors_are_told_apart() {
    use Outcome::{Blocked, Invalid, NoData, Refused, Unreachable};
    let two = json!([{"metric": {"a": "1"}, "values": []}, {"metric": {"a": "2"}, "values": []}]);
    let mut mixed = slots();
    mixed[3]["metric"] = json!({"instance": "secret"});
    let metric = json!({"slot_start": step(60, 1)});
    let old = json!([{"metric": metric, "values": [[now().as_second() - 7200, "31"]]}]);
    let zone = |zone, value| json!({"metric": {"slot_start": step(60, 1), "zone": zone}, "values": [[now().as_second(), value]]});
    let zones = json!([zone("secret", "80"), zone("MA", "30")]);
    let sparse =
        |hour: i64| json!({"metric": {"slot_start": step(60, 2 * hour)}, "values": [[now().as_second(), "30"]]});
    let sparse: Value = (0..9).map(sparse).collect();
    let named = json!([{"metric": {"slot_start": "secret"}, "values": [[now().as_second(), "1"]]}]);
    let twice = |result: &Value| twice(matrix(result));
    for (says, outcome, words) in [
        (twice(&json!([])), NoData, "gives no series"),
        (twice(&two), Invalid, "several series"),
        (twice(&mixed), Invalid, "one kind"),
        (twice(&old), NoData, "older than an hour"),
        (twice(&sparse), Invalid, "write step: 2h"),
        (
            vec![says(|| good(&json!({"status": "error", "error": "secret"})))],
            Refused,
            "try the query",
        ),
        (twice(&named), Invalid, "slot_start"),
        (twice(&zones), Invalid, "gives two values for the slot"),
        (vec![fails(400, &[], "secret")], Refused, "try it in Prometheus"),
        (vec![fails(422, &[], "secret")], Refused, "try it in Prometheus"),
        (vec![fails(503, &[], "secret")], Unreachable, "soon"),
        (vec![fails(401, &[HTML], "<html>secret")], Refused, "login"),
        (vec![fails(401, &[], "secret")], Refused, "name its bearer token"),
        (vec![fails(401, &[], "no org id")], Refused, "name the tenant"),
        (vec![fails(404, &[], "404 page not found")], Refused, "path"),
        (vec![fails(200, &[HTML], "<html>secret")], Invalid, "web page"),
    ] {
        let (message, counted) = told(SHARE, AT, prometheus, says).await;
        assert_eq!(counted, outcome, "{message}");
        assert!(message.contains(words), "{words}: {message}");
    }
    let wrong: At = |origin| at("grid_renewable_percent", Unit::GramsPerKilowattHour, origin);
    let (message, counted) = told(SHARE, wrong, prometheus, vec![]).await;
    assert_eq!(counted, Blocked);
    assert!(message.contains("write the unit"), "{message}");
}

#[test]
fn pounds_and_missing_samples_are_what_they_are() {
    let body = matrix(
        &json!([{"metric": {}, "values": [[1_795_168_800, "1000"], [1_795_172_400, "+Inf"], [1_795_176_000, "0"]]}]),
    );
    let kind = at("q", Unit::PoundsPerMegawattHour, "http://127.0.0.1:1".into());
    let points = saved(
        Signal::CarbonIntensity,
        kind,
        &[body.to_string(), body.to_string()],
        "2026-11-20T13:00:00Z",
    )
    .unwrap();
    let values: Vec<f64> = points.iter().map(|point| (point.value * 100.0).round()).collect();
    assert_eq!(values, [45_359.0, 0.0]);
}
