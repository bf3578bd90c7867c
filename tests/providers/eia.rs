//! The Energy Information Administration.

use alize::grid::{Eia, Outcome, SourceKind};
use alize::planner::Level;
use alize::units::Signal;
use axum::response::Response;
use serde_json::{Value, json};

use super::stub::{Asked, HTML, fails, good, refuses, says};
use super::world::{At, CANARY, saved, secret, shown, step};

const SHARE: Signal = Signal::RenewableShare;

pub const AT: At = |origin| {
    SourceKind::Eia(Eia {
        respondent: "CISO".into(),
        secret: secret(),
        endpoint: Some(origin),
    })
};

/// An hour by its end, with text for numbers.
fn hour(period: &str, amounts: &[(&str, &str)]) -> Vec<Value> {
    let row = |(fuel, value): &(&str, &str)| {
        json!({"period": period, "respondent": "CISO", "respondent-name": "California Independent System Operator",
            "fueltype": fuel, "type-name": "a", "value": value, "value-units": "megawatthours"})
    };
    amounts.iter().map(row).collect()
}

fn body(rows: &[Value]) -> Value {
    json!({"response": {"total": rows.len().to_string(), "dateFormat": "YYYY-MM-DD\"T\"HH24", "frequency": "hourly",
        "data": rows}, "apiVersion": "2.1.10"})
}

const SUNNY: [(&str, &str); 3] = [("SUN", "600"), ("NG", "400"), ("WAT", "-50")];

pub fn eia(asked: &Asked) -> Response {
    if asked.parameter("api_key") != CANARY {
        return refuses(
            403,
            json!({"error": {"code": "API_KEY_INVALID", "message": "secret"}}).to_string(),
        );
    }
    assert_eq!(asked.path(), "/v2/electricity/rto/fuel-type-data/data/");
    assert_eq!(
        asked.parameter("data[]"),
        "value",
        "without it, rows come without values"
    );
    assert_eq!(asked.parameter("length"), "5000");
    if asked.parameter("facets[respondent][]") != "CISO" {
        return good(&body(&[]));
    }
    let period = |hour| step(60, hour).strftime("%Y-%m-%dT%H").to_string();
    good(&body(
        &(-48..=-1)
            .flat_map(|ago| hour(&period(ago), &SUNNY))
            .collect::<Vec<_>>(),
    ))
}

async fn asked(answers: Vec<super::stub::Says>) -> (String, Outcome) {
    let (world, report, _) = shown(SHARE, AT, eia, answers).await;
    assert_eq!(report.level, Level::None, "it never says what will be");
    (report.message.unwrap(), world.outcomes()[0])
}

#[tokio::test]
async fn it_says_what_was_which_is_no_fault() {
    let (message, outcome) = asked(vec![]).await;
    assert_eq!(outcome, Outcome::Ok, "{message}");
    assert!(message.contains("says nothing of the days to come"), "{message}");
}

