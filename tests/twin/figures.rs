//! What runs use and emit, worked out by hand.

use crate::scene::{Scene, close, days};

#[test]
fn energy_and_grams_count_pue_and_renewable_share_weighs_energy() {
    let scene = Scene::of(&[300.0, 100.0, 300.0, 300.0], "a,0,1.5,2\n").file(
        "share.csv",
        "time,value\n2022-01-01 00:00,20\n2022-01-01 01:00,80\n2022-01-01 02:00,20\n2022-01-01 03:00,20\n",
    );
    let share = "renewableShare: {csv: share.csv, time: time, value: value, scale: 0.01}\npue: 1.5";
    let done = scene.run(share, "maxDelay: {default: 2h}", "");
    // 2 cores of 1 kW for 1.5 h, times the PUE.
    assert!(close(done.figure("run-now", "kwh"), 4.5));
    assert!(close(done.figure("run-now", "grams"), 3.0 * (300.0 + 50.0)));
    assert!(close(done.figure("run-now", "renewableShareMean"), (0.2 + 0.4) / 1.5));
    assert!(close(done.figure("alize", "grams"), 3.0 * (150.0 + 100.0)));
    let saved = 1.0 - 250.0 / 350.0;
    assert!(close(done.figure("alize", "savedShare"), saved));
    assert!(close(done.figure("alize", "savedShareVsFifo"), saved));
    assert!(close(done.figure("alize", "savedShareTime"), saved));
    assert!(close(done.figure("alize", "savedShareSpace"), 0.0));
    assert!(
        done.figure("alize", "capturedShare").is_nan(),
        "there is no optimum to capture"
    );
}

#[test]
fn without_a_renewable_series_there_is_no_renewable_share() {
    let done = Scene::of(&[300.0, 100.0, 300.0], "a,0,1,1\n").run("", "", "");
    assert!(done.figure("alize", "renewableShareMean").is_nan());
}

const TWO: &str = "- name: es\n  intensity: {csv: es.csv, time: time, value: value}\n- name: fr\n  intensity: {csv: fr.csv, time: time, value: value}\n";

#[test]
fn savings_are_told_apart_by_when_and_where() {
    let scene = Scene::of(&[400.0, 200.0, 400.0, 400.0], "a,0,1,1\n").zone("fr", &[300.0, 100.0, 300.0, 300.0]);
    let scenario = scene.read_zones(TWO, "home: es\nmaxDelay: {default: 2h}", "").unwrap();
    let done = scene.play(&scenario);
    assert_eq!(done.segments("alize", "a"), "fr@01T01:00/01T02:00");
    assert!(close(done.figure("alize", "savedShare"), 0.75));
    assert!(
        close(done.figure("alize", "savedShareTime"), 0.5),
        "at home, an hour later"
    );
    assert!(close(done.figure("alize", "savedShareSpace"), 0.25));
}

#[test]
fn run_now_spreads_over_all_zones_where_no_home_is_named() {
    let scene = Scene::of(&[400.0; 4], "a,0,1,1\n").zone("fr", &[200.0; 4]);
    let even = scene.play(&scene.read_zones(TWO, "", "").unwrap());
    assert!(close(even.figure("run-now", "grams"), 300.0));
    assert_eq!(even.cell("run-now", "a", "zone"), "spread");
    let capacity = |cpus| format!("  capacity: {{cpus: {cpus}}}\n");
    let weighted = TWO.replace("- name: fr", &format!("{}- name: fr", capacity(3))) + &capacity(1);
    let done = scene.play(&scene.read_zones(&weighted, "", "").unwrap());
    assert!(
        close(done.figure("run-now", "grams"), 350.0),
        "three parts of 400 and one of 200"
    );
}

#[test]
fn a_zone_that_thirds_of_jobs_fill_is_full_and_not_overbooked() {
    let scene = Scene::of(&[400.0; 4], "a,0,1,1\nb,0,1,1\nc,0,1,1\n");
    let zone = |name: &&str| {
        format!("- name: {name}\n  intensity: {{csv: es.csv, time: time, value: value}}\n  capacity: {{cpus: 1}}\n")
    };
    let cells = |names: &[&str]| {
        let zones: String = names.iter().map(zone).collect();
        let done = scene.play(&scene.read_zones(&zones, "", "").unwrap());
        done.figure("run-now", "overbookedSlots")
    };
    assert!(close(cells(&["es", "fr", "gb"]), 0.0));
    assert!(close(cells(&["es", "fr"]), 8.0), "an hour of quarters in both");
}

#[test]
fn a_job_that_asks_for_a_model_is_spread_over_the_zones_by_what_they_have_of_it() {
    let scene = Scene::new().zone("es", &[400.0; 4]).zone("fr", &[200.0; 4]).file(
        "jobs.csv",
        "id,submit,duration,gpus,gpuModel,watts\na,0,1,1,A100,1000\n",
    );
    let of = |es: &str, fr: &str| {
        let capacity = |models| format!("  capacity: {{cpus: 10, {models}}}\n");
        let zones = TWO.replace("- name: fr", &format!("{}- name: fr", capacity(es))) + &capacity(fr);
        let done = scene.play(&scene.read_zones(&zones, "", "").unwrap());
        assert!(close(done.figure("run-now", "overbookedSlots"), 0.0));
        done.figure("run-now", "grams")
    };
    assert!(close(of("gpuModels: {A100: 3}", "gpuModels: {A100: 1}"), 350.0));
    assert!(
        close(of("gpuModels: {A100: 3, T4: 9}", "gpuModels: {T4: 9}"), 400.0),
        "fr has none"
    );
    assert!(
        close(of("gpus: 3", "gpus: 1, gpuModels: {A100: 8}"), 350.0),
        "no more than all"
    );
}

