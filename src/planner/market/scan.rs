//! All starts of a contiguous run that can be the best one, over prefix sums.

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

/// Starts of a run, each a slot after the one before; at least one.
#[derive(Clone, Debug)]
pub(super) struct Starts<'s> {
    /// The first of them.
    first: Offset,
    /// The length of a slot.
    step: Offset,
    /// The slots that a run from the first start touches.
    pub(super) touched: Range<usize>,
    /// For each of the sums in turn: by start, what it grows by over the run.
    over: &'s [f64],
    count: usize,
}

impl<'s> Starts<'s> {
    /// By start, what one of the sums grows by over the run.
    #[inline]
    pub(super) fn over(&self, sum: usize) -> &'s [f64] {
        &self.over[sum * self.count..(sum + 1) * self.count]
    }

    /// One of the starts.
    #[inline]
    pub(super) fn at(&self, number: usize) -> Offset {
        self.first + number as Offset * self.step
    }
}

impl Scan {
    /// Visits those parts of the window, one after the other, outside which no start is wanted. `is_wanted` is asked of a start by
    /// what the sum grows by over its run.
    ///
    /// Where the sum bends at each `even`-th border only, its growth is linear between two starts at which the start or the end of
    /// the run meets a bend: what is too much at both is too much between them.
    pub(super) fn narrowed(
        &self,
        sum: Sums<'_>,
        even: usize,
        is_wanted: impl Fn(Offset, f64) -> bool,
        mut visit: impl FnMut(Self),
    ) {
        let last = self.last.min(self.end - self.length.max(1));
        if last < self.first {
            return;
        }
        let Sums { at: sums, origin, step } = sum;
        let (whole, part) = self.slots(step);
        let touches = whole + usize::from(part > 0.0);
        // So many slots after a bend the end of a run that starts soon after it meets another.
        let beyond = touches.next_multiple_of(even);
        let border = |slot: usize| origin + slot as Offset * step;
        let (mut before, mut was_wanted) = (self.first, is_wanted(self.first, sum.during(self.first, self.length)));
        let mut from = was_wanted.then_some(before);
        let mut look = |at: Offset, over: f64| {
            let wanted = is_wanted(at, over);
            if wanted {
                from = from.or(Some(before));
            } else if !was_wanted && let Some(first) = from.take() {
                visit(Self {
                    first,
                    last: before,
                    ..*self
                });
            }
            (before, was_wanted) = (at, wanted);
        };
        let first_bend = ((self.first - origin) / step) as usize / even * even;
        let bends = (first_bend..).step_by(even).take_while(|bend| border(*bend) < last);
        for start in bends {
            if border(start) > self.first {
                let end = start + whole;
                let rest = if part > 0.0 {
                    part * (sums[end + 1] - sums[end])
                } else {
                    0.0
                };
                look(border(start), sums[end] - sums[start] + rest);
            }
            let end = start + beyond;
            let at = border(end) - self.length;
            if self.first < at && at < last {
                let start = end - whole;
                let rest = if part > 0.0 {
                    part * (sums[start] - sums[start - 1])
                } else {
                    0.0
                };
                look(at, sums[end] - sums[start] + rest);
            }
        }
        look(last, sum.during(last, self.length));
        if let Some(first) = from {
            visit(Self { first, last, ..*self });
        }
    }

    /// How many whole slots of this length a run takes, and what part of another.
    fn slots(&self, step: Offset) -> (usize, f64) {
        let (whole, rest) = (self.length / step, self.length % step);
        (whole as usize, rest as f64 / step as f64)
    }

