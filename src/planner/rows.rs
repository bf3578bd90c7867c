//! The window of one job, row by row: what its solvers look at.

use smallvec::SmallVec;

use super::curve::in_hours;
use super::demand::Pausing;
use super::grid::{Offset, nanos};

/// Costs that differ by less than this share are equal.
pub(super) const EQUAL: f64 = 1e-9;

/// The rows of a window, and what running costs in each.
#[derive(Clone, Debug, Default)]
pub(super) struct Rows {
    /// The borders of the rows, rising, one more than there are rows: from the first possible start to the instant by which all
    /// must be done. All rows are as long as one another, but for the first and the last, which may be shorter.
    pub(super) borders: Vec<Offset>,
    /// By site and row: what an hour at the power of the first step costs, the price of room included; infinite where there is
    /// no room or the cost is not known.
    pub(super) rates: Vec<Vec<f64>>,
    /// By site and row: the same without the price of room; what an hour of the energy of a resume costs.
    pub(super) energy: Vec<Vec<f64>>,
    /// What an hour of waiting costs: each hour from the first border to the end of the job, beyond the length of its work.
    pub(super) per_hour: f64,
}

/// A stretch of time in which a job runs.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(super) struct Piece {
    /// Which of the job's sites.
    pub(super) site: usize,
    /// When it starts or is resumed.
    pub(super) start: Offset,
    /// When it ends or is paused.
    pub(super) end: Offset,
    /// Which step of its scaling; 0 where it has none.
    pub(super) step: usize,
}

/// A run, by time: mostly in one piece.
pub(super) type Pieces = SmallVec<[Piece; 1]>;

impl Piece {
    /// A stretch at the first step.
    pub(super) fn of(site: usize, start: Offset, end: Offset) -> Self {
        Self {
            site,
            start,
            end,
            step: 0,
        }
    }
}

/// How a job stands when its window begins.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Standing {
    /// Never started: its start is free.
    Fresh,
    /// Paused, having run in this site: a resume costs.
    Paused(usize),
    /// Running in this site for so long since its start or last resume.
    Running(usize, Offset),
}

impl Standing {
    /// The same once it does not run any more.
    pub(super) fn stopped(self) -> Self {
        match self {
            Self::Running(there, _) => Self::Paused(there),
            other => other,
        }
    }
}

impl Pausing {
    /// Whether a job may be paused that has run for so long, and been paused so often before.
    pub(super) fn may_pause(&self, ran: Offset, pauses: u32) -> bool {
        ran >= nanos(self.minimum_run) && pauses < self.most
    }

    /// How many hours of energy a resume in a site costs a job that ran in another, or in the same; `None` where it is not
    /// allowed.
    pub(super) fn resume_hours(&self, from: usize, to: usize) -> Option<f64> {
        let cost = if from == to {
            Some(self.resume_cost)
        } else {
            self.migration_cost
        };
        cost.map(|cost| in_hours(nanos(cost)))
    }
}

impl Rows {
    /// How many rows there are.
    pub(super) fn len(&self) -> usize {
        self.borders.len().saturating_sub(1)
    }

    /// How long a row is.
    pub(super) fn time(&self, row: usize) -> Offset {
        self.borders[row + 1] - self.borders[row]
    }

    /// How long a row is that is not cut short: any but the first and the last; 0 where there is none at all.
    pub(super) fn whole(&self) -> Offset {
        (0..self.len().min(3)).map(|row| self.time(row)).max().unwrap_or(0)
    }

    /// The row that holds an instant of the window; the last one at its end.
    pub(super) fn row(&self, at: Offset) -> usize {
        row(&self.borders, at)
    }

    /// What a job pays to run over `[start, end)` in a site at its first step, resumes apart.
    pub(super) fn cost(&self, site: usize, start: Offset, end: Offset) -> f64 {
        cost(&self.borders, &self.rates[site], start, end)
    }

    /// What waiting costs a job with so much work that is done at `end`.
    pub(super) fn waiting(&self, end: Offset, length: Offset) -> f64 {
        let start = self.borders.first().copied().unwrap_or(end);
        self.per_hour * in_hours(end - start - length)
    }
}

/// The row between these borders that holds an instant; the last one at their end.
pub(super) fn row(borders: &[Offset], at: Offset) -> usize {
    let after = borders.partition_point(|border| *border <= at);
    after.min(borders.len().saturating_sub(1)).saturating_sub(1)
}

/// What running over `[start, end)` costs at these rates, by row between the borders.
pub(super) fn cost(borders: &[Offset], rates: &[f64], start: Offset, end: Offset) -> f64 {
    let mut cost = 0.0;
    for row in row(borders, start)..=row(borders, (end - 1).max(start)) {
        let time = borders[row + 1].min(end) - borders[row].max(start);
        cost += rates[row] * in_hours(time.max(0));
    }
    cost
}

/// Keeps the cheaper plan; of equal ones the first.
pub(super) fn keep_cheaper<P>(best: &mut Option<(f64, P)>, cost: f64, plan: P) {
    if best
        .as_ref()
        .is_none_or(|(least, _)| cost < least - EQUAL * least.abs())
    {
        *best = Some((cost, plan));
    }
}
