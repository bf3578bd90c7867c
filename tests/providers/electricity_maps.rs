//! Electricity Maps.

use alize::grid::{ElectricityMaps, Outcome, SourceKind};
use alize::planner::{Certainty, Level};
use alize::units::{Basis, Signal};
use axum::response::Response;
use jiff::SignedDuration;
use serde_json::{Value, json};

use super::stub::{Asked, HTML, Says, Stub, fails, good, refuses, says};
use super::world::{At, CANARY, now, secret, shown, source, step, told as told_by, usual, world};

const INTENSITY: Signal = Signal::CarbonIntensity;

pub const AT: At = |origin| {
    SourceKind::ElectricityMaps(ElectricityMaps {
        zone: "MA".into(),
        horizon_hours: 24,
        secret: secret(),
        endpoint: Some(origin),
    })
};

/// N+1 points: the hours from this one, and the one at the end.
fn hours(field: &str, value: impl Fn(i64) -> Value) -> Vec<Value> {
    let row = |hour| json!({"datetime": format!("{:.3}", step(60, hour)), field: value(hour)});
    (0..=24).map(row).collect()
}

fn intensity() -> Value {
    let rows = hours("carbonIntensity", |hour| json!(566 + hour));
    json!({"zone": "MA", "temporalGranularity": "hourly", "updatedAt": format!("{:.3}", now()), "forecast": rows})
}

/// Of a share each row says whether it is an estimate; of an intensity none does.
fn share() -> Value {
    let mut rows = hours("value", |hour| if hour == 0 { json!("61.2") } else { json!(104) });
    for row in &mut rows {
        row["isEstimated"] = json!(false);
    }
    json!({"zone": "MA", "unit": "%", "updatedAt": format!("{:.3}", now()), "data": rows})
}

/// As the service behaves: a key first, then a known zone.
pub fn v4(asked: &Asked) -> Response {
    if asked.header("auth-token") != CANARY {
        return refuses(401, json!({"message": "Invalid auth-token", "status": 401}).to_string());
    }
    // Without it, a wrong zone would be answered for wherever we are.
    assert_eq!(asked.parameter("disableCallerLookup"), "true");
    match (asked.path(), asked.parameter("zone")) {
        ("/v4/carbon-intensity/forecast", "MA") => good(&intensity()),
        ("/v4/renewable-energy/forecast", "MA") => good(&share()),
        _ => refuses(404, json!({"error": "Zone 'XX' does not exist"}).to_string()),
    }
}

/// A gateway that only has the older version.
fn v3(asked: &Asked) -> Response {
    match asked.path() {
        "/v3/carbon-intensity/forecast" => {
            assert_eq!(asked.parameter("shouldUseFallbackCallerLookup"), "false");
            good(&intensity())
        }
        // The mix is forecast for a day and for nothing else.
        "/v3/power-breakdown/forecast" if asked.parameter("horizonHours") == "24" => {
            let rows = hours("renewablePercentage", |_| json!(20));
            good(&json!({"zone": "MA", "updatedAt": format!("{:.3}", now()), "forecast": rows}))
        }
        _ => refuses(404, json!({"error": "not found"}).to_string()),
    }
}

async fn told(says: Says) -> (String, Outcome) {
    // The same to the second question, for v3.
    told_by(INTENSITY, AT, |_| refuses(404, ""), vec![says]).await
}

#[tokio::test]
async fn intensity_and_share_come_by_the_hour_and_the_last_point_is_an_hour_too() {
    let (world, report, stub) = usual(INTENSITY, AT, v4).await;
    assert_eq!((report.value, report.level), (Some(566.0), Level::Live));
    assert_eq!(
        (report.certainty, report.basis),
        (Some(Certainty::Estimated), Some(Basis::LifeCycle))
    );
    assert_eq!(report.horizon, Some(step(60, 25)));
    assert_eq!(world.series(INTENSITY).points.len(), 25);
    assert_eq!(stub.asked()[0].parameter("horizonHours"), "24");
    let (world, report, _) = usual(Signal::RenewableShare, AT, v4).await;
    assert_eq!(
        (report.value, report.certainty),
        (Some(0.612), Some(Certainty::Published))
    );
    assert_eq!(world.series(Signal::RenewableShare).at(step(60, 3)), Some(1.04));
}

