//! The least cost of one job alone, by the solver that fits it.

use std::borrow::Cow;

use jiff::SignedDuration;

use super::grid::{Grid, Piece};
use super::rows::Rows;
use super::windows::Window;
use super::{contiguous, elastic, pausable};
use crate::planner::{Pausing, Step};
use crate::twin::outcome::{Outcome, Segment};
use crate::twin::series::{Ms, ms};
use crate::twin::world::Job;

/// What was found for a job.
#[derive(Clone, Debug, Default)]
pub(super) struct Found {
    /// Grams and prices; a lower bound where it is not exact.
    pub(super) cost: f64,
    pub(super) exact: bool,
    /// When and where it runs.
    pub(super) segments: Vec<Segment>,
}

impl Found {
    pub(super) fn outcome(&self) -> Outcome {
        Outcome {
            segments: self.segments.clone(),
        }
    }

    fn of(segments: Vec<Segment>, cost: f64, exact: bool) -> Self {
        Self { cost, exact, segments }
    }
}

/// A width like any other.
const ONE: [Step; 1] = [Step {
    pods: 1,
    throughput: 1.0,
    power: 1.0,
}];

/// Costs that differ by less than this share are equal.
const EQUAL: f64 = 1e-12;

/// The least cost of a job within its window; where it fits into no zone's data, nothing is known of it and nothing counted.
pub(super) fn solve(window: &Window<'_>, grids: &[Grid]) -> Found {
    let pieces = |(zone, until): &(usize, Ms)| (*zone, grids[*zone].pieces(window.job, window.from, *until));
    let pieces: Vec<(usize, Vec<Piece>)> = window.zones.iter().map(pieces).collect();
    let moves = window
        .job
        .pausing
        .is_some_and(|pausing| pausing.migration_cost.is_some());
    // Where it may not move, each zone is a choice of its own.
    let groups = if moves {
        vec![pieces.as_slice()]
    } else {
        pieces.chunks(1).collect()
    };
    let solutions = groups.into_iter().filter_map(|group| in_group(window, group));
    solutions.min_by(|a, b| a.cost.total_cmp(&b.cost)).unwrap_or_default()
}

fn in_group(window: &Window<'_>, pieces: &[(usize, Vec<Piece>)]) -> Option<Found> {
    let job = window.job;
    let scaled = job.scaling.len() > 1;
    match (window.job.pausing, scaled) {
        (None, false) => through(pieces, job.length),
        (Some(pausing), false) => paused(pieces, job.length, pausing),
        (None, true) => {
            let rows = Rows::of(pieces, 0);
            let plan = elastic::unbroken(&rows, &job.scaling, job.length)?;
            Some(Found::of(plan.segments, plan.cost, true))
        }
        (Some(pausing), true) => {
            let rows = Rows::of(pieces, 0);
            let plan = elastic::free(&rows, &job.scaling, job.length)?;
            // What a resume costs depends on the width that it goes on with: exact only where nothing is to be paid.
            let exact = resumes(&plan.segments, pausing, |_, _| 1.0) == Some(0.0);
            Some(Found::of(plan.segments, plan.cost, exact))
        }
    }
}

/// Runs through in the best of the zones.
fn through(pieces: &[(usize, Vec<Piece>)], length: Ms) -> Option<Found> {
    let starts = pieces
        .iter()
        .filter_map(|(zone, pieces)| Some((contiguous::best(pieces, length)?, *zone)));
    let ((cost, start), zone) = starts.min_by(|a, b| a.0.0.total_cmp(&b.0.0))?;
    let segment = Segment {
        zone: Some(zone),
        start,
        end: start + length,
        step: 0,
    };
    Some(Found::of(vec![segment], cost, true))
}

/// The best pauses: none, where that is as good as if they cost nothing; else those of the dynamic program.
fn paused(pieces: &[(usize, Vec<Piece>)], length: Ms, pausing: Pausing) -> Option<Found> {
    let through = through(pieces, length)?;
    let rows = Rows::of(pieces, 0);
    let free = elastic::free(&rows, &ONE, length)?;
    if through.cost <= free.cost + EQUAL * free.cost.abs() {
        return Some(through);
    }
    // The pauses that would be best if they cost nothing, at what they cost.
    let simple = resumes(&free.segments, pausing, |zone, at| grams_at(pieces, zone, at));
    let simple = simple.map(|cost| Found::of(free.segments.clone(), free.cost + cost, true));
    let known = simple.filter(|simple| simple.cost < through.cost).unwrap_or(through);
    if known.cost <= free.cost + EQUAL * free.cost.abs() {
        return Some(known);
    }
    // With moves the proof does not hold for a minimum run: without one the cost is a lower bound.
    let relaxed = pausing.migration_cost.is_some() && !pausing.minimum_run.is_zero();
    let minimum_run = if relaxed {
        SignedDuration::ZERO
    } else {
        pausing.minimum_run
    };
    let rows = if minimum_run.is_positive() {
        Rows::of(pieces, ms(minimum_run))
    } else {
        rows
    };
    let pausing = Pausing { minimum_run, ..pausing };
    Some(
        match pausable::best(&rows, length, pausing, free.marginal, known.cost) {
            Ok(Some((cost, segments))) => {
                // A job that moves without running there can only be come close to.
                let moves_idly = segments.iter().any(|segment| segment.start == segment.end);
                Found::of(segments, cost, !relaxed && !moves_idly)
            }
            Ok(None) => known,
            Err(pausable::GivenUp) => Found::of(free.segments, free.cost, false),
        },
    )
}

/// The grams per millisecond in a zone at an instant.
fn grams_at(pieces: &[(usize, Vec<Piece>)], zone: Option<usize>, at: Ms) -> f64 {
    let of_zone = pieces.iter().find(|(number, _)| Some(*number) == zone);
    let piece = of_zone.and_then(|(_, pieces)| pieces.iter().find(|piece| at < piece.end));
    piece.map_or(f64::INFINITY, |piece| piece.grams)
}

/// What the resumes of a plan cost; `None` where its pauses are not allowed.
fn resumes(segments: &[Segment], pausing: Pausing, grams: impl Fn(Option<usize>, Ms) -> f64) -> Option<f64> {
    let broken = |pair: &[Segment]| pair[0].end < pair[1].start || pair[0].zone != pair[1].zone;
    let mut since = segments.first()?.start;
    let (mut pauses, mut total) = (0, 0.0);
    for pair in segments.windows(2).filter(|pair| broken(pair)) {
        let same = pair[0].zone == pair[1].zone;
        let cost = ms(if same {
            pausing.resume_cost
        } else {
            pausing.migration_cost?
        });
        if pair[0].end - since < ms(pausing.minimum_run) || pauses == pausing.most {
            return None;
        }
        if cost > 0 {
            total += cost as f64 * grams(pair[1].zone, pair[1].start);
        }
        since = pair[1].start;
        pauses += 1;
    }
    Some(total)
}

/// The job with what it takes at a step of its scaling.
pub(super) fn at_step(job: &Job, step: usize) -> Cow<'_, Job> {
    if step == 0 {
        return Cow::Borrowed(job);
    }
    let mut wide = job.clone();
    let wider = widening(job, step);
    wide.need.cpus *= wider;
    wide.need.memory_gib *= wider;
    wide.need.gpus *= wider;
    Cow::Owned(wide)
}

/// The pods of a step over those of the first.
pub(super) fn widening(job: &Job, step: usize) -> f64 {
    let pods = |step: usize| job.scaling.get(step).map_or(1.0, |step| f64::from(step.pods));
    pods(step) / pods(0)
}
