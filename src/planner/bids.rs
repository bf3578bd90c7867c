//! The jobs that are free to wait, as bidders in the market for room, and what they got there.

use super::bidders::{Fields, bidder};
use super::capacity::Capacity;
use super::costs::Costs;
use super::decision::Bound;
use super::grid::Grid;
use super::job::{Job, Place};
use super::market::{self, Bid, Bidder, Placed, book, give_back};
use super::prices::Prices;
use super::snapshot::Snapshot;
use super::window::Start;

/// How often jobs for which there is no room are taken out, and the others placed anew around them.
const TRIES: usize = 3;

/// What the jobs that are free to wait got.
pub(super) struct Bids {
    /// By job.
    booked: Vec<Booked>,
    /// What phantoms got: booked until all have decided, so that nobody takes it meanwhile.
    kept_free: Vec<(Bidder, Bid)>,
    /// By how much scarce room lifts the bound.
    above: f64,
    prices: Vec<Vec<f64>>,
}

/// What a job got in the market.
#[derive(Clone, Copy)]
pub(super) struct Got<'b> {
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
}

/// What is booked for a job.
enum Booked {
    /// Pieces with room.
    Pieces(Box<(Bidder, Placed)>),
    /// Room that will be free only after its last start: booked for it, for then it will run there.
    Late,
    /// Nothing: it starts at last wherever it can, and the others were placed around that.
    NoRoom(Place),
}

impl Bids {
    /// Places the jobs, higher priority first, and books what they got; phantoms take part.
    pub(super) fn of(
        jobs: &[Job<'_>],
        phantoms: &[Job<'_>],
        (snapshot, costs): (&Snapshot, &Costs<'_>),
        fields: &mut Fields,
        capacity: &mut Capacity,
    ) -> Self {
        let mut bids = Self {
            booked: Vec::with_capacity(jobs.len()),
            kept_free: Vec::new(),
            above: 0.0,
            prices: Vec::new(),
        };
        let warm = snapshot
            .prices
            .as_ref()
            .map(|prices| prices.on(&fields.grid, costs, capacity.resources()));
        // Jobs are in the order of their turns: equal priorities stand together.
        for group in jobs.chunk_by(|a, b| a.rules.priority == b.rules.priority) {
            let priority = group[0].rules.priority;
            let mut extra: Vec<Bidder> = Vec::new();
            for phantom in phantoms.iter().filter(|phantom| phantom.rules.priority == priority) {
                extra.push(bidder(phantom, fields, snapshot));
            }
            bids.place(group, extra, fields, (snapshot, costs), capacity, warm.as_deref());
        }
        bids
    }

    fn place(
        &mut self,
        jobs: &[Job<'_>],
        phantoms: Vec<Bidder>,
        fields: &mut Fields,
        (snapshot, costs): (&Snapshot, &Costs<'_>),
        capacity: &mut Capacity,
        warm: Option<&[Vec<f64>]>,
    ) {
        let mut bidders: Vec<Bidder> = jobs.iter().map(|job| bidder(job, fields, snapshot)).collect();
        let is_first = self.booked.is_empty();
        let proves = is_first
            && phantoms.is_empty()
            && bidders
                .iter()
                .all(|bidder| bidder.per_hour == 0.0 && !bidder.is_of_unknown_length());
        bidders.extend(phantoms);
        let is_one_team = jobs
            .windows(2)
            .all(|two| two[0].demand.job.namespace == two[1].demand.job.namespace);
        for bidder in &mut bidders {
            bidder.yields = is_one_team;
        }
        let mut out: Vec<Option<Place>> = vec![None; jobs.len()];
        for attempt in 1..=TRIES {
            let outcome = market::place(&bidders, (&fields.fine, &fields.coarse), capacity, &fields.grid, warm);
            let missing: Vec<usize> = (0..jobs.len())
                .filter(|number| out[*number].is_none() && outcome.placed[*number].is_none())
                .collect();
            for number in &missing {
                let (job, place) = (&jobs[*number], jobs[*number].anywhere(costs));
                capacity.book(&place.parts, job.last, job.last + job.length);
                out[*number] = Some(place);
                bidders[*number].sites.clear();
            }
            if attempt == 1 && proves {
                self.above = outcome.above;
            }
            if missing.is_empty() || attempt == TRIES {
                self.prices = outcome.prices;
                let mut all = bidders.into_iter().zip(outcome.placed);
                for (out, (bidder, placed)) in out.into_iter().zip(all.by_ref()) {
                    self.got(bidder, placed, out, capacity);
                }
                for (bidder, placed) in all {
                    self.keep_free(bidder, placed, capacity);
                }
                return;
            }
        }
    }

    fn got(&mut self, bidder: Bidder, placed: Option<Placed>, out: Option<Place>, capacity: &mut Capacity) {
        let booked = match (placed, out) {
            (Some(placed), _) => {
                book(&bidder, &placed.bid, capacity);
                if placed.bid.late {
                    Booked::Late
                } else {
                    Booked::Pieces(Box::new((bidder, placed)))
                }
            }
            (None, Some(place)) => Booked::NoRoom(place),
            (None, None) => Booked::Late,
        };
        self.booked.push(booked);
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

    /// What a job got; it is given back, for the job to decide.
    pub(super) fn take(&self, number: usize, job: &Job<'_>, capacity: &mut Capacity) -> Option<Got<'_>> {
        match &self.booked[number] {
            Booked::Pieces(pieces) => {
                let (bidder, placed) = &**pieces;
                give_back(bidder, &placed.bid, capacity);
                Some(Got { placed, posted: false })
            }
            Booked::Late => None,
            Booked::NoRoom(place) => {
                capacity.give_back(&place.parts, job.last, job.last + job.length);
                None
            }
        }
    }

    /// Books what a job got again, as it has decided for it.
    pub(super) fn keep(&self, number: usize, capacity: &mut Capacity) {
        if let Booked::Pieces(pieces) = &self.booked[number] {
            book(&pieces.0, &pieces.1.bid, capacity);
        }
    }

    /// What room was left is not all that there might have been: the market's bound holds for nobody else.
    pub(super) fn prove_nothing(&mut self) {
        self.above = 0.0;
    }

    /// The bound with what the market knows of scarce room.
    pub(super) fn bound(&self, bound: Bound) -> Bound {
        Bound {
            lower_bound: (bound.lower_bound + self.above).min(bound.cost),
            ..bound
        }
    }

    /// What room costs, by zone and resource, on the slots of costs.
    pub(super) fn into_prices(self) -> Vec<Vec<f64>> {
        self.prices
    }

    /// What room costs, for whoever reads the plan.
    pub(super) fn prices(&self, grid: &Grid, costs: &Costs<'_>) -> Prices {
        Prices::of(&self.prices, grid, costs)
    }
}
