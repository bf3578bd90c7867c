//! Everything a plan depends on, as one immutable value that can be saved and replayed bit for bit.

use std::collections::BTreeMap;

use jiff::{SignedDuration, Timestamp};
use serde::{Deserialize, Serialize};

use super::demand::Demand;
use super::outlook::ZoneOutlook;
use crate::units::{PolicyName, Resources, Signal, ZoneName};

/// What a policy wants of the planner.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct Rules {
    /// The number to minimise.
    pub signal: Signal,
    /// The least saving that justifies waiting, as a share of the cost of running now (0..1).
    pub minimum_saving: f64,
    /// What an hour of waiting must save, as a share of the cost of running now (0..1 an hour).
    pub price_per_hour: f64,
    /// A series issued longer ago than this is not used for the policy's jobs.
    pub max_age: SignedDuration,
    /// Higher goes first where capacity is short.
    pub priority: i32,
}

/// A zone as the planner sees it.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct Zone {
    /// What its nodes offer to the jobs in this snapshot, after all other pods; constant over the horizon.
    pub capacity: Resources,
    /// Power usage effectiveness, >= 1: multiplies the energy of whatever runs there.
    pub pue: f64,
    /// What its grid will be.
    pub outlook: ZoneOutlook,
}

/// Everything a plan depends on.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct Snapshot {
    /// The instant of the plan.
    pub now: Timestamp,
    /// For everything that draws lots. The same snapshot gives the same plan.
    pub seed: u64,
    /// The rules of each policy.
    pub rules: BTreeMap<PolicyName, Rules>,
    /// All zones.
    pub zones: BTreeMap<ZoneName, Zone>,
    /// All jobs: held, running and shadow.
    pub demands: Vec<Demand>,
    /// How many jobs may be released per second; `None` is unlimited. Treated as capacity.
    pub releases_per_second: Option<f64>,
    /// How long before its latest start a job is started at the latest, for the way of a release through the API server.
    pub release_lead: SignedDuration,
}
