//! What holds for the bound on every world: nobody is below it, and where it says that it can be reached, its run reaches it.

use jiff::SignedDuration;
use proptest::prelude::*;

use super::{Bound, optimum, within};
use crate::planner::Pausing;
use crate::twin::chains::Chains;
use crate::twin::outcome::{Outcome, Run};
use crate::twin::rivals::properties::any_world;
use crate::twin::rivals::testing::{hours, job, pausable, zones};
use crate::twin::rivals::{self, Rival};
use crate::twin::series::{HOUR, Ms, ms};
use crate::twin::sight::Perfect;
use crate::twin::world::{Amounts, Job, Lengths, World};

/// The grams of one job, resumes at their instants.
fn grams_of(world: &World, job: &Job, outcome: &Outcome) -> f64 {
    let power = |step| {
        job.scaling
            .get(step)
            .map_or(1.0, |step: &crate::planner::Step| step.power)
    };
    let mut total = 0.0;
    for (number, segment) in outcome.segments.iter().enumerate() {
        let zone = &world.zones[segment.zone.unwrap()];
        total += zone.intensity.integral(segment.start, segment.end).unwrap() * power(segment.step) * zone.pue;
        let before = number.checked_sub(1).map(|before| outcome.segments[before]);
        let resumed = before.filter(|before| before.end < segment.start || before.zone != segment.zone);
        if let (Some(before), Some(pausing)) = (resumed, job.pausing) {
            let cost = if before.zone == segment.zone {
                pausing.resume_cost
            } else {
                pausing.migration_cost.unwrap()
            };
            total += zone.intensity.value(segment.start).unwrap() * zone.pue * ms(cost) as f64 / HOUR;
        }
    }
    total * job.kilowatts
}

fn grams(world: &World, run: &Run) -> f64 {
    let jobs = world.jobs.iter().zip(&run.outcomes);
    jobs.map(|(job, outcome)| grams_of(world, job, outcome)).sum()
}

/// Whether all jobs are on time. One that could not be done by its `finishBy` however soon those before it were must only not wait.
fn is_on_time(world: &World, run: &Run) -> bool {
    let chains = Chains::of(world);
    let end = |job: usize| run.outcomes[job].segments.last().unwrap().end;
    world.jobs.iter().enumerate().all(|(number, job)| {
        let ready = job.submit.max(job.after.map_or(job.submit, end));
        let (end, at_once) = (end(number), ready + job.length);
        let soonest = chains.earliest(number) + job.shortest();
        let is_done_by = |by: Ms| end <= by || (soonest > by && end <= at_once);
        end <= at_once + job.max_delay && job.finish_by.is_none_or(is_done_by)
    })
}

/// A millisecond here and there is rounding: a bound is below what whole milliseconds reach.
fn is_close(bound: f64, reached: f64) -> bool {
    reached >= bound - 1e-9 * bound && reached <= bound + 1e-4 * bound.max(1.0)
}

fn resume(minutes: i64) -> Pausing {
    Pausing {
        resume_cost: SignedDuration::from_mins(minutes),
        most: u32::MAX,
        ..Pausing::default()
    }
}

#[test]
fn a_job_that_may_be_paused_is_paused_where_that_pays_its_resume() {
    let mut world = zones(&[&[100.0, 300.0, 120.0]], vec![job(0.0, 2.0, 1.0)]);
    assert!((optimum(&world).grams - 400.0).abs() < 1e-9);
    world.jobs[0].pausing = Some(resume(30));
    // 100 + 120 and half an hour at 120.
    let bound = optimum(&world);
    assert!(bound.exact && (bound.grams - 280.0).abs() < 1e-9, "{bound:?}");
}

#[test]
fn a_job_that_comes_after_another_is_exact_where_both_are_best_as_they_are() {
    let mut second = job(0.0, 1.0, 0.0);
    second.after = Some(0);
    let mut world = zones(&[&[300.0, 100.0, 50.0, 300.0]], vec![job(0.0, 1.0, 1.0), second]);
    // The first at 1..2 and the second right after it.
    let bound = optimum(&world);
    assert!(bound.exact && (bound.grams - 150.0).abs() < 1e-9, "{bound:?}");
    // The first would wait for 2..3, and the second would be better at 2..3 too: 50 + 50 cannot be.
    world.jobs[0].max_delay = hours(2.0);
    let bound = optimum(&world);
    assert!(!bound.exact && (bound.grams - 100.0).abs() < 1e-9, "{bound:?}");
}

