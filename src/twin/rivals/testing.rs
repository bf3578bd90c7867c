//! Small worlds for the tests of the rivals. Times are in hours.

use super::{Options, Rival, run};
use crate::planner::Pausing;
use crate::twin::outcome::Outcome;
use crate::twin::series::{HOUR, Ms, Series};
use crate::twin::sight::Perfect;
use crate::twin::world::{Home, Job, World, Zone};

pub(in crate::twin) fn hours(hours: f64) -> Ms {
    (hours * HOUR).round() as Ms
}

/// A zone with one value an hour.
pub(in crate::twin) fn zone(values: &[f64]) -> Zone {
    let rows = (0..).zip(values).map(|(hour, value)| (hours(f64::from(hour)), *value));
    Zone {
        intensity: Series::of(rows, hours(values.len() as f64)),
        pue: 1.0,
        ..Zone::default()
    }
}

/// A world of one zone.
pub(in crate::twin) fn world(values: &[f64], jobs: Vec<Job>) -> World {
    zones(&[values], jobs)
}

/// A world of several zones; every job may run in all of them, and is at home in the first.
pub(in crate::twin) fn zones(values: &[&[f64]], mut jobs: Vec<Job>) -> World {
    for job in &mut jobs {
        job.zones = (0..values.len()).collect();
    }
    World {
        zones: values.iter().map(|values| zone(values)).collect(),
        jobs,
        classes: vec!["default".into()],
        ..World::default()
    }
}

/// A job of 1 kW.
pub(in crate::twin) fn job(submit: f64, length: f64, max_delay: f64) -> Job {
    Job {
        submit: hours(submit),
        length: hours(length),
        max_delay: hours(max_delay),
        kilowatts: 1.0,
        home: Home::Zone(0),
        ..Job::default()
    }
}

/// The same job, which may be paused as often as wanted.
pub(in crate::twin) fn pausable(job: Job) -> Job {
    let pausing = Pausing {
        most: u32::MAX,
        ..Pausing::default()
    };
    Job {
        pausing: Some(pausing),
        ..job
    }
}

pub(in crate::twin) fn sight(world: &World) -> Perfect {
    Perfect::of(world)
}

/// When and until when a job ran.
pub(in crate::twin) fn spans(outcome: &Outcome) -> Vec<(f64, f64)> {
    let hours = |at: Ms| at as f64 / HOUR;
    outcome
        .segments
        .iter()
        .map(|segment| (hours(segment.start), hours(segment.end)))
        .collect()
}

/// When and until when each job ran under a rival.
pub(in crate::twin) fn all_spans(world: &World, rival: Rival) -> Vec<Vec<(f64, f64)>> {
    let run = run(rival, world, &sight(world), &Options::default());
    run.outcomes.iter().map(spans).collect()
}

/// When each job started under a rival.
pub(in crate::twin) fn starts(world: &World, rival: Rival) -> Vec<f64> {
    starts_with(world, rival, &Options::default())
}

pub(in crate::twin) fn starts_with(world: &World, rival: Rival, options: &Options) -> Vec<f64> {
    let run = run(rival, world, &sight(world), options);
    run.outcomes.iter().map(|outcome| spans(outcome)[0].0).collect()
}

/// Where and when each job started under a rival.
pub(in crate::twin) fn places(world: &World, rival: Rival) -> Vec<(Option<usize>, f64)> {
    let run = run(rival, world, &sight(world), &Options::default());
    run.outcomes
        .iter()
        .map(|outcome| (outcome.segments[0].zone, spans(outcome)[0].0))
        .collect()
}
