//! The cluster holds what it holds.

use crate::scene::{Scene, close, days, lines};

#[test]
fn run_now_ignores_room_and_its_overbooked_cells_are_counted() {
    // Two jobs of one core from 0:00 to 1:20 where one core is: six slots of a quarter of an hour.
    let scene = Scene::of(&[300.0; 6], "a,0,1.3,1\nb,0.1,1.3,1\n");
    let done = scene.run("capacity: {cpus: 1, memoryGiB: 10}", "maxDelay: {default: 2h}", "");
    assert!(close(done.figure("run-now", "overbookedSlots"), 6.0));
    assert!(close(done.figure("fifo", "overbookedSlots"), 0.0));
    assert!(close(done.figure("alize", "overbookedSlots"), 0.0));
    assert_eq!(done.cell("fifo", "b", "start"), "2022-01-01T01:18:00.000Z");
}

#[test]
fn fifo_asks_earlier_jobs_first_and_lets_whoever_fits_pass() {
    let scene = Scene::of(&[300.0; 9], "a,0,2,3\nbig,0.5,1,4\nsmall,1,1,1\nlate,1.5,1,2\n");
    let done = scene.run("capacity: {cpus: 4}", "", "");
    assert!(
        done.segments("fifo", "small").starts_with("es@01T01:00"),
        "it fits beside a"
    );
    assert!(
        done.segments("fifo", "big").starts_with("es@01T02:00"),
        "asked first when a ends"
    );
    assert!(done.segments("fifo", "late").starts_with("es@01T03:00"));
}

#[test]
fn fifo_takes_the_first_listed_zone_with_room_home_first() {
    let zones = "- name: es\n  intensity: {csv: es.csv, time: time, value: value}\n  capacity: {cpus: 1}\n- name: fr\n  intensity: {csv: \
                 es.csv, time: time, value: value}\n  capacity: {cpus: 1}\n";
    let scene = Scene::of(&[300.0; 9], "a,0,2,1\nb,0,2,1\nc,0,2,1\n");
    let done = scene.play(&scene.read_zones(zones, "home: fr", "").unwrap());
    let zones = ["a", "b", "c"].map(|job| done.cell("fifo", job, "zone"));
    assert_eq!(zones, ["fr", "es", "fr"]);
    assert_eq!(done.cell("fifo", "c", "wait_hours"), "2");
}

#[test]
fn alize_never_overbooks_and_misses_no_deadline_that_fifo_keeps() {
    let jobs = lines((0..24).map(|i| format!("j{i},{},{},{}", i / 4, 1 + i % 3, 1 + i % 2)));
    let scene = Scene::of(&days(4, 10..14), &jobs);
    for lengths in ["known", "learned", "mean"] {
        let rest = format!("lengths: {lengths}");
        let done = scene.run("capacity: {cpus: 6}", "maxDelay: {default: 20h}", &rest);
        assert!(close(done.figure("alize", "overbookedSlots"), 0.0), "{lengths}");
        assert!(close(done.figure("alize", "deadlineMisses"), 0.0), "{lengths}");
        assert!(done.figure("alize", "savedShare") > 0.1, "{lengths}: {}", done.json);
    }
}

#[test]
fn a_capacity_that_shrinks_is_respected_by_who_knows_when_jobs_end() {
    let cap = "time,value\n2022-01-01 00:00,2\n2022-01-01 03:00,1\n2022-01-01 08:00,2\n";
    let scene = Scene::of(&[300.0; 12], "a,0,10,1\nb,1,4,1\nc,1,2,1\n").file("cap.csv", cap);
    let done = scene.run("capacity: {cpus: {csv: cap.csv, time: time, value: value}}", "", "");
    assert!(
        done.segments("fifo", "b").starts_with("es@01T08:00"),
        "{}",
        done.segments("fifo", "b")
    );
    assert!(done.segments("fifo", "c").starts_with("es@01T01:00"));
    assert!(close(done.figure("fifo", "overbookedSlots"), 0.0));
    assert!(
        close(done.figure("run-now", "overbookedSlots"), 8.0 + 8.0),
        "two of three cells too many, 1:00 to 5:00"
    );
}

#[test]
fn a_job_that_takes_more_than_any_zone_holds_is_an_error_that_names_it() {
    let scene = Scene::of(&[300.0; 6], "a,0,1,1\nhuge,0,1,9\n");
    let error = scene.read_with("capacity: {cpus: 8}", "", "").unwrap_err().to_string();
    assert!(
        error.contains("jobs.csv, line 3") && error.contains("\"huge\""),
        "{error}"
    );
}
