//! A job that looks for its best start among what is free, at what room costs.

use super::super::capacity::{Capacity, Part};
use super::super::curve::in_hours;
use super::super::grid::{Grid, Offset};
use super::field::{Field, Sums};
use super::scan::Scan;

/// A job as the market sees it.
#[derive(Clone, Debug)]
pub(in crate::planner) struct Bidder {
    /// Where it may run.
    pub(in crate::planner) sites: Vec<Site>,
    /// When it was submitted.
    pub(in crate::planner) submitted: Offset,
    /// The first start that is possible.
    pub(in crate::planner) first: Offset,
    /// The last start that is allowed.
    pub(in crate::planner) last: Offset,
    /// What it takes.
    pub(in crate::planner) length: Offset,
    /// What it draws.
    pub(in crate::planner) kilowatts: f64,
    /// What an hour of waiting costs, in the unit of its cost.
    pub(in crate::planner) per_hour: f64,
    /// What a start after the soonest must save against it.
    pub(in crate::planner) minimum: f64,
    /// The start that it was promised: site, instant, and by how much another must be better.
    pub(in crate::planner) promise: Option<(usize, Offset, f64)>,
    /// What the first hour of lateness costs, and each hour after it.
    pub(in crate::planner) lateness: f64,
    /// Costs that differ by less are equal.
    pub(in crate::planner) equal: f64,
}

/// A place where a bidder may run.
#[derive(Clone, Debug)]
pub(in crate::planner) struct Site {
    /// What it takes there.
    pub(in crate::planner) parts: Vec<Part>,
    /// The field of its costs.
    pub(in crate::planner) field: usize,
}

/// A start that a bidder takes.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(in crate::planner) struct Bid {
    /// Which of its sites.
    pub(in crate::planner) site: usize,
    /// When.
    pub(in crate::planner) at: Offset,
    /// What it costs, in the unit of the objective.
    pub(in crate::planner) cost: f64,
    /// The cost with the price of waiting, and less what a kept promise is worth: what the market minimises.
    pub(in crate::planner) score: f64,
    /// Whether it starts after the last start that is allowed, because nothing before has room.
    pub(in crate::planner) late: bool,
}

/// What is kept from bidder to bidder, so that it is allocated once.
#[derive(Debug, Default)]
pub(in crate::planner) struct Scratch {
    free_from: Vec<usize>,
    sums: Vec<f64>,
}

/// What a bidder looks at: costs, room, and what room costs.
#[derive(Clone, Copy)]
pub(in crate::planner) struct Market<'a> {
    /// All fields.
    pub(in crate::planner) fields: &'a [Field],
    /// What is free; `None` where room is not asked for.
    pub(in crate::planner) capacity: &'a Capacity,
    /// By zone and resource: sums of the prices of a unit and hour; empty where it is free.
    pub(in crate::planner) tolls: Option<&'a [Vec<f64>]>,
    /// Whether a start must have room.
    pub(in crate::planner) room: bool,
}

impl<'a> Market<'a> {
    /// What there would be without the others.
    pub(in crate::planner) fn anywhere(fields: &'a [Field], capacity: &'a Capacity) -> Self {
        Self {
            fields,
            capacity,
            tolls: None,
            room: false,
        }
    }

    /// What there is beside the others.
    pub(in crate::planner) fn with_room(fields: &'a [Field], capacity: &'a Capacity) -> Self {
        Self {
            room: true,
            ..Self::anywhere(fields, capacity)
        }
    }
}

impl Bidder {
    /// The best start: the soonest, or the one with the least cost, price of waiting and price of room among those that save
    /// enough; the earliest of equals, and the first site.
    pub(in crate::planner) fn best(&self, market: Market<'_>, scratch: &mut Scratch) -> Option<Bid> {
        let mut best = Best {
            enough: self.at_once(market) - self.minimum,
            ..Best::default()
        };
        for site in 0..self.sites.len() {
            self.search(site, market, scratch, &mut best);
        }
        let promised = self.promised(market);
        let chosen = best.chosen(self);
        match (promised, chosen) {
            (Some(promised), Some(chosen)) if promised.score > chosen.score + self.equal => Some(chosen),
            (Some(promised), _) => Some(promised),
            (None, None) if market.room => self.late(market, scratch),
            (None, chosen) => chosen,
        }
    }

