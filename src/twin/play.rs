//! All runs of a scenario, one after the other, measured on one scale.

use super::account::{Figures, Measure, figures};
use super::baseline::run_now;
use super::engine::{self, longest_wait};
use super::error::TwinError;
use super::fifo::fifo;
use super::outcome::Run;
use super::result::{Done, Results};
use super::scenario::{Kind, Rival, RunSpec, Scenario};
use crate::twin::account::captured;
use crate::twin::world::World;
use crate::units::Clock;

/// The run whose saving is the whole of what could be saved.
const OPTIMUM: &str = "optimum";

/// Runs a whole scenario; says before each run which one it is.
///
/// # Errors
/// [`TwinError::Run`], where a run cannot be made.
pub fn play(scenario: &Scenario, clock: &dyn Clock, progress: &mut dyn FnMut(&str)) -> Result<Results, TwinError> {
    let world = &scenario.world;
    let at_once = run_now(world);
    let measure = Measure::of(world, &at_once, &fifo(world));
    let mut results = Results {
        runs: Vec::with_capacity(scenario.runs.len()),
        run_now_tallies: measure.run_now().to_vec(),
        run_now: at_once,
        warnings: scenario.warnings.clone(),
    };
    for spec in &scenario.runs {
        progress(&spec.name);
        results.runs.push(one(scenario, &measure, spec, clock)?);
    }
    let optimum = results.runs.iter().find(|done| done.figures.name == OPTIMUM);
    let optimum = optimum.and_then(|done| done.figures.saved_share);
    for done in &mut results.runs {
        done.figures.captured_share = captured(done.figures.saved_share, optimum);
    }
    let beyond = |done: &&Done| done.tallies.iter().any(|tally| tally.beyond);
    for done in results.runs.iter().filter(beyond) {
        let name = &done.figures.name;
        let what = format!("in {name} some jobs ran beyond the end of a series, whose last value was taken to hold on");
        results.warnings.push(what);
    }
    Ok(results)
}

fn one(scenario: &Scenario, measure: &Measure<'_>, spec: &RunSpec, clock: &dyn Clock) -> Result<Done, TwinError> {
    let world = &scenario.world;
    match &spec.kind {
        Kind::Policies(policies) => {
            let run = engine::run(&spec.name, world, policies, clock);
            let longest = |job| longest_wait(policies, world, job);
            let (figures, tallies) = figures(measure, &run, &longest);
            Ok(Done { figures, run, tallies })
        }
        Kind::Rival(rival) => {
            let run = Run {
                name: spec.name.clone(),
                ..rival_run(world, rival, &spec.name)?
            };
            let (figures, tallies) = figures(measure, &run, &|job| world.jobs[job].max_delay);
            Ok(Done { figures, run, tallies })
        }
        Kind::Optimum { .. } => Ok(Done {
            figures: Figures {
                name: spec.name.clone(),
                jobs: world.jobs.len(),
                ..Figures::default()
            },
            ..Done::default()
        }),
    }
}

fn rival_run(world: &World, rival: &Rival, name: &str) -> Result<Run, TwinError> {
    match rival.kind.as_str() {
        "run-now" => Ok(run_now(world)),
        "fifo" => Ok(fifo(world)),
        _ => Err(TwinError::Run {
            run: name.to_owned(),
            what: "this version cannot run it yet".to_owned(),
        }),
    }
}