#[tokio::test]
async fn direct_emissions_are_not_forecast_and_nobody_is_asked_for_them() {
    let stub = Stub::start(v4, vec![]).await;
    let mut spec = source(INTENSITY, AT(stub.origin.clone()));
    spec.basis = Basis::Direct;
    let world = world(&stub.origin, vec![spec]);
    let message = world.after(1).await.message.unwrap();
    assert!(
        message.contains("counts emissions as LifeCycle, not as Direct"),
        "{message}"
    );
    assert_eq!((stub.asked().len(), world.outcomes()[0]), (0, Outcome::Blocked));
}

#[tokio::test]
async fn the_time_of_the_question_is_not_that_of_the_answer() {
    let stub = Stub::start(v4, vec![]).await;
    let world = world(&stub.origin, vec![source(INTENSITY, AT(stub.origin.clone()))]);
    let first = world.after(1).await.issued_at;
    let again = world.after(2).await.issued_at;
    assert!(first.is_some() && first == again, "nothing in it has changed");
}

#[tokio::test]
async fn where_v4_is_not_served_v3_is_asked() {
    let (_, report, stub) = usual(INTENSITY, AT, v3).await;
    assert_eq!(report.value, Some(566.0));
    let paths: Vec<_> = stub.asked().iter().map(|asked| asked.path().to_owned()).collect();
    assert_eq!(
        paths,
        ["/v4/carbon-intensity/forecast", "/v3/carbon-intensity/forecast"]
    );
    let (_, report, _) = usual(Signal::RenewableShare, AT, v3).await;
    assert_eq!(report.value, Some(0.2));
}

#[tokio::test]
async fn a_401_is_told_apart_by_what_stands_behind_it() {
    use Outcome::{NoData, Refused, Throttled, Unauthorized};
    for (status, body, outcome, words) in [
        (
            401,
            r#"{"error":"Invalid auth-token secret"}"#,
            Unauthorized,
            "check the key in the Secret",
        ),
        (
            401,
            r#"{"error":"Request unauthorized for zoneKey=MA,requestType=forecast"}"#,
            Refused,
            "check the zone, and what the plan includes",
        ),
        (401, "Endpoint not available", Refused, "no forecast"),
        (
            401,
            r#"{"error":"Too many concurrent requests"}"#,
            Throttled,
            "fewer requests",
        ),
        (403, "<html>secret", Unauthorized, "proxy"),
        (
            404,
            r#"{"error":"No recent data for zone \"MA\""}"#,
            NoData,
            "asked again later",
        ),
    ] {
        // Refused by v4, it is refused by v3 in the same words.
        let says = vec![fails(status, &[], body), fails(status, &[], body)];
        let (world, report, _) = shown(INTENSITY, AT, |_| refuses(404, ""), says).await;
        let message = report.message.unwrap();
        assert_eq!(world.outcomes(), [outcome], "{body}: {message}");
        assert!(
            message.contains(words) && !message.contains("secret"),
            "{body}: {message}"
        );
    }
}

#[tokio::test]
async fn an_answer_for_another_zone_or_in_another_unit_or_of_nulls_is_none() {
    use Outcome::{Invalid, NoData, Refused};
    let with = |edit: fn(&mut Value)| {
        says(move || {
            let mut body = intensity();
            edit(&mut body);
            good(&body)
        })
    };
    for (says, outcome, words) in [
        (with(|body| body["zone"] = json!("FR")), Refused, "another zone"),
        (with(|body| body["forecast"] = json!([])), NoData, "asked again later"),
        (
            with(|body| body["forecast"] = hours("carbonIntensity", |_| Value::Null).into()),
            NoData,
            "no data",
        ),
        (
            with(|body| body["forecast"][3]["carbonIntensity"] = json!(57_100)),
            Invalid,
            "gCO2e/kWh",
        ),
        (
            with(|body| body["forecast"][3]["carbonIntensity"] = json!(-4)),
            Invalid,
            "gCO2e/kWh",
        ),
        (
            with(|body| body["forecast"][3]["datetime"] = body["forecast"][2]["datetime"].clone()),
            Invalid,
            "after its start",
        ),
        (fails(200, &[HTML], "<html>secret"), Invalid, "web page"),
        (
            fails(502, &[HTML], "<html>secret"),
            Outcome::Unreachable,
            "asked again soon",
        ),
    ] {
        let (message, counted) = told(says).await;
        assert_eq!(counted, outcome, "{message}");
        assert!(message.contains(words), "{words}: {message}");
    }
}

