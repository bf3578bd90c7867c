//! The price of room: dual ascent on the Lagrangian of the capacity constraints.
//!
//! With capacity relaxed at prices `pi >= 0` every job minimises `cost + pi . usage` by itself, and the sum of these minima
//! less `pi . C` is a lower bound on the cost of any plan (weak duality; Fisher, "The Lagrangian Relaxation Method for
//! Solving Integer Programming Problems", Management Science 1981). Prices follow the excess of demand over room with
//! Polyak's step. They move many times in a round, each time after some of the bidders have answered, while the answers of
//! all others stand (Nedić and Bertsekas, "Incremental Subgradient Methods for Nondifferentiable Optimization", SIAM Journal
//! on Optimization 2001): so crowds do not run from slot to slot together.

use std::ops::Range;

use rayon::prelude::*;

use super::super::amounts::{Amount, Part};
use super::super::capacity::{Capacity, UNLIMITED};
use super::super::curve::in_hours;
use super::super::grid::{Grid, HOUR, Offset};
use super::super::least::{least, lesser};
use super::super::rows::{Piece, Pieces};
use super::bid::Bidder;
use super::contiguous::add_tolls;
use super::field::{Field, Sums};
use super::free::Free;
use super::leanings::Leanings;

/// Prices move so many times in a round.
const GROUPS: usize = 16;
/// So many bidders at least are asked by one processor, for an answer takes a microsecond.
const TOGETHER: usize = 32;

/// Some of the bidders: this one, and every so many after it.
#[derive(Clone, Copy, Debug)]
struct Group {
    first: usize,
    every: usize,
}

const EVERYBODY: Group = Group { first: 0, every: 1 };

/// Room and its price on the slots of prices, which are coarser than those of bookings.
pub(super) struct Ascent<'a> {
    grid: &'a Grid,
    fields: &'a [Field],
    /// The same fields on the slots of bookings.
    fine: (&'a [Field], Grid),
    resources: usize,
    /// By zone and resource: what there is of it in each slot, in unit hours; empty where it does not matter.
    room: Vec<Vec<f64>>,
    /// By zone and resource: the price of a unit hour in each slot.
    prices: Vec<Vec<f64>>,
}

/// What an ascent has found.
pub(super) struct Found {
    /// By zone and resource: the price of a unit hour in each slot.
    pub(super) prices: Vec<Vec<f64>>,
    /// The lower bound that they prove.
    pub(super) bound: f64,
    /// By bidder: what it would take on the way there.
    pub(super) leanings: Vec<Leanings>,
}

/// What the bidders have answered, each when it was asked last.
struct Answers {
    of_bidder: Vec<Answer>,
    /// What all take together, by zone and resource, in unit hours of each slot.
    usage: Vec<Vec<f64>>,
    /// The sum of what all pay, but for rounding.
    sum: f64,
}

/// What a bidder answers; kept from round to round, so that it allocates once.
#[derive(Clone, Debug, Default)]
struct Answer {
    now: Wish,
    /// What it answered when it was asked before.
    before: Wish,
    leanings: Leanings,
}

/// What a bidder would take, and what it would pay for it.
#[derive(Clone, Debug, Default)]
struct Wish {
    least: f64,
    pieces: Pieces,
}

impl Answers {
    /// Nobody has been asked yet.
    fn of(bidders: &[Bidder], room: &[Vec<f64>]) -> Self {
        Self {
            of_bidder: vec![Answer::default(); bidders.len()],
            usage: room.iter().map(|room| vec![0.0; room.len()]).collect(),
            sum: 0.0,
        }
    }

    /// What all pay.
    fn least(&self) -> f64 {
        self.of_bidder.iter().map(|answer| answer.now.least).sum()
    }
}

impl<'a> Ascent<'a> {
    /// Room as it is free now, over the slots of `grid`, for the resources that these bidders need; prices begin at `warm`.
    pub(super) fn of(
        bidders: &[Bidder],
        (fine, fields): (&'a [Field], &'a [Field]),
        capacity: &Capacity,
        grid: &'a Grid,
        warm: Option<&[Vec<f64>]>,
    ) -> Self {
        let resources = capacity.resources();
        let rows = resources * capacity.zones();
        let mut wanted = vec![false; rows];
        let sites = bidders.iter().flat_map(|bidder| &bidder.sites);
        for part in sites.flat_map(|site| &site.parts) {
            for (row, _) in part.rows(resources) {
                wanted[row] = true;
            }
        }
        let room: Vec<Vec<f64>> = (0..rows)
            .map(|row| {
                let free = capacity.free(row / resources, row % resources);
                let is_limited = wanted[row] && free.iter().any(|free| free.is_finite());
                if is_limited {
                    averaged(free, capacity.grid(), grid)
                } else {
                    Vec::new()
                }
            })
            .collect();
        let start = |(row, room): (usize, &Vec<f64>)| {
            let warm = warm.as_ref().and_then(|warm| warm.get(row));
            let warm = warm.filter(|prices| prices.len() == room.len());
            warm.cloned().unwrap_or_else(|| vec![0.0; room.len()])
        };
        Self {
            prices: room.iter().enumerate().map(start).collect(),
            grid,
            fields,
            fine: (fine, capacity.grid().clone()),
            resources,
            room,
        }
    }

