//! A job that may be more than started: paused, run wider, or both; or whose length only time will tell.

use smallvec::smallvec;

use super::super::curve::in_hours;
use super::super::demand::{Pausing, Step};
use super::super::elastic::{self, Widths};
use super::super::grid::Offset;
use super::super::hazard::{self, Hazard};
use super::super::pausable;
use super::super::rows::{Piece, Pieces, Rows, Standing};
use super::super::survival::Survival;
use super::bid::{Bid, Bidder};
use super::contiguous::Market;
use super::rows;

/// A program of more states than this gets coarser rows: it would take more than about a millisecond.
const MOST_STATES: usize = 1 << 19;

/// A job that may be widened gets coarser rows beyond so many.
const MOST_ROWS: usize = 96;

/// What else than its start may be chosen of a job.
#[derive(Clone, Debug)]
pub(in crate::planner) struct Free {
    /// How it may be paused, and how often it has been.
    pub(in crate::planner) pausing: Option<(Pausing, u32)>,
    /// How wide it may run, the first step first; empty: as it is.
    pub(in crate::planner) steps: Vec<Step>,
    /// Whether it may start so late that it must run wider to be in time.
    pub(in crate::planner) may_hurry: bool,
    /// What was planned for it before, piece by piece; the last piece ends when its work is done.
    pub(in crate::planner) course: Vec<Piece>,
    /// How long it runs, where only that is known, and what it has behind it.
    pub(in crate::planner) survival: Option<(Survival, Offset)>,
}

/// What is kept from bidder to bidder.
#[derive(Debug, Default)]
pub(super) struct Scratch {
    /// The rows of the bidder that has its turn.
    pub(super) rows: Rows,
    /// Sums of the price of room.
    pub(super) sums: Vec<f64>,
    pausable: pausable::Scratch,
}

impl Free {
    /// Whether its length is not known.
    pub(super) fn is_of_unknown_length(&self) -> bool {
        self.survival.is_some()
    }

    /// Whether it may run in more than one piece.
    pub(in crate::planner) fn has_pieces(&self) -> bool {
        self.pausing.is_some() || self.widens()
    }

    /// Whether it can keep to what was planned piece by piece: of an unknown length that is no more than expected.
    pub(super) fn keeps_course(&self) -> bool {
        self.has_pieces() && self.survival.is_none() && !self.course.is_empty()
    }

    /// Whether it may be paused after it has run for so long.
    pub(super) fn may_pause(&self, ran: Offset) -> bool {
        self.pausing
            .is_some_and(|(pausing, pauses)| pausing.may_pause(ran, pauses))
    }

    /// Whether it may run wider: one whose length nobody knows does not.
    fn widens(&self) -> bool {
        self.steps.len() > 1 && self.survival.is_none()
    }

    /// How wide it may run: the step, its power and its throughput.
    pub(super) fn widths(&self) -> impl Iterator<Item = (usize, f64, f64)> + '_ {
        let steps = self.steps.iter().enumerate();
        let own = steps.map(|(number, step)| (number, step.power, step.throughput));
        let only = self.steps.is_empty().then_some((0, 1.0, 1.0));
        own.chain(only).filter(|(_, _, throughput)| *throughput > 0.0)
    }

    /// How many hours of its power it costs to begin to run in a site.
    pub(super) fn entry(&self, standing: Standing, site: usize) -> f64 {
        let from = match standing {
            Standing::Fresh => return 0.0,
            Standing::Running(there, _) if there == site => return 0.0,
            Standing::Running(there, _) | Standing::Paused(there) => there,
        };
        // A job that may not move has no other site.
        let hours = self.pausing.and_then(|(pausing, _)| pausing.resume_hours(from, site));
        hours.unwrap_or(0.0)
    }
}

impl Bidder {
    /// Whether it is in time no more unless it runs wider.
    fn must_hurry(&self) -> bool {
        self.first > self.last && self.free.as_ref().is_some_and(|free| free.may_hurry)
    }

    /// Whether it takes what it could get: what is in time, or what it hurries to at once.
    pub(in crate::planner) fn takes(&self, bid: &Bid) -> bool {
        !bid.late || self.must_hurry() && bid.at() == self.first
    }

