//! The power that jobs draw in each zone, hour by hour.

use crate::twin::amounts::parts;
use crate::twin::outcome::Outcome;
use crate::twin::series::{HOUR, Ms};
use crate::twin::world::World;

const STEP: Ms = HOUR as Ms;

/// The mean power by zone and hour from `first` on, kW, PUE included.
pub(super) fn load(world: &World, outcomes: &[Outcome], first: Ms, hours: usize) -> Vec<Vec<f64>> {
    let mut load = vec![vec![0.0; hours]; world.zones.len()];
    for (job, outcome) in world.jobs.iter().zip(outcomes) {
        for segment in &outcome.segments {
            let relative = job.scaling.get(segment.step).map_or(1.0, |step| step.power);
            for (zone, share) in parts(job, &world.zones, segment.zone, segment.start) {
                let kilowatts = job.kilowatts * relative * share * world.zones[zone].pue;
                add(&mut load[zone], segment.start - first, segment.end - first, kilowatts);
            }
        }
    }
    load
}

fn add(hours: &mut [f64], start: Ms, end: Ms, kilowatts: f64) {
    for number in start.div_euclid(STEP).max(0)..=(end - 1).max(start).div_euclid(STEP) {
        let part = end.min((number + 1) * STEP) - start.max(number * STEP);
        if let Some(sum) = hours.get_mut(number as usize) {
            *sum += kilowatts * part.max(0) as f64 / HOUR;
        }
    }
}

/// The hours from `first` on until everything is done.
pub(super) fn hours(outcomes: &[&[Outcome]], first: Ms) -> usize {
    let last = |outcome: &Outcome| outcome.segments.last().map(|segment| segment.end);
    let ends = outcomes.iter().flat_map(|outcomes| outcomes.iter().filter_map(last));
    let end = ends.max().unwrap_or(first).max(first);
    ((end - first) / STEP) as usize + 1
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn power_is_shared_out_among_the_hours_that_a_run_touches() {
        let mut load = vec![0.0; 3];
        add(&mut load, STEP / 2, 2 * STEP + STEP / 4, 8.0);
        assert_eq!(load, [4.0, 8.0, 2.0]);
        add(&mut load, -STEP, STEP / 4, 4.0);
        assert_eq!(load, [5.0, 8.0, 2.0], "what lies before the first hour is not shown");
    }
}
