//! Who wants room, and what it takes.

use std::ops::Range;

use super::super::amounts::{Part, Parts};
use super::super::capacity::Capacity;
use super::super::grid::{Grid, Offset};
use super::super::rows::{Piece, Pieces, Standing};
use super::field::Sums;
use super::free::Free;
use super::scan::Scan;

/// A job as the market sees it.
#[derive(Clone, Debug)]
pub(in crate::planner) struct Bidder {
    /// Where it may run.
    pub(in crate::planner) sites: Vec<Site>,
    /// These sites, those first in which a start may cost least, each with what any costs at least.
    pub(in crate::planner) promising: Vec<(f64, usize)>,
    /// By site: what a run without a break costs that starts as soon as it can; infinite where that is not known.
    pub(in crate::planner) costs_at_once: Vec<f64>,
    /// These sites in the order in which its owner lists the zones.
    pub(in crate::planner) listed: Vec<usize>,
    /// When it was submitted.
    pub(in crate::planner) submitted: Offset,
    /// How it stands now.
    pub(in crate::planner) standing: Standing,
    /// The first start that is possible.
    pub(in crate::planner) first: Offset,
    /// The last start that is allowed, if it then runs on to its end.
    pub(in crate::planner) last: Offset,
    /// What it still takes, as time at the first step of its scaling.
    pub(in crate::planner) length: Offset,
    /// What it draws at that step.
    pub(in crate::planner) kilowatts: f64,
    /// What else than its start may be chosen; `None`: nothing.
    pub(in crate::planner) free: Option<Free>,
    /// What an hour of waiting costs, in the unit of its cost.
    pub(in crate::planner) per_hour: f64,
    /// What a start after the soonest must save against it.
    pub(in crate::planner) minimum: f64,
    /// Whether it makes room for others where that costs it more than to start at once, because all are of one team.
    pub(in crate::planner) yields: bool,
    /// Whether it only may come: it takes room, and nobody answers for its being late.
    pub(in crate::planner) is_phantom: bool,
    /// The start that it was promised: site, instant, and by how much another must be better.
    pub(in crate::planner) promise: Option<(usize, Offset, f64)>,
    /// What the first hour of lateness costs, and each hour after it.
    pub(in crate::planner) lateness: f64,
    /// Costs that differ by less are equal.
    pub(in crate::planner) equal: f64,
}

/// A place where a bidder may run.
#[derive(Clone, Debug)]
pub(in crate::planner) struct Site {
    /// What it takes there at the first step of its scaling.
    pub(in crate::planner) parts: Parts,
    /// What it takes there at the further steps.
    pub(in crate::planner) wider: Vec<Parts>,
    /// The field of its costs.
    pub(in crate::planner) field: usize,
}

impl Site {
    /// What it takes at a step of its scaling.
    pub(in crate::planner) fn at_step(&self, step: usize) -> &[Part] {
        step.checked_sub(1)
            .and_then(|wider| self.wider.get(wider))
            .unwrap_or(&self.parts)
    }

    /// What the room of a run there costs at these prices: by row, their sums at the borders of bookings, none where it is free.
    pub(super) fn toll(&self, run: &Piece, tolls: &[Vec<f64>], capacity: &Capacity) -> f64 {
        let grid = capacity.grid();
        let (start, end) = (run.start.min(grid.end()), run.end.min(grid.end()));
        let over = |sums: Sums<'_>| sums.until(end) - sums.until(start);
        let rows = self
            .at_step(run.step)
            .iter()
            .flat_map(|part| part.rows(capacity.resources()));
        rows.filter(|(row, _)| tolls[*row].len() > 1)
            .map(|(row, need)| need * over(Sums::over(&tolls[row], grid)))
            .sum()
    }
}

/// What a bidder takes.
#[derive(Clone, Debug, PartialEq)]
pub(in crate::planner) struct Bid {
    /// When and where it runs, by time; at least one.
    pub(in crate::planner) pieces: Pieces,
    /// What it costs, in the unit of the objective.
    pub(in crate::planner) cost: f64,
    /// The cost with the price of waiting, and less what a kept promise is worth: what the market minimises.
    pub(in crate::planner) score: f64,
    /// Whether it ends later than from the last start that is allowed, because nothing before has room.
    pub(in crate::planner) late: bool,
}

impl Bid {
    /// When it first runs.
    pub(in crate::planner) fn at(&self) -> Offset {
        self.pieces[0].start
    }

