//! From where the bidders lean to a plan: each in its turn takes one of its starts whole.

use std::ops::Range;

use super::super::capacity::Capacity;
use super::super::grid::Offset;
use super::bid::{Bid, Bidder};
use super::book::Book;
use super::leanings::{Leaning, Leanings};

/// How many times its price room costs where more of it is expected to be used than there is.
const CROWDED: f64 = 10.0;

/// Everybody in this order takes one of the starts to which it leans, so that what is used of each slot stays near what
/// the leanings of all together expect (the method of conditional expectations; Raghavan, "Probabilistic Construction of
/// Deterministic Algorithms", Journal of Computer and System Sciences 1988). Who finds no room there, or runs in pieces, then
/// takes what is best at these prices.
pub(super) fn round(book: &mut Book<'_>, order: &[usize], leanings: &[Leanings], tolls: &[Vec<f64>]) {
    let leanings: Vec<Vec<Leaning>> = leanings.iter().map(Leanings::that_count).collect();
    let mut expected = Expected::of(book.capacity(), tolls);
    for (number, leanings) in leanings.iter().enumerate() {
        for leaning in leanings {
            expected.add(book.capacity(), book.bidder(number), *leaning, leaning.share);
        }
    }
    for number in order.iter().copied() {
        for leaning in &leanings[number] {
            expected.add(book.capacity(), book.bidder(number), *leaning, -leaning.share);
        }
        if let Some((leaning, bid)) = choice(book, number, &leanings[number], &expected) {
            expected.add(book.capacity(), book.bidder(number), leaning, 1.0);
            book.put(number, Some(bid));
        }
    }
    book.fill_at_best(order, tolls);
}

/// The cheapest of these starts that has room: with the price of its room, and what crowding it costs. The start that was
/// promised is one of them.
fn choice(book: &Book<'_>, number: usize, leanings: &[Leaning], expected: &Expected<'_>) -> Option<(Leaning, Bid)> {
    let bidder = book.bidder(number);
    let promise = bidder.promise.filter(|_| !leanings.is_empty());
    let promised = promise.map(|(site, at, _)| Leaning { site, at, share: 0.0 });
    let mut best: Option<(f64, Leaning, Bid)> = None;
    for leaning in leanings.iter().copied().chain(promised) {
        let Some(bid) = book.bid_at(number, leaning.site, leaning.at) else {
            continue;
        };
        let total = bid.score + expected.price(book.capacity(), bidder, leaning);
        if best.as_ref().is_none_or(|(least, ..)| total < *least) {
            best = Some((total, leaning, bid));
        }
    }
    best.map(|(_, leaning, bid)| (leaning, bid))
}

/// What all together are expected to use of what has a price, by row and slot of bookings.
struct Expected<'a> {
    tolls: &'a [Vec<f64>],
    /// By how much it is more than there is; below zero, how much is left.
    over: Vec<Vec<f64>>,
}

impl<'a> Expected<'a> {
    /// Nothing is used yet of what is free now.
    fn of(capacity: &Capacity, tolls: &'a [Vec<f64>]) -> Self {
        let resources = capacity.resources();
        let over = |(row, tolls): (usize, &Vec<f64>)| -> Vec<f64> {
            let free = capacity.free(row / resources, row % resources);
            let priced = if tolls.len() > 1 { free } else { &[] };
            priced.iter().map(|free| -free).collect()
        };
        Self {
            over: tolls.iter().enumerate().map(over).collect(),
            tolls,
        }
    }

    /// A bidder starts there, with this probability.
    fn add(&mut self, capacity: &Capacity, bidder: &Bidder, leaning: Leaning, share: f64) {
        let slots = touched(capacity, bidder, leaning.at);
        for (row, need) in needs(bidder, leaning, capacity) {
            for over in self.over[row].get_mut(slots.clone()).unwrap_or_default() {
                *over += share * need;
            }
        }
    }

    /// What the room of a start costs, and what it costs that others then have less than they expect.
    fn price(&self, capacity: &Capacity, bidder: &Bidder, leaning: Leaning) -> f64 {
        let slots = touched(capacity, bidder, leaning.at);
        let mut price = 0.0;
        for (row, need) in needs(bidder, leaning, capacity) {
            let over = self.over[row].get(slots.clone()).unwrap_or_default();
            for (slot, over) in slots.clone().zip(over) {
                let crowding = (over + need).max(0.0) - over.max(0.0);
                let toll = self.tolls[row][slot + 1] - self.tolls[row][slot];
                price += toll * (need + CROWDED * crowding);
            }
        }
        price
    }
}

fn touched(capacity: &Capacity, bidder: &Bidder, at: Offset) -> Range<usize> {
    capacity.grid().touched(at, at + bidder.length)
}

/// What a bidder takes there, by row.
fn needs(bidder: &Bidder, leaning: Leaning, capacity: &Capacity) -> impl Iterator<Item = (usize, f64)> {
    let (parts, resources) = (&bidder.sites[leaning.site].parts, capacity.resources());
    parts.iter().flat_map(move |part| part.rows(resources))
}