    /// Runs so many rounds towards a plan that costs `target`; the steps shrink to nothing on the way.
    pub(super) fn run(mut self, bidders: &[Bidder], target: f64, rounds: usize) -> Found {
        let mut answers = Answers::of(bidders, &self.room);
        self.ask(bidders, EVERYBODY, &mut answers);
        let mut best = (answers.least() - self.paid(), self.prices.clone());
        let mut promising = best.clone();
        let groups = GROUPS.min(bidders.len()).max(1);
        let (moves, mut still) = (rounds * groups, 0);
        for turn in 0..moves {
            // While some answers are old this is no bound, but near one.
            let bound = answers.sum - self.paid();
            if bound > promising.0 {
                promising.0 = bound;
                promising.1.clone_from(&self.prices);
            }
            let gap = (target - bound.max(best.0)).max(0.0);
            let step = (1.0 - turn as f64 / moves as f64) / groups as f64;
            let moved = self.climb(&answers.usage, step * gap);
            still = if moved { 0 } else { still + 1 };
            if still > groups {
                break; // All have answered at these prices, and all have room.
            }
            let group = Group {
                first: turn % groups,
                every: groups,
            };
            self.ask(bidders, group, &mut answers);
        }
        for prices in [promising.1, self.prices.clone()] {
            self.prices = prices;
            self.ask(bidders, EVERYBODY, &mut answers);
            let bound = answers.least() - self.paid();
            if bound > best.0 {
                best = (bound, self.prices.clone());
            }
        }
        Found {
            bound: best.0,
            prices: best.1,
            leanings: answers.of_bidder.into_iter().map(|answer| answer.leanings).collect(),
        }
    }

    /// Some of the bidders answer at the prices of now.
    fn ask(&self, bidders: &[Bidder], group: Group, answers: &mut Answers) {
        let tolls = self.tolls();
        let all = answers.of_bidder.par_iter_mut().zip(bidders);
        let asked = all.skip(group.first).step_by(group.every).with_min_len(TOGETHER);
        asked.for_each_init(Default::default, |scratch, (answer, bidder)| {
            self.answer(bidder, &tolls, scratch, answer);
        });
        let all = answers.of_bidder.iter().zip(bidders);
        for (Answer { now, before, .. }, bidder) in all.skip(group.first).step_by(group.every) {
            answers.sum -= before.least;
            answers.sum += now.least;
            if now.pieces != before.pieces {
                self.count(bidder, &before.pieces, -1.0, &mut answers.usage);
                self.count(bidder, &now.pieces, 1.0, &mut answers.usage);
            }
        }
    }

    /// Adds what a bidder uses, so many times, to what all use.
    fn count(&self, bidder: &Bidder, pieces: &[Piece], times: f64, usage: &mut [Vec<f64>]) {
        for piece in pieces {
            for part in bidder.sites[piece.site].at_step(piece.step) {
                for (row, need) in part.rows(self.resources) {
                    if !self.room[row].is_empty() {
                        self.add(&mut usage[row], times * need, piece.start, piece.end);
                    }
                }
            }
        }
    }

    /// What all room costs at the prices of now.
    fn paid(&self) -> f64 {
        let paid = |(prices, room): (&Vec<f64>, &Vec<f64>)| prices.iter().zip(room).map(|(p, c)| p * c).sum::<f64>();
        self.prices.iter().zip(&self.room).map(paid).sum()
    }