    /// Where it first runs.
    pub(in crate::planner) fn site(&self) -> usize {
        self.pieces[0].site
    }
}

impl Bidder {
    /// The energy that it takes, in some unit.
    pub(super) fn weight(&self) -> f64 {
        self.kilowatts * self.length as f64
    }

    /// The slots that its runs may touch. A run of no length still stands in the slot of its start.
    pub(super) fn slots(&self, grid: &Grid) -> Range<usize> {
        grid.touched(self.first, self.last + self.length.max(1))
    }

    /// All its starts of runs without a break within these slots.
    pub(super) fn scan(&self, slots: &Range<usize>, grid: &Grid) -> Scan {
        Scan {
            first: self.first.max(grid.border(slots.start)),
            last: self.last,
            length: self.length,
            end: grid.border(slots.end),
        }
    }

    /// Into how many places it would fit one after the other: how long it may wait for its length, in all its sites.
    pub(super) fn freedom(&self) -> f64 {
        let waits = (self.last - self.first).max(0) as f64;
        self.sites.len() as f64 * waits / self.length.max(1) as f64
    }

    /// Whether it is released if it begins at this instant: it is not where it runs on.
    pub(super) fn is_released(&self, at: Offset) -> bool {
        !matches!(self.standing, Standing::Running(..)) || at > self.first
    }

    /// Whether it was promised a start, or more than that.
    pub(super) fn is_promised_something(&self) -> bool {
        self.promise.is_some() || self.free.as_ref().is_some_and(Free::keeps_course)
    }

    /// Whether it may run in more than one piece.
    pub(super) fn has_pieces(&self) -> bool {
        self.free.as_ref().is_some_and(Free::has_pieces)
    }

    /// Whether its length is not known.
    pub(in crate::planner) fn is_of_unknown_length(&self) -> bool {
        self.free.as_ref().is_some_and(Free::is_of_unknown_length)
    }
}

/// Books what a bidder takes.
pub(in crate::planner) fn book(bidder: &Bidder, bid: &Bid, capacity: &mut Capacity) {
    for piece in booked(bidder, bid, capacity.grid()) {
        let parts = bidder.sites[piece.site].at_step(piece.step);
        capacity.book(parts, piece.start, piece.end);
    }
    if bidder.is_released(bid.at()) {
        capacity.release(bid.at());
    }
}

/// Gives back what [`book`] took.
pub(in crate::planner) fn give_back(bidder: &Bidder, bid: &Bid, capacity: &mut Capacity) {
    for piece in booked(bidder, bid, capacity.grid()) {
        let parts = bidder.sites[piece.site].at_step(piece.step);
        capacity.give_back(parts, piece.start, piece.end);
    }
    if bidder.is_released(bid.at()) {
        capacity.unrelease(bid.at());
    }
}

/// What a bid books: all of it, or of a job whose length is not known as much as it is expected to take.
pub(super) fn booked<'b>(bidder: &Bidder, bid: &'b Bid, grid: &Grid) -> impl Iterator<Item = Piece> + use<'b> {
    let mut left = if bidder.is_of_unknown_length() {
        bidder.length
    } else {
        Offset::MAX
    };
    let (pieces, slots) = (&bid.pieces, (grid.border(0), grid.step()));
    let each = move |(number, piece): (usize, &Piece)| {
        let takes = (piece.end - piece.start).min(left);
        left -= takes;
        let before = number
            .checked_sub(1)
            .and_then(|before| meet(&pieces[before], piece, slots));
        let after = pieces.get(number + 1).and_then(|after| meet(piece, after, slots));
        let (start, end) = (before.unwrap_or(piece.start), after.unwrap_or(piece.start + takes));
        let is_hidden = takes > 0 && start >= end;
        let own = (!is_hidden).then_some(Piece { start, end, ..*piece });
        (takes > 0 || piece.start == piece.end).then_some(own)
    };
    pieces.iter().enumerate().map_while(each).flatten()
}

/// Where a job that goes on at another width changes it, as room is counted in whole slots: the slot of the change is the wider
/// piece's alone.
fn meet(before: &Piece, after: &Piece, (first, step): (Offset, Offset)) -> Option<Offset> {
    let goes_on = before.end == after.start && before.site == after.site;
    let since_border = (after.start - first).rem_euclid(step);
    let border = after.start - since_border;
    let is_first = since_border == 0 || after.step > before.step;
    goes_on.then_some(if is_first { border } else { border + step })
}
