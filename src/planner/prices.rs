//! What room costs: the price of a full zone, slot by slot.

use std::collections::BTreeMap;

use jiff::{SignedDuration, Timestamp};
use serde::{Deserialize, Serialize};

use crate::units::ZoneName;

/// What a unit of each resource costs in each zone and slot, on top of the carbon; zero where there is room for all.
///
/// The dual prices of capacity (Lagrangian relaxation), in the unit of the objective.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct Prices {
    /// The start of the first slot.
    pub start: Timestamp,
    /// The length of a slot.
    pub step: SignedDuration,
    /// By zone: per resource (cpu, memory, accelerators, then models by name), the price of each slot.
    pub zones: BTreeMap<ZoneName, Vec<Vec<f64>>>,
}
