//! A plan in the making: who has booked what.

use super::super::capacity::{Capacity, Part};
use super::super::grid::Grid;
use super::super::rows::{Piece, Place};
use super::bid::{Bid, Bidder, book, booked, give_back, is_released};
use super::contiguous::{Market, Scratch};
use super::field::Field;

/// Who has booked what.
pub(super) struct Book<'a> {
    bidders: &'a [Bidder],
    /// What each would take if it were alone.
    ideals: &'a [Option<Bid>],
    fields: &'a [Field],
    capacity: &'a mut Capacity,
    grid: &'a Grid,
    bids: Vec<Option<Bid>>,
    scratch: Scratch,
}

/// A plan that can be returned to.
#[derive(Clone, Debug)]
pub(super) struct Saved {
    /// By bidder.
    pub(super) bids: Vec<Option<Bid>>,
    score: f64,
}

impl Saved {
    /// Whether fewer bidders are late or without any room, or as many at a lower score.
    pub(super) fn is_better_than(&self, other: &Self) -> bool {
        (self.unlucky(), self.score) < (other.unlucky(), other.score)
    }

    /// Whether somebody starts after its last allowed start.
    pub(super) fn is_anybody_late(&self) -> bool {
        self.unlucky() > 0
    }

    /// What the runs cost.
    pub(super) fn cost(&self) -> f64 {
        self.bids.iter().flatten().map(|bid| bid.cost).sum()
    }

    fn unlucky(&self) -> usize {
        self.bids.iter().filter(|bid| is_late(bid.as_ref())).count()
    }
}

impl<'a> Book<'a> {
    /// An empty book.
    pub(super) fn new(
        bidders: &'a [Bidder],
        ideals: &'a [Option<Bid>],
        fields: &'a [Field],
        capacity: &'a mut Capacity,
        grid: &'a Grid,
    ) -> Self {
        Self {
            bids: vec![None; bidders.len()],
            bidders,
            ideals,
            fields,
            capacity,
            grid,
            scratch: Scratch::default(),
        }
    }

    /// Everybody takes its best start with room, in turn.
    pub(super) fn fill_in_turn(&mut self) {
        for number in 0..self.bidders.len() {
            let bid = self.best(number, None);
            self.put(number, bid);
        }
    }

    /// Everybody takes the soonest start with room, in the order of submission; whoever runs already runs on.
    pub(super) fn fill_at_once(&mut self) {
        let mut order: Vec<usize> = (0..self.bidders.len()).collect();
        let runs = |bidder: &Bidder| matches!(bidder.place, Place::Running(..));
        order.sort_by_key(|number| (!runs(&self.bidders[*number]), self.bidders[*number].submitted));
        for number in order {
            let market = Market::with_room(self.fields, self.capacity, self.grid);
            let bid = self.bidders[number].soonest(market, &mut self.scratch);
            self.put(number, bid);
        }
    }

    /// Everybody chooses anew at these prices, the heaviest first, for which there are the fewest places.
    pub(super) fn reprice(&mut self, tolls: &[Vec<f64>]) {
        for number in self.heaviest_first() {
            let before = self.take_out(number);
            let after = self.best(number, Some(tolls));
            let worse = is_late(after.as_ref()) && !is_late(before.as_ref());
            self.put(number, if worse { before } else { after });
        }
    }

    /// The best start with room of a bidder that has none.
    pub(super) fn best(&mut self, number: usize, tolls: Option<&[Vec<f64>]>) -> Option<Bid> {
        let market = Market {
            tolls,
            ..Market::with_room(self.fields, self.capacity, self.grid)
        };
        self.bidders[number].best(market, &mut self.scratch)
    }

    /// The heaviest first, for which there are the fewest places.
    fn heaviest_first(&self) -> Vec<usize> {
        let mut order: Vec<usize> = (0..self.bidders.len()).collect();
        let weight = |number: usize| self.bidders[number].kilowatts * self.bidders[number].length as f64;
        order.sort_by(|a, b| weight(*b).total_cmp(&weight(*a)));
        order
    }

