//! What holds for every plan, whatever the snapshot.

#[path = "planner_properties/absurd.rs"]
mod absurd;
#[path = "planner_properties/exhaustive.rs"]
mod exhaustive;
#[path = "planner_properties/instances.rs"]
mod instances;

use std::collections::BTreeMap;

use alize::planner::{Action, Decision, Demand, Outlook, Plan, Reason, Snapshot, Stage, plan, shares};
use alize::units::{Resources, Slot, ZoneName};
use jiff::{SignedDuration, Timestamp};
use proptest::prelude::*;

/// The last instant at which we let a job start.
fn last_start(demand: &Demand, snapshot: &Snapshot) -> Timestamp {
    let last = demand.latest_start.saturating_sub(snapshot.release_lead);
    let last = last.unwrap_or(Timestamp::MIN);
    last.saturating_add(demand.progress.done)
        .unwrap_or(last)
        .max(snapshot.now)
}

/// Each planned demand with its decision.
fn pairs<'a>(snapshot: &'a Snapshot, decisions: &'a [Decision]) -> impl Iterator<Item = (&'a Demand, &'a Decision)> {
    let planned = snapshot.demands.iter().filter(|demand| !is_running(demand));
    planned.zip(decisions)
}

fn is_running(demand: &Demand) -> bool {
    matches!(demand.stage, Stage::Running { .. })
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(32))]

    #[test]
    fn the_number_of_processors_means_nothing(snapshot in instances::many()) {
        let on = |processors, snapshot: &Snapshot| {
            let pool = rayon::ThreadPoolBuilder::new().num_threads(processors).build();
            pool.map(|pool| pool.install(|| plan(snapshot))).map_err(|error| TestCaseError::fail(error.to_string()))
        };
        let first = on(1, &snapshot)?;
        prop_assert_eq!(&first, &on(3, &snapshot)?);
        let next = Snapshot {
            phantoms: snapshot.demands.iter().take(8).cloned().collect(),
            prices: Some(first.prices),
            ..snapshot
        };
        prop_assert_eq!(on(1, &next)?, on(3, &next)?);
    }
}

