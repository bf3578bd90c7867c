//! The costs and best moves of all states, level by level from the last.

use super::super::grid::Offset;
use super::left::Left;
use super::piece;
use super::table::{Move, Table};

/// What is kept from state to state.
struct Scratch {
    /// By site and column: the cost of running from here on, without a resume.
    starts: Vec<f64>,
    /// By site and column: the cost of being paused, with the pauses of this layer.
    paused: Vec<f64>,
    /// The same with one less.
    with_one_less: Vec<f64>,
}

impl Table<'_> {
    /// Works out every state, from the end of the curve back to its beginning.
    pub(super) fn fill(&mut self, left: &Left) {
        let (columns, last) = (self.shape.columns, self.shape.levels.len());
        for layer in 0..self.layers() {
            for site in 0..self.sites() {
                let index = self.index(layer, last, site);
                let rest = self.shape.levels.rest;
                let cost = if rest > 0.0 {
                    rest * self.shape.whole.beyond[site]
                } else {
                    0.0
                };
                self.running[index..index + columns].fill(cost);
            }
        }
        let size = self.sites() * columns;
        let mut scratch = Scratch {
            starts: vec![0.0; size],
            paused: vec![0.0; size],
            with_one_less: vec![0.0; size],
        };
        for level in (0..last).rev() {
            self.work(level, left);
            scratch.paused.fill(f64::INFINITY);
            for layer in 0..self.layers() {
                std::mem::swap(&mut scratch.paused, &mut scratch.with_one_less);
                self.start(layer, level, &mut scratch.starts);
                for site in 0..self.sites() {
                    self.pause(layer, level, site, &mut scratch);
                }
                for site in 0..self.sites() {
                    self.run(layer, level, site, &scratch);
                }
            }
        }
        self.fresh(&scratch.starts);
    }

    /// The cost of the work from a level to the next. Where that does not start on a border, or meets the last row, which may
    /// be shorter, it is worked out exactly.
    fn work(&mut self, level: usize, left: &Left) {
        let (shape, columns) = (&self.shape, self.shape.columns);
        let (from, share) = (shape.levels.rows[level], shape.levels.mean[level]);
        let rows = shape.levels.rows[level + 1] - from;
        let (work, length) = (from as Offset * shape.whole.row, rows as Offset * shape.whole.row);
        let end = shape.whole.len().saturating_sub(from);
        let meets_end = end.saturating_sub(rows).min(columns)..end.min(columns);
        for site in 0..self.lanes.len() {
            let index = self.index(0, level, site);
            let costs = &mut self.costs[index..index + columns];
            self.lanes[site].fill(from, rows, share, costs);
            for column in meets_end.clone().chain([columns - 1]) {
                let start = self.shape.at(level, column);
                let end = start + length;
                costs[column] = self.shape.whole.run(left, work, piece(site, start, end));
            }
        }
    }

    /// What it costs to run from here on, for at least the minimum run.
    fn start(&self, layer: usize, level: usize, starts: &mut [f64]) {
        let columns = self.shape.columns;
        let after = self.shape.levels.after(level, self.shape.minimum);
        let open = self.shape.open(level);
        for (site, starts) in starts.chunks_mut(columns).enumerate() {
            let index = self.index(layer, after, site);
            starts.copy_from_slice(&self.running[index..index + columns]);
            for level in level..after {
                let index = self.index(0, level, site);
                let costs = &self.costs[index..index + columns];
                starts.iter_mut().zip(costs).for_each(|(start, cost)| *start += cost);
            }
            starts[open..].fill(f64::INFINITY);
        }
    }

    /// What it costs to be paused here, having run in this site.
    fn pause(&mut self, layer: usize, level: usize, site: usize, scratch: &mut Scratch) {
        let (columns, alive) = (self.shape.columns, self.shape.levels.alive[level]);
        let index = self.index(layer, level, site);
        let paused = &mut scratch.paused[site * columns..][..columns];
        paused.fill(f64::INFINITY);
        let moves = &mut self.when_paused[index..index + columns];
        let open = self.shape.open(level);
        for (to, starts) in scratch.starts.chunks(columns).enumerate() {
            let toll = alive * self.hazard.toll(Some(site), to);
            if !toll.is_finite() {
                continue;
            }
            let energy = &self.shape.whole.rows.energy[to];
            let states = paused.iter_mut().zip(&mut *moves).zip(starts).enumerate();
            for (column, ((paused, best), start)) in states.take(open) {
                let resume = if toll > 0.0 {
                    toll * energy[self.shape.row(level, column)]
                } else {
                    0.0
                };
                if start + resume < *paused {
                    (*paused, *best) = (start + resume, Move::Run(to as u16));
                }
            }
        }
        self.shape
            .wait(self.hazard.price_per_hour * alive, self.equal, paused, moves);
    }

    /// What it costs to run here.
    fn run(&mut self, layer: usize, level: usize, site: usize, scratch: &Scratch) {
        let columns = self.shape.columns;
        let (here, next) = (self.index(layer, level, site), self.index(layer, level + 1, site));
        let costs = self.index(0, level, site);
        let paused = if self.most.is_some() {
            &scratch.with_one_less
        } else {
            &scratch.paused
        };
        for column in 0..columns {
            let on = self.costs[costs + column] + self.running[next + column];
            let paused = paused[site * columns + column];
            let may_pause = column + 1 < columns && paused + self.equal < on;
            self.running[here + column] = if may_pause { paused } else { on };
            self.when_running[here + column] = if may_pause { Move::Wait } else { Move::Run(site as u16) };
        }
    }

    /// What is best before the first start, which is free.
    fn fresh(&mut self, starts: &[f64]) {
        let columns = self.shape.columns;
        let mut least = vec![f64::INFINITY; columns];
        for (site, starts) in starts.chunks(columns).enumerate() {
            for (column, start) in starts.iter().enumerate() {
                if *start < least[column] {
                    least[column] = *start;
                    self.when_fresh[column] = Move::Run(site as u16);
                }
            }
        }
        self.shape
            .wait(self.hazard.price_per_hour, self.equal, &mut least, &mut self.when_fresh);
    }
}
