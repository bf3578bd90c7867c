//! A plan in the making: who has booked what.

use super::super::amounts::Part;
use super::super::capacity::Capacity;
use super::super::grid::{Grid, Offset};
use super::super::rows::Piece;
use super::bid::{Bid, Bidder, book, booked, give_back};
use super::contiguous::{Market, Scratch};
use super::field::Field;
use super::loses_nothing;
use super::roll::{Roll, Span, overlaps};

/// Who has booked what.
pub(super) struct Book<'a> {
    bidders: &'a [Bidder],
    /// What each would take if it were alone.
    ideals: &'a [Option<Bid>],
    fields: (&'a [Field], &'a [Field]),
    capacity: &'a mut Capacity,
    grid: &'a Grid,
    bids: Vec<Option<Bid>>,
    roll: Roll,
    scratch: Scratch,
}

/// A plan that can be returned to.
#[derive(Clone, Debug)]
pub(super) struct Saved {
    /// By bidder.
    pub(super) bids: Vec<Option<Bid>>,
    score: f64,
    /// Who is late, or without any room; ascending.
    pub(super) late: Vec<usize>,
}

impl Saved {
    /// Whether fewer bidders are late or without any room, or as many at a lower score.
    pub(super) fn is_better_than(&self, other: &Self) -> bool {
        (self.late.len(), self.score) < (other.late.len(), other.score)
    }

    /// Whether all are in time here who are so there.
    pub(super) fn keeps(&self, there: &Self) -> bool {
        self.late.iter().all(|number| there.late.binary_search(number).is_ok())
    }

    /// The better of two.
    pub(super) fn or_better(self, other: Self) -> Self {
        if other.is_better_than(&self) { other } else { self }
    }

    /// Whether somebody starts after its last allowed start.
    pub(super) fn is_anybody_late(&self) -> bool {
        !self.late.is_empty()
    }

    /// Whether a bidder is in time here and not there, or starts sooner.
    pub(super) fn is_sooner(&self, number: usize, there: Option<&Bid>) -> bool {
        let when = |bid: &Bid| (bid.late, bid.at());
        let here = self.bids[number].as_ref().map(when);
        here.is_some_and(|here| there.is_none_or(|there| here < when(there)))
    }
}

impl<'a> Book<'a> {
    /// An empty book.
    pub(super) fn new(
        bidders: &'a [Bidder],
        ideals: &'a [Option<Bid>],
        fields: (&'a [Field], &'a [Field]),
        capacity: &'a mut Capacity,
        grid: &'a Grid,
    ) -> Self {
        Self {
            bids: vec![None; bidders.len()],
            roll: Roll::new(bidders.len(), grid),
            bidders,
            ideals,
            fields,
            capacity,
            grid,
            scratch: Scratch::default(),
        }
    }