proptest! {
    #[test]
    fn the_same_snapshot_gives_the_same_plan_also_after_it_was_saved(snapshot in instances::snapshot()) {
        let text = serde_json::to_string(&snapshot)?;
        let saved: Snapshot = serde_json::from_str(&text)?;
        prop_assert_eq!(&saved, &snapshot);
        prop_assert_eq!(plan(&saved), plan(&snapshot));
    }

    #[test]
    fn the_order_of_the_demands_means_nothing(
        (snapshot, shuffled) in instances::snapshot().prop_flat_map(|s| (Just(s.clone()), Just(s.demands).prop_shuffle()))
    ) {
        let other = plan(&Snapshot { demands: shuffled, ..snapshot.clone() });
        let mine = plan(&snapshot);
        prop_assert_eq!(mine.bound, other.bound);
        let by_job = |decisions: Vec<Decision>| -> BTreeMap<_, _> {
            decisions.into_iter().map(|decision| (decision.job.clone(), decision)).collect()
        };
        prop_assert_eq!(by_job(mine.decisions), by_job(other.decisions));
    }

    #[test]
    fn p1_no_job_is_planned_after_its_last_start_and_whatever_is_due_is_released(snapshot in instances::snapshot()) {
        let plan = plan(&snapshot);
        for (demand, decision) in pairs(&snapshot, &plan.decisions) {
            prop_assert_eq!(&demand.job, &decision.job);
            prop_assert!(decision.chosen.start >= snapshot.now);
            prop_assert!(decision.chosen.start <= last_start(demand, &snapshot), "{:?}", decision);
            let due = decision.chosen.start == snapshot.now;
            prop_assert_eq!(decision.action, if due { Action::Release } else { Action::Hold });
        }
    }

    #[test]
    fn p6_no_job_is_planned_outside_its_zones(snapshot in instances::snapshot()) {
        let plan = plan(&snapshot);
        for (demand, decision) in pairs(&snapshot, &plan.decisions) {
            let choices = decision.alternatives.iter().chain([&decision.chosen, &decision.now]);
            for choice in choices {
                prop_assert!(!choice.zones.is_empty());
                prop_assert!(choice.zones.iter().all(|zone| demand.placement.zones().contains(zone)));
            }
        }
    }

    #[test]
    fn no_zone_is_overbooked_by_a_job_that_is_free_to_wait(snapshot in instances::snapshot()) {
        let plan = plan(&snapshot);
        let runs = runs(&snapshot, &plan.decisions);
        for run in runs.iter().filter(|run| run.free) {
            let others = runs.iter().filter(|other| run.slot.contains(other.slot.start));
            for at in others.map(|other| other.slot.start).chain([run.slot.start]) {
                let (zone, excess) = excess(&snapshot, &runs, at, run);
                prop_assert!(excess <= 0.0, "{excess} too much in {zone} at {at}");
            }
        }
    }

    #[test]
    fn the_bound_is_never_above_what_the_best_of_all_ways_to_run_the_jobs_on_borders_costs(snapshot in instances::few()) {
        let bound = plan(&snapshot).bound;
        let best = exhaustive::least(&snapshot);
        let rounding = 1e-6 * bound.cost;
        prop_assert!(best.is_none_or(|best| bound.lower_bound <= best + rounding), "{best:?} {bound:?}");
        prop_assert!(bound.lower_bound >= 0.0);
    }

    #[test]
    fn waiting_for_a_greener_slot_never_costs_more_than_running_now(snapshot in instances::snapshot()) {
        for decision in plan(&snapshot).decisions {
            if decision.reason == Reason::WaitingForGreenerSlot {
                prop_assert!(decision.saving() > Some(0.0), "{:?}", decision);
            }
        }
    }

    #[test]
    fn another_forecast_makes_nobody_late_who_was_promised_a_start_in_time(mut snapshot in instances::crowd()) {
        let before = plan(&snapshot);
        for (demand, decision) in snapshot.demands.iter_mut().zip(&before.decisions) {
            demand.published = (!has_no_room(decision)).then(|| (&decision.chosen).into());
        }
        for zone in snapshot.zones.values_mut() {
            turn_over(&mut zone.outlook.carbon_intensity);
        }
        let after = plan(&snapshot);
        let late = |plan: &Plan| plan.decisions.iter().filter(|decision| has_no_room(decision)).count();
        if late(&before) == 0 {
            prop_assert_eq!(late(&after), 0);
        }
    }

    #[test]
    fn while_a_job_has_room_now_it_waits_for_no_start_that_costs_it_more_whatever_that_saves_another_team(mut snapshot in instances::crowd()) {
        for (number, demand) in snapshot.demands.iter_mut().enumerate() {
            demand.job.namespace = if number % 2 == 0 { "one" } else { "other" }.into();
        }
        let decisions = plan(&snapshot).decisions;
        for (number, decision) in decisions.iter().enumerate() {
            let (Some(chosen), Some(now)) = (decision.chosen.cost, decision.now.cost) else { continue };
            if chosen > now * (1.0 + 1e-6) && !has_no_room(decision) {
                prop_assert!(is_full_now(&snapshot, &decisions, number), "{:?}", decision);
            }
        }
    }

    #[test]
    fn a_job_alone_gets_the_best_of_all_minutes_and_zones(snapshot in instances::alone()) {
        let demand = &snapshot.demands[0];
        let decision = &plan(&snapshot).decisions[0];
        let last = last_start(demand, &snapshot);
        let minutes = (0..).map(|i| snapshot.now + SignedDuration::from_mins(i)).take_while(|start| *start <= last);
        let starts = minutes.chain([last]).flat_map(|start| {
            demand.placement.zones().iter().map(move |zone| (start, zone))
        });
        let best = starts.filter_map(|(start, zone)| cost(&snapshot, demand, zone, start)).reduce(f64::min);
        let chosen = cost(&snapshot, demand, &decision.chosen.zones[0], decision.chosen.start);
        if let Some(claimed) = decision.chosen.cost {
            prop_assert!((claimed - chosen.unwrap()).abs() < 1e-6);
            prop_assert!(claimed <= best.unwrap() + 1e-6, "{best:?} {decision:?}");
        } else {
            let now = demand.placement.zones().iter().find_map(|zone| cost(&snapshot, demand, zone, snapshot.now));
            prop_assert_eq!((now, decision.chosen.start), (None, snapshot.now));
        }
    }

    #[test]
    fn pieces_follow_one_another_within_the_zones_of_their_job(snapshot in instances::free()) {
        let plan = plan(&snapshot);
        for decision in &plan.decisions {
            let demand = snapshot.demands.iter().find(|demand| demand.job == decision.job);
            let there = demand.and_then(|demand| match &demand.stage {
                Stage::Running { zone, .. } => zone.as_ref(),
                _ => None,
            });
            let zones = demand.map_or(&[][..], |demand| demand.placement.zones());
            for segment in &decision.segments {
                prop_assert!(segment.slot.start <= segment.slot.end, "{:?}", decision);
                let may_be_in = |zone| zones.contains(zone) || there == Some(zone);
                prop_assert!(segment.zones.iter().all(may_be_in), "{:?}", decision);
            }
            for two in decision.segments.windows(2) {
                prop_assert!(two[0].slot.end <= two[1].slot.start, "{:?}", decision);
            }
        }
    }

    #[test]
    fn absurd_input_gives_a_decision_for_every_job_and_never_a_panic(snapshot in absurd::snapshot()) {
        let plan = plan(&snapshot);
        let mut decisions = plan.decisions.iter();
        for demand in snapshot.demands.iter().filter(|demand| !is_running(demand)) {
            let decision = decisions.find(|decision| decision.job == demand.job);
            prop_assert!(decision.is_some(), "{:?}", demand);
            let in_time = |decision: &Decision| decision.chosen.start <= last_start(demand, &snapshot);
            prop_assert!(demand.freedom.scaling.is_some() || decision.is_some_and(in_time));
            prop_assert!(decision.is_some_and(|decision| decision.chosen.start >= snapshot.now), "{:?}", decision);
        }
    }
}

