//! The least that a few jobs cost together, by trying all.

use alize::planner::{Demand, Snapshot};
use alize::units::{Resources, Slot, ZoneName};
use jiff::Timestamp;

use super::{cost, last_start};

/// A job in a zone from an instant on, and what that costs.
struct Way<'s> {
    zone: &'s ZoneName,
    slot: Slot,
    request: Resources,
    cost: f64,
}

/// The least of all ways in which every job runs in a zone of its own from now, from its last start, or from or up to a border of
/// the series there, with room for all at all times; `None`, if there is none. Somewhere between, where one job ends, there may
/// be a better start: no bound is above this, and the optimum may be below.
pub fn least(snapshot: &Snapshot) -> Option<f64> {
    let mut ways: Vec<Vec<Way<'_>>> = snapshot.demands.iter().map(|demand| all(snapshot, demand)).collect();
    for ways in &mut ways {
        ways.sort_by(|a, b| a.cost.total_cmp(&b.cost));
    }
    let mut best = None;
    try_all(snapshot, &ways, &mut Vec::new(), 0.0, &mut best);
    best
}

fn all<'s>(snapshot: &'s Snapshot, demand: &'s Demand) -> Vec<Way<'s>> {
    let last = last_start(demand, snapshot);
    let mut ways = Vec::new();
    for zone in demand.placement.zones() {
        let points = snapshot.zones[zone]
            .outlook
            .carbon_intensity
            .series()
            .map_or(&[][..], |series| &series.points);
        let borders = points.iter().map(|point| point.slot.start);
        let starts = borders
            .flat_map(|border| [border, border - demand.length.expected])
            .chain([snapshot.now, last]);
        let within = starts.filter(|start| (snapshot.now..=last).contains(start));
        ways.extend(within.filter_map(|start: Timestamp| {
            Some(Way {
                zone,
                slot: Slot::of(start, demand.length.expected),
                request: demand.request,
                cost: cost(snapshot, demand, zone, start)?,
            })
        }));
    }
    ways
}

/// Tries the ways of the next job beside those that are taken, and gives up where the rest cannot be cheap enough.
fn try_all<'w>(
    snapshot: &Snapshot,
    ways: &'w [Vec<Way<'w>>],
    taken: &mut Vec<&'w Way<'w>>,
    so_far: f64,
    best: &mut Option<f64>,
) {
    let Some(own) = ways.get(taken.len()) else {
        *best = Some(so_far);
        return;
    };
    let cheapest = |ways: &Vec<Way<'_>>| ways.first().map_or(0.0, |way| way.cost);
    let rest: f64 = ways[taken.len() + 1..].iter().map(cheapest).sum();
    for way in own {
        if best.is_some_and(|best| so_far + way.cost + rest >= best) {
            break;
        }
        if has_room(snapshot, taken, way) {
            taken.push(way);
            try_all(snapshot, ways, taken, so_far + way.cost, best);
            taken.pop();
        }
    }
}

/// Whether a zone holds one more job at every instant at which another begins beside it, and at its own.
fn has_room(snapshot: &Snapshot, taken: &[&Way<'_>], way: &Way<'_>) -> bool {
    let beside: Vec<_> = taken.iter().filter(|other| other.zone == way.zone).collect();
    let begins = beside.iter().map(|other| other.slot.start);
    let mut instants = begins.filter(|at| way.slot.contains(*at)).chain([way.slot.start]);
    instants.all(|at| {
        let there = beside.iter().filter(|other| other.slot.contains(at));
        let used = there.map(|other| other.request).sum::<Resources>() + way.request;
        used.fits(&snapshot.zones[way.zone].capacity)
    })
}