    /// An empty book of the same bidders over this room.
    pub(super) fn beside<'b>(&self, room: &'b mut Capacity) -> Book<'b>
    where
        'a: 'b,
    {
        Book::new(self.bidders, self.ideals, self.fields, room, self.grid)
    }

    /// What a bidder would take if it were alone, if that has room: then nothing is better. Where a minimum is to be saved, the
    /// start at once must have room too, for it is measured against that. Of pieces nothing is said where they are measured
    /// against it.
    pub(super) fn ideal_with_room(&self, number: usize) -> Option<Bid> {
        let (bidder, ideal) = (&self.bidders[number], self.ideals[number].as_ref()?);
        let market = self.market();
        if bidder.has_pieces() {
            let is_measured = bidder.minimum > 0.0 || (bidder.per_hour > 0.0 && !bidder.is_of_unknown_length());
            let has_room =
                bidder.may_begin(ideal.at(), market) && ideal.pieces.iter().all(|piece| bidder.is_open(piece, market));
            return (has_room && !is_measured && !ideal.late).then(|| ideal.clone());
        }
        if bidder.minimum > 0.0 && bidder.start_at_once(market).is_infinite() {
            return None;
        }
        bidder.bid_at(ideal.site(), ideal.at(), market)
    }

    /// Puts all where they were.
    pub(super) fn restore(&mut self, saved: &Saved) {
        for (number, bid) in saved.bids.iter().enumerate() {
            self.put(number, bid.clone());
        }
    }

    /// Whether anything was promised to anybody.
    pub(super) fn has_promises(&self) -> bool {
        self.bidders.iter().any(Bidder::is_promised_something)
    }

    /// The best start with room of a bidder that has none.
    pub(super) fn best(&mut self, number: usize, tolls: Option<&[Vec<f64>]>) -> Option<Bid> {
        let market = Market {
            tolls,
            ..Market::with_room(self.fields, self.capacity, self.grid)
        };
        self.bidders[number].best(market, &mut self.scratch)
    }

    /// The best start with room, if it is in time and scores no more than this; else any other, or none.
    pub(super) fn best_within(&mut self, number: usize, most: f64) -> Option<Bid> {
        let market = Market {
            most,
            ..Market::with_room(self.fields, self.capacity, self.grid)
        };
        self.bidders[number].best(market, &mut self.scratch)
    }

    /// This very start of a bidder that has none, if it has room and saves enough.
    pub(super) fn bid_at(&self, number: usize, site: usize, at: Offset) -> Option<Bid> {
        self.bidders[number].bid_at(site, at, self.market())
    }

    /// How many starts all bidders may look at, one after the other.
    pub(super) fn looks(&self) -> usize {
        looks(self.bidders, self.capacity.grid())
    }

    /// How many bidders want to start at an instant, in the mean.
    pub(super) fn crowd(&self) -> f64 {
        let windows = self
            .bidders
            .iter()
            .map(|bidder| (bidder.last - bidder.first).max(0) as f64);
        windows.sum::<f64>() / (self.grid.end() - self.grid.border(0)).max(1) as f64
    }

    /// How many bidders there are.
    pub(super) fn len(&self) -> usize {
        self.bidders.len()
    }

    /// The heaviest first.
    pub(super) fn heaviest_first(&self) -> Vec<usize> {
        self.greatest_first(Bidder::weight)
    }

    /// Those first that are heavy for how freely they may choose: for them there are the fewest places.
    pub(super) fn least_free_first(&self) -> Vec<usize> {
        self.greatest_first(|bidder| bidder.weight() / (1.0 + bidder.freedom()))
    }

    fn greatest_first(&self, size: impl Fn(&Bidder) -> f64) -> Vec<usize> {
        let mut order: Vec<(f64, usize)> = self.bidders.iter().map(size).zip(0..).collect();
        order.sort_by(|(a, _), (b, _)| b.total_cmp(a));
        order.into_iter().map(|(_, number)| number).collect()
    }

    /// Books.
    pub(super) fn put(&mut self, number: usize, bid: Option<Bid>) {
        debug_assert!(
            self.bids[number].is_none(),
            "it is taken out before it is put elsewhere"
        );
        if let Some(bid) = &bid {
            book(&self.bidders[number], bid, self.capacity);
            self.roll.enter(number, span(&self.bidders[number], bid));
        }
        self.bids[number] = bid;
    }

    /// Gives a booking back.
    pub(super) fn take_out(&mut self, number: usize) -> Option<Bid> {
        let bid = self.bids[number].take()?;
        give_back(&self.bidders[number], &bid, self.capacity);
        self.roll.strike(number);
        Some(bid)
    }

    /// Puts these where they stood.
    pub(super) fn put_back(&mut self, stood: Vec<(usize, Option<Bid>)>) {
        for (number, _) in &stood {
            self.take_out(*number);
        }
        for (number, bid) in stood {
            self.put(number, bid);
        }
    }

    /// The plan as it was; everything is given back.
    pub(super) fn close(&mut self) -> Saved {
        Saved {
            score: self.bids.iter().flatten().map(|bid| bid.score).sum(),
            late: self.late_ones(),
            bids: (0..self.bids.len()).map(|number| self.take_out(number)).collect(),
        }
    }

    /// What a plan costs. Whoever found no room at all counts as if it were alone, for the lower bound counts everybody.
    pub(super) fn cost(&self, plan: &Saved) -> f64 {
        let counts = |(bid, ideal): (&Option<Bid>, &Option<Bid>)| Some(bid.as_ref().or(ideal.as_ref())?.cost);
        plan.bids.iter().zip(self.ideals).filter_map(counts).sum()
    }

    /// What is left beside all that is booked.
    pub(super) fn market(&self) -> Market<'_> {
        Market::with_room(self.fields, self.capacity, self.grid)
    }

    /// What has been booked in.
    pub(super) fn capacity(&self) -> &Capacity {
        self.capacity
    }

    /// A bidder.
    pub(super) fn bidder(&self, number: usize) -> &'a Bidder {
        &self.bidders[number]
    }

    /// What a bidder takes.
    pub(super) fn bid(&self, number: usize) -> Option<&Bid> {
        self.bids[number].as_ref()
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

    /// What the room of a bid costs at these prices.
    pub(super) fn toll(&self, number: usize, bid: &Bid, tolls: &[Vec<f64>]) -> f64 {
        let bidder = &self.bidders[number];
        let toll = |piece: Piece| bidder.sites[piece.site].toll(&piece, tolls, self.capacity);
        booked(bidder, bid, self.capacity.grid()).map(toll).sum()
    }

    /// Whether nobody loses anything.
    pub(super) fn is_ideal(&self) -> bool {
        (0..self.bids.len()).all(|number| loses_nothing(self.loss(number), &self.bidders[number]))
    }

    /// Those that lose something, the greatest loss first.
    pub(super) fn losers(&self) -> Vec<usize> {
        let loses = |number: &usize| !loses_nothing(self.loss(*number), &self.bidders[*number]);
        let mut losers: Vec<usize> = (0..self.bids.len()).filter(loses).collect();
        losers.sort_by(|a, b| self.loss(*b).total_cmp(&self.loss(*a)));
        losers
    }

    /// Those that are late, or run nowhere; phantoms do not count.
    pub(super) fn late_ones(&self) -> Vec<usize> {
        let is_late = |number: &usize| self.bids[*number].as_ref().is_none_or(|bid| bid.late);
        let real = (0..self.bids.len()).filter(|number| !self.bidders[*number].is_phantom);
        real.filter(is_late).collect()
    }

    /// Who else runs where this bid of a bidder does, at a time when it does.
    pub(super) fn in_the_way(&self, number: usize, bid: &Bid) -> Vec<usize> {
        self.meeting(number, bid, |from, until| (from, until))
    }

    /// Who else runs where this bid of a bidder does, in a slot in which it does: room is counted in slots.
    pub(super) fn in_its_slots(&self, number: usize, bid: &Bid) -> Vec<usize> {
        let grid = self.capacity.grid();
        self.meeting(number, bid, |from, until| {
            let slots = grid.touched(from, until);
            (grid.border(slots.start), grid.border(slots.end))
        })
    }

    /// Who else runs where this bid of a bidder does, at a time around it.
    fn meeting(&self, number: usize, bid: &Bid, around: impl Fn(Offset, Offset) -> (Offset, Offset)) -> Vec<usize> {
        let bidder = &self.bidders[number];
        let Span { start, end, zones } = span(bidder, bid);
        let mut others = self.roll.within(around(start, end), zones);
        others.retain(|other| *other != number && self.meets(*other, bidder, bid, &around));
        others
    }

    /// Whether two bids whose spans overlap share a zone at some time.
    fn meets(
        &self,
        other: usize,
        bidder: &Bidder,
        bid: &Bid,
        around: impl Fn(Offset, Offset) -> (Offset, Offset),
    ) -> bool {
        let (standing, other, grid) = (self.bids[other].as_ref(), &self.bidders[other], self.capacity.grid());
        standing.is_some_and(|there| {
            if there.pieces.len() == 1 && bid.pieces.len() == 1 && self.capacity.zones() <= 64 {
                return true;
            }
            booked(other, there, grid).any(|there| {
                booked(bidder, bid, grid).any(|piece| {
                    let (from, until) = around(piece.start, piece.end);
                    let meets = overlaps(there.start, there.end, from, until);
                    meets && share_a_zone(&other.sites[there.site].parts, &bidder.sites[piece.site].parts)
                })
            })
        })
    }

    /// Whether a bidder runs where more is booked than there is.
    pub(super) fn is_crowded(&self, number: usize) -> bool {
        self.bids[number].as_ref().is_some_and(|bid| self.is_over(number, bid))
    }

    /// Whether more is booked than there is, of what this bid needs, at some time when it runs, or more is released at its start
    /// than the rate allows.
    pub(super) fn is_over(&self, number: usize, bid: &Bid) -> bool {
        let bidder = &self.bidders[number];
        let full = |part: &Part, start, end| {
            let slots = self.capacity.grid().touched(start, end);
            let over = |resource| {
                self.capacity.free(part.zone, resource)[slots.clone()]
                    .iter()
                    .any(|free| *free < 0.0)
            };
            part.needs().any(|(resource, _)| over(resource))
        };
        let over = |piece: Piece| {
            let parts = bidder.sites[piece.site].at_step(piece.step);
            parts.iter().any(|part| full(part, piece.start, piece.end))
        };
        (bidder.is_released(bid.at()) && self.capacity.is_rushed(bid.at()))
            || booked(bidder, bid, self.capacity.grid()).any(over)
    }
}

