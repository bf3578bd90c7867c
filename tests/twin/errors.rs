//! Bad input: the file, the line, the column, and what was expected.

use crate::scene::Scene;

fn scene() -> Scene {
    Scene::of(&[300.0; 6], "a,0,1,1\n")
}

fn fails(scene: &Scene, zone: &str, jobs: &str, rest: &str) -> String {
    scene.read_with(zone, jobs, rest).unwrap_err().to_string()
}

#[test]
fn an_unknown_key_is_named_with_its_line() {
    for (zone, jobs, rest, words) in [
        ("puh: 1.2", "", "", ["scenario.yaml, line 7", "puh"]),
        ("", "colour: red", "", ["line 12", "colour"]),
        (
            "",
            "columns: {submit: submit, duration: duration, size: cpus}",
            "",
            ["line 12", "size"],
        ),
        ("", "maxDelay: {defualt: 24h}", "", ["line 12", "defualt"]),
        ("", "", "length: known", ["line 13", "length"]),
        (
            "forecast: {csv: f.csv, time: t, value: v, issued: daily, scal: 2}",
            "",
            "",
            ["line 7", "scal"],
        ),
        ("", "", "runs: [{rival: fifo, polcy: x}]", ["line 13", "polcy"]),
    ] {
        let error = fails(&scene(), zone, jobs, rest);
        assert!(words.iter().all(|word| error.contains(word)), "{error}");
    }
}

#[test]
fn a_value_that_cannot_be_says_what_was_expected() {
    for (zone, jobs, rest, words) in [
        ("forecast: perfekt", "", "", ["line 7", "perfect"]),
        ("pue: 0.5", "", "", ["line 5", "at least 1"]),
        ("capacity: {cpus: -1}", "", "", ["line 7", "from 0 on"]),
        ("", "home: pt", "", ["line 12", "spread"]),
        ("", "maxDelay: {default: soon}", "", ["line 12", "write for example"]),
        ("", "", "runs: [{rival: fiffo}]", ["line 13", "run-now"]),
        ("", "", "runs: [{rival: fifo}, {rival: fifo}]", ["line 13", "two runs"]),
        (
            "",
            "",
            "runs: [{rival: night-window, hours: night}]",
            ["line 13", "22-06"],
        ),
        ("", "", "runs: [{bound: best}]", ["line 13", "optimum"]),
        ("", "", "runs: [{name: x}]", ["line 13", "exactly one"]),
        ("", "", "runs: [{name: x, policy: none.yaml}]", ["none.yaml", "reading"]),
        ("", "", "slot: 0s", ["line 13", "24h"]),
        ("", "", "seed: -1", ["line 13", "a whole number from 0 on"]),
        ("", "", "slot: 1h\nslot: 2h", ["line 14", "\"slot\" is there twice"]),
        ("", "", "runs: []", ["line 13", "at least one run"]),
        (
            "",
            "interruptible: {share: 1.5}",
            "",
            ["line 12", "a share from 0 to 1"],
        ),
        ("capacity: {cpus: .inf}", "", "", ["line 7", "finite; found .inf"]),
        ("capacity: {gpuModels: {T4: -1}}", "", "", ["line 7", "from 0 on"]),
        (
            "renewableShare: {csv: es.csv, time: time, value: value, scale: -1}",
            "",
            "",
            ["line 7", "above 0"],
        ),
        (
            "",
            "maxDelay: {classes: [{name: default, shorterThan: 2h, maxDelay: 6h}]}",
            "",
            ["line 12", "jobs that belong to none"],
        ),
        (
            "",
            "maxDelay: {classes: [{shorterThan: 2h, maxDelay: 6h}, {shorterThan: 2h, maxDelay: 9h}]}",
            "",
            ["line 12", "\"shorter than 2h\""],
        ),
        (
            "",
            "",
            "runs: [{rival: threshold, starts: hourly}]",
            ["line 13", "\"starts\" means nothing"],
        ),
    ] {
        let error = fails(&scene(), zone, jobs, rest);
        assert!(words.iter().all(|word| error.contains(word)), "{error}");
    }
}