    /// The pieces that are best for it: those of the solver of its freedom, or one run without a break where they save too
    /// little against it.
    pub(super) fn best_pieces(&self, free: &Free, market: Market<'_>, scratch: &mut super::Scratch) -> Option<Bid> {
        let Some(best) = self.solve(free, market, &mut scratch.free) else {
            let widest = self.must_hurry().then(|| self.as_wide_as_it_may(free, market));
            return widest.flatten().or_else(|| self.best_start(market, scratch));
        };
        // The program for an unknown length itself never takes more than running on from now.
        let is_too_late = self.first > self.last;
        if is_too_late || self.minimum == 0.0 && (self.yields || self.is_of_unknown_length()) {
            return Some(best);
        }
        // Whoever could run on at once pays for no other team's saving, and waits for nothing below the minimum.
        let enough = self.at_once(market, &mut scratch.free) - self.minimum;
        if best.cost <= enough {
            return Some(best);
        }
        self.soonest(market).filter(|soonest| !soonest.late).or(Some(best))
    }

    /// Too late: to run at once, as wide as there is room for, where that costs least.
    fn as_wide_as_it_may(&self, free: &Free, market: Market<'_>) -> Option<Bid> {
        let mut widths: Vec<(usize, f64)> = free.widths().map(|(step, _, throughput)| (step, throughput)).collect();
        widths.sort_by(|a, b| b.1.total_cmp(&a.1));
        let bid = |site: usize, (step, throughput): (usize, f64)| {
            let takes = (self.length as f64 / throughput).ceil() as Offset;
            let run = Piece {
                site,
                start: self.first,
                end: self.first.saturating_add(takes),
                step,
            };
            let may = self.may_pause_so(free, &[run]) && self.is_open(&run, market);
            may.then(|| {
                let bid = self.price(free, smallvec![run], None, market);
                let score = bid.score + self.too_late(run.end - self.length);
                Bid {
                    score,
                    late: true,
                    ..bid
                }
            })
        };
        widths.into_iter().find_map(|width| {
            let bids = (0..self.sites.len()).filter_map(|site| bid(site, width));
            bids.min_by(|a, b| a.score.total_cmp(&b.score))
        })
    }

    /// The pieces of least cost, price of waiting and price of room.
    fn solve(&self, free: &Free, market: Market<'_>, scratch: &mut Scratch) -> Option<Bid> {
        let sites = rows::look(self, market, scratch, |rows| match &free.pausing {
            _ if free.widens() => rows.len() <= MOST_ROWS,
            Some((pausing, pauses)) if free.survival.is_none() => {
                pausable::states(rows, self.length, *pauses, pausing) <= MOST_STATES
            }
            Some(_) => hazard::states(rows) <= hazard::MOST_STATES,
            None => true,
        });
        let standing = match self.standing {
            Standing::Paused(site) => Standing::Paused(number(&sites, site)?),
            Standing::Running(site, since) => Standing::Running(number(&sites, site)?, since),
            Standing::Fresh => Standing::Fresh,
        };
        let (mut pieces, expected) = match (&free.survival, free.pausing) {
            _ if free.widens() => (self.widen(free, &sites, standing, market, scratch)?, None),
            (Some((curve, done)), Some((pausing, pauses))) => {
                let terms = Hazard {
                    rows: &scratch.rows,
                    curve,
                    done: *done,
                    waiting: (self.last - self.first).max(0),
                    pausing: Pausing {
                        most: pausing.most.saturating_sub(pauses),
                        ..pausing
                    },
                    price_per_hour: self.per_hour,
                    standing,
                };
                let (cost, pieces) = course(&terms, market)?;
                (pieces, Some(cost))
            }
            (None, Some((pausing, pauses))) => {
                let rows = &scratch.rows;
                let found = pausable::best(rows, self.length, standing, pauses, &pausing, &mut scratch.pausable);
                (found?.1, None)
            }
            (_, None) => return None,
        };
        for piece in &mut pieces {
            piece.site = sites[piece.site];
        }
        (!pieces.is_empty()).then(|| self.price(free, pieces.into(), expected, market))
    }