/// How many starts these bidders may look at on a grid, one after the other.
pub(super) fn looks(bidders: &[Bidder], grid: &Grid) -> usize {
    let starts = |bidder: &Bidder| grid.touched(bidder.first, bidder.last.max(bidder.first)).len();
    bidders
        .iter()
        .map(|bidder| 2 * bidder.sites.len() * starts(bidder))
        .sum()
}

/// From its first piece to its last, in the zones of all of them.
fn span(bidder: &Bidder, bid: &Bid) -> Span {
    let parts = bid.pieces.iter().flat_map(|piece| &bidder.sites[piece.site].parts);
    Span {
        start: bid.at(),
        end: bid.pieces.last().map_or(bid.at(), |piece| piece.end),
        zones: parts.fold(0, |zones, part| zones | 1 << (part.zone % 64)),
    }
}

fn share_a_zone(some: &[Part], others: &[Part]) -> bool {
    some.iter()
        .any(|part| others.iter().any(|other| part.zone == other.zone))
}

#[cfg(test)]
mod tests {
    use super::super::super::testing::{at, cores, demand, rules, snapshot, steps, zones};
    use super::super::super::{Demand, Pausing, Published, Snapshot};
    use super::super::testing::with_book;

    /// Eight jobs, some with a promise, in three zones of ten cores that change by the hour.
    fn drawn(random: &mut fastrand::Rng) -> Snapshot {
        let mut s = snapshot();
        for zone in ["a", "b", "c"] {
            let values: Vec<f64> = (0..12).map(|_| random.i32(100..400).into()).collect();
            steps(&mut s, zone, 3600, &values);
        }
        let rules = rules(&mut s);
        rules.minimum_saving = f64::from(random.u8(0..2)) * 0.05;
        rules.price_per_hour = f64::from(random.u8(0..2)) * 0.01;
        let mut job = |number: i64| {
            let (start, zone) = (at(random.i64(0..5 * 3600)), random.choice(["a", "b", "c"]));
            let promise = zone.map(|zone| Published {
                start,
                zones: zones(&[zone]),
                segments: Vec::new(),
            });
            Demand {
                request: cores(random.i64(2..8)),
                published: promise.filter(|_| random.bool()),
                ..demand(&number.to_string(), random.i64(0..6 * 3600), random.i64(600..4 * 3600))
            }
        };
        s.demands = (0..8).map(&mut job).collect();
        s
    }