    /// Books.
    pub(super) fn put(&mut self, number: usize, bid: Option<Bid>) {
        if let Some(bid) = &bid {
            book(&self.bidders[number], bid, self.capacity);
        }
        self.bids[number] = bid;
    }

    /// Gives a booking back.
    pub(super) fn take_out(&mut self, number: usize) -> Option<Bid> {
        let bid = self.bids[number].take()?;
        give_back(&self.bidders[number], &bid, self.capacity);
        Some(bid)
    }

    /// Gives everything back.
    pub(super) fn clear(&mut self) {
        for number in 0..self.bids.len() {
            self.take_out(number);
        }
    }

    /// The plan as it is.
    pub(super) fn save(&self) -> Saved {
        Saved {
            score: self.bids.iter().flatten().map(|bid| bid.score).sum(),
            bids: self.bids.clone(),
        }
    }

    /// Returns to a plan.
    pub(super) fn restore(&mut self, saved: &Saved) {
        self.clear();
        for (number, bid) in saved.bids.iter().enumerate() {
            self.put(number, bid.clone());
        }
    }

    /// What has been booked in.
    pub(super) fn capacity(&self) -> &Capacity {
        self.capacity
    }

    /// A bidder.
    pub(super) fn bidder(&self, number: usize) -> &'a Bidder {
        &self.bidders[number]
    }

    /// What a bidder would take if it were alone.
    pub(super) fn ideal(&self, number: usize) -> Option<&'a Bid> {
        self.ideals[number].as_ref()
    }

    /// What a bidder loses to the others.
    pub(super) fn loss(&self, number: usize) -> f64 {
        match (&self.bids[number], &self.ideals[number]) {
            (Some(bid), Some(ideal)) => bid.score - ideal.score,
            (None, Some(_)) => f64::INFINITY,
            _ => 0.0,
        }
    }

    /// Whether nobody loses anything.
    pub(super) fn is_ideal(&self) -> bool {
        (0..self.bids.len()).all(|number| self.loss(number) <= 2.0 * self.bidders[number].equal)
    }

    /// Those that lose something, the greatest loss first.
    pub(super) fn losers(&self) -> Vec<usize> {
        let loses = |number: &usize| self.loss(*number) > 2.0 * self.bidders[*number].equal;
        let mut losers: Vec<usize> = (0..self.bids.len()).filter(loses).collect();
        losers.sort_by(|a, b| self.loss(*b).total_cmp(&self.loss(*a)));
        losers
    }

    /// Who runs where this bid does, at a time when it does.
    pub(super) fn in_the_way(&self, bidder: &Bidder, bid: &Bid) -> Vec<usize> {
        let overlaps = |number: &usize| {
            let other = &self.bidders[*number];
            self.bids[*number].as_ref().is_some_and(|there| {
                booked(other, there).any(|there| {
                    booked(bidder, bid).any(|piece| {
                        let meets = there.start < piece.end && piece.start < there.end;
                        meets && share_a_zone(&other.sites[there.site].parts, &bidder.sites[piece.site].parts)
                    })
                })
            })
        };
        (0..self.bids.len()).filter(overlaps).collect()
    }

    /// Whether more is booked than there is, of what this bid needs, at some time when it runs, or more is released at its start
    /// than the rate allows.
    pub(super) fn is_over(&self, bidder: &Bidder, bid: &Bid) -> bool {
        let full = |part: &Part, start, end| {
            let slots = self.capacity.grid().touched(start, end);
            let over = |resource| {
                self.capacity.free(part.zone, resource)[slots.clone()]
                    .iter()
                    .any(|free| *free < 0)
            };
            part.needs().any(|(resource, _)| over(resource))
        };
        let over = |piece: Piece| {
            let parts = bidder.sites[piece.site].at_step(piece.step);
            parts.iter().any(|part| full(part, piece.start, piece.end))
        };
        (is_released(bidder, bid) && self.capacity.is_rushed(bid.at())) || booked(bidder, bid).any(over)
    }
}

fn share_a_zone(some: &[Part], others: &[Part]) -> bool {
    some.iter()
        .any(|part| others.iter().any(|other| part.zone == other.zone))
}

fn is_late(bid: Option<&Bid>) -> bool {
    bid.is_none_or(|bid| bid.late)
}
