//! `alize forecast backtest`, the real program, against figures worked out by hand.

#![expect(
    clippy::unwrap_used,
    clippy::print_stdout,
    reason = "a test ends with what it did not expect, and says what it skips"
)]

mod shared_data;

use std::fmt::Write as _;
use std::path::{Path, PathBuf};
use std::process::{Command, Output};

use jiff::{SignedDuration, Timestamp};
use serde_json::{Value, json};
use shared_data::shared;

/// Hours before the first start: 28 days.
const FIRST: usize = 28 * 24;

/// 100 everywhere, but: 40 at three o'clock on every day up to the last but one before the first start, 20 at eight in the
/// evening of the last. After it, thirty hours, five of which differ.
fn value(hour: usize) -> f64 {
    let (day, of_day) = (hour / 24, hour % 24);
    match (day, of_day) {
        (0..=26, 3) => 40.0,
        (27, 20) => 20.0,
        (28, 0) => 90.0,
        (28, 3) => 50.0,
        (28, 10) => 30.0,
        (28, 20) => 60.0,
        (29, 3) => 55.0,
        _ => 100.0,
    }
}

fn series() -> String {
    let start: Timestamp = "2026-01-01T00:00:00Z".parse().unwrap();
    let mut text = String::from("at,zone,gCO2e/kWh\n");
    for hour in 0..FIRST + 30 {
        let at = start + SignedDuration::from_hours(i64::try_from(hour).unwrap());
        writeln!(text, "{at},xx,{}", value(hour)).unwrap();
    }
    text
}

fn backtest(file: &Path, arguments: &[&str]) -> Output {
    Command::new(env!("CARGO_BIN_EXE_alize"))
        .args(["forecast", "backtest"])
        .arg(file)
        .args(arguments)
        .output()
        .unwrap()
}

/// What `--json` says of the series.
fn judged() -> Value {
    let folder = tempfile::tempdir().unwrap();
    let file = folder.path().join("xx.csv");
    std::fs::write(&file, series()).unwrap();
    let output = backtest(&file, &["--time", "at", "--value", "gCO2e/kWh", "--json"]);
    assert!(output.status.success(), "{output:?}");
    serde_json::from_slice(&output.stdout).unwrap()
}

fn assert_close(found: &Value, expected: f64, what: &str) {
    let found = found.as_f64().unwrap();
    assert!((found - expected).abs() < 1e-9, "{what}: {found} is not {expected}");
}

/// Cells in the order of the jobs: 1, 6, 12 and 24 h in one piece, then the same in pieces. The windows of the last two
/// reach beyond the series.
fn assert_kept(method: &Value, hour: f64, six_in_one: f64, six_in_pieces: f64) {
    let cells = method["cells"].as_array().unwrap();
    let lengths: Vec<_> = cells.iter().map(|cell| (&cell["hours"], &cell["contiguous"])).collect();
    assert_eq!(lengths[1], (&json!(6), &json!(true)));
    assert_eq!(lengths[5], (&json!(6), &json!(false)));
    for (cell, expected) in [(0, hour), (1, six_in_one), (4, hour), (5, six_in_pieces)] {
        assert_close(&cells[cell]["kept"], expected, &cells[cell].to_string());
    }
    for cell in [2, 3, 6, 7] {
        assert_eq!(cells[cell]["kept"], json!(null), "no start has such a window");
    }
    assert_close(&method["kept"], (2.0 * hour + six_in_one + six_in_pieces) / 4.0, "mean");
}

#[test]
fn every_start_counts_whose_window_lies_in_the_file_and_every_method_is_judged() {
    let json = judged();
    assert_eq!((&json["hours"], &json["missing"]), (&json!(FIRST + 30), &json!(0)));
    for method in ["persistence", "profile", "corrected", "ours"] {
        assert_eq!(json["methods"][method]["starts"], json!(1), "{method}");
    }
}

#[test]
fn persistence_keeps_what_was_worked_out_by_hand() {
    let json = judged();
    let method = &json["methods"]["persistence"];
    // It expects 20 at eight in the evening, and 100 at every other hour.
    // One hour: now 90, planned 60, at best 30. Six in one piece: now 540; planned 15 to 20 o'clock, 560; at best 5 to 10, 530.
    // Six in pieces: now 540, planned 20, 0, 1, 2, 3, 4 o'clock, 500; at best 30 + 50 + 55 + 60 + 90 + 100 = 385.
    assert_kept(method, 30.0 / 60.0, -20.0 / 10.0, 40.0 / 155.0);
    let days = &method["leadDays"];
    // Two starts have a whole day in the series: midnight, and six o'clock, which has seen 90 at midnight and 50 at three.
    let midnight = 10.0 / 90.0 + 50.0 / 50.0 + 70.0 / 30.0 + 40.0 / 60.0;
    let six = 70.0 / 30.0 + 40.0 / 60.0 + 10.0 / 100.0 + 5.0 / 55.0;
    assert_close(&days[0]["mape"], (midnight + six) / 48.0, "MAPE of day 1");
    let bias = (10.0 + 50.0 + 70.0 - 40.0) + (70.0 - 40.0 - 10.0 - 5.0);
    assert_close(&days[0]["bias"], bias / 48.0, "bias of day 1");
    assert_eq!(days[1]["mape"], json!(null), "the series ends within day 2");
}