#[test]
fn a_plan_in_which_one_job_breaks_the_deadline_of_the_next_is_not_what_can_be_reached() {
    // The first is best in the fourth hour, and then the second is late by two.
    let next = Job {
        after: Some(0),
        finish_by: Some(hours(3.0)),
        ..job(0.0, 1.0, 9.0)
    };
    let mut world = zones(&[&[300.0, 200.0, 300.0, 100.0, 50.0]], vec![job(0.0, 1.0, 3.0), next]);
    let bound = optimum(&world);
    assert!(!bound.exact && bound.run.is_none(), "{bound:?}");
    assert!(bound.grams <= 500.0);
    world.jobs[1].finish_by = Some(hours(5.0));
    assert!(optimum(&world).exact);
}

#[test]
fn two_jobs_that_want_the_same_room_share_what_there_is() {
    let one = Amounts {
        cpus: 1.0,
        ..Amounts::default()
    };
    let single = || Job {
        need: one,
        ..job(0.0, 1.0, 3.0)
    };
    let mut world = zones(&[&[300.0, 100.0, 200.0, 300.0]], vec![single(), single()]);
    world.zones[0].capacity = vec![(0, one)];
    // Without capacity 100 + 100; with it 100 + 200, and prices of 100 to 200 on the cheapest hour prove it.
    let bound = optimum(&world);
    assert!(
        !bound.exact && bound.grams > 299.0 && bound.grams <= 300.0 + 1e-9,
        "{bound:?}"
    );
    world.zones[0].capacity[0].1.cpus = 2.0;
    let bound = optimum(&world);
    assert!(bound.exact && (bound.grams - 200.0).abs() < 1e-9, "{bound:?}");
}

#[test]
fn where_no_plan_is_on_time_the_bound_is_that_of_each_job_alone() {
    let one = Amounts {
        cpus: 1.0,
        ..Amounts::default()
    };
    let hurried = || Job {
        need: one,
        ..job(0.0, 1.0, 0.0)
    };
    let mut world = zones(&[&[300.0, 100.0]], vec![hurried(), hurried()]);
    world.zones[0].capacity = vec![(0, one)];
    let bound = optimum(&world);
    assert!(!bound.exact && (bound.grams - 600.0).abs() < 1e-9, "{bound:?}");
}

