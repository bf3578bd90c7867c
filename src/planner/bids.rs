//! The jobs that are free to wait, as bidders in the market for room, and what they got there.

use std::collections::BTreeMap;

use super::capacity::Capacity;
use super::costs::Costs;
use super::curve::Curve;
use super::decision::Bound;
use super::grid::{Grid, Offset};
use super::guard::Guard;
use super::job::{Job, Place};
use super::market::{self, Bid, Bidder, Field, Site};
use super::planned::WORTH_A_REWRITE;
use super::prices::Prices;
use super::snapshot::Snapshot;
use super::window::{self, Start};
use crate::units::Signal;

/// What an hour of lateness costs, in runs at once: more than any start could save.
const LATENESS: f64 = 10.0;
/// How often jobs for which there is no room are taken out, and the others placed anew around them.
const TRIES: usize = 3;

/// What the jobs that are free to wait got.
pub(super) struct Bids {
    /// By job.
    got: Vec<Got>,
    /// By how much scarce room lifts the bound.
    above: f64,
    prices: Vec<Vec<f64>>,
}

/// What a job got in the market.
enum Got {
    /// A start with room.
    Start(Start),
    /// Room that will be free only after its last start: booked for it, for then it will run there.
    Late,
    /// Nothing: it starts at last wherever it can, and the others were placed around that.
    NoRoom(Place),
}

