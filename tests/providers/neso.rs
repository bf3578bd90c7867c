//! NESO's Carbon Intensity API.

use alize::grid::{Neso, NesoPlace, Outcome, SourceKind};
use alize::planner::Level;
use alize::units::{Basis, Signal};
use axum::response::Response;
use jiff::Timestamp;
use serde_json::{Value, json};

use super::stub::{Asked, HTML, Stub, fails, good, refuses, says};
use super::world::{At, shown, source, step, told, usual, world};

const INTENSITY: Signal = Signal::CarbonIntensity;
const SHARE: Signal = Signal::RenewableShare;

pub const NATION: At = |origin| at(NesoPlace::Nation, origin);
const LONDON: At = |origin| at(NesoPlace::Region(13), origin);
const POSTCODE: At = |origin| at(NesoPlace::Postcode("EC1".into()), origin);

fn at(place: NesoPlace, origin: String) -> SourceKind {
    SourceKind::Neso(Neso {
        place,
        endpoint: Some(origin),
    })
}

fn minute(instant: Timestamp) -> String {
    instant.strftime("%Y-%m-%dT%H:%MZ").to_string()
}

/// So many half hours from this one on.
fn half_hours(count: i64, with_mix: bool) -> Vec<Value> {
    let row = |i| {
        let mut row = json!({"from": minute(step(30, i)), "to": minute(step(30, i + 1)),
            "intensity": {"forecast": 143 + i, "actual": null, "index": "moderate"}});
        if with_mix {
            row["generationmix"] = json!([{"fuel": "biomass", "perc": 3.1}, {"fuel": "coal", "perc": 0},
                {"fuel": "imports", "perc": 12.4}, {"fuel": "gas", "perc": 31.5}, {"fuel": "nuclear", "perc": 11},
                {"fuel": "other", "perc": 0}, {"fuel": "hydro", "perc": 0.4}, {"fuel": "solar", "perc": 6.6},
                {"fuel": "wind", "perc": 35}]);
        }
        row
    };
    (0..count).map(row).collect()
}

fn region(id: u32) -> Value {
    json!({"regionid": id, "shortname": "London", "postcode": "EC1", "data": half_hours(96, true)})
}

pub fn neso(asked: &Asked) -> Response {
    let parts: Vec<&str> = asked.path().trim_matches('/').split('/').collect();
    match parts[..] {
        ["intensity", _, "fw48h"] => good(&json!({"data": half_hours(96, false)})),
        ["regional", "intensity", _, "fw48h", "regionid", id] => good(&json!({"data": region(id.parse().unwrap())})),
        // As the documents have it: a list.
        ["regional", "intensity", _, "fw48h", "postcode", "EC1"] => good(&json!({"data": [region(13)]})),
        _ => refuses(
            400,
            json!({"error": {"code": "400 Bad Request", "message": "secret"}}).to_string(),
        ),
    }
}

#[tokio::test]
async fn the_nation_has_an_intensity_for_two_days_of_direct_emissions() {
    let (world, report, stub) = usual(INTENSITY, NATION, neso).await;
    assert_eq!((report.value, report.level), (Some(143.0), Level::Live));
    assert_eq!(report.basis, Some(Basis::Direct));
    assert_eq!(report.horizon, Some(step(30, 96)));
    assert_eq!(world.series(INTENSITY).points.len(), 96);
    assert!(stub.asked()[0].path().ends_with("Z/fw48h"), "{:?}", stub.asked());
}

#[tokio::test]
async fn both_signals_of_a_region_come_with_one_answer_each_time() {
    let stub = Stub::start(neso, vec![]).await;
    let both = [INTENSITY, SHARE].map(|signal| source(signal, LONDON(stub.origin.clone())));
    let world = world(&stub.origin, both.into());
    world.after(2).await;
    assert_eq!(stub.asked().len(), 1);
    world.after(6).await;
    assert_eq!(stub.asked().len(), 3);
    assert_eq!(world.series(INTENSITY).points.len(), world.series(SHARE).points.len());
}

