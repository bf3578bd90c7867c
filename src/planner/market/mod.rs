//! All jobs that are free to wait, placed together: what one takes, another cannot have.
//!
//! ```text
//! each in its turn the best start with room --nobody lost anything--> done, and optimal
//!    | somebody did
//!    v
//! each where it leans at the prices of an ascent, in one order or two; and each where the plan before put it
//!    |
//!    v
//! whoever is late, a safe start --moves that improve--> nothing moves: the best --groups placed anew together--> done
//! ```
//!
//! There are two safe plans. One is that of a scheduler that knows nothing of carbon: each at once, in the order of submission,
//! of urgency, or with those first who else were late, whichever makes fewer late and then is better; but where a plain queue has
//! somebody in time, so has this one. The other keeps every promise of the plan before, and places newcomers at once in what is
//! left; it counts unless the first keeps as many in time and more. Nobody is late who is not late in the one that counts, nor
//! later than there, and no move makes a job late that was not: so where such a scheduler would keep all deadlines from now on, or
//! the plan before kept them all, this plan does. Rounds and passes are limited by the size of the instance, never by time,
//! so that the same snapshot gives the same plan.

mod ascent;
mod beside;
mod best;
mod bid;
mod book;
mod contiguous;
mod course;
mod field;
mod fill;
mod free;
mod improve;
mod leanings;
mod neighbourhood;
mod ranking;
mod rescue;
mod roll;
mod rounding;
mod rows;
mod safe;
mod scan;
mod soonest;
#[cfg(test)]
mod testing;

use rayon::prelude::*;

use super::capacity::Capacity;
use super::curve::in_hours;
use super::grid::{Grid, Offset};
use ascent::{Ascent, prefix};
pub(super) use bid::{Bid, Bidder, Site, book, give_back};
use book::{Book, Saved, looks};
use contiguous::Market;
pub(super) use contiguous::Scratch;
pub(super) use field::Field;
pub(super) use free::Free;
use leanings::Leanings;
use safe::Safe;

/// An ascent makes all its rounds where no more starts than this are looked at in each.
const ALL_ROUNDS: f64 = 2e6;
/// The fewest and the most rounds of an ascent.
const ROUNDS: (usize, usize) = (8, 100);
/// The most rounds where the prices of the last plan are known.
const WARM_ROUNDS: usize = 40;

/// What a bidder got.
#[derive(Clone, Debug)]
pub(super) struct Placed {
    /// What it takes.
    pub(super) bid: Bid,
    /// What it would take if it were alone.
    pub(super) ideal: Bid,
    /// What it costs to start at once, whatever the room; infinite where that is not known.
    pub(super) at_once: f64,
}

impl Placed {
    fn of(bid: Bid, ideal: Option<Bid>, bidder: &Bidder, alone: Market<'_>, scratch: &mut Scratch) -> Self {
        Self {
            ideal: ideal.unwrap_or_else(|| bid.clone()),
            at_once: bidder.at_once(alone, &mut scratch.free),
            bid,
        }
    }

    /// Whether the bidder loses nothing to others.
    pub(super) fn is_ideal(&self, bidder: &Bidder) -> bool {
        loses_nothing(self.bid.score - self.ideal.score, bidder)
    }
}

/// Whether a loss of score is none, but for rounding.
fn loses_nothing(loss: f64, bidder: &Bidder) -> bool {
    loss <= 2.0 * bidder.equal
}

/// What the market gives.
pub(super) struct Outcome {
    /// By bidder; `None` where there is no room for it at all.
    pub(super) placed: Vec<Option<Placed>>,
    /// By how much scarce room lifts the lower bound on the score of any plan above the sum of all ideals.
    pub(super) above: f64,
    /// What room costs, by zone and resource, on the slots of prices.
    pub(super) prices: Vec<Vec<f64>>,
    /// Whether everybody got what it would take if it were alone.
    pub(super) is_ideal: bool,
}

