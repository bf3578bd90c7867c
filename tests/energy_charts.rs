//! Energy-Charts, against a server that speaks its wire format, errors included.

#![expect(clippy::unwrap_used, reason = "a test fails by panicking, its helpers too")]

use std::collections::BTreeMap;
use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::time::Duration;

use alize::grid::{self, Board, Outcome, Settings, SourceKind, SourceSpec, Texts};
use alize::planner::{Certainty, Level};
use alize::units::{Basis, Clock, Signal, SystemClock, ZoneName};
use axum::Router;
use axum::extract::Query;
use axum::http::{HeaderMap, StatusCode, header};
use axum::response::{IntoResponse, Response};
use axum::routing::get;
use jiff::SignedDuration;
use serde_json::json;
use tokio::sync::Notify;
use tokio::task::JoinSet;
use tokio_util::sync::CancellationToken;

/// The service as it answers for each country of ours.
async fn answer(Query(query): Query<BTreeMap<String, String>>) -> Response {
    let first = SystemClock.now().as_second() / 900 * 900;
    let times: Vec<i64> = (0..8).map(|i| first + i * 900).collect();
    match query["country"].as_str() {
        "es" => axum::Json(json!({
            "unix_seconds": times,
            "ren_share": [58.3, 104.1, 60.0, 61.0, null, 63.0, 64.0, null],
            "solar_share": times.iter().map(|_| 12.5).collect::<Vec<_>>(),
            "wind_onshore_share": times.iter().map(|_| 30.1).collect::<Vec<_>>(),
            "wind_offshore_share": times.iter().map(|_| None::<f64>).collect::<Vec<_>>(),
            "substitute": false,
            "deprecated": false,
        }))
        .into_response(),
        "pt" => axum::Json(json!({"unix_seconds": times, "ren_share": times.iter().map(|_| 40.0).collect::<Vec<_>>(), "substitute": true, "deprecated": false})).into_response(),
        "fr" => (StatusCode::TOO_MANY_REQUESTS, HeaderMap::from_iter([(header::RETRY_AFTER, "7".parse().unwrap())])).into_response(),
        "de" => (StatusCode::INTERNAL_SERVER_ERROR, "<html>oops</html>").into_response(),
        "it" => axum::Json(json!({"unix_seconds": times, "ren_share": [1.0]})).into_response(),
        "be" => "<html>maintenance</html>".into_response(),
        "at" => vec![b' '; 5 << 20].into_response(),
        "ch" => (StatusCode::FOUND, [(header::LOCATION, "http://127.0.0.1:1/ren_share_forecast")]).into_response(),
        other => (StatusCode::UNPROCESSABLE_ENTITY, axum::Json(json!({"detail": [{"loc": ["query", "country"], "msg": format!("unknown country {other}"), "type": "value_error"}]}))).into_response(),
    }
}

struct Stub {
    origin: String,
    _tasks: JoinSet<()>,
}

impl Stub {
    async fn start() -> Self {
        let _ = rustls::crypto::aws_lc_rs::default_provider().install_default();
        let listener = tokio::net::TcpListener::bind("127.0.0.1:0").await.unwrap();
        let origin = format!("http://{}", listener.local_addr().unwrap());
        let router = Router::new().route("/ren_share_forecast", get(answer));
        let mut tasks = JoinSet::new();
        tasks.spawn(async move { axum::serve(listener, router).await.unwrap() });
        Self { origin, _tasks: tasks }
    }

    /// A board that has asked for this country once, and what that brought.
    async fn ask(&self, country: &str) -> (Arc<Board>, Outcome) {
        let outcome = Arc::new(std::sync::Mutex::new(None));
        let (heard, said) = (outcome.clone(), Arc::new(Notify::new()));
        let on_fetch = {
            let said = said.clone();
            move |fetched: grid::Fetched| {
                heard.lock().unwrap().get_or_insert(fetched.outcome);
                said.notify_one();
            }
        };
        let settings = Settings {
            allowed_endpoints: vec![self.origin.clone()],
            user_agent: "test".into(),
            ..Settings::default()
        };
        let board = Arc::new(
            Board::new(
                settings,
                Arc::new(SystemClock),
                Arc::new(Texts::default()),
                Arc::new(on_fetch),
            )
            .unwrap(),
        );
        let spec = SourceSpec {
            signal: Signal::RenewableShare,
            basis: Basis::Unstated,
            refresh: Some(SignedDuration::from_mins(15)),
            kind: SourceKind::EnergyCharts {
                country: country.into(),
                endpoint: Some(self.origin.clone()),
            },
        };
        board.set_zones(BTreeMap::from([("z".into(), vec![spec])]));
        let stop = CancellationToken::new();
        let run = grid::run(board.clone(), Arc::new(Notify::new()), stop.clone());
        let wait = async {
            tokio::time::timeout(Duration::from_secs(20), said.notified())
                .await
                .unwrap();
            // The answer is on the board once the loop waits for the next one.
            tokio::time::sleep(Duration::from_millis(50)).await;
            stop.cancel();
        };
        tokio::join!(run, wait);
        let outcome = outcome.lock().unwrap().unwrap();
        (board, outcome)
    }
}

