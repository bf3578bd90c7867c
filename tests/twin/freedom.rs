//! Pausing, moving and scaling.

use crate::scene::{Scene, close, lines};

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
