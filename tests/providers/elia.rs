//! Elia.

use alize::grid::{Elia, Outcome, SourceKind};
use alize::planner::{Band, Certainty, Level};
use alize::units::Signal;
use axum::response::Response;
use serde_json::{Value, json};

use super::stub::{Asked, HTML, fails, good, refuses, says};
use super::world::{At, shown, step, told, usual};

const SHARE: Signal = Signal::RenewableShare;

pub const AT: At = |origin| SourceKind::Elia(Elia { endpoint: Some(origin) });

fn rows(quarters: i64, parts: &[f64]) -> Vec<Value> {
    let row = |(i, (part, power)): (i64, (usize, &f64))| {
        let shore = ["Offshore", "Onshore"][part];
        json!({"datetime": step(15, i), "resolutioncode": "PT15M", "offshoreonshore": shore, "region": "a", "realtime": null,
            "mostrecentforecast": power, "mostrecentconfidence10": power - 100.0, "mostrecentconfidence90": power + 100.0})
    };
    (0..quarters)
        .flat_map(|i| parts.iter().enumerate().map(move |part| row((i, part))))
        .collect()
}

pub fn elia(asked: &Asked) -> Response {
    let dataset = asked.path().trim_start_matches("/api/explore/v2.1/catalog/datasets/");
    assert!(asked.parameter("where").starts_with("datetime >= date'20"), "{asked:?}");
    match dataset {
        // Wind has no row for the country: sea and land add up.
        "ods086/exports/json" => good(&rows(500, &[1500.0, 500.0]).into()),
        "ods087/exports/json" if asked.parameter("where").ends_with("region = 'Belgium'") => {
            good(&rows(500, &[1000.0]).into())
        }
        "ods002/exports/json" => good(&rows(380, &[10_000.0]).into()),
        _ => refuses(404, "secret"),
    }
}

#[tokio::test]
async fn wind_and_sun_over_load_with_their_bands() {
    let (world, report, stub) = usual(SHARE, AT, elia).await;
    assert_eq!((report.value, report.level), (Some(0.3), Level::Live));
    assert_eq!(report.certainty, Some(Certainty::Estimated));
    assert_eq!(report.horizon, Some(step(15, 380)), "load ends first");
    assert_eq!(stub.asked().len(), 3);
    let band = world.series(SHARE).points[0].band.unwrap();
    assert_eq!(band, Band { p10: 0.27, p90: 0.33 }, "three parts that err together");
}

#[tokio::test]
async fn a_quarter_that_lacks_a_part_of_the_wind_is_unknown() {
    let partial = says(|| {
        let mut rows = rows(500, &[1500.0, 500.0]);
        rows.remove(9);
        rows[20]["mostrecentforecast"] = Value::Null;
        good(&rows.into())
    });
    let (world, report, _) = shown(SHARE, AT, elia, vec![partial]).await;
    assert_eq!(report.horizon, Some(step(15, 4)));
    assert_eq!(world.series(SHARE).points.len(), 378);
}

#[tokio::test]
async fn two_values_for_one_part_of_the_wind_make_its_quarter_unknown_and_no_other() {
    let contradiction = says(|| {
        let mut rows = rows(500, &[1500.0, 500.0]);
        let mut other = rows[8].clone();
        other["mostrecentforecast"] = json!(1400.0);
        rows.insert(9, other);
        good(&rows.into())
    });
    let (world, report, _) = shown(SHARE, AT, elia, vec![contradiction]).await;
    assert_eq!(report.horizon, Some(step(15, 4)));
    assert_eq!(world.series(SHARE).points.len(), 379);
}

#[tokio::test]
async fn on_a_windy_night_the_share_is_more_than_all_of_the_load() {
    let windy = says(|| good(&rows(500, &[8000.0, 3000.0]).into()));
    let (_, report, _) = shown(SHARE, AT, elia, vec![windy]).await;
    assert_eq!((report.value, report.level), (Some(1.2), Level::Live));
}

#[tokio::test]
async fn whichever_of_its_datasets_fails_nothing_is_made_of_the_others() {
    let usual = || says(|| good(&rows(500, &[1000.0]).into()));
    for before in 0..3 {
        let mut answers: Vec<_> = (0..before).map(|_| usual()).collect();
        answers.push(fails(500, &[], "secret"));
        let (world, report, _) = shown(SHARE, AT, elia, answers).await;
        assert_eq!((report.value, world.outcomes()[0]), (None, Outcome::Unreachable));
    }
}

#[tokio::test]
async fn its_known_troubles_are_named() {
    use Outcome::{Invalid, NoData, Refused, Throttled};
    for (says, outcome, words) in [
        (fails(200, &[], "[]"), NoData, "no data"),
        (
            fails(429, &[], r#"{"error_code":"secret"}"#),
            Throttled,
            "fewer requests",
        ),
        (fails(400, &[], r#"{"error_code":"ODSQLError"}"#), Refused, "endpoint"),
        (fails(200, &[HTML], "<html>secret"), Invalid, "web page"),
        (
            fails(200, &[], r#"{"total_count":0,"results":[]}"#),
            Invalid,
            "not a forecast",
        ),
    ] {
        let (message, counted) = told(SHARE, AT, elia, vec![says]).await;
        assert_eq!(counted, outcome, "{message}");
        assert!(message.contains(words), "{words}: {message}");
    }
}