    #[test]
    fn nothing_is_better_than_the_ideal_pieces_where_they_have_room() {
        let mut taken = 0;
        for seed in 0..300 {
            let mut snapshot = drawn(&mut fastrand::Rng::with_seed(seed));
            for job in &mut snapshot.demands {
                job.freedom.pausing = Some(Pausing {
                    resume_cost: jiff::SignedDuration::from_mins(5),
                    ..Pausing::default()
                });
            }
            with_book(&snapshot, |book| {
                for number in 0..book.len() {
                    let (ideal, best) = (book.ideal_with_room(number), book.best(number, None).unwrap());
                    if let Some(ideal) = ideal {
                        assert!(
                            ideal.score <= best.score + book.bidder(number).equal,
                            "seed {seed}, job {number}"
                        );
                        taken += 1;
                    }
                    book.put(number, Some(best));
                }
            });
        }
        assert!(taken > 200, "{taken}");
    }

    #[test]
    fn a_search_within_a_limit_finds_the_same_start_or_none_within() {
        let (mut same, mut other) = (0, 0);
        for seed in 0..300 {
            let snapshot = drawn(&mut fastrand::Rng::with_seed(seed));
            with_book(&snapshot, |book| {
                for number in 0..book.len() {
                    let best = book.best(number, None).unwrap();
                    for share in [0.3, 0.8, 0.97, 1.0, 1.03, 2.0] {
                        let most = share * best.score;
                        let within = book.best_within(number, most);
                        if best.late || best.score > most {
                            assert!(within.is_none_or(|bid| bid.score > most), "seed {seed}, job {number}");
                            other += 1;
                        } else {
                            assert_eq!(within.as_ref(), Some(&best), "seed {seed}, job {number}");
                            same += 1;
                        }
                    }
                    book.put(number, Some(best));
                }
            });
        }
        assert!(same > 5000 && other > 5000, "{same} and {other}");
    }
}
