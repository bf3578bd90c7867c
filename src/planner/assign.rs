//! All jobs together: the forced ones first, then those that are free to wait, each in the best of what the others leave.

use std::cmp::Ordering;

use jiff::Timestamp;
use rayon::prelude::*;

use super::amounts::Parts;
use super::bidders::{Fields, bidder};
use super::bids::{Bids, Got};
use super::capacity::Capacity;
use super::costs::Costs;
use super::decision::{Bound, Plan};
use super::demand::{Demand, Published, Stage};
use super::desk::Desk;
use super::grid::{Grid, Offset, nanos};
use super::job::Job;
use super::market::{self, Bidder, Placed};
use super::prices::Prices;
use super::scribe::{Decided, Scribe};
use super::search::Search;
use super::snapshot::Snapshot;
use super::stretches;
use crate::units::ZoneName;

/// When a demand has its turn; the earlier, the more it has to choose from.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
enum Turn {
    /// It starts at once, room or not: whoever comes later must see it.
    Forced,
    /// Its promised start has come.
    Promised,
    /// Free to wait.
    Free,
    /// Takes nothing, so it comes last.
    Shadow,
}

/// Plans every demand of the snapshot.
///
/// Running jobs of which nothing is to be decided book first, then those that are forced, then those whose promised start has
/// come and has room beside all that run. Those that are free are placed together, higher priority first, with those whose
/// promise finds no room; then each is decided for with all others booked. Shadows come last and book nothing.
///
/// Runs are booked for their *expected* length. The 95th percentile would keep room empty that most jobs never use; a job
/// that outlives its expectation is seen as running, and booked on, by the next plan.
pub(super) fn assign(snapshot: &Snapshot) -> (Plan, Desk) {
    // From here on within the pool of threads: whatever then is too small to be shared costs nothing more.
    rayon::scope(|_| assign_in_pool(snapshot))
}

