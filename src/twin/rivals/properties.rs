//! What holds for every rival on every world.

use std::sync::Arc;

use jiff::SignedDuration;
use proptest::prelude::*;

use super::testing::{hours, job, zones};
use super::{Options, Rival, run};
use crate::planner::{Pausing, Step};
use crate::twin::outcome::{Outcome, Run};
use crate::twin::series::{Ms, Series};
use crate::twin::sight::{Perfect, Sight};
use crate::twin::world::{Amounts, Job, Lengths, World};

/// A day and more, after which nothing is submitted.
const ROWS: usize = 60;

/// Sees the rows up to now, and takes the last one to stay.
struct Blind<'a>(&'a World);

impl Sight for Blind<'_> {
    fn forecast(&self, zone: usize, now: Ms) -> Arc<Series> {
        let truth = &self.0.zones[zone].intensity;
        let rows = truth.rows().take_while(|(start, _)| *start <= now);
        Arc::new(Series::of(rows, truth.end()))
    }
}

prop_compose! {
    fn any_job()(
        quarters in (0i64..80, 1i64..24, 0i64..40),
        pausing in proptest::option::of((0i64..4, 0u32..4)),
        wide in any::<bool>(),
        by in proptest::option::of(0i64..60),
        class in 0usize..2,
        cpus in 1u32..4,
    ) -> Job {
        let (submit, length, delay) = quarters;
        let step = |pods, throughput, power| Step { pods, throughput, power };
        Job {
            class,
            finish_by: by.map(|by| hours((submit + length + by) as f64 / 4.0)),
            pausing: pausing.map(|(minimum_run, most)| Pausing {
                minimum_run: SignedDuration::from_mins(15 * minimum_run),
                most,
                ..Pausing::default()
            }),
            scaling: if wide { vec![step(1, 1.0, 1.0), step(2, 1.7, 2.0)] } else { Vec::new() },
            need: Amounts { cpus: f64::from(cpus), ..Amounts::default() },
            ..job(submit as f64 / 4.0, length as f64 / 4.0, delay as f64 / 4.0)
        }
    }
}

prop_compose! {
    pub(in crate::twin) fn any_world()(
        values in prop::collection::vec(prop::collection::vec(10u32..400, ROWS), 1..3),
        mut jobs in prop::collection::vec(any_job(), 1..12),
        lengths in prop_oneof![Just(Lengths::Known), Just(Lengths::Learned), Just(Lengths::Mean)],
        chain in any::<bool>(),
        full in any::<bool>(),
    ) -> World {
        jobs.sort_by_key(|job| job.submit);
        if chain && jobs.len() > 2 {
            jobs[2].after = Some(0);
        }
        let values: Vec<Vec<f64>> = values.iter().map(|rows| rows.iter().map(|value| f64::from(*value)).collect()).collect();
        let values: Vec<&[f64]> = values.iter().map(Vec::as_slice).collect();
        let mut world = zones(&values, jobs);
        world.lengths = lengths;
        if full {
            let five = Amounts { cpus: 5.0, ..Amounts::default() };
            world.zones.iter_mut().for_each(|zone| zone.capacity = vec![(0, five)]);
        }
        world
    }
}

fn ready(run: &Run, job: &Job) -> Ms {
    let before = job
        .after
        .map(|before| run.outcomes[before].segments.last().unwrap().end);
    job.submit.max(before.unwrap_or(job.submit))
}

/// The work that an outcome does, in milliseconds at the first step.
fn work(job: &Job, outcome: &Outcome) -> f64 {
    let throughput = |step| job.scaling.get(step).map_or(1.0, |step: &Step| step.throughput);
    outcome
        .segments
        .iter()
        .map(|segment| (segment.end - segment.start) as f64 * throughput(segment.step))
        .sum()
}