    /// Visits the ends of the window, every start on a border and every start whose end is on a border: over step functions
    /// of cost, price and room the least lies at one of them. What the sums grow by is kept in `buffer` meanwhile.
    #[inline]
    pub(super) fn each<const N: usize>(
        &self,
        sums: [Sums<'_>; N],
        grid: &Grid,
        buffer: &mut Vec<f64>,
        mut visit: impl FnMut(Starts<'_>),
    ) {
        let last = self.last.min(self.end - self.length.max(1));
        if last < self.first {
            return;
        }
        let (step, origin) = (grid.step(), grid.border(0));
        let mut starts = |first, touched, over: &[f64]| {
            visit(Starts {
                first,
                step,
                touched,
                count: over.len() / N,
                over,
            });
        };
        for at in [self.first, last] {
            let over = sums.map(|sum| sum.during(at, self.length));
            starts(at, grid.touched(at, at + self.length), &over);
        }
        let (whole, part) = self.slots(step);
        let border_after = |at: Offset| ((at - origin + step - 1) / step) as usize;
        let border_beyond = |at: Offset| ((at - origin) / step) as usize + 1;
        let slots = border_after(self.first)..border_beyond(last);
        if !slots.is_empty() {
            buffer.clear();
            for Sums { at, .. } in sums {
                let ends = slots.start + whole..slots.end + whole;
                let whole = at[ends.clone()].iter().zip(&at[slots.clone()]);
                if part == 0.0 {
                    buffer.extend(whole.map(|(end, start)| end - start));
                } else {
                    let beyond = &at[ends.start + 1..=ends.end];
                    let over = whole.zip(beyond);
                    buffer.extend(over.map(|((end, start), beyond)| end - start + part * (beyond - end)));
                }
            }
            let touches = (whole + usize::from(part > 0.0)).max(1);
            let touched = slots.start..slots.start + touches;
            starts(origin + slots.start as Offset * step, touched, buffer);
        }
        if part == 0.0 {
            return;
        }
        let ends = border_after(self.first + self.length)..border_beyond(last + self.length);
        if !ends.is_empty() {
            buffer.clear();
            let slots = ends.start - whole - 1..ends.end - whole - 1;
            for Sums { at, .. } in sums {
                let over = at[ends.clone()]
                    .iter()
                    .zip(&at[slots.clone()])
                    .zip(&at[slots.start + 1..=slots.end]);
                buffer.extend(over.map(|((end, before), start)| end - start + part * (start - before)));
            }
            let touched = slots.start..ends.start;
            starts(origin + ends.start as Offset * step - self.length, touched, buffer);
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_narrowed_window_holds_every_start_that_is_wanted_and_is_narrower() {
        let (mut starts, mut looked_at) = (0, 0);
        for seed in 0..2000 {
            let mut random = fastrand::Rng::with_seed(seed);
            let (even, step, slots) = (random.usize(1..5), random.i64(1..4), 24);
            let mut rate = 0.0;
            let mut sums = vec![0.0];
            for slot in 0..slots {
                if slot % even == 0 {
                    rate = f64::from(random.i32(-2..20));
                }
                sums.push(sums[slot] + rate);
            }
            let sum = Sums {
                at: &sums,
                origin: -random.i64(0..9),
                step,
            };
            let length = random.i64(0..8 * step);
            let end = sum.origin + slots as Offset * step;
            let first = random.i64(sum.origin..end);
            let scan = Scan {
                first,
                last: random.i64(first..end + 9),
                length,
                end,
            };
            let most = f64::from(random.i32(-10..80));
            let mut parts: Vec<Scan> = Vec::new();
            scan.narrowed(sum, even, |_, over| over <= most, |part| parts.push(part));
            assert!(parts.is_sorted_by(|a, b| a.last <= b.first), "seed {seed}: {parts:?}");
            let inside = |at| parts.iter().any(|part| (part.first..=part.last).contains(&at));
            for at in first..=scan.last.min(end - length.max(1)) {
                let is_wanted = sum.during(at, length) <= most - 1e-9;
                assert!(inside(at) || !is_wanted, "seed {seed}: {at} is not in {parts:?}");
                starts += 1;
                looked_at += usize::from(inside(at));
            }
        }
        assert!(10 * looked_at < 7 * starts, "{looked_at} of {starts}");
    }
}
