//! What one site costs over whole rows.

use super::super::curve::in_hours;
use super::super::grid::{HOUR, Offset};
use super::super::rows::{Piece, Rows};
use super::left::Left;

/// The rows that all are as long as one another, without the first where it is shorter.
#[derive(Clone, Debug)]
pub(super) struct Whole<'a> {
    /// All rows.
    pub(super) rows: &'a Rows,
    /// The first that counts.
    pub(super) first: usize,
    /// How long each is; the last may be shorter.
    pub(super) row: Offset,
    /// By site: what an hour costs beyond the rows.
    pub(super) beyond: Vec<f64>,
}

impl<'a> Whole<'a> {
    /// The whole rows of these; `None` where there is no row at all.
    pub(super) fn of(rows: &'a Rows) -> Option<Self> {
        let row = rows.whole();
        let is_cut = rows.len() > 1 && rows.time(0) < row;
        (row > 0).then(|| Self {
            rows,
            first: usize::from(is_cut),
            row,
            beyond: rows.rates.iter().map(|rates| beyond(&rows.borders, rates)).collect(),
        })
    }

    /// How many there are.
    pub(super) fn len(&self) -> usize {
        self.rows.len() - self.first
    }

    /// The instant at which the first begins.
    pub(super) fn start(&self) -> Offset {
        self.rows.borders[self.first]
    }

    /// The instant at which the last ends.
    pub(super) fn end(&self) -> Offset {
        self.rows.borders[self.first + self.len()]
    }

    /// What running over a stretch of time is expected to cost in a site, after so much work, beyond the rows too; exact, and
    /// infinite where some of it lies in a row that cannot be run in.
    pub(super) fn run(&self, left: &Left, work: Offset, piece: Piece) -> f64 {
        let rates = &self.rows.rates[piece.site];
        let mut hours = left.rising_hours(work);
        let (mut cost, mut at, mut before) = (0.0, piece.start, hours(work));
        let mut row = self.rows.row(piece.start);
        while at < piece.end && at < self.end() {
            let end = piece.end.min(self.rows.borders[row + 1]);
            let after = hours(work + end - piece.start);
            if after > before {
                cost += (after - before) * rates[row];
            }
            (at, before, row) = (end, after, row + 1);
        }
        let rest = hours(work + piece.end - piece.start) - before;
        if rest > 0.0 {
            cost + rest * self.beyond[piece.site]
        } else {
            cost
        }
    }
}

/// The rates of a site as sums over whole rows, and on beyond the last.
#[derive(Clone, Debug)]
pub(super) struct Lane {
    /// The cost of running from the first border to each; a row that cannot be run in counts as nothing.
    sum: Vec<f64>,
    /// How many rows before each border cannot be run in.
    closed: Vec<u32>,
}

impl Lane {
    /// A site's rates, and so many rows beyond the last, which counts as a whole one.
    pub(super) fn of(whole: &Whole<'_>, site: usize, more: usize) -> Self {
        let rates = &whole.rows.rates[site][whole.first..];
        let beyond = std::iter::repeat_n(&whole.beyond[site], more);
        let (mut sum, mut closed) = (vec![0.0], vec![0]);
        let (mut total, mut gaps) = (0.0, 0);
        for rate in rates.iter().chain(beyond) {
            if rate.is_finite() {
                total += rate * in_hours(whole.row);
            } else {
                gaps += 1;
            }
            sum.push(total);
            closed.push(gaps);
        }
        Self { sum, closed }
    }

    /// The cost of running over so many rows from each of the first borders on, times `share`; infinite where one is closed.
    pub(super) fn fill(&self, from: usize, rows: usize, share: f64, costs: &mut [f64]) {
        let count = costs.len();
        let (start, end) = (&self.sum[from..][..count], &self.sum[from + rows..][..count]);
        for ((cost, start), end) in costs.iter_mut().zip(start).zip(end) {
            *cost = share * (end - start);
        }
        if self.closed.last() != Some(&0) {
            let (start, end) = (&self.closed[from..][..count], &self.closed[from + rows..][..count]);
            for ((cost, start), end) in costs.iter_mut().zip(start).zip(end) {
                if start != end {
                    *cost = f64::INFINITY;
                }
            }
        }
    }
}

/// What an hour costs where no row is known any more: the mean of the last day that is; infinite where none ever is.
fn beyond(borders: &[Offset], rates: &[f64]) -> f64 {
    let known = || borders.windows(2).zip(rates).filter(|(_, rate)| rate.is_finite());
    let day = known().next_back().map_or(0, |(row, _)| row[1] - 24 * HOUR);
    let (mut cost, mut hours) = (0.0, 0.0);
    for (row, rate) in known().filter(|(row, _)| row[1] > day) {
        let part = in_hours(row[1] - row[0].max(day));
        cost += rate * part;
        hours += part;
    }
    if hours > 0.0 { cost / hours } else { f64::INFINITY }
}