/// Whether a job finds no room up to its latest start.
fn has_no_room(decision: &Decision) -> bool {
    decision.reason == Reason::WaitingForCapacity && decision.note.is_some()
}

/// What was dirty becomes clean.
fn turn_over(outlook: &mut Outlook) {
    let Outlook::Known(series) = outlook else { return };
    for point in &mut series.points {
        point.value = 800.0 - point.value;
    }
}

/// What a job costs in a zone, by the definition: mean of the series x PUE x energy.
fn cost(snapshot: &Snapshot, demand: &Demand, zone: &ZoneName, start: Timestamp) -> Option<f64> {
    let zone = snapshot.zones.get(zone)?;
    let mean = zone
        .outlook
        .carbon_intensity
        .series()?
        .mean(Slot::of(start, demand.length.expected))?;
    Some(mean * zone.pue * demand.watts.over(demand.length.expected).0 / 1000.0)
}

/// A run that the planner has booked, by zone.
#[derive(Clone)]
struct Run {
    slot: Slot,
    request: Resources,
    shares: Vec<(ZoneName, f64)>,
    /// Whether the planner could have put it elsewhere.
    free: bool,
}

/// All runs but those that were squeezed in after others, because nothing had room: those say so in a note; and those that are
/// released though the others that must run leave them no room, for they wait for it.
fn runs(snapshot: &Snapshot, decisions: &[Decision]) -> Vec<Run> {
    let run = |demand: &Demand, start: Timestamp, zones: &[ZoneName], free| {
        let capacity = |zone| snapshot.zones.get(zone).map(|zone| zone.capacity).unwrap_or_default();
        let capacities: Vec<Resources> = zones.iter().map(capacity).collect();
        let shares = shares(&capacities, &demand.request);
        Run {
            slot: Slot::of(start, demand.length.expected),
            request: demand.request,
            shares: zones.iter().cloned().zip(shares).collect(),
            free,
        }
    };
    let running = snapshot.demands.iter().filter_map(|demand| match &demand.stage {
        Stage::Running { started, zone } => {
            let zones = zone.as_ref().map_or(demand.placement.zones(), std::slice::from_ref);
            Some(run(demand, *started, zones, false))
        }
        _ => None,
    });
    let planned = pairs(snapshot, decisions).filter_map(|(demand, decision)| {
        let forced = is_forced(demand, snapshot) && !is_planned_anew(demand, decision, snapshot);
        let books = if forced {
            decision.reason != Reason::WaitingForCapacity
        } else {
            decision.note.is_none() || decision.reason == Reason::SavingTooSmall
        };
        let books = books && demand.stage != Stage::Shadow;
        books.then(|| run(demand, decision.chosen.start, &decision.chosen.zones, !forced))
    });
    let (free, forced): (Vec<Run>, Vec<Run>) = planned.partition(|run| run.free);
    let running: Vec<Run> = running.collect();
    // Who outlives what is expected of it keeps others waiting all the same, and nobody needs no time at all.
    let must: Vec<Run> = running
        .iter()
        .chain(&forced)
        .map(|run| Run {
            slot: Slot {
                end: run.slot.end.max(snapshot.now) + SignedDuration::from_hours(24),
                ..run.slot
            },
            ..run.clone()
        })
        .collect();
    let fits = |run: &Run| {
        let meets = must.iter().map(|other| other.slot.start);
        let mut instants = meets.filter(|at| run.slot.contains(*at)).chain([run.slot.start]);
        instants.all(|at| excess(snapshot, &must, at, run).1 <= 0.0)
    };
    let standing = forced.into_iter().filter(fits);
    running.into_iter().chain(standing).chain(free).collect()
}

