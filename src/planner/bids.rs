//! The jobs that are free to wait, as bidders in the market for room, and what they got there.

use std::collections::BTreeMap;
use std::sync::Arc;

use super::capacity::{Capacity, Part};
use super::costs::Costs;
use super::curve::Curve;
use super::decision::Bound;
use super::demand::{Freedom, Step};
use super::grid::{Grid, Offset, nanos};
use super::guard::Guard;
use super::job::{Job, Place};
use super::market::{self, Bid, Bidder, Field, Free, Site, book, give_back};
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
    booked: Vec<Booked>,
    /// By how much scarce room lifts the bound.
    above: f64,
    prices: Vec<Vec<f64>>,
}

/// What a job got in the market.
#[derive(Clone, Copy)]
pub(super) struct Got<'b> {
    /// What it takes.
    pub(super) bid: &'b Bid,
    /// The score of what it would take if it were alone.
    pub(super) ideal: f64,
    /// The cost of that.
    pub(super) alone: f64,
    /// What it costs to start at once and to run without a break, whatever the room.
    pub(super) at_once: f64,
}

impl Got<'_> {
    /// The first start.
    pub(super) fn start(&self) -> Start {
        Start {
            at: self.bid.at(),
            cost: self.bid.cost,
            place: self.bid.site(),
            room: true,
        }
    }
}

/// What is booked for a job.
enum Booked {
    /// Pieces with room.
    Pieces(Box<(Bidder, market::Placed)>),
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
            booked: Vec::with_capacity(jobs.len()),
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
                extra.push(bidder(phantom, &mut fields, snapshot));
            }
            bids.place(group, extra, &mut fields, (snapshot, costs), capacity, warm.as_deref());
        }
        bids
    }

    fn place(
        &mut self,
        jobs: &[Job<'_>],
        phantoms: Vec<Bidder>,
        fields: &mut Fields<'_>,
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
        let mut out: Vec<Option<Place>> = vec![None; jobs.len()];
        for attempt in 1..=TRIES {
            let outcome = market::place(&bidders, (&fields.fine, &fields.coarse), capacity, fields.grid, warm);
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
                for ((bidder, placed), out) in bidders.into_iter().zip(outcome.placed).zip(out) {
                    self.got(bidder, placed, out, capacity);
                }
                return;
            }
        }
    }

    fn got(&mut self, bidder: Bidder, placed: Option<market::Placed>, out: Option<Place>, capacity: &mut Capacity) {
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

    /// What a job got; it is given back, for the job to decide.
    pub(super) fn take(&self, number: usize, job: &Job<'_>, capacity: &mut Capacity) -> Option<Got<'_>> {
        match &self.booked[number] {
            Booked::Pieces(pieces) => {
                let (bidder, placed) = &**pieces;
                give_back(bidder, &placed.bid, capacity);
                Some(Got {
                    bid: &placed.bid,
                    ideal: placed.ideal.score,
                    alone: placed.ideal.cost,
                    at_once: placed.at_once,
                })
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
    known: BTreeMap<(Signal, Vec<(usize, u64)>, Option<String>), usize>,
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

    /// The field of a place for a job: its own where only a curve of its length is known.
    fn of(&mut self, place: &Place, curve: &Curve, job: &Job<'_>, snapshot: &Snapshot) -> usize {
        let key = place
            .parts
            .iter()
            .map(|part| (part.zone, part.share.to_bits()))
            .collect();
        // A job that may be paused is planned piece by piece, by the plain rates.
        let name = job
            .demand
            .curve
            .as_ref()
            .filter(|_| job.demand.freedom.pausing.is_none());
        let survival = name.and_then(|name| snapshot.curves.get(name));
        let key = (job.rules.signal, key, survival.and(name.cloned()));
        *self.known.entry(key).or_insert_with(|| {
            let (fine, coarse) = (Field::of(curve, &self.finer), Field::of(curve, self.grid));
            match survival {
                Some(survival) => {
                    self.fine.push(fine.for_unknown_length(survival, &self.finer));
                    self.coarse.push(coarse.for_unknown_length(survival, self.grid));
                }
                None => {
                    self.fine.push(fine);
                    self.coarse.push(coarse);
                }
            }
            self.fine.len() - 1
        })
    }
}

fn bidder(job: &Job<'_>, fields: &mut Fields<'_>, snapshot: &Snapshot) -> Bidder {
    let grid = fields.grid;
    let free = job.is_free().then(|| free(job, snapshot));
    let wider = free
        .as_ref()
        .map_or(&[][..], |free| free.steps.get(1..).unwrap_or_default());
    let sites: Vec<Site> = job
        .places
        .iter()
        .map(|(place, curve)| Site {
            parts: place.parts.clone(),
            wider: wider
                .iter()
                .map(|step| wider_parts(place, step, &job.demand.freedom))
                .collect(),
            field: fields.of(place, curve, job, snapshot),
        })
        .collect();
    let now = job
        .places
        .iter()
        .filter_map(|(_, curve)| Some(job.scaled(window::at(curve, job.first, job.length)?.cost)))
        .fold(f64::INFINITY, f64::min);
    let guard = Guard::of(job.rules, if now.is_finite() { now } else { 0.0 });
    let promise = job
        .demand
        .published
        .as_ref()
        .filter(|_| free.is_none())
        .and_then(|published| {
            let site = job.promised_place(&published.zones)?;
            let at: Offset = grid.offset(published.start).min(job.last);
            Some((site, at, WORTH_A_REWRITE * now))
        });
    Bidder {
        sites,
        submitted: grid.offset(job.demand.submitted),
        place: job.place,
        first: job.first,
        last: job.last,
        length: job.length,
        kilowatts: job.kilowatts,
        free,
        per_hour: guard.price_per_hour,
        minimum: guard.minimum,
        promise: promise.filter(|_| now.is_finite()),
        lateness: LATENESS * if now.is_finite() { now } else { 1.0 },
        equal: guard.equal,
    }
}

fn free(job: &Job<'_>, snapshot: &Snapshot) -> Free {
    let Freedom { pausing, scaling } = &job.demand.freedom;
    let progress = job.demand.progress;
    let survival = job.demand.curve.as_ref().and_then(|name| snapshot.curves.get(name));
    Free {
        pausing: pausing.map(|pausing| (pausing, progress.pauses)),
        steps: scaling.as_ref().map_or_else(Vec::new, |scaling| scaling.steps.clone()),
        survival: survival.map(|curve| (Arc::new(curve.clone()), nanos(progress.done))),
    }
}

/// What a place takes of a job at a wider step.
fn wider_parts(place: &Place, step: &Step, freedom: &Freedom) -> Vec<Part> {
    let first = freedom.scaling.as_ref().and_then(|scaling| scaling.steps.first());
    let factor = f64::from(step.pods) / f64::from(first.map_or(1, |first| first.pods.max(1)));
    place.parts.iter().map(|part| part.times(factor)).collect()
}
