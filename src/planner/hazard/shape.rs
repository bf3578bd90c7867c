//! The states of the program: how much is done, how long it has waited, and when that is.

use super::super::curve::in_hours;
use super::super::grid::Offset;
use super::lane::Whole;
use super::levels::Levels;
use super::table::Move;

/// Levels of work by columns of waiting. The last column has used up its waiting, which need not be a whole row.
pub(super) struct Shape<'a> {
    pub(super) whole: &'a Whole<'a>,
    pub(super) levels: Levels,
    /// How long it may wait.
    pub(super) waiting: Offset,
    /// How many columns there are.
    pub(super) columns: usize,
    /// The minimum run, in rows; at least one.
    pub(super) minimum: usize,
}

impl<'a> Shape<'a> {
    /// The states of a job that may wait so long; no more columns than there are rows to start in.
    pub(super) fn of(whole: &'a Whole<'a>, levels: Levels, waiting: Offset, minimum: Offset) -> Self {
        let rows = |time: Offset| ((time + whole.row - 1) / whole.row) as usize;
        Self {
            columns: (rows(waiting) + 1).min(whole.len() + 1),
            minimum: rows(minimum).max(1),
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
        let waited = self.waiting / self.whole.row;
        self.whole.first + self.levels.rows[level] + column.min(waited as usize)
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
        for column in (0..self.columns - 1).rev() {
            let hours = in_hours(self.waited(column + 1) - self.waited(column));
            let later = least[column + 1] + price * hours;
            if later + equal < least[column] {
                least[column] = later;
                moves[column] = Move::Wait;
            }
        }
    }
}
