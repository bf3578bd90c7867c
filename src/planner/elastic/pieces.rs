//! From the use of rows to the pieces of a plan, and what they cost.

use super::super::grid::Offset;
use super::super::rows::{self, Piece, Standing};
use super::Job;
use super::hull::{Corner, Use, Used};

/// The pieces of a plan; those that touch at the same step are one. For a run without a gap, its first and its last row.
pub(super) fn of(job: &Job<'_>, used: &Used, run: Option<(usize, usize)>) -> Vec<Piece> {
    let mut pieces: Vec<Piece> = Vec::with_capacity(used.rows.len() + 1);
    let mut add = |step: Option<usize>, start: Offset, end: Offset| {
        let Some(step) = step.filter(|_| start < end) else {
            return;
        };
        match pieces.last_mut().filter(|last| last.end == start && last.step == step) {
            Some(last) => last.end = end,
            None => pieces.push(Piece {
                site: job.widths.site,
                start,
                end,
                step,
            }),
        }
    };
    for (number, row) in used.rows.iter().enumerate() {
        let (start, end) = (job.widths.borders[row.row], job.widths.borders[row.row + 1]);
        let Some((other, share)) = row.other else {
            add(row.corner.step, start, end);
            continue;
        };
        // Rather a nanosecond more than less work.
        let time = ((share * (end - start) as f64).ceil() as Offset).min(end - start);
        if is_other_first(used, number, run) {
            add(other.step, start, start + time);
            add(row.corner.step, start + time, end);
        } else {
            add(row.corner.step, start, end - time);
            add(other.step, end - time, end);
        }
    }
    pieces
}

/// Whether the wider step of a row comes first, so that a run has no gap, and few changes of its step.
fn is_other_first(used: &Used, number: usize, run: Option<(usize, usize)>) -> bool {
    let Use { row, corner, other } = used.rows[number];
    if corner.step.is_none()
        && let Some((first, last)) = run
    {
        return row == last || row != first;
    }
    let step = |number: Option<usize>| {
        number
            .and_then(|number| used.rows.get(number))
            .and_then(|row| row.corner.step)
    };
    let (before, after) = (step(number.checked_sub(1)), step(Some(number + 1)));
    let other = other.and_then(|(other, _): (Corner, f64)| other.step);
    let is_late_better = match corner.step {
        None => before.is_none() && after.is_some(),
        Some(_) => before == corner.step || after == other,
    };
    !is_late_better || corner.step.is_some() && before == other
}

impl Job<'_> {
    /// What a plan costs: runs, resumes and waiting. `None` where it pauses or waits as it must not.
    pub(super) fn charge(&self, pieces: &[Piece]) -> Option<f64> {
        let widths = self.widths;
        let mut cost = self.waiting(pieces.last()?.end);
        let (mut pauses, mut done) = (self.pauses, 0);
        let mut before = match self.standing {
            Standing::Running(site, ran) => Some((site, widths.borders[0], ran)),
            Standing::Fresh | Standing::Paused(_) => None,
        };
        for piece in pieces {
            let touches = |(site, end, _): &(usize, Offset, Offset)| *site == piece.site && *end == piece.start;
            if piece.start - widths.borders[0] - done > widths.slack {
                return None;
            }
            let mut ran = piece.end - piece.start;
            done += (widths.steps[piece.step].throughput * ran as f64) as Offset;
            if let Some((.., before)) = before.filter(touches) {
                ran += before;
            } else {
                let hours = match before {
                    None => self.start_hours()?,
                    Some((site, _, ran)) => {
                        let hours = self.resume_hours(site).filter(|_| self.may_pause(ran, pauses))?;
                        pauses += 1;
                        hours
                    }
                };
                if hours > 0.0 {
                    let power = widths.steps[piece.step].power;
                    cost += hours * power * widths.energy[rows::row(widths.borders, piece.start)];
                }
            }
            cost += rows::cost(widths.borders, &widths.rates[piece.step], piece.start, piece.end);
            before = Some((piece.site, piece.end, ran));
        }
        Some(cost)
    }
}
