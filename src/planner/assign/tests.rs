//! Who goes first, what is booked, and what the bound says of it.

use jiff::SignedDuration;

use super::super::testing::{at, big, contended, cores, demand, rules, steps, zones};
use super::super::{Outlook, Pausing, Placement, Published, Reason, Rules, Survival, plan};
use super::*;
use crate::units::{PolicyName, Resources};

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
fn where_one_only_can_start_now_it_is_whom_that_saves_most_whatever_the_team() {
    let mut s = contended();
    steps(&mut s, "a", HOUR, &[100.0, 110.0, 400.0, 400.0]);
    s.demands = vec![big("light", HOUR), big("heavy", 2 * HOUR)];
    s.demands[1].watts = crate::units::Watts(10_000.0);
    assert_eq!(starts(&s), [1, 0], "10 g lost and 100 g saved");
    s.demands[1].job.namespace = "another".into();
    assert_eq!(starts(&s), [1, 0]);
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
        segments: Vec::new(),
    });
    s.demands = vec![until_two(), promised];
    assert_eq!(starts(&s), [2]);
    s.demands.remove(0);
    assert_eq!(starts(&s), [0], "with room it is kept");
}

#[test]
fn a_promise_is_not_good_for_the_room_of_a_running_job_that_may_be_paused_but_not_yet() {
    let mut s = contended();
    let mut running = until_two();
    running.progress.done = SignedDuration::from_hours(1);
    running.freedom.pausing = Some(Pausing {
        minimum_run: SignedDuration::from_hours(10),
        most: 9,
        ..Pausing::default()
    });
    let mut promised = big("promised", 4 * HOUR);
    promised.published = Some(Published {
        start: at(-60),
        zones: zones(&["a"]),
        segments: Vec::new(),
    });
    s.demands = vec![running, promised];
    assert_eq!(starts(&s), [0, 2]);
    s.demands[1].published = None;
    s.demands[1].latest_start = at(-HOUR);
    assert_eq!(starts(&s), [0, 0], "whoever must start is released, room or not");
}

#[test]
fn nobody_is_late_for_a_higher_priority_where_both_can_be_in_time() {
    let mut s = contended();
    let low = Rules {
        priority: -1,
        ..rules(&mut s).clone()
    };
    s.rules.insert("low".into(), low);
    s.demands = vec![big("high", 4 * HOUR), big("low", 4 * HOUR)];
    s.demands[1].policy = "low".into();
    assert_eq!(starts(&s), [2, 1], "the best hour is for the higher priority");
    s.demands[1].submitted = at(2 * HOUR);
    s.demands[1].latest_start = at(2 * HOUR);
    assert_eq!(starts(&s), [1, 2], "but not where the other could start in no other");
    s.demands[0].latest_start = at(2 * HOUR);
    s.demands[0].submitted = at(2 * HOUR);
    assert_eq!(
        starts(&s),
        [2, 2],
        "of two of which one will be late it is not the higher one"
    );
}

