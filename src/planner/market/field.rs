//! Costs as prefix sums over equal slots: what one look at a start costs two reads.

use super::super::curve::Curve;
use super::super::grid::{Grid, Offset};

/// The cost of 1 kW in one place over the slots of a grid.
#[derive(Clone, Debug)]
pub(in crate::planner) struct Field {
    /// From the first border to each; a slot whose cost is not known counts as nothing.
    sum: Vec<f64>,
    /// How many slots before each border are not known.
    unknown: Vec<u32>,
}

impl Field {
    /// The field of a curve. A slot of which a part is not known is not known; that part of the first which has passed is.
    pub(in crate::planner) fn of(curve: &Curve, grid: &Grid) -> Self {
        let (mut sum, mut unknown) = (vec![0.0], vec![0]);
        let (mut total, mut gaps) = (0.0, 0);
        for slot in 0..grid.len() {
            let (start, end) = (grid.border(slot), grid.border(slot + 1));
            let ahead = end - start.max(0);
            match curve.cost(start.max(0), ahead) {
                Some(cost) => total += cost * (end - start) as f64 / ahead as f64,
                None => gaps += 1,
            }
            sum.push(total);
            unknown.push(gaps);
        }
        Self { sum, unknown }
    }

    /// The sums at the borders.
    pub(in crate::planner) fn sums(&self) -> &[f64] {
        &self.sum
    }

    /// Whether the cost of all slots from the one to before the other border is known.
    pub(in crate::planner) fn is_known(&self, from: usize, to: usize) -> bool {
        self.unknown[from] == self.unknown[to]
    }

    /// The last border up to which all is known from `slot` on.
    pub(in crate::planner) fn known_until(&self, slot: usize) -> usize {
        let gaps = self.unknown[slot];
        slot + self.unknown[slot..].partition_point(|unknown| *unknown == gaps) - 1
    }
}

/// Sums over slots, read at any instant.
#[derive(Clone, Copy, Debug)]
pub(in crate::planner) struct Sums<'a> {
    /// At the borders.
    pub(in crate::planner) at: &'a [f64],
    /// The first border.
    pub(in crate::planner) origin: Offset,
    /// The length of a slot.
    pub(in crate::planner) step: Offset,
}

impl Sums<'_> {
    /// From the first border to an instant within the grid.
    #[inline]
    pub(in crate::planner) fn until(&self, at: Offset) -> f64 {
        let (slot, rest) = ((at - self.origin) / self.step, (at - self.origin) % self.step);
        let slot = slot as usize;
        if rest == 0 {
            self.at[slot]
        } else {
            let part = rest as f64 / self.step as f64;
            self.at[slot] + part * (self.at[slot + 1] - self.at[slot])
        }
    }
}