fn assign_in_pool(snapshot: &Snapshot) -> (Plan, Desk) {
    let grid = Grid::of(snapshot);
    let costs = Costs::of(snapshot, &grid);
    let mut capacity = Capacity::of(snapshot, costs.models(), grid.finer(snapshot));
    for demand in &snapshot.demands {
        book_running(demand, snapshot, &grid, &costs, &mut capacity);
    }
    let ready = |demand| Job::of(demand, snapshot, &grid, &costs, &capacity);
    let mut jobs: Vec<(InTurn, Job<'_>)> = in_turn(snapshot)
        .into_par_iter()
        .map(|place| (place, ready(&snapshot.demands[place.number])))
        .collect();
    let phantoms: Vec<Job<'_>> = snapshot.phantoms.par_iter().map(ready).collect();
    let mut decisions = vec![None; snapshot.demands.len()];
    let mut bound = Bound::default();
    let mut search = Search::default();
    let scribe = Scribe::new(snapshot, &grid, &costs);
    let mut alone =
        |job: &Job<'_>, got: Option<Got<'_>>, room: &mut Capacity| scribe.decide(job, got, (room, &mut search), |_| ());
    let mut note = |number: usize, decided: Decided| {
        let decision = decided.decision;
        if let (Some(cost), Some(least), false) = (decision.chosen.cost, decided.least, decision.shadow) {
            bound.add(cost, least);
        }
        decisions[number] = Some(decision);
    };
    let mut others = jobs.split_off(jobs.partition_point(|(place, _)| place.turn < Turn::Free));
    let before = capacity.clone();
    let mut decide = |number: usize, job: &Job<'_>, room: &mut Capacity| note(number, alone(job, None, room));
    let has_choice = decide_for_due(jobs, &mut others, (&grid, &costs), &mut capacity, &mut decide);
    let (numbers, waiting, shadows) = waiting_and_shadows(others, snapshot);
    let mut fields = Fields::new(grid.clone(), capacity.grid().clone());
    // A forced job that has a choice of zones might have left its room to others.
    let taken = has_choice.then(|| capacity.taken_since(&before));
    let room = (&mut capacity, taken.as_deref());
    let mut bids = Bids::of(&waiting, &phantoms, (snapshot, &costs), &mut fields, room);
    let decided = stretches::decide(&waiting, (&bids, &fields), scribe, &mut capacity);
    for (number, decided) in numbers.into_iter().zip(decided) {
        note(number, decided);
    }
    for (place, job) in &shadows {
        let admitted = admit(job, &mut fields, snapshot, &capacity);
        let got = admitted.as_ref().map(|(bidder, placed)| Got {
            bidder,
            fields: &fields,
            placed,
            posted: false,
        });
        note(place.number, alone(job, got, &mut capacity));
    }
    bids.forget_phantoms(&mut capacity);
    let plan = Plan {
        decisions: decisions.into_iter().flatten().collect(),
        bound: bids.bound(bound),
        prices: Prices::of(bids.prices(), &grid, &costs),
    };
    (plan, Desk::new(costs.curves(), capacity, fields, &bids))
}

/// Decides for those that are forced, then for those whose promised start has come; who of these finds no room joins the others.
/// Whether any of them had a choice of zones.
fn decide_for_due<'a>(
    mut forced: Vec<(InTurn, Job<'a>)>,
    others: &mut Vec<(InTurn, Job<'a>)>,
    (grid, costs): (&Grid, &Costs<'_>),
    capacity: &mut Capacity,
    decide: &mut impl FnMut(usize, &Job<'a>, &mut Capacity),
) -> bool {
    let promised = forced.split_off(forced.partition_point(|(place, _)| place.turn < Turn::Promised));
    for (place, job) in &forced {
        decide(place.number, job, capacity);
    }
    let mut has_choice = forced.iter().any(|(_, job)| job.has_choice());
    // Who runs and may be paused is asked later; until then no promise is good for the room that it has.
    let running: Vec<(Parts, Offset)> = others.iter().filter_map(|(_, job)| job.has_now(grid, costs)).collect();
    for (parts, end) in &running {
        capacity.book(parts, grid.present(), *end);
    }
    for (place, job) in promised {
        if job.has_room_now(capacity) {
            has_choice |= job.has_choice();
            decide(place.number, &job, capacity);
        } else {
            let turn = Turn::Free;
            others.push((InTurn { turn, ..place }, job));
        }
    }
    for (parts, end) in &running {
        capacity.give_back(parts, grid.present(), *end);
    }
    has_choice
}

/// What a job would take of what is free.
fn admit(job: &Job<'_>, fields: &mut Fields, snapshot: &Snapshot, capacity: &Capacity) -> Option<(Bidder, Placed)> {
    let bidder = bidder(job, fields, snapshot);
    let mut scratch = market::Scratch::default();
    let placed = market::admit(&bidder, fields.both(), &fields.grid, capacity, None, &mut scratch)?;
    Some((bidder, placed))
}

/// A demand's place in the order of turns.
#[derive(Clone, Copy)]
struct InTurn {
    turn: Turn,
    priority: i32,
    number: usize,
}

impl InTurn {
    /// The higher priority first; of equals the one that may wait least, then the one that takes most.
    fn compare(&self, other: &Self, snapshot: &Snapshot) -> Ordering {
        let (a, b) = (&snapshot.demands[self.number], &snapshot.demands[other.number]);
        let energy = |demand: &Demand| demand.watts.over(demand.length.expected).0;
        let by_turn = self.turn.cmp(&other.turn).then(other.priority.cmp(&self.priority));
        by_turn
            .then(a.latest_start.cmp(&b.latest_start))
            .then_with(|| energy(b).total_cmp(&energy(a)))
            .then_with(|| a.job.cmp(&b.job))
    }
}

/// The demands to decide for, in the order of their turns.
fn in_turn(snapshot: &Snapshot) -> Vec<InTurn> {
    let mut places: Vec<InTurn> = Vec::with_capacity(snapshot.demands.len());
    for (number, demand) in snapshot.demands.iter().enumerate() {
        if !runs_to_its_end(demand, snapshot) {
            let rules = snapshot.rules.get(&demand.policy);
            places.push(InTurn {
                turn: turn(demand, snapshot),
                priority: rules.map_or(i32::MIN, |rules| rules.priority),
                number,
            });
        }
    }
    places.sort_unstable_by(|a, b| a.compare(b, snapshot));
    places
}

/// Those that are free to wait, by number, and the shadows, both in the order of their turns.
fn waiting_and_shadows<'a>(
    mut jobs: Vec<(InTurn, Job<'a>)>,
    snapshot: &Snapshot,
) -> (Vec<usize>, Vec<Job<'a>>, Vec<(InTurn, Job<'a>)>) {
    jobs.sort_by(|(a, _), (b, _)| a.compare(b, snapshot));
    let shadows = jobs.split_off(jobs.partition_point(|(place, _)| place.turn < Turn::Shadow));
    let (numbers, waiting) = jobs.into_iter().map(|(place, job)| (place.number, job)).unzip();
    (numbers, waiting, shadows)
}

fn turn(demand: &Demand, snapshot: &Snapshot) -> Turn {
    let due = |at: Timestamp| at <= snapshot.now;
    // Of one that runs in pieces, or may run wider, there is more to choose.
    let has_only_a_start = |published: &&Published| demand.freedom.scaling.is_none() && published.segments.is_empty();
    let promise = demand.published.as_ref().filter(has_only_a_start);
    let is_promised_now = promise.is_some_and(|published| due(published.start));
    let last = demand.last_release(snapshot.release_lead);
    let is_due = due(last) && !demand.may_hurry();
    let has_policy = snapshot.rules.contains_key(&demand.policy);
    match &demand.stage {
        Stage::Shadow => Turn::Shadow,
        Stage::Held if has_policy && !is_due && is_promised_now => Turn::Promised,
        Stage::Held | Stage::Running { .. } | Stage::Paused { .. } if has_policy && !is_due => Turn::Free,
        _ => Turn::Forced,
    }
}

/// Whether nothing is left to decide for a job, because it runs and nothing but its start could be chosen.
fn runs_to_its_end(demand: &Demand, snapshot: &Snapshot) -> bool {
    let is_open = demand.freedom.lasts() && snapshot.rules.contains_key(&demand.policy);
    matches!(demand.stage, Stage::Running { .. }) && !is_open
}

/// Books what a running job still takes: to its expected end; if it is past that, to the end that it will hardly exceed; if
/// it is past that too, the slot of now.
fn book_running(demand: &Demand, snapshot: &Snapshot, grid: &Grid, costs: &Costs<'_>, capacity: &mut Capacity) {
    let Stage::Running { started, zone } = &demand.stage else {
        return;
    };
    if !runs_to_its_end(demand, snapshot) {
        return;
    }
    let started = grid.offset(*started);
    let ends = [demand.length.expected, demand.length.upper].map(|length| started + nanos(length));
    let end: Offset = ends.into_iter().find(|end| *end > 0).unwrap_or(1);
    let zones: &[ZoneName] = zone.as_ref().map_or(demand.placement.zones(), std::slice::from_ref);
    let parts = costs.spread(&costs.numbers(zones), &demand.request, costs.models().wanted(demand));
    capacity.book(&parts, started.max(0), end.max(1));
}

#[cfg(test)]
mod tests;
