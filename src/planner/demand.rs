//! A job as the planner sees it: what is wanted, by when, at what power.

use jiff::{SignedDuration, Timestamp};
use serde::{Deserialize, Serialize};

use super::decision::Reason;
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
    /// Running since `started`, in `zone` if known: it occupies capacity until it ends.
    Running {
        /// When it started.
        started: Timestamp,
        /// Where it runs; `None` spreads it over its zones.
        zone: Option<ZoneName>,
    },
    /// Selected by a DryRun policy only: planned as if it were held, without taking capacity.
    Shadow,
}

/// What an earlier plan already promised this job, read back from its annotation.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct Published {
    /// The promised start.
    pub start: Timestamp,
    /// The promised zones.
    pub zones: Vec<ZoneName>,
    /// How many rewrites are left before the plan is frozen.
    pub rewrites_left: u32,
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
    /// When it was submitted.
    pub submitted: Timestamp,
    /// The last instant at which it may start: after it, waiting would break the deadline.
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
}
