//! Everything a plan depends on, as one immutable value that can be saved and replayed bit for bit.

use std::collections::BTreeMap;

use jiff::{SignedDuration, Timestamp};
use serde::{Deserialize, Serialize};

use super::demand::Demand;
use super::outlook::ZoneOutlook;
use super::prices::Prices;
use super::survival::Survival;
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
    /// What it must save besides, whatever the job, in the unit of its cost.
    #[serde(default)]
    pub cost_per_hour: f64,
    /// How sure a wait must be to save what it must, by the bands of the forecasts, as a probability; up to evens, its expected
    /// saving counts.
    #[serde(default)]
    pub confidence: f64,
    /// A series issued longer ago than this is not used for the policy's jobs.
    pub max_age: SignedDuration,
    /// Higher goes first where capacity is short.
    pub priority: i32,
}

/// A zone as the planner sees it.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct Zone {
    /// What its nodes offer to the jobs in this snapshot, after all other pods.
    pub capacity: Resources,
    /// What they offer from later instants on, by time; without any, the capacity stays.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub capacity_from: Vec<(Timestamp, Resources)>,
    /// What it could hold if nothing else ran there, where that may be more than it offers: only a larger job would wait in vain.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub when_empty: Option<Resources>,
    /// How many of its accelerators are of which model, where models matter.
    #[serde(default, skip_serializing_if = "BTreeMap::is_empty")]
    pub gpu_models: BTreeMap<String, i64>,
    /// The same if nothing else ran there, where that may be more.
    #[serde(default, skip_serializing_if = "BTreeMap::is_empty")]
    pub gpu_models_when_empty: BTreeMap<String, i64>,
    /// Power usage effectiveness, >= 1: multiplies the energy of whatever runs there.
    pub pue: f64,
    /// What its grid will be.
    pub outlook: ZoneOutlook,
}

impl Zone {
    /// A zone whose capacity stays as it is.
    pub fn of(capacity: Resources, pue: f64, outlook: ZoneOutlook) -> Self {
        Self {
            capacity,
            capacity_from: Vec::new(),
            when_empty: None,
            gpu_models: BTreeMap::new(),
            gpu_models_when_empty: BTreeMap::new(),
            pue,
            outlook,
        }
    }

    /// How many accelerators of which model it has if nothing else runs there.
    pub(super) fn models_when_empty(&self) -> &BTreeMap<String, i64> {
        if self.gpu_models_when_empty.is_empty() {
            &self.gpu_models
        } else {
            &self.gpu_models_when_empty
        }
    }
}

/// Everything a plan depends on.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
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
    /// All jobs: held, paused, running and shadow.
    pub demands: Vec<Demand>,
    /// Jobs that may well come: they take room in the plan, and are not in its decisions.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub phantoms: Vec<Demand>,
    /// How long jobs of each kind run, where only that is known.
    #[serde(default, skip_serializing_if = "BTreeMap::is_empty")]
    pub curves: BTreeMap<String, Survival>,
    /// What room cost in the plan before; where the search for prices begins.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub prices: Option<Prices>,
    /// How many jobs may be released per second; `None` is unlimited. Treated as capacity.
    pub releases_per_second: Option<f64>,
    /// How long before its latest start a job is started at the latest, for the way of a release through the API server.
    pub release_lead: SignedDuration,
}
