//! The cheapest way to run a job that may be paused: an exact program over the rows of its window.
//!
//! Fix in which row each start and each stop lies: the cost is then linear in these instants, and they are bound by their rows
//! and by one sum, the work. So one of the cheapest plans is a vertex, where all instants but one are borders of rows, and the
//! work says where in its row the last one lies. Until then the work done, and after it the work left, is a sum of whole rows;
//! that makes few states, in dense arrays: borders x whole rows left x sites x pauses left.
//!
//! ```text
//! shape: the states --moves: what a job can do--> program: the least cost of the rest, and the way --pieces--> a plan
//! ```
//!
//! A resume costs the same anywhere in a row. At a border the cheaper of both rows is taken, and the resume comes a second
//! early where that is the row before.
//!
//! A minimum run counts in whole rows from the border after a start, rounded up: what comes out always keeps to it, and is the
//! cheapest where all rows divide it. Between sites a job moves at borders; a run of no length that only moves it is no run.

mod cheapest;
mod moves;
mod pieces;
mod program;
mod shape;
#[cfg(test)]
mod tests;

use super::curve::in_hours;
use super::demand::Pausing;
use super::grid::{Offset, nanos};
use super::rows::{Piece, Rows, Standing};
use moves::Moves;
use program::{Program, Step};
use shape::{Shape, State};

/// A program of more states than this (32 MiB, about ten milliseconds) is not tried.
pub(super) const MOST_STATES: usize = 1 << 22;

/// What is kept from job to job, so that it is allocated once.
#[derive(Debug, Default)]
pub(super) struct Scratch {
    values: Vec<f64>,
    steps: Vec<Step>,
    prices: Vec<f64>,
    order: Vec<(f64, usize, usize)>,
}

/// How a job may be paused, in the units of rows.
#[derive(Clone, Copy, Debug)]
struct Terms {
    /// Hours of energy.
    resume: f64,
    /// The same for a resume in another site, where that is allowed.
    migration: Option<f64>,
    minimum_run: Offset,
    most: u32,
}

impl Terms {
    fn of(pausing: &Pausing) -> Self {
        Self {
            resume: in_hours(nanos(pausing.resume_cost)),
            migration: pausing.migration_cost.map(|cost| in_hours(nanos(cost))),
            minimum_run: nanos(pausing.minimum_run),
            most: pausing.most,
        }
    }

    /// Whether pauses cost nothing and are not limited within so many rows.
    fn are_free(&self, rows: usize, pauses: u32) -> bool {
        self.resume <= 0.0 && self.minimum_run <= 0 && self.most.saturating_sub(pauses) as usize > rows
    }
}

/// The cheapest plan of `length` of work for a job that stands so and has been paused so often, with what it costs: runs,
/// resumes and waiting. Of equal plans (within 1e-9) the one that runs sooner. Pieces are in order, and those of a site never touch.
///
/// `None` where nothing fits, or where there are more [`states`] than [`MOST_STATES`]: take coarser rows then.
pub(super) fn best(
    rows: &Rows,
    length: Offset,
    standing: Standing,
    pauses: u32,
    pausing: &Pausing,
    scratch: &mut Scratch,
) -> Option<(f64, Vec<Piece>)> {
    if length <= 0 {
        return Some((0.0, Vec::new()));
    }
    if !has_time(rows, length) {
        return None;
    }
    let terms = Terms::of(pausing);
    if rows.per_hour == 0.0 {
        let found = cheapest::best(rows, length, &mut scratch.order)?;
        let is_allowed = rows.rates.len() == 1 && terms.are_free(rows.len(), pauses);
        if is_allowed || is_one_run(&found.1, rows, standing) {
            return Some(found);
        }
    }
    let shape = Shape::of(rows, length, pauses, &terms);
    if shape.states() > MOST_STATES {
        return None;
    }
    let pieces = solve(rows, length, standing, &shape, &terms, scratch)?;
    Some((pieces::total(rows, &pieces, standing, &terms, length), pieces))
}

fn solve(
    rows: &Rows,
    length: Offset,
    standing: Standing,
    shape: &Shape,
    terms: &Terms,
    scratch: &mut Scratch,
) -> Option<Vec<Piece>> {
    program::prices(rows, &mut scratch.prices);
    let program = Program {
        rows,
        length,
        moves: Moves { shape, terms },
        prices: &scratch.prices,
    };
    program.fill(&mut scratch.values, &mut scratch.steps);
    let (first, obliged) = match standing {
        Standing::Fresh => (State::Fresh, 0),
        Standing::Paused(site) => (State::Paused(site), 0),
        Standing::Running(site, ran) => (State::Running(site), terms.minimum_run - ran),
    };
    let way = program.way(&scratch.values, first, obliged)?;
    Some(pieces::of(&way, &program, standing))
}

/// How many states the program of a job has; its time grows with them, about two nanoseconds each.
pub(super) fn states(rows: &Rows, length: Offset, pauses: u32, pausing: &Pausing) -> usize {
    if length <= 0 || !has_time(rows, length) {
        return 0;
    }
    Shape::of(rows, length, pauses, &Terms::of(pausing)).states()
}

/// Whether a plan is a start that is free, or none, and no pause.
fn is_one_run(pieces: &[Piece], rows: &Rows, standing: Standing) -> bool {
    match (pieces, standing) {
        ([_], Standing::Fresh) => true,
        ([piece], Standing::Running(site, _)) => piece.site == site && piece.start == rows.borders[0],
        _ => false,
    }
}

/// Whether so much work fits between the first border and the last, in any site.
fn has_time(rows: &Rows, length: Offset) -> bool {
    match (rows.borders.first(), rows.borders.last()) {
        (Some(first), Some(last)) => rows.len() > 0 && !rows.rates.is_empty() && length <= last - first,
        _ => false,
    }
}
