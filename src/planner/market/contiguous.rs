//! A run without a break: its best start among what is free, at what room costs.

use std::ops::Range;

use smallvec::smallvec;

use super::super::amounts::Part;
use super::super::capacity::Capacity;
use super::super::curve::in_hours;
use super::super::grid::{Grid, Offset};
use super::super::rows::Piece;
use super::best::{Best, Start};
use super::bid::{Bid, Bidder, Site};
use super::field::{Field, Sums};
use super::scan::{Scan, Starts};

/// What is kept from bidder to bidder, so that it is allocated once.
#[derive(Debug, Default)]
pub(in crate::planner) struct Scratch {
    free_from: Vec<usize>,
    sums: Vec<f64>,
    over: Vec<f64>,
    /// Where a start may be the best, each with the slots around it of which all is known.
    windows: Vec<(Scan, Range<usize>)>,
    pub(super) free: super::free::Scratch,
}

/// What a bidder looks at: costs, room, and what room costs.
#[derive(Clone, Copy)]
pub(in crate::planner) struct Market<'a> {
    /// All fields, on the slots of bookings.
    pub(in crate::planner) fields: &'a [Field],
    /// The same on those of costs.
    pub(in crate::planner) coarse: &'a [Field],
    /// What is free.
    pub(in crate::planner) capacity: &'a Capacity,
    /// The slots of costs, which are coarser than those of bookings.
    pub(in crate::planner) grid: &'a Grid,
    /// By zone and resource: sums of the prices of a unit and hour; empty where it is free.
    pub(in crate::planner) tolls: Option<&'a [Vec<f64>]>,
    /// Whether a start must have room.
    pub(in crate::planner) room: bool,
    /// A start that scores more is of no use.
    pub(in crate::planner) most: f64,
}

impl<'a> Market<'a> {
    /// What there would be without the others.
    pub(in crate::planner) fn anywhere(
        (fields, coarse): (&'a [Field], &'a [Field]),
        capacity: &'a Capacity,
        grid: &'a Grid,
    ) -> Self {
        Self {
            fields,
            coarse,
            capacity,
            grid,
            tolls: None,
            room: false,
            most: f64::INFINITY,
        }
    }

    /// What there is beside the others.
    pub(in crate::planner) fn with_room(
        fields: (&'a [Field], &'a [Field]),
        capacity: &'a Capacity,
        grid: &'a Grid,
    ) -> Self {
        Self {
            room: true,
            ..Self::anywhere(fields, capacity, grid)
        }
    }

    /// What running costs, on the slots of bookings.
    pub(super) fn ground(&self) -> Ground<'a> {
        (self.fields, self.capacity.grid())
    }
}

/// All fields, and the slots that they are on.
pub(super) type Ground<'a> = (&'a [Field], &'a Grid);

impl Bidder {
    /// What it takes if it takes what is best for it.
    pub(in crate::planner) fn best(&self, market: Market<'_>, scratch: &mut Scratch) -> Option<Bid> {
        match &self.free {
            Some(free) if free.has_pieces() => self.best_pieces(free, market, scratch),
            _ => self.best_start(market, scratch),
        }
    }

    /// The best start of a run without a break: the soonest, or the one with the least cost, price of waiting and price of room
    /// among those that save enough; the earliest of equals, and the site that may be cheapest. Where that is of no use, any other that is
    /// of no use, or none.
    pub(super) fn best_start(&self, market: Market<'_>, scratch: &mut Scratch) -> Option<Bid> {
        if let Some(site) = self.stays_in() {
            return self.goes_on(site, market);
        }
        let mut best = Best {
            enough: self.enough(market),
            ..Best::default()
        };
        for (least, site) in self.promising.iter().copied() {
            let most = best.later.map_or(market.most, |(_, total)| total.min(market.most));
            if least > most + self.equal {
                break; // Nor do the sites after it have a better one.
            }
            self.search(site, most + 2.0 * self.equal, market, scratch, &mut best);
        }
        // What must be saved is measured against the soonest start of all sites; it takes long to find where zones are full.
        if self.minimum > 0.0 && best.later.is_none_or(|(_, total)| total <= market.most) {
            best.soonest = self.soonest_start(market);
        }
        let promised = self
            .promised(market)
            .filter(|promised| !self.is_in_vain(promised, market));
        let chosen = best.chosen(self);
        match (promised, chosen) {
            (Some(promised), Some(chosen)) if promised.score > chosen.score + self.equal => Some(self.bid(chosen)),
            (Some(promised), _) => Some(self.bid(promised)),
            (None, None) if market.room && market.most.is_infinite() => self.late(market),
            (None, chosen) => chosen.map(|chosen| self.bid(chosen)),
        }
    }

