//! Plans with gaps whose resumes cost something.
//!
//! At a price of work the best rows to run in are a path: each row is run in or not, and each run but the first begins with a
//! resume. The dearer work is, the more of it a path does (Lagrangian relaxation of the work), so the price is found by halving.
//! The runs of each path on the way are filled at the least cost, and so are those near the best of them, as long as that helps. The
//! best runs of all may be on no path, so this proves nothing.

use std::ops::Range;

use super::super::curve::in_hours;
use super::super::rows::{Piece, keep_cheaper};
use super::hull::{Corner, Hulls, Part, cheapest};
use super::{Job, pieces};

/// How often the price of work is halved in on.
const HALVINGS: usize = 24;
/// How often those near the best are tried.
const STEPS: usize = 8;

/// Rows in which it runs without a gap, one run after another.
type Runs = Vec<Range<usize>>;
/// The cheapest plan of some runs, with them.
type Planned = (Vec<Piece>, Runs);

/// Where a row leaves the job.
#[derive(Clone, Copy)]
enum State {
    Fresh,
    On,
    Off,
}

/// The search for the best runs.
pub(super) struct Search<'a> {
    job: &'a Job<'a>,
    closed: &'a Hulls,
    open: &'a Hulls,
    /// The hours of energy of the first start; `None`: it runs already.
    start: Option<f64>,
    /// Those of each further one.
    resume: f64,
}

impl<'a> Search<'a> {
    /// Of a job that may be paused, as if each resume were at this power; `None` where it may not start, or where pauses cost
    /// nothing.
    pub(super) fn of(job: &'a Job<'a>, closed: &'a Hulls, open: &'a Hulls, power: f64) -> Option<Self> {
        let start = if job.is_running() {
            None
        } else {
            Some(job.start_hours()?)
        };
        let resume = power * job.resume_hours(job.widths.site).filter(|hours| *hours > 0.0)?;
        Some(Self {
            job,
            closed,
            open,
            start,
            resume,
        })
    }

    /// The best plan that is found.
    pub(super) fn best(&self) -> Option<Vec<Piece>> {
        let mut best: Option<(f64, Planned)> = None;
        let offer = |best: &mut _, runs: Runs| {
            if let Some((cost, plan)) = self.filled(&runs) {
                keep_cheaper(best, cost, (plan, runs));
            }
        };
        let (mut low, mut high) = (0.0, self.dearest());
        for _ in 0..HALVINGS {
            let price = f64::midpoint(low, high);
            let (mut runs, work) = self.path(price);
            if work < in_hours(self.job.length) {
                low = price;
            } else {
                high = price;
                // It may be paused less often than it would.
                while runs.len() > 1 && self.filled(&runs).is_none() {
                    close_a_gap(&mut runs);
                }
            }
            offer(&mut best, runs);
        }
        for _ in 0..STEPS {
            let (before, (_, runs)) = best.as_ref()?;
            let (before, near) = (*before, neighbours(runs, self.job.rows()));
            for runs in near {
                offer(&mut best, runs);
            }
            if best.as_ref()?.0 >= before {
                break;
            }
        }
        best.map(|(_, (plan, _))| plan)
    }

    /// At this price of work it is worth running anywhere.
    fn dearest(&self) -> f64 {
        let worth = |row: usize| {
            let resume = self.resume * self.job.widths.energy[row] / self.job.hours(row);
            let worth = move |corner: &Corner| (corner.rate + resume) / corner.throughput;
            self.closed.row(row).iter().map(worth)
        };
        let all = (0..self.job.rows()).flat_map(worth);
        2.0 * all.filter(|worth| worth.is_finite()).fold(0.0, f64::max)
    }

