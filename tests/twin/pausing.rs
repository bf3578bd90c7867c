//! Whatever a plan would save, nobody is paused who may not be, nor sooner, nor more often.

use jiff::Timestamp;

use crate::scene::Scene;

const MINIMUM: i128 = 120 * 60_000;
const MOST: usize = 1;

/// Two zones of quick changes with little room, and jobs of which each second one may be paused.
fn scene(seed: u64) -> (Scene, Vec<bool>) {
    let mut random = fastrand::Rng::with_seed(seed);
    let mut values = || (0..300).map(|_| random.u32(50..500).into()).collect::<Vec<f64>>();
    let scene = Scene::new().zone("es", &values()).zone("fr", &values());
    let pausable: Vec<bool> = (0..16).map(|number| number % 2 == 0).collect();
    let job = |(number, pausable): (usize, &bool)| {
        let (submit, length) = (random.f64() * 40.0, 0.3 + random.f64() * 7.0);
        let (cpus, delay) = (random.u32(1..=2), [5, 20][random.usize(0..2)]);
        let scaling = if random.bool() { "mpi" } else { "" };
        format!("j{number},{submit:.2},{length:.2},{cpus},{pausable},{scaling},{delay}\n")
    };
    let jobs: String = pausable.iter().enumerate().map(job).collect();
    let header = "id,submit,duration,cpus,interruptible,scaling,maxDelay\n";
    (scene.file("jobs.csv", format!("{header}{jobs}")), pausable)
}

/// By stretch without a gap or a move: how many milliseconds it ran.
fn stretches(segments: &str) -> Vec<i128> {
    let mut stretches: Vec<i128> = Vec::new();
    let mut last: Option<(String, Timestamp)> = None;
    for segment in segments.split(';') {
        let (zone, times) = segment.split_once('@').unwrap();
        let times = times.split_once('*').map_or(times, |(times, _)| times);
        let (start, end) = times.split_once('/').unwrap();
        let (start, end): (Timestamp, Timestamp) = (start.parse().unwrap(), end.parse().unwrap());
        let ran = end.duration_since(start).as_millis();
        match (&last, stretches.last_mut()) {
            (Some((there, until)), Some(stretch)) if there == zone && *until == start => *stretch += ran,
            _ => stretches.push(ran),
        }
        last = Some((zone.to_owned(), end));
    }
    stretches
}

#[test]
fn where_the_rows_of_zones_do_not_meet_pieces_are_as_good_as_where_they_do() {
    let row = |row: usize| {
        let value = if row.is_multiple_of(2) { 400 } else { 100 };
        format!("2022-01-0{}T{:02}:30:00Z,{value}\n", 1 + row / 24, row % 24)
    };
    let rows: String = (0..72).map(row).collect();
    let jobs = "submit,duration,id,interruptible,zones\n0.5,5,j,true,fr\n";
    let scene = Scene::new()
        .zone("es", &[500.0; 72])
        .file("fr.csv", format!("time,value\n{rows}"))
        .file("jobs.csv", jobs);
    let zones = "- {name: es, intensity: {csv: es.csv, time: time, value: value}}\n- {name: fr, intensity: {csv: fr.csv, time: time, value: value}}";
    let runs = "runs: [{name: alize, policy: policy.yaml}, {rival: wait-awhile}]";
    let done = scene.play(&scene.read_zones(zones, "", runs).unwrap());
    let grams = |run: &str| done.figure(run, "grams");
    assert!((grams("alize") - 500.0).abs() < 1e-6 && (grams("wait-awhile") - 500.0).abs() < 1e-6);
}

#[test]
fn nobody_is_paused_for_a_rounding() {
    let hour = |hour: usize| if [7, 8].contains(&(hour % 24)) { 155.0 } else { 300.0 };
    let values: Vec<f64> = (0..72).map(hour).collect();
    let jobs = "submit,duration,id,interruptible\n5.166666666667,1.972222222222,j,true\n";
    let scene = Scene::new().zone("es", &values).file("jobs.csv", jobs);
    let done = scene.run("", "", "");
    assert_eq!(done.figure("alize", "pauses"), 0.0);
}

#[test]
fn a_piece_needs_room_until_its_pause_and_no_longer() {
    // There is room from 2:00 to 3:00 and from 4:00 on. From 2:00 to its end without a pause there would be none.
    let capacity = "t,v\n2022-01-01 00:00,4\n2022-01-01 02:00,8\n2022-01-01 03:00,4\n2022-01-01 04:00,8\n";
    let scene = Scene::new().zone("es", &[300.0; 9]).file("cap.csv", capacity).file(
        "jobs.csv",
        "id,submit,duration,cpus,interruptible,maxDelay\na,1,2,6,true,2\n",
    );
    let done = scene.run("capacity: {cpus: {csv: cap.csv, time: t, value: v}}", "", "");
    assert_eq!(done.segments("alize", "a"), "es@01T02:00/01T03:00;es@01T04:00/01T05:00");
    assert_eq!(done.figure("alize", "deadlineMisses"), 0.0);
    assert_eq!(done.figure("alize", "overbookedSlots"), 0.0);
}

