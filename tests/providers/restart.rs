//! A restart while a provider is down, and a replica that stands by.

use std::time::Duration;

use alize::grid::{CarbonAware, FORECASTS, Outcome, SourceKind};
use alize::planner::Level;
use alize::units::Signal;
use axum::response::Response;
use serde_json::json;

use super::stub::{Stub, fails, good};
use super::world::{CANARY, now, source, step, world};

const INTENSITY: Signal = Signal::CarbonIntensity;

/// A day of one value.
fn day(value: f64) -> Response {
    let row = |i| json!({"timestamp": step(5, i), "duration": 5, "value": value});
    let rows: Vec<_> = (0..288).map(row).collect();
    good(&json!([{"generatedAt": now(), "location": "a", "forecastData": rows}]))
}

fn at(stub: &Stub) -> SourceKind {
    SourceKind::CarbonAware(CarbonAware {
        location: "a".into(),
        endpoint: stub.origin.clone(),
    })
}

#[tokio::test]
async fn p9_the_last_good_series_outlives_the_process_and_the_provider() {
    let stub = Stub::start(|_| day(214.9), vec![]).await;
    let before = world(&stub.origin, vec![source(INTENSITY, at(&stub))]);
    let issued_at = before.after(1).await.issued_at;
    let memory = before.board.memory(now());
    assert!(memory.len() < 4000 && !memory.contains(CANARY), "{memory}");
    drop(before);

    stub.say(fails(502, &[], ""));
    let after = world(&stub.origin, vec![source(INTENSITY, at(&stub))]);
    assert_eq!(after.report().value, None);
    let (name, key) = FORECASTS;
    after.texts.set(name, [(key.to_owned(), memory)].into());
    let report = after.after(1).await;
    assert_eq!(after.outcomes(), [Outcome::Unreachable]);
    assert_eq!(
        (report.value, report.level),
        (Some(214.9), Level::Live),
        "two of its paces are not over"
    );
    assert_eq!((report.issued_at, report.horizon), (issued_at, Some(step(5, 288))));
    assert!(report.message.unwrap().contains("502"));
}

#[tokio::test]
async fn a_replica_that_stands_by_asks_nobody_and_knows_what_the_leader_was_told() {
    let stub = Stub::start(|_| day(214.9), vec![Box::new(|| day(100.0))]).await;
    let [leader, standby] = [0, 1].map(|_| world(&stub.origin, vec![source(INTENSITY, at(&stub))]));
    standby.board.set_asking(false);
    let (name, key) = FORECASTS;
    for value in [100.0, 214.9] {
        let asked = stub.asked().len() + 1;
        leader.after(asked).await;
        let memory = leader.board.memory(now());
        standby.texts.set(name, [(key.to_owned(), memory)].into());
        standby.run(tokio::time::sleep(Duration::from_secs(2))).await;
        assert_eq!((standby.report().value, standby.outcomes()), (Some(value), vec![]));
        assert_eq!(stub.asked().len(), asked, "one replica asks");
    }
    standby.board.set_asking(true);
    standby.after(1).await;
    assert_eq!(standby.outcomes(), [Outcome::Ok], "a new leader asks at once");
}
