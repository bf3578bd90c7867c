//! How many ran at a time, and where more ran than there was room for.

use std::collections::BTreeSet;

use crate::twin::amounts::{Exact, capacity_at, parts};
use crate::twin::outcome::Outcome;
use crate::twin::series::Ms;
use crate::twin::world::World;

/// The most jobs that ran at a time.
pub fn peak(outcomes: &[Outcome]) -> usize {
    let segments = || {
        outcomes
            .iter()
            .flat_map(|outcome| &outcome.segments)
            .filter(|s| s.end > s.start)
    };
    let starts = segments().map(|segment| (segment.start, 1));
    // Whoever ends makes place for whoever starts at the same instant.
    let mut changes: Vec<(Ms, i64)> = segments().map(|segment| (segment.end, -1)).chain(starts).collect();
    changes.sort_unstable();
    let (mut now, mut most) = (0, 0);
    for (_, change) in changes {
        now += change;
        most = most.max(now);
    }
    most.max(0) as usize
}

/// The (zone, slot, resource) cells in which use exceeds capacity at any instant.
pub fn overbooked(world: &World, outcomes: &[Outcome]) -> usize {
    let mut changes: Vec<Vec<(Ms, Exact)>> = vec![Vec::new(); world.zones.len()];
    for (job, outcome) in world.jobs.iter().zip(outcomes) {
        for segment in outcome.segments.iter().filter(|segment| segment.end > segment.start) {
            for (zone, share) in parts(job, &world.zones, segment.zone, segment.start) {
                if !world.zones[zone].capacity.is_empty() {
                    let need = Exact::need(job, segment.step).times(share);
                    changes[zone].push((segment.start, need));
                    changes[zone].push((segment.end, Exact(need.0.map(|amount| -amount))));
                }
            }
        }
    }
    let zones = changes.into_iter().enumerate();
    zones.map(|(zone, changes)| overbooked_in(world, zone, changes)).sum()
}

fn overbooked_in(world: &World, zone: usize, mut changes: Vec<(Ms, Exact)>) -> usize {
    let zone = &world.zones[zone];
    changes.extend(zone.capacity.iter().map(|(from, _)| (*from, Exact::default())));
    changes.sort_by_key(|(at, _)| *at);
    let mut cells: BTreeSet<(Ms, usize)> = BTreeSet::new();
    let mut used = Exact::default();
    for (number, (at, change)) in changes.iter().enumerate() {
        used += *change;
        let until = changes.get(number + 1).map_or(*at, |(next, _)| *next);
        if until == *at {
            continue;
        }
        let whole = Exact::of(&capacity_at(zone, *at));
        for resource in (0..3).filter(|resource| used.0[*resource] > whole.0[*resource]) {
            let slots = at.div_euclid(world.slot)..=(until - 1).div_euclid(world.slot);
            cells.extend(slots.map(|slot| (slot, resource)));
        }
    }
    cells.len()
}