    /// The best widths, in the best of the sites.
    fn widen(
        &self,
        free: &Free,
        sites: &[usize],
        standing: Standing,
        market: Market<'_>,
        scratch: &mut Scratch,
    ) -> Option<Vec<Piece>> {
        let (rows, pausing) = (&scratch.rows, free.pausing.as_ref().map(|(pausing, _)| pausing));
        let pauses = free.pausing.map_or(0, |(_, pauses)| pauses);
        let mut best: Option<(f64, Vec<Piece>)> = None;
        for (site, number) in sites.iter().enumerate() {
            let there = &self.sites[*number];
            let rates = rows::by_step(self, &free.steps, there, market, &rows.borders, &mut scratch.sums);
            let widths = Widths {
                site,
                borders: &rows.borders,
                rates: &rates,
                energy: &rows.energy[site],
                per_hour: rows.per_hour,
                steps: &free.steps,
                slack: if free.may_hurry {
                    Offset::MAX
                } else {
                    self.last - self.first
                },
            };
            let found = elastic::best(&widths, self.length, standing, pauses, pausing);
            if let Some(found) = found.filter(|(cost, _)| best.as_ref().is_none_or(|(least, _)| cost < least)) {
                best = Some(found);
            }
        }
        best.map(|(_, pieces)| pieces)
    }

    /// What it costs to start as soon as it can and to run on, where that has room; without end where it has none.
    pub(super) fn at_once(&self, market: Market<'_>, scratch: &mut Scratch) -> f64 {
        let Some(free) = self
            .free
            .as_ref()
            .filter(|free| free.pausing.is_some() && free.survival.is_some())
        else {
            return self.start_at_once(market);
        };
        let runs_on = Self {
            last: self.first,
            ..self.clone()
        };
        runs_on
            .solve(free, market, scratch)
            .map_or(f64::INFINITY, |bid| bid.cost)
    }

    /// What pieces cost; `expected` is said of jobs of unknown length.
    pub(super) fn price(&self, free: &Free, pieces: Pieces, expected: Option<f64>, market: Market<'_>) -> Bid {
        if let Some(cost) = expected {
            return Bid {
                pieces,
                cost,
                score: cost,
                late: false,
            };
        }
        // Where it is, and until when it has run there without a gap.
        let (mut standing, mut end) = (self.standing, self.first);
        let mut cost = 0.0;
        for piece in &pieces {
            let site = &self.sites[piece.site];
            let power = free.steps.get(piece.step).map_or(1.0, |step| step.power);
            let goes_on = matches!(standing, Standing::Running(there, _) if there == piece.site) && piece.start <= end;
            if !goes_on {
                let (field, grid) = (&market.fields[site.field], market.capacity.grid());
                let rate = field.rate(grid.slot(piece.start), grid) * self.kilowatts;
                cost += free.entry(standing.stopped(), piece.site) * power * rate;
            }
            cost += power * self.cost(site, piece.start, piece.end, market.ground());
            (standing, end) = (Standing::Running(piece.site, 0), piece.end);
        }
        let waits = in_hours((end - self.first - self.length).max(0));
        Bid {
            score: cost + self.per_hour * waits,
            cost,
            late: false,
            pieces,
        }
    }
}

/// The best course of a job of unknown length, with what it is expected to cost without the price of room.
fn course(terms: &Hazard<'_>, market: Market<'_>) -> Option<(f64, Vec<Piece>)> {
    let (cost, pieces) = terms.plan()?;
    if market.tolls.is_none() {
        return Some((cost, pieces));
    }
    let energy = &terms.rows.energy;
    let rows = Rows {
        borders: terms.rows.borders.clone(),
        rates: energy.clone(),
        energy: energy.clone(),
        per_hour: terms.rows.per_hour,
    };
    let alone = Hazard { rows: &rows, ..*terms };
    Some((alone.cost(&pieces).unwrap_or(cost), pieces))
}

fn number(sites: &[usize], site: usize) -> Option<usize> {
    sites.iter().position(|other| *other == site)
}
