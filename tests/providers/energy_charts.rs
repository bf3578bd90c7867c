//! The client of Energy-Charts against a server that speaks its real wire format, and misbehaves in all the ways that servers do.

use std::time::Duration;

use alize::grid::{EnergyCharts, Outcome, SourceKind, SourceSpec};
use alize::planner::{Certainty, Level, Point};
use alize::units::{Clock, Signal, SystemClock, ZoneName};
use axum::http::StatusCode;
use axum::response::IntoResponse;
use jiff::{SignedDuration, Timestamp};
use serde_json::{Value, json};

use super::stub::{Asked, HTML, Headers, JSON, Says, Stub, dripping, fails, good, gzip, refuses, says};
use super::world::{At, saved, told as told_by, world, world_of, zone};

pub fn forecast(asked: &Asked) -> axum::response::Response {
    if asked.path() != "/ren_share_forecast" {
        return refuses(404, "");
    }
    match asked.parameter("country") {
        "de" | "es" | "fr" | "pt" => good(&body(false)),
        country => {
            let message = format!("unknown country {country}");
            let detail = json!([{"loc": ["query", "country"], "msg": message, "type": "value_error"}]);
            refuses(422, json!({ "detail": detail }).to_string())
        }
    }
}

/// A day and a half in quarters of an hour around now, the last hours not known yet.
fn body(substitute: bool) -> Value {
    let now = SystemClock.now().as_second();
    let first = now - now % 900 - 12 * 3600;
    let times: Vec<i64> = (0..144).map(|i| first + i * 900).collect();
    let share = |i| (i < 120).then_some(if i < 100 { 58.3 } else { 104.1 });
    let shares: Vec<Option<f64>> = (0..144).map(share).collect();
    json!({
        "unix_seconds": times, "ren_share": shares, "solar_share": shares, "wind_onshore_share": shares,
        "wind_offshore_share": vec![None::<f64>; 144], "substitute": substitute, "deprecated": false,
    })
}

fn source(country: &str, endpoint: &str) -> SourceSpec {
    super::world::source(
        Signal::RenewableShare,
        SourceKind::EnergyCharts(EnergyCharts {
            country: country.into(),
            endpoint: Some(endpoint.into()),
        }),
    )
}

async fn start(says: Vec<Says>) -> Stub {
    Stub::start(forecast, says).await
}

#[tokio::test]
async fn the_forecast_of_a_country_becomes_the_outlook_of_its_zone() {
    let stub = start(vec![]).await;
    let world = world(&stub.origin, vec![source("es", &stub.origin)]);
    let report = world.after(1).await;
    assert_eq!((report.value, report.level), (Some(0.583), Level::Live));
    assert_eq!(report.certainty, Some(Certainty::Published));
    assert_eq!(report.source, Some(format!("Energy-Charts es at {}", stub.origin)));
    assert_eq!(report.message, None);
    let ahead = report.horizon.unwrap().duration_since(SystemClock.now()).as_hours();
    assert!(
        (17..=18).contains(&ahead),
        "unknown hours at the end do not count: {ahead}"
    );
    let outlook = &world.board.outlooks(SystemClock.now())[&zone()];
    let later = SystemClock.now() + SignedDuration::from_hours(15);
    assert_eq!(outlook.renewable_share.series().unwrap().at(later), Some(1.041));
    let asked = stub.asked()[0].clone();
    assert_eq!(asked.uri, "/ren_share_forecast?country=es");
    assert_eq!(asked.header("user-agent"), concat!("alize/", env!("CARGO_PKG_VERSION")));
}

#[tokio::test]
async fn what_is_filled_in_from_history_is_called_an_estimate() {
    let stub = start(vec![says(|| good(&body(true)))]).await;
    let report = world(&stub.origin, vec![source("es", &stub.origin)]).after(1).await;
    assert_eq!(report.certainty, Some(Certainty::Estimated));
}

#[tokio::test]
async fn a_compressed_answer_is_read() {
    let stub = start(vec![says(|| gzip(body(false).to_string().as_bytes()))]).await;
    let report = world(&stub.origin, vec![source("es", &stub.origin)]).after(1).await;
    assert_eq!(report.value, Some(0.583));
}

#[tokio::test]
async fn a_country_that_it_does_not_know_is_named() {
    let stub = start(vec![]).await;
    let world = world(&stub.origin, vec![source("ma", &stub.origin)]);
    let message = world.after(1).await.message.unwrap();
    assert!(
        message.contains("\"ma\"") && message.contains("check the country"),
        "{message}"
    );
    assert_eq!(world.outcomes(), [Outcome::Refused]);
}

/// A good forecast with one thing changed.
fn but(edit: impl Fn(&mut Value) + Send + 'static) -> Says {
    says(move || {
        let mut body = body(false);
        edit(&mut body);
        good(&body)
    })
}

