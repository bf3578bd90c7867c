//! A job as the planner sees it: what is wanted, by when, at what power.

use jiff::{SignedDuration, Timestamp};
use serde::{Deserialize, Serialize};

use super::decision::{Choice, Reason, Segment};
use crate::units::{JobKey, PolicyName, Resources, Watts, ZoneName};

/// How long a job runs once it has started.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct Length {
    /// What to expect: costs are computed with it.
    pub expected: SignedDuration,
    /// What it will hardly exceed (95th percentile): deadlines are computed with it.
    pub upper: SignedDuration,
    /// Where the figures come from.
    pub source: LengthSource,
}

/// Where a length comes from.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub enum LengthSource {
    /// The job's `alize.dev/expected-duration`.
    Annotation,
    /// Finished jobs of the same owner or template.
    Learned,
    /// The policy's default.
    PolicyDefault,
}

/// Whether and how the planner may choose the zone.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub enum Placement {
    /// One of these zones, the planner's choice. Residency and the owner's constraints are already applied.
    Choose(Vec<ZoneName>),
    /// Somewhere among these; the job is shifted in time only, and its cost is their mean by capacity.
    Somewhere(Vec<ZoneName>),
}

impl Placement {
    /// The zones that the job may land in.
    pub fn zones(&self) -> &[ZoneName] {
        match self {
            Self::Choose(zones) | Self::Somewhere(zones) => zones,
        }
    }
}

/// What else the planner may choose than the start: nothing, unless the owner said so.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase", default)]
pub struct Freedom {
    /// It may be paused.
    pub pausing: Option<Pausing>,
    /// It may run wider or narrower.
    pub scaling: Option<Scaling>,
}

impl Freedom {
    /// Whether anything is left to choose once it runs.
    pub(super) fn lasts(&self) -> bool {
        self.pausing.is_some() || self.scaling.is_some()
    }
}

/// How a job may be paused; by default never.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct Pausing {
    /// What a resume costs: that long at full power, at the intensity of the resume. It takes no time; the first start is free.
    pub resume_cost: SignedDuration,
    /// What a resume in another zone than before costs instead; `None` forbids it.
    pub migration_cost: Option<SignedDuration>,
    /// It is not paused before it has run this long since its start or last resume.
    pub minimum_run: SignedDuration,
    /// Nor more often than this.
    pub most: u32,
}

/// How a job's speed and power follow its width. The first step is what `length`, `watts` and `request` speak of.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Scaling {
    /// By rising width.
    pub steps: Vec<Step>,
}

impl Scaling {
    /// How many times as wide as the first step this one is.
    pub(super) fn width(&self, step: &Step) -> f64 {
        let first = self.steps.first().map_or(1, |first| first.pods.max(1));
        f64::from(step.pods) / f64::from(first)
    }
}

/// A width at which a job may run.
#[derive(Clone, Copy, Debug, PartialEq, Serialize, Deserialize)]
pub struct Step {
    /// The pods; the job's request grows in proportion to them.
    pub pods: u32,
    /// The work done per time, relative to the first step.
    pub throughput: f64,
    /// The power, relative to the first step.
    pub power: f64,
}

/// What a job has behind it at the instant of the snapshot.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase", default)]
pub struct Progress {
    /// The work that is done, as time at the first step of its scaling.
    pub done: SignedDuration,
    /// How often it has been paused.
    pub pauses: u32,
}

/// What stage of its life a demand is in.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub enum Stage {
    /// Held by us: the planner decides when it starts.
    Held,
    /// Held, but it must start at once, for this reason and with this sentence for its owner.
    MustRun {
        /// The machine-readable why.
        reason: Reason,
        /// The sentence for the owner.
        note: String,
    },
    /// Running since `started`, in `zone` if known: it occupies capacity until it ends, or until it is paused if it may be.
    Running {
        /// When it started, or was last resumed.
        started: Timestamp,
        /// Where it runs; `None` spreads it over its zones.
        zone: Option<ZoneName>,
    },
    /// Paused by us, having run in `zone`: the planner decides when it is resumed.
    Paused {
        /// Where it ran.
        zone: ZoneName,
    },
    /// Selected by a DryRun policy only: planned as if it were held, without taking capacity.
    Shadow,
}

/// What the plan before promised this job.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct Published {
    /// The promised start.
    pub start: Timestamp,
    /// The promised zones.
    pub zones: Vec<ZoneName>,
    /// What was planned piece by piece, where that is more than to start and to run to its end.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub segments: Vec<Segment>,
}

impl From<&Choice> for Published {
    fn from(chosen: &Choice) -> Self {
        Self {
            start: chosen.start,
            zones: chosen.zones.clone(),
            segments: Vec::new(),
        }
    }
}

/// A job as the planner sees it.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct Demand {
    /// Which job.
    pub job: JobKey,
    /// The policy that decides for it; its rules are in [`super::Snapshot::rules`].
    pub policy: PolicyName,
    /// Where in its life it is.
    pub stage: Stage,
    /// When it was submitted: it cannot start before.
    pub submitted: Timestamp,
    /// The last instant at which it may start: after it, waiting would break the deadline. A job that is paused, or runs
    /// wider, ends no later than if it had started then and run on; so the latter may start later.
    pub latest_start: Timestamp,
    /// When it must have finished, where its owner said so.
    pub finish_by: Option<Timestamp>,
    /// How long it runs.
    pub length: Length,
    /// The power it draws while it runs.
    pub watts: Watts,
    /// The resources that all its pods take together while it runs.
    pub request: Resources,
    /// Where it may run.
    pub placement: Placement,
    /// What was promised before.
    pub published: Option<Published>,
    /// The distribution of its length, in [`super::Snapshot::curves`]; without one, its length counts as known.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub curve: Option<String>,
    /// The model that its accelerators must have.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub gpu_model: Option<String>,
    /// What else than the start may be chosen.
    #[serde(default)]
    pub freedom: Freedom,
    /// What it has behind it.
    #[serde(default)]
    pub progress: Progress,
}

impl Demand {
    /// The zone that it cannot leave: it has run there, and may not move.
    pub(super) fn stays(&self) -> Option<&ZoneName> {
        let migration = self.freedom.pausing.and_then(|pausing| pausing.migration_cost);
        match &self.stage {
            Stage::Running { zone, .. } if migration.is_none() => zone.as_ref(),
            Stage::Paused { zone } if migration.is_none() => Some(zone),
            _ => None,
        }
    }

    /// Whether it may start after its latest start, because it can run wider then and be in time: whose length is no more than an
    /// estimate does not rely on that.
    pub fn may_hurry(&self) -> bool {
        let is_known = self.length.source == LengthSource::Annotation && self.curve.is_none();
        is_known
            && self
                .freedom
                .scaling
                .as_ref()
                .is_some_and(|scaling| scaling.steps.len() > 1)
    }

    /// The last instant at which it may be released or resumed, so long before its latest start. What it has done already it
    /// need not do again: with that much behind it, it may go on so much later.
    pub(super) fn last_release(&self, lead: SignedDuration) -> Timestamp {
        let done = self.progress.done.max(SignedDuration::ZERO);
        let earliest = self.latest_start.saturating_sub(lead.max(SignedDuration::ZERO));
        let last = earliest.unwrap_or(self.latest_start);
        last.saturating_add(done).unwrap_or(last)
    }
}
