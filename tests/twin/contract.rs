//! The meanings of a scenario, each on an instance worked out by hand.

use crate::scene::{POLICY, Scene, close, lines};

const MAY_PAUSE: &str = "id,submit,duration,interruptible\na,0,2,true\n";
const RIVALS: &str = "runs: [{rival: run-now}, {rival: wait-awhile}, {bound: optimum}]";

#[test]
fn waiting_counts_pauses_and_a_resume_is_energy_at_its_instant_and_takes_no_time() {
    let scene = Scene::new()
        .zone("es", &[100.0, 300.0, 300.0, 120.0, 300.0])
        .file("jobs.csv", MAY_PAUSE);
    let done = scene.run("", "maxDelay: {default: 3h}\ninterruptible: {resumeCost: 6m}", RIVALS);
    assert_eq!(
        done.segments("wait-awhile", "a"),
        "es@01T00:00/01T01:00;es@01T03:00/01T04:00"
    );
    assert_eq!(done.cell("wait-awhile", "a", "wait_hours"), "2");
    assert_eq!(done.cell("wait-awhile", "a", "pauses"), "1");
    // The first start is free; the resume costs a tenth of an hour at 120.
    assert!(close(done.figure("wait-awhile", "grams"), 100.0 + 120.0 + 12.0));
    assert!(close(done.figure("wait-awhile", "kwh"), 2.1));
    assert!(close(done.figure("optimum", "grams"), 232.0));
    assert!(close(done.figure("wait-awhile", "capturedShare"), 1.0));
}

#[test]
fn a_resume_in_another_zone_costs_the_migration_instead() {
    const ZONES: &str = "- name: es\n  intensity: {csv: es.csv, time: time, value: value}\n- name: fr\n  intensity: {csv: fr.csv, time: time, \
                         value: value}\n";
    let scene = Scene::new()
        .zone("es", &[100.0, 300.0, 300.0])
        .zone("fr", &[300.0, 100.0, 300.0])
        .file("jobs.csv", MAY_PAUSE);
    let jobs =
        "home: es\nmaxDelay: {default: 0h}\ninterruptible: {resumeCost: 5m}\nmigration: {allowed: true, cost: 12m}";
    let done = scene.play(&scene.read_zones(ZONES, jobs, RIVALS).unwrap());
    assert_eq!(
        done.segments("optimum", "a"),
        "es@01T00:00/01T01:00;fr@01T01:00/01T02:00"
    );
    assert!(close(done.figure("optimum", "grams"), 100.0 + 100.0 + 20.0));
    assert!(close(done.figure("optimum", "migrations"), 1.0));
    let stays = jobs.replace("allowed: true", "allowed: false");
    let done = scene.play(&scene.read_zones(ZONES, &stays, RIVALS).unwrap());
    assert!(close(done.figure("optimum", "grams"), 400.0), "either zone all the way");
}

#[test]
fn what_is_released_into_a_full_zone_stays_pending_and_starts_when_room_comes() {
    let csv = "id,submit,duration,maxDelay\na,0,5,0\nb,1,1,0\nc,2,1,12\n";
    let scene = Scene::new().zone("es", &[300.0; 20]).file("jobs.csv", csv);
    let done = scene.run("capacity: {cpus: 1}", "", "");
    for run in ["alize", "fifo"] {
        assert_eq!(done.segments(run, "b"), "es@01T05:00/01T06:00", "{run}");
        assert_eq!(done.segments(run, "c"), "es@01T06:00/01T07:00", "{run}");
        assert!(close(done.figure(run, "deadlineMisses"), 1.0), "{run}: b waits 4 h");
        assert!(close(done.figure(run, "overbookedSlots"), 0.0), "{run}");
    }
}

#[test]
fn a_deadline_binds_an_unknown_length_at_what_history_hardly_exceeds_and_the_job_runs_on_to_its_end() {
    // Cleaner by the hour, so that the last start is the best; of its kind forty ran two hours, and this one runs four.
    let values: Vec<f64> = (0..30).map(|hour| 400.0 - 10.0 * f64::from(hour)).collect();
    let past = lines((0..40).map(|job| format!("p{job},{},2", -100 + job)));
    let scene = Scene::new()
        .zone("es", &values)
        .file("past.csv", format!("id,submit,duration\n{past}"))
        .file("jobs.csv", "id,submit,duration,finishBy\na,0,4,20\n");
    let done = scene.run("", "history: past.csv", "lengths: learned");
    assert_eq!(done.segments("alize", "a"), "es@01T18:00/01T22:00");
    assert!(close(done.figure("alize", "deadlineMisses"), 1.0));
    let known = scene.run("", "history: past.csv", "lengths: known");
    assert_eq!(known.segments("alize", "a"), "es@01T16:00/01T20:00");
    assert!(close(known.figure("alize", "deadlineMisses"), 0.0));
}

