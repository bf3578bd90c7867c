//! The states of the program: how much is done, how long it has waited, and when that is.

use super::super::curve::in_hours;
use super::super::grid::Offset;
use super::lane::Whole;
use super::levels::Levels;
use super::table::Move;

/// Levels of work by columns of waiting. The last column has used up its waiting, which need not be a whole row.
pub(super) struct Shape<'a> {
    /// When rows begin and end.
    pub(super) whole: &'a Whole<'a>,
    /// How much may be done.
    pub(super) levels: Levels,
    /// How long it may wait.
    waiting: Offset,
    /// How many columns there are.
    pub(super) columns: usize,
    /// The minimum run, in rows; at least one.
    pub(super) minimum: usize,
    /// How many whole rows it may wait.
    whole_waits: usize,
    /// By column but the last: how many hours it waits until the next.
    hours: Vec<f64>,
}

impl<'a> Shape<'a> {
    /// The states of a job that may wait so long; no more columns than there are rows to start in.
    pub(super) fn of(whole: &'a Whole<'a>, levels: Levels, waiting: Offset, minimum: Offset) -> Self {
        let rows = |time: Offset| ((time + whole.row - 1) / whole.row) as usize;
        let columns = (rows(waiting) + 1).min(whole.len() + 1);
        let waited = |column: usize| (column as Offset * whole.row).min(waiting);
        Self {
            columns,
            minimum: rows(minimum).max(1),
            whole_waits: (waiting / whole.row) as usize,
            hours: (1..columns)
                .map(|next| in_hours(waited(next) - waited(next - 1)))
                .collect(),
            whole,
            levels,
            waiting,
        }
    }

    /// How long it has waited.
    pub(super) fn waited(&self, column: usize) -> Offset {
        (column as Offset * self.whole.row).min(self.waiting)
    }

    /// When that is.
    pub(super) fn at(&self, level: usize, column: usize) -> Offset {
        let done = self.levels.rows[level] as Offset * self.whole.row;
        self.whole.start() + done + self.waited(column)
    }

    /// The row in which that lies, of all rows.
    pub(super) fn row(&self, level: usize, column: usize) -> usize {
        self.whole.first + self.levels.rows[level] + column.min(self.whole_waits)
    }

    /// How many columns still lie within the rows.
    pub(super) fn open(&self, level: usize) -> usize {
        (0..self.columns)
            .rev()
            .find(|column| self.at(level, *column) < self.whole.end())
            .map_or(0, |last| last + 1)
    }

    /// Lets the states of a level wait for a later column, at this price per hour, where that is cheaper by more than `equal`.
    pub(super) fn wait(&self, price: f64, equal: f64, least: &mut [f64], moves: &mut [Move]) {
        let mut later = least[self.columns - 1];
        let here = least.iter_mut().zip(moves).zip(&self.hours);
        for ((least, best), hours) in here.rev() {
            later += price * hours;
            if later + equal < *least {
                (*least, *best) = (later, Move::Wait);
            }
            later = *least;
        }
    }
}