#[tokio::test]
async fn a_region_has_a_mix_given_as_an_object_or_as_a_list() {
    for at in [LONDON, POSTCODE] {
        let (_, report, _) = usual(SHARE, at, neso).await;
        let share = report.value.unwrap();
        assert!((share - 0.451).abs() < 1e-9, "without imports and nuclear: {share}");
        let (_, report, _) = usual(INTENSITY, at, neso).await;
        assert_eq!(report.value, Some(143.0));
    }
}

#[tokio::test]
async fn the_share_of_the_nation_is_that_of_the_region_by_which_the_service_means_all_of_it() {
    let (world, report, stub) = usual(SHARE, NATION, neso).await;
    assert!((report.value.unwrap() - 0.451).abs() < 1e-9, "{report:?}");
    assert_eq!(world.series(SHARE).points.len(), 96);
    assert!(stub.asked()[0].path().ends_with("/regionid/18"), "{:?}", stub.asked());
    let london = says(|| good(&json!({"data": region(13)})));
    let (message, counted) = told(SHARE, NATION, neso, vec![london]).await;
    assert!(
        counted == Outcome::Refused && message.contains("another region"),
        "{message}"
    );
}

#[tokio::test]
async fn a_mix_that_lacks_a_renewable_fuel_has_no_share() {
    let says = says(|| {
        let mut region = region(13);
        region["data"][2]["generationmix"].as_array_mut().unwrap().remove(0);
        good(&json!({"data": region}))
    });
    let (world, report, _) = shown(SHARE, LONDON, neso, vec![says]).await;
    assert_eq!(report.horizon, Some(step(30, 2)));
    assert_eq!(world.series(SHARE).points.len(), 95);
}

#[tokio::test]
async fn an_answer_that_a_cache_kept_is_as_old_as_its_first_slot() {
    let kept = says(|| {
        let mut rows = half_hours(96, false);
        for (row, i) in rows.iter_mut().zip(-80..) {
            (row["from"], row["to"]) = (json!(minute(step(30, i))), json!(minute(step(30, i + 1))));
        }
        good(&json!({ "data": rows }))
    });
    let (_, report, _) = shown(INTENSITY, NATION, neso, vec![kept]).await;
    assert_eq!(report.issued_at, Some(step(30, -80)), "{report:?}");
}

#[tokio::test]
async fn its_known_troubles_are_named() {
    use Outcome::{Invalid, NoData, Refused, Unreachable};
    for (at, says, outcome, words) in [
        (NATION, fails(200, &[], "{}"), NoData, "no data"),
        (NATION, fails(200, &[], r#"{"data":[]}"#), NoData, "no data"),
        (
            NATION,
            fails(500, &[], r#"{"error":{"code":"500","message":"secret"}}"#),
            Unreachable,
            "soon",
        ),
        (NATION, fails(200, &[HTML], "<html>secret"), Invalid, "web page"),
        (LONDON, fails(400, &[], "secret"), Refused, "1 to 17"),
        (
            LONDON,
            says(|| good(&json!({"data": region(4)}))),
            Refused,
            "another region",
        ),
        (
            NATION,
            fails(200, &[], r#"{"data":[{"from":"secret"}]}"#),
            Invalid,
            "not a forecast",
        ),
    ] {
        let (message, counted) = told(INTENSITY, at, neso, vec![says]).await;
        assert_eq!(counted, outcome, "{message}");
        assert!(message.contains(words), "{words}: {message}");
    }
}

#[tokio::test]
async fn fewer_half_hours_than_promised_are_a_shorter_forecast_and_nulls_are_unknown() {
    let short = || {
        let mut rows = half_hours(29, false);
        rows[4]["intensity"]["forecast"] = Value::Null;
        good(&json!({"data": rows}))
    };
    let (world, report, _) = shown(INTENSITY, NATION, neso, vec![says(short)]).await;
    assert_eq!(report.horizon, Some(step(30, 4)));
    assert_eq!(world.series(INTENSITY).points.last().unwrap().slot.end, step(30, 29));
}

#[tokio::test]
async fn a_part_of_the_mix_that_is_null_makes_the_share_unknown() {
    let partial = || {
        let mut region = region(13);
        region["data"][0]["generationmix"][8]["perc"] = Value::Null;
        good(&json!({"data": region}))
    };
    let (_, report, _) = shown(SHARE, LONDON, neso, vec![says(partial)]).await;
    assert_eq!(report.value, None, "two thirds of a mix are no mix");
}
