//! The figures of a run, as they stand in `result.json`.

use std::collections::BTreeMap;

use serde::Serialize;

use super::load::{overbooked, peak};
use super::tally::{Tally, tallies};
use crate::twin::baseline::home;
use crate::twin::outcome::{Outcome, Run};
use crate::twin::series::{HOUR, Ms};
use crate::twin::world::World;

/// Rounding to the millisecond is no miss.
const ROUNDING: Ms = 1;
/// Grams that differ by less than this share are equal.
const EQUAL: f64 = 1e-9;

/// The figures of one run; null where one has no meaning.
#[derive(Clone, Debug, Default, PartialEq, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct Figures {
    /// The run.
    pub name: String,
    /// Emissions, gCO2e, with PUE and resumes.
    pub grams: f64,
    /// Whether the grams of a bound can be reached; of a bound only.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub exact: Option<bool>,
    /// Energy, kWh, with PUE and resumes.
    pub kwh: Option<f64>,
    /// The renewable share of that energy; null where a zone has no such series.
    pub renewable_share_mean: Option<f64>,
    /// 1 less the grams over those of run-now.
    pub saved_share: Option<f64>,
    /// 1 less the grams over those of fifo.
    pub saved_share_vs_fifo: Option<f64>,
    /// The part of `saved_share` that the same times would have saved at home.
    pub saved_share_time: Option<f64>,
    /// The rest: what was saved by running elsewhere.
    pub saved_share_space: Option<f64>,
    /// The saving over that of the run named optimum.
    pub captured_share: Option<f64>,
    /// `saved_share` by namespace.
    pub saved_share_by_namespace: Option<BTreeMap<String, f64>>,
    /// The mean wait, hours.
    pub mean_wait_hours: Option<f64>,
    /// The least wait that at least 95 % of the jobs do not exceed, hours.
    pub p95_wait_hours: Option<f64>,
    /// Jobs that waited longer than they may, or ended too late.
    pub deadline_misses: Option<usize>,
    /// (zone, slot, resource) cells in which use exceeds capacity at any instant.
    pub overbooked_slots: Option<usize>,
    /// Jobs that ran outside the zones that they may run in.
    pub residency_violations: Option<usize>,
    /// The share of jobs that were dirtier than in run-now.
    pub harmed_share: Option<f64>,
    /// Pauses, all jobs.
    pub pauses: Option<usize>,
    /// Resumes in another zone than before, all jobs.
    pub migrations: Option<usize>,
    /// The most jobs that ran at a time.
    pub peak_concurrency: Option<usize>,
    /// Wall time inside `plan()`, seconds.
    pub plan_seconds: Option<f64>,
    /// Jobs.
    pub jobs: usize,
}

/// What all runs of a scenario are measured against.
#[derive(Debug)]
pub struct Measure<'w> {
    world: &'w World,
    now: Vec<Tally>,
    fifo_grams: f64,
}

impl<'w> Measure<'w> {
    /// Measures against these runs of run-now and fifo.
    pub fn of(world: &'w World, run_now: &Run, fifo: &Run) -> Self {
        Self {
            world,
            now: tallies(world, &run_now.outcomes),
            fifo_grams: grams(&tallies(world, &fifo.outcomes)),
        }
    }

    /// The world that it measures.
    pub fn world(&self) -> &'w World {
        self.world
    }

    /// The tallies of run-now, by job.
    pub fn run_now(&self) -> &[Tally] {
        &self.now
    }

    /// The grams of run-now.
    pub fn run_now_grams(&self) -> f64 {
        grams(&self.now)
    }

    /// The share that `grams` saves against run-now; `None` where that emitted nothing.
    pub fn saved_share(&self, grams: f64) -> Option<f64> {
        saved(grams, self.run_now_grams())
    }

    /// The share that `grams` saves against fifo.
    pub fn saved_share_vs_fifo(&self, grams: f64) -> Option<f64> {
        saved(grams, self.fifo_grams)
    }
}

