//! The best start of a run without a break, among all that are offered.

use super::super::grid::Offset;
use super::bid::Bidder;

/// A start of a run without a break.
#[derive(Clone, Copy, Debug)]
pub(super) struct Start {
    pub(super) site: usize,
    pub(super) at: Offset,
    pub(super) cost: f64,
    pub(super) score: f64,
}

/// The best so far.
#[derive(Default)]
pub(super) struct Best {
    /// A later start may not cost more.
    pub(super) enough: f64,
    /// With its score and the price of its room.
    pub(super) soonest: Option<(Start, f64)>,
    pub(super) later: Option<(Start, f64)>,
}

/// A start after an instant that scores more than this, with the price of its room, is not wanted. To look is cheaper than to ask.
#[derive(Clone, Copy)]
pub(super) struct Bar {
    until: Offset,
    most: f64,
}

impl Bar {
    #[inline]
    pub(super) fn keeps_out(self, at: Offset, total: f64) -> bool {
        total > self.most && at > self.until
    }
}

impl Best {
    /// What keeps most of the others out from now on.
    pub(super) fn bar(&self, bidder: &Bidder) -> Bar {
        Bar {
            until: self.soonest.map_or(Offset::MAX, |(soonest, _)| soonest.at),
            most: self.later.map_or(f64::INFINITY, |(_, total)| total + bidder.equal),
        }
    }

    /// Whether this start is the soonest so far, or the best.
    #[inline]
    pub(super) fn wants(&self, bidder: &Bidder, start: &Start, toll: f64) -> bool {
        self.is_soonest(bidder, start, toll) || self.is_better(bidder, start, toll)
    }

    pub(super) fn offer(&mut self, bidder: &Bidder, start: Start, toll: f64) {
        let offered = Some((start, start.score + toll));
        if self.is_soonest(bidder, &start, toll) {
            self.soonest = offered;
        }
        if self.is_better(bidder, &start, toll) {
            self.later = offered;
        }
    }

    #[inline]
    pub(super) fn is_soonest(&self, bidder: &Bidder, start: &Start, toll: f64) -> bool {
        self.soonest.is_none_or(|(soonest, least)| {
            start.at < soonest.at || (start.at == soonest.at && start.score + toll < least - bidder.equal)
        })
    }

    #[inline]
    fn is_better(&self, bidder: &Bidder, start: &Start, toll: f64) -> bool {
        let total = start.score + toll;
        let is_better = |(later, least): (Start, f64)| {
            total < least - bidder.equal || (total <= least + bidder.equal && start.at < later.at)
        };
        start.cost <= self.enough && self.later.is_none_or(is_better)
    }

    pub(super) fn chosen(&self, bidder: &Bidder) -> Option<Start> {
        let (soonest, at_once) = self.soonest?;
        let enough = soonest.cost - bidder.minimum;
        let later = self.later.filter(|(later, total)| {
            let saves = bidder.minimum == 0.0 || later.cost <= enough;
            saves && *total < at_once - bidder.equal
        });
        Some(later.map_or(soonest, |(later, _)| later))
    }
}
