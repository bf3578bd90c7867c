//! What the page shows: figures and series, as plain values.

use jiff::Timestamp;

use crate::twin::account::Figures;

/// All that stands on the page. Names come from users; they are escaped where they are written.
#[derive(Clone, Debug, Default)]
pub struct Page {
    /// The name of the scenario.
    pub scenario: String,
    /// The first instant of the scenario, and the end of submissions.
    pub period: (Timestamp, Timestamp),
    /// All runs, in the scenario's order.
    pub runs: Vec<Shown>,
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
        self.runs.get(self.about).map(|run| &run.figures)
    }
}

/// A run, with its figures.
#[derive(Clone, Debug, Default)]
pub struct Shown {
    /// Whose run it is.
    pub by: By,
    /// It knows more of the future than the run that the page is about: shown, not judged.
    pub knows_more: bool,
    /// Its figures.
    pub figures: Figures,
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
    pub jobs: usize,
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
