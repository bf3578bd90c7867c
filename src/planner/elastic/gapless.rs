//! The cheapest run without a gap.

use super::super::curve::in_hours;
use super::super::grid::Offset;
use super::super::rows::{EQUAL, Piece};
use super::hull::{Corner, Hulls, Used};
use super::{Job, pieces};

/// How often the price of work is looked for before all runs are gone through.
const ROUNDS: usize = 3;

/// All runs from a row to a row: the first one is used to its end, the last one from its start, all between them wholly.
pub(super) struct Search<'a> {
    job: &'a Job<'a>,
    closed: &'a Hulls,
    open: &'a Hulls,
    last: &'a Hulls,
    /// The hours of energy of the start; `None`: it runs already, and goes on.
    start: Option<f64>,
}

/// A run from a row to a row.
#[derive(Clone, Debug)]
struct Run {
    cost: f64,
    rows: (usize, usize),
    used: Used,
}

/// What the rows are worth at least at a price of work: rates less what the work is worth.
struct Worth {
    price: f64,
    /// Sums of the rows that are wholly used.
    closed: Vec<f64>,
    open: Vec<f64>,
    last: Vec<f64>,
}

impl<'a> Search<'a> {
    /// Runs that begin with a start of so many hours of energy, or go on from the first border.
    pub(super) fn of(job: &'a Job<'a>, hulls: (&'a Hulls, &'a Hulls, &'a Hulls), start: Option<f64>) -> Self {
        let (closed, open, last) = hulls;
        Self {
            job,
            closed,
            open,
            last,
            start,
        }
    }

    /// The cheapest run; among equals that which starts and ends sooner. `None` where none can do the work.
    pub(super) fn best(&self) -> Option<Vec<Piece>> {
        let mut best: Option<Run> = None;
        // A good run first, from the price of work of the one before it, so that the bound leaves out most others.
        let mut worth = self.worth(self.first_price()?);
        for _ in 0..ROUNDS {
            let Some(run) = self.most_promising(&worth).and_then(|rows| self.run(rows)) else {
                break;
            };
            let price = run.used.price;
            if best.as_ref().is_none_or(|best| run.cost < best.cost) {
                best = Some(run);
            }
            if price == worth.price {
                break;
            }
            worth = self.worth(price);
        }
        for rows in self.runs() {
            let enough = best
                .as_ref()
                .map_or(f64::INFINITY, |best| best.cost - EQUAL * best.cost.abs());
            if self.bound(rows, &worth) < enough
                && let Some(run) = self.run(rows).filter(|run| run.cost < enough)
            {
                worth = self.worth(run.used.price);
                best = Some(run);
            }
        }
        let best = best?;
        let enough = best.cost + EQUAL * best.cost.abs();
        let equals = self.runs().take_while(|rows| *rows < best.rows);
        let mut sooner = equals.filter(|rows| self.bound(*rows, &worth) <= enough);
        let sooner = sooner.find_map(|rows| self.run(rows).filter(|run| run.cost <= enough));
        let run = sooner.unwrap_or(best);
        Some(pieces::of(self.job, &run.used, Some(run.rows)))
    }

    /// The run with the least bound.
    fn most_promising(&self, worth: &Worth) -> Option<(usize, usize)> {
        let bounds = self.runs().map(|rows| (self.bound(rows, worth), rows));
        bounds.min_by(|a, b| a.0.total_cmp(&b.0)).map(|(_, rows)| rows)
    }

    /// All pairs of a first and a last row between which there is room everywhere, and which may do the work.
    fn runs(&self) -> impl Iterator<Item = (usize, usize)> {
        let rows = self.job.rows();
        let work = in_hours(self.job.length);
        let borders = self.job.widths.borders;
        let in_time = |border: &Offset| border - borders[0] <= self.job.widths.slack;
        let in_time = borders[..rows].partition_point(in_time).max(1);
        let firsts = 0..if self.start.is_some() { in_time } else { 1 };
        firsts.flat_map(move |first| {
            let mut between = 0.0;
            let fits = move |last: &usize| {
                let whole = last
                    .checked_sub(1)
                    .filter(|row| *row > first || *row == first && self.start.is_none());
                if let Some(row) = whole {
                    let slowest = self.closed.row(row).first();
                    between += slowest.map_or(f64::INFINITY, |slowest| slowest.throughput * self.job.hours(row));
                }
                between <= work * (1.0 + EQUAL)
            };
            (first..rows).take_while(fits).map(move |last| (first, last))
        })
    }

    /// The cheapest way to do the work in a run from a row to a row.
    fn run(&self, rows: (usize, usize)) -> Option<Run> {
        let (first, last) = rows;
        let hull = |row| match row {
            row if row == last => self.last.row(row),
            row if row == first && self.start.is_some() => self.open.row(row),
            row => self.closed.row(row),
        };
        let used = self.job.cheapest(first..last + 1, hull)?;
        let cost = used.cost + self.fixed(rows);
        Some(Run { cost, rows, used })
    }

    /// What a run costs however its rows are used.
    fn fixed(&self, (first, last): (usize, usize)) -> f64 {
        let widths = self.job.widths;
        let start = self.start.filter(|hours| *hours > 0.0);
        start.map_or(0.0, |hours| hours * widths.energy[first]) + self.job.waiting(widths.borders[last])
    }

    /// A lower bound on the cost of a run: the Lagrangian of its work at a price of it.
    fn bound(&self, rows: (usize, usize), worth: &Worth) -> f64 {
        let (first, last) = rows;
        let mut bound = worth.price * in_hours(self.job.length) + worth.last[last] + self.fixed(rows);
        if first < last {
            let whole = if self.start.is_some() { first + 1 } else { first };
            bound += worth.closed[last] - worth.closed[whole];
            if self.start.is_some() {
                bound += worth.open[first];
            }
        }
        bound
    }

    fn worth(&self, price: f64) -> Worth {
        let least = |hulls: &Hulls, row: usize| {
            let worth = |corner: &Corner| corner.rate - price * corner.throughput;
            let least = hulls.row(row).iter().map(worth).fold(f64::INFINITY, f64::min);
            // No run goes through a row without room.
            if least.is_finite() {
                least * self.job.hours(row)
            } else {
                0.0
            }
        };
        let rows = 0..self.job.rows();
        let mut sum = 0.0;
        let sums = rows.clone().map(|row| {
            sum += least(self.closed, row);
            sum
        });
        Worth {
            price,
            closed: std::iter::once(0.0).chain(sums).collect(),
            open: rows.clone().map(|row| least(self.open, row)).collect(),
            last: rows.map(|row| least(self.last, row)).collect(),
        }
    }

    /// The price of work if all rows could be used with gaps; `None` where not even that does all of it.
    fn first_price(&self) -> Option<f64> {
        let used = self.job.cheapest(0..self.job.rows(), |row| self.open.row(row));
        used.map(|used| used.price)
    }
}