fn report(board: &Board) -> grid::SignalReport {
    board.report(&ZoneName::from("z"), SystemClock.now()).pop().unwrap()
}

#[tokio::test]
async fn a_forecast_is_read_with_its_gaps_and_its_shares_beyond_all() {
    let (board, outcome) = Stub::start().await.ask("es").await;
    assert_eq!(outcome, Outcome::Ok);
    let report = report(&board);
    assert_eq!(
        (report.level, report.certainty, report.value),
        (Level::Live, Some(Certainty::Published), Some(0.583))
    );
    // Known until the first gap, an hour from the first slot.
    let ahead = report.horizon.unwrap().duration_since(SystemClock.now());
    assert!(
        ahead > SignedDuration::from_mins(44) && ahead <= SignedDuration::from_mins(60),
        "{ahead:?}"
    );
}

#[tokio::test]
async fn what_the_service_fills_from_history_is_called_an_estimate() {
    let (board, _) = Stub::start().await.ask("pt").await;
    assert_eq!(report(&board).certainty, Some(Certainty::Estimated));
}

#[tokio::test]
async fn every_failure_is_named_and_nothing_is_made_up() {
    let stub = Stub::start().await;
    let cases = [
        ("xx", Outcome::Refused, "unknown country xx"),
        ("de", Outcome::Refused, "500"),
        ("fr", Outcome::Throttled, "fewer requests"),
        ("it", Outcome::Invalid, "8 times but 1 values"),
        ("be", Outcome::Invalid, "not what it was"),
        ("at", Outcome::Invalid, "more than 4194304 bytes"),
        ("ch", Outcome::Refused, "302"),
    ];
    for (country, expected, words) in cases {
        let (board, outcome) = stub.ask(country).await;
        assert_eq!(outcome, expected, "{country}");
        let report = report(&board);
        assert_eq!((report.level, report.value), (Level::None, None), "{country}");
        let message = report.message.unwrap();
        assert!(message.contains(words), "{country}: {message}");
    }
}

#[tokio::test]
async fn a_server_that_is_not_there_is_said_to_be_unreachable() {
    let mut stub = Stub::start().await;
    stub.origin = "http://127.0.0.1:1".into();
    let (board, outcome) = stub.ask("es").await;
    assert_eq!(outcome, Outcome::Unreachable);
    assert!(report(&board).message.unwrap().contains("asking Energy-Charts for es"));
}

#[tokio::test]
async fn a_source_is_asked_at_its_own_pace_and_not_at_every_change_of_the_zones() {
    let asked = Arc::new(AtomicUsize::new(0));
    let count = asked.clone();
    let on_fetch = move |_| {
        count.fetch_add(1, Ordering::Relaxed);
    };
    let board = Board::new(
        Settings::default(),
        Arc::new(SystemClock),
        Arc::new(Texts::default()),
        Arc::new(on_fetch),
    )
    .unwrap();
    let board = Arc::new(board);
    let constant = |value| SourceSpec {
        signal: Signal::CarbonIntensity,
        basis: Basis::Direct,
        refresh: None,
        kind: SourceKind::Constant(value),
    };
    let stop = CancellationToken::new();
    let run = grid::run(board.clone(), Arc::new(Notify::new()), stop.clone());
    let drive = async {
        for extra in 0..3 {
            let mut sources = vec![constant(500.0)];
            sources.extend((0..extra).map(|i| constant(f64::from(i))));
            board.set_zones(BTreeMap::from([("z".into(), sources)]));
            tokio::time::sleep(Duration::from_millis(100)).await;
        }
        stop.cancel();
    };
    tokio::join!(run, drive);
    assert_eq!(asked.load(Ordering::Relaxed), 3, "each of the three sources once");
    assert_eq!(report(&board).level, Level::Constant);
}
