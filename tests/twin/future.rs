//! Nobody sees the future: perturb it, and all that was decided before stays as it was.

use std::collections::BTreeSet;
use std::f64::consts::TAU;

use crate::scene::{Outcome, Scene, hourly, lines};

/// The hour from which on all is different.
const CHANGE: i64 = 60;

/// Intensities that no profile tells, the same up to the change.
fn values(hours: i64, other: bool) -> Vec<f64> {
    let value =
        |hour: i64| 200.0 + f64::from((hour * 7919).rem_euclid(173) as i32) + 100.0 * (hour as f64 / 24.0 * TAU).sin();
    let perturbed = |hour: i64| {
        if other && hour >= CHANGE {
            600.0 - value(hour)
        } else {
            value(hour)
        }
    };
    (-96..hours).map(perturbed).collect()
}

/// Forty jobs; of some, the lengths are others.
fn jobs(longer: &BTreeSet<String>) -> String {
    let job = |i: i64| {
        let (id, length) = (format!("j{i}"), 1 + i % 5);
        let factor = if longer.contains(&id) { 2 } else { 1 };
        format!("{id},{},{},1,{}\n", i * 3, length * factor, i % 2 == 0)
    };
    (0..40).map(job).collect()
}

/// The same forty as long as they come before the change. Of those after it one in three never comes, one takes more, for
/// longer and later, and others come that were not there, all at once.
fn other_jobs() -> String {
    let jobs = jobs(&BTreeSet::new());
    let submit = |row: &str| row.split(',').nth(1)?.parse::<i64>().ok();
    let (before, after): (Vec<&str>, Vec<&str>) = jobs.lines().partition(|row| submit(row) < Some(CHANGE));
    let left = after.iter().enumerate().filter(|(i, _)| i % 3 != 0);
    let changed = left.map(|(i, row)| match (i % 3, row.split(',').next(), submit(row)) {
        (1, Some(id), Some(submit)) => format!("{id},{},9,2,true", submit + 1),
        _ => (*row).to_owned(),
    });
    let added = (0..12).map(|i| format!("n{i},{CHANGE},{},3,false", 1 + i % 4));
    lines(before.iter().map(|row| (*row).to_owned()).chain(changed).chain(added))
}

fn run(zone: &str, lengths: &str, other: bool, longer: &BTreeSet<String>) -> Outcome {
    run_jobs(zone, &format!("lengths: {lengths}"), other, &jobs(longer))
}

fn run_jobs(zone: &str, rest: &str, other: bool, jobs: &str) -> Outcome {
    let scene = Scene::new()
        .file("es.csv", hourly(-96, &values(240, other)))
        .file("jobs.csv", format!("id,submit,duration,cpus,interruptible\n{jobs}"));
    let rest = format!("{rest}\nseed: 3");
    scene.run(zone, "maxDelay: {default: 20h}\ninterruptible: {resumeCost: 5m}", &rest)
}

/// The jobs that have not ended before the change.
fn unfinished(outcome: &Outcome) -> BTreeSet<String> {
    let rows = outcome
        .rows
        .iter()
        .filter(|row| row["run"] == "alize" && row["end"] >= change());
    rows.map(|row| row["job"].clone()).collect()
}

fn change() -> String {
    format!(
        "{:.3}",
        jiff::Timestamp::from_second(1_640_995_200 + CHANGE * 3600).unwrap()
    )
}

/// All starts and stops before the change.
fn before(outcome: &Outcome) -> Vec<(String, String)> {
    let change = change();
    let mut acts = Vec::new();
    for row in outcome.rows.iter().filter(|row| row["run"] == "alize") {
        for segment in row["segments"].split(';') {
            let times = segment.split('@').nth(1).unwrap().split('/');
            acts.extend(
                times
                    .filter(|at| **at < *change)
                    .map(|at| (row["job"].clone(), at.to_owned())),
            );
        }
    }
    acts
}

