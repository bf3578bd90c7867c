//! What room costs: the price of a full zone, slot by slot.

use std::collections::BTreeMap;

use jiff::{SignedDuration, Timestamp};
use serde::{Deserialize, Serialize};

use super::costs::Costs;
use super::grid::Grid;
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
    /// The models of accelerators that have prices.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub models: Vec<String>,
    /// By zone: per resource (cpu, memory, accelerators, then these models), the price of each slot.
    pub zones: BTreeMap<ZoneName, Vec<Vec<f64>>>,
}

impl Prices {
    /// Prices by zone and resource, on the slots of a grid.
    pub(super) fn of(prices: &[Vec<f64>], grid: &Grid, costs: &Costs<'_>) -> Self {
        let resources = prices.len() / costs.len().max(1);
        let zone = |zone: usize| {
            let rows = prices[zone * resources..(zone + 1) * resources].to_vec();
            (costs.name(zone).clone(), rows)
        };
        let zones = if resources == 0 { 0 } else { costs.len() };
        Self {
            start: grid.instant(grid.border(0)),
            step: SignedDuration::from_nanos(grid.step()),
            models: costs.models().names().to_vec(),
            zones: (0..zones).map(zone).collect(),
        }
    }

    /// These prices on the slots of a later grid; nothing where they say nothing.
    pub(super) fn on(&self, grid: &Grid, costs: &Costs<'_>, resources: usize) -> Vec<Vec<f64>> {
        let step = self.step.as_nanos().max(1);
        let start = i128::from(grid.offset(self.start));
        let slot = |slot: usize| usize::try_from((i128::from(grid.border(slot)) - start).div_euclid(step)).ok();
        // Models come and go with the jobs that ask for them.
        let before: Vec<Option<usize>> = (0..resources)
            .map(|resource| costs.models().before(resource, &self.models))
            .collect();
        let row = |zone: usize, resource: usize| {
            let rows = self.zones.get(costs.name(zone));
            let known = rows.and_then(|rows| rows.get(before[resource]?));
            let known = known.filter(|prices| !prices.is_empty());
            let price = |at: usize| known.and_then(|prices| prices.get(slot(at)?).copied()).unwrap_or(0.0);
            (0..grid.len()).map(price).collect()
        };
        (0..costs.len())
            .flat_map(|zone| (0..resources).map(move |resource| row(zone, resource)))
            .collect()
    }
}
