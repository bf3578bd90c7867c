//! Pausing, moving and scaling.

use crate::scene::{POLICY, Scene, close, lines};

#[test]
fn the_share_that_may_be_paused_is_drawn_by_the_seed() {
    let jobs = lines((0..1000).map(|i| format!("j{i},0,1,1")));
    let scene = Scene::of(&[300.0; 4], &jobs);
    let pausable = |seed: u64| -> Vec<bool> {
        let rest = format!("seed: {seed}");
        let scenario = scene
            .read_with("", "interruptible: {share: 0.3, resumeCost: 5m}", &rest)
            .unwrap();
        scenario.world.jobs.iter().map(|job| job.pausing.is_some()).collect()
    };
    let drawn = pausable(1);
    let count = drawn.iter().filter(|may| **may).count();
    assert!((250..350).contains(&count), "{count}");
    assert_eq!(drawn, pausable(1));
    assert_ne!(drawn, pausable(2));
    let backwards = Scene::of(&[300.0; 4], &lines((0..1000).rev().map(|i| format!("j{i},0,1,1"))));
    let scenario = backwards
        .read_with("", "interruptible: {share: 0.3, resumeCost: 5m}", "seed: 1")
        .unwrap();
    let jobs = scenario.world.jobs.iter().rev();
    assert!(
        jobs.map(|job| job.pausing.is_some()).eq(drawn),
        "wherever its row stands"
    );
}

#[test]
fn a_column_beats_the_share_and_a_job_that_may_not_pause_is_paused_by_nobody() {
    let csv = "id,submit,duration,interruptible\na,0,2,true\nb,0,2,false\nc,0,2,\n";
    let scene = Scene::new().zone("es", &[300.0; 4]).file("jobs.csv", csv);
    let scenario = scene
        .read_with("", "interruptible: {share: 1.0, resumeCost: 5m}", "")
        .unwrap();
    let may: Vec<bool> = scenario.world.jobs.iter().map(|job| job.pausing.is_some()).collect();
    assert_eq!(may, [true, false, true]);
}

#[test]
fn whoever_is_drawn_to_the_control_group_runs_at_once_at_home_and_is_never_paused() {
    let run = |share: &str| {
        let jobs = lines((0..40).map(|i| format!("j{i},0,2,1")));
        let scene = Scene::of(&[300.0, 200.0, 100.0, 300.0, 100.0, 300.0], &jobs)
            .zone("ma", &[90.0; 6])
            .file(
                "policy.yaml",
                POLICY.replace("30d}", &format!("30d}}, control: {{share: {share}}}")),
            );
        let ma = "- {name: ma, intensity: {csv: ma.csv, time: time, value: value}, capacity: {cpus: 10}}";
        let es = "- {name: es, intensity: {csv: es.csv, time: time, value: value}}";
        let free = "home: es\nmaxDelay: {default: 4h}\ninterruptible: {share: 1.0, resumeCost: 1m}";
        scene.play(&scene.read_zones(&format!("{es}\n{ma}"), free, "").unwrap())
    };
    let as_at_once = |share| {
        let done = run(share);
        let name = |number: usize| format!("j{number}");
        let same = |job: &String| done.segments("alize", job) == done.segments("run-now", job);
        (0..40).map(name).filter(same).count()
    };
    assert_eq!((as_at_once("0%"), as_at_once("100%")), (0, 40));
    assert!((10..30).contains(&as_at_once("50%")));
}

#[test]
fn widths_follow_the_curve_within_their_bounds() {
    let csv = "id,submit,duration,scaling,minScale,maxScale,cpus\nwide,0,4,mpi,,,1\nnarrow,0,4,mpi,2,2,1\n";
    let scene = Scene::new().zone("es", &[300.0; 9]).file("jobs.csv", csv);
    let curves = "scalingCurves: {mpi: [[1, 1.0, 1.0], [2, 1.6, 2.0], [4, 2.4, 4.0]]}";
    let scenario = scene.read_with("", curves, "").unwrap();
    let [wide, narrow] = scenario.world.jobs.as_slice() else {
        panic!("two jobs")
    };
    assert_eq!(wide.scaling.len(), 3);
    assert!(close(wide.scaling[2].throughput, 2.4) && wide.length == 4 * 3_600_000);
    assert_eq!(
        (narrow.scaling.len(), narrow.length),
        (1, 9_000_000),
        "at two pods from the start"
    );
    assert!(close(narrow.kilowatts, 2.0) && close(narrow.need.cpus, 2.0));
}

#[test]
fn a_curve_counts_relative_to_its_first_row_whatever_its_unit() {
    let csv = "id,submit,duration,scaling,minScale,cpus\na,0,4,KIND,MIN,1\n";
    let curves = "scalingCurves: {plain: [[2, 1.0, 1.0], [4, 1.6, 2.0]], images: [[2, 50.0, 300.0], [4, 80.0, 600.0]]}";
    let jobs = |kind: &str, least: &str| {
        let csv = csv.replace("KIND", kind).replace("MIN", least);
        let scene = Scene::new().zone("es", &[300.0; 9]).file("jobs.csv", csv);
        scene.read_with("", curves, "").unwrap().world.jobs
    };
    for least in ["", "3"] {
        assert_eq!(jobs("images", least), jobs("plain", least));
    }
    let [job] = jobs("images", "").try_into().unwrap();
    assert_eq!(job.length, 4 * 3_600_000);
    assert!(close(job.kilowatts, 1.0));
}

#[test]
fn a_curve_that_is_not_above_zero_is_an_error() {
    let scene = Scene::of(&[300.0; 9], "a,0,1,1\n");
    for row in ["[1, 0, 1.0]", "[1, .nan, 1.0]", "[1, .inf, 1.0]", "[1, 1.0, 0]"] {
        let curves = format!("scalingCurves: {{mpi: [{row}, [2, 1.9, 2.0]]}}");
        let error = scene.read_with("", &curves, "").unwrap_err().to_string();
        assert!(error.contains("line 12") && error.contains("above 0"), "{row}: {error}");
    }
}

#[test]
fn waiting_of_a_job_that_scales_counts_from_its_least_width() {
    let csv = "id,submit,duration,scaling,minScale,maxScale,maxDelay\nleast,0,4,mpi,2,2,0\nwider,0,4,mpi,,,1\n";
    let scene = Scene::new().zone("es", &[300.0; 9]).file("jobs.csv", csv);
    let curves = "scalingCurves: {mpi: [[1, 1.0, 1.0], [2, 2.0, 1.5]]}";
    let done = scene.run("", curves, "");
    assert_eq!(done.segments("run-now", "least"), "es@01T00:00/01T02:00*2");
    assert_eq!(done.cell("run-now", "least", "wait_hours"), "0");
    assert_eq!(done.segments("alize", "wider"), "es@01T00:00/01T02:00*2");
    assert_eq!(done.cell("alize", "wider", "wait_hours"), "-2");
    assert!(close(done.figure("alize", "deadlineMisses"), 0.0));
}