#[tokio::test]
async fn an_hour_that_is_null_is_unknown_and_an_estimate_is_called_so() {
    let body = || {
        let mut body = share();
        body["data"][2]["value"] = Value::Null;
        body["data"][5]["isEstimated"] = json!(true);
        good(&body)
    };
    let (world, report, _) = shown(Signal::RenewableShare, AT, v4, vec![says(body)]).await;
    assert_eq!(report.certainty, Some(Certainty::Estimated));
    assert_eq!(report.horizon, Some(step(60, 2)));
    assert_eq!(
        world
            .series(Signal::RenewableShare)
            .at(step(60, 2) + SignedDuration::from_mins(5)),
        None
    );
}

#[tokio::test]
async fn steps_are_as_long_as_they_come_whatever_the_plan_allows() {
    for minutes in [5, 15, 60] {
        let body = move || {
            let row = |i| json!({"datetime": format!("{:.3}", step(minutes, i)), "carbonIntensity": 566});
            let rows: Vec<Value> = (0..=24).map(row).collect();
            good(&json!({"zone": "MA", "updatedAt": format!("{:.3}", now()), "forecast": rows}))
        };
        let (world, report, _) = shown(INTENSITY, AT, v4, vec![says(body)]).await;
        assert_eq!(report.horizon, Some(step(minutes, 25)));
        assert_eq!(
            world.series(INTENSITY).resolution(),
            Some(SignedDuration::from_mins(minutes))
        );
    }
}

type Edit = fn(&mut Value);

fn rows(body: &mut Value) -> &mut Vec<Value> {
    body["forecast"].as_array_mut().unwrap()
}

#[tokio::test]
async fn the_hour_that_is_known_lasts_an_hour_whatever_is_missing_after_it_and_in_whichever_order_hours_come() {
    let edits: [(Edit, usize); 4] = [
        (|body| drop(rows(body).remove(1)), 24),
        (
            |body| drop((body["temporalGranularity"].take(), rows(body).remove(1))),
            24,
        ),
        (|body| rows(body).truncate(1), 1),
        (|body| rows(body).reverse(), 25),
    ];
    for (edit, slots) in edits {
        let says = says(move || {
            let mut body = intensity();
            edit(&mut body);
            good(&body)
        });
        let (world, report, _) = shown(INTENSITY, AT, v4, vec![says]).await;
        let points = world.series(INTENSITY).points;
        assert_eq!(points.len(), slots, "{report:?}");
        assert_eq!((points[0].slot.start, points[0].slot.end), (step(60, 0), step(60, 1)));
    }
}

#[tokio::test]
async fn a_new_key_is_used_at_once() {
    let stub = Stub::start(v4, vec![]).await;
    let world = world(&stub.origin, vec![source(INTENSITY, AT(stub.origin.clone()))]);
    let good = alize::grid::Token::new(CANARY);
    world
        .secrets
        .set("keys", [("token".into(), alize::grid::Token::new("an old one"))].into());
    assert!(world.after(1).await.message.unwrap().contains("check the key"));
    world.secrets.set("keys", [("token".into(), good)].into());
    let report = world.after(2).await;
    assert_eq!(
        (report.value, report.message),
        (Some(566.0), None),
        "it would be an hour otherwise"
    );
}

#[tokio::test]
async fn without_its_secret_nobody_is_asked() {
    let stub = Stub::start(v4, vec![]).await;
    let world = world(&stub.origin, vec![source(INTENSITY, AT(stub.origin.clone()))]);
    world.secrets.remove("keys");
    let message = world.after(1).await.message.unwrap();
    assert!(
        message.contains("Secret keys") && message.contains("create it"),
        "{message}"
    );
    assert_eq!((stub.asked().len(), world.outcomes()[0]), (0, Outcome::Unauthorized));
}