    /// What it costs to start as soon as it can, where that has room: whoever could pays for nobody's saving. Without end where
    /// it has none.
    fn at_once(&self, market: Market<'_>) -> f64 {
        let starts = (0..self.sites.len()).filter_map(|site| self.at(site, self.first, market));
        starts.map(|bid| bid.cost).fold(f64::INFINITY, f64::min)
    }

    /// The soonest start with room.
    pub(in crate::planner) fn soonest(&self, market: Market<'_>, scratch: &mut Scratch) -> Option<Bid> {
        let mut best = Best::default();
        for site in 0..self.sites.len() {
            self.search(site, market, scratch, &mut best);
        }
        best.soonest
            .map(|(soonest, _)| soonest)
            .or_else(|| self.late(market, scratch))
    }

    /// The first start with room after the last that is allowed: there it will start, for it is released in time and then
    /// waits for room.
    fn late(&self, market: Market<'_>, scratch: &mut Scratch) -> Option<Bid> {
        let grid = market.capacity.grid();
        let mut best: Option<Bid> = None;
        for (number, site) in self.sites.iter().enumerate() {
            let slots = grid.touched(self.last, grid.end());
            if slots.is_empty() {
                continue;
            }
            market
                .capacity
                .free_from(&site.parts, slots.clone(), &mut scratch.free_from);
            let first = border_after(self.last, grid);
            let fits = |slot: &usize| {
                let end = grid.touched(grid.border(*slot), grid.border(*slot) + self.length).end;
                scratch
                    .free_from
                    .get(end - 1 - slots.start)
                    .is_none_or(|free_from| free_from <= slot)
            };
            let until = best.map_or(grid.len(), |best| grid.slot(best.at));
            let Some(slot) = (first..until).find(fits) else {
                continue;
            };
            let at = grid.border(slot);
            let costs = Sums {
                at: market.fields[site.field].sums(),
                origin: grid.border(0),
                step: grid.step(),
            };
            let cost = (costs.until((at + self.length).min(grid.end())) - costs.until(at)) * self.kilowatts;
            let score =
                cost + self.per_hour * in_hours(at - self.first) + self.lateness * (1.0 + in_hours(at - self.last));
            best = Some(Bid {
                site: number,
                at,
                cost,
                score,
                late: true,
            });
        }
        best
    }

    fn search(&self, number: usize, market: Market<'_>, scratch: &mut Scratch, best: &mut Best) {
        let (site, grid) = (&self.sites[number], market.capacity.grid());
        let field = &market.fields[site.field];
        // A run of no length still stands in the slot of its start.
        let slots = grid.touched(self.first, self.last + self.length.max(1));
        if slots.is_empty() {
            return;
        }
        let known = field.known_until(slots.start);
        let scan = Scan {
            first: self.first,
            last: self.last,
            length: self.length,
            end: grid.border(known),
        };
        scratch.free_from.clear();
        if market.room {
            market
                .capacity
                .free_from(&site.parts, slots.clone(), &mut scratch.free_from);
        }
        let sums = |at| Sums {
            at,
            origin: grid.border(0),
            step: grid.step(),
        };
        let costs = sums(field.sums());
        let free_from = &scratch.free_from;
        let limited = market.room && market.capacity.limits_releases();
        let has_room = |at: Offset, touched: &std::ops::Range<usize>| {
            (free_from.is_empty() || free_from[touched.end - 1 - slots.start] <= touched.start)
                && (!limited || market.capacity.may_release(at))
        };
        let mut found = |at: Offset, cost: f64, toll: f64| {
            let waits = in_hours(at - self.first.min(at));
            best.offer(self, number, at, cost, cost + self.per_hour * waits, toll);
        };
        match market.tolls {
            None => scan.each([costs], grid, |at, [cost], touched| {
                if has_room(at, &touched) {
                    found(at, cost * self.kilowatts, 0.0);
                }
            }),
            Some(tolls) => {
                toll_sums(
                    site,
                    tolls,
                    market.capacity.resources(),
                    slots.start..known + 1,
                    &mut scratch.sums,
                );
                scan.each([costs, sums(&scratch.sums)], grid, |at, [cost, toll], touched| {
                    if has_room(at, &touched) {
                        found(at, cost * self.kilowatts, toll);
                    }
                });
            }
        }
    }

