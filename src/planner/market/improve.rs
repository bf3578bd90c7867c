//! A plan in the making: who has booked what, and how it gets better move by move.

use super::super::capacity::Capacity;
use super::bidder::{Bid, Bidder, Market, Scratch};
use super::field::Field;

/// Passes over all bidders that lost something.
const MOST_PASSES: usize = 12;
/// Starts that an improvement may look at, in all.
const WORK: usize = 600_000_000;

/// Who has booked what.
pub(super) struct Book<'a> {
    bidders: &'a [Bidder],
    fields: &'a [Field],
    capacity: &'a mut Capacity,
    bids: Vec<Option<Bid>>,
}

/// A plan that can be returned to.
#[derive(Clone)]
pub(super) struct Saved {
    pub(super) bids: Vec<Option<Bid>>,
    missing: usize,
    score: f64,
}

impl Saved {
    /// Whether more are placed, or as many for less.
    pub(super) fn is_better_than(&self, other: &Self) -> bool {
        (self.missing, self.score) < (other.missing, other.score)
    }

    /// A cost that a plan reaches: this one, with those that found no room at their dearest known cost.
    pub(super) fn target(&self, ideals: &[Option<Bid>], bidders: &[Bidder]) -> f64 {
        let missing = |((bid, ideal), bidder): ((&Option<Bid>, &Option<Bid>), &Bidder)| match (bid, ideal) {
            (Some(bid), _) => bid.score,
            (None, Some(ideal)) => ideal.score.max(bidder.ceiling.min(2.0 * ideal.score)),
            _ => 0.0,
        };
        self.bids.iter().zip(ideals).zip(bidders).map(missing).sum()
    }
}

impl<'a> Book<'a> {
    pub(super) fn new(bidders: &'a [Bidder], fields: &'a [Field], capacity: &'a mut Capacity) -> Self {
        Self {
            bids: vec![None; bidders.len()],
            bidders,
            fields,
            capacity,
        }
    }

    pub(super) fn bids(&self) -> &[Option<Bid>] {
        &self.bids
    }

    pub(super) fn capacity(&self) -> &Capacity {
        self.capacity
    }

    pub(super) fn snapshot(&self) -> Saved {
        Saved {
            missing: self.bids.iter().filter(|bid| bid.is_none()).count(),
            score: self.bids.iter().flatten().map(|bid| bid.score).sum(),
            bids: self.bids.clone(),
        }
    }

    pub(super) fn restore(&mut self, saved: &Saved) {
        self.clear();
        for number in 0..saved.bids.len() {
            self.put(number, saved.bids[number]);
        }
    }

    /// Gives everything back, and the bids.
    pub(super) fn leave(mut self) -> Vec<Option<Bid>> {
        let bids = self.bids.clone();
        self.clear();
        bids
    }

    pub(super) fn clear(&mut self) {
        for number in 0..self.bids.len() {
            self.take_out(number);
        }
    }

    /// Places everybody that has no bid, in this order.
    pub(super) fn fill(&mut self, order: &[usize], tolls: Option<&[Vec<f64>]>, scratch: &mut Scratch) {
        for &number in order {
            if self.bids[number].is_none() {
                let bid = self.best(number, tolls, true, scratch);
                self.put(number, bid);
            }
        }
    }

    fn best(&self, number: usize, tolls: Option<&[Vec<f64>]>, room: bool, scratch: &mut Scratch) -> Option<Bid> {
        let market = Market {
            fields: self.fields,
            capacity: self.capacity,
            tolls,
            room,
        };
        self.bidders[number].best(market, scratch)
    }

    fn put(&mut self, number: usize, bid: Option<Bid>) {
        if let Some(Bid { site, at, .. }) = bid {
            let bidder = &self.bidders[number];
            self.capacity.book(&bidder.sites[site].parts, at, at + bidder.length);
            self.capacity.release(at);
        }
        self.bids[number] = bid;
    }

    fn take_out(&mut self, number: usize) {
        if let Some(Bid { site, at, .. }) = self.bids[number].take() {
            let bidder = &self.bidders[number];
            self.capacity.give_back(&bidder.sites[site].parts, at, at + bidder.length);
            self.capacity.unrelease(at);
        }
    }