impl Bids {
    /// Places the jobs, higher priority first, and books what they got. Phantoms take part, but book nothing in the end.
    pub(super) fn of(
        jobs: &[Job<'_>],
        phantoms: &[Job<'_>],
        snapshot: &Snapshot,
        grid: &Grid,
        costs: &Costs<'_>,
        capacity: &mut Capacity,
    ) -> Self {
        let mut fields = Fields::new(grid, capacity.grid().clone());
        let mut bids = Self {
            got: Vec::with_capacity(jobs.len()),
            above: 0.0,
            prices: Vec::new(),
        };
        let warm = snapshot
            .prices
            .as_ref()
            .map(|prices| prices.on(grid, costs, capacity.resources()));
        // Jobs are in the order of their turns: equal priorities stand together.
        for group in jobs.chunk_by(|a, b| a.rules.priority == b.rules.priority) {
            let priority = group[0].rules.priority;
            let mut extra: Vec<Bidder> = Vec::new();
            for phantom in phantoms.iter().filter(|phantom| phantom.rules.priority == priority) {
                extra.push(bidder(phantom, &mut fields, grid));
            }
            bids.place(group, extra, &mut fields, (grid, costs), capacity, warm.as_deref());
        }
        bids
    }

    fn place(
        &mut self,
        jobs: &[Job<'_>],
        phantoms: Vec<Bidder>,
        fields: &mut Fields<'_>,
        (grid, costs): (&Grid, &Costs<'_>),
        capacity: &mut Capacity,
        warm: Option<&[Vec<f64>]>,
    ) {
        let mut bidders: Vec<Bidder> = jobs.iter().map(|job| bidder(job, fields, grid)).collect();
        let is_first = self.got.is_empty();
        let proves = is_first && phantoms.is_empty() && bidders.iter().all(|bidder| bidder.per_hour == 0.0);
        bidders.extend(phantoms);
        let mut out: Vec<Option<Place>> = vec![None; jobs.len()];
        for attempt in 1..=TRIES {
            let outcome = market::place(&bidders, (&fields.fine, &fields.coarse), capacity, grid, warm);
            let missing: Vec<usize> = (0..jobs.len())
                .filter(|number| out[*number].is_none() && outcome.bids[*number].is_none())
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
                for ((job, bid), out) in jobs.iter().zip(outcome.bids).zip(out) {
                    self.book(job, bid, out, capacity);
                }
                return;
            }
        }
    }

    fn book(&mut self, job: &Job<'_>, bid: Option<Bid>, out: Option<Place>, capacity: &mut Capacity) {
        self.got.push(match (bid, out) {
            (Some(bid), _) => {
                capacity.book(&job.places[bid.site].0.parts, bid.at, bid.at + job.length);
                capacity.release(bid.at);
                let start = Start {
                    at: bid.at,
                    cost: bid.cost,
                    place: bid.site,
                    room: true,
                };
                if bid.late { Got::Late } else { Got::Start(start) }
            }
            (None, out) => Got::NoRoom(out.unwrap_or(Place {
                zones: Vec::new(),
                parts: Vec::new(),
            })),
        });
    }

    /// What a job got; it is given back, for the job to decide.
    pub(super) fn take(&self, number: usize, job: &Job<'_>, capacity: &mut Capacity) -> Option<Start> {
        match &self.got[number] {
            Got::Start(start) => {
                capacity.give_back(&job.places[start.place].0.parts, start.at, start.at + job.length);
                capacity.unrelease(start.at);
                Some(*start)
            }
            Got::Late => None,
            Got::NoRoom(place) => {
                capacity.give_back(&place.parts, job.last, job.last + job.length);
                None
            }
        }
    }

    /// The bound with what the market knows of scarce room.
    pub(super) fn bound(&self, bound: Bound) -> Bound {
        Bound {
            lower_bound: (bound.lower_bound + self.above).min(bound.cost),
            ..bound
        }
    }

    /// What room costs.
    pub(super) fn prices(&self, grid: &Grid, costs: &Costs<'_>) -> Prices {
        Prices::of(&self.prices, grid, costs)
    }
}

/// The fields of all places, each made once.
struct Fields<'g> {
    grid: &'g Grid,
    finer: Grid,
    fine: Vec<Field>,
    coarse: Vec<Field>,
    known: BTreeMap<(Signal, Vec<(usize, u64)>), usize>,
}

impl<'g> Fields<'g> {
    fn new(grid: &'g Grid, finer: Grid) -> Self {
        Self {
            grid,
            finer,
            fine: Vec::new(),
            coarse: Vec::new(),
            known: BTreeMap::new(),
        }
    }

    fn of(&mut self, place: &Place, curve: &Curve, signal: Signal) -> usize {
        let key = place
            .parts
            .iter()
            .map(|part| (part.zone, part.share.to_bits()))
            .collect();
        *self.known.entry((signal, key)).or_insert_with(|| {
            self.fine.push(Field::of(curve, &self.finer));
            self.coarse.push(Field::of(curve, self.grid));
            self.fine.len() - 1
        })
    }
}

fn bidder(job: &Job<'_>, fields: &mut Fields<'_>, grid: &Grid) -> Bidder {
    let site = |(place, curve): &(Place, std::borrow::Cow<'_, Curve>)| Site {
        parts: place.parts.clone(),
        field: fields.of(place, curve, job.rules.signal),
    };
    let sites: Vec<Site> = job.places.iter().map(site).collect();
    let now = job
        .places
        .iter()
        .filter_map(|(_, curve)| Some(job.scaled(window::at(curve, job.first, job.length)?.cost)))
        .fold(f64::INFINITY, f64::min);
    let guard = Guard::of(job.rules, if now.is_finite() { now } else { 0.0 });
    let promise = job.demand.published.as_ref().and_then(|published| {
        let site = job.promised_place(&published.zones)?;
        let at: Offset = grid.offset(published.start).min(job.last);
        Some((site, at, WORTH_A_REWRITE * now))
    });
    Bidder {
        sites,
        submitted: grid.offset(job.demand.submitted),
        first: job.first,
        last: job.last,
        length: job.length,
        kilowatts: job.kilowatts,
        per_hour: guard.price_per_hour,
        minimum: guard.minimum,
        promise: promise.filter(|_| now.is_finite()),
        lateness: LATENESS * if now.is_finite() { now } else { 1.0 },
        equal: guard.equal,
    }
}
