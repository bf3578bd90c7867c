//! A job that may be more than started: paused, run wider, or both; or whose length only time will tell.

use std::sync::Arc;

use super::super::curve::in_hours;
use super::super::demand::{Pausing, Step};
use super::super::grid::{Offset, nanos};
use super::super::pausable;
use super::super::rows::{Piece, Place, Rows};
use super::super::survival::Survival;
use super::bid::{Bid, Bidder};
use super::contiguous::{Market, border_after, toll_sums};
use super::field::Sums;

/// What else than its start may be chosen of a job.
#[derive(Clone, Debug)]
pub(in crate::planner) struct Free {
    /// How it may be paused, and how often it has been.
    pub(in crate::planner) pausing: Option<(Pausing, u32)>,
    /// How wide it may run, the first step first; empty: as it is.
    pub(in crate::planner) steps: Vec<Step>,
    /// How long it runs, where only that is known, and what it has behind it.
    pub(in crate::planner) survival: Option<(Arc<Survival>, Offset)>,
}

/// What is kept from bidder to bidder.
#[derive(Debug, Default)]
pub(super) struct Scratch {
    rows: Rows,
    sums: Vec<f64>,
    pausable: pausable::Scratch,
}

impl Free {
    /// Whether its length is not known.
    pub(super) fn is_of_unknown_length(&self) -> bool {
        self.survival.is_some()
    }

    /// Whether it may run in more than one piece.
    pub(super) fn has_pieces(&self) -> bool {
        self.pausing.is_some() || self.steps.len() > 1
    }

    /// How wide it may run: the step, its power and its throughput.
    pub(super) fn widths(&self) -> impl Iterator<Item = (usize, f64, f64)> + '_ {
        let steps = self.steps.iter().enumerate();
        let own = steps.map(|(number, step)| (number, step.power, step.throughput));
        let only = self.steps.is_empty().then_some((0, 1.0, 1.0));
        own.chain(only).filter(|(_, _, throughput)| *throughput > 0.0)
    }

    /// How many hours of its power it costs to begin to run in a site.
    pub(super) fn entry(&self, place: Place, site: usize) -> f64 {
        let Some((pausing, _)) = self.pausing else { return 0.0 };
        let cost = match place {
            Place::Fresh => return 0.0,
            Place::Running(there, _) if there == site => return 0.0,
            Place::Paused(there) if there == site => pausing.resume_cost,
            Place::Paused(_) | Place::Running(..) => pausing.migration_cost.unwrap_or_default(),
        };
        in_hours(nanos(cost))
    }
}

impl Bidder {
    /// The pieces that are best for it: those of the solver of its freedom, or one run without a break where they save too
    /// little against it.
    pub(super) fn best_pieces(&self, free: &Free, market: Market<'_>, scratch: &mut super::Scratch) -> Option<Bid> {
        let Some(pieces) = self.solve(free, market, &mut scratch.free) else {
            return self.best_start(market, scratch);
        };
        let soonest = self.soonest(market, scratch);
        let best = self.price(free, pieces, market);
        // Whoever could run on at once pays for nobody's saving, and waits for nothing below the minimum.
        let enough = self.at_once(market) - self.minimum;
        match soonest {
            Some(soonest) if best.cost > enough && !soonest.late => Some(soonest),
            _ => Some(best),
        }
    }

    /// The pieces of least cost, price of waiting and price of room.
    fn solve(&self, free: &Free, market: Market<'_>, scratch: &mut Scratch) -> Option<Vec<Piece>> {
        let Some((pausing, pauses)) = &free.pausing else {
            return None;
        };
        self.look(market, scratch);
        let found = pausable::best(
            &scratch.rows,
            self.length,
            self.place,
            *pauses,
            pausing,
            &mut scratch.pausable,
        );
        found.map(|(_, pieces)| pieces)
    }

    /// What pieces cost.
    fn price(&self, free: &Free, pieces: Vec<Piece>, market: Market<'_>) -> Bid {
        let mut place = self.place;
        let mut cost = 0.0;
        for piece in &pieces {
            let site = &self.sites[piece.site];
            let power = free.steps.get(piece.step).map_or(1.0, |step| step.power);
            let field = &market.fields[site.field];
            let grid = market.capacity.grid();
            let rate = field.rate(grid.slot(piece.start), grid) * self.kilowatts;
            if !matches!(place, Place::Running(there, _) if there == piece.site) {
                cost += free.entry(place, piece.site) * rate;
            }
            cost += power * self.cost(site, piece.start, piece.end, market);
            place = Place::Paused(piece.site);
        }
        let end = pieces.last().map_or(self.first, |piece| piece.end);
        let waits = in_hours((end - self.first - self.length).max(0));
        Bid {
            score: cost + self.per_hour * waits,
            cost,
            late: false,
            pieces,
        }
    }

    /// Looks at its window, row by row.
    fn look(&self, market: Market<'_>, scratch: &mut Scratch) {
        let rows = &mut scratch.rows;
        let (grid, fine) = (market.grid, market.capacity.grid());
        let end = (self.last + self.length).min(grid.end());
        rows.borders.clear();
        rows.borders.push(self.first);
        let inner = border_after(self.first + 1, grid)..;
        rows.borders.extend(
            inner
                .map(|border| grid.border(border))
                .take_while(|border| *border < end),
        );
        rows.borders.push(end.max(self.first));
        let count = rows.borders.len() - 1;
        for of_sites in [&mut rows.rates, &mut rows.energy] {
            of_sites.resize_with(self.sites.len(), Vec::new);
            of_sites.iter_mut().for_each(Vec::clear);
        }
        for (number, site) in self.sites.iter().enumerate() {
            let field = &market.fields[site.field];
            let resources = market.capacity.resources();
            let slots = fine.touched(self.first, end);
            match market.tolls {
                Some(tolls) => toll_sums(
                    &site.parts,
                    tolls,
                    resources,
                    slots.start..slots.end + 1,
                    &mut scratch.sums,
                ),
                None => scratch.sums.clear(),
            }
            for row in 0..count {
                let (from, to) = (rows.borders[row], rows.borders[row + 1]);
                let touched = fine.touched(from, to);
                let open = to > from
                    && field.is_known(touched.start, touched.end)
                    && (!market.room || market.capacity.has_room(&site.parts, from, to));
                let hours = in_hours(to - from);
                let energy = if open {
                    self.cost(site, from, to, market) / hours
                } else {
                    f64::INFINITY
                };
                let toll = if scratch.sums.is_empty() {
                    0.0
                } else {
                    let sums = Sums {
                        at: &scratch.sums,
                        origin: fine.border(0),
                        step: fine.step(),
                    };
                    (sums.until(to) - sums.until(from)) / hours
                };
                rows.energy[number].push(energy);
                rows.rates[number].push(energy + toll);
            }
        }
    }
}
