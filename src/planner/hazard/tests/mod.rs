//! The hazard program, by hand and against every course that there is.

mod by_hand;
mod courses;
mod properties;
mod starts;

use jiff::SignedDuration;

use super::super::curve::in_hours;
use super::super::testing::hours;
use super::*;

/// A curve of which these lengths, in hours, are equally likely.
fn lengths(lengths: &[f64]) -> Survival {
    let mut sorted = lengths.to_vec();
    sorted.sort_by(f64::total_cmp);
    let alive = |longer: usize| 1.0 - longer as f64 / lengths.len() as f64;
    let step = |(number, length): (usize, &f64)| (SignedDuration::from_nanos(hours(*length)), alive(number + 1));
    let steps: Vec<_> = sorted.iter().enumerate().map(step).collect();
    let is_last = |number: usize| steps.get(number + 1).is_none_or(|next| next.0 > steps[number].0);
    Survival::of(
        (0..steps.len())
            .filter(|number| is_last(*number))
            .map(|number| steps[number]),
    )
}

/// Rows of an hour, which cost this in each site.
fn rows(rates: &[&[f64]]) -> Rows {
    Rows {
        per_hour: 0.0,
        borders: (0..=rates[0].len()).map(|border| hours(border as f64)).collect(),
        rates: rates.iter().map(|rates| rates.to_vec()).collect(),
        energy: rates.iter().map(|rates| rates.to_vec()).collect(),
    }
}

/// Pauses that are free, and as many as one likes.
fn free() -> Pausing {
    Pausing {
        resume_cost: SignedDuration::ZERO,
        migration_cost: None,
        minimum_run: SignedDuration::ZERO,
        most: u32::MAX,
    }
}

/// A job that was never started, and may wait so many hours.
fn job<'a>(rows: &'a Rows, curve: &'a Survival, waiting: f64) -> Hazard<'a> {
    Hazard {
        rows,
        curve,
        done: 0,
        waiting: hours(waiting),
        pausing: free(),
        price_per_hour: 0.0,
        standing: Standing::Fresh,
    }
}

/// Pieces as site, start and end in hours.
fn pieces(pieces: &[Piece]) -> Vec<(usize, f64, f64)> {
    pieces
        .iter()
        .map(|piece| (piece.site, in_hours(piece.start), in_hours(piece.end)))
        .collect()
}

fn near(a: f64, b: f64) -> bool {
    (a - b).abs() <= 1e-9 * (1.0 + a.abs().max(b.abs()))
}
