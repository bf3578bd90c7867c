//! A run without a break: as soon as there is room, and too late where there is none in time.

use super::super::curve::in_hours;
use super::super::grid::Offset;
use super::super::rows::Standing;
use super::best::{Best, Start};
use super::bid::{Bid, Bidder};
use super::contiguous::{Ground, Market, border_after};

impl Bidder {
    /// By site: what a run without a break costs that starts as soon as it can; infinite where that is not known.
    pub(in crate::planner) fn find_costs_at_once(&self, ground: Ground<'_>) -> Vec<f64> {
        let cost = |site| {
            self.known(site, self.first, ground)
                .map_or(f64::INFINITY, |start| start.cost)
        };
        (0..self.sites.len()).map(cost).collect()
    }

    /// What it costs to start as soon as it can, where that has room: whoever could pays for nobody's saving. Without end where
    /// it has none.
    pub(super) fn start_at_once(&self, market: Market<'_>) -> f64 {
        let mut least = f64::INFINITY;
        if !self.may_begin(self.first, market) {
            return least;
        }
        for (site, cost) in self.costs_at_once.iter().enumerate() {
            if *cost < least && self.has_room(site, self.first, market) {
                least = *cost;
            }
        }
        least
    }

    /// Where it runs on and nothing else is possible, because it runs and may not be paused.
    pub(super) fn stays_in(&self) -> Option<usize> {
        match self.standing {
            Standing::Running(site, ran) if !self.free.as_ref().is_some_and(|free| free.may_pause(ran)) => Some(site),
            _ => None,
        }
    }

    /// To run on in a site, if that has room.
    pub(super) fn goes_on(&self, site: usize, market: Market<'_>) -> Option<Bid> {
        let start = self.at(site, self.first, market)?;
        let is_late = self.first > self.last;
        Some(if is_late {
            self.late_at(site, start.at, market)
        } else {
            self.bid(start)
        })
    }

    /// The soonest run without a break that has room; if it runs already, that it runs on, and nothing else where it may not be
    /// paused.
    pub(in crate::planner) fn soonest(&self, market: Market<'_>) -> Option<Bid> {
        if let Standing::Running(site, _) = self.standing {
            let goes_on = self.goes_on(site, market);
            if goes_on.is_some() || self.stays_in().is_some() {
                return goes_on;
            }
        }
        let soonest = self.soonest_start(market).map(|(soonest, _)| self.bid(soonest));
        soonest.or_else(|| self.late(market))
    }

    /// The soonest start, with its score and the price of its room; of equals the one that costs least.
    pub(super) fn soonest_start(&self, market: Market<'_>) -> Option<(Start, f64)> {
        let mut best = Best::default();
        let may_begin = !market.room || market.capacity.may_release(self.first);
        if may_begin && self.first <= self.last {
            for site in 0..self.sites.len() {
                if let Some(start) = self.starts_at_once(site) {
                    let toll = self.toll(start, market);
                    if best.is_soonest(self, &start, toll) && self.has_room(site, start.at, market) {
                        best.offer(self, start, toll);
                    }
                }
            }
        }
        // Nothing is sooner than at once.
        if best.soonest.is_some() {
            return best.soonest;
        }
        for site in 0..self.sites.len() {
            let last = best.soonest.map_or(self.last, |(soonest, _)| soonest.at);
            if let Some(start) = self.soonest_in(site, last, market) {
                best.offer(self, start, self.toll(start, market));
            }
        }
        best.soonest
    }

    /// To start in a site as soon as it can, where the cost of that is known.
    fn starts_at_once(&self, site: usize) -> Option<Start> {
        let (at, cost) = (self.first, self.costs_at_once[site]);
        let start = Start {
            site,
            at,
            cost,
            score: cost,
        };
        cost.is_finite().then_some(start)
    }

    /// The soonest start in a site, not after `last`.
    fn soonest_in(&self, site: usize, last: Offset, market: Market<'_>) -> Option<Start> {
        let (capacity, grid) = (market.capacity, market.capacity.grid());
        let field = &market.fields[self.sites[site].field];
        let mut at = self.first;
        loop {
            if market.room {
                at = capacity.first_room(&self.sites[site].parts, at..=last, self.length)?;
            }
            if at > last || at >= grid.end() {
                return None;
            }
            let start = self.known(site, at, market.ground());
            if start.is_some() && (!market.room || capacity.may_release(at)) {
                return start;
            }
            let slot = grid.slot(at);
            let gap = start.is_none().then(|| field.unknown_until(field.known_until(slot)));
            at = grid.border(gap.unwrap_or_default().max(slot + 1));
        }
    }

    /// The first start with room after the last that is allowed: there it will start, for it is released in time and then
    /// waits for room.
    pub(super) fn late(&self, market: Market<'_>) -> Option<Bid> {
        let grid = market.capacity.grid();
        let first = grid.border(border_after(self.last.max(self.first), grid));
        let mut best: Option<(usize, Offset)> = None;
        for (number, site) in self.sites.iter().enumerate() {
            let last = best.map_or(Offset::MAX, |(_, soonest)| soonest - 1);
            if let Some(at) = market.capacity.first_room(&site.parts, first..=last, self.length) {
                best = Some((number, at));
            }
        }
        best.map(|(site, at)| self.late_at(site, at, market))
    }

    /// A start after the last that is allowed.
    fn late_at(&self, site: usize, at: Offset, market: Market<'_>) -> Bid {
        let end = (at + self.length).min(market.capacity.grid().end());
        let ground = market.ground();
        let cost = self.cost(&self.sites[site], at, end, ground) + self.entry(site, at, ground);
        let score = cost + self.waiting(at) + self.too_late(at);
        Bid {
            late: true,
            ..self.bid(Start { site, at, cost, score })
        }
    }

    /// What it costs to be so late as if it started then and ran on.
    pub(super) fn too_late(&self, start: Offset) -> f64 {
        self.lateness * (1.0 + in_hours((start - self.last).max(0)))
    }

    /// A start at this instant in the first of its sites, as its owner lists them, that has room then.
    pub(super) fn in_first_site(&self, at: Offset, market: Market<'_>) -> Option<Bid> {
        let mut sites = self.listed.iter().copied();
        if at <= self.last {
            return sites
                .find_map(|site| self.at(site, at, market))
                .map(|start| self.bid(start));
        }
        let capacity = market.capacity;
        let has_room = |site: &usize| capacity.has_room(&self.sites[*site].parts, at, at + self.length);
        let site = sites.find(|site| capacity.may_release(at) && has_room(site))?;
        Some(self.late_at(site, at, market))
    }
}