    /// Moves the prices along the excess of usage over room, each slot measured by its own room.
    fn climb(&mut self, usage: &[Vec<f64>], gain: f64) -> bool {
        let mut norm = 0.0;
        let rows = || usage.iter().zip(&self.room);
        for ((usage, room), prices) in rows().zip(&self.prices) {
            for ((used, there), price) in usage.iter().zip(room).zip(prices) {
                let excess = used / there - 1.0;
                if *price > 0.0 || excess > 0.0 {
                    norm += excess * excess;
                }
            }
        }
        if norm <= 0.0 {
            return false;
        }
        let step = gain / norm;
        for ((usage, room), prices) in usage.iter().zip(&self.room).zip(&mut self.prices) {
            for ((used, there), price) in usage.iter().zip(room).zip(prices) {
                *price = (*price + step * (used / there - 1.0) / there).max(0.0);
            }
        }
        true
    }

    fn add(&self, usage: &mut [f64], need: f64, start: Offset, end: Offset) {
        let (touched, step) = (self.grid.touched(start, end), self.grid.step());
        let whole = need * in_hours(step);
        for slot in touched {
            let (from, to) = (self.grid.border(slot), self.grid.border(slot + 1));
            usage[slot] += if start <= from && to <= end {
                whole
            } else {
                need * in_hours((end.min(to) - start.max(from)).max(0))
            };
        }
    }

    /// Prices as sums over the borders.
    fn tolls(&self) -> Vec<Vec<f64>> {
        let hours = in_hours(self.grid.step());
        let sums = |prices: &Vec<f64>| prefix(prices.iter().map(|price| price * hours));
        self.prices.iter().map(sums).collect()
    }

    /// What a bidder answers at these prices.
    fn answer(&self, bidder: &Bidder, tolls: &[Vec<f64>], scratch: &mut [Vec<f64>; 2], answer: &mut Answer) {
        std::mem::swap(&mut answer.now, &mut answer.before);
        let Wish { least, pieces } = &mut answer.now;
        pieces.clear();
        *least = self.response(bidder, tolls, scratch, pieces).unwrap_or(0.0);
        if let (false, [run]) = (bidder.has_pieces(), &pieces[..]) {
            answer.leanings.hear(run.site, run.start);
        }
    }

    /// What a bidder would take at these prices, and no more than what that costs.
    fn response(
        &self,
        bidder: &Bidder,
        tolls: &[Vec<f64>],
        scratch: &mut [Vec<f64>; 2],
        pieces: &mut Pieces,
    ) -> Option<f64> {
        let slots = bidder.slots(self.grid);
        if slots.is_empty() {
            return None;
        }
        match &bidder.free {
            Some(free) if free.has_pieces() => self.rows(bidder, free, slots, tolls, pieces),
            _ => self.start(bidder, slots, tolls, scratch, pieces),
        }
    }

    /// The cheapest start of a run without a break.
    fn start(
        &self,
        bidder: &Bidder,
        slots: Range<usize>,
        tolls: &[Vec<f64>],
        [sums, buffer]: &mut [Vec<f64>; 2],
        pieces: &mut Pieces,
    ) -> Option<f64> {
        let mut best: Option<(usize, Offset, f64)> = None;
        for (at_least, number) in bidder.promising.iter().copied() {
            if best.is_some_and(|(_, _, total)| at_least > total + bidder.equal) {
                break; // Nor do the sites after it have a cheaper one.
            }
            let site = &bidder.sites[number];
            let field = &self.fields[site.field];
            let expected = field.expected().map(|expected| Sums::over(expected, self.grid));
            let kilowatts = if expected.is_some() { 0.0 } else { bidder.kilowatts };
            // Of most the sums say all.
            let is_plain = expected.is_none() && bidder.per_hour == 0.0;
            for known in field.stretches(slots.clone()) {
                let known = known.start..known.end.min(slots.end);
                let borders = known.start..known.end + 1;
                sums.clear();
                sums.resize(borders.start, 0.0);
                sums.extend(field.sums()[borders.clone()].iter().map(|sum| sum * kilowatts));
                add_tolls(&site.parts, tolls, self.resources, borders, sums);
                let (scan, sums) = (bidder.scan(&known, self.grid), Sums::over(sums, self.grid));
                scan.each([sums], self.grid, buffer, |starts| {
                    if is_plain {
                        let total = least(starts.over(0));
                        if best.is_none_or(|(_, _, so_far)| total < so_far) {
                            let first = starts.over(0).iter().position(|sum| *sum == total);
                            best = Some((number, starts.at(first.unwrap_or_default()), total));
                        }
                        return;
                    }
                    for (start, sum) in starts.over(0).iter().enumerate() {
                        let at = starts.at(start);
                        let cost = expected.map_or(0.0, |expected| expected.until(at) * bidder.kilowatts);
                        let total = sum + cost + bidder.waiting(at);
                        if best.is_none_or(|(_, _, so_far)| total < so_far) {
                            best = Some((number, at, total));
                        }
                    }
                });
            }
        }
        let (site, start, least) = best?;
        pieces.push(Piece::of(site, start, start + bidder.length));
        Some(least)
    }