    /// The runs of the best path at a price of work, and the work that it does.
    fn path(&self, price: f64) -> (Runs, f64) {
        let rows = self.job.rows();
        let worth = |row: usize| {
            let of = |corner: &Corner| (corner.rate - price * corner.throughput, corner.throughput);
            let all = self.closed.row(row).iter().map(of);
            all.min_by(|a, b| a.0.total_cmp(&b.0)).unwrap_or((f64::INFINITY, 0.0))
        };
        let never = f64::INFINITY;
        let (fresh, mut on, mut off) = match self.start {
            Some(_) => (0.0, never, never),
            None => (never, 0.0, never),
        };
        // By row: from where it is best to run in it, and from where to be off after it.
        let mut from = Vec::with_capacity(rows);
        for row in 0..rows {
            let energy = self.job.widths.energy[row];
            let starts = [
                (on, State::On),
                (fresh + self.start.unwrap_or(0.0) * energy, State::Fresh),
                (off + self.resume * energy, State::Off),
            ];
            let (least, start) = starts
                .into_iter()
                .fold((never, State::On), |best, one| if one.0 < best.0 { one } else { best });
            let (rest, stop) = if on < off { (on, State::On) } else { (off, State::Off) };
            from.push((start, stop));
            (on, off) = (least + worth(row).0 * self.job.hours(row), rest);
        }
        let mut state = match (on <= off && on < fresh, off < fresh) {
            (true, _) => State::On,
            (_, true) => State::Off,
            _ => State::Fresh,
        };
        let (mut runs, mut work): (Runs, f64) = (Vec::new(), 0.0);
        for row in (0..rows).rev() {
            let (start, stop) = from[row];
            match state {
                State::Fresh => break,
                State::Off => state = stop,
                State::On => {
                    work += worth(row).1 * self.job.hours(row);
                    match runs.last_mut().filter(|run| run.start == row + 1) {
                        Some(run) => run.start = row,
                        None => runs.push(row..row + 1),
                    }
                    state = start;
                }
            }
        }
        runs.reverse();
        (runs, work)
    }

    /// The cheapest plan that runs in these rows, of which the first and the last of each run may be used in part.
    fn filled(&self, runs: &Runs) -> Option<(f64, Vec<Piece>)> {
        let hull = |row: usize| match runs.iter().find(|run| run.contains(&row)) {
            None => self.open.row(row).get(..1).filter(|idle| idle[0].step.is_none()),
            Some(run) => {
                let begins = row == run.start && (row > 0 || self.start.is_some());
                let is_edge = begins || row + 1 == run.end;
                Some(if is_edge {
                    self.open.row(row)
                } else {
                    self.closed.row(row)
                })
            }
        };
        let part = |row| {
            Some(Part {
                row,
                hours: self.job.hours(row),
                hull: hull(row)?,
            })
        };
        let parts: Vec<Part<'_>> = (0..self.job.rows()).map(part).collect::<Option<_>>()?;
        let plan = pieces::of(self.job, &cheapest(&parts, in_hours(self.job.length))?, None);
        Some((self.job.charge(&plan)?, plan))
    }
}

/// Makes one of the two runs between which the gap is the shortest.
fn close_a_gap(runs: &mut Runs) {
    let shortest = (1..runs.len()).min_by_key(|number| runs[*number].start - runs[*number - 1].end);
    if let Some(number) = shortest {
        let run = runs.remove(number);
        runs[number - 1].end = run.end;
    }
}

/// These runs with one gap closed, with one run left out, or with one that begins or ends a row sooner or later; of so many rows.
fn neighbours(runs: &Runs, rows: usize) -> Vec<Runs> {
    let closed = (1..runs.len()).map(|number| {
        let mut runs = runs.clone();
        runs[number - 1].end = runs.remove(number).end;
        runs
    });
    let without = (0..runs.len()).map(|number| {
        let mut runs = runs.clone();
        runs.remove(number);
        runs
    });
    let moved = (0..runs.len()).flat_map(|number| {
        let Range { start, end } = runs[number];
        let moves = [
            (start.wrapping_sub(1), end),
            (start + 1, end),
            (start, end - 1),
            (start, end + 1),
        ];
        moves.map(|(start, end)| {
            let mut runs = runs.clone();
            runs[number] = start..end;
            runs
        })
    });
    let is_sound = |runs: &Runs| {
        let apart = runs.windows(2).all(|two| two[0].end < two[1].start);
        apart && runs.iter().all(|run| run.start < run.end && run.end <= rows)
    };
    closed.chain(without).chain(moved).filter(is_sound).collect()
}