#[test]
fn a_bad_cell_is_named_by_file_line_and_column() {
    for (csv, words) in [
        (
            "submit,duration,cpus\n0,1,1\n1,long,1\n",
            ["jobs.csv, line 3", "\"duration\"", "\"long\""],
        ),
        (
            "submit,duration,cpus\n0,-1,1\n",
            ["line 2", "\"duration\"", "from 0 on"],
        ),
        ("submit,duration,cpus\nnoon,1,1\n", ["line 2", "\"submit\"", "RFC 3339"]),
        ("submit,duration,cpus\n0,1,-2\n", ["line 2", "\"cpus\"", "from 0 on"]),
        ("submit,duration,pods\n0,1,-3\n", ["line 2", "\"pods\"", "from 1 on"]),
        ("submit,duration,pods\n0,1,1.7\n", ["line 2", "\"pods\"", "whole"]),
        (
            "submit,duration,priority\n0,1,1.7\n",
            ["line 2", "\"priority\"", "whole"],
        ),
        ("submit,duration,zones\n0,1,es;pt\n", ["line 2", "\"zones\"", "es"]),
        (
            "submit,duration,after,id\n0,1,z,a\n",
            ["line 2, column 3 (\"after\")", "\"z\"", "expected the id"],
        ),
        (
            "submit,duration,after,id\n0,1,b,a\n0,1,a,b\n",
            ["line 2, column 3 (\"after\")", "\"a\"", "circles"],
        ),
        (
            "submit,duration,id\n0,1,a\n0,1,a\n",
            ["line 3, column 3 (\"id\")", "\"a\"", "different ids"],
        ),
        (
            "submit,duration,after,id\n0,1,z,a\n-3,1,,z\n",
            ["line 2, column 3 (\"after\")", "\"z\"", "left out"],
        ),
        ("submit,length\n0,1\n", ["line 1", "duration", "jobs.columns"]),
        ("submit,duration\n0,1,5\n", ["line 2", "header", "width"]),
        ("submit,duration\n4,3\n", ["jobs.csv, line 2", "job \"1\"", "at once"]),
    ] {
        let error = fails(&scene().file("jobs.csv", csv), "", "", "");
        assert!(words.iter().all(|word| error.contains(word)), "{error}");
    }
}

#[test]
fn a_bad_series_is_named_by_file_line_and_column() {
    for (csv, words) in [
        (
            "time,value\n2022-01-01,1\n2022-01-01T01:00Z,x\n",
            ["es.csv, line 3", "\"value\"", "number"],
        ),
        ("time,value\nnoon,1\n", ["line 2", "\"time\"", "instant"]),
        (
            "time,value\n2022-01-01T01:00Z,1\n2022-01-01T01:00Z,1\n",
            ["line 3", "later", "\"time\""],
        ),
        ("when,value\n2022-01-01,1\n", ["line 1", "\"time\"", "when, value"]),
    ] {
        let error = fails(&scene().file("es.csv", csv), "", "", "");
        assert!(words.iter().all(|word| error.contains(word)), "{error}");
    }
}

#[test]
fn capacities_and_shares_that_cannot_be_are_named_by_file_line_and_column() {
    let told = |value: f64| format!("time,value\n2022-01-01,0.5\n2022-01-01T01:00Z,{value}\n");
    let capacity = "capacity: {cpus: {csv: told.csv, time: time, value: value}}";
    let share = "renewableShare: {csv: told.csv, time: time, value: value}";
    for (zone, value, words) in [
        (capacity, -1.0, ["told.csv, line 3", "\"value\"", "from 0 on"]),
        (share, 35.0, ["told.csv, line 3", "\"value\"", "scale: 0.01"]),
        (share, -1.0, ["told.csv, line 3", "\"value\"", "write 0.35"]),
    ] {
        let error = fails(&scene().file("told.csv", told(value)), zone, "", "");
        assert!(words.iter().all(|word| error.contains(word)), "{error}");
    }
    let exports = scene().file("told.csv", told(1.2));
    assert!(exports.read_with(share, "", "").is_ok(), "more than is used there");
}

/// Reads a scenario that is all YAML of its own.
fn reads(yaml: &str) -> Result<alize::twin::scenario::Scenario, String> {
    let scene = scene().file("own.yaml", yaml);
    alize::twin::scenario::read(&scene.path("own.yaml")).map_err(|error| error.to_string())
}

#[test]
fn a_day_is_its_midnight_and_what_is_no_instant_says_what_to_write() {
    let yaml = "version: 1\nstart: DAY\nend: 2022-02-01\nzones:\n- name: es\n  intensity: {csv: es.csv, time: time, value: value}\n\
                jobs: {csv: jobs.csv, unit: h}\nruns: [{rival: fifo}]\n";
    let day = reads(&yaml.replace("DAY", "2022-01-01")).unwrap();
    assert_eq!(day.world.start.as_second(), 1_640_995_200);
    assert_eq!(day.world.end, 31 * 86_400_000);
    let error = reads(&yaml.replace("DAY", "tomorrow")).unwrap_err();
    assert!(
        error.contains("line 2") && error.contains("such as 2022-01-01T00:00:00Z"),
        "{error}"
    );
}

#[test]
fn a_scenario_that_is_not_there_is_named_without_a_word_on_other_files() {
    let error = alize::twin::scenario::read("none.yaml".as_ref())
        .unwrap_err()
        .to_string();
    assert_eq!(error, "reading the scenario none.yaml");
}

