//! Where the bidders lean: what they would take at the prices of an ascent, averaged over its rounds.
//!
//! At the right prices many starts of a run are equally good, so prices alone do not say how many may take which. The mean of
//! the answers does: it is a plan in fractions which keeps to the room nearly everywhere (Barahona and Anbil, "The Volume
//! Algorithm: Producing Primal Solutions with a Subgradient Method", Mathematical Programming 2000).

use super::super::grid::Offset;

/// What the latest round counts; all before it share the rest.
const LATEST: f64 = 0.1;
/// Less than this share of the rounds is chance.
const LEAST: f64 = 0.02;

/// A start of a run without a break, and the share of the rounds in which its bidder took it.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(super) struct Leaning {
    /// Where.
    pub(super) site: usize,
    /// When.
    pub(super) at: Offset,
    /// The later rounds count more.
    pub(super) share: f64,
}

/// By bidder: the starts to which it leans; none of one that runs in pieces.
#[derive(Clone, Debug)]
pub(super) struct Leanings(Vec<Vec<Leaning>>);

impl Leanings {
    /// Nobody has said anything yet.
    pub(super) fn of(bidders: usize) -> Self {
        Self(vec![Vec::new(); bidders])
    }

    /// Takes what a bidder would do in a further round.
    pub(super) fn hear(&mut self, number: usize, site: usize, at: Offset) {
        let leanings = &mut self.0[number];
        let latest = if leanings.is_empty() { 1.0 } else { LATEST };
        for leaning in &mut *leanings {
            leaning.share *= 1.0 - latest;
        }
        match leanings
            .iter_mut()
            .find(|leaning| (leaning.site, leaning.at) == (site, at))
        {
            Some(known) => known.share += latest,
            None => leanings.push(Leaning {
                site,
                at,
                share: latest,
            }),
        }
    }

    /// The starts that count, with shares that sum to 1.
    pub(super) fn of_bidder(&self, number: usize) -> Vec<Leaning> {
        let counts = |leaning: &&Leaning| leaning.share >= LEAST;
        let all: f64 = self.0[number].iter().filter(counts).map(|leaning| leaning.share).sum();
        let whole = |leaning: &Leaning| Leaning {
            share: leaning.share / all,
            ..*leaning
        };
        self.0[number].iter().filter(counts).map(whole).collect()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn later_rounds_count_more_and_what_is_hardly_ever_taken_does_not_count() {
        let mut leanings = Leanings::of(1);
        leanings.hear(0, 0, 7);
        (0..10).for_each(|_| leanings.hear(0, 1, 7));
        let first = 0.9_f64.powi(10);
        let [a, b] = leanings.of_bidder(0)[..] else {
            panic!("two starts")
        };
        assert!((a.share - first).abs() < 1e-12 && (b.share - (1.0 - first)).abs() < 1e-12);
        (0..40).for_each(|_| leanings.hear(0, 1, 7));
        let only = leanings.of_bidder(0);
        assert_eq!((only.len(), only[0].site, only[0].share), (1, 1, 1.0));
    }
}
