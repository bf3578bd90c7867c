//! All starts of a contiguous run that can be the best one, over prefix sums.

use std::array::from_fn;
use std::ops::Range;

use super::super::grid::{Grid, Offset};
use super::field::Sums;

/// The starts of a run that are looked at: `first..=last`, as far as the sums reach.
#[derive(Clone, Copy, Debug)]
pub(super) struct Scan {
    /// The first start.
    pub(super) first: Offset,
    /// The last start.
    pub(super) last: Offset,
    /// The length of the run.
    pub(super) length: Offset,
    /// Before this instant all is known, and the run must end.
    pub(super) end: Offset,
}

impl Scan {
    /// Visits the ends of the window, every start on a border and every start whose end is on a border: over step functions
    /// of cost, price and room the least lies at one of them. Each with its sums over the run, and the slots that it touches.
    #[inline]
    pub(super) fn each<const N: usize>(
        &self,
        sums: [Sums<'_>; N],
        grid: &Grid,
        mut visit: impl FnMut(Offset, [f64; N], Range<usize>),
    ) {
        let last = self.last.min(self.end - self.length.max(1));
        if last < self.first {
            return;
        }
        for at in [self.first, last] {
            let over = from_fn(|n| sums[n].until(at + self.length) - sums[n].until(at));
            visit(at, over, grid.touched(at, at + self.length));
        }
        let (step, origin) = (grid.step(), grid.border(0));
        let (whole, rest) = ((self.length / step) as usize, self.length % step);
        let part = rest as f64 / step as f64;
        let border_after = |at: Offset| ((at - origin + step - 1) / step) as usize;
        let border_before = |at: Offset| ((at - origin) / step) as usize;
        let touches = (whole + usize::from(rest > 0)).max(1);
        for slot in border_after(self.first)..=border_before(last) {
            let end = slot + whole;
            let over = from_fn(|n| {
                let at = sums[n].at;
                let rest = if rest == 0 { 0.0 } else { part * (at[end + 1] - at[end]) };
                at[end] - at[slot] + rest
            });
            visit(origin + slot as i64 * step, over, slot..slot + touches);
        }
        if rest == 0 {
            return;
        }
        for end in border_after(self.first + self.length)..=border_before(last + self.length) {
            let slot = end - whole - 1;
            let over = from_fn(|n| {
                let at = sums[n].at;
                at[end] - at[slot + 1] + part * (at[slot + 1] - at[slot])
            });
            visit(origin + end as i64 * step - self.length, over, slot..end);
        }
    }
}
