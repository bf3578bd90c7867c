//! What the planner says about each job, and why. The same value feeds event, annotation and `explain`.

use jiff::Timestamp;
use serde::{Deserialize, Serialize};

use super::prices::Prices;
use crate::units::{Grams, JobKey, PolicyName, Slot, WattHours, ZoneName};

/// The machine-readable why: a closed list, each with a line in the user documentation.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
pub enum Reason {
    /// A later slot costs less.
    WaitingForGreenerSlot,
    /// The better slots are full; this is the best that has room.
    WaitingForCapacity,
    /// It starts now; another zone than the rest was chosen for its lower cost.
    ChosenZone,
    /// Its planned slot has come.
    ReleasedInPlannedSlot,
    /// Waiting longer would break its deadline.
    ReleasedAtLatestStart,
    /// Its owner asked for it with `alize.dev/run-now`.
    RunNowRequested,
    /// Waiting would save less than the policy asks.
    SavingTooSmall,
    /// No usable forecast: ignorance never delays a job.
    NoForecast,
    /// Drawn to run at once, to measure the effect.
    ControlGroup,
    /// A DryRun policy: this is what would have been done.
    PolicyDryRun,
    /// Several policies select it; the highest priority decides.
    PolicyConflict,
    /// No Enforce policy selects it any more.
    NoPolicy,
    /// Its namespace holds as many jobs as the policy allows.
    HeldLimitReached,
    /// An annotation cannot be read.
    InvalidAnnotation,
    /// Somebody else changed `suspend`; we keep our hands off.
    Overridden,
    /// It ran before it could be held.
    MissedHold,
    /// Paused while the grid is dirty.
    PausedForDirtyHours,
}

impl Reason {
    /// All reasons, for metrics and documentation.
    pub const ALL: [Self; 17] = [
        Self::WaitingForGreenerSlot,
        Self::WaitingForCapacity,
        Self::ChosenZone,
        Self::ReleasedInPlannedSlot,
        Self::ReleasedAtLatestStart,
        Self::RunNowRequested,
        Self::SavingTooSmall,
        Self::NoForecast,
        Self::ControlGroup,
        Self::PolicyDryRun,
        Self::PolicyConflict,
        Self::NoPolicy,
        Self::HeldLimitReached,
        Self::InvalidAnnotation,
        Self::Overridden,
        Self::MissedHold,
        Self::PausedForDirtyHours,
    ];

    /// The name, as events, annotations and metric labels spell it.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::WaitingForGreenerSlot => "WaitingForGreenerSlot",
            Self::WaitingForCapacity => "WaitingForCapacity",
            Self::ChosenZone => "ChosenZone",
            Self::ReleasedInPlannedSlot => "ReleasedInPlannedSlot",
            Self::ReleasedAtLatestStart => "ReleasedAtLatestStart",
            Self::RunNowRequested => "RunNowRequested",
            Self::SavingTooSmall => "SavingTooSmall",
            Self::NoForecast => "NoForecast",
            Self::ControlGroup => "ControlGroup",
            Self::PolicyDryRun => "PolicyDryRun",
            Self::PolicyConflict => "PolicyConflict",
            Self::NoPolicy => "NoPolicy",
            Self::HeldLimitReached => "HeldLimitReached",
            Self::InvalidAnnotation => "InvalidAnnotation",
            Self::Overridden => "Overridden",
            Self::MissedHold => "MissedHold",
            Self::PausedForDirtyHours => "PausedForDirtyHours",
        }
    }
}

/// What to do with a job now.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub enum Action {
    /// Keep it held until its planned start.
    Hold,
    /// Start it now.
    Release,
    /// Pause it now.
    Pause,
    /// Resume it now.
    Resume,
    /// Let it run on.
    Continue,
}