/// What a job never does, whoever decides on it.
fn check(world: &World, run: &Run, rival: Rival) -> Result<(), TestCaseError> {
    for (job, outcome) in world.jobs.iter().zip(&run.outcomes) {
        let ready = ready(run, job);
        let last = outcome.segments.last().unwrap();
        prop_assert!(
            (work(job, outcome) - job.length as f64).abs() <= 2.0,
            "{rival:?} {outcome:?}"
        );
        prop_assert!(outcome.segments[0].start >= ready);
        prop_assert!(
            outcome
                .segments
                .windows(2)
                .all(|pair| pair[0].end <= pair[1].start && pair[0].zone == pair[1].zone)
        );
        let pauses = outcome
            .segments
            .windows(2)
            .filter(|pair| pair[0].end < pair[1].start)
            .count();
        prop_assert!(
            pauses <= job.pausing.map_or(0, |pausing| pausing.most as usize),
            "{rival:?} {outcome:?}"
        );
        let zone = last.zone.unwrap();
        prop_assert!(job.zones.contains(&zone) && last.end <= world.zones[zone].intensity.end());
        if rival != Rival::ArrivalGreedy {
            prop_assert!(last.end <= ready + job.length + job.max_delay, "{rival:?} {outcome:?}");
            if world.lengths == Lengths::Known
                && let Some(by) = job.finish_by
            {
                prop_assert!(last.end <= by.max(ready + job.length), "{rival:?} {outcome:?}");
            }
        }
    }
    Ok(())
}

/// Whether use exceeds five cores anywhere at any time.
fn overbooked(world: &World, run: &Run) -> bool {
    let runs: Vec<_> = world
        .jobs
        .iter()
        .zip(&run.outcomes)
        .map(|(job, outcome)| (job.need.cpus, outcome.segments[0]))
        .collect();
    runs.iter().any(|(_, at)| {
        let there = runs
            .iter()
            .filter(|(_, run)| run.zone == at.zone && run.start <= at.start && at.start < run.end);
        there.map(|(cpus, _)| cpus).sum::<f64>() > 5.0 + 1e-9
    })
}

/// What was decided before an instant: every start, and every end, before it.
fn before(run: &Run, instant: Ms) -> Vec<Vec<Ms>> {
    let marks = |outcome: &Outcome| {
        outcome
            .segments
            .iter()
            .flat_map(|segment| [segment.start, segment.end])
            .collect::<Vec<_>>()
    };
    run.outcomes
        .iter()
        .map(|outcome| marks(outcome).into_iter().filter(|mark| *mark < instant).collect())
        .collect()
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 250, failure_persistence: None, ..ProptestConfig::default() })]

    #[test]
    fn every_rival_keeps_to_what_its_jobs_allow(world in any_world()) {
        for rival in Rival::ALL {
            let sights: [&dyn Sight; 2] = [&Perfect::of(&world), &Blind(&world)];
            for sight in sights {
                check(&world, &run(rival, &world, sight, &Options::default()), rival)?;
            }
        }
    }

    #[test]
    fn arrival_greedy_never_overbooks(mut world in any_world()) {
        let five = Amounts { cpus: 5.0, ..Amounts::default() };
        world.zones.iter_mut().for_each(|zone| zone.capacity = vec![(0, five)]);
        // Where the data ends too soon for all jobs nothing else is left.
        world.jobs.truncate(6);
        let run = run(Rival::ArrivalGreedy, &world, &Blind(&world), &Options::default());
        prop_assert!(!overbooked(&world, &run), "{run:?}");
    }

    #[test]
    fn nobody_sees_what_has_not_happened_yet(world in any_world(), instant in 0i64..30, seed in any::<u64>()) {
        let instant = hours(instant as f64);
        let mut random = fastrand::Rng::with_seed(seed);
        let mut other = world.clone();
        for zone in &mut other.zones {
            let changed = |(start, value)| (start, if start >= instant { f64::from(random.u32(10..400)) } else { value });
            zone.intensity = Series::of(zone.intensity.rows().map(changed).collect::<Vec<_>>(), zone.intensity.end());
        }
        let learns = world.lengths == Lengths::Learned;
        for rival in Rival::ALL {
            let run_of = |world: &World| run(rival, world, &Blind(world), &Options::default());
            let first = run_of(&world);
            if learns && rival != Rival::WaitAwhile {
                // What has not ended by then may turn out twice as long.
                for (number, job) in other.jobs.iter_mut().enumerate() {
                    let ended = first.outcomes[number].segments.last().unwrap().end < instant;
                    job.length = if ended { world.jobs[number].length } else { world.jobs[number].length * 2 };
                }
            }
            let cut = |run: Run| before(&run, instant);
            prop_assert_eq!(cut(first), cut(run_of(&other)), "{:?}", rival);
            other.jobs.clone_from(&world.jobs);
        }
    }
}
