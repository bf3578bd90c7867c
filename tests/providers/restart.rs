//! A restart while a provider is down.

use alize::grid::{CarbonAware, FORECASTS, Outcome, SourceKind};
use alize::planner::Level;
use alize::units::Signal;
use serde_json::json;

use super::stub::{Stub, fails, good};
use super::world::{CANARY, now, source, step, world};

const INTENSITY: Signal = Signal::CarbonIntensity;

#[tokio::test]
async fn p9_the_last_good_series_outlives_the_process_and_the_provider() {
    let stub = Stub::start(
        |_| {
            let row = |i| json!({"timestamp": step(5, i), "duration": 5, "value": 214.9});
            let rows: Vec<_> = (0..288).map(row).collect();
            good(&json!([{"generatedAt": now(), "location": "a", "forecastData": rows}]))
        },
        vec![],
    )
    .await;
    let kind = SourceKind::CarbonAware(CarbonAware {
        location: "a".into(),
        endpoint: stub.origin.clone(),
    });
    let before = world(&stub.origin, vec![source(INTENSITY, kind.clone())]);
    let issued_at = before.after(1).await.issued_at;
    let memory = before.board.memory(now());
    assert!(memory.len() < 4000 && !memory.contains(CANARY), "{memory}");
    drop(before);

    stub.say(fails(502, &[], ""));
    let after = world(&stub.origin, vec![source(INTENSITY, kind)]);
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
