//! What a scenario says, read and checked: zones with their true series, jobs with their true lengths.
//!
//! Nobody who decides may read it: it holds the future. Times are [`Ms`] after the scenario's start.

use std::fmt;

use jiff::Timestamp;

use super::series::{Ms, Row, Series};
use crate::planner::{Pausing, Step};
use crate::units::Signal;

/// All of a scenario's world.
#[derive(Clone, Debug, Default)]
pub struct World {
    /// For everything that draws lots.
    pub seed: u64,
    /// The instant from which all times count.
    pub start: Timestamp,
    /// The length of a planning slot.
    pub slot: Ms,
    /// The end of submissions.
    pub end: Ms,
    /// In the scenario's order; jobs name them by number.
    pub zones: Vec<Zone>,
    /// By submission, then by their order in the file.
    pub jobs: Vec<Job>,
    /// Finished before the start; their submissions are negative.
    pub history: Vec<Job>,
    /// Rows of the file outside the scenario's time: they count for the mean lengths of classes, where these are known.
    pub left_out: Vec<Job>,
    /// The names of the classes: what a job says of its length by the queue that its owner chose.
    pub classes: Vec<String>,
    /// What is known of a job's length.
    pub lengths: Lengths,
    /// Whether all jobs are known from the start.
    pub arrivals_known: bool,
}

/// What planners know of a job's length before it has finished.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Lengths {
    /// All of it.
    #[default]
    Known,
    /// What history, finished jobs and the age of unfinished ones teach.
    Learned,
    /// The mean of its class over the whole file.
    Mean,
}

/// A zone as it was.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Zone {
    /// Its name.
    pub name: String,
    /// gCO2e/kWh.
    pub intensity: Series,
    /// 0..1.
    pub renewable_share: Option<Series>,
    /// gCO2e/kWh of the next kWh.
    pub marginal: Option<Series>,
    /// Power usage effectiveness, >= 1.
    pub pue: f64,
    /// What it holds from each instant on, by time; the first counts from the beginning. Empty: as much as is asked for.
    pub capacity: Vec<(Ms, Amounts)>,
    /// Its accelerators by model, where models matter.
    pub gpu_models: Vec<(String, f64)>,
    /// How those who plan see its future.
    pub forecast: Forecast,
}

impl Zone {
    /// What it was by a signal, where that is given.
    pub fn series(&self, signal: Signal) -> Option<&Series> {
        match signal {
            Signal::CarbonIntensity => Some(&self.intensity),
            Signal::RenewableShare => self.renewable_share.as_ref(),
            Signal::MarginalIntensity => self.marginal.as_ref(),
        }
    }
}

/// How those who plan see a zone's future.
#[derive(Clone, Debug, Default, PartialEq)]
pub enum Forecast {
    /// As it will be.
    #[default]
    Perfect,
    /// The last 24 hours, repeated.
    Persistence,
    /// The hour-of-day profile with a correction that decays.
    Profile,
    /// A forecast of our own.
    Ours,
    /// Issued by somebody: by time of issue, each with all rows that stand from then on, older ones among them.
    Issued(Vec<(Ms, Vec<Row>)>),
}

impl fmt::Display for Forecast {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::Perfect => "perfect",
            Self::Persistence => "persistence",
            Self::Profile => "profile",
            Self::Ours => "ours",
            Self::Issued(_) => "issued by its file",
        })
    }
}

/// Cores, GiB and accelerators.
#[derive(Clone, Copy, Debug, Default, PartialEq)]
pub struct Amounts {
    /// Cores.
    pub cpus: f64,
    /// GiB of memory.
    pub memory_gib: f64,
    /// Accelerators.
    pub gpus: f64,
}

/// A job as it was.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Job {
    /// Its id in the file, or its row from 1.
    pub id: String,
    /// Whose it is.
    pub namespace: String,
    /// What it has in common with its kin, beside its class: lengths are learned per group and class.
    pub group: String,
    /// For the selectors of policies.
    pub labels: Vec<(String, String)>,
    /// Its class, by number.
    pub class: usize,
    /// The zones that it may run in, by number; home first where it is one of them.
    pub zones: Vec<usize>,
    /// Where it runs when nobody shifts it: one of its zones, or all of them by capacity.
    pub home: Home,
    /// When it was submitted.
    pub submit: Ms,
    /// How long it runs at its first width, without pauses.
    pub length: Ms,
    /// What it takes while it runs at its first width, over all its pods.
    pub need: Amounts,
    /// The model that its accelerators must have.
    pub gpu_model: Option<String>,
    /// Its power at its first width, over all its pods, without PUE.
    pub kilowatts: f64,
    /// Higher goes first.
    pub priority: i32,
    /// How long it may wait, pauses included.
    pub max_delay: Ms,
    /// When it must have ended.
    pub finish_by: Option<Ms>,
    /// How it may be paused.
    pub pausing: Option<Pausing>,
    /// Its widths, where it may run at several.
    pub scaling: Vec<Step>,
    /// The job that must be done first, by number.
    pub after: Option<usize>,
}

impl Job {
    /// The least time in which it can be done.
    pub fn shortest(&self) -> Ms {
        let fastest = self.scaling.iter().map(|step| step.throughput).fold(1.0, f64::max);
        (self.length as f64 / fastest).floor() as Ms
    }
}

/// Where a job runs when nobody shifts it.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Home {
    /// Over all its zones, by their capacity.
    #[default]
    Spread,
    /// There.
    Zone(usize),
}
