//! How much work is done when a job may be paused: every row at first, seldom when few jobs are left.

use super::super::curve::in_hours;
use super::super::grid::Offset;
use super::left::Left;

/// No two levels have more than this part of the expected work between them, unless they are a row apart. So there are fewer
/// than twice as many, however long the tail of the curve is; and what lies between two of them weighs so little that its
/// cost may be taken as the mean of its rows.
const FINENESS: f64 = 160.0;
/// The most levels that there are.
pub(super) const MOST: usize = 2 * FINENESS as usize + 1;

/// The amounts of work after which the program looks up, in whole rows.
#[derive(Clone, Debug)]
pub(super) struct Levels {
    /// Rising from 0; the last one is the end of the curve, or of the rows.
    pub(super) rows: Vec<usize>,
    /// By level but the last: the share that still runs at it.
    pub(super) alive: Vec<f64>,
    /// By level but the last: the mean share that runs between it and the next.
    pub(super) mean: Vec<f64>,
    /// How many hours are expected to be run after the last.
    pub(super) rest: f64,
}

impl Levels {
    /// The levels of what is left, for rows of length `row`, of which there are `most`.
    pub(super) fn of(left: &Left, row: Offset, most: usize) -> Self {
        let total = left.hours(left.end());
        let needed = (left.end() + row - 1) / row;
        let last = most.min(needed as usize);
        let mut rising = left.rising_hours(0);
        // By border: how many hours are expected to be run before it.
        let hours: Vec<f64> = (0..=last).map(|rows| rising(rows as Offset * row)).collect();
        let per_row = in_hours(row);
        let mut levels = Self {
            rows: vec![0],
            alive: Vec::new(),
            mean: Vec::new(),
            rest: total - hours[last],
        };
        let mut level = 0;
        while level < last {
            let before = hours[level];
            let mut next = level + 1;
            while next < last && hours[next + 1] - before <= total / FINENESS {
                next += 1;
            }
            levels.alive.push(left.alive(level as Offset * row));
            levels
                .mean
                .push((hours[next] - before) / ((next - level) as f64 * per_row));
            levels.rows.push(next);
            level = next;
        }
        levels
    }

    /// How many there are besides the last.
    pub(super) fn len(&self) -> usize {
        self.alive.len()
    }

    /// The first level at least so many rows after this one, or the last.
    pub(super) fn after(&self, level: usize, rows: usize) -> usize {
        let wanted = self.rows[level] + rows;
        self.rows.partition_point(|rows| *rows < wanted).min(self.len())
    }
}
