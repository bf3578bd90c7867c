//! Zones that are full: a Lagrangian lower bound.
//!
//! What jobs take of a cell on average may not exceed what the cell holds. With a price `pi >= 0` on each cell and kind, the
//! sum over jobs of their least `grams + pi . use`, less `pi . capacity`, is at or below the grams of every plan that keeps to
//! the capacity (weak duality; Fisher, "The Lagrangian Relaxation Method for Solving Integer Programming Problems", Management
//! Science 1981). Prices follow the overuse by Polyak's step.

use rayon::prelude::*;

use super::grid::Grid;
use super::solve::{Found, solve, widening};
use super::windows::Window;
use crate::twin::series::Ms;
use crate::twin::world::World;

/// The longest cell.
const LONGEST: Ms = 3_600_000;
/// How much of a step goes on into the next.
const MOMENTUM: f64 = 0.5;
/// The share of a sum that rounding may be.
const ROUNDING: f64 = 1e-12;
/// Rounds without a better bound after which steps are halved.
const PATIENCE: usize = 6;

/// The jobs, what was found for them at the prices of the zones, and what that uses.
pub(super) struct Dual<'a> {
    windows: Vec<Window<'a>>,
    grids: Vec<Grid>,
    found: Vec<Found>,
    /// By zone; for each cell and kind: units times milliseconds.
    used: Vec<Vec<f64>>,
}

impl<'a> Dual<'a> {
    /// All jobs at prices of 0.
    pub(super) fn of(world: &World, windows: Vec<Window<'a>>) -> Self {
        let longest = world.slot.max(LONGEST);
        let grids: Vec<Grid> = world.zones.iter().map(|zone| Grid::of(zone, longest)).collect();
        let mut dual = Self {
            found: windows.par_iter().map(|window| solve(window, &grids)).collect(),
            used: grids.iter().map(|grid| vec![0.0; grid.prices.len()]).collect(),
            windows,
            grids,
        };
        for number in 0..dual.windows.len() {
            dual.count(number, 1.0);
        }
        dual
    }

    /// The windows of the jobs, by number.
    pub(super) fn windows(&self) -> &[Window<'a>] {
        &self.windows
    }

    /// What was found for each job, by number.
    pub(super) fn found(&self) -> &[Found] {
        &self.found
    }

    /// What all jobs cost at the prices of now, less what the capacity is worth at these: a lower bound. Both may be large, so
    /// what their rounding can make is taken off.
    pub(super) fn value(&self) -> f64 {
        let cost = self.found.iter().fold(0.0, |sum, found| sum + found.cost);
        // Of what nobody bounds there is no end, and at a price of 0 that would be no number.
        let worth = |grid: &Grid| -> f64 {
            let cells = grid.prices.iter().zip(&grid.capacity);
            let priced = cells.filter(|(price, _)| **price > 0.0);
            priced.map(|(price, most)| price * most).sum()
        };
        let worth: f64 = self.grids.iter().map(worth).sum();
        if worth > 0.0 {
            cost - worth - ROUNDING * (cost + worth)
        } else {
            cost
        }
    }

    /// Adds `sign` times what a job uses.
    fn count(&mut self, number: usize, sign: f64) {
        let job = self.windows[number].job;
        for segment in &self.found[number].segments {
            let Some(zone) = segment.zone else { continue };
            let (grid, used) = (&self.grids[zone], &mut self.used[zone]);
            let need = grid.need(job);
            let wide = sign * widening(job, segment.step);
            for cell in grid.cells(segment.start, segment.end) {
                let time = grid.at[cell + 1].min(segment.end) - grid.at[cell].max(segment.start);
                let cell = &mut used[cell * need.len()..(cell + 1) * need.len()];
                cell.iter_mut()
                    .zip(&need)
                    .for_each(|(used, need)| *used += wide * need * time as f64);
            }
        }
    }

    /// The best bound after some rounds of prices; `None` where it shows that no plan is on time.
    pub(super) fn ascend(&mut self, rounds: usize) -> Option<f64> {
        let dearest: f64 = self.windows.iter().map(|window| self.dearest(window)).sum();
        let mut best = self.value();
        // At most what is between the bound and the dearest can be gained; a tenth of it is a start.
        let (mut hope, mut since) = (0.1 * (dearest - best).max(0.0), 0);
        let mut steps: Vec<Vec<f64>> = self.used.iter().map(|used| vec![0.0; used.len()]).collect();
        for _ in 0..rounds {
            if !self.step(hope, &mut steps) {
                break;
            }
            let value = self.value();
            if value > best {
                since = 0;
                best = value;
            } else {
                since += 1;
            }
            if since >= PATIENCE {
                (hope, since) = (hope / 2.0, 0);
            }
        }
        (best <= dearest).then_some(best)
    }

    /// No plan that is on time costs more than this, without resumes.
    fn dearest(&self, window: &Window<'_>) -> f64 {
        let rates = window
            .zones
            .iter()
            .flat_map(|(zone, until)| self.grids[*zone].pieces(window.job, window.from, *until));
        let rate = rates.map(|piece| piece.grams).fold(0.0, f64::max);
        let per_work = window
            .job
            .scaling
            .iter()
            .map(|step| step.power / step.throughput)
            .fold(1.0, f64::max);
        rate * window.job.length as f64 * per_work
    }

    /// Moves the prices towards the overuse, as far as a gain of `hope` needs, and solves the jobs that this concerns. False
    /// where nothing is overused, nor underused at a price.
    fn step(&mut self, hope: f64, steps: &mut [Vec<f64>]) -> bool {
        let (mut norm, mut fresh) = (0.0, 0.0);
        for ((grid, used), step) in self.grids.iter().zip(&self.used).zip(&mut *steps) {
            for (at, step) in step.iter_mut().enumerate() {
                // In shares of the capacity, so that cores and GiB count alike.
                let (over, most) = (used[at] - grid.capacity[at], grid.capacity[at].max(1e-9));
                let counts = over > 1e-9 * most || grid.prices[at] > 0.0;
                let over = if counts { over / most } else { 0.0 };
                *step = if counts { over + MOMENTUM * *step } else { 0.0 };
                norm += *step * *step;
                fresh += over * over;
            }
        }
        if fresh <= ROUNDING {
            return false;
        }
        let norm = f64::max(norm, fresh);
        let mut changed: Vec<Vec<bool>> = Vec::with_capacity(self.grids.len());
        for (grid, step) in self.grids.iter_mut().zip(&*steps) {
            let mut cells = vec![false; grid.at.len()];
            for (at, step) in step.iter().enumerate().filter(|(_, step)| **step != 0.0) {
                let before = grid.prices[at];
                let price = (before + hope / norm * step / grid.capacity[at].max(1e-9)).max(0.0);
                cells[at / grid.kinds] |= price != before;
                grid.prices[at] = price;
            }
            changed.push(cells);
        }
        let grids = &self.grids;
        let concerned = |(number, window): (usize, &Window<'_>)| {
            let concerns = |(zone, until): &(usize, Ms)| {
                let cells = grids[*zone].cells(window.from, *until);
                changed[*zone][cells].contains(&true)
            };
            let is_concerned = window.zones.iter().any(concerns);
            is_concerned.then(|| (number, solve(window, grids)))
        };
        let anew: Vec<(usize, Found)> = self.windows.par_iter().enumerate().filter_map(concerned).collect();
        // One after the other, so that sums are rounded alike on any number of processors.
        for (number, found) in anew {
            self.count(number, -1.0);
            self.found[number] = found;
            self.count(number, 1.0);
        }
        true
    }
}
