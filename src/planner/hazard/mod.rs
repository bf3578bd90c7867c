//! The plan of one job whose length nobody knows: only how many of its kind still run after so much work.
//!
//! A job that may finish at any moment is worth more at its beginning than at its end: few live to see it. So its cheap hours
//! are those in which many of its kind run, and a job that turns out to be long may pause where a short one would not.
//! Whatever it does as long as it has not finished can be settled beforehand, for nothing is learned on the way but that; the
//! program of [`table`] finds the best such course, and [`starts`] the cost of those that may not pause.
//!
//! Starts and pauses lie on borders of the rows, and at the instant at which waiting is used up. A job that has used up its
//! waiting runs on to its end. Where the rows end before the curve does, what is left costs the mean rate of the last day
//! known; beyond the rows nothing is started.

mod expect;
mod fill;
mod first;
mod lane;
mod left;
mod levels;
mod shape;
pub(super) mod starts;
mod table;
#[cfg(test)]
mod tests;
mod walk;

use super::demand::Pausing;
use super::grid::{Offset, nanos};
use super::rows::{Piece, Rows, Standing, keep_cheaper};
use super::survival::Survival;
use lane::Whole;
use left::Left;
use table::Table;

/// Pauses are counted up to this many: a job that would be paused more often, and may not be as often as it would, is planned
/// with no more than these.
const MOST_COUNTED: u32 = 32;
/// And fewer, if there were more states than this; a state takes 24 bytes.
pub(super) const MOST_STATES: usize = 1 << 22;

/// A job of unknown length that may be paused.
#[derive(Clone, Copy, Debug)]
pub(super) struct Hazard<'a> {
    /// The rows of its window.
    pub(super) rows: &'a Rows,
    /// How long its kind runs.
    pub(super) curve: &'a Survival,
    /// The work that it has behind it; it is as long as those of its kind that did as much.
    pub(super) done: Offset,
    /// How much longer it may wait in all.
    pub(super) waiting: Offset,
    /// How it may be paused; `most` is how often from now on.
    pub(super) pausing: Pausing,
    /// What an hour of waiting costs as long as it has not finished.
    pub(super) price_per_hour: f64,
    /// Where it is when the rows begin.
    pub(super) standing: Standing,
}

/// As many states has the program for these rows at most, where pauses are not counted.
pub(super) fn states(rows: &Rows) -> usize {
    (rows.len() + 1).min(levels::MOST) * rows.rates.len() * (rows.len() + 1)
}

impl Hazard<'_> {
    /// The least expected cost, and what the job does as long as it has not finished: to the end of its curve, or of the rows.
    /// The first piece may be one that goes on. The cost is never above that of running on from now.
    ///
    /// `None` where no course has a finite cost, and where no job of its kind has ever run longer than this one already has.
    pub(super) fn plan(&self) -> Option<(f64, Vec<Piece>)> {
        let left = Left::of(self.curve, self.done)?;
        let whole = Whole::of(self.rows)?;
        if self.pausing.most == 0 {
            return self.best(&left, &whole, Some(0));
        }
        let (cost, pieces) = self.best(&left, &whole, None)?;
        if self.pauses(&pieces) <= self.pausing.most as usize {
            return Some((cost, pieces));
        }
        self.best(&left, &whole, Some(self.pausing.most.min(MOST_COUNTED)))
    }

    /// What such a course is expected to cost; `None` as in [`plan`](Self::plan).
    pub(super) fn cost(&self, pieces: &[Piece]) -> Option<f64> {
        let (left, whole) = (Left::of(self.curve, self.done)?, Whole::of(self.rows)?);
        Some(self.expected(&left, &whole, pieces)).filter(|cost| cost.is_finite())
    }

    fn best(&self, left: &Left, whole: &Whole<'_>, most: Option<u32>) -> Option<(f64, Vec<Piece>)> {
        let mut courses: Vec<Vec<Piece>> = match self.standing {
            Standing::Running(site, _) => vec![self.on(left, site, 0)],
            _ => (0..self.rows.rates.len()).map(|site| self.on(left, site, 0)).collect(),
        };
        if whole.first == 0 {
            courses.extend(Table::of(self, whole, left, self.waiting, most).pieces(self.standing, 0, left));
        } else {
            self.run_first(left, whole, most, &mut courses);
            self.wait_first(left, whole, most, &mut courses);
        }
        let mut best: Option<(f64, Vec<Piece>)> = None;
        for pieces in courses {
            let cost = self.expected(left, whole, &pieces);
            if cost.is_finite() {
                keep_cheaper(&mut best, cost, pieces);
            }
        }
        best
    }

    /// How long a job that runs since so long must run on.
    fn locked(&self, since: Offset) -> Offset {
        (nanos(self.pausing.minimum_run) - since).max(0)
    }

    /// How many hours of energy it costs to start in a site, having run in another before; infinite where that is not allowed.
    fn toll(&self, from: Option<usize>, to: usize) -> f64 {
        let hours = from.map_or(Some(0.0), |from| self.pausing.resume_hours(from, to));
        hours.unwrap_or(f64::INFINITY)
    }

    /// How often a job that does this is paused.
    fn pauses(&self, pieces: &[Piece]) -> usize {
        let goes_on = match (self.standing, pieces.first()) {
            (Standing::Running(site, _), Some(first)) => first.site == site && first.start == self.rows.borders[0],
            _ => true,
        };
        pieces.len() - usize::from(goes_on && !pieces.is_empty())
    }
}
