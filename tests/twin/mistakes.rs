//! Mistakes that could pass for a scenario: each is an error that says where it is and what to do, or a warning.

use crate::scene::{Scene, hourly};

/// Two zones that are alike but for their names and what else is said of them.
fn zones(es: &str, fr: &str) -> String {
    let zone = |name: &str, more: &str| {
        format!("- name: {name}\n  intensity: {{csv: es.csv, time: time, value: value}}\n{more}")
    };
    zone("es", es) + &zone("fr", fr)
}

fn scene(jobs: &str) -> Scene {
    Scene::of(&[300.0; 48], "").file("jobs.csv", jobs)
}

/// What is wrong with these jobs in these zones.
fn error(scene: &Scene, zones: &str, jobs: &str) -> String {
    scene.read_zones(zones, jobs, "").unwrap_err().to_string()
}

fn assert_says(error: &str, words: &[&str]) {
    assert!(words.iter().all(|word| error.contains(word)), "{words:?}: {error}");
}

#[test]
fn a_series_without_rows_is_named_whatever_it_is_of() {
    let empty = scene("submit,duration\n0,1\n").file("none.csv", "time,value\n");
    let values = "{csv: none.csv, time: time, value: value}";
    for key in ["renewableShare", "marginalIntensity", "capacity"] {
        let more = match key {
            "capacity" => format!("  capacity: {{cpus: {values}}}\n"),
            key => format!("  {key}: {values}\n"),
        };
        assert_says(
            &error(&empty, &zones(&more, ""), ""),
            &["none.csv, line 1", "expected rows below"],
        );
    }
    let forecast = "  forecast: {csv: none.csv, time: time, value: value, issued: daily}\n";
    assert_says(
        &error(&empty, &zones(forecast, ""), ""),
        &["none.csv, line 1", "expected rows below"],
    );
    let no_intensity = empty.file("es.csv", "time,value\n");
    assert_says(
        &error(&no_intensity, &zones("", ""), ""),
        &["es.csv, line 1", "expected rows below"],
    );
}

#[test]
fn an_intensity_that_no_grid_has_is_an_error() {
    for value in [-300.0, 300_000.0] {
        let scene = scene("submit,duration\n0,1\n").file("es.csv", hourly(0, &[300.0, value]));
        assert_says(
            &error(&scene, &zones("", ""), ""),
            &[
                "es.csv, line 3, column 2 (\"value\")",
                "a number of gCO2e/kWh from 0 on",
                "scale",
            ],
        );
    }
}

#[test]
fn a_table_that_is_empty_or_parted_by_something_else_says_so() {
    for (jobs, words) in [
        ("", ["jobs.csv", "the file is empty"]),
        (
            "submit;duration\n0;1\n",
            ["jobs.csv, line 1: expected a column for submit", "expected commas"],
        ),
        (
            "arrival,length\n0,1\n",
            ["there are arrival, length", "under jobs.columns"],
        ),
        (
            "submit,duration,duration\n0,1,2\n",
            ["several columns are named \"duration\"", "jobs.columns"],
        ),
    ] {
        assert_says(&error(&scene(jobs), &zones("", ""), ""), &words);
    }
}