/// Places the bidders, who stand in their turns, in what is free. The capacity is left as it was.
///
/// `fine` are their fields on the slots of bookings, `coarse` on those of prices, which are those of `grid`; the search for
/// prices begins at `warm`, and whatever is tried at random is drawn with `seed`.
pub(super) fn place(
    bidders: &[Bidder],
    fields: (&[Field], &[Field]),
    capacity: &mut Capacity,
    grid: &Grid,
    (warm, seed): (Option<&[Vec<f64>]>, u64),
) -> Outcome {
    let alone = Market::anywhere(fields, capacity, grid);
    let ideal = |scratch: &mut Scratch, bidder: &Bidder| bidder.best(alone, scratch);
    let ideals: Vec<Option<Bid>> = bidders.par_iter().map_init(Scratch::default, ideal).collect();
    let mut book = Book::new(bidders, &ideals, fields, capacity, grid);
    book.fill_in_turn();
    let is_ideal = book.is_ideal();
    let greedy = book.close();
    let (best, above, prices) = if is_ideal {
        (greedy, 0.0, Vec::new())
    } else {
        let ascent = Ascent::of(bidders, fields, book.capacity(), grid, warm);
        let found = ascent.run(bidders, book.cost(&greedy), rounds(bidders, grid, warm.is_some()));
        let least: f64 = ideals.iter().flatten().map(|ideal| ideal.cost).sum();
        let tolls = tolls(&found.prices, grid, book.capacity());
        let is_tight = greedy.is_anybody_late();
        let best = best_plan(&mut book, &found.leanings, &tolls, (warm.is_none(), is_tight), seed);
        let is_greedy_best = !is_tight && !best.is_better_than(&greedy);
        let best = if is_greedy_best { greedy } else { best };
        (best, (found.bound - least).max(0.0), found.prices)
    };
    let alone = Market::anywhere(fields, capacity, grid);
    Outcome {
        placed: placed(best.bids, ideals, bidders, alone),
        above,
        prices,
        is_ideal,
    }
}

/// One bidder more, at these prices of room, in what is free.
pub(super) fn admit(
    bidder: &Bidder,
    fields: (&[Field], &[Field]),
    grid: &Grid,
    capacity: &Capacity,
    tolls: Option<&[Vec<f64>]>,
    scratch: &mut Scratch,
) -> Option<Placed> {
    let alone = Market::anywhere(fields, capacity, grid);
    let market = Market {
        tolls,
        ..Market::with_room(fields, capacity, grid)
    };
    let bid = bidder.best(market, scratch).filter(|bid| bidder.takes(bid))?;
    let ideal = bidder.best(alone, scratch);
    Some(Placed::of(bid, ideal, bidder, alone, scratch))
}

/// What it costs a bidder to start at a site and an instant, whatever the room; `None` where it may not, or that is not known.
/// `fields` are those on the slots of bookings, which are those of `grid`.
pub(super) fn price(bidder: &Bidder, (site, at): (usize, Offset), fields: &[Field], grid: &Grid) -> Option<f64> {
    let start = bidder.known(site, at, (fields, grid))?;
    Some(start.cost)
}

/// What all got, beside what they would take if they were alone.
fn placed(
    bids: Vec<Option<Bid>>,
    ideals: Vec<Option<Bid>>,
    bidders: &[Bidder],
    alone: Market<'_>,
) -> Vec<Option<Placed>> {
    let all = (bids, ideals, bidders).into_par_iter();
    let placed = |scratch: &mut Scratch, (bid, ideal, bidder): (Option<Bid>, _, &_)| {
        Some(Placed::of(bid?, ideal, bidder, alone, scratch))
    };
    all.map_init(Scratch::default, placed).collect()
}

