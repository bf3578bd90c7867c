//! The program itself, over whole rows.
//!
//! What a job does as long as it has not finished is settled beforehand; so a state is how much is done (a level), how long it
//! has waited (a column), where it ran last, and whether it runs. All costs are weighed with the share that still runs:
//!
//! ```text
//! running = min(the work to the next level + running there, paused here)
//! paused  = min(resume + the work of the minimum run + running after it, wait + paused a column further)
//! ```
//!
//! What has used up its waiting is in the last column, and runs on to its end. O(levels x columns x sites).

use super::super::grid::{Offset, nanos};
use super::super::rows::Piece;
use super::Hazard;
use super::lane::{Lane, Whole};
use super::left::Left;
use super::levels::Levels;
use super::shape::Shape;

/// What is best in a state.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Move {
    /// Run in this site.
    Run(u16),
    /// Be paused, or wait for the next column.
    Wait,
    /// Nothing is possible.
    Stuck,
}

/// The best moves of all states.
pub(super) struct Table<'a> {
    pub(super) hazard: &'a Hazard<'a>,
    pub(super) shape: Shape<'a>,
    /// How many pauses more than none are told apart; `None` where they are not counted.
    pub(super) most: Option<usize>,
    lanes: Vec<Lane>,
    /// By level, site and column: the cost of the work to the next level.
    costs: Vec<f64>,
    /// By layer (pauses left), level, site and column: the least cost from there on.
    running: Vec<f64>,
    /// The moves of the same states.
    when_running: Vec<Move>,
    when_paused: Vec<Move>,
    /// The moves before the first start, by column.
    when_fresh: Vec<Move>,
    equal: f64,
}

/// What is kept from state to state.
struct Scratch {
    /// By site and column: the cost of running from here on, without a resume.
    starts: Vec<f64>,
    /// By site and column: the cost of being paused, with the pauses of this layer.
    paused: Vec<f64>,
    /// The same with one less.
    with_one_less: Vec<f64>,
}

impl<'a> Table<'a> {
    /// The table of a job of which so much is left, that may wait so long and be paused at most so often.
    pub(super) fn of(hazard: &'a Hazard<'a>, whole: &'a Whole<'a>, left: &Left, waiting: Offset, most: Option<u32>) -> Self {
        let levels = Levels::of(left, whole.row, whole.len());
        let shape = Shape::of(whole, levels, waiting.max(0), nanos(hazard.pausing.minimum_run));
        let sites = whole.rows.rates.len();
        let lanes: Vec<Lane> = (0..sites).map(|site| Lane::of(whole, site, shape.columns)).collect();
        let rates = whole.beyond.iter().map(|rate| rate.abs()).filter(|rate| rate.is_finite());
        let most = most.map(|most| most as usize);
        let states = (shape.levels.len() + 1) * sites * shape.columns;
        let layers = most.map_or(1, |most| most + 1);
        let mut table = Self {
            equal: super::EQUAL * rates.fold(0.0, f64::max) * left.hours(left.end()),
            hazard,
            most,
            lanes,
            costs: vec![f64::INFINITY; states],
            running: vec![f64::INFINITY; layers * states],
            when_running: vec![Move::Stuck; layers * states],
            when_paused: vec![Move::Stuck; layers * states],
            when_fresh: vec![Move::Stuck; shape.columns],
            shape,
        };
        table.fill(left);
        table
    }

    fn sites(&self) -> usize {
        self.lanes.len()
    }

    fn layers(&self) -> usize {
        self.most.map_or(1, |most| most + 1)
    }

    /// Where the columns of a site at a level begin.
    pub(super) fn index(&self, layer: usize, level: usize, site: usize) -> usize {
        let levels = self.shape.levels.len() + 1;
        ((layer * levels + level) * self.sites() + site) * self.shape.columns
    }

    /// The best move of a job that runs, or is paused.
    pub(super) fn next(&self, is_running: bool, layer: usize, level: usize, site: usize, column: usize) -> Move {
        let index = self.index(layer, level, site) + column;
        if is_running { self.when_running[index] } else { self.when_paused[index] }
    }

    /// The best move of a job that never started.
    pub(super) fn first(&self, column: usize) -> Move {
        self.when_fresh[column]
    }

    fn fill(&mut self, left: &Left) {
        let (columns, last) = (self.shape.columns, self.shape.levels.len());
        for layer in 0..self.layers() {
            for site in 0..self.sites() {
                let index = self.index(layer, last, site);
                let rest = self.shape.levels.rest;
                let cost = if rest > 0.0 { rest * self.shape.whole.beyond[site] } else { 0.0 };
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
                costs[column] = self.shape.whole.run(left, work, Piece { site, start, end, step: 0 });
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
        for column in 0..self.shape.open(level) {
            let row = self.shape.whole.holding(self.shape.at(level, column));
            for to in 0..self.lanes.len() {
                let toll = self.hazard.toll(Some(site), to, row);
                let cost = scratch.starts[to * columns + column] + alive * toll;
                if cost < paused[column] {
                    paused[column] = cost;
                    moves[column] = Move::Run(to as u16);
                }
            }
        }
        self.shape.wait(self.hazard.price_per_hour * alive, self.equal, paused, moves);
    }

    /// What it costs to run here.
    fn run(&mut self, layer: usize, level: usize, site: usize, scratch: &Scratch) {
        let columns = self.shape.columns;
        let (here, next) = (self.index(layer, level, site), self.index(layer, level + 1, site));
        let costs = self.index(0, level, site);
        let paused = if self.most.is_some() { &scratch.with_one_less } else { &scratch.paused };
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
        self.shape.wait(self.hazard.price_per_hour, self.equal, &mut least, &mut self.when_fresh);
    }
}