#[test]
fn power_below_zero_is_an_error() {
    for key in ["wattsPerCpu", "wattsPerGiB", "wattsPerGpu"] {
        let yaml = format!(
            "version: 1\nstart: 2022-01-01T00:00:00Z\nend: 2022-02-01T00:00:00Z\nzones:\n- name: es\n  intensity: {{csv: es.csv, time: \
             time, value: value}}\njobs:\n  csv: jobs.csv\n  power: {{{key}: -5}}\nruns: [{{rival: fifo}}]\n"
        );
        let error = reads(&yaml).unwrap_err();
        assert!(error.contains("line 9"), "{error}");
        assert!(error.contains("from 0 on; found -5"), "{error}");
    }
}

#[test]
fn columns_are_found_by_name_by_beginning_and_by_number() {
    let header = "Datetime (UTC),Carbon Intensity gCO₂eq/kWh (direct),Carbon Intensity gCO₂eq/kWh (LCA)\n";
    let scene = scene().file(
        "em.csv",
        format!("{header}2022-01-01 00:00:00,1,2\n2022-01-01 01:00:00,3,4\n"),
    );
    let read = |value: &str| {
        let zones = format!("- name: es\n  intensity: {{csv: em.csv, time: Datetime, value: {value}}}\n");
        scene
            .read_zones(&zones, "", "")
            .map(|scenario| scenario.world.zones[0].intensity.value(0))
    };
    assert_eq!(read("\"Carbon Intensity gCO2eq/kWh (LCA)\"").unwrap(), Some(2.0));
    assert_eq!(read("\"Carbon Intensity gCO₂eq/kWh (d\"").unwrap(), Some(1.0));
    assert_eq!(read("3").unwrap(), Some(2.0));
    for (value, words) in [("Carbon", "several"), ("4", "columns 1 to 3"), ("0", "columns 1 to 3")] {
        let error = read(value).unwrap_err().to_string();
        assert!(error.contains(words), "{error}");
    }
}

#[test]
fn a_column_that_only_its_letters_keep_from_being_read_is_warned_of() {
    let csv = "submit,duration,maxdelay,colour\n0,1,2,red\n";
    let scene = scene().file("jobs.csv", csv);
    let warnings = |jobs: &str| scene.read_with("", jobs, "").unwrap().warnings.join("; ");
    let said = warnings("maxDelay: {default: 1h}");
    assert!(
        said.contains("jobs.csv, line 1: nothing reads the column \"maxdelay\"; write maxDelay"),
        "{said}"
    );
    assert!(!said.contains("colour"), "{said}");
    let named = "columns: {submit: submit, duration: duration}\nmaxDelay: {default: 1h}";
    assert_eq!(warnings(named), "", "what is read is said there");
}

#[test]
fn rows_of_a_history_that_are_none_are_left_out_with_a_warning() {
    let scene = scene().file("past.csv", "id,submit,duration\np,-9,1\nq,-1,2\nr,5,1\n");
    let read = scene.read_with("", "history: past.csv", "lengths: learned").unwrap();
    assert_eq!(read.world.history.len(), 1);
    let said = "2 jobs of past.csv had not finished before the start and are no history: they are left out, first that of line 3";
    assert!(
        read.warnings.iter().any(|warning| warning == said),
        "{:?}",
        read.warnings
    );
}

#[test]
fn gzipped_files_are_read_as_they_are() {
    use std::io::Write;
    let mut gz = flate2::write::GzEncoder::new(Vec::new(), flate2::Compression::fast());
    gz.write_all(b"submit,duration\n0,1\n0,2\n").unwrap();
    let scene = scene().file("jobs.csv", gz.finish().unwrap());
    assert_eq!(scene.read_with("", "", "").unwrap().world.jobs.len(), 2);
}

#[test]
fn a_manifest_that_is_wrong_is_named_with_its_line() {
    let scene = scene().file("policy.yaml", crate::scene::POLICY.replace("max:", "maximum:"));
    let error = fails(&scene, "", "", "");
    assert!(
        error.contains("policy.yaml, line 5") && error.contains("maximum"),
        "{error}"
    );
    let scene = scene.file("policy.yaml", "kind: GridZone\nmetadata: {name: x}\n");
    let error = fails(&scene, "", "", "");
    assert!(
        error.contains("policy.yaml, line 1") && error.contains("expected kind: CarbonPolicy"),
        "{error}"
    );
    let scene = scene.file("policy.yaml", crate::scene::POLICY.replace("v1alpha1", "v9"));
    let error = fails(&scene, "", "", "");
    assert!(
        error.contains("policy.yaml, line 2") && error.contains("expected apiVersion: alize.dev/v1alpha1"),
        "{error}"
    );
}
