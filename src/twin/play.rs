//! All runs of a scenario, one after the other, measured on one scale.

use super::account::{Figures, Measure, captured, figures};
use super::baseline::run_now;
use super::bounds;
use super::engine::{self, longest_wait};
use super::fifo::fifo;
use super::knowledge::Knowledge;
use super::outcome::Run;
use super::result::{Done, Results};
use super::rivals;
use super::scenario::{Kind, RunSpec, Scenario};
use super::series::Ms;
use crate::units::Clock;

/// The run whose saving is the whole of what could be saved.
const OPTIMUM: &str = "optimum";

/// Runs a whole scenario; says before each run which one it is.
pub fn play(scenario: &Scenario, clock: &dyn Clock, progress: &mut dyn FnMut(&str)) -> Results {
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
        results.runs.push(one(scenario, &measure, spec, clock));
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
    results
}

fn one(scenario: &Scenario, measure: &Measure<'_>, spec: &RunSpec, clock: &dyn Clock) -> Done {
    let world = &scenario.world;
    let own = |job: usize| world.jobs[job].max_delay;
    let named = |run: Run| Run {
        name: spec.name.clone(),
        ..run
    };
    let run = match &spec.kind {
        Kind::Policies(policies) => {
            let run = engine::run(&spec.name, world, policies, clock);
            return measured(measure, run, &|job| longest_wait(policies, world, job));
        }
        Kind::Optimum { interruptible } => return optimum(scenario, measure, &spec.name, *interruptible),
        Kind::RunNow => run_now(world),
        Kind::Fifo => fifo(world),
        Kind::Rival(rival, options) => rivals::run(*rival, world, &Knowledge::new(world), options),
    };
    measured(measure, named(run), &own)
}

fn measured(measure: &Measure<'_>, run: Run, longest: &dyn Fn(usize) -> Ms) -> Done {
    let (figures, tallies) = figures(measure, measure.world(), &run, longest);
    Done { figures, run, tallies }
}

/// The least that could have been emitted; with the figures of how, where that is known.
fn optimum(scenario: &Scenario, measure: &Measure<'_>, name: &str, interruptible: Option<bool>) -> Done {
    let mut world = scenario.world.clone();
    for job in &mut world.jobs {
        job.pausing = match interruptible {
            None => job.pausing,
            Some(may) => may.then_some(job.pausing.unwrap_or(scenario.pausing)),
        };
    }
    let bound = bounds::optimum(&world);
    let mut done = Done::default();
    if let Some(run) = bound.run {
        let (figures, tallies) = figures(measure, &world, &run, &|job| world.jobs[job].max_delay);
        done = Done { figures, run, tallies };
    }
    done.figures = Figures {
        name: name.to_owned(),
        grams: bound.grams,
        exact: Some(bound.exact),
        saved_share: measure.saved_share(bound.grams),
        saved_share_vs_fifo: measure.saved_share_vs_fifo(bound.grams),
        jobs: world.jobs.len(),
        ..done.figures
    };
    done
}
