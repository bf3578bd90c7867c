//! Costs as prefix sums over equal slots: what one look at a start costs two reads.

use std::iter;
use std::ops::Range;

use super::super::curve::{Curve, in_hours};
use super::super::grid::{Grid, Offset};
use super::super::hazard;
use super::super::survival::Survival;

/// The cost of 1 kW in one place over the slots of a grid.
#[derive(Clone, Debug)]
pub(in crate::planner) struct Field {
    /// From the first border to each; a slot whose cost is not known counts as nothing.
    sum: Vec<f64>,
    /// How many slots before each border are not known.
    unknown: Vec<u32>,
    /// So many slots from one instant at which what an hour costs may change to the next, counted from the first border.
    even: usize,
    /// Of runs of unknown length: what one that starts at each border is expected to cost.
    expected: Option<Vec<f64>>,
}

impl Field {
    /// The field of a curve, which may be the same in every `cut` slots, or in a half, a quarter of so many. A slot of which a part
    /// is not known is not known; that part of the first which has passed is.
    pub(in crate::planner) fn of(curve: &Curve, grid: &Grid, cut: usize) -> Self {
        let (mut sum, mut unknown) = (vec![0.0], vec![0]);
        let (mut total, mut gaps) = (0.0, 0);
        for slot in 0..grid.len() {
            let (start, end) = (grid.border(slot), grid.border(slot + 1));
            let ahead = end - start.max(0);
            match curve.cost(start.max(0), ahead) {
                _ if ahead <= 0 => {} // It has passed.
                Some(cost) => total += cost * (end - start) as f64 / ahead as f64,
                None => gaps += 1,
            }
            sum.push(total);
            unknown.push(gaps);
        }
        let mut halves = iter::successors(Some(cut), |even| (even % 2 == 0).then_some(even / 2));
        let even = halves.find(|even| is_even(&sum, grid, *even)).unwrap_or(1);
        Self {
            sum,
            unknown,
            even,
            expected: None,
        }
    }

    /// The same field for runs whose length only this curve tells.
    pub(in crate::planner) fn for_unknown_length(self, survival: &Survival, grid: &Grid) -> Self {
        let mut expected = hazard::starts::expected(survival, &self, grid);
        // The last border is no start; a value there lets starts before it be read between borders.
        expected.push(expected.last().copied().unwrap_or(f64::INFINITY));
        Self {
            expected: Some(expected),
            ..self
        }
    }

    /// What runs of unknown length are expected to cost from each border on, if this is their field.
    pub(in crate::planner) fn expected(&self) -> Option<&[f64]> {
        self.expected.as_deref()
    }

    /// What an hour costs in a slot of `grid`, whose field this is.
    pub(in crate::planner) fn rate(&self, slot: usize, grid: &Grid) -> f64 {
        (self.sum[slot + 1] - self.sum[slot]) / in_hours(grid.step())
    }

    /// The sums at the borders.
    pub(in crate::planner) fn sums(&self) -> &[f64] {
        &self.sum
    }

    /// So many slots from one instant at which what an hour costs may change to the next, counted from the first border.
    pub(in crate::planner) fn even(&self) -> usize {
        self.even
    }

    /// Whether the cost of all slots from the one to before the other border is known.
    pub(in crate::planner) fn is_known(&self, from: usize, to: usize) -> bool {
        self.unknown[from] == self.unknown[to]
    }

    /// The stretches of which all is known that begin within these slots; the last may reach beyond.
    pub(in crate::planner) fn stretches(&self, slots: Range<usize>) -> impl Iterator<Item = Range<usize>> {
        let mut slot = slots.start;
        iter::from_fn(move || {
            let start = self.unknown_until(slot);
            (start < slots.end).then(|| {
                slot = self.known_until(start);
                start..slot
            })
        })
    }

    /// The first border from `slot` on after which a slot is known, or the last one.
    pub(in crate::planner) fn unknown_until(&self, slot: usize) -> usize {
        // As long as nothing is known, each slot counts.
        let is_gap = |border: usize| (self.unknown[border] - self.unknown[slot]) as usize == border - slot;
        let (mut in_gap, mut beyond) = (slot, self.unknown.len());
        while beyond - in_gap > 1 {
            let middle = usize::midpoint(in_gap, beyond);
            if is_gap(middle) {
                in_gap = middle;
            } else {
                beyond = middle;
            }
        }
        in_gap
    }

    /// The last border up to which all is known from `slot` on.
    pub(in crate::planner) fn known_until(&self, slot: usize) -> usize {
        let gaps = self.unknown[slot];
        slot + self.unknown[slot..].partition_point(|unknown| *unknown == gaps) - 1
    }
}

/// Whether of every `cut` slots all that have not passed cost the same, but for rounding.
fn is_even(sum: &[f64], grid: &Grid, cut: usize) -> bool {
    let rounding = 1e-12 * sum.last().copied().unwrap_or_default().abs();
    let slots: Vec<usize> = (0..grid.len()).filter(|slot| grid.border(slot + 1) > 0).collect();
    slots.windows(2).all(|two| {
        let [before, slot] = [two[0], two[1]];
        let [before, cost] = [before, slot].map(|slot| sum[slot + 1] - sum[slot]);
        slot % cut == 0 || (cost - before).abs() <= rounding
    })
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

impl<'a> Sums<'a> {
    /// Sums at the borders of a grid.
    pub(in crate::planner) fn over(at: &'a [f64], grid: &Grid) -> Self {
        Self {
            at,
            origin: grid.border(0),
            step: grid.step(),
        }
    }

    /// What they grow by over a run from an instant on.
    #[inline]
    pub(in crate::planner) fn during(&self, at: Offset, length: Offset) -> f64 {
        self.until(at + length) - self.until(at)
    }

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

#[cfg(test)]
mod tests {
    use super::*;

    /// A field of which these slots are known.
    fn field(known: &[bool]) -> Field {
        let count = |border: usize| known[..border].iter().filter(|known| !**known).count() as u32;
        Field {
            sum: vec![0.0; known.len() + 1],
            unknown: (0..=known.len()).map(count).collect(),
            even: 1,
            expected: None,
        }
    }

    #[test]
    fn stretches_are_what_lies_between_gaps() {
        let all = |known: &[bool], slots: Range<usize>| field(known).stretches(slots).collect::<Vec<_>>();
        let (t, f) = (true, false);
        assert_eq!(all(&[t, t, f, f, t, f, t], 0..7), [0..2, 4..5, 6..7]);
        assert_eq!(
            all(&[t, t, f, f, t, t, t], 1..5),
            [1..2, 4..7],
            "the last one reaches beyond"
        );
        assert!(all(&[f, f, f], 0..3).is_empty());
        assert!(all(&[t, t], 2..2).is_empty());
    }

    #[test]
    fn a_gap_ends_where_something_is_known() {
        let mut random = fastrand::Rng::with_seed(1);
        for _ in 0..1000 {
            let known: Vec<bool> = (0..random.usize(1..12)).map(|_| random.bool()).collect();
            for slot in 0..=known.len() {
                let naive = (slot..known.len()).find(|slot| known[*slot]).unwrap_or(known.len());
                assert_eq!(field(&known).unknown_until(slot), naive, "{known:?} from {slot}");
            }
        }
    }
}