/// The figures of a run of `world`, whose jobs are the measure's but for their freedoms. `longest` says how long each job might
/// wait at most in it.
pub fn figures(
    measure: &Measure<'_>,
    world: &World,
    run: &Run,
    longest: &dyn Fn(usize) -> Ms,
) -> (Figures, Vec<Tally>) {
    let all = tallies(world, &run.outcomes);
    let emitted = grams(&all);
    let kwh = all.iter().fold(0.0, |sum, tally| sum + tally.kwh);
    let renewable: Option<f64> = all.iter().map(|tally| tally.renewable).sum();
    let late = |(number, tally): &(usize, &Tally)| {
        let by = world.jobs[*number].finish_by;
        tally.wait > longest(*number).saturating_add(ROUNDING) || by.is_some_and(|by| tally.end > by + ROUNDING)
    };
    let harmed = |(tally, now): &(&Tally, &Tally)| tally.grams > now.grams + EQUAL * now.grams.abs();
    let mean = |sum: f64| (!all.is_empty()).then(|| sum / all.len() as f64);
    let space = |total: f64| Some((at_home(world, &run.outcomes) - emitted) / total);
    let total = measure.run_now_grams();
    let saved_share = measure.saved_share(emitted);
    let saved_share_space = saved_share.and(space(total));
    let figures = Figures {
        name: run.name.clone(),
        grams: emitted,
        exact: None,
        kwh: Some(kwh),
        renewable_share_mean: renewable.filter(|_| kwh > 0.0).map(|renewable| renewable / kwh),
        saved_share,
        saved_share_vs_fifo: measure.saved_share_vs_fifo(emitted),
        saved_share_time: saved_share.zip(saved_share_space).map(|(all, space)| all - space),
        saved_share_space,
        captured_share: None,
        saved_share_by_namespace: Some(by_namespace(world, &all, &measure.now)).filter(|shares| !shares.is_empty()),
        mean_wait_hours: mean(all.iter().map(|tally| tally.wait as f64 / HOUR).sum()),
        p95_wait_hours: p95(&all),
        deadline_misses: Some(all.iter().enumerate().filter(late).count()),
        overbooked_slots: Some(overbooked(world, &run.outcomes)),
        residency_violations: Some(all.iter().filter(|tally| tally.outside).count()),
        harmed_share: mean(all.iter().zip(&measure.now).filter(harmed).count() as f64),
        pauses: Some(all.iter().map(|tally| tally.pauses).sum()),
        migrations: Some(all.iter().map(|tally| tally.migrations).sum()),
        peak_concurrency: Some(peak(&run.outcomes)),
        plan_seconds: run.plan_seconds,
        jobs: all.len(),
    };
    (figures, all)
}

/// The share of its saving that a run captured of the optimum's; `None` where nothing could be saved.
pub fn captured(saved: Option<f64>, optimum: Option<f64>) -> Option<f64> {
    let (saved, optimum) = (saved?, optimum?);
    (optimum > EQUAL).then(|| saved / optimum)
}

/// What the same times would have emitted had every job stayed at home.
fn at_home(world: &World, outcomes: &[Outcome]) -> f64 {
    let stayed = |(job, outcome): (&crate::twin::world::Job, &Outcome)| {
        let mut outcome = outcome.clone();
        for segment in &mut outcome.segments {
            segment.zone = home(job);
        }
        outcome
    };
    let outcomes: Vec<Outcome> = world.jobs.iter().zip(outcomes).map(stayed).collect();
    grams(&tallies(world, &outcomes))
}

fn grams(tallies: &[Tally]) -> f64 {
    // Nothing sums up to 0, not to the -0 that `sum` begins with.
    tallies.iter().fold(0.0, |sum, tally| sum + tally.grams)
}

fn saved(grams: f64, against: f64) -> Option<f64> {
    (against > 0.0).then(|| 1.0 - grams / against)
}

fn by_namespace(world: &World, run: &[Tally], now: &[Tally]) -> BTreeMap<String, f64> {
    let mut sums: BTreeMap<&str, (f64, f64)> = BTreeMap::new();
    for (job, (run, now)) in world.jobs.iter().zip(run.iter().zip(now)) {
        let (sum, against) = sums.entry(&job.namespace).or_default();
        *sum += run.grams;
        *against += now.grams;
    }
    let share = |(name, (sum, against)): (&str, (f64, f64))| Some((name.to_owned(), saved(sum, against)?));
    sums.into_iter().filter_map(share).collect()
}

fn p95(tallies: &[Tally]) -> Option<f64> {
    let mut waits: Vec<Ms> = tallies.iter().map(|tally| tally.wait).collect();
    waits.sort_unstable();
    let rank = (waits.len() as f64 * 0.95).ceil() as usize;
    waits.get(rank.max(1) - 1).map(|wait| *wait as f64 / HOUR)
}
