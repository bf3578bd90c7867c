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
mod lane;
mod left;
mod levels;
mod shape;
mod starts;
mod table;
#[cfg(test)]
mod tests;
mod walk;

use super::curve::in_hours;
use super::demand::Pausing;
use super::grid::{Offset, nanos};
use super::rows::{Piece, Place, Rows};
use super::survival::Survival;
use lane::Whole;
use left::Left;
pub(super) use starts::expected;
use table::Table;

/// Costs closer than this share of the expected cost are equal: the job rather runs on, or starts, than waits.
const EQUAL: f64 = 1e-9;

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
    pub(super) place: Place,
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
        self.best(&left, &whole, Some(self.pausing.most))
    }

    fn best(&self, left: &Left, whole: &Whole<'_>, most: Option<u32>) -> Option<(f64, Vec<Piece>)> {
        let mut courses: Vec<Vec<Piece>> = match self.place {
            Place::Running(site, _) => vec![self.on(left, site, 0)],
            _ => (0..self.rows.rates.len()).map(|site| self.on(left, site, 0)).collect(),
        };
        if whole.first == 0 {
            courses.extend(Table::of(self, whole, left, self.waiting, most).pieces(self.place, 0, left));
        } else {
            self.run_first(whole, most, &mut courses);
            self.wait_first(left, whole, most, &mut courses);
        }
        let mut best: Option<(f64, Vec<Piece>)> = None;
        for pieces in courses {
            let cost = self.expected(left, whole, &pieces);
            let is_better = |(least, _): &(f64, _)| cost + EQUAL * least.abs() < *least;
            if cost.is_finite() && best.as_ref().is_none_or(is_better) {
                best = Some((cost, pieces));
            }
        }
        best
    }

    /// Runs on to the end, in this site, after waiting so long.
    fn on(&self, left: &Left, site: usize, wait: Offset) -> Vec<Piece> {
        let start = self.rows.borders[0] + wait;
        let last = self.rows.borders[self.rows.borders.len() - 1];
        vec![Piece {
            site,
            start,
            end: (start + left.end()).min(last),
            step: 0,
        }]
    }

    /// The courses that run over a first row that is shorter than the others.
    fn run_first(&self, whole: &Whole<'_>, most: Option<u32>, courses: &mut Vec<Vec<Piece>>) {
        let (start, end) = (self.rows.borders[0], whole.start());
        let Some(after) = Left::of(self.curve, self.done + end - start) else {
            return; // It has finished by then: what runs on is all there is.
        };
        let table = Table::of(self, whole, &after, self.waiting, most);
        for site in 0..self.rows.rates.len() {
            let (since, used) = match self.place {
                Place::Running(before, since) if before == site => (since, 0),
                Place::Running(_, since) if self.locked(since) > 0 || self.waiting == 0 => continue,
                Place::Running(..) => (0, 1),
                Place::Fresh | Place::Paused(_) => (0, 0),
            };
            let place = Place::Running(site, since + end - start);
            let Some(mut pieces) = table.pieces(place, used, &after) else {
                continue;
            };
            match pieces.first_mut() {
                Some(piece) if piece.start == end && piece.site == site => piece.start = start,
                _ => pieces.insert(0, Piece { site, start, end, step: 0 }),
            }
            courses.push(pieces);
        }
    }

    /// The courses that wait over a first row that is shorter than the others, or as long as they may.
    fn wait_first(&self, left: &Left, whole: &Whole<'_>, most: Option<u32>, courses: &mut Vec<Vec<Piece>>) {
        let (place, used) = match self.place {
            Place::Running(_, since) if self.locked(since) > 0 => return,
            Place::Running(site, _) => (Place::Paused(site), 1),
            place => (place, 0),
        };
        if most == Some(0) && used > 0 || self.waiting == 0 {
            return;
        }
        let over = self.waiting - (whole.start() - self.rows.borders[0]);
        if over < 0 {
            courses.extend((0..self.rows.rates.len()).map(|site| self.on(left, site, self.waiting)));
        } else {
            courses.extend(Table::of(self, whole, left, over, most).pieces(place, used, left));
        }
    }

    /// How long a job that runs since so long must run on.
    fn locked(&self, since: Offset) -> Offset {
        (nanos(self.pausing.minimum_run) - since).max(0)
    }

    /// What it costs to start in a site, in this row, having run in another before; infinite where that is not allowed.
    fn toll(&self, from: Option<usize>, to: usize, row: usize) -> f64 {
        let hours = match from {
            None => return 0.0,
            Some(from) if from == to => in_hours(nanos(self.pausing.resume_cost)),
            Some(_) => match self.pausing.migration_cost {
                Some(cost) => in_hours(nanos(cost)),
                None => return f64::INFINITY,
            },
        };
        if hours > 0.0 { hours * self.rows.energy[to][row] } else { 0.0 }
    }

    /// How often a job that does this is paused.
    fn pauses(&self, pieces: &[Piece]) -> usize {
        let goes_on = match (self.place, pieces.first()) {
            (Place::Running(site, _), Some(first)) => first.site == site && first.start == self.rows.borders[0],
            _ => true,
        };
        pieces.len() - usize::from(goes_on && !pieces.is_empty())
    }
}