pub const AT: At = |origin| source("es", &origin).kind;

async fn told(says: Says) -> (String, Outcome) {
    told_by(Signal::RenewableShare, AT, forecast, vec![says]).await
}

#[tokio::test]
async fn every_error_is_counted_and_explained_and_its_body_never_repeated() {
    use Outcome::{Refused, Throttled, Unreachable};
    let cases: [(u16, Headers, Outcome, &str); 8] = [
        (204, &[], Refused, "204"),
        (302, &[("location", "http://127.0.0.1:1/")], Refused, "new origin"),
        (403, &[HTML], Refused, "login"),
        (404, &[JSON], Refused, "check the country"),
        (429, &[], Throttled, "fewer requests"),
        (502, &[HTML], Unreachable, "asked again soon"),
        (503, &[HTML], Unreachable, "503"),
        (503, &[("retry-after", "60")], Throttled, "fewer requests"),
    ];
    for (status, headers, outcome, words) in cases {
        let (message, counted) = told(fails(status, headers, "<html>secret")).await;
        assert_eq!(counted, outcome, "{status}: {message}");
        assert!(
            message.contains(words) && !message.contains("secret"),
            "{status}: {message}"
        );
    }
}

#[tokio::test]
async fn an_answer_that_is_no_forecast_is_thrown_away_whole_and_never_repeated() {
    let text = |text: &'static str| fails(200, &[JSON], text);
    let shares = |body: &mut Value, share: Value| body["ren_share"] = vec![share; 144].into();
    let cases: [(Says, &str); 12] = [
        (text("<!doctype html>secret"), "web page"),
        (text(r#"["secret"]"#), "not a forecast"),
        (text(r#"{"unix_seconds":["secret"#), "line 1"),
        (fails(200, &[("content-encoding", "gzip")], "secret"), "asking"),
        (says(|| "[".repeat(100_000).into_response()), "not a forecast"),
        (says(|| vec![b' '; 10 << 20].into_response()), "more than 8388608 bytes"),
        (says(|| gzip(&vec![b' '; 32 << 20])), "unpacks to more than"),
        (but(move |body| shares(body, json!(5_000))), "is not a renewable share"),
        (
            but(|body| body["ren_share"][0] = json!(1e308)),
            "is not a renewable share",
        ),
        (
            but(|body| drop(body["unix_seconds"].as_array_mut().unwrap().pop())),
            "143 times but 144 shares",
        ),
        (
            but(|body| {
                body["unix_seconds"][7] = body["unix_seconds"][6].clone();
                body["ren_share"][7] = json!(58.4);
            }),
            "an end lies after its start",
        ),
        (
            but(|body| body["unix_seconds"] = (0..144).map(|i| i * 900).collect()),
            "nothing of the future",
        ),
    ];
    for (says, words) in cases {
        let (message, counted) = told(says).await;
        assert_eq!(counted, Outcome::Invalid, "{message}");
        assert!(
            message.contains(words) && !message.contains("secret"),
            "{words}: {message}"
        );
    }
    for nothing in [text("{}"), but(move |body| shares(body, Value::Null))] {
        let (message, counted) = told(nothing).await;
        assert_eq!(counted, Outcome::NoData, "{message}");
    }
}

/// What is read of shares in percent, by the number of their quarter of an hour after an instant.
fn quarters(from: &str, shares: impl IntoIterator<Item = (i64, f64)>) -> Vec<Point> {
    let first = from.parse::<Timestamp>().unwrap().as_second();
    let (places, shares): (Vec<i64>, Vec<f64>) = shares.into_iter().unzip();
    let times: Vec<i64> = places.iter().map(|place| first + place * 900).collect();
    let body = json!({"unix_seconds": times, "ren_share": shares, "substitute": false}).to_string();
    saved(Signal::RenewableShare, AT("http://127.0.0.1:1".into()), &[body], from).unwrap()
}

#[test]
fn local_days_of_23_and_25_hours_have_92_and_100_quarters_and_no_gap() {
    for (midnight, count) in [("2026-03-28T23:00:00Z", 92), ("2026-10-24T22:00:00Z", 100)] {
        let points = quarters(midnight, (0..count).map(|i| (i, 50.0)));
        assert_eq!(points.len(), count as usize);
        assert!(points.windows(2).all(|two| two[0].slot.end == two[1].slot.start));
    }
}

#[test]
fn a_quarter_that_comes_twice_counts_once_and_one_that_is_missing_is_unknown() {
    let noon = "2026-11-20T12:00:00Z";
    let flat = |places: &[i64]| quarters(noon, places.iter().map(|place| (*place, 50.0)));
    assert_eq!(flat(&[0, 1, 2, 2, 3]), flat(&[0, 1, 2, 3]));
    let missing = flat(&[0, 1, 2, 4, 5]);
    let quarter = SignedDuration::from_mins(15);
    assert!(missing.iter().all(|point| point.slot.length() == quarter));
    assert!(missing[2].slot.end < missing[3].slot.start);
}

#[test]
fn what_is_pumped_makes_a_share_negative_and_what_is_exported_more_than_all() {
    let points = quarters("2026-11-20T12:00:00Z", [(0, -2.5), (1, 0.0), (2, 104.1)]);
    let values: Vec<f64> = points.iter().map(|point| (point.value * 1000.0).round()).collect();
    assert_eq!(values, [-25.0, 0.0, 1041.0]);
}

#[tokio::test]
async fn after_a_fault_the_last_good_forecast_stays_and_the_next_one_is_soon_there() {
    let stub = start(vec![says(|| good(&body(false))), fails(502, &[], "")]).await;
    let world = world(&stub.origin, vec![source("es", &stub.origin)]);
    assert_eq!(world.after(1).await.message, None);
    let report = world.after(2).await;
    assert_eq!((report.value, report.level), (Some(0.583), Level::Live));
    assert!(report.message.unwrap().contains("502"));
    assert_eq!(world.after(3).await.message, None);
    assert_eq!(world.outcomes(), [Outcome::Ok, Outcome::Unreachable, Outcome::Ok]);
}

#[tokio::test]
async fn who_asks_for_fewer_requests_is_left_alone() {
    let stub = start(vec![fails(429, &[("retry-after", "3600")], "")]).await;
    let world = world(&stub.origin, vec![source("es", &stub.origin)]);
    world.run(tokio::time::sleep(Duration::from_millis(2500))).await;
    assert_eq!(stub.asked().len(), 1, "its own pace would be once a second");
}

#[tokio::test]
async fn a_redirect_is_not_followed() {
    let elsewhere = start(vec![]).await;
    let location = format!("{}/ren_share_forecast?country=es", elsewhere.origin);
    let redirect = says(move || (StatusCode::FOUND, [("location", location.clone())]).into_response());
    let stub = start(vec![redirect]).await;
    let world = world(&stub.origin, vec![source("es", &stub.origin)]);
    world.after(1).await;
    assert_eq!((stub.asked().len(), elsewhere.asked().len()), (1, 0));
}

#[tokio::test]
async fn an_endpoint_that_nobody_allowed_is_not_asked() {
    let stub = start(vec![]).await;
    let world = world("https://mirror.example.org", vec![source("es", &stub.origin)]);
    let message = world.after(1).await.message.unwrap();
    assert!(message.contains("not on the list of allowed endpoints"), "{message}");
    assert_eq!(world.outcomes(), [Outcome::Blocked]);
    assert_eq!(stub.asked().len(), 0);
}

#[tokio::test]
async fn it_serves_no_other_signal() {
    let stub = start(vec![]).await;
    let spec = SourceSpec {
        signal: Signal::CarbonIntensity,
        ..source("es", &stub.origin)
    };
    let message = world(&stub.origin, vec![spec]).after(1).await.message.unwrap();
    assert!(message.contains("RenewableShare only"), "{message}");
    assert_eq!(stub.asked().len(), 0);
}

#[tokio::test]
async fn zones_of_one_country_share_one_request() {
    let stub = start(vec![]).await;
    let world = world(&stub.origin, vec![]);
    let named = |name: &str| (ZoneName::from(name), vec![source("es", &stub.origin)]);
    world.board.set_zones([named("zone"), named("north")].into());
    world.after(1).await;
    assert_eq!(stub.asked().len(), 1);
    let outlooks = world.board.outlooks(SystemClock.now());
    assert!(outlooks.values().all(|zone| zone.renewable_share.series().is_some()));
}

#[tokio::test(start_paused = true)]
async fn who_drips_is_left_after_ten_seconds() {
    let (origin, _serving) = dripping(b"HTTP/1.1 200 OK\r\n").await;
    let world = world(&origin, vec![source("es", &origin)]);
    let begin = tokio::time::Instant::now();
    world.after(1).await;
    assert_eq!(world.outcomes(), [Outcome::Unreachable]);
    assert!(begin.elapsed() <= Duration::from_secs(12), "{:?}", begin.elapsed());
}

#[tokio::test]
async fn a_slow_service_keeps_no_other_waiting() {
    let (slow, _serving) = dripping(b"HTTP/1.1 200 OK\r\n").await;
    let stub = start(vec![]).await;
    let places: Vec<String> = (0..20).map(|number| format!("slow{number}")).collect();
    let mut sources: Vec<SourceSpec> = places.iter().map(|place| source(place, &slow)).collect();
    sources.push(source("es", &stub.origin));
    let world = world_of(&[&slow, &stub.origin], sources);
    world.after(1).await;
    assert_eq!(
        world.outcomes(),
        [Outcome::Ok],
        "it does not wait for the twenty before it"
    );
}