#[tokio::test]
async fn its_errors_are_told_apart() {
    use Outcome::{Invalid, NoData, Refused, Throttled, Unauthorized};
    let key = |code: &str| json!({"error": {"code": code, "message": "secret"}}).to_string();
    for (says, outcome, words) in [
        (fails(403, &[], key("API_KEY_INVALID")), Unauthorized, "check the key"),
        (fails(403, &[], key("OVER_RATE_LIMIT")), Throttled, "fewer requests"),
        (fails(429, &[], ""), Throttled, "fewer requests"),
        (
            fails(400, &[], r#"{"error":"secret","code":400}"#),
            Refused,
            "balancing authority",
        ),
        (fails(200, &[], body(&[]).to_string()), NoData, "no data"),
        (fails(200, &[], "{}"), NoData, "no data"),
        (fails(200, &[], r#"{"response":{}}"#), NoData, "no data"),
        (fails(200, &[HTML], "<html>secret"), Invalid, "web page"),
    ] {
        let (message, counted) = asked(vec![says]).await;
        assert_eq!(counted, outcome, "{message}");
        assert!(
            message.contains(words) && !message.contains("secret"),
            "{words}: {message}"
        );
    }
}

fn read(signal: Signal, rows: &[Value]) -> Vec<(String, f64)> {
    let bodies = [body(rows).to_string()];
    let points = saved(signal, AT("http://127.0.0.1:1".into()), &bodies, "2026-11-20T18:00:00Z").unwrap();
    points
        .iter()
        .map(|point| (point.slot.start.to_string(), point.value))
        .collect()
}

#[test]
fn a_period_is_the_hour_that_ends_then_and_pumped_water_is_no_generation() {
    let rows = hour("2026-11-20T10", &SUNNY);
    assert_eq!(read(SHARE, &rows), [("2026-11-20T09:00:00Z".into(), 0.6)]);
    let grams = read(Signal::CarbonIntensity, &rows)[0].1;
    assert!((grams - (0.6 * 45.0 + 0.4 * 490.0)).abs() < 1e-9, "{grams}");
}

#[test]
fn an_hour_that_lacks_a_fuel_is_unknown_and_a_null_is_no_zero() {
    let mut rows = hour("2026-11-20T10", &SUNNY);
    rows.extend(hour("2026-11-20T11", &[("SUN", "600"), ("WAT", "0")]));
    rows.extend(hour("2026-11-20T12", &SUNNY));
    let mut nulls = hour("2026-11-20T13", &SUNNY);
    nulls[1]["value"] = Value::Null;
    rows.extend(nulls);
    rows.extend(hour("2026-11-20T14", &SUNNY));
    let starts: Vec<String> = read(SHARE, &rows).into_iter().map(|(start, _)| start).collect();
    assert_eq!(
        starts,
        ["2026-11-20T09:00:00Z", "2026-11-20T11:00:00Z", "2026-11-20T13:00:00Z"]
    );
}

#[test]
fn a_row_that_comes_twice_counts_once_and_those_of_another_authority_not_at_all() {
    let mut rows = hour("2026-11-20T10", &SUNNY);
    rows.push(rows[1].clone());
    let mut other = hour("2026-11-20T10", &[("SUN", "1")]);
    other[0]["respondent"] = json!("PJM");
    rows.extend(other);
    assert_eq!(read(SHARE, &rows), [("2026-11-20T09:00:00Z".into(), 0.6)]);
}

#[test]
fn batteries_that_are_filed_under_other_plants_are_storage() {
    let day = |evening: &[(&str, &str)]| {
        let mut rows = hour("2026-11-20T10", &[("SUN", "600"), ("NG", "300"), ("OTH", "-500")]);
        rows.extend(hour("2026-11-20T11", evening));
        read(SHARE, &rows)[1].1
    };
    let evening = [("SUN", "300"), ("NG", "300"), ("OTH", "600")];
    assert_eq!(day(&evening), 0.5, "what they give back was counted when it was made");
    // Where batteries have their own name, other plants are what they say.
    let mut named = evening.to_vec();
    named.push(("BAT", "10"));
    assert_eq!(day(&named), 0.25);
    let unknown = read(SHARE, &hour("2026-11-20T10", &evening))[0].1;
    assert_eq!(unknown, 0.25, "nothing says that they store");
}

#[tokio::test]
async fn two_values_for_one_fuel_of_one_hour_are_none() {
    let mut rows = hour("2026-11-20T10", &SUNNY);
    rows.extend(hour("2026-11-20T10", &[("SUN", "601")]));
    let (message, outcome) = asked(vec![says(move || good(&body(&rows)))]).await;
    assert_eq!(outcome, Outcome::Invalid);
    assert!(message.contains("one fuel of one hour twice"), "{message}");
}

/// A warning comes with whole answers too.
fn warned(mut body: Value) -> Value {
    body["response"]["warnings"] = json!([{"warning": "incomplete return", "description": "secret"}]);
    body
}

#[tokio::test]
async fn half_an_answer_is_none() {
    let mut cut = warned(body(&hour("2026-11-20T10", &SUNNY)));
    cut["response"]["total"] = json!("4");
    let (message, outcome) = asked(vec![says(move || good(&cut))]).await;
    assert_eq!(outcome, Outcome::Invalid);
    assert!(
        message.contains("left out rows") && !message.contains("secret"),
        "{message}"
    );
}

#[tokio::test]
async fn a_whole_answer_with_a_warning_is_read() {
    let period = step(60, -1).strftime("%Y-%m-%dT%H").to_string();
    let whole = warned(body(&hour(&period, &SUNNY)));
    let (message, outcome) = asked(vec![says(move || good(&whole))]).await;
    assert_eq!(outcome, Outcome::Ok, "{message}");
}

#[test]
fn where_no_total_is_given_an_answer_as_long_as_one_may_be_is_half_of_one() {
    let read = |rows: usize| {
        let rows: Vec<Value> = (0..rows)
            .flat_map(|row| {
                let end = step(60, row as i64 - 5_000);
                hour(&end.strftime("%Y-%m-%dT%H").to_string(), &[("SUN", "600")])
            })
            .collect();
        let mut body = body(&rows);
        body["response"]["total"] = Value::Null;
        let now = step(60, 0).to_string();
        saved(SHARE, AT("http://127.0.0.1:1".into()), &[body.to_string()], &now)
    };
    assert!(read(4_999).is_ok());
    assert!(read(5_000).unwrap_err().contains("left out rows"));
}
