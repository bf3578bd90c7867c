//! The WebApi of a Carbon Aware SDK.

use alize::grid::{CarbonAware, Outcome, SourceKind};
use alize::planner::Level;
use alize::units::{Basis, Signal};
use axum::response::Response;
use serde_json::{Value, json};

use super::stub::{Asked, HTML, Says, Stub, fails, good, refuses, says};
use super::world::{At, now, shown, source, step, told as told_by, usual, world};

const INTENSITY: Signal = Signal::CarbonIntensity;

pub const AT: At = |origin| {
    SourceKind::CarbonAware(CarbonAware {
        location: "WestEurope".into(),
        endpoint: origin,
    })
};

fn body() -> Value {
    // A region of the source behind it is called otherwise than what is asked for.
    let row = |i| json!({"location": "NL", "timestamp": step(5, i), "duration": 5, "value": 214.9});
    let rows: Vec<Value> = (0..288).map(row).collect();
    json!([{"generatedAt": now(), "requestedAt": now(), "location": "westeurope", "windowSize": 5,
        "optimalDataPoints": [rows[9]], "forecastData": rows}])
}

pub fn sdk(asked: &Asked) -> Response {
    match (asked.path(), asked.parameter("location")) {
        ("/emissions/forecasts/current", "WestEurope") => good(&body()),
        _ => refuses(400, json!({"title": "secret", "status": 400}).to_string()),
    }
}

#[tokio::test]
async fn its_five_minutes_are_read_and_the_zone_says_what_they_count() {
    let (world, report, _) = usual(INTENSITY, AT, sdk).await;
    assert_eq!((report.value, report.level), (Some(214.9), Level::Live));
    assert_eq!(report.horizon, Some(step(5, 288)));
    assert_eq!(world.series(INTENSITY).basis, Basis::Unstated);
    let stub = Stub::start(sdk, vec![]).await;
    let mut spec = source(Signal::MarginalIntensity, AT(stub.origin.clone()));
    spec.basis = Basis::Direct;
    let report = super::world::world(&stub.origin, vec![spec]).after(1).await;
    assert_eq!(
        (report.signal, report.basis),
        (Signal::MarginalIntensity, Some(Basis::Direct))
    );
}

#[tokio::test]
async fn its_errors_are_told_apart() {
    use Outcome::{Invalid, NoData, Refused, Unreachable};
    let elsewhere: Says = says(|| good(&json!([{"location": "mars", "forecastData": []}])));
    for (says, outcome, words) in [
        (fails(204, &[], ""), NoData, "asked again later"),
        (fails(200, &[], "[]"), NoData, "no data"),
        (elsewhere, NoData, "no data"),
        (fails(400, &[], r#"{"title":"secret"}"#), Refused, "location"),
        (
            fails(400, &[], r#"{"detail":"ForecastDataSource is not configured secret"}"#),
            Refused,
            "no forecasts",
        ),
        (
            fails(400, &[], r#"{"detail":"Sequence contains no elements secret"}"#),
            NoData,
            "no data",
        ),
        (fails(403, &[], r#"{"title":"secret"}"#), Refused, "key or plan"),
        (fails(402, &[], r#"{"title":"secret"}"#), Refused, "plan"),
        (fails(501, &[], r#"{"title":"secret"}"#), Refused, "no forecasts"),
        (fails(500, &[], r#"{"title":"secret"}"#), Unreachable, "soon"),
        (fails(200, &[HTML], "<html>secret"), Invalid, "web page"),
        (
            fails(
                200,
                &[],
                r#"[{"forecastData":[{"timestamp":"2026-11-20T10:00:00","duration":5}]}]"#,
            ),
            Invalid,
            "line 1",
        ),
        (
            fails(
                200,
                &[],
                r#"[{"forecastData":[{"timestamp":"2026-11-20T10:00:00Z","duration":5,"value":1e308}]}]"#,
            ),
            Invalid,
            "the value 1e308 at",
        ),
    ] {
        let (message, counted) = told_by(INTENSITY, AT, sdk, vec![says]).await;
        assert_eq!(counted, outcome, "{message}");
        assert!(message.contains(words), "{words}: {message}");
    }
}

#[tokio::test]
async fn a_zero_that_stands_for_an_error_is_still_a_value_but_a_slot_without_length_is_not() {
    let broken = || {
        let mut body = body();
        body[0]["forecastData"][3]["duration"] = json!(0);
        good(&body)
    };
    let (message, counted) = told_by(INTENSITY, AT, sdk, vec![says(broken)]).await;
    assert_eq!(counted, Outcome::Invalid);
    assert!(message.contains("after its start"), "{message}");
    let stub = Stub::start(sdk, vec![]).await;
    let unlisted = world(
        "http://other.example:80",
        vec![source(INTENSITY, AT(stub.origin.clone()))],
    );
    assert!(unlisted.after(1).await.message.unwrap().contains("--allow-endpoint"));
}

#[tokio::test]
async fn a_null_is_unknown_and_never_zero() {
    let partial = || {
        let mut body = body();
        body[0]["forecastData"][4]["value"] = Value::Null;
        good(&body)
    };
    let (world, report, _) = shown(INTENSITY, AT, sdk, vec![says(partial)]).await;
    assert_eq!(report.horizon, Some(step(5, 4)));
    assert_eq!(world.series(INTENSITY).points.len(), 287);
}

#[tokio::test]
async fn a_byte_order_mark_before_the_answer_is_passed_over() {
    let marked = |_: &Asked| refuses(200, format!("\u{feff}{}", body()));
    let (_, report, _) = usual(INTENSITY, AT, marked).await;
    assert_eq!((report.value, report.level), (Some(214.9), Level::Live));
}