    pub(super) fn bid(&self, start: Start) -> Bid {
        Bid {
            pieces: smallvec![Piece::of(start.site, start.at, start.at + self.length)],
            cost: start.cost,
            score: start.score,
            late: false,
        }
    }

    /// This very start, if it has room and saves enough.
    pub(super) fn bid_at(&self, site: usize, at: Offset, market: Market<'_>) -> Option<Bid> {
        let start = match self.promise {
            Some((there, then, _)) if (there, then) == (site, at) => self.promised(market)?,
            _ => self.at(site, at, market)?,
        };
        let is_chosen = at == self.first || start.cost <= self.enough(market);
        is_chosen.then(|| self.bid(start))
    }

    /// The most that a later start may cost.
    pub(super) fn enough(&self, market: Market<'_>) -> f64 {
        if self.first > self.last || self.yields && self.minimum == 0.0 {
            return f64::INFINITY;
        }
        self.start_at_once(market) - self.minimum
    }

    /// Whether the rate lets it begin then, where room is asked for.
    pub(super) fn may_begin(&self, at: Offset, market: Market<'_>) -> bool {
        !market.room || !self.is_released(at) || market.capacity.may_release(at)
    }

    /// Whether its run has room there and then, where that is asked for.
    pub(super) fn has_room(&self, site: usize, at: Offset, market: Market<'_>) -> bool {
        !market.room || market.capacity.has_room(&self.sites[site].parts, at, at + self.length)
    }

    /// What the room of a start costs.
    pub(super) fn toll(&self, start: Start, market: Market<'_>) -> f64 {
        let run = Piece::of(start.site, start.at, start.at + self.length);
        let toll = |tolls| self.sites[start.site].toll(&run, tolls, market.capacity);
        market.tolls.map_or(0.0, toll)
    }

