//! The cluster holds what it holds.

use alize::twin::scenario;

use crate::scene::{POLICY, Scene, close, days, hourly, lines};

/// Eight cores until 4:00, two from then on.
const SHRINKS: &str = "time,value\n2022-01-01 00:00,8\n2022-01-01 04:00,2\n";
const SHRINKING: &str = "capacity: {cpus: {csv: cap.csv, time: time, value: value}}";

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
fn room_is_kept_for_jobs_that_may_come_until_submissions_end() {
    // In each hour of three days a job came that filled the zone and could not wait. The one of now would wait until 6:00.
    let past = lines((-72..0).map(|hour| format!("p{hour},{hour},1,10,0")));
    let scene = Scene::new()
        .zone(
            "es",
            &(0..48)
                .map(|hour| if hour == 6 { 100.0 } else { 300.0 })
                .collect::<Vec<_>>(),
        )
        .file("past.csv", format!("id,submit,duration,cpus,maxDelay\n{past}"))
        .file("jobs.csv", "id,submit,duration,cpus,maxDelay\na,0,1,5,12\n");
    let start = |end: &str| {
        scene
            .read_with("capacity: {cpus: 10}", "history: past.csv", "")
            .unwrap();
        let path = scene.path("scenario.yaml");
        let text = std::fs::read_to_string(&path).unwrap();
        std::fs::write(&path, text.replace("2022-02-01T00:00:00Z", end)).unwrap();
        scene
            .play(&scenario::read(&path).unwrap())
            .cell("alize", "a", "start")
            .to_owned()
    };
    assert_eq!(
        start("2022-01-02T00:00:00Z"),
        "2022-01-01T00:00:00.000Z",
        "others are expected at 6:00"
    );
    assert_eq!(
        start("2022-01-01T06:00:00Z"),
        "2022-01-01T06:00:00.000Z",
        "nobody comes any more"
    );
}

#[test]
fn memory_counts_as_far_as_a_zone_has_it_and_what_is_left_out_never_fills() {
    // Ten jobs of 1,500 GiB: together more than a small zone has, and no more than one that is large or unlimited.
    let jobs = lines((0..10).map(|i| format!("j{i},0,1,1,1500")));
    let scene = Scene::new()
        .zone("es", &[300.0, 250.0, 200.0, 100.0, 150.0])
        .file("jobs.csv", format!("id,submit,duration,cpus,memoryGiB\n{jobs}"));
    let grams = |capacity| {
        let done = scene.run(capacity, "maxDelay: {default: 3h}", "");
        assert!(close(done.figure("alize", "overbookedSlots"), 0.0), "{capacity}");
        done.figure("alize", "grams") / done.figure("run-now", "grams")
    };
    for room in ["", "capacity: {cpus: 100}", "capacity: {cpus: 100, memoryGiB: 15000}"] {
        assert!(close(grams(room), 100.0 / 300.0), "{room}");
    }
    // Two an hour at most: two at each of the four hours, and the last two wait.
    assert!(grams("capacity: {cpus: 100, memoryGiB: 3000}") > 0.5);
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

#[test]
fn a_job_that_comes_after_its_room_is_gone_for_good_is_an_error_and_not_a_run_without_end() {
    let scene = Scene::of(&[300.0; 9], "a,3,1,6\nlate,4,1,6\n").file("cap.csv", SHRINKS);
    let error = scene.read_with(SHRINKING, "", "").unwrap_err().to_string();
    for word in ["jobs.csv, line 3", "\"late\"", "es", "from its submission on"] {
        assert!(error.contains(word), "{word}: {error}");
    }
}

#[test]
fn a_job_that_never_finds_room_again_runs_over_the_capacity_when_all_others_are_done() {
    for forecast in ["perfect", "profile"] {
        for (jobs, rest) in [("", ""), ("", "lengths: learned"), ("interruptible: {share: 1}", "")] {
            // The first takes the room that both would have until it is gone; the last comes, and goes, later.
            let scene = Scene::of(&[], "a,0,4,6\nstuck,1,1,6\nlast,6,2,2\nnext,7,1,1\n")
                .file("cap.csv", SHRINKS)
                .file("es.csv", hourly(-48, &[300.0; 120]));
            let zone = format!("forecast: {forecast}\n{SHRINKING}");
            let done = scene.run(&zone, &format!("maxDelay: {{default: 0h}}\n{jobs}"), rest);
            for run in ["alize", "fifo"] {
                assert_eq!(
                    done.segments(run, "stuck"),
                    "es@01T09:00/01T10:00",
                    "{run} {zone} {jobs} {rest}"
                );
                assert!(
                    close(done.figure(run, "deadlineMisses"), 2.0),
                    "{run}: stuck, and the next one behind the last"
                );
            }
        }
    }
}

#[test]
fn a_policy_whose_zones_never_hold_a_job_is_an_error_that_names_both() {
    let zones = "- name: es\n  intensity: {csv: es.csv, time: time, value: value}\n  capacity: {cpus: 2}\n- name: fr\n  intensity: {csv: \
                 es.csv, time: time, value: value}\n  capacity: {cpus: 8}\n";
    let policy = POLICY.replace("spec: {", "spec: {placement: {zones: [es]}, ");
    let scene = Scene::of(&[300.0; 9], "big,0,2,4\nsmall,1,1,1\n").file("policy.yaml", policy);
    for home in ["es", "fr"] {
        let error = scene
            .read_zones(zones, &format!("home: {home}"), "")
            .unwrap_err()
            .to_string();
        for word in [
            "scenario.yaml, line",
            "policy green",
            "\"big\"",
            "es has 2 cores at most",
        ] {
            assert!(error.contains(word), "{word}: {error}");
        }
    }
}

#[test]
fn whoever_never_finds_room_again_stays_in_the_zones_of_its_policy() {
    let zones = format!(
        "- name: fr\n  intensity: {{csv: es.csv, time: time, value: value}}\n- name: es\n  intensity: {{csv: es.csv, time: time, value: \
         value}}\n  {SHRINKING}\n"
    );
    let policy = POLICY.replace("spec: {", "spec: {placement: {zones: [es]}, ");
    let scene = Scene::of(&[300.0; 12], "a,0,4,6\nstuck,1,1,6\n")
        .file("policy.yaml", policy)
        .file("cap.csv", SHRINKS);
    let done = scene.play(
        &scene
            .read_zones(&zones, "home: fr\nmaxDelay: {default: 2h}", "")
            .unwrap(),
    );
    assert_eq!(done.segments("alize", "stuck"), "es@01T04:00/01T05:00");
}