#[test]
fn no_forecast_is_read_before_its_issue() {
    let none = BTreeSet::new();
    for forecast in ["persistence", "profile", "ours"] {
        for capacity in ["", "\ncapacity: {cpus: 3}"] {
            let zone = format!("forecast: {forecast}{capacity}");
            let (one, other) = (run(&zone, "known", false, &none), run(&zone, "known", true, &none));
            assert!(before(&one).len() > 20);
            assert_eq!(before(&one), before(&other), "{zone}");
            assert_ne!(one.json["runs"][0]["grams"], other.json["runs"][0]["grams"]);
        }
    }
}

#[test]
fn no_length_is_known_before_its_job_has_finished() {
    for capacity in ["", "capacity: {cpus: 3}"] {
        let one = run(capacity, "learned", false, &BTreeSet::new());
        let other = run(capacity, "learned", false, &unfinished(&one));
        assert!(before(&one).len() > 20);
        assert_eq!(before(&one), before(&other), "{capacity}");
        assert_ne!(one.json["runs"][0]["kwh"], other.json["runs"][0]["kwh"]);
    }
}

#[test]
fn no_job_is_seen_before_its_submission() {
    let (usual, others) = (jobs(&BTreeSet::new()), other_jobs());
    for (zone, lengths) in [
        ("capacity: {cpus: 3}", "known"),
        ("forecast: profile\ncapacity: {cpus: 3}", "learned"),
        ("forecast: persistence", "learned"),
    ] {
        let rest = format!("lengths: {lengths}\narrivals: online");
        let (one, other) = (
            run_jobs(zone, &rest, false, &usual),
            run_jobs(zone, &rest, false, &others),
        );
        assert!(before(&one).len() > 20);
        assert_eq!(before(&one), before(&other), "{zone}");
        assert_ne!(one.json["runs"][0]["jobs"], other.json["runs"][0]["jobs"]);
        assert_ne!(one.json["runs"][0]["kwh"], other.json["runs"][0]["kwh"]);
    }
}

#[test]
fn who_knows_all_jobs_from_the_start_decides_otherwise_so_the_test_above_can_fail() {
    let rest = "lengths: known\narrivals: known";
    let decided = |jobs: &str| before(&run_jobs("capacity: {cpus: 3}", rest, false, jobs));
    assert_ne!(decided(&jobs(&BTreeSet::new())), decided(&other_jobs()));
}

#[test]
fn at_the_end_of_the_data_too_nobody_knows_a_length_before_its_job_has_finished() {
    // Cleaner by the hour: who knew how long the last job is would start it sooner. Its kind ran for an hour so far.
    let values = lines((0..10).map(|hour| format!("2022-01-01 {hour:02}:00,{}", 400 - 40 * hour)));
    let starts = |hours: u32| {
        let scene = Scene::new().file("es.csv", format!("time,value\n{values}")).file(
            "jobs.csv",
            format!("id,submit,duration,cpus\na,0,1,1\nb,2,1,1\nc,6.5,{hours},1\n"),
        );
        let runs = "runs: [{name: alize, policy: policy.yaml}, {rival: lowest-slot}, {rival: lowest-window}, {rival: carbon-time}, \
                    {rival: threshold}, {rival: carbon-scaler}, {rival: arrival-greedy}]";
        let rest = format!("lengths: learned\n{runs}");
        let done = scene.run("", "maxDelay: {default: 2h}", &rest);
        let last = done.rows.iter().filter(|row| row["job"] == "c");
        last.map(|row| (row["run"].clone(), row["start"].clone()))
            .collect::<Vec<_>>()
    };
    assert_eq!(starts(1), starts(3));
    let late = |(_, start): &(String, String)| start.contains("T08:30");
    assert!(starts(3).iter().filter(|run| late(run)).count() >= 3, "{:?}", starts(3));
}

#[test]
fn a_perfect_forecast_sees_the_future_so_the_test_above_can_fail() {
    let none = BTreeSet::new();
    let (one, other) = (run("", "known", false, &none), run("", "known", true, &none));
    assert_ne!(before(&one), before(&other));
}

