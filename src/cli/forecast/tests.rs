//! Tests of `alize forecast ZONE --weather FILE`.

use std::path::PathBuf;

use jiff::{SignedDuration, Timestamp};
use serde_json::{Value, json};

use super::{ForecastError, Shown, saved};
use crate::grid::{SourceKind, SourceSpec, read_saved};
use crate::planner::Point;
use crate::units::{Basis, Signal, Slot};

const START: i64 = 1_795_132_800;

/// Three days at four sites of Morocco, the wind rising from day to day.
fn answer() -> Value {
    let hours: Vec<i64> = (0..73).collect();
    let column = |value: &dyn Fn(i64) -> f64| hours.iter().map(|hour| value(*hour)).collect::<Vec<f64>>();
    let sun = |hour: i64| {
        (((hour % 24) as f64 - 6.5) / 12.0 * std::f64::consts::PI)
            .sin()
            .max(0.0)
    };
    let place = |(latitude, longitude): (f64, f64)| {
        json!({
            "latitude": latitude, "longitude": longitude, "utc_offset_seconds": 0,
            "hourly_units": {
                "time": "unixtime", "wind_speed_100m": "m/s", "shortwave_radiation": "W/m²",
                "direct_normal_irradiance": "W/m²", "temperature_2m": "°C",
            },
            "hourly": {
                "time": hours.iter().map(|hour| START + hour * 3600).collect::<Vec<_>>(),
                "wind_speed_100m": column(&|hour| 5.0 + hour as f64 / 24.0),
                "shortwave_radiation": column(&|hour| 700.0 * sun(hour)),
                "direct_normal_irradiance": column(&|hour| 750.0 * sun(hour).sqrt()),
                "temperature_2m": column(&|_| 20.0),
            },
        })
    };
    [(27.9, -12.9), (35.75, -5.5), (31.0, -6.85), (31.5, -9.7)]
        .map(place)
        .to_vec()
        .into()
}

struct Saved {
    _folder: tempfile::TempDir,
    file: PathBuf,
}

fn saved(answer: &str) -> Saved {
    let folder = tempfile::tempdir().unwrap();
    let file = folder.path().join("weather.json");
    std::fs::write(&file, answer).unwrap();
    Saved { _folder: folder, file }
}

fn told(zone: &str, files: &[PathBuf], signal: Signal, issued: Option<Timestamp>) -> Result<Shown, ForecastError> {
    let parameters = saved::parameters(zone, None)?;
    saved::forecast(&parameters, files, signal, Basis::LifeCycle, issued)
}

fn shown(zone: &str, signal: Signal) -> Shown {
    let saved = saved(&answer().to_string());
    let issued = Timestamp::from_second(START).unwrap();
    told(zone, &[saved.file], signal, Some(issued)).unwrap()
}

#[test]
fn json_has_the_shape_that_is_promised() {
    let shown: Value = serde_json::from_str(&shown("MA", Signal::RenewableShare).json().unwrap()).unwrap();
    assert_eq!(shown["zone"], "MA");
    assert_eq!(
        (&shown["signal"], &shown["unit"]),
        (&json!("RenewableShare"), &json!("share"))
    );
    assert_eq!((&shown["level"], &shown["estimated"]), (&json!("Cached"), &json!(true)));
    assert_eq!(shown["issuedAt"], "2026-11-20T00:00:00Z");
    assert_eq!(shown["flow"], "Consumption");
    let slots = shown["slots"].as_array().unwrap();
    assert_eq!(slots.len(), 72);
    assert_eq!(
        (&slots[0]["start"], &slots[0]["end"]),
        (&json!("2026-11-20T00:00:00Z"), &json!("2026-11-20T01:00:00Z"))
    );
    for slot in slots {
        let of = |name: &str| slot[name].as_f64().unwrap();
        assert!(of("p10") < of("p50") && of("p50") < of("p90"), "{slot}");
        assert_eq!(of("value"), of("p50"));
    }
    let value = |slot: usize| slots[slot]["value"].as_f64().unwrap();
    assert!(value(62) > value(14), "more wind two days later");
}

#[test]
fn csv_has_one_slot_a_line_and_a_file_source_reads_it_again() {
    let shown = shown("ma", Signal::CarbonIntensity);
    let text = shown.csv().unwrap();
    let lines: Vec<&str> = text.lines().collect();
    assert_eq!(lines[0], "start,end,value,p10,p50,p90");
    assert_eq!(lines.len(), 73);
    assert!(
        lines[1].starts_with("2026-11-20T00:00:00Z,2026-11-20T01:00:00Z,"),
        "{}",
        lines[1]
    );
    let file = SourceSpec {
        signal: Signal::CarbonIntensity,
        basis: Basis::LifeCycle,
        flow: None,
        refresh: None,
        kind: SourceKind::File {
            path: "ma.csv".into(),
            location: None,
        },
    };
    let now = Timestamp::from_second(START).unwrap();
    let again = read_saved(&file, &[text.into_bytes()], now).unwrap();
    assert!(again.iter().all(|point| point.band.is_some()));
    let again = Shown::new("ma", Signal::CarbonIntensity, Basis::LifeCycle, &again);
    assert_eq!(again.slots, shown.slots);
}