    /// Moves bidders until nothing gets better, within a limit of work: each alone to a better start that is free, then each
    /// to its ideal start with those who stand there moved to their next best.
    pub(super) fn improve(&mut self, ideals: &[Option<Bid>], scratch: &mut Scratch) {
        for _ in 0..MOST_PASSES {
            let mut moved = false;
            for number in self.by_loss(ideals) {
                moved |= self.shift(number, scratch);
            }
            for number in self.by_loss(ideals) {
                if let Some(ideal) = ideals[number] {
                    moved |= self.eject(number, ideal, scratch);
                }
            }
            if !moved {
                break;
            }
        }
    }

    /// Those that lost something against their ideal, the greatest loss first.
    fn by_loss(&self, ideals: &[Option<Bid>]) -> Vec<usize> {
        let loss = |number: &usize| match (self.bids[*number], ideals[*number]) {
            (Some(bid), Some(ideal)) => bid.score - ideal.score,
            (None, Some(_)) => f64::INFINITY,
            _ => 0.0,
        };
        let mut losers: Vec<usize> =
            (0..self.bids.len()).filter(|number| loss(number) > self.bidders[*number].equal * 2.0).collect();
        losers.sort_by(|a, b| loss(b).total_cmp(&loss(a)));
        losers
    }

    fn shift(&mut self, number: usize, scratch: &mut Scratch) -> bool {
        let before = self.bids[number];
        self.take_out(number);
        let after = self.best(number, None, true, scratch);
        let better = is_better(after, before, self.bidders[number].equal);
        self.put(number, if better { after } else { before });
        better
    }

    /// Puts a bidder at its ideal start, and those who stand in its way elsewhere; undone unless the sum of all gets better.
    fn eject(&mut self, number: usize, ideal: Bid, scratch: &mut Scratch) -> bool {
        let bidder = &self.bidders[number];
        let before = self.bids[number];
        let mut gain = before.map_or(f64::INFINITY, |bid| bid.score) - ideal.score;
        let (start, end) = (ideal.at, ideal.at + bidder.length);
        let parts = &bidder.sites[ideal.site].parts;
        let mut blockers: Vec<usize> = (0..self.bids.len())
            .filter(|other| *other != number && self.stands_in(*other, parts[0].zone, start, end))
            .collect();
        if blockers.is_empty() || blockers.len() > 400 {
            return false;
        }
        self.take_out(number);
        self.put(number, Some(ideal));
        let mut undo: Vec<(usize, Option<Bid>)> = Vec::new();
        // The lightest first would take too many; those that lose least by moving go first.
        let mut moves: Vec<(f64, usize, Option<Bid>)> = Vec::new();
        for other in blockers.drain(..) {
            let stood = self.bids[other];
            self.take_out(other);
            let next = self.best(other, None, true, scratch);
            self.put(other, stood);
            if let (Some(stood), Some(next)) = (stood, next) {
                moves.push((next.score - stood.score, other, Some(next)));
            }
        }
        moves.sort_by(|a, b| a.0.total_cmp(&b.0).then(a.1.cmp(&b.1)));
        for (_, other, _) in moves {
            let stood = self.bids[other];
            self.take_out(other);
            let next = self.best(other, None, true, scratch);
            let loss = match (stood, next) {
                (Some(stood), Some(next)) => next.score - stood.score,
                _ => f64::INFINITY,
            };
            if loss >= gain {
                self.put(other, stood);
                continue;
            }
            gain -= loss;
            self.put(other, next);
            undo.push((other, stood));
            if !self.is_over(parts, start, end) {
                break;
            }
        }
        if self.is_over(parts, start, end) || gain <= bidder.equal {
            for (other, stood) in undo.into_iter().rev() {
                self.take_out(other);
                self.put(other, stood);
            }
            self.take_out(number);
            self.put(number, before);
            return false;
        }
        true
    }

    fn stands_in(&self, other: usize, zone: usize, start: i64, end: i64) -> bool {
        self.bids[other].is_some_and(|bid| {
            let bidder = &self.bidders[other];
            bid.at < end && start < bid.at + bidder.length && bidder.sites[bid.site].parts.iter().any(|part| part.zone == zone)
        })
    }

    fn is_over(&self, parts: &[super::super::capacity::Part], start: i64, end: i64) -> bool {
        let slots = self.capacity.grid().touched(start, end);
        parts.iter().any(|part| {
            part.needs().any(|(resource, _)| self.capacity.free(part.zone, resource)[slots.clone()].iter().any(|free| *free < 0))
        })
    }
}

fn is_better(after: Option<Bid>, before: Option<Bid>, equal: f64) -> bool {
    match (after, before) {
        (Some(after), Some(before)) => after.score < before.score - equal,
        (Some(_), None) => true,
        _ => false,
    }
}
