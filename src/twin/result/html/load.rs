//! The power that jobs draw in each zone, hour by hour.

use crate::twin::amounts::parts;
use crate::twin::outcome::Outcome;
use crate::twin::series::{HOUR, Ms};
use crate::twin::world::World;

/// Kilowatts by zone and hour after the start, PUE included, for as long as anything runs.
pub(super) fn load(world: &World, outcomes: &[Outcome], hours: usize) -> Vec<Vec<f64>> {
    let mut load = vec![vec![0.0; hours]; world.zones.len()];
    for (job, outcome) in world.jobs.iter().zip(outcomes) {
        for segment in &outcome.segments {
            let relative = job.scaling.get(segment.step).map_or(1.0, |step| step.power);
            for (zone, share) in parts(job, &world.zones, segment.zone, segment.start) {
                let kilowatts = job.kilowatts * relative * share * world.zones[zone].pue;
                add(&mut load[zone], segment.start, segment.end, kilowatts);
            }
        }
    }
    load
}

fn add(hours: &mut [f64], start: Ms, end: Ms, kilowatts: f64) {
    let hour = HOUR as Ms;
    let first = start.div_euclid(hour).max(0);
    for number in first..=(end - 1).max(start).div_euclid(hour) {
        let part = end.min((number + 1) * hour) - start.max(number * hour);
        if let Some(sum) = hours.get_mut(number as usize) {
            *sum += kilowatts * part.max(0) as f64 / HOUR;
        }
    }
}

/// The hours until everything is done.
pub(super) fn hours(outcomes: &[&[Outcome]]) -> usize {
    let segments = outcomes
        .iter()
        .flat_map(|outcomes| outcomes.iter())
        .flat_map(|outcome| &outcome.segments);
    let end = segments.map(|segment| segment.end).max().unwrap_or(0);
    (end.max(0) / HOUR as Ms) as usize + 1
}
