//! All jobs that are free to wait, placed together: what one takes, another cannot have.
//!
//! ```text
//! each in its turn the best start with room --nobody lost anything--> done, and optimal
//!    | somebody did
//!    v
//! prices of room (ascent) --in order of slack, at these prices--> a plan --improve--> until nothing moves
//! ```
//!
//! The best of both plans stays. Rounds and passes are limited by the size of the instance, never by time, so that the same
//! snapshot gives the same plan.

mod ascent;
mod bidder;
mod field;
mod improve;
mod scan;

use super::capacity::Capacity;
use super::grid::Grid;
use ascent::{Ascent, prefix};
pub(super) use bidder::{Bid, Bidder, Site};
use bidder::{Market, Scratch};
pub(super) use field::Field;
use improve::Book;

/// Starts that an ascent may look at in all its rounds.
const ASCENT_WORK: usize = 300_000_000;
/// The most rounds of an ascent.
const MOST_ROUNDS: usize = 120;

/// What the market gives.
pub(super) struct Outcome {
    /// By bidder: its start; `None` where there is no room for it.
    pub(super) bids: Vec<Option<Bid>>,
    /// By how much scarce room lifts the lower bound on the score of any plan above the sum of all ideals.
    pub(super) above: f64,
    /// What room costs, by zone and resource, on the slots of prices.
    pub(super) prices: Vec<Vec<f64>>,
}

/// Places the bidders, in their turns, in what is free. The capacity is left as it was.
pub(super) fn place(
    bidders: &[Bidder],
    fine: &[Field],
    coarse: &[Field],
    capacity: &mut Capacity,
    grid: &Grid,
    warm: Option<Vec<Vec<f64>>>,
) -> Outcome {
    let mut scratch = Scratch::default();
    let ideals: Vec<Option<Bid>> = bidders
        .iter()
        .map(|bidder| bidder.best(Market { fields: fine, capacity, tolls: None, room: false }, &mut scratch))
        .collect();
    let order: Vec<usize> = (0..bidders.len()).collect();
    let mut book = Book::new(bidders, fine, capacity);
    book.fill(&order, None, &mut scratch);
    let lost = |(bid, ideal): (&Option<Bid>, &Option<Bid>)| match (bid, ideal) {
        (Some(bid), Some(ideal)) => (bid.score - ideal.score).max(0.0),
        (None, Some(_)) => f64::INFINITY,
        _ => 0.0,
    };
    let losses: f64 = book.bids().iter().zip(&ideals).map(lost).sum();
    let least: f64 = ideals.iter().flatten().map(|ideal| ideal.score).sum();
    if losses <= 1e-9 * least.abs() {
        return Outcome { bids: book.leave(), above: 0.0, prices: Vec::new() };
    }
    let greedy = book.snapshot();
    book.clear();
    let target = greedy.target(&ideals, bidders);
    let evaluations: usize = bidders.iter().map(|bidder| 2 * bidder.sites.len() * grid.touched(bidder.first, bidder.last).len()).sum();
    let rounds = (ASCENT_WORK / evaluations.max(1)).clamp(8, MOST_ROUNDS);
    let found = Ascent::of(bidders, coarse, book.capacity(), grid, warm).run(bidders, target, rounds);
    let tolls = spread(&found.prices, grid, book.capacity());
    let order = by_slack(bidders);
    book.fill(&order, Some(&tolls), &mut scratch);
    book.improve(&ideals, &mut scratch);
    let priced = book.snapshot();
    let mut best = priced;
    if greedy.is_better_than(&best) {
        book.restore(&greedy);
        book.improve(&ideals, &mut scratch);
        best = book.snapshot();
    }
    book.clear();
    Outcome { bids: best.bids, above: (found.bound - least).max(0.0), prices: found.prices }
}

/// Tight ones first, then the large and long.
fn by_slack(bidders: &[Bidder]) -> Vec<usize> {
    let mut order: Vec<usize> = (0..bidders.len()).collect();
    let weight = |bidder: &Bidder| bidder.kilowatts * bidder.length as f64;
    order.sort_by(|a, b| {
        let (a, b) = (&bidders[*a], &bidders[*b]);
        let slack = |bidder: &Bidder| bidder.last - bidder.first;
        slack(a).cmp(&slack(b)).then(weight(b).total_cmp(&weight(a)))
    });
    order
}

/// Prices of coarse slots as sums over the borders of finer ones.
fn spread(prices: &[Vec<f64>], grid: &Grid, capacity: &Capacity) -> Vec<Vec<f64>> {
    let cut = (grid.step() / capacity.grid().step()) as usize;
    let hours = super::curve::in_hours(capacity.grid().step());
    let row = |prices: &Vec<f64>| {
        if prices.iter().all(|price| *price == 0.0) {
            Vec::new()
        } else {
            prefix(prices.iter().flat_map(|price| std::iter::repeat_n(price * hours, cut)))
        }
    };
    prices.iter().map(row).collect()
}
