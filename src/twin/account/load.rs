//! How many ran at a time, and where more ran than there was room for.

use std::collections::BTreeSet;

use crate::twin::amounts::{Need, is_over, parts, whole};
use crate::twin::outcome::Outcome;
use crate::twin::series::Ms;
use crate::twin::world::{World, Zone};

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
    let mut changes: Vec<Vec<Change>> = vec![Vec::new(); world.zones.len()];
    for (job, outcome) in world.jobs.iter().zip(outcomes) {
        for segment in outcome.segments.iter().filter(|segment| segment.end > segment.start) {
            for (number, share) in parts(job, &world.zones, segment.zone, segment.start) {
                let zone = &world.zones[number];
                if !zone.capacity.is_empty() {
                    let need = Need::at_least(job, zone, segment.step, share);
                    changes[number].push((segment.start, 1, need.clone()));
                    changes[number].push((segment.end, -1, need));
                }
            }
        }
    }
    let zones = world.zones.iter().zip(changes);
    zones.map(|(zone, changes)| overbooked_in(world, zone, changes)).sum()
}

/// When, whether it is taken (1) or given back (-1), and what.
type Change = (Ms, i64, Need);

fn overbooked_in(world: &World, zone: &Zone, mut changes: Vec<Change>) -> usize {
    changes.extend(zone.capacity.iter().map(|(from, _)| (*from, 1, Need::default())));
    changes.sort_by_key(|(at, ..)| *at);
    let mut cells: BTreeSet<(Ms, usize)> = BTreeSet::new();
    let mut used = vec![0; whole(zone, 0).len()];
    for (number, (at, sign, need)) in changes.iter().enumerate() {
        need.add_to(&mut used, *sign);
        let until = changes.get(number + 1).map_or(*at, |(next, ..)| *next);
        if until == *at {
            continue;
        }
        for (resource, (used, whole)) in used.iter().zip(whole(zone, *at)).enumerate() {
            if is_over(*used, whole) {
                let slots = at.div_euclid(world.slot)..=(until - 1).div_euclid(world.slot);
                cells.extend(slots.map(|slot| (slot, resource)));
            }
        }
    }
    cells.len()
}