#[test]
fn residency_is_a_wall() {
    let csv = "id,submit,duration,zones\na,0,1,es\nb,0,1,es;fr\nc,0,1,\n";
    let scene = Scene::new()
        .zone("es", &[400.0; 4])
        .zone("fr", &[200.0; 4])
        .file("jobs.csv", csv);
    let done = scene.play(&scene.read_zones(TWO, "home: es", "").unwrap());
    assert_eq!(
        [done.cell("alize", "a", "zone"), done.cell("alize", "b", "zone")],
        ["es", "fr"]
    );
    let only = crate::scene::POLICY.replace("spec: {", "spec: {placement: {zones: [es]}, ");
    let scene = scene.file("policy.yaml", only);
    let done = scene.play(&scene.read_zones(TWO, "home: es", "").unwrap());
    assert!(
        ["a", "b", "c"]
            .iter()
            .all(|job| done.cell("alize", job, "zone") == "es")
    );
    assert!(close(done.figure("alize", "residencyViolations"), 0.0));
}

#[test]
fn shares_are_told_by_namespace_and_harm_is_counted() {
    let csv = "id,submit,duration,namespace,cpus\na,0,2,x,1\nb,0,2,y,1\nc,1,2,z,1\n";
    let scene = Scene::new()
        .zone("es", &[300.0, 300.0, 100.0, 100.0, 300.0, 300.0])
        .file("jobs.csv", csv);
    let rest = "runs: [{rival: fifo}, {rival: run-now}]";
    let done = scene.run("capacity: {cpus: 1}", "", rest);
    // a runs 0..2, b 2..4 and c 4..6: c pays 600 instead of 400.
    assert_eq!(done.segments("fifo", "c"), "es@01T04:00/01T06:00");
    let by = &done.json["runs"][0]["savedShareByNamespace"];
    assert!(close(by["y"].as_f64().unwrap(), 1.0 - 200.0 / 600.0), "{by}");
    assert!(close(by["z"].as_f64().unwrap(), -0.5), "{by}");
    assert!(close(done.figure("fifo", "harmedShare"), 1.0 / 3.0));
    assert!(close(done.figure("fifo", "peakConcurrency"), 1.0));
    assert!(close(done.figure("run-now", "peakConcurrency"), 3.0));
}

#[test]
fn the_table_has_a_line_for_every_run() {
    let done = Scene::of(&days(1, 10..12), "a,0,1,1\n").run("", "", "");
    let table = done.results.table();
    assert_eq!(table.lines().count(), 4, "{table}");
    assert!(table.lines().nth(1).unwrap().starts_with("alize"), "{table}");
}

#[test]
fn the_report_shows_every_run_and_what_was_saved() {
    let scene = Scene::of(&days(9, 10..14), "a,0,2,1\nb,30,2,1\nc,60,3,2\n");
    let done = scene.run("", "", "");
    let page = std::fs::read_to_string(scene.path("out/report.html")).unwrap();
    for run in ["alize", "run-now", "fifo"] {
        assert!(page.contains(&format!("<th scope=\"row\">{run}</th>")), "{run}");
    }
    let saved = format!("emits {:.1} % less", done.figure("alize", "savedShare") * 100.0);
    assert!(page.contains(&saved), "{saved}");
    // 2 h at hour 0, 2 h at hour 30 and 6 core-hours from hour 60, which is noon, of which 4 are clean.
    assert!(page.contains("1.00 kg CO₂e instead of 2.20 kg"), "{page}");
}

#[test]
fn of_no_jobs_most_figures_mean_nothing_and_that_is_said() {
    let scene = Scene::of(&[300.0; 4], "");
    let rest = "runs: [{name: alize, policy: policy.yaml}, {rival: run-now}, {rival: lowest-slot}, {bound: optimum}]";
    let done = scene.run("", "", rest);
    let warnings = done.json["warnings"].to_string();
    assert!(warnings.contains("no job is submitted"), "{warnings}");
    for run in done.json["runs"].as_array().unwrap() {
        for figure in [
            "meanWaitHours",
            "p95WaitHours",
            "harmedShare",
            "savedShare",
            "savedShareByNamespace",
        ] {
            assert!(run[figure].is_null(), "{figure}: {run}");
        }
        assert!(!run.to_string().contains("-0"), "{run}");
    }
    assert!(!done.results.table().contains("-0"), "{}", done.results.table());
}

#[test]
fn warnings_are_always_there_also_where_there_are_none() {
    let done = Scene::of(&[300.0; 4], "a,0,1,1\n").run("", "maxDelay: {default: 1h}", "");
    assert_eq!(done.json["warnings"], serde_json::json!([]));
}