/// Where a plan may begin.
#[derive(Clone, Copy, Debug)]
enum Beginning {
    /// Each where it leans at the prices of the ascent, those first that can choose least.
    LeastFreeFirst,
    /// The same, the heaviest first.
    HeaviestFirst,
    /// Each where the plan before put it.
    AsPromised,
}

impl Beginning {
    /// Fills an empty book so; it is empty afterwards.
    fn plan(self, book: &mut Book<'_>, leanings: &[Leanings], tolls: &[Vec<f64>]) -> Saved {
        match self {
            Self::LeastFreeFirst => rounding::round(book, &book.least_free_first(), leanings, tolls),
            Self::HeaviestFirst => rounding::round(book, &book.heaviest_first(), leanings, tolls),
            Self::AsPromised => {
                book.fill_as_promised();
                book.fill_at_best(&book.least_free_first(), tolls);
            }
        }
        book.close()
    }
}

/// From where all lean at the prices of the ascent, and from the plan before, to plans that nothing improves, in which nobody is
/// late who is not late in the better of the safe ones; the best of them, searched further. The first plan is worth more work
/// than those that follow it, for they begin where it ended.
///
/// `is_tight` says that somebody will hardly be in time: then the safe plan that this asks for is made meanwhile.
fn best_plan(
    book: &mut Book<'_>,
    leanings: &[Leanings],
    tolls: &[Vec<f64>],
    (is_first, is_tight): (bool, bool),
    seed: u64,
) -> Saved {
    let mut safe = Safe::of(book);
    // Of plans that are as good as one another the first counts: promises are kept.
    let before = book.has_promises().then_some(Beginning::AsPromised);
    let more = (is_first && neighbourhood::is_worth_it(book)).then_some(Beginning::HeaviestFirst);
    let beginnings = before
        .into_iter()
        .chain([Beginning::LeastFreeFirst])
        .chain(more)
        .collect();
    let begin = |book: &mut Book<'_>, beginning: Beginning| beginning.plan(book, leanings, tolls);
    let (begun, at_once) = beside::with_another(
        book,
        |book| beside::each(book, beginnings, begin),
        is_tight.then_some(safe::at_once),
    );
    if begun.iter().any(Saved::is_anybody_late) {
        safe.know_at_once(at_once.unwrap_or_else(|| safe::at_once(book)));
    }
    let ended = beside::each(book, begun, |book, begun| {
        book.restore(&begun);
        safe.rescue(book);
        improve::improve(book, tolls);
        book.close()
    });
    if let Some(best) = ended.into_iter().reduce(Saved::or_better) {
        book.restore(&best);
    }
    neighbourhood::search(book, is_first, seed);
    safe.or_better(book.close())
}

/// How many rounds an instance of this size is worth; fewer where prices of before are known.
fn rounds(bidders: &[Bidder], grid: &Grid, is_warm: bool) -> usize {
    let most = if is_warm { WARM_ROUNDS } else { ROUNDS.1 };
    ((most as f64 * effort(looks(bidders, grid) as f64, ALL_ROUNDS)) as usize).max(ROUNDS.0)
}

/// The share of its limit of work that an instance of this size is worth: all of it up to a size, at twice that size a quarter,
/// for the more bidders there are, the less hangs on each of them.
fn effort(size: f64, all: f64) -> f64 {
    let size = size / all;
    (size * size).max(1.0).recip()
}

/// Prices of coarse slots as sums over the borders of finer ones.
pub(super) fn tolls(prices: &[Vec<f64>], grid: &Grid, capacity: &Capacity) -> Vec<Vec<f64>> {
    let fine = capacity.grid().step();
    let cut = (grid.step() / fine) as usize;
    let row = |prices: &Vec<f64>| {
        if prices.iter().all(|price| *price == 0.0) {
            return Vec::new();
        }
        let prices = prices
            .iter()
            .flat_map(|price| std::iter::repeat_n(price * in_hours(fine), cut));
        prefix(prices)
    };
    prices.iter().map(row).collect()
}