#[test]
fn where_nothing_is_known_of_a_length_the_policy_estimates_it() {
    let values: Vec<f64> = (0..30).map(|hour| 400.0 - 10.0 * f64::from(hour)).collect();
    let scene = Scene::new()
        .zone("es", &values)
        .file(
            "policy.yaml",
            POLICY.replace("spec: {", "spec: {estimates: {duration: 3h}, "),
        )
        .file("jobs.csv", "id,submit,duration,finishBy\na,0,1,20\n");
    let done = scene.run("", "", "lengths: learned");
    assert_eq!(done.segments("alize", "a"), "es@01T17:00/01T18:00");
}

#[test]
fn without_a_forecast_and_without_history_jobs_run_at_once() {
    let scene = Scene::of(&[300.0, 100.0, 300.0, 300.0], "a,0.5,1,1\n");
    for forecast in ["persistence", "profile", "ours"] {
        let done = scene.run(&format!("forecast: {forecast}"), "maxDelay: {default: 2h}", "");
        assert_eq!(done.segments("alize", "a"), "es@01T00:30/01T01:30", "{forecast}");
    }
}

#[test]
fn instants_and_durations_are_written_as_people_write_them() {
    let csv =
        "id,submit,duration,finishBy\na,2022-01-01T00:30:00+01:00,90m,\nb,2022-01-01T01:00:00Z,1,2022-01-01 04:00\n";
    let scenario = Scene::new()
        .zone("es", &[300.0; 6])
        .file("jobs.csv", csv)
        .read_with("", "", "")
        .unwrap();
    let [only] = scenario.world.jobs.as_slice() else {
        panic!("a was submitted before the start")
    };
    assert_eq!(
        (only.id.as_str(), only.submit, only.length),
        ("b", 3_600_000, 3_600_000)
    );
    assert_eq!(only.finish_by, Some(4 * 3_600_000));
    assert!(
        scenario.warnings[0].contains("1 jobs were submitted before the start"),
        "{:?}",
        scenario.warnings
    );
}

#[test]
fn a_job_that_cannot_run_within_the_series_is_an_error_that_names_file_and_job() {
    let scene = Scene::of(&[300.0; 6], "a,0,1,1\nlast,5,2,1\n");
    let error = scene.read_with("", "", "").unwrap_err().to_string();
    for word in ["jobs.csv, line 3", "\"last\"", "2022-01-01T06:00:00Z"] {
        assert!(error.contains(word), "{word}: {error}");
    }
}

#[test]
fn the_higher_priority_takes_the_clean_hour_where_room_is_short() {
    let csv = "id,submit,duration,priority\nlow,0,1,0\nhigh,0,1,5\n";
    let scene = Scene::new()
        .zone("es", &[300.0, 200.0, 100.0, 300.0])
        .file("jobs.csv", csv);
    let done = scene.run("capacity: {cpus: 1}", "maxDelay: {default: 3h}", "arrivals: known");
    assert_eq!(done.segments("alize", "high"), "es@01T02:00/01T03:00");
    assert_eq!(done.segments("alize", "low"), "es@01T01:00/01T02:00");
}

#[test]
fn of_those_who_come_at_one_instant_the_order_of_rows_decides_nothing() {
    let csv = "id,submit,duration,priority\nlow,0,1,0\nhigh,0,1,5\n";
    let scene = Scene::new()
        .zone("es", &[100.0, 200.0, 300.0, 300.0])
        .file("jobs.csv", csv);
    let done = scene.run("capacity: {cpus: 1}", "maxDelay: {default: 3h}", "");
    assert_eq!(done.segments("alize", "high"), "es@01T00:00/01T01:00");
    assert_eq!(done.segments("alize", "low"), "es@01T01:00/01T02:00");
}

#[test]
fn the_mean_of_a_class_counts_the_whole_file_also_rows_before_the_start_and_after_the_end() {
    // Cleaner by the hour. Of the one job's class, that runs an hour, two others ran 4 h: it is expected to run 3 h.
    let values: Vec<f64> = (0..30).map(|hour| 400.0 - 10.0 * f64::from(hour)).collect();
    let csv = "id,submit,duration,finishBy\nearly,-5,4,\na,0,1,20\nlate,9999,4,\n";
    let scene = Scene::new().zone("es", &values).file("jobs.csv", csv);
    let rest = "lengths: mean\nruns: [{name: alize, policy: policy.yaml}, {rival: lowest-window}]";
    let done = scene.run("", "", rest);
    for run in ["alize", "lowest-window"] {
        assert_eq!(done.segments(run, "a"), "es@01T17:00/01T18:00", "{run}");
    }
}
