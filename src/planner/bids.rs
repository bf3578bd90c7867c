//! The jobs that are free to wait, as bidders in the market for room, and what they got there.

use super::amounts::Amount;
use super::bidders::{Fields, bidders};
use super::capacity::Capacity;
use super::costs::Costs;
use super::decision::Bound;
use super::grid::Grid;
use super::job::Job;
use super::market::{self, Bid, Bidder, Placed, book, give_back};
use super::snapshot::Snapshot;
use super::window::Start;

/// What the jobs that are free to wait got.
pub(super) struct Bids {
    /// By job: the pieces that are booked for it, with room; nothing where there is none at all.
    booked: Vec<Option<Box<(Bidder, Placed)>>>,
    /// What phantoms got: booked until all have decided, so that nobody takes it meanwhile.
    kept_free: Vec<(Bidder, Bid)>,
    /// By how much scarce room lifts the bound.
    above: f64,
    prices: Vec<Vec<f64>>,
    is_ideal: bool,
}

/// What a job got in the market.
#[derive(Clone, Copy)]
pub(super) struct Got<'b> {
    /// The job there.
    pub(super) bidder: &'b Bidder,
    /// What it costs there.
    pub(super) fields: &'b Fields,
    /// What it takes, and what it would take otherwise.
    pub(super) placed: &'b Placed,
    /// Whether it was chosen at posted prices: then no other start is better, though it may seem cheaper.
    pub(super) posted: bool,
}

impl Got<'_> {
    /// The first start.
    pub(super) fn start(&self) -> Start {
        let bid = &self.placed.bid;
        Start {
            at: bid.at(),
            cost: bid.cost,
            place: bid.site(),
            room: true,
        }
    }

    /// A start at the price that the market asks: of a run of unknown length what it is expected to cost. `None` where the job
    /// may not start there and then.
    pub(super) fn priced(&self, start: &Start, capacity: &Capacity) -> Option<Start> {
        let (fields, at) = (self.fields, (start.place, start.at));
        let cost = market::price(self.bidder, at, &fields.fine, capacity.grid())?;
        Some(Start { cost, ..*start })
    }
}