    /// The cheapest slots of a job that may run in pieces, whatever a resume costs: no plan of its costs less.
    fn rows(
        &self,
        bidder: &Bidder,
        free: &Free,
        slots: Range<usize>,
        tolls: &[Vec<f64>],
        pieces: &mut Pieces,
    ) -> Option<f64> {
        let end = (bidder.last + bidder.length).min(self.grid.end());
        let mut rows: Vec<(f64, f64, Piece)> = Vec::with_capacity(slots.len());
        for slot in slots {
            let (start, end) = (
                self.grid.border(slot).max(bidder.first),
                self.grid.border(slot + 1).min(end),
            );
            let mut cheapest: Option<(f64, f64, Piece)> = None;
            let mut most = 0.0_f64;
            for (number, site) in bidder.sites.iter().enumerate() {
                let field = &self.fields[site.field];
                if start >= end || !field.is_known(slot, slot + 1) {
                    continue;
                }
                let energy = self.least_rate(site.field, slot) * bidder.kilowatts;
                for (step, power, throughput) in free.widths() {
                    let toll = self.toll(site.at_step(step), slot, tolls);
                    let rate = (energy * power + toll) / throughput;
                    most = most.max(throughput);
                    if cheapest.is_none_or(|(least, ..)| rate < least) {
                        let piece = Piece {
                            site: number,
                            start,
                            end,
                            step,
                        };
                        cheapest = Some((rate, throughput, piece));
                    }
                }
            }
            if let Some((rate, _, piece)) = cheapest {
                rows.push((rate, most, piece));
            }
        }
        rows.sort_unstable_by(|a, b| a.0.total_cmp(&b.0).then(a.2.start.cmp(&b.2.start)));
        let (mut left, mut least) = (bidder.length as f64, 0.0);
        for (rate, throughput, piece) in rows {
            if left <= 0.0 {
                break;
            }
            let work = (throughput * (piece.end - piece.start) as f64).min(left);
            least += rate * work / HOUR as f64;
            left -= work;
            let end = piece.start + (work / throughput) as Offset;
            pieces.push(Piece { end, ..piece });
        }
        (left <= 0.5).then_some(least)
    }

    /// What an hour costs in a slot at least: where a series changes within it, somebody may run in the cheaper part alone.
    fn least_rate(&self, field: usize, slot: usize) -> f64 {
        let (fields, grid) = &self.fine;
        let cut = (self.grid.step() / grid.step()) as usize;
        let mean = self.fields[field].rate(slot, self.grid);
        if fields[field].even() >= cut {
            return mean;
        }
        let parts = slot * cut..(slot + 1) * cut;
        parts.map(|part| fields[field].rate(part, grid)).fold(mean, lesser)
    }

    /// What an hour of room for these parts costs in a slot.
    fn toll(&self, parts: &[Part], slot: usize, tolls: &[Vec<f64>]) -> f64 {
        let hours = in_hours(self.grid.step());
        let mut toll = 0.0;
        for part in parts {
            for (row, need) in part.rows(self.resources) {
                let sums = &tolls[row];
                if sums.len() > 1 {
                    toll += need * (sums[slot + 1] - sums[slot]) / hours;
                }
            }
        }
        toll
    }
}

/// Sums at the borders of slots.
pub(super) fn prefix(values: impl Iterator<Item = f64>) -> Vec<f64> {
    let mut total = 0.0;
    let mut sums = vec![0.0];
    sums.extend(values.map(|value| {
        total += value;
        total
    }));
    sums
}

/// The free amounts of finer slots as unit hours of coarser ones. Where nothing is free a little is, so that its price rises
/// without end instead of being unknown; and of what has no limit at times there is much then, for nothing times no end is no number.
fn averaged(free: &[Amount], fine: &Grid, coarse: &Grid) -> Vec<f64> {
    let cut = (coarse.step() / fine.step()) as usize;
    let hours = in_hours(fine.step());
    let limits = free.iter().copied().filter(|free| free.is_finite());
    let most = limits.fold(1.0, Amount::max);
    let slot = |slots: &[Amount]| {
        let sum: f64 = slots.iter().map(|free| free.clamp(0.0, UNLIMITED)).sum();
        (sum * hours).max(most * 1e-3 * hours)
    };
    free.chunks(cut).map(slot).collect()
}