/// The least grams of all ways to start every job at a whole hour, on time and within the capacity.
fn brute(world: &World, from: usize, starts: &mut Vec<(usize, Ms)>) -> f64 {
    let Some(job) = world.jobs.get(from) else {
        let runs: Vec<_> = world.jobs.iter().zip(&*starts).collect();
        let fits = runs.iter().all(|(_, (zone, at))| {
            let there = runs
                .iter()
                .filter(|(job, (other, start))| other == zone && start <= at && *at < start + job.length);
            there.map(|(job, _)| job.need.cpus).sum::<f64>() <= world.zones[*zone].capacity[0].1.cpus
        });
        let grams = |(job, (zone, start)): &(&Job, &(usize, Ms))| {
            world.zones[*zone]
                .intensity
                .integral(*start, *start + job.length)
                .unwrap()
                * job.kilowatts
        };
        return if fits {
            runs.iter().map(grams).sum()
        } else {
            f64::INFINITY
        };
    };
    let mut least = f64::INFINITY;
    for zone in 0..world.zones.len() {
        for start in (job.submit..=job.submit + job.max_delay).step_by(hours(1.0) as usize) {
            starts.push((zone, start));
            least = least.min(brute(world, from + 1, starts));
            starts.pop();
        }
    }
    least
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 120, failure_persistence: None, ..ProptestConfig::default() })]

    #[test]
    fn no_rival_is_below_the_bound(mut world in any_world(), minutes in 0i64..30, most in 0usize..60) {
        world.lengths = Lengths::Known;
        for job in &mut world.jobs {
            job.pausing.iter_mut().for_each(|pausing| pausing.resume_cost = SignedDuration::from_mins(minutes));
        }
        let bound = within(&world, most);
        let unlimited = {
            let mut world = world.clone();
            world.zones.iter_mut().for_each(|zone| zone.capacity.clear());
            within(&world, most)
        };
        prop_assert!(unlimited.grams <= bound.grams + 1e-9 * bound.grams);
        for rival in Rival::ALL {
            let run = rivals::run(rival, &world, &Perfect::of(&world), &rivals::Options::default());
            let reached = grams(&world, &run);
            let limit = if rival == Rival::ArrivalGreedy && is_on_time(&world, &run) { &bound } else { &unlimited };
            if is_on_time(&world, &run) {
                prop_assert!(reached >= limit.grams - 1e-9 * reached - 1e-6, "{rival:?} {reached} {}", limit.grams);
            }
        }
    }

    #[test]
    fn the_run_of_an_exact_bound_is_on_time_and_emits_what_it_says(mut world in any_world(), minutes in 0i64..30) {
        // As they are, and without capacity and all pausable; what is exact is so before any price.
        for _ in 0..2 {
            let Bound { grams: bound, exact, run } = within(&world, 1);
            prop_assert_eq!(exact, run.is_some());
            if let Some(run) = run {
                prop_assert!(is_on_time(&world, &run));
                let reached = grams(&world, &run);
                prop_assert!(is_close(bound, reached), "{bound} {reached}");
            }
            world.zones.iter_mut().for_each(|zone| zone.capacity.clear());
            for job in &mut world.jobs {
                job.pausing.get_or_insert(resume(minutes));
            }
        }
    }

    #[test]
    fn with_capacity_the_bound_lies_between_each_job_alone_and_the_best_plan(
        values in prop::collection::vec(prop::collection::vec(1u32..400, 7), 1..3),
        jobs in prop::collection::vec((0i64..3, 1i64..3, 0i64..4, 1u32..3), 1..5),
        cpus in 2u32..4,
    ) {
        let values: Vec<Vec<f64>> = values.iter().map(|rows| rows.iter().map(|value| f64::from(*value)).collect()).collect();
        let values: Vec<&[f64]> = values.iter().map(Vec::as_slice).collect();
        let of = |(submit, length, delay, cpus): (i64, i64, i64, u32)| Job {
            need: Amounts { cpus: f64::from(cpus), ..Amounts::default() },
            ..job(submit as f64, length as f64, delay.min(7 - submit - length) as f64)
        };
        let mut world = zones(&values, jobs.into_iter().map(of).collect());
        let alone = optimum(&world);
        prop_assert!(alone.exact);
        // As a scenario has it that says nothing of memory.
        let capacity = Amounts { cpus: f64::from(cpus), memory_gib: f64::INFINITY, gpus: f64::INFINITY };
        world.zones.iter_mut().for_each(|zone| zone.capacity = vec![(0, capacity)]);
        let bound = optimum(&world);
        let best = brute(&world, 0, &mut Vec::new());
        prop_assert!(bound.grams >= alone.grams * (1.0 - 1e-9));
        prop_assert!(bound.grams <= best * (1.0 + 1e-9), "{} {best}", bound.grams);
        if bound.exact {
            prop_assert!((bound.grams - alone.grams).abs() <= 1e-9 * alone.grams);
        }
    }

    #[test]
    fn freedom_never_costs(mut world in any_world()) {
        world.zones.iter_mut().for_each(|zone| zone.capacity.clear());
        world.jobs.iter_mut().for_each(|job| (job.after, job.pausing) = (None, None));
        let fixed = optimum(&world).grams;
        world.jobs.iter_mut().for_each(|job| job.pausing = Some(resume(5)));
        let paused = optimum(&world).grams;
        world.jobs = world.jobs.into_iter().map(pausable).collect();
        let free = optimum(&world).grams;
        prop_assert!(free <= paused * (1.0 + 1e-9) && paused <= fixed * (1.0 + 1e-9), "{free} {paused} {fixed}");
    }
}
