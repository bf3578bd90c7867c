//! The cheapest way to run a job that may run wider or narrower.
//!
//! In a row, steps may share the time: what some work costs there is the lower hull of the points (throughput, rate) of all
//! steps, which is convex whatever the curve of the steps. So the cheapest way to do all work in given rows is to follow the
//! edges of all hulls by their slope, as CarbonScaler (Hanafy et al., SIGMETRICS 2023) does for curves that are concave.
//!
//! ```text
//! may be paused for nothing: not running is a corner of each hull, and all rows are given
//! without a gap:             it is one only in the row of the start and in that of the end, which are searched
//! may be paused for a price: in the rows where runs start and end, which are found at a price of work
//! ```

mod gapless;
mod gaps;
mod hull;
mod pieces;
#[cfg(test)]
mod tests;

use std::ops::Range;

use super::curve::in_hours;
use super::demand::{Pausing, Step};
use super::grid::Offset;
use super::rows::{Piece, Standing, keep_cheaper};
use hull::{Corner, Hulls, Part, Used, cheapest};

/// The window of one job in one site, and what running costs there at each width.
#[derive(Clone, Copy, Debug)]
pub(super) struct Widths<'a> {
    /// Which of the job's sites.
    pub(super) site: usize,
    /// The borders of the rows, rising, one more than there are rows: from the first possible start to the instant by which all
    /// must be done.
    pub(super) borders: &'a [Offset],
    /// By step and row: what an hour at this width costs, the price of room included; infinite where there is no room.
    pub(super) rates: &'a [Vec<f64>],
    /// By row: what an hour of the energy of a resume costs at the power of the first step. Plans are compared at the power of
    /// the step that they resume at; where a resume without a gap behind it is looked for, that of the first stands for all.
    pub(super) energy: &'a [f64],
    /// What an hour of waiting costs, as in [`super::rows::Rows::per_hour`]; a job that is done sooner than its first step would
    /// be gets it back.
    pub(super) per_hour: f64,
    /// The steps, by rising width; throughput is relative to the first.
    pub(super) steps: &'a [Step],
    /// How long it may have waited whenever it starts or is resumed: the time since the first border less the work that it has
    /// done by then. Without end for a job that may wait longer and then be the faster.
    pub(super) slack: Offset,
}

/// The cheapest plan of `length` of work, as time at the first step, for a job that stands so and has been paused so often,
/// with what it costs: runs, resumes and waiting.
///
/// Without `pausing` it runs without a gap, and so does one whose resumes cost more than its gaps save. That plan is exact, and
/// so is one with gaps where they cost nothing; where they do, it is the best that [`gaps`] finds. Of equal plans (within 1e-9) the
/// one that has fewer pauses, and runs sooner. `None` where nothing fits.
pub(super) fn best(
    widths: &Widths<'_>,
    length: Offset,
    standing: Standing,
    pauses: u32,
    pausing: Option<&Pausing>,
) -> Option<(f64, Vec<Piece>)> {
    if length <= 0 {
        return Some((0.0, Vec::new()));
    }
    let rows = widths.borders.len().checked_sub(1).filter(|rows| *rows > 0)?;
    if widths.rates.len() != widths.steps.len() || widths.rates.iter().any(|rates| rates.len() != rows) {
        return None;
    }
    let job = Job {
        widths,
        length,
        standing,
        pauses,
        pausing,
    };
    let mut best: Option<(f64, Vec<Piece>)> = None;
    let mut offer = |plan: Vec<Piece>| {
        if let Some(cost) = job.charge(&plan) {
            keep_cheaper(&mut best, cost, plan);
        }
    };
    let closed = Hulls::of(widths.rates, widths.steps, 0.0, false);
    let open = Hulls::of(widths.rates, widths.steps, 0.0, true);
    let last = Hulls::of(widths.rates, widths.steps, widths.per_hour, true);
    if job.is_running() {
        let glued = gapless::Search::of(&job, (&closed, &open, &last), None);
        glued.best().into_iter().for_each(&mut offer);
    }
    if let Some(hours) = job.start_hours() {
        let free = gapless::Search::of(&job, (&closed, &open, &last), Some(hours));
        free.best().into_iter().for_each(&mut offer);
    }
    if pausing.is_some() {
        job.with_gaps(&open, &last).into_iter().for_each(&mut offer);
        // What a resume costs depends on the width that it goes on with: it is sought at that of the widest and of the first.
        let ends = [widths.steps.first(), widths.steps.last()];
        for power in ends.into_iter().flatten().map(|step| step.power) {
            let paid = gaps::Search::of(&job, &closed, &open, power);
            paid.and_then(|paid| paid.best()).into_iter().for_each(&mut offer);
        }
    }
    best
}

/// A job and its window.
#[derive(Clone, Copy, Debug)]
struct Job<'a> {
    widths: &'a Widths<'a>,
    length: Offset,
    standing: Standing,
    pauses: u32,
    pausing: Option<&'a Pausing>,
}

impl Job<'_> {
    fn rows(&self) -> usize {
        self.widths.energy.len()
    }

    fn hours(&self, row: usize) -> f64 {
        in_hours(self.widths.borders[row + 1] - self.widths.borders[row])
    }

    /// What waiting until `end` costs.
    fn waiting(&self, end: Offset) -> f64 {
        self.widths.per_hour * in_hours(end - self.widths.borders[0] - self.length)
    }

    /// Whether it runs in this site, so that it goes on from the first border for nothing.
    fn is_running(&self) -> bool {
        matches!(self.standing, Standing::Running(site, _) if site == self.widths.site)
    }

    /// The hours of energy that a start later than at once costs; `None` where it is not allowed.
    fn start_hours(&self) -> Option<f64> {
        match self.standing {
            Standing::Fresh => Some(0.0),
            Standing::Paused(site) => self.resume_hours(site),
            Standing::Running(site, ran) => self.resume_hours(site).filter(|_| self.may_pause(ran, self.pauses)),
        }
    }

    fn resume_hours(&self, from: usize) -> Option<f64> {
        self.pausing?.resume_hours(from, self.widths.site)
    }

    /// Whether it may be paused after a run, and so many pauses.
    fn may_pause(&self, ran: Offset, pauses: u32) -> bool {
        self.pausing.is_some_and(|pausing| pausing.may_pause(ran, pauses))
    }

    /// The cheapest way to do all its work in these rows, with the hull of each.
    fn cheapest<'h>(&self, rows: Range<usize>, hull: impl Fn(usize) -> &'h [Corner]) -> Option<Used> {
        let part = |row| Part {
            row,
            hours: self.hours(row),
            hull: hull(row),
        };
        let parts: Vec<Part<'_>> = rows.map(part).collect();
        cheapest(&parts, in_hours(self.length))
    }

    /// The cheapest plan if pauses were free and not limited.
    ///
    /// The price of waiting counts to the end of the last row that is used: for each row, what it costs to end there.
    fn with_gaps(&self, open: &Hulls, last: &Hulls) -> Option<Vec<Piece>> {
        let all = self.rows();
        let first = if self.widths.per_hour == 0.0 { all } else { 1 };
        let mut best: Option<(f64, Used)> = None;
        for end in first..=all {
            let hull = |row| if row + 1 == end { last.row(row) } else { open.row(row) };
            let Some(used) = self.cheapest(0..end, hull) else {
                continue;
            };
            let cost = used.cost + self.waiting(self.widths.borders[end - 1]);
            keep_cheaper(&mut best, cost, used);
        }
        Some(pieces::of(self, &best?.1, None))
    }
}