/// Whether a demand has its start given, room or not.
fn is_forced(demand: &Demand, snapshot: &Snapshot) -> bool {
    let published = demand.published.as_ref();
    let promised = published.is_some_and(|published| published.start <= snapshot.now);
    demand.stage != Stage::Held || promised || last_start(demand, snapshot) == snapshot.now
}

/// Whether a demand with time left did not start as it was promised, because it had no room.
fn is_planned_anew(demand: &Demand, decision: &Decision, snapshot: &Snapshot) -> bool {
    let has_time = demand.stage == Stage::Held && last_start(demand, snapshot) > snapshot.now;
    has_time && decision.reason != Reason::ReleasedInPlannedSlot
}

/// Whether the others leave a job no room in the zone where it could start now, give or take a quarter of an hour, in which
/// a slot of bookings may end. Whoever finds no room up to its last start waits from then on for the first there is, which is
/// kept for it: here, all that it may ever take.
fn is_full_now(snapshot: &Snapshot, decisions: &[Decision], number: usize) -> bool {
    let (mut others, mut theirs) = (snapshot.clone(), decisions.to_vec());
    let (demand, decision) = (others.demands.remove(number), theirs.remove(number));
    let run = |slot: Slot| Run {
        slot,
        request: demand.request,
        shares: whole_in(&decision.now.zones),
        free: true,
    };
    let margin = SignedDuration::from_mins(15);
    let at_once = run(Slot::of(snapshot.now, demand.length.expected + margin));
    let mut runs = runs(&others, &theirs);
    let waiting = pairs(&others, &theirs).filter(|(_, decision)| has_no_room(decision));
    runs.extend(waiting.map(|(demand, decision)| Run {
        slot: Slot::of(decision.chosen.start, SignedDuration::from_hours(24)),
        request: demand.request,
        shares: whole_in(demand.placement.zones()),
        free: false,
    }));
    for other in &mut runs {
        other.slot.end += margin;
    }
    runs.push(at_once.clone());
    let mut instants = runs
        .iter()
        .map(|other| other.slot.start)
        .filter(|at| at_once.slot.contains(*at));
    instants.any(|at| excess(&others, &runs, at, &at_once).1 > 0.0)
}

/// All of it in each of these.
fn whole_in(zones: &[ZoneName]) -> Vec<(ZoneName, f64)> {
    zones.iter().map(|zone| (zone.clone(), 1.0)).collect()
}

/// By how much the capacity of a zone of `run` is exceeded at `at`, in whatever the run needs: thousandths of a core, bytes, or
/// thousandths of an accelerator. What is spread over zones is rounded up in each.
fn excess(snapshot: &Snapshot, runs: &[Run], at: Timestamp, run: &Run) -> (ZoneName, f64) {
    let amounts = |r: &Resources| [r.cpu_milli as f64, r.memory_bytes as f64, 1e3 * r.gpus as f64];
    let mut worst = (run.shares[0].0.clone(), f64::NEG_INFINITY);
    for (zone, _) in run.shares.iter().filter(|(_, share)| *share > 0.0) {
        let mut used = [0.0; 3];
        for other in runs.iter().filter(|other| other.slot.contains(at)) {
            let shares = other.shares.iter().filter(|(other, _)| other == zone);
            let share: f64 = shares.map(|(_, share)| share).sum();
            for (used, amount) in used.iter_mut().zip(amounts(&other.request)) {
                *used += (amount * share * (1.0 - 1e-12) - 1e-6).ceil();
            }
        }
        let capacity = amounts(&snapshot.zones[zone].capacity);
        for ((used, capacity), needed) in used.iter().zip(capacity).zip(amounts(&run.request)) {
            if needed > 0.0 && used - capacity > worst.1 {
                worst = (zone.clone(), used - capacity);
            }
        }
    }
    worst
}
