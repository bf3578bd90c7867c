//! Small instances, all their plans on whole hours, and their duals.

use jiff::SignedDuration;

use super::super::super::demand::{Pausing, Step};
use super::super::super::grid::{HOUR, Offset};
use super::super::super::rows::Standing;
use super::super::{Widths, in_hours};

/// A job and its window.
#[derive(Clone, Debug)]
pub(super) struct Instance {
    pub(super) borders: Vec<Offset>,
    pub(super) rates: Vec<Vec<f64>>,
    pub(super) energy: Vec<f64>,
    pub(super) per_hour: f64,
    pub(super) steps: Vec<Step>,
    pub(super) length: Offset,
    pub(super) standing: Standing,
    pub(super) pausing: Option<Pausing>,
}

/// Pauses for nothing.
pub(super) fn free() -> Pausing {
    Pausing {
        resume_cost: SignedDuration::ZERO,
        migration_cost: None,
        minimum_run: SignedDuration::ZERO,
        most: u32::MAX,
    }
}

impl Instance {
    pub(super) fn random(random: &mut fastrand::Rng) -> Self {
        let rows = random.usize(1..=5);
        let mut borders = vec![0];
        for row in 0..rows {
            borders.push(borders[row] + random.i64(1..=2) * HOUR);
        }
        let mut throughput = 1.0;
        let steps: Vec<Step> = (1..=random.u32(1..=3))
            .map(|pods| {
                throughput += if pods == 1 {
                    0.0
                } else {
                    f64::from(random.u32(1..=4)) / 2.0
                };
                Step {
                    pods,
                    throughput,
                    power: 1.0,
                }
            })
            .collect();
        let blocked = [0, 1, 3][random.usize(..3)];
        let rate = |random: &mut fastrand::Rng, least: u32| {
            let is_blocked = random.u32(..10) < blocked;
            if is_blocked {
                f64::INFINITY
            } else {
                random.u32(least..least + 10).into()
            }
        };
        let least = [0, 4][random.usize(..2)];
        let rates = (0..steps.len() as u32).map(|step| (0..rows).map(|_| rate(random, least * step)).collect());
        let hours = |hours: i64| SignedDuration::from_hours(hours);
        Self {
            rates: rates.collect::<Vec<_>>(),
            energy: (0..rows).map(|_| random.u32(1..10).into()).collect(),
            per_hour: [0.0, 0.0, 1.0, 4.0][random.usize(..4)],
            length: random.i64(1..=(borders[rows] / HOUR * 3)) * HOUR / 2,
            standing: [
                Standing::Fresh,
                Standing::Paused(0),
                Standing::Running(0, random.i64(0..3) * HOUR),
            ][random.usize(..3)],
            pausing: Some(Pausing {
                resume_cost: hours(random.i64(0..3)) / 2,
                migration_cost: None,
                minimum_run: hours(random.i64(0..3)) / 2,
                most: [0, 1, 2, 9][random.usize(..4)],
            }),
            borders,
            steps,
        }
    }

    pub(super) fn widths(&self) -> Widths<'_> {
        Widths {
            slack: Offset::MAX,
            site: 0,
            borders: &self.borders,
            rates: &self.rates,
            energy: &self.energy,
            per_hour: self.per_hour,
            steps: &self.steps,
        }
    }

    /// What the cheapest plan costs, of one that has not started, that takes one step an hour and stops when all is done; with
    /// gaps where a resume costs so many hours of energy.
    pub(super) fn least_on_hours(&self, resume: Option<f64>) -> f64 {
        self.rest(0, in_hours(self.length), (false, false), resume)
    }

    fn rest(&self, hour: i64, left: f64, (has_run, is_on): (bool, bool), resume: Option<f64>) -> f64 {
        let Some(row) = self.borders[1..].iter().position(|end| hour * HOUR < *end) else {
            return f64::INFINITY;
        };
        let mut least = if resume.is_some() || !has_run {
            self.rest(hour + 1, left, (has_run, false), resume)
        } else {
            f64::INFINITY
        };
        let resumed = resume.filter(|_| has_run && !is_on).unwrap_or(0.0) * self.energy[row];
        for (step, rates) in self.steps.iter().zip(&self.rates) {
            let time = (left / step.throughput).min(1.0);
            let cost = if !rates[row].is_finite() {
                continue;
            } else if time * step.throughput >= left - 1e-9 {
                rates[row] * time + self.per_hour * (hour as f64 + time - in_hours(self.length))
            } else {
                rates[row] + self.rest(hour + 1, left - step.throughput, (true, true), resume)
            };
            least = least.min(cost + resumed);
        }
        least
    }

    /// The cheapest first and last row of a run without a gap, each by its dual.
    pub(super) fn dual_without_gap(&self) -> f64 {
        let rows = self.energy.len();
        let pairs = (0..rows).flat_map(|first| (first..rows).map(move |last| (first, last)));
        let dual = |(first, last)| self.dual(first, last, |row| row == first || row == last);
        pairs.map(dual).fold(f64::INFINITY, f64::min)
    }

    /// The cheapest last row of a plan whose pauses cost nothing, by its dual.
    pub(super) fn dual_with_gaps(&self) -> f64 {
        let duals = (0..self.energy.len()).map(|last| self.dual(0, last, |_| true));
        duals.fold(f64::INFINITY, f64::min)
    }

    /// The dual of a linear program: the most, over all prices of work, of what the rows cost less what their work is worth. It
    /// is concave and bends only where two points of a row are worth the same; without end where there is no plan.
    fn dual(&self, first: usize, last: usize, may_idle: impl Fn(usize) -> bool) -> f64 {
        let points = |row: usize| {
            let more = if row == last { self.per_hour } else { 0.0 };
            let idle = may_idle(row).then_some((0.0, 0.0));
            let steps = self
                .steps
                .iter()
                .zip(&self.rates)
                .map(move |(step, rates)| (step.throughput, rates[row] + more));
            idle.into_iter()
                .chain(steps)
                .filter(|(_, rate)| rate.is_finite())
                .collect::<Vec<_>>()
        };
        let rows: Vec<(f64, Vec<(f64, f64)>)> = (first..=last)
            .map(|row| (in_hours(self.borders[row + 1] - self.borders[row]), points(row)))
            .collect();
        let fixed = self.per_hour * in_hours(self.borders[last] - self.length);
        let mut prices = vec![-1e9, 1e9];
        for (_, points) in &rows {
            for (number, a) in points.iter().enumerate() {
                let others = points[..number].iter().filter(|b| b.0 != a.0);
                prices.extend(others.map(|b| (a.1 - b.1) / (a.0 - b.0)));
            }
        }
        let value = |price: f64| {
            let row = |(hours, points): &(f64, Vec<(f64, f64)>)| {
                let worth = points.iter().map(|(work, rate)| rate - price * work);
                hours * worth.fold(f64::INFINITY, f64::min)
            };
            price * in_hours(self.length) + rows.iter().map(row).sum::<f64>() + fixed
        };
        let most = prices.into_iter().map(value).fold(f64::NEG_INFINITY, f64::max);
        if most > 1e6 { f64::INFINITY } else { most }
    }
}
