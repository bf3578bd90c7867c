//! When jobs run, and how long they wait for it.

use crate::scene::{POLICY, Scene, close, days};

#[test]
fn a_job_waits_for_the_clean_hours_that_its_delay_reaches() {
    let scene = Scene::of(&days(3, 10..14), "a,1.5,2,1\nb,20,2,1\n");
    let done = scene.run("", "maxDelay: {default: 12h}", "");
    assert_eq!(done.segments("alize", "a"), "es@01T10:00/01T12:00");
    assert_eq!(
        done.segments("alize", "b"),
        "es@01T20:00/01T22:00",
        "the next clean hour is 14 h away"
    );
    assert_eq!(done.segments("run-now", "a"), "es@01T01:30/01T03:30");
    assert_eq!(done.cell("alize", "a", "wait_hours"), "8.5");
    assert!(close(done.figure("alize", "meanWaitHours"), 4.25));
    assert!(close(done.figure("alize", "p95WaitHours"), 8.5));
}

#[test]
fn starts_lie_at_any_instant_not_only_on_borders() {
    // One clean hour, and a job of an hour and a half: it ends with the clean hour, or begins with it, whatever is cleaner.
    let scene = Scene::of(&[300.0, 300.0, 250.0, 100.0, 300.0, 300.0, 300.0], "a,0.25,1.5,1\n");
    let done = scene.run("", "maxDelay: {default: 4h}", "");
    assert_eq!(done.segments("alize", "a"), "es@01T02:30/01T04:00");
    assert!(close(done.figure("alize", "grams"), 225.0));
}

#[test]
fn the_tightest_of_delay_deadline_and_policy_wins() {
    let csv = "id,submit,duration,by,delay\ndelay,0,2,,6\nfinish,0,2,2022-01-01T09:00:00Z,\nboth,0,2,9,6\nfree,0,2,,\n";
    let scene = Scene::new()
        .zone("es", &days(3, 10..14))
        .file("jobs.csv", csv)
        .file("policy.yaml", POLICY.replace("30d", "10h"));
    let columns = "columns: {id: id, submit: submit, duration: duration, finishBy: by, maxDelay: delay}";
    let done = scene.run("", &format!("{columns}\nmaxDelay: {{default: 20h}}"), "");
    for (job, start) in [
        ("delay", "00:00"),
        ("finish", "00:00"),
        ("both", "00:00"),
        ("free", "10:00"),
    ] {
        assert!(
            done.segments("alize", job).starts_with(&format!("es@01T{start}")),
            "{job}: {}",
            done.segments("alize", job)
        );
    }
    assert!(close(done.figure("alize", "deadlineMisses"), 0.0));
}

#[test]
fn a_deadline_that_nobody_could_keep_is_missed_by_all_and_the_job_runs_at_once() {
    let csv = "id,submit,duration,finishBy\na,1,3,2\n";
    let scene = Scene::new().zone("es", &days(2, 10..14)).file("jobs.csv", csv);
    let done = scene.run("", "", "");
    assert_eq!(done.segments("alize", "a"), "es@01T01:00/01T04:00");
    for run in ["alize", "run-now", "fifo"] {
        assert!(close(done.figure(run, "deadlineMisses"), 1.0), "{run}");
    }
}

#[test]
fn a_job_after_another_waits_from_when_it_could_start() {
    let csv = "id,submit,duration,after,maxDelay\nfirst,1,2,,12\nthen,0,1,first,1\n";
    let scene = Scene::new().zone("es", &days(3, 10..12)).file("jobs.csv", csv);
    let done = scene.run("", "", "");
    assert_eq!(done.segments("alize", "first"), "es@01T10:00/01T12:00");
    assert_eq!(done.segments("alize", "then"), "es@01T12:00/01T13:00");
    assert_eq!(done.cell("alize", "then", "wait_hours"), "0");
    assert_eq!(done.segments("run-now", "then"), "es@01T03:00/01T04:00");
    assert_eq!(done.segments("fifo", "then"), "es@01T03:00/01T04:00");
}

#[test]
fn a_job_that_is_submitted_when_the_one_before_it_ends_runs_once() {
    let csv = "id,submit,duration,after\nfirst,0,2,\nthen,2,1,first\nlast,2,0,then\n";
    let scene = Scene::new().zone("es", &[300.0; 9]).file("jobs.csv", csv);
    for lengths in ["known", "mean", "learned"] {
        let rest = format!("lengths: {lengths}");
        let done = scene.run("capacity: {cpus: 1}", "maxDelay: {default: 0h}", &rest);
        assert_eq!(done.segments("alize", "then"), "es@01T02:00/01T03:00", "{lengths}");
    }
}

#[test]
fn a_job_that_no_policy_selects_runs_when_it_is_submitted_though_it_was_known_before() {
    let policy = POLICY.replace("spec: {", "spec: {jobSelector: {matchLabels: {team: ml}}, ");
    let csv = "id,submit,duration,labels\nmine,2,1,team=ml\nother,3,1,team=web\nlast,3.5,1,team=web\n";
    let scene = Scene::new()
        .zone("es", &days(2, 10..14))
        .file("policy.yaml", policy)
        .file("jobs.csv", csv);
    for (capacity, last) in [("", "03:30/01T04:30"), ("capacity: {cpus: 1}", "04:00/01T05:00")] {
        let done = scene.run(capacity, "", "arrivals: known");
        assert_eq!(done.segments("alize", "mine"), "es@01T10:00/01T11:00");
        assert_eq!(done.segments("alize", "other"), "es@01T03:00/01T04:00");
        assert_eq!(done.segments("alize", "last"), format!("es@01T{last}"));
    }
}

#[test]
fn where_the_series_ends_every_window_ends_and_it_is_said_once() {
    let values = [300.0, 300.0, 200.0, 250.0, 300.0];
    let scene = Scene::of(&values, "a,0,2,1\nb,3,2,1\n");
    let scenario = scene.read_with("", "maxDelay: {default: 24h}", "").unwrap();
    assert_eq!(scenario.warnings.len(), 1, "{:?}", scenario.warnings);
    let ends = "the intensity of zone es (es.csv) ends at 2022-01-01T05:00:00Z";
    assert!(scenario.warnings[0].contains(ends), "{:?}", scenario.warnings);
    let done = scene.play(&scenario);
    assert_eq!(done.segments("alize", "a"), "es@01T02:00/01T04:00");
    assert_eq!(done.segments("alize", "b"), "es@01T03:00/01T05:00");
}

#[test]
fn a_policy_decides_for_the_jobs_that_it_selects_and_others_run_at_once_at_home() {
    let csv = "id,submit,duration,labels,namespace\nmine,0,1,team=ml,a\nother,0,1,team=web,a\nplain,0,1,,a\naway,0,1,team=ml,b\n";
    let policy = POLICY.replace(
        "spec: {",
        "spec: {jobSelector: {matchLabels: {team: ml}}, namespaceSelector: {matchLabels: {kubernetes.io/metadata.name: a}}, ",
    );
    let scene = Scene::new()
        .zone("es", &days(2, 10..14))
        .file("jobs.csv", csv)
        .file("policy.yaml", policy);
    let done = scene.run("", "", "");
    for (job, hour) in [("mine", "10"), ("plain", "10"), ("other", "00"), ("away", "00")] {
        assert!(
            done.segments("alize", job).starts_with(&format!("es@01T{hour}:00")),
            "{job}"
        );
    }
}
