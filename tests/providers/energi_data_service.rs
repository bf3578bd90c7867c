//! Energi Data Service.

use alize::grid::{EnergiDataService, Outcome, SourceKind};
use alize::planner::Level;
use alize::units::{Basis, Signal};
use axum::response::Response;
use jiff::Timestamp;
use serde_json::{Value, json};

use super::stub::{Asked, HTML, fails, good, refuses, says};
use super::world::{At, saved, step, told, usual};

const INTENSITY: Signal = Signal::CarbonIntensity;

pub const AT: At = |origin| {
    SourceKind::EnergiDataService(EnergiDataService {
        price_area: "DK1".into(),
        endpoint: Some(origin),
    })
};

/// What starts from the slot `first` on.
fn body_from(first: i64) -> Value {
    let stamp = |i| step(5, i).strftime("%Y-%m-%dT%H:%M:%S").to_string();
    let row = |i, area, grams| {
        json!({"Minutes5UTC": stamp(i), "Minutes5DK": "2026-11-20T11:00:00", "PriceArea": area,
        "CO2Emission": grams})
    };
    let rows: Vec<Value> = (first..108)
        .flat_map(|i| [row(i, "DK1", 84.0), row(i, "DK2", 12.0)])
        .collect();
    json!({"total": rows.len(), "limit": 0, "dataset": "CO2EmisProg", "records": rows})
}

fn body() -> Value {
    body_from(0)
}

pub fn denmark(asked: &Asked) -> Response {
    let is_right = asked.path() == "/dataset/CO2EmisProg"
        && asked.parameter("filter") == r#"{"PriceArea":["DK1"]}"#
        && asked.parameter("sort") == "Minutes5UTC ASC"
        && asked.parameter("limit") == "0";
    match asked.parameter("start") {
        // As the service does: what has started before that is left out.
        "now" if is_right => good(&body_from(1)),
        "now-PT65M" if is_right => good(&body()),
        _ => refuses(400, "secret"),
    }
}

#[tokio::test]
async fn its_times_are_utc_though_they_do_not_say_so_and_the_other_area_is_left_out() {
    let (world, report, _) = usual(INTENSITY, AT, denmark).await;
    assert_eq!((report.value, report.level), (Some(84.0), Level::Live));
    assert_eq!(report.basis, Some(Basis::Direct));
    assert_eq!(report.horizon, Some(step(5, 108)));
    assert_eq!(world.series(INTENSITY).points.len(), 108);
}

#[test]
fn the_hour_that_clocks_repeat_in_denmark_is_two_hours_and_a_null_is_unknown() {
    let row = |i: i64| {
        let second = "2026-10-24T23:30:00Z".parse::<Timestamp>().unwrap().as_second() + i * 300;
        let at = |second| {
            Timestamp::from_second(second)
                .unwrap()
                .strftime("%Y-%m-%dT%H:%M:%S")
                .to_string()
        };
        // Summer time ends at one o'clock UTC.
        let ahead = if i < 18 { 7200 } else { 3600 };
        json!({"Minutes5UTC": at(second), "Minutes5DK": at(second + ahead), "PriceArea": "DK1",
            "CO2Emission": if i == 20 { Value::Null } else { json!(84.0) }})
    };
    let rows: Vec<Value> = (0..36).map(row).collect();
    assert_eq!(rows[6]["Minutes5DK"], rows[18]["Minutes5DK"]);
    let body = json!({"records": rows}).to_string();
    let points = saved(
        INTENSITY,
        AT("http://127.0.0.1:1".into()),
        &[body],
        "2026-10-24T23:30:00Z",
    )
    .unwrap();
    assert_eq!(points.len(), 35);
    let gaps: Vec<String> = points
        .windows(2)
        .filter(|two| two[0].slot.end != two[1].slot.start)
        .map(|two| two[0].slot.end.to_string())
        .collect();
    assert_eq!(gaps, ["2026-10-25T01:10:00Z"], "the null, and nothing at one o'clock");
}

#[tokio::test]
async fn its_known_troubles_are_named() {
    use Outcome::{Invalid, NoData, Refused, Throttled};
    let twice = says(|| {
        let mut body = body();
        body["records"][2] = body["records"][0].clone();
        body["records"][2]["CO2Emission"] = json!(85.0);
        good(&body)
    });
    for (says, outcome, words) in [
        (fails(429, &[], "secret"), Throttled, "fewer requests"),
        (fails(200, &[], r#"{"total":0,"records":[]}"#), NoData, "no data"),
        (fails(400, &[], "secret"), Refused, "price area"),
        (fails(200, &[HTML], "<!doctype html>secret"), Invalid, "web page"),
        (
            fails(
                200,
                &[],
                r#"{"records":[{"Minutes5UTC":"secret","PriceArea":"DK1","CO2Emission":1}]}"#,
            ),
            Invalid,
            "a time that cannot be read",
        ),
        (twice, Invalid, "after its start"),
    ] {
        let (message, counted) = told(INTENSITY, AT, denmark, vec![says]).await;
        assert_eq!(counted, outcome, "{message}");
        assert!(message.contains(words), "{words}: {message}");
    }
}