#[test]
fn issued_forecasts_are_seen_from_their_issue_on() {
    let truth = hourly(0, &[300.0; 72]);
    // Of each day its clean hour is told at midnight only: 20:00 on the first, 3:00 on the second day.
    let told =
        lines((0..72_i64).map(|hour| format!("{},{}", stamp(hour), if hour == 20 || hour == 27 { 100 } else { 300 })));
    let scene = Scene::new()
        .file("es.csv", truth)
        .file("f.csv", format!("time,value\n{told}"))
        .file("jobs.csv", "id,submit,duration\na,2,1\nb,22,1\n");
    let zone = "forecast: {csv: f.csv, time: time, value: value, issued: daily}";
    let done = scene.run(zone, "maxDelay: {default: 40h}", "");
    assert_eq!(done.segments("alize", "a"), "es@01T20:00/01T21:00");
    // At 22:00 nothing tells of the next day, and all hours look alike: at once.
    assert_eq!(done.segments("alize", "b"), "es@01T22:00/01T23:00");
}

#[test]
fn an_issue_column_says_when_each_row_was_known() {
    let scene = Scene::new()
        .file("es.csv", hourly(0, &[300.0; 48]))
        .file("f.csv", "at,time,value\n2021-12-31T00:00Z,2022-01-01T05:00Z,300\n2021-12-31T00:00Z,2022-01-01T06:00Z,100\n2021-12-31T00:00Z,2022-01-01T07:00Z,300\n2022-01-01T01:30Z,2022-01-01T04:00Z,50\n2022-01-01T01:30Z,2022-01-01T05:00Z,300\n")
        .file("jobs.csv", "id,submit,duration\na,5,1\n");
    let scenario = scene
        .read_with(
            "forecast: {csv: f.csv, time: time, value: value, issued: {column: at}}",
            "",
            "",
        )
        .unwrap();
    let alize::twin::world::Forecast::Issued(issues) = &scenario.world.zones[0].forecast else {
        panic!("issued")
    };
    let times: Vec<i64> = issues.iter().map(|(issue, _)| issue / 60_000).collect();
    assert_eq!(times, [-1440, 90]);
    let hours = |issue: usize| {
        issues[issue]
            .1
            .iter()
            .map(|row| (row.start / 3_600_000, row.value))
            .collect::<Vec<_>>()
    };
    assert_eq!(hours(0), [(5, 300.0), (6, 100.0), (7, 300.0)]);
    assert_eq!(
        hours(1),
        [(4, 50.0), (5, 300.0), (6, 100.0), (7, 300.0)],
        "what it does not speak of stays"
    );
}

#[test]
fn what_an_older_issue_said_of_a_row_stands_until_a_newer_one_speaks_of_it() {
    // Each noon tells the next day: its clean hour is 18:00. At 14:00 a correction says that it is 19:00 on the first.
    let rows = |issue: i64, first: i64, clean: i64| {
        lines((first..first + 24).map(move |hour| {
            let value = if hour % 24 == clean { 100 } else { 300 };
            format!("{},{},{value}", stamp(issue), stamp(hour))
        }))
    };
    let days = rows(-12, 0, 18) + &rows(12, 24, 18);
    let correction = format!("{0},{1},300\n{0},{2},100\n", stamp(14), stamp(18), stamp(19));
    let zone = "forecast: {csv: f.csv, time: time, value: value, issued: {column: at}}";
    for (more, start) in [("", "18"), (correction.as_str(), "19")] {
        let scene = Scene::new()
            .file("es.csv", hourly(-48, &[300.0; 120]))
            .file("f.csv", format!("at,time,value\n{days}{more}"))
            .file("jobs.csv", "id,submit,duration\na,13,1\nb,15,1\n");
        let rest = "runs: [{name: alize, policy: policy.yaml}, {rival: lowest-window}]";
        let done = scene.run(zone, "maxDelay: {default: 8h}", rest);
        for run in ["alize", "lowest-window"] {
            let hour = |job: &str| done.segments(run, job)["es@01T".len()..][..2].to_owned();
            assert_eq!(hour("b"), start, "{run}");
        }
        assert_eq!(done.segments("lowest-window", "a"), "es@01T18:00/01T19:00");
        assert_eq!(
            done.segments("alize", "a"),
            format!("es@01T{start}:00/01T{}:00", start.parse::<u32>().unwrap() + 1)
        );
    }
}

fn stamp(hour: i64) -> String {
    jiff::Timestamp::from_second(1_640_995_200 + hour * 3600)
        .unwrap()
        .to_string()
}