/// Whether all are of one namespace: then they make room for each other.
fn is_one_team(jobs: &[Job<'_>]) -> bool {
    jobs.windows(2)
        .all(|two| two[0].demand.job.namespace == two[1].demand.job.namespace)
}

/// The priorities that count, the highest first: whoever only may come takes no room from those with a higher one, so none
/// below those of all jobs.
fn priorities(jobs: &[Job<'_>], phantoms: &[Job<'_>]) -> Vec<i32> {
    let of = |job: &Job<'_>| job.rules.priority;
    let least = jobs.iter().map(of).min();
    let mut priorities: Vec<i32> = jobs.iter().chain(phantoms).map(of).collect();
    priorities.retain(|priority| least.is_some_and(|least| *priority >= least));
    priorities.sort_unstable_by(|a, b| b.cmp(a));
    priorities.dedup();
    priorities
}

/// Raises prices of room, by zone and resource, to these; a row or all of them may be empty, where nothing is scarce.
fn at_least(prices: &mut Vec<Vec<f64>>, others: Vec<Vec<f64>>) {
    if prices.is_empty() {
        *prices = others;
        return;
    }
    for (row, other) in prices.iter_mut().zip(others) {
        if row.is_empty() {
            *row = other;
        } else {
            row.iter_mut()
                .zip(other)
                .for_each(|(price, other)| *price = price.max(other));
        }
    }
}

/// What room that others have taken is worth at these prices: had they left it, so much less could the rest have cost.
fn worth(taken: &[Vec<Amount>], prices: &[Vec<f64>], grid: &Grid, capacity: &Capacity) -> f64 {
    let tolls = market::tolls(prices, grid, capacity);
    let costs = |(tolls, taken): (&Vec<f64>, &Vec<Amount>)| -> f64 {
        let tolls = tolls.windows(2).map(|two| two[1] - two[0]);
        tolls.zip(taken).map(|(toll, taken)| toll * taken).sum()
    };
    tolls.iter().zip(taken).map(costs).sum()
}

impl Bids {
    /// Places the jobs, who stand in their turns, and books what they got; phantoms take part. `taken` is what others have
    /// taken who had a choice: they might have left it.
    ///
    /// Higher priorities come first, but nobody is late for that: if somebody is, and fewer are where all are placed together,
    /// then they are placed so.
    pub(super) fn of(
        jobs: &[Job<'_>],
        phantoms: &[Job<'_>],
        (snapshot, costs): (&Snapshot, &Costs<'_>),
        fields: &mut Fields,
        (capacity, taken): (&mut Capacity, Option<&[Vec<Amount>]>),
    ) -> Self {
        let warm = snapshot
            .prices
            .as_ref()
            .map(|prices| prices.on(&fields.grid, costs, capacity.resources()))
            .filter(|prices| prices.iter().flatten().any(|price| *price > 0.0));
        let begin = (warm.as_deref(), snapshot.seed);
        let priorities = priorities(jobs, phantoms);
        let Some(least) = priorities.last() else {
            return Self::none();
        };
        let placed = |least_of_each: &[i32], fields: &mut Fields, capacity: &mut Capacity| {
            Self::in_groups(
                (jobs, phantoms),
                least_of_each,
                snapshot,
                fields,
                (capacity, taken),
                begin,
            )
        };
        let by_priority = placed(&priorities, fields, capacity);
        if priorities.len() == 1 || by_priority.late() == 0 {
            return by_priority;
        }
        by_priority.each(|bidder, bid| give_back(bidder, bid, capacity));
        let together = placed(&[*least], fields, capacity);
        if together.late() < by_priority.late() {
            return together;
        }
        together.each(|bidder, bid| give_back(bidder, bid, capacity));
        by_priority.each(|bidder, bid| book(bidder, bid, capacity));
        by_priority
    }

    fn none() -> Self {
        Self {
            booked: Vec::new(),
            kept_free: Vec::new(),
            above: 0.0,
            prices: Vec::new(),
            is_ideal: true,
        }
    }

    /// Places one group after the other, each of those with at least this priority who are not yet placed.
    fn in_groups(
        (jobs, phantoms): (&[Job<'_>], &[Job<'_>]),
        least_of_each: &[i32],
        snapshot: &Snapshot,
        fields: &mut Fields,
        (capacity, taken): (&mut Capacity, Option<&[Vec<Amount>]>),
        begin: (Option<&[Vec<f64>]>, u64),
    ) -> Self {
        let (mut bids, mut rest, mut most) = (Self::none(), jobs, i32::MAX);
        for least in least_of_each {
            let group;
            (group, rest) = rest.split_at(rest.partition_point(|job| job.rules.priority >= *least));
            let phantoms = phantoms
                .iter()
                .filter(|phantom| (*least..=most).contains(&phantom.rules.priority));
            let all: Vec<&Job<'_>> = group.iter().chain(phantoms).collect();
            let mut bidders = bidders(&all, fields, snapshot);
            let yields = is_one_team(group);
            for (number, bidder) in bidders.iter_mut().enumerate() {
                (bidder.yields, bidder.is_phantom) = (yields, number >= group.len());
            }
            bids.place(bidders, fields, (capacity, taken), begin);
            most = least.saturating_sub(1);
        }
        bids
    }

    /// How many are late, or without any room.
    fn late(&self) -> usize {
        let is_late = |placed: &&Option<Box<(Bidder, Placed)>>| placed.as_ref().is_none_or(|placed| placed.1.bid.late);
        self.booked.iter().filter(is_late).count()
    }

    /// All that is booked.
    fn each(&self, mut change: impl FnMut(&Bidder, &Bid)) {
        for placed in self.booked.iter().flatten() {
            change(&placed.0, &placed.1.bid);
        }
        for (bidder, bid) in &self.kept_free {
            change(bidder, bid);
        }
    }

    fn place(
        &mut self,
        bidders: Vec<Bidder>,
        fields: &Fields,
        (capacity, taken): (&mut Capacity, Option<&[Vec<Amount>]>),
        begin: (Option<&[Vec<f64>]>, u64),
    ) {
        let is_certain =
            |bidder: &Bidder| bidder.per_hour == 0.0 && !bidder.is_of_unknown_length() && !bidder.is_phantom;
        let is_first = self.booked.is_empty() && self.kept_free.is_empty();
        let outcome = market::place(&bidders, fields.both(), capacity, &fields.grid, begin);
        if is_first && bidders.iter().all(is_certain) {
            let worth = taken.map_or(0.0, |taken| worth(taken, &outcome.prices, &fields.grid, capacity));
            self.above = (outcome.above - worth).max(0.0);
        }
        self.is_ideal &= outcome.is_ideal;
        at_least(&mut self.prices, outcome.prices);
        for (bidder, placed) in bidders.into_iter().zip(outcome.placed) {
            if bidder.is_phantom {
                self.keep_free(bidder, placed, capacity);
            } else {
                self.got(bidder, placed, capacity);
            }
        }
    }

    fn got(&mut self, bidder: Bidder, placed: Option<Placed>, capacity: &mut Capacity) {
        self.booked.push(placed.map(|placed| {
            book(&bidder, &placed.bid, capacity);
            Box::new((bidder, placed))
        }));
    }

    fn keep_free(&mut self, phantom: Bidder, placed: Option<Placed>, capacity: &mut Capacity) {
        if let Some(placed) = placed.filter(|placed| !placed.bid.late) {
            book(&phantom, &placed.bid, capacity);
            self.kept_free.push((phantom, placed.bid));
        }
    }

    /// Gives back what phantoms have booked.
    pub(super) fn forget_phantoms(&mut self, capacity: &mut Capacity) {
        for (bidder, bid) in self.kept_free.drain(..) {
            give_back(&bidder, &bid, capacity);
        }
    }

    /// What a job got in time, or as wide as it can be now that it is late; it is given back, for the job to decide.
    pub(super) fn take<'b>(&'b self, number: usize, fields: &'b Fields, capacity: &mut Capacity) -> Option<Got<'b>> {
        let (bidder, placed) = &**self.booked[number].as_ref()?;
        give_back(bidder, &placed.bid, capacity);
        bidder.takes(&placed.bid).then_some(Got {
            bidder,
            fields,
            placed,
            posted: false,
        })
    }

    /// Books what a job got again, as it has decided for it.
    pub(super) fn keep(&self, number: usize, capacity: &mut Capacity) {
        if let Some(pieces) = &self.booked[number] {
            book(&pieces.0, &pieces.1.bid, capacity);
        }
    }

    /// The bound with what the market knows of scarce room.
    pub(super) fn bound(&self, bound: Bound) -> Bound {
        Bound {
            lower_bound: (bound.lower_bound + self.above).min(bound.cost),
            ..bound
        }
    }

    /// Whether all got what they would take if each were alone.
    pub(super) fn is_ideal(&self) -> bool {
        self.is_ideal
    }

    /// What room costs, by zone and resource, on the slots of costs.
    pub(super) fn prices(&self) -> &[Vec<f64>] {
        &self.prices
    }
}
