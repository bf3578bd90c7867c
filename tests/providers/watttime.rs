//! WattTime.

use std::sync::atomic::{AtomicUsize, Ordering};

use alize::grid::{Outcome, SourceKind, WattTime};
use alize::planner::Level;
use alize::units::{Basis, Signal};
use axum::response::Response;
use serde_json::{Value, json};

use super::stub::{Asked, HTML, Stub, fails, good, refuses, says};
use super::world::{At, CANARY, now, shown, source, step, told, usual, world, zone};

const MARGINAL: Signal = Signal::MarginalIntensity;

pub const AT: At = |origin| {
    SourceKind::WattTime(WattTime {
        region: "CAISO_NORTH".into(),
        secret: "login".into(),
        endpoint: Some(origin),
    })
};

/// The Basic credentials of `canary-7f3a91:canary-7f3a91`.
const BASIC: &str = "Basic Y2FuYXJ5LTdmM2E5MTpjYW5hcnktN2YzYTkx";
pub const SESSION: &str = "eyJ.canary-7f3a91.sig";

fn body(kind: &str) -> Value {
    // Where two chunks meet, the point comes twice.
    let starts = (0..288).chain([287]);
    let row = |i| json!({"point_time": step(5, i).strftime("%Y-%m-%dT%H:%M:%S+00:00").to_string(), "value": 870.4});
    let rows: Vec<Value> = starts.map(row).collect();
    json!({"data": rows, "meta": {"region": "CAISO_NORTH", "signal_type": kind, "units": "lbs_co2_per_mwh",
        "data_point_period_seconds": 300, "generated_at": now(), "warnings": [{"type": "NOTICE", "message": "synthetic"}]}})
}

pub fn watttime(asked: &Asked) -> Response {
    match asked.path() {
        "/login" if asked.header("authorization") == BASIC => good(&json!({"token": SESSION})),
        "/login" => fails(403, &[HTML], "<html>secret nginx")(),
        _ if asked.header("authorization") != format!("Bearer {SESSION}") => {
            fails(403, &[HTML], "<html>secret nginx")()
        }
        "/v3/forecast" => good(&body(asked.parameter("signal_type"))),
        _ => refuses(404, "{}"),
    }
}

#[tokio::test]
async fn pounds_a_megawatt_hour_become_grams_and_the_repeated_point_counts_once() {
    assert!(
        SESSION.contains(CANARY),
        "what a login gives is as secret as what it takes"
    );
    let (world, report, stub) = usual(MARGINAL, AT, watttime).await;
    let grams = report.value.unwrap();
    assert!((grams - 394.807).abs() < 1e-3, "{grams}");
    assert_eq!((report.level, report.basis), (Level::Live, Some(Basis::Direct)));
    assert_eq!(world.series(MARGINAL).points.len(), 288);
    assert_eq!(report.horizon, Some(step(5, 288)));
    assert_eq!(stub.asked().last().unwrap().parameter("signal_type"), "co2_moer");
    let (_, _, stub) = usual(Signal::CarbonIntensity, AT, watttime).await;
    assert_eq!(stub.asked().last().unwrap().parameter("signal_type"), "co2_aoer");
}

#[tokio::test]
async fn one_login_serves_many_requests_and_an_ended_session_is_renewed_once() {
    let stub = Stub::start(watttime, vec![]).await;
    let world = world(&stub.origin, vec![source(MARGINAL, AT(stub.origin.clone()))]);
    world.after(2).await;
    let logins = || stub.asked().iter().filter(|asked| asked.path() == "/login").count();
    assert_eq!(logins(), 1);
    stub.say(fails(401, &[], "secret"));
    assert_eq!(world.after(3).await.message, None);
    assert_eq!(logins(), 2);
}

#[tokio::test]
async fn a_token_that_no_header_can_hold_is_not_kept() {
    let stub = Stub::start(watttime, vec![fails(200, &[], r#"{"token":"two\nlines"}"#)]).await;
    let world = world(&stub.origin, vec![source(MARGINAL, AT(stub.origin.clone()))]);
    assert!(world.after(1).await.message.unwrap().contains("no token"));
    assert_eq!(world.after(3).await.level, Level::Live, "the next login gives another");
}

#[tokio::test]
async fn wrong_credentials_are_tried_once_and_not_in_a_loop() {
    static LOGINS: AtomicUsize = AtomicUsize::new(0);
    let refusing = |asked: &Asked| {
        assert_eq!(asked.path(), "/login");
        LOGINS.fetch_add(1, Ordering::SeqCst);
        fails(403, &[HTML], "<html>secret nginx")()
    };
    let (message, counted) = told(MARGINAL, AT, refusing, vec![]).await;
    assert_eq!(counted, Outcome::Unauthorized);
    assert!(message.contains("check the key in the Secret"), "{message}");
    assert_eq!(LOGINS.load(Ordering::SeqCst), 1);
}

#[tokio::test]
async fn a_plea_at_the_login_is_heard_by_every_source() {
    let busy = fails(429, &[("retry-after", "60")], "");
    let (world, _, stub) = shown(MARGINAL, AT, watttime, vec![busy]).await;
    let both = [MARGINAL, Signal::CarbonIntensity].map(|signal| source(signal, AT(stub.origin.clone())));
    world.board.set_zones([(zone(), both.to_vec())].into());
    world.after(2).await;
    assert_eq!(world.outcomes(), [Outcome::Throttled; 2]);
    assert_eq!(stub.asked().len(), 1, "nobody asks that origin meanwhile");
}

#[tokio::test]
async fn what_the_plan_or_the_map_lacks_is_no_matter_of_the_password() {
    use Outcome::{Invalid, NoData, Refused, Throttled};
    let login = || says(|| good(&json!({"token": SESSION})));
    let scope = r#"{"error":"Invalid query parameters","message":"Invalid scope secret"}"#;
    let pounds = || {
        says(|| {
            let mut body = body("co2_moer");
            body["meta"]["units"] = json!("kg_co2_per_mwh");
            good(&body)
        })
    };
    let elsewhere = || {
        says(|| {
            let mut body = body("co2_moer");
            body["meta"]["region"] = json!("PJM_DC");
            good(&body)
        })
    };
    let nulls = || {
        says(|| {
            let mut body = body("co2_moer");
            for row in body["data"].as_array_mut().unwrap() {
                row["value"] = Value::Null;
            }
            good(&body)
        })
    };
    for (answers, outcome, words) in [
        (vec![login(), fails(403, &[], scope)], Refused, "plan"),
        (
            vec![
                login(),
                fails(
                    404,
                    &[],
                    r#"{"error":"No coverage available for these coordinates and signal_type"}"#,
                ),
            ],
            Refused,
            "another source",
        ),
        (
            vec![login(), fails(429, &[("retry-after", "9")], "")],
            Throttled,
            "fewer requests",
        ),
        (vec![login(), fails(200, &[], r#"{"data":[]}"#)], NoData, "no data"),
        (vec![login(), pounds()], Invalid, "another unit"),
        (vec![login(), elsewhere()], Refused, "another region"),
        (vec![login(), nulls()], NoData, "no data"),
        (vec![fails(200, &[], r#"{"secret":1}"#)], Invalid, "no token"),
        (vec![fails(200, &[], r#"{"token":""}"#)], Invalid, "no token"),
    ] {
        let (message, counted) = told(MARGINAL, AT, watttime, answers).await;
        assert_eq!(counted, outcome, "{message}");
        assert!(message.contains(words), "{words}: {message}");
    }
}
