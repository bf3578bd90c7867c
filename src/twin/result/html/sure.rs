//! How sure a saving is: the days of a scenario are drawn anew, many times (a block bootstrap).

use std::collections::BTreeMap;

use crate::twin::result::{Done, Results};
use crate::twin::series::Ms;
use crate::twin::world::World;

const DAY: Ms = 86_400_000;
const DRAWS: usize = 1000;

/// Where a saving lies in nine of ten draws.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(super) struct Interval {
    pub(super) low: f64,
    pub(super) high: f64,
}

/// The interval of a run's saved share. Days are drawn whole: jobs of one day share its weather.
pub(super) fn interval(world: &World, results: &Results, done: &Done) -> Option<Interval> {
    let mut days: BTreeMap<Ms, (f64, f64)> = BTreeMap::new();
    let tallies = done.tallies.iter().zip(&results.run_now_tallies);
    for (job, (after, before)) in world.jobs.iter().zip(tallies) {
        let day = days.entry(job.submit.div_euclid(DAY)).or_default();
        day.0 += after.grams;
        day.1 += before.grams;
    }
    let days: Vec<(f64, f64)> = days.into_values().collect();
    if days.len() < 2 {
        return None;
    }
    let mut lots = fastrand::Rng::with_seed(world.seed);
    let mut draw = |_| {
        let (mut after, mut before) = (0.0, 0.0);
        for _ in 0..days.len() {
            let day = days[lots.usize(..days.len())];
            after += day.0;
            before += day.1;
        }
        if before > 0.0 { 1.0 - after / before } else { 0.0 }
    };
    let mut shares: Vec<f64> = (0..DRAWS).map(&mut draw).collect();
    shares.sort_by(f64::total_cmp);
    Some(Interval {
        low: shares[DRAWS / 20],
        high: shares[DRAWS - DRAWS / 20 - 1],
    })
}
