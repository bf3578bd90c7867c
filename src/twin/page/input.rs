//! What the page shows: figures and series, as plain values.

use std::collections::BTreeMap;

use jiff::Timestamp;

/// All that stands on the page. Names come from users; they are escaped where they are written.
#[derive(Clone, Debug, Default)]
pub struct Page {
    /// The name of the scenario.
    pub scenario: String,
    /// The first instant of the scenario, and the end of submissions.
    pub period: (Timestamp, Timestamp),
    /// What the emissions count: `average, life-cycle` for example.
    pub basis: String,
    /// All runs, in the scenario's order.
    pub runs: Vec<Figures>,
    /// Which of them the page is about, by number.
    pub about: usize,
    /// The grams of the same jobs, each run at once.
    pub run_now_grams: f64,
    /// What the jobs emitted more that became dirtier than at once, in grams, where it is known.
    pub harmed_grams: Option<f64>,
    /// The start of the first hour of the series.
    pub hours_from: Timestamp,
    /// The zones, with their hourly series.
    pub zones: Vec<Zone>,
    /// How long the jobs waited, in hours.
    pub waits: Vec<Bin>,
    /// What each job saved, as a share of its own emissions at once; negative where it became dirtier.
    pub savings: Vec<Bin>,
    /// How sure the saving is, where that is known.
    pub uncertainty: Option<Interval>,
    /// What the scenario says, as `(what, how)`.
    pub facts: Vec<(String, String)>,
    /// What a reader must know of the data.
    pub warnings: Vec<String>,
}

impl Page {
    /// The figures of the run that the page is about.
    pub(super) fn figures(&self) -> Option<&Figures> {
        self.runs.get(self.about)
    }
}

/// The figures of a run, named as in `result.json`; `None` where a figure has no meaning.
#[derive(Clone, Debug, Default)]
pub struct Figures {
    /// Its name.
    pub name: String,
    /// Whose run it is.
    pub by: By,
    /// It knows more of the future than the run that the page is about: shown, not judged.
    pub knows_more: bool,
    /// Emissions, gCO2e, PUE included.
    pub grams: f64,
    /// Whether the grams of a bound can be reached.
    pub exact: Option<bool>,
    /// Energy, PUE included.
    pub kwh: Option<f64>,
    /// The mean renewable share of that energy, 0..1.
    pub renewable_share_mean: Option<f64>,
    /// 1 - grams over the grams of run-now.
    pub saved_share: Option<f64>,
    /// 1 - grams over the grams of fifo.
    pub saved_share_vs_fifo: Option<f64>,
    /// The part of the saving that comes from when.
    pub saved_share_time: Option<f64>,
    /// The part of the saving that comes from where.
    pub saved_share_space: Option<f64>,
    /// Of what the optimum saves.
    pub captured_share: Option<f64>,
    /// The saving of each namespace, as a share of its own emissions at once.
    pub saved_share_by_namespace: BTreeMap<String, f64>,
    /// Hours from submission to end, less the length.
    pub mean_wait_hours: Option<f64>,
    /// What 95 % of the jobs do not wait longer than.
    pub p95_wait_hours: Option<f64>,
    /// Jobs that ended after their deadline.
    pub deadline_misses: Option<u64>,
    /// Cells of zone, slot and resource in which more was used than there is.
    pub overbooked_slots: Option<u64>,
    /// Jobs that ran where they may not.
    pub residency_violations: Option<u64>,
    /// The share of jobs that became dirtier than at once.
    pub harmed_share: Option<f64>,
    /// Pauses.
    pub pauses: Option<u64>,
    /// Resumes in another zone.
    pub migrations: Option<u64>,
    /// The most jobs that ran at a time.
    pub peak_concurrency: Option<u64>,
    /// Wall time inside the planner, seconds.
    pub plan_seconds: Option<f64>,
    /// The jobs.
    pub jobs: Option<u64>,
}

/// Whose run it is.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum By {
    /// A policy of ours.
    #[default]
    Policy,
    /// A published policy.
    Rival,
    /// Nobody's: what could be reached with full information.
    Bound,
}

/// A zone, hour by hour from [`Page::hours_from`] on. Series may end early; an hour without a value is left out.
#[derive(Clone, Debug, Default)]
pub struct Zone {
    /// Its name.
    pub name: String,
    /// gCO2e/kWh.
    pub intensity: Vec<f64>,
    /// 0..1; empty where it is not known.
    pub renewable_share: Vec<f64>,
    /// The mean power of the jobs when all are run at once, kW, PUE included.
    pub before: Vec<f64>,
    /// The mean power of the jobs in the run that the page is about, likewise.
    pub after: Vec<f64>,
}

/// How many jobs lie in `[from, to)`.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Bin {
    /// The first value inside.
    pub from: f64,
    /// The first value after.
    pub to: f64,
    /// The jobs.
    pub jobs: u64,
}

/// Where the saving lies with 95 % certainty, and how that was found.
#[derive(Clone, Debug, PartialEq)]
pub struct Interval {
    /// No less than this share.
    pub low: f64,
    /// No more than this share.
    pub high: f64,
    /// How it was found, a sentence.
    pub how: String,
}