#[test]
fn profile_keeps_what_was_worked_out_by_hand() {
    let json = judged();
    let method = &json["methods"]["profile"];
    // Three o'clock: six days at 40 and one at 100. Eight in the evening: six at 100 and one at 20. 100 at every other hour.
    let (three, eight) = (340.0 / 7.0, 620.0 / 7.0);
    // One hour: now 90, planned 50, at best 30. Six in one piece: of 0 to 5 o'clock and others as good the earliest, which is
    // now. Six in pieces: now 540, planned 3, 3 again, 20, 0, 1 and 2 o'clock, 455; at best 385.
    assert_kept(method, 40.0 / 60.0, 0.0, 85.0 / 155.0);
    let days = &method["leadDays"];
    // At six o'clock it has seen 90 at midnight, once in seven days, and at three five days at 40, one at 100, one at 50.
    let (midnight, six) = (690.0 / 7.0, 350.0 / 7.0);
    let errors = 10.0 / 90.0 + (50.0 - three) / 50.0 + 2.0 * (70.0 / 30.0 + (eight - 60.0) / 60.0);
    let later = (100.0 - midnight) / 100.0 + (55.0 - six) / 55.0;
    assert_close(&days[0]["mape"], (errors + later) / 48.0, "MAPE of day 1");
    let bias = 10.0 + (three - 50.0) + 2.0 * (70.0 + eight - 60.0) + (midnight - 100.0) + (six - 55.0);
    assert_close(&days[0]["bias"], bias / 48.0, "bias of day 1");
}

#[test]
fn a_series_of_days_ends_with_an_error_that_says_what_is_missing() {
    let folder = tempfile::tempdir().unwrap();
    let file = folder.path().join("xx.csv");
    let day = |day: i64| format!("2026-01-01T00:00:00Z,{day}\n");
    let mut text = "at,value\n".to_owned();
    let start: Timestamp = "2026-01-01T00:00:00Z".parse().unwrap();
    for day in 0..365 {
        writeln!(text, "{},{day}", start + SignedDuration::from_hours(24 * day)).unwrap();
    }
    let fails = |text: &str| {
        std::fs::write(&file, text).unwrap();
        let output = backtest(&file, &["--time", "at", "--value", "value"]);
        assert!(!output.status.success());
        String::from_utf8(output.stderr).unwrap()
    };
    let error = fails(&text);
    assert!(
        error.contains("xx.csv has values for 365 of its 8737 hours, and"),
        "{error}"
    );
    assert!(
        error.contains("give a value for every hour") && !error.contains("--from"),
        "{error}"
    );
    let error = fails(&(text + &day(7)));
    assert!(
        error.contains("xx.csv, line 367: 2026-01-01T00:00:00Z has another value"),
        "{error}"
    );
}

#[test]
fn a_wrong_column_ends_with_an_error_that_names_the_file_and_its_columns() {
    let folder = tempfile::tempdir().unwrap();
    let file = folder.path().join("xx.csv");
    std::fs::write(&file, series()).unwrap();
    let output = backtest(&file, &["--time", "at", "--value", "price"]);
    assert!(!output.status.success());
    let error = String::from_utf8(output.stderr).unwrap();
    assert!(error.contains("xx.csv, line 1: expected a column \"price\""), "{error}");
    assert!(error.contains("at, zone, gCO2e/kWh"), "{error}");
}

/// Every fourth of the real zone-years that lie beside the repository: a year takes seconds without optimisation.
fn zone_years() -> Vec<PathBuf> {
    let folder = shared("ci");
    let Ok(entries) = std::fs::read_dir(&folder) else {
        println!("SKIPPED: there is no {}", folder.display());
        return Vec::new();
    };
    let mut files: Vec<PathBuf> = entries.map(|entry| entry.unwrap().path()).collect();
    files.sort();
    files.into_iter().step_by(4).collect()
}

#[test]
fn on_real_grids_ours_keeps_more_than_corrected_and_its_bands_hold() {
    let judged = |file: PathBuf| {
        let value = "Carbon Intensity gCO\u{2082}eq/kWh (LCA)";
        let output = backtest(&file, &["--time", "Datetime", "--value", value, "--json"]);
        assert!(output.status.success(), "{output:?}");
        let json: Value = serde_json::from_slice(&output.stdout).unwrap();
        let kept = |method: &str| json["methods"][method]["kept"].as_f64().unwrap();
        let gain = kept("ours") - kept("corrected");
        assert!(gain >= -0.01, "{}: {gain}", file.display());
        for day in json["methods"]["ours"]["leadDays"].as_array().unwrap() {
            let coverage = day["coverage"].as_f64().unwrap();
            assert!((0.72..=0.88).contains(&coverage), "{}: {day}", file.display());
        }
        gain
    };
    let threads: Vec<_> = zone_years()
        .into_iter()
        .map(|file| std::thread::spawn(move || judged(file)))
        .collect();
    let gains: Vec<f64> = threads.into_iter().map(|thread| thread.join().unwrap()).collect();
    let mean = gains.iter().sum::<f64>() / gains.len() as f64;
    assert!(gains.is_empty() || mean > 0.025, "{gains:?}");
}
