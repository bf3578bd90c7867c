//! The window of one job, row by row: what its solvers look at.

use super::curve::in_hours;
use super::grid::Offset;

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

/// Where a job is when its window begins.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Place {
    /// Never started: its start is free.
    Fresh,
    /// Paused, having run in this site: a resume costs.
    Paused(usize),
    /// Running in this site for so long since its start or last resume.
    Running(usize, Offset),
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

    /// The row that holds an instant of the window; the last one at its end.
    pub(super) fn row(&self, at: Offset) -> usize {
        let after = self.borders.partition_point(|border| *border <= at);
        after.min(self.len()).saturating_sub(1)
    }

    /// What a job pays to run over `[start, end)` in a site at its first step, resumes apart.
    pub(super) fn cost(&self, site: usize, start: Offset, end: Offset) -> f64 {
        let mut cost = 0.0;
        for row in self.row(start)..=self.row((end - 1).max(start)) {
            let time = self.borders[row + 1].min(end) - self.borders[row].max(start);
            cost += self.rates[site][row] * in_hours(time.max(0));
        }
        cost
    }

    /// What waiting costs a job with so much work that is done at `end`.
    pub(super) fn waiting(&self, end: Offset, length: Offset) -> f64 {
        let start = self.borders.first().copied().unwrap_or(end);
        self.per_hour * in_hours(end - start - length)
    }
}