#[test]
fn the_table_says_what_it_is_and_what_it_is_worth() {
    let text = shown("MA", Signal::CarbonIntensity).text(Timestamp::from_second(START + 2 * 3600).unwrap());
    for words in [
        "zone      MA\n",
        "carbon intensity, average, life cycle, as consumed, gCO2e/kWh",
        "model of Morocco of 2024-12, grade C (estimated)",
        "2026-11-20 00:00 UTC, 2h ago, level Cached",
        "hours could not be validated",
        "23 months ago",
        "no ensemble",
        "2026-11-22  ",
        "2026-11-22 23:00",
    ] {
        assert!(text.contains(words), "{words}:\n{text}");
    }
    assert!(text.contains('█') && text.contains('▁'), "{text}");
    assert!(text.lines().all(|line| line.len() == line.trim_end().len()));
}

#[test]
fn a_file_that_was_copied_is_as_old_as_its_days_unless_somebody_says_how_old_it_is() {
    let mut old = answer();
    let weeks_ago = |time: &Value| json!(time.as_i64().unwrap() - START + 1_700_006_400);
    for place in old.as_array_mut().unwrap() {
        let times = place["hourly"]["time"].as_array().unwrap();
        place["hourly"]["time"] = times.iter().map(weeks_ago).collect();
    }
    let saved = saved(&old.to_string());
    let of = |issued| {
        let files = [saved.file.clone()];
        told("MA", &files, Signal::RenewableShare, issued).unwrap()
    };
    let shown = of(None);
    assert_eq!(shown.issued_at, Some("2023-11-17T00:00:00Z".parse().unwrap()));
    let notes = shown.notes.join("\n");
    assert!(
        notes.contains("begins at 2023-11-15T00:00:00Z") && notes.contains("--issued-at"),
        "{notes}"
    );
    let told = "2023-11-16T00:00:00Z".parse().unwrap();
    let notes = of(Some(told)).notes.join("\n");
    assert!(!notes.contains("--issued-at"), "{notes}");
}

#[test]
fn an_answer_from_the_future_is_not_called_old() {
    let text = shown("MA", Signal::RenewableShare).text(Timestamp::from_second(START - 7200).unwrap());
    assert!(
        text.contains("2026-11-20 00:00 UTC, 2h in the future, level Cached"),
        "{text}"
    );
    assert!(text.contains("\nsignal    renewable share, as consumed\n"), "{text}");
}

#[test]
fn slots_longer_than_an_hour_leave_no_gaps_in_the_bars() {
    let slot = |i: i64| {
        let start = Timestamp::from_second(START + i * 3 * 3600).unwrap();
        Point::of(Slot::of(start, SignedDuration::from_hours(3)), 100.0 * i as f64)
    };
    let points: Vec<Point> = (0..8).map(slot).collect();
    let text = Shown::new("ma", Signal::CarbonIntensity, Basis::Direct, &points).text(points[0].slot.start);
    assert!(
        text.contains("\n2026-11-20  ▁▁▁▂▂▂▃▃▃▄▄▄▅▅▅▆▆▆▇▇▇███         0     350     700\n"),
        "{text}"
    );
}

#[test]
fn what_cannot_be_used_says_which_file_and_why() {
    let fails = |zone: &str, text: &str| {
        let saved = saved(text);
        let error = told(zone, &[saved.file], Signal::RenewableShare, None).unwrap_err();
        let cause = std::error::Error::source(&error)
            .map(ToString::to_string)
            .unwrap_or_default();
        format!("{error}: {cause}")
    };
    let complaint = json!({"error": true, "reason": "Latitude must be in range"}).to_string();
    let error = fails("MA", &complaint);
    assert!(
        error.contains("weather.json") && error.contains("Latitude must be"),
        "{error}"
    );
    assert!(fails("MA", "<html>").contains("line 1, column 1"));
    assert!(fails("Atlantis", "{}").contains("no weather model for \"Atlantis\""));
    let mut far = answer();
    far.as_array_mut()
        .unwrap()
        .iter_mut()
        .for_each(|place| place["latitude"] = json!(52.5));
    assert!(fails("MA", &far.to_string()).contains("150 km"));
    let none = told("MA", &["/none".into()], Signal::RenewableShare, None);
    assert!(none.unwrap_err().to_string().contains("/none"));
}

#[test]
fn a_country_that_is_not_built_in_has_a_file_of_its_own() {
    let folder = tempfile::tempdir().unwrap();
    let file = folder.path().join("ke.json");
    let kenya = include_str!("../../grid/weather/zones/ma.json").replacen("\"id\": \"MA\"", "\"id\": \"KE\"", 1);
    std::fs::write(&file, &kenya).unwrap();
    assert_eq!(saved::parameters("KE", Some(&file)).unwrap().id, "KE");
    let other = saved::parameters("UG", Some(&file)).unwrap_err().to_string();
    assert!(other.contains("its id is \"KE\""), "{other}");
    let none = saved::parameters("KE", Some(&folder.path().join("none")))
        .unwrap_err()
        .to_string();
    assert!(none.contains("reading the parameters"), "{none}");
}

#[test]
fn two_forecasts_do_not_go_together() {
    let saved = saved(&answer().to_string());
    let files = [saved.file.clone(), saved.file.clone()];
    let error = told("MA", &files, Signal::RenewableShare, None).unwrap_err();
    assert!(error.to_string().contains("at most one of /v1/ensemble"), "{error}");
}
