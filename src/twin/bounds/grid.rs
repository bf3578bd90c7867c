//! What it costs to run in a zone: a step function of grams, and of the prices of what the zone holds.

use crate::twin::series::{HOUR, Ms};
use crate::twin::world::{Job, Zone};

/// A stretch of a job's window over which nothing changes. Costs are those of its first width, per millisecond.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(super) struct Piece {
    pub(super) start: Ms,
    pub(super) end: Ms,
    /// Grams, PUE included.
    pub(super) grams: f64,
    /// The price of what it takes.
    pub(super) price: f64,
}

impl Piece {
    /// Its length in milliseconds.
    pub(super) fn time(&self) -> f64 {
        (self.end - self.start) as f64
    }

    /// Grams and price.
    pub(super) fn rate(&self) -> f64 {
        self.grams + self.price
    }
}

/// A zone's cells: its rows, those that are longer than the longest cell cut.
#[derive(Clone, Debug)]
pub(super) struct Grid {
    /// The starts of the cells, and their end.
    pub(super) at: Vec<Ms>,
    /// Grams per millisecond at 1 kW, PUE included.
    grams: Vec<f64>,
    /// The kinds of what it holds: cores, GiB, accelerators, and those of each model. None where it holds as much as is asked for.
    pub(super) kinds: usize,
    /// For each cell and kind: the price per unit and millisecond.
    pub(super) prices: Vec<f64>,
    /// For each cell and kind: units times milliseconds.
    pub(super) capacity: Vec<f64>,
    models: Vec<String>,
}

impl Grid {
    /// The cells of a zone, none longer than `longest`; all prices are 0.
    pub(super) fn of(zone: &Zone, longest: Ms) -> Self {
        let limited = !zone.capacity.is_empty();
        let (mut at, mut grams) = (Vec::new(), Vec::new());
        let borders = zone.intensity.borders();
        for ((start, value), end) in zone.intensity.rows().zip(borders.iter().skip(1)) {
            let longest = if limited { longest.max(1) } else { end - start };
            for start in (start..*end).step_by(longest as usize) {
                at.push(start);
                grams.push(value * zone.pue / HOUR);
            }
        }
        at.push(zone.intensity.end());
        let kinds = if limited { 3 + zone.gpu_models.len() } else { 0 };
        let mut grid = Self {
            prices: vec![0.0; grams.len() * kinds],
            capacity: vec![0.0; grams.len() * kinds],
            models: zone.gpu_models.iter().map(|(name, _)| name.clone()).collect(),
            at,
            grams,
            kinds,
        };
        grid.fill(zone);
        grid
    }

    /// What each cell holds.
    fn fill(&mut self, zone: &Zone) {
        for (number, (start, amounts)) in zone.capacity.iter().enumerate() {
            let start = if number == 0 { Ms::MIN } else { *start };
            let end = zone.capacity.get(number + 1).map_or(Ms::MAX, |next| next.0);
            let amounts = [amounts.cpus, amounts.memory_gib, amounts.gpus].into_iter();
            let amounts: Vec<f64> = amounts.chain(zone.gpu_models.iter().map(|(_, count)| *count)).collect();
            for cell in self.cells(start, end) {
                let time = self.at[cell + 1].min(end) - self.at[cell].max(start);
                for (kind, amount) in amounts.iter().enumerate() {
                    self.capacity[cell * self.kinds + kind] += amount * time as f64;
                }
            }
        }
    }

    /// The cells that `[from, until)` touches.
    pub(super) fn cells(&self, from: Ms, until: Ms) -> std::ops::Range<usize> {
        let first = self.at.partition_point(|at| *at <= from).saturating_sub(1);
        let last = self.at.partition_point(|at| *at < until).min(self.grams.len());
        first..last.max(first)
    }

    /// What a job takes of each kind at its first width.
    pub(super) fn need(&self, job: &Job) -> Vec<f64> {
        let need = [job.need.cpus, job.need.memory_gib, job.need.gpus].into_iter();
        let of = |model: &String| {
            if job.gpu_model.as_ref() == Some(model) {
                job.need.gpus
            } else {
                0.0
            }
        };
        need.chain(self.models.iter().map(of)).take(self.kinds).collect()
    }

    /// The pieces of a window, by time and without gaps.
    pub(super) fn pieces(&self, job: &Job, from: Ms, until: Ms) -> Vec<Piece> {
        let need = self.need(job);
        let cells = self.cells(from, until);
        let piece = |cell: usize| Piece {
            start: self.at[cell].max(from),
            end: self.at[cell + 1].min(until),
            grams: self.grams[cell] * job.kilowatts,
            price: self.price(cell, &need),
        };
        cells.map(piece).filter(|piece| piece.start < piece.end).collect()
    }

    fn price(&self, cell: usize, need: &[f64]) -> f64 {
        let prices = &self.prices[cell * self.kinds..(cell + 1) * self.kinds];
        prices.iter().zip(need).map(|(price, need)| price * need).sum()
    }
}
