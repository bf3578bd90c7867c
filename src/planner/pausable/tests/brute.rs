//! All plans of small instances, whose starts and stops lie on whole hours.

use jiff::SignedDuration;

use super::super::super::demand::Pausing;
use super::super::super::grid::{HOUR, Offset};
use super::super::super::rows::{Rows, Standing};

/// A job and its window.
#[derive(Clone, Debug)]
pub(super) struct Instance {
    pub(super) rows: Rows,
    pub(super) length: Offset,
    pub(super) standing: Standing,
    pub(super) pauses: u32,
    pub(super) pausing: Pausing,
}

/// A plan on its way.
#[derive(Clone, Copy)]
struct Way {
    hour: i64,
    left: i64,
    before: Option<usize>,
    /// Since when it runs, if it does.
    since: Option<i64>,
    pauses: u32,
}

impl Instance {
    pub(super) fn random(random: &mut fastrand::Rng, sites: usize) -> Self {
        let row = random.i64(1..=if sites > 1 { 2 } else { 3 });
        let count = if sites > 1 {
            random.usize(1..=5)
        } else {
            random.usize(1..=if row == 3 { 5 } else { 7 })
        };
        let first = random.i64(1..=row);
        let mut borders: Vec<Offset> = (0..count as i64).map(|whole| (first + whole * row) * HOUR).collect();
        borders.insert(0, 0);
        if count > 1 {
            borders[count] -= random.i64(0..row) * HOUR;
        }
        let blocked = [0, 1, 3][random.usize(..3)];
        let rate = |random: &mut fastrand::Rng| {
            let is_blocked = random.usize(..10) < blocked;
            if is_blocked {
                f64::INFINITY
            } else {
                random.u32(0..10).into()
            }
        };
        let rates = (0..sites).map(|_| (0..count).map(|_| rate(random)).collect()).collect();
        let energy = (0..sites)
            .map(|_| (0..count).map(|_| random.u32(1..10).into()).collect())
            .collect();
        let hours = |hours: i64| SignedDuration::from_hours(hours);
        let (site, ran) = (random.usize(..sites), random.i64(0..4) * HOUR);
        Self {
            length: random.i64(1..=borders[count] / HOUR) * HOUR,
            rows: Rows {
                borders,
                rates,
                energy,
                per_hour: [0.0, 0.0, 1.0, 3.0][random.usize(..4)],
            },
            standing: [
                Standing::Fresh,
                Standing::Fresh,
                Standing::Paused(site),
                Standing::Running(site, ran),
            ][random.usize(..4)],
            pauses: random.u32(0..2),
            pausing: Pausing {
                resume_cost: hours(random.i64(0..3)),
                migration_cost: [None, Some(hours(random.i64(0..3)))][random.usize(..2)],
                minimum_run: hours(random.i64(0..5)),
                most: [0, 1, 2, 3, 100][random.usize(..5)],
            },
        }
    }

    /// Makes runs of no length worthless, by which a paused job would only get to where its resume is cheaper: a move costs what a
    /// resume does, or as much more as was said, with the same energy at all times.
    pub(super) fn without_worth_in_hops(&mut self) {
        let Some(more) = self.pausing.migration_cost else {
            return;
        };
        if more > self.pausing.resume_cost {
            for energy in &mut self.rows.energy {
                let same = energy[0];
                energy.fill(same);
            }
        } else {
            self.pausing.migration_cost = Some(self.pausing.resume_cost);
        }
    }

    /// Whether all rows but the last divide the minimum run, and what has been run of it.
    pub(super) fn is_minimum_even(&self) -> bool {
        let first = self.rows.time(0);
        let row = match self.rows.len() {
            1 => first,
            2 => first.max(self.rows.time(1)),
            _ => self.rows.time(1),
        };
        let ran = if let Standing::Running(_, ran) = self.standing {
            ran
        } else {
            0
        };
        let minimum = self.pausing.minimum_run.as_hours() * HOUR;
        minimum == 0 || minimum % row == 0 && first == row && ran % row == 0
    }

    /// What the cheapest plan costs whose starts and stops lie on whole hours; a start on a border as if it came just before it,
    /// where that is cheaper.
    pub(super) fn least(&self) -> f64 {
        let (before, since) = match self.standing {
            Standing::Fresh => (None, None),
            Standing::Paused(site) => (Some(site), None),
            Standing::Running(site, ran) => (Some(site), Some(-ran / HOUR)),
        };
        self.rest(Way {
            hour: 0,
            left: self.length / HOUR,
            before,
            since,
            pauses: self.pauses,
        })
    }

    fn rest(&self, way: Way) -> f64 {
        if way.left == 0 {
            return self.rows.per_hour * (way.hour - self.length / HOUR) as f64;
        }
        if way.hour + way.left > self.rows.borders[self.rows.len()] / HOUR {
            return f64::INFINITY;
        }
        let hour = way.hour + 1;
        let mut least = f64::INFINITY;
        let mut off = way;
        if let (Some(since), Some(site)) = (way.since, way.before) {
            let on = Way {
                hour,
                left: way.left - 1,
                ..way
            };
            least = self.ran(site, on);
            let has_lasted = way.hour - since >= self.pausing.minimum_run.as_hours();
            if !has_lasted || way.pauses >= self.pausing.most {
                return least;
            }
            off = Way {
                since: None,
                pauses: way.pauses + 1,
                ..way
            };
        }
        least = least.min(self.rest(Way { hour, ..off }));
        for site in 0..self.rows.rates.len() {
            let cost = match way.before {
                None => Some(SignedDuration::ZERO),
                Some(before) if before == site && way.since.is_some() => None,
                Some(before) if before == site => Some(self.pausing.resume_cost),
                Some(_) => self.pausing.migration_cost,
            };
            if let Some(cost) = cost {
                let energy = self.energy(
                    site,
                    way.hour,
                    way.since.is_none() || self.pausing.minimum_run.is_zero(),
                );
                let on = Way {
                    hour,
                    left: way.left - 1,
                    before: Some(site),
                    since: Some(way.hour),
                    ..off
                };
                least = least.min(cost.as_secs_f64() / 3600.0 * energy + self.ran(site, on));
            }
        }
        least
    }

    /// An hour in a site, and the rest after it.
    fn ran(&self, site: usize, after: Way) -> f64 {
        let rate = self.rows.rates[site][self.rows.row((after.hour - 1) * HOUR)];
        if rate.is_finite() {
            rate + self.rest(after)
        } else {
            f64::INFINITY
        }
    }

    fn energy(&self, site: usize, hour: i64, may_be_early: bool) -> f64 {
        let row = self.rows.row(hour * HOUR);
        let here = self.rows.energy[site][row];
        let is_border = self.rows.borders[row] == hour * HOUR;
        match row
            .checked_sub(1)
            .filter(|row| is_border && may_be_early && self.rows.rates[site][*row].is_finite())
        {
            Some(sooner) => here.min(self.rows.energy[site][sooner]),
            None => here,
        }
    }
}