#[test]
fn prices_of_room_that_those_of_a_higher_priority_want_are_not_lost() {
    let mut s = contended();
    steps(&mut s, "b", HOUR, &[1.0; 6]);
    let low = Rules {
        priority: -1,
        ..rules(&mut s).clone()
    };
    s.rules.insert("low".into(), low);
    let in_zone = |name: &'static str| Placement::Choose(zones(&[name]));
    let high = ["i", "j"].map(|name| Demand {
        placement: in_zone("a"),
        ..big(name, 4 * HOUR)
    });
    let tiny = Demand {
        policy: "low".into(),
        placement: in_zone("b"),
        ..demand("tiny", 4 * HOUR, HOUR)
    };
    s.demands = high.into();
    let alone = plan(&s).prices;
    assert_ne!(alone, Prices::default());
    s.demands.push(tiny);
    assert_eq!(plan(&s).prices, alone);
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
        segments: Vec::new(),
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
fn room_that_has_no_limit_later_on_has_its_price_until_then() {
    let mut s = contended();
    let unlimited = Resources {
        cpu_milli: i64::MAX,
        memory_bytes: i64::MAX,
        gpus: i64::MAX,
    };
    let a = s.zones.get_mut(&"a".into()).unwrap();
    a.capacity_from = vec![(at(4 * HOUR), unlimited)];
    s.demands = vec![big("one", 3 * HOUR), big("other", 3 * HOUR)];
    let bound = plan(&s).bound;
    assert!(
        (bound.cost - 300.0).abs() < 1e-9 && bound.lower_bound > 299.0,
        "{bound:?}"
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

/// Jobs of a policy with this priority.
fn with_priority(s: &mut Snapshot, priority: i32, demands: impl IntoIterator<Item = Demand>) -> Vec<Demand> {
    let rules = Rules {
        priority,
        ..rules(s).clone()
    };
    let policy = PolicyName::from(format!("of {priority}").as_str());
    s.rules.insert(policy.clone(), rules);
    let of_policy = |demand| Demand {
        policy: policy.clone(),
        ..demand
    };
    demands.into_iter().map(of_policy).collect()
}

#[test]
fn the_bound_allows_for_forced_jobs_though_the_last_of_several_priorities_finds_nothing_scarce() {
    let mut s = contended();
    steps(&mut s, "a", 3600, &[100.0, 300.0, 300.0]);
    steps(&mut s, "b", 3600, &[101.0, 300.0, 300.0]);
    steps(&mut s, "c", 3600, &[50.0; 3]);
    s.demands = vec![big("forced", 0), big("j", HOUR)];
    s.demands[0].placement = Placement::Choose(zones(&["a", "b"]));
    s.demands[1].placement = Placement::Choose(zones(&["a"]));
    let low = with_priority(&mut s, -1, [big("low", HOUR)]);
    s.demands.extend(low);
    s.demands[2].placement = Placement::Choose(zones(&["c"]));
    let bound = plan(&s).bound;
    assert!(
        bound.lower_bound <= 251.0,
        "the forced one in b, and j at once: {bound:?}"
    );
}

#[test]
fn the_bound_does_not_rise_with_what_a_promise_is_worth() {
    let mut s = contended();
    steps(&mut s, "a", 3600, &[300.0, 200.0, 100.0, 101.0, 300.0, 300.0]);
    s.demands = vec![big("j", 4 * HOUR), big("k", HOUR), big("l", HOUR)];
    s.demands[0].published = Some(Published {
        start: at(3 * HOUR),
        zones: zones(&["a"]),
        segments: Vec::new(),
    });
    let bound = plan(&s).bound;
    assert!(bound.lower_bound <= 600.0 + 1e-6, "300, 200 and 100: {bound:?}");
}

#[test]
fn a_job_that_runs_on_takes_no_release_from_others() {
    let mut s = contended();
    steps(&mut s, "a", 3600, &[100.0; 6]);
    s.releases_per_second = Some(1.0 / HOUR as f64);
    let mut running = until_two();
    running.request = cores(1);
    running.latest_start = at(-HOUR);
    running.freedom.pausing = Some(Pausing {
        resume_cost: SignedDuration::ZERO,
        migration_cost: None,
        minimum_run: SignedDuration::ZERO,
        most: 1,
    });
    s.demands = vec![running, demand("j", 4 * HOUR, HOUR)];
    assert_eq!(starts(&s), [0, 0]);
}

#[test]
fn a_job_of_a_dry_run_policy_is_planned_in_pieces_as_any_other() {
    let mut s = contended();
    steps(&mut s, "a", 3600, &[300.0, 100.0, 300.0, 100.0, 300.0, 300.0]);
    let mut job = demand("j", 4 * HOUR, 2 * HOUR);
    job.freedom.pausing = Some(Pausing {
        resume_cost: SignedDuration::from_mins(6),
        migration_cost: None,
        minimum_run: SignedDuration::ZERO,
        most: 9,
    });
    s.demands = vec![job.clone()];
    let enforced = plan(&s).decisions.remove(0);
    assert_eq!(enforced.segments.len(), 2);
    job.stage = Stage::Shadow;
    s.demands = vec![job];
    let shadow = plan(&s).decisions.remove(0);
    assert_eq!((shadow.segments, shadow.chosen), (enforced.segments, enforced.chosen));
}

#[test]
fn room_has_its_price_though_one_job_finds_none_at_all() {
    let mut s = contended();
    s.demands = vec![big("j", 4 * HOUR), big("k", 4 * HOUR)];
    let above = plan(&s).bound.lower_bound;
    assert!(above > 299.9, "one of them has to leave the best hour: {above}");
    steps(&mut s, "b", 3600, &[300.0; 6]);
    let mut full = big("full", HOUR);
    full.length.expected = SignedDuration::from_hours(6);
    full.stage = Stage::Running {
        started: at(0),
        zone: Some("b".into()),
    };
    let mut stuck = big("stuck", HOUR);
    stuck.watts = crate::units::Watts(10_000.0);
    stuck.placement = Placement::Choose(zones(&["b"]));
    for demand in &mut s.demands {
        demand.placement = Placement::Choose(zones(&["a"]));
    }
    s.demands.extend([full, stuck]);
    let plan = plan(&s);
    assert!(
        plan.prices.zones[&ZoneName::from("a")]
            .iter()
            .flatten()
            .any(|price| *price > 0.0)
    );
    assert!(plan.bound.lower_bound > 3000.0 + 299.0, "{:?}", plan.bound);
}

#[test]
fn whoever_may_come_takes_room_also_where_nobody_who_waits_has_its_priority() {
    let mut s = contended();
    s.demands = vec![big("j", 4 * HOUR)];
    assert_eq!(starts(&s), [2]);
    s.phantoms = with_priority(&mut s, 1, [big("phantom", 2 * HOUR)]);
    assert_eq!(starts(&s), [1]);
    s.phantoms = with_priority(&mut s, -1, [big("phantom", 2 * HOUR)]);
    assert_eq!(starts(&s), [2], "it would have to wait for j");
}

#[test]
fn after_a_gap_in_a_forecast_room_and_cost_are_known_again() {
    let mut s = contended();
    steps(&mut s, "a", 3600, &[300.0, 290.0, f64::NAN, 50.0, 50.0, 50.0]);
    let Outlook::Known(series) = &mut s.zones.get_mut(&ZoneName::from("a")).unwrap().outlook.carbon_intensity else {
        unreachable!()
    };
    series.points.remove(2);
    let of_unknown_length = |name: &str| Demand {
        curve: Some("kind".into()),
        ..big(name, 4 * HOUR)
    };
    s.curves
        .insert("kind".into(), Survival::of([(SignedDuration::from_hours(1), 0.0)]));
    s.demands = vec![big("j", 4 * HOUR), of_unknown_length("k")];
    let mut starts = starts(&s);
    starts.sort_unstable();
    assert_eq!(starts, [3, 4]);
}
