//! All jobs together: the forced ones first, then those that are free to wait, each in the best of what the others leave.

use std::cmp::Ordering;

use jiff::Timestamp;

use super::bidders::Fields;
use super::bids::Bids;
use super::capacity::{Capacity, Part};
use super::costs::Costs;
use super::decision::{Bound, Decision, Plan};
use super::demand::{Demand, Stage};
use super::desk::Desk;
use super::grid::{Grid, Offset, nanos};
use super::job::Job;
use super::scribe::Scribe;
use super::search::Search;
use super::snapshot::Snapshot;
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
/// Running jobs book first, then those that are forced, then those whose promised start has come. Those that are free are
/// placed together, higher priority first, with those whose promise finds no room; then each is decided for with all others
/// booked. Shadows come last and book nothing.
///
/// Runs are booked for their *expected* length. The 95th percentile would keep room empty that most jobs never use; a job
/// that outlives its expectation is seen as running, and booked on, by the next plan.
pub(super) fn assign(snapshot: &Snapshot) -> (Plan, Desk) {
    let grid = Grid::of(snapshot);
    let costs = Costs::of(snapshot, &grid);
    let mut capacity = Capacity::of(snapshot, costs.models(), grid.finer(snapshot));
    for demand in &snapshot.demands {
        book_running(demand, snapshot, &grid, &costs, &mut capacity);
    }
    let ready = |demand| Job::of(demand, snapshot, &grid, &costs, &capacity);
    let mut jobs: Vec<(InTurn, Job<'_>)> = in_turn(snapshot)
        .into_iter()
        .map(|place| (place, ready(&snapshot.demands[place.number])))
        .collect();
    let phantoms: Vec<Job<'_>> = snapshot.phantoms.iter().map(ready).collect();
    let mut decisions = vec![None; snapshot.demands.len()];
    let mut bound = Bound::default();
    let mut search = Search::default();
    let mut scribe = Scribe::new(snapshot, &grid, &costs, &mut search);
    let mut note = |number: usize, (decision, least): (Decision, Option<f64>)| {
        if let (Some(cost), Some(least), false) = (decision.chosen.cost, least, decision.shadow) {
            bound.add(cost, least);
        }
        decisions[number] = Some(decision);
    };
    let mut others = jobs.split_off(jobs.partition_point(|(place, _)| place.turn < Turn::Free));
    let (before, mut has_choice) = (capacity.clone(), false);
    for (mut place, job) in jobs {
        if place.turn == Turn::Promised && !job.has_room_now(&capacity) {
            place.turn = Turn::Free;
            others.push((place, job));
            continue;
        }
        has_choice |= job.has_choice();
        note(place.number, scribe.decide(&job, None, &mut capacity, |_| ()));
    }
    let (numbers, waiting, shadows) = waiting_and_shadows(others, snapshot);
    let mut fields = Fields::new(grid.clone(), capacity.grid().clone());
    // A forced job that has a choice of zones might have left its room to others.
    let taken = has_choice.then(|| capacity.taken_since(&before));
    let mut bids = Bids::of(&waiting, &phantoms, (snapshot, &costs), &mut fields, &mut capacity);
    if let Some(taken) = taken {
        bids.allow_for(&taken, &fields.grid, &capacity);
    }
    for (bidder, (number, job)) in numbers.into_iter().zip(&waiting).enumerate() {
        let got = bids.take(bidder, &mut capacity);
        let keep = |capacity: &mut Capacity| bids.keep(bidder, capacity);
        note(number, scribe.decide(job, got, &mut capacity, keep));
    }
    for (place, job) in &shadows {
        note(place.number, scribe.decide(job, None, &mut capacity, |_| ()));
    }
    bids.forget_phantoms(&mut capacity);
    let plan = Plan {
        decisions: decisions.into_iter().flatten().collect(),
        bound: bids.bound(bound),
        prices: bids.prices(&grid, &costs),
    };
    (plan, Desk::new(costs.curves(), capacity, fields, &bids.into_prices()))
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
    let is_promised_now = demand.published.as_ref().is_some_and(|published| due(published.start));
    let last = demand.last_release(snapshot.release_lead);
    let has_policy = snapshot.rules.contains_key(&demand.policy);
    match &demand.stage {
        Stage::Shadow => Turn::Shadow,
        Stage::Held if has_policy && !due(last) && is_promised_now => Turn::Promised,
        Stage::Held | Stage::Running { .. } | Stage::Paused { .. } if has_policy && !due(last) => Turn::Free,
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
    let parts: Vec<Part> = costs.spread(&costs.numbers(zones), &demand.request, costs.models().wanted(demand));
    capacity.book(&parts, started.max(0), end.max(1));
}

#[cfg(test)]
mod tests {
    use jiff::SignedDuration;

    use super::super::testing::{at, big, contended, cores, rules, steps, zones};
    use super::super::{Placement, Published, Reason, Rules, plan};
    use super::*;

    const HOUR: i64 = 3600;

    fn starts(s: &Snapshot) -> Vec<i64> {
        plan(s)
            .decisions
            .iter()
            .map(|d| (d.chosen.start.as_second() - at(0).as_second()) / HOUR)
            .collect()
    }

    #[test]
    fn less_time_to_choose_goes_first_and_priority_before_that() {
        let mut s = contended();
        s.demands = vec![big("patient", 4 * HOUR), big("tight", 3 * HOUR)];
        assert_eq!(starts(&s), [1, 2]);
        let high = Rules {
            priority: 1,
            ..rules(&mut s).clone()
        };
        s.rules.insert("high".into(), high);
        s.demands[0].policy = "high".into();
        assert_eq!(starts(&s), [2, 1]);
    }

    #[test]
    fn a_running_job_takes_room_until_it_ends() {
        let mut s = contended();
        let mut running = big("running", HOUR);
        running.length.expected = SignedDuration::from_hours(3);
        running.stage = Stage::Running {
            started: at(-60),
            zone: Some("a".into()),
        };
        s.demands = vec![running, big("j", 4 * HOUR)];
        assert_eq!(
            starts(&s),
            [3],
            "the running job has no decision and ends within the third hour"
        );
    }

    #[test]
    fn a_job_that_outlives_its_expectation_is_booked_to_its_upper_length() {
        let mut s = contended();
        let mut running = big("running", HOUR);
        running.stage = Stage::Running {
            started: at(-2 * HOUR),
            zone: None,
        };
        running.placement = Placement::Choose(zones(&["a"]));
        running.length.upper = SignedDuration::from_hours(5);
        s.demands = vec![running, big("j", 4 * HOUR)];
        assert_eq!(starts(&s), [3]);
    }

    /// A job that runs on until the end of the second hour, and takes all room until then.
    fn until_two() -> Demand {
        let mut running = big("running", HOUR);
        running.length.expected = SignedDuration::from_hours(3);
        running.stage = Stage::Running {
            started: at(-HOUR),
            zone: Some("a".into()),
        };
        running
    }

    #[test]
    fn the_first_room_is_kept_for_a_job_that_has_used_up_its_waiting() {
        let mut s = contended();
        s.demands = vec![until_two(), big("j", 4 * HOUR), big("late", -HOUR)];
        assert_eq!(starts(&s), [3, 0], "released at once, and waits for the third hour");
    }

    #[test]
    fn a_promise_that_finds_no_room_is_planned_anew() {
        let mut s = contended();
        let mut promised = big("promised", 4 * HOUR);
        promised.published = Some(Published {
            start: at(-60),
            zones: zones(&["a"]),
        });
        s.demands = vec![until_two(), promised];
        assert_eq!(starts(&s), [2]);
        s.demands.remove(0);
        assert_eq!(starts(&s), [0], "with room it is kept");
    }

    #[test]
    fn a_promise_that_has_passed_is_not_kept_in_the_past() {
        let mut s = contended();
        let zone = s.zones.get_mut(&ZoneName::from("a")).unwrap();
        zone.capacity_from = vec![(at(1800), cores(0)), (at(2 * HOUR), zone.capacity)];
        let mut promised = big("promised", 4 * HOUR);
        promised.published = Some(Published {
            start: at(-HOUR / 2 - 60),
            zones: zones(&["a"]),
        });
        s.demands = vec![promised];
        assert_eq!(starts(&s), [2], "half of it would have had room");
    }

    #[test]
    fn a_job_of_a_dry_run_policy_is_planned_and_takes_no_room() {
        let mut s = contended();
        s.demands = vec![big("shadow", HOUR), big("j", 4 * HOUR)];
        s.demands[0].stage = Stage::Shadow;
        s.demands[0].latest_start = at(3 * HOUR);
        let plan = plan(&s);
        assert!(plan.decisions[0].shadow && !plan.decisions[1].shadow);
        assert_eq!(plan.decisions[1].chosen.start, at(2 * HOUR));
        assert_eq!(plan.decisions[0].reason, Reason::WaitingForCapacity);
    }

    #[test]
    fn the_bound_is_the_cost_where_nothing_is_full_and_counts_what_scarce_room_costs() {
        let mut s = contended();
        s.demands = vec![big("j", 4 * HOUR)];
        let free = plan(&s).bound;
        assert!((free.cost - free.lower_bound).abs() < 1e-9 && (free.cost - 100.0).abs() < 1e-9);
        s.demands.push(big("k", 4 * HOUR));
        let full = plan(&s).bound;
        assert!(
            (full.cost - 300.0).abs() < 1e-9 && (299.9..=300.0).contains(&full.lower_bound),
            "{full:?}"
        );
    }
    #[test]
    fn the_bound_allows_for_what_forced_jobs_might_have_left_to_others() {
        let mut s = contended();
        steps(&mut s, "a", 3600, &[100.0, 300.0, 300.0]);
        steps(&mut s, "b", 3600, &[101.0, 300.0, 300.0]);
        s.demands = vec![big("forced", 0), big("j", HOUR)];
        s.demands[0].placement = Placement::Choose(zones(&["a", "b"]));
        s.demands[1].placement = Placement::Choose(zones(&["a"]));
        let bound = plan(&s).bound;
        assert!((bound.cost - 400.0).abs() < 1e-9, "{bound:?}");
        assert!((200.0..=201.0).contains(&bound.lower_bound), "{bound:?}");
        s.demands[0].placement = Placement::Choose(zones(&["a"]));
        let bound = plan(&s).bound;
        assert!(bound.lower_bound > 399.0, "then nothing else was possible: {bound:?}");
    }
}
