//! Where a bidder leans: what it would take at the prices of an ascent, averaged over its rounds.
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

/// The starts to which a bidder leans; none of one that runs in pieces, or that has said nothing yet.
#[derive(Clone, Debug, Default)]
pub(super) struct Leanings(Vec<Leaning>);

impl Leanings {
    /// Takes what it would do in a further round.
    pub(super) fn hear(&mut self, site: usize, at: Offset) {
        let latest = if self.0.is_empty() { 1.0 } else { LATEST };
        for leaning in &mut self.0 {
            leaning.share *= 1.0 - latest;
        }
        let known = self.0.iter_mut().find(|known| (known.site, known.at) == (site, at));
        match known {
            Some(known) => known.share += latest,
            None => self.0.push(Leaning {
                site,
                at,
                share: latest,
            }),
        }
    }

    /// The starts that count, with shares that sum to 1.
    pub(super) fn that_count(&self) -> Vec<Leaning> {
        let counts = |leaning: &&Leaning| leaning.share >= LEAST;
        let all: f64 = self.0.iter().filter(counts).map(|leaning| leaning.share).sum();
        let whole = |leaning: &Leaning| Leaning {
            share: leaning.share / all,
            ..*leaning
        };
        self.0.iter().filter(counts).map(whole).collect()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn later_rounds_count_more_and_what_is_hardly_ever_taken_does_not_count() {
        let mut leanings = Leanings::default();
        leanings.hear(0, 7);
        (0..10).for_each(|_| leanings.hear(1, 7));
        let first = 0.9_f64.powi(10);
        let [a, b] = leanings.that_count()[..] else {
            panic!("two starts")
        };
        assert!((a.share - first).abs() < 1e-12 && (b.share - (1.0 - first)).abs() < 1e-12);
        (0..40).for_each(|_| leanings.hear(1, 7));
        let only = leanings.that_count();
        assert_eq!((only.len(), only[0].site, only[0].share), (1, 1, 1.0));
    }
}
