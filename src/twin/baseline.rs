//! `run-now`: every job starts when it could, at home; what savings are measured against.

use super::chains::Chains;
use super::outcome::{Outcome, Run, Segment};
use super::series::Ms;
use super::world::{Home, Job, World};

/// Runs every job at once, whatever the room.
pub fn run_now(world: &World) -> Run {
    let mut ends: Vec<Option<Ms>> = vec![None; world.jobs.len()];
    for number in Chains::of(world).order(world) {
        let job = &world.jobs[number];
        let done = job.after.and_then(|first| ends[first]);
        ends[number] = Some(done.unwrap_or(job.submit).max(job.submit) + job.length);
    }
    let outcome = |(job, end): (&Job, Option<Ms>)| {
        let end = end.unwrap_or(job.submit + job.length);
        let segment = Segment {
            zone: home(job),
            start: end - job.length,
            end,
            step: 0,
        };
        Outcome {
            segments: vec![segment],
        }
    };
    Run {
        name: "run-now".to_owned(),
        outcomes: world.jobs.iter().zip(ends).map(outcome).collect(),
        plan_seconds: None,
    }
}

/// Where it runs when nobody shifts it.
pub fn home(job: &Job) -> Option<usize> {
    match job.home {
        Home::Zone(zone) => Some(zone),
        Home::Spread => None,
    }
}