    /// The start that it was promised, if it has room.
    fn promised(&self, market: Market<'_>) -> Option<Bid> {
        let (site, at, worth) = self.promise?;
        let bid = self.at(site, at, market)?;
        Some(Bid {
            score: bid.score - worth,
            ..bid
        })
    }

    /// This very start, if its cost is known and it has room where that is asked for.
    fn at(&self, site: usize, at: Offset, market: Market<'_>) -> Option<Bid> {
        let (place, grid) = (self.sites.get(site)?, market.capacity.grid());
        let end = at + self.length;
        let touched = grid.touched(at, end);
        let field = &market.fields[place.field];
        let known = !touched.is_empty() && end <= grid.end() && field.is_known(touched.start, touched.end);
        if !known
            || (market.room && !(market.capacity.has_room(&place.parts, at, end) && market.capacity.may_release(at)))
        {
            return None;
        }
        let costs = Sums {
            at: field.sums(),
            origin: grid.border(0),
            step: grid.step(),
        };
        let cost = (costs.until(end) - costs.until(at)) * self.kilowatts;
        let score = cost + self.per_hour * in_hours(at - self.first.min(at));
        Some(Bid {
            site,
            at,
            cost,
            score,
            late: false,
        })
    }
}

fn border_after(at: Offset, grid: &Grid) -> usize {
    ((at - grid.border(0) + grid.step() - 1) / grid.step()).max(0) as usize
}

/// The sums of what the room of a site costs, at the borders in `borders`.
fn toll_sums(site: &Site, tolls: &[Vec<f64>], resources: usize, borders: std::ops::Range<usize>, sums: &mut Vec<f64>) {
    sums.clear();
    sums.resize(borders.end, 0.0);
    for part in &site.parts {
        for (resource, need) in part.needs() {
            let toll = &tolls[part.zone * resources + resource];
            if !toll.is_empty() {
                let sums = sums[borders.clone()].iter_mut().zip(&toll[borders.clone()]);
                sums.for_each(|(sum, toll)| *sum += need as f64 * toll);
            }
        }
    }
}

/// The best so far.
#[derive(Default)]
struct Best {
    /// A later start may not cost more.
    enough: f64,
    /// With its score and the price of its room.
    soonest: Option<(Bid, f64)>,
    later: Option<(Bid, f64)>,
}

impl Best {
    #[inline]
    fn offer(&mut self, bidder: &Bidder, site: usize, at: Offset, cost: f64, score: f64, toll: f64) {
        let bid = Bid {
            site,
            at,
            cost,
            score,
            late: false,
        };
        let total = score + toll;
        if self
            .soonest
            .is_none_or(|(soonest, least)| at < soonest.at || (at == soonest.at && total < least - bidder.equal))
        {
            self.soonest = Some((bid, total));
        }
        if cost > self.enough {
            return;
        }
        let better = self.later.is_none_or(|(later, least)| {
            total < least - bidder.equal || (total <= least + bidder.equal && at < later.at)
        });
        if better {
            self.later = Some((bid, total));
        }
    }

    fn chosen(&self, bidder: &Bidder) -> Option<Bid> {
        let (soonest, at_once) = self.soonest?;
        let enough = soonest.cost - bidder.minimum;
        let later = self.later.filter(|(later, total)| {
            let saves = bidder.minimum == 0.0 || later.cost <= enough;
            saves && *total < at_once - bidder.equal
        });
        Some(later.map_or(soonest, |(later, _)| later))
    }
}