    /// The slots whose borders the best start in a site is on, and its field on them. Whatever the room, those of costs will do; but
    /// what a run of unknown length costs has its own.
    fn search_ground<'m>(&self, site: &Site, market: Market<'m>) -> (&'m Grid, &'m Field) {
        if market.room || self.is_of_unknown_length() {
            (market.capacity.grid(), &market.fields[site.field])
        } else {
            (market.grid, &market.coarse[site.field])
        }
    }

    /// Offers all starts in a site that can be the best, if that scores no more than `most`.
    fn search(&self, number: usize, most: f64, market: Market<'_>, scratch: &mut Scratch, best: &mut Best) {
        let site = &self.sites[number];
        let (grid, field) = self.search_ground(site, market);
        self.windows(field, grid, most, market, &mut scratch.windows);
        let (Some((first, _)), Some((last, _))) = (scratch.windows.first(), scratch.windows.last()) else {
            return;
        };
        let slots = grid.touched(first.first, last.last + self.length.max(1));
        scratch.free_from.clear();
        if market.room {
            market
                .capacity
                .free_from(&site.parts, slots.clone(), &mut scratch.free_from);
        }
        let (free_from, limited) = (&scratch.free_from, market.room && market.capacity.limits_releases());
        let enters = self.free.is_some();
        let expected = field.expected().map(|expected| Sums::over(expected, grid));
        let mut look = |starts: Starts<'_>, tolls: Option<&[f64]>| {
            let (touched, mut bar) = (starts.touched.clone(), best.bar(self));
            // The slots that a run touches lie as far behind those of the first as it starts.
            let free_from = free_from.get(touched.end - 1 - slots.start..).unwrap_or_default();
            let over = starts.over(0);
            for start in that_have_room(free_from, touched.start, over.len()) {
                let at = starts.at(start);
                // Of a run of unknown length the start alone says what it is expected to cost.
                let mut cost = expected.map_or(over[start], |expected| expected.until(at)) * self.kilowatts;
                if enters {
                    cost += self.entry(number, at, market.ground());
                }
                let score = cost + self.waiting(at);
                let toll = tolls.map_or(0.0, |tolls| tolls[start]);
                if bar.keeps_out(at, score + toll) {
                    continue; // As it does with most.
                }
                let start = Start {
                    site: number,
                    at,
                    cost,
                    score,
                };
                if best.wants(self, &start, toll) && (!limited || market.capacity.may_release(at)) {
                    best.offer(self, start, toll);
                    bar = best.bar(self);
                }
            }
        };
        let costs = Sums::over(field.sums(), grid);
        for (scan, known) in &scratch.windows {
            let Some(tolls) = market.tolls else {
                scan.each([costs], grid, &mut scratch.over, |starts| look(starts, None));
                continue;
            };
            let (borders, resources) = (known.start..known.end + 1, market.capacity.resources());
            toll_sums(&site.parts, tolls, resources, borders, &mut scratch.sums);
            let tolls = Sums::over(&scratch.sums, grid);
            scan.each([costs, tolls], grid, &mut scratch.over, |starts| {
                let tolls = starts.over(1);
                look(starts, Some(tolls));
            });
        }
    }

    /// Where in a site a start may score no more than `most`. All of it where that is not limited, or where more counts than the
    /// cost of a run of known length.
    fn windows(
        &self,
        field: &Field,
        grid: &Grid,
        most: f64,
        market: Market<'_>,
        windows: &mut Vec<(Scan, Range<usize>)>,
    ) {
        windows.clear();
        let costs = Sums::over(field.sums(), grid);
        let is_wanted = |at, over: f64| over * self.kilowatts + self.waiting(at) <= most;
        let is_narrow = most.is_finite() && market.tolls.is_none() && self.free.is_none();
        for known in field.stretches(self.slots(grid)) {
            let scan = self.scan(&known, grid);
            if is_narrow {
                let keep = |part| windows.push((part, known.clone()));
                scan.narrowed(costs, field.even(), is_wanted, keep);
            } else {
                windows.push((scan, known));
            }
        }
    }

    /// What it was promised, if that has room, whatever it saves by now.
    pub(super) fn as_promised(&self, market: Market<'_>) -> Option<Bid> {
        match self.free.as_ref().filter(|free| free.keeps_course()) {
            Some(free) => self.as_planned(free, market),
            None => self.promised(market).map(|start| self.bid(start)),
        }
    }

    /// The start that it was promised, if it has room.
    fn promised(&self, market: Market<'_>) -> Option<Start> {
        let (site, at, worth) = self.promise?;
        let start = self.at(site, at, market)?;
        Some(Start {
            score: start.score - worth,
            ..start
        })
    }

    /// Whether a promise to wait has come to save nothing. Of jobs of known length, who decides for them sees to that, at exact
    /// costs.
    fn is_in_vain(&self, promised: &Start, market: Market<'_>) -> bool {
        let waits = self.is_of_unknown_length() && promised.at > self.first;
        waits && promised.cost > self.start_at_once(market) - self.equal
    }

    /// This very start, if its cost is known and it has room where that is asked for.
    pub(super) fn at(&self, site: usize, at: Offset, market: Market<'_>) -> Option<Start> {
        self.sites.get(site)?;
        let start = self.known(site, at, market.ground())?;
        (self.has_room(site, at, market) && self.may_begin(at, market)).then_some(start)
    }

    /// This very start, if its cost is known, and if it may begin there and then.
    pub(super) fn known(&self, site: usize, at: Offset, (fields, grid): Ground<'_>) -> Option<Start> {
        if self.stays_in().is_some_and(|there| (there, self.first) != (site, at)) {
            return None;
        }
        let place = &self.sites[site];
        let end = at + self.length;
        let touched = grid.touched(at, end);
        let field = &fields[place.field];
        let is_known = !touched.is_empty() && end <= grid.end() && field.is_known(touched.start, touched.end);
        is_known.then(|| {
            let cost = self.cost(place, at, end, (fields, grid)) + self.entry(site, at, (fields, grid));
            let score = cost + self.waiting(at);
            Start { site, at, cost, score }
        })
    }

    /// What it costs to wait until a start.
    #[inline]
    pub(super) fn waiting(&self, at: Offset) -> f64 {
        if self.per_hour == 0.0 {
            return 0.0; // As most do; this is asked of every start.
        }
        self.per_hour * in_hours(at - self.first)
    }

    /// What running in a site costs from one instant to the other; of a run of unknown length, what the whole run is expected to
    /// cost.
    pub(super) fn cost(&self, site: &Site, from: Offset, to: Offset, (fields, grid): Ground<'_>) -> f64 {
        let field = &fields[site.field];
        let sums = |at| Sums::over(at, grid);
        let kilowatt = match field.expected() {
            Some(expected) => sums(expected).until(from),
            None => sums(field.sums()).until(to) - sums(field.sums()).until(from),
        };
        kilowatt * self.kilowatts
    }

    /// What it costs to begin to run in a site, besides running: the energy of a resume.
    pub(super) fn entry(&self, site: usize, at: Offset, (fields, grid): Ground<'_>) -> f64 {
        let standing = if at > self.first {
            self.standing.stopped()
        } else {
            self.standing
        };
        let Some(hours) = self.free.as_ref().map(|free| free.entry(standing, site)) else {
            return 0.0;
        };
        if hours == 0.0 {
            return 0.0;
        }
        fields[self.sites[site].field].rate(grid.slot(at), grid) * self.kilowatts * hours
    }
}