#[test]
fn whoever_is_paused_makes_room_for_whoever_starts_at_the_same_instant() {
    // The second, which draws more, has no time to wait beyond 2:00, when the first gives its room to it.
    let jobs =
        "id,submit,duration,cpus,watts,interruptible,maxDelay\nsecond,0,1,1,3000,false,2\nfirst,0,2,1,1000,true,9\n";
    let scene = Scene::new()
        .zone("es", &[300.0, 100.0, 90.0, 50.0, 300.0])
        .file("jobs.csv", jobs);
    for home in ["", "home: es"] {
        let done = scene.run("capacity: {cpus: 1}", home, "arrivals: known");
        assert_eq!(done.figure("alize", "deadlineMisses"), 0.0);
        assert_eq!(
            done.segments("alize", "first"),
            "es@01T01:00/01T02:00;es@01T03:00/01T04:00"
        );
        assert_eq!(done.segments("alize", "second"), "es@01T02:00/01T03:00");
    }
}

#[test]
fn whoever_moves_away_makes_room_for_one_that_must_go_on_at_that_instant() {
    // From 1:00 on only one of two has room in es. There m is clean until 2:00 and then in fr, when p has waited as long as it may.
    let capacity = "t,v\n2022-01-01 00:00,2\n2022-01-01 01:00,1\n";
    let scene = Scene::new()
        .zone("es", &[10.0, 10.0, 10.0, 900.0, 900.0, 900.0, 900.0, 900.0])
        .zone("fr", &[900.0, 900.0, 5.0, 5.0, 900.0, 900.0, 900.0, 900.0])
        .file("cap.csv", capacity)
        .file(
            "jobs.csv",
            "id,submit,duration,cpus,interruptible,maxDelay,zones\np,0,2,1,true,1,es\nm,0,4,1,true,1,es;fr\n",
        );
    let zones = "- name: es\n  intensity: {csv: es.csv, time: time, value: value}\n  \
                 capacity: {cpus: {csv: cap.csv, time: t, value: v}}\n\
                 - name: fr\n  intensity: {csv: fr.csv, time: time, value: value}\n";
    let jobs = "home: es\nmigration: {allowed: true, cost: 0m}\ninterruptible: {resumeCost: 0m}";
    let done = scene.play(&scene.read_zones(zones, jobs, "arrivals: known\nslot: 15m").unwrap());
    assert_eq!(done.segments("alize", "m"), "es@01T00:00/01T02:00;fr@01T02:00/01T04:00");
    assert_eq!(done.segments("alize", "p"), "es@01T00:00/01T01:00;es@01T02:00/01T03:00");
}

#[test]
fn nobody_is_paused_who_may_not_be_nor_sooner_nor_more_often_than_it_may() {
    let zones = |cpus: &str| {
        let zone =
            |name: &str| format!("- name: {name}\n  intensity: {{csv: {name}.csv, time: time, value: value}}\n{cpus}");
        zone("es") + &zone("fr")
    };
    let terms = "scalingCurves: {mpi: [[1, 1.0, 1.0], [2, 1.9, 2.0]]}\n\
                 interruptible: {resumeCost: 5m, minimumRun: 120m, maximum: 1}\n";
    let mut paused = 0;
    for seed in 0..4 {
        let (scene, pausable) = scene(seed);
        for (lengths, moves, cpus) in [
            ("known", false, "  capacity: {cpus: 5}\n"),
            ("learned", true, ""),
            ("learned", false, "  capacity: {cpus: 5}\n"),
        ] {
            let jobs = format!("{terms}migration: {{allowed: {moves}, cost: 10m}}");
            let rest = format!("lengths: {lengths}\nruns: [{{name: alize, policy: policy.yaml}}]");
            let done = scene.play(&scene.read_zones(&zones(cpus), &jobs, &rest).unwrap());
            for (number, may) in pausable.iter().enumerate() {
                let segments = done.cell("alize", &format!("j{number}"), "segments");
                let stretches = stretches(segments);
                let (last, stopped) = stretches.split_last().unwrap();
                let said = format!("seed {seed}, {lengths}, j{number}: {segments}, at last {last}");
                assert!(stopped.len() <= if *may { MOST } else { 0 }, "{said}");
                assert!(stopped.iter().all(|ran| *ran >= MINIMUM), "{said}");
                paused += stopped.len();
            }
        }
    }
    assert!(paused > 10, "{paused}");
}
