//! The program: from the last border to the first, what the rest costs at least in every state; then the way of least cost.

use super::super::curve::in_hours;
use super::super::grid::Offset;
use super::super::rows::Rows;
use super::moves::{Move, Moves};
use super::shape::{Lane, Shape, State};

/// A job and the rows of its window.
#[derive(Clone, Copy, Debug)]
pub(super) struct Program<'a> {
    pub(super) rows: &'a Rows,
    pub(super) length: Offset,
    pub(super) moves: Moves<'a>,
    pub(super) shape: &'a Shape,
    /// By site and row: what a whole row costs.
    pub(super) prices: &'a [f64],
}

/// What whole rows cost, by site and row.
pub(super) fn prices(rows: &Rows, prices: &mut Vec<f64>) {
    prices.clear();
    for rates in &rows.rates {
        prices.extend(
            rates
                .iter()
                .enumerate()
                .map(|(row, rate)| rate * in_hours(rows.time(row))),
        );
    }
}

/// A move from one lane to another, by their places among the values of a border.
#[derive(Debug)]
pub(super) struct Step {
    lane: Lane,
    from: usize,
    to: usize,
    take: Move,
}

impl Program<'_> {
    /// Fills `values` from the last border to the second: what the rest costs at least, by border, lane and whole rows left.
    pub(super) fn fill(&self, values: &mut Vec<f64>, steps: &mut Vec<Step>) {
        let shape = self.shape;
        let stride = shape.stride();
        values.resize(shape.states().max(values.len()), 0.0);
        let mut are_plain = false;
        for row in (1..=shape.rows).rev() {
            let (until, later) = values.split_at_mut((row + 1) * stride);
            let border = &mut until[row * stride..];
            border.fill(f64::INFINITY);
            if shape.least_left(row) == 0 {
                let done = self.rows.waiting(self.rows.borders[row], self.length);
                for lane in shape.lanes().filter(|lane| lane.is_done(0)) {
                    border[shape.index(lane) * shape.width] = done;
                }
            }
            if row < shape.rows {
                if !are_plain {
                    self.list(row, steps);
                    are_plain = shape.is_plain(row, self.moves.terms.minimum_run);
                }
                for step in steps.iter() {
                    self.improve(row, step, border, later);
                }
            }
        }
    }

    /// All steps that start at a border.
    fn list(&self, row: usize, steps: &mut Vec<Step>) {
        let shape = self.shape;
        steps.clear();
        for lane in shape.lanes() {
            let from = shape.index(lane) * shape.width;
            self.moves.of(row, lane, &mut |take: Move| {
                let to = take.to.map_or(0, |to| shape.index(to) * shape.width);
                steps.push(Step { lane, from, to, take });
            });
        }
    }

    /// Takes a step from all states of its lane where that is cheaper.
    #[inline]
    fn improve(&self, row: usize, step: &Step, border: &mut [f64], later: &[f64]) {
        let (shape, take) = (self.shape, &step.take);
        let cost = self.cost(row, take);
        if !cost.is_finite() {
            return;
        }
        let least = shape.least_left(row);
        let mut left = take.left.start.max(least)..take.left.end.min(shape.most_left(row) + 1);
        if step.lane.state == State::Fresh {
            let (_, all) = shape.beginning();
            left = left.start.max(all)..left.end.min(all + 1);
        }
        if take.to.is_none() {
            if left.contains(&0) {
                border[step.from] = border[step.from].min(cost);
            }
            return;
        }
        let next = row + take.ahead;
        let left =
            left.start.max(shape.least_left(next) + take.done)..left.end.min(shape.most_left(next) + 1 + take.done);
        if left.is_empty() {
            return;
        }
        let target = (take.ahead - 1) * shape.stride() + step.to + left.start - take.done - shape.least_left(next);
        let cells = &mut border[step.from + left.start - least..step.from + left.end - least];
        for (cell, rest) in cells.iter_mut().zip(&later[target..]) {
            let with = cost + rest;
            *cell = if with < *cell { with } else { *cell };
        }
    }

    /// What a move from a border costs; infinite where there is no room.
    #[inline]
    fn cost(&self, row: usize, take: &Move) -> f64 {
        let first = take.site * self.shape.rows + row;
        let mut whole = first..first + take.whole;
        let mut part = row + take.whole;
        let mut cost = 0.0;
        if let Some(start) = take.start {
            if start.hours > 0.0 {
                cost += start.hours * self.rows.energy[take.site][self.resumed_in(row, take)];
            }
            if start.within {
                whole = whole.start + 1..whole.end + 1;
                part = row;
            }
        }
        if take.part > 0 {
            cost += take.hours * self.rows.rates[take.site][part];
        }
        cost += self.prices[whole].iter().sum::<f64>();
        if take.to.is_none() {
            cost += self
                .rows
                .waiting(self.rows.borders[row + take.whole] + take.part, self.length);
        }
        cost
    }

    /// The row whose energy a resume takes: the one before the border where that is cheaper and has room for a second.
    pub(super) fn resumed_in(&self, row: usize, take: &Move) -> usize {
        let energy = &self.rows.energy[take.site];
        let may = take.start.is_some_and(|start| start.early) && row > 0;
        if may && self.rows.rates[take.site][row - 1].is_finite() && energy[row - 1] < energy[row] {
            row - 1
        } else {
            row
        }
    }

    /// The cheapest way from the first border, each move with the row it starts from, over filled values. Among equals, by
    /// `tolerance` as a share, the one that runs sooner. `None` where nothing fits.
    pub(super) fn way(
        &self,
        values: &[f64],
        first: State,
        obliged: Offset,
        tolerance: f64,
    ) -> Option<Vec<(usize, Move)>> {
        let (family, mut left) = self.shape.beginning();
        let mut lane = Lane {
            pauses: self.shape.pauses(),
            state: first,
            family,
        };
        let (mut row, mut way, mut spare) = (0, Vec::new(), f64::NAN);
        loop {
            let mut options = Vec::new();
            let mut option = |take: Move| {
                if take.left.contains(&left) {
                    let rest = take
                        .to
                        .map_or(0.0, |to| self.value(values, row + take.ahead, to, left - take.done));
                    options.push((self.cost(row, &take) + rest, take));
                }
            };
            if row == 0 {
                self.moves.obliged(row, lane, obliged, &mut option);
            } else {
                self.moves.of(row, lane, &mut option);
            }
            let least = options.iter().map(|(cost, _)| *cost).fold(f64::INFINITY, f64::min);
            if row == 0 {
                spare = least.abs() * tolerance;
            }
            let (cost, take) = options
                .into_iter()
                .find(|(cost, _)| cost.is_finite() && *cost <= least + spare)?;
            spare -= cost - least;
            let (start, next) = (row, take.to);
            row += take.ahead;
            left -= take.done;
            way.push((start, take));
            match next {
                Some(next) if !next.is_done(left) => lane = next,
                _ => return Some(way),
            }
        }
    }

    fn value(&self, values: &[f64], row: usize, lane: Lane, left: usize) -> f64 {
        let shape = self.shape;
        if left < shape.least_left(row) || left > shape.most_left(row) {
            return f64::INFINITY;
        }
        values[row * shape.stride() + shape.index(lane) * shape.width + left - shape.least_left(row)]
    }
}

impl Lane {
    /// Whether a job of this lane with so many whole rows left is done.
    pub(super) fn is_done(self, left: usize) -> bool {
        matches!(self.state, State::Running(_)) && self.family.is_even() && left == 0
    }
}