/// A start somewhere, and what it would mean.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct Choice {
    /// When it would start.
    pub start: Timestamp,
    /// Where: one zone when chosen, all of them when the job is only shifted in time.
    pub zones: Vec<ZoneName>,
    /// The objective: grams, or kWh that are not renewable. `None` where no forecast covers the run.
    pub cost: Option<f64>,
    /// The expected emissions, where the average intensity is known there and then.
    pub grams: Option<Grams>,
}

/// A stretch of time in which a job runs without a change.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Segment {
    /// From when to when.
    pub slot: Slot,
    /// Where: one zone when chosen.
    pub zones: Vec<ZoneName>,
    /// With how many pods, by the job's scaling; 1 without one.
    pub pods: u32,
}

/// What kept a decision from being better.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub enum Binding {
    /// Nothing: it is the best slot in all the forecast.
    Nothing,
    /// The latest start: later slots would have been greener.
    LatestStart,
    /// Capacity or the release rate: greener slots are full.
    Capacity,
    /// The end of the forecast.
    Horizon,
    /// What the policy asks of a wait: its minimum saving, its price, how sure it must be.
    Thrift,
}

/// What the planner says about one job.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct Decision {
    /// Which job.
    pub job: JobKey,
    /// The policy whose rules decided.
    pub policy: PolicyName,
    /// What to do now.
    pub action: Action,
    /// Why.
    pub reason: Reason,
    /// The chosen start and zone.
    pub chosen: Choice,
    /// What it does from the chosen start on, where that is more than to run until it ends: the stretches in which it runs,
    /// by time. Of a job whose length is not known: for as long as it has not ended.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub segments: Vec<Segment>,
    /// The best start at this instant, whatever the room: what waiting is compared with.
    pub now: Choice,
    /// Up to five other starts, best first, each in another slot or zone than the rest and the chosen one.
    pub alternatives: Vec<Choice>,
    /// What kept it from being better.
    pub binding: Binding,
    /// After this the deadline would break.
    pub latest_start: Timestamp,
    /// The energy of the run, without the zone's PUE.
    pub energy: WattHours,
    /// A sentence for the owner where the reason alone does not say what to do next.
    pub note: Option<String>,
    /// Whether it was computed for a DryRun policy: nothing may be written.
    pub shadow: bool,
}

impl Decision {
    /// What is saved against the best start now, in the objective's unit; negative is harm.
    pub fn saving(&self) -> Option<f64> {
        Some(self.now.cost? - self.chosen.cost?)
    }

    /// What is saved against the best start now, in grams; negative is harm.
    pub fn saved_grams(&self) -> Option<Grams> {
        Some(self.now.grams? - self.chosen.grams?)
    }
}

/// How good a plan is, whatever the objective: the sum over all planned jobs and what no plan could beat.
#[derive(Clone, Copy, Debug, Default, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct Bound {
    /// The cost of the plan over all jobs whose cost is known, but for those whose promised start has come, and those that may
    /// be paused or widened, or whose length is not known, where waiting has a price or must save a minimum.
    pub cost: f64,
    /// A Lagrangian lower bound on the cost of any plan for the same jobs, where a run takes all of the parts of slots that it
    /// touches, as bookings do; of those that may be paused or widened as good as the best pieces that are found for each alone.
    pub lower_bound: f64,
}

/// The decisions for all demands, in the order of the snapshot. Can be printed, diffed and replayed.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct Plan {
    /// One for each demand that is held, paused or shadow, or runs and may be paused or widened.
    pub decisions: Vec<Decision>,
    /// How far from the optimum it can be.
    pub bound: Bound,
    /// What room costs in it: where the next plan begins, and what a newcomer is charged.
    pub prices: Prices,
}

impl Plan {
    /// The decisions for jobs that stay held.
    pub fn held(&self) -> impl Iterator<Item = &Decision> {
        let held = |decision: &&Decision| !decision.shadow && decision.action == Action::Hold;
        self.decisions.iter().filter(held)
    }
}