/// Which of so many starts, each a slot after the one before, have room: `free_from` says from which slot on all have it up to
/// the last that each run touches, and nothing where all have it.
fn that_have_room(free_from: &[usize], first: usize, count: usize) -> impl Iterator<Item = usize> {
    let mut next = 0;
    std::iter::from_fn(move || {
        while let Some(free) = free_from.get(next).filter(|free| **free > first + next) {
            next = free - first; // Nor has any start before that one.
        }
        next += 1;
        (next <= count).then_some(next - 1)
    })
}

/// The first border of a grid at or after an instant.
pub(super) fn border_after(at: Offset, grid: &Grid) -> usize {
    ((at - grid.border(0) + grid.step() - 1) / grid.step()).max(0) as usize
}

/// The sums of what the room of a site costs, at the borders in `borders`.
pub(super) fn toll_sums(
    parts: &[Part],
    tolls: &[Vec<f64>],
    resources: usize,
    borders: std::ops::Range<usize>,
    sums: &mut Vec<f64>,
) {
    sums.clear();
    sums.resize(borders.end, 0.0);
    add_tolls(parts, tolls, resources, borders, sums);
}

/// Adds what the room of these parts costs to sums at the borders in `borders`.
pub(super) fn add_tolls(
    parts: &[Part],
    tolls: &[Vec<f64>],
    resources: usize,
    borders: std::ops::Range<usize>,
    sums: &mut [f64],
) {
    for part in parts {
        for (row, need) in part.rows(resources) {
            // Where nothing is scarce there are no sums, or one of nothing.
            let toll = &tolls[row];
            if toll.len() > 1 {
                let sums = sums[borders.clone()].iter_mut().zip(&toll[borders.clone()]);
                sums.for_each(|(sum, toll)| *sum += need * toll);
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn starts_that_have_no_room_are_passed_over_and_no_others() {
        let mut random = fastrand::Rng::with_seed(3);
        for _ in 0..500 {
            let (first, touches, count) = (random.usize(0..4), random.usize(1..5), random.usize(0..20));
            let full: Vec<bool> = (0..first + count + touches).map(|_| random.f64() < 0.2).collect();
            let after_full = |slot: usize| (0..=slot).rev().find(|slot| full[*slot]).map_or(0, |full| full + 1);
            let free_from: Vec<usize> = (0..count)
                .map(|start| after_full(first + start + touches - 1))
                .collect();
            let naive = (0..count).filter(|start| !full[first + start..first + start + touches].contains(&true));
            let found = that_have_room(&free_from, first, count);
            assert_eq!(found.collect::<Vec<_>>(), naive.collect::<Vec<_>>(), "{full:?}");
        }
        assert_eq!(
            that_have_room(&[], 5, 3).collect::<Vec<_>>(),
            [0, 1, 2],
            "where nothing is full"
        );
    }
}
