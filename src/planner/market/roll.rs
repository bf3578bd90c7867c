//! The roll: who runs when, so that who stands in the way of a run is found without asking everybody.

use super::super::grid::{Grid, Offset};

/// From when to when a bidder runs, pauses in between included, and in which zones: a bit for each, which every 64th shares.
#[derive(Clone, Copy, Debug)]
pub(super) struct Span {
    pub(super) start: Offset,
    pub(super) end: Offset,
    pub(super) zones: u64,
}

/// Whether a run, which takes a time however short, is under way at a time between two others.
pub(super) fn overlaps(start: Offset, end: Offset, from: Offset, until: Offset) -> bool {
    start < until && from < end.max(start + 1)
}

/// All who run, by the slot in which they start.
pub(super) struct Roll {
    grid: Grid,
    by_start: Vec<Vec<usize>>,
    /// By bidder: its place among those of its slot, and its span.
    entries: Vec<Option<(usize, Span)>>,
    /// No span is longer.
    longest: Offset,
}

impl Roll {
    /// An empty roll of so many bidders.
    pub(super) fn new(bidders: usize, grid: &Grid) -> Self {
        Self {
            by_start: vec![Vec::new(); grid.len()],
            entries: vec![None; bidders],
            longest: 1,
            grid: grid.clone(),
        }
    }

    /// Enters a bidder that is not on it.
    pub(super) fn enter(&mut self, number: usize, span: Span) {
        let slot = &mut self.by_start[self.grid.slot(span.start)];
        self.longest = self.longest.max(span.end - span.start);
        self.entries[number] = Some((slot.len(), span));
        slot.push(number);
    }

    /// Strikes a bidder off.
    pub(super) fn strike(&mut self, number: usize) {
        let Some((place, span)) = self.entries[number].take() else {
            return;
        };
        let slot = &mut self.by_start[self.grid.slot(span.start)];
        slot.swap_remove(place);
        // Whoever was the last there has its place now.
        if let Some(moved) = slot.get(place)
            && let Some(entry) = &mut self.entries[*moved]
        {
            entry.0 = place;
        }
    }

    /// Who runs in one of the zones of a span at a time between two others, ascending.
    pub(super) fn within(&self, (from, until): (Offset, Offset), zones: u64) -> Vec<usize> {
        let slots = self.grid.slot(from.saturating_sub(self.longest))..=self.grid.slot(until);
        let standing = self.by_start[slots].iter().flatten().copied();
        let meets = |number: &usize| {
            self.entries[*number]
                .is_some_and(|(_, span)| span.zones & zones != 0 && overlaps(span.start, span.end, from, until))
        };
        let mut within: Vec<usize> = standing.filter(meets).collect();
        within.sort_unstable();
        within
    }
}

#[cfg(test)]
mod tests {
    use super::super::super::grid::HOUR;
    use super::super::super::testing::day;
    use super::*;

    #[test]
    fn it_finds_whoever_asking_everybody_finds() {
        let grid = day();
        let mut random = fastrand::Rng::with_seed(7);
        let mut instant = |until: i64| random.i64(0..=until * 4) * HOUR / 4;
        for _ in 0..200 {
            let (mut roll, mut all) = (Roll::new(30, &grid), vec![None; 30]);
            for turn in 0..60 {
                let number = turn * 7 % 30;
                roll.strike(number);
                let start = instant(30); // Some begin after the end of the grid.
                let span = Span {
                    start,
                    end: start + instant(5),
                    zones: 1 << (turn % 3),
                };
                all[number] = (turn % 5 > 0).then_some(span);
                if let Some(span) = all[number] {
                    roll.enter(number, span);
                }
                let from = instant(30);
                let until = from + instant(6);
                let meets = |span: &Span| span.zones & 0b11 != 0 && overlaps(span.start, span.end, from, until);
                let naive: Vec<usize> = (0..30)
                    .filter(|other| all[*other].as_ref().is_some_and(meets))
                    .collect();
                assert_eq!(roll.within((from, until), 0b11), naive, "from {from} until {until}");
            }
        }
    }
}
