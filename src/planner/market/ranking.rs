//! The sites of a bidder in the order in which a search looks at them: it may stop before the first that cannot be the best.

use super::super::grid::Grid;
use super::super::least::{least, lesser};
use super::bid::Bidder;
use super::field::{Field, Sums};

impl Bidder {
    /// Its sites, those first in which a start may cost least, each with a lower bound on the score of any start there,
    /// whatever its room costs. `fine` are the fields on the slots of bookings, `coarse` on those of costs.
    pub(in crate::planner) fn rank_sites(
        &self,
        (fine, finer): (&[Field], &Grid),
        (coarse, grid): (&[Field], &Grid),
    ) -> Vec<(f64, usize)> {
        if self.sites.len() == 1 {
            return vec![(f64::NEG_INFINITY, 0)];
        }
        // What a run of unknown length is expected to cost differs a little between finer and coarser slots.
        let mut buffer = Vec::new();
        let mut least = |field: usize| match (fine[field].expected(), coarse[field].expected()) {
            (Some(fine), Some(coarse)) => self.least_expected(fine, finer).min(self.least_expected(coarse, grid)),
            _ => self.least_known(&coarse[field], grid, &mut buffer),
        };
        let sites = self.sites.iter().enumerate();
        let mut ranked: Vec<(f64, usize)> = sites.map(|(number, site)| (least(site.field), number)).collect();
        ranked.sort_by(|a, b| a.0.total_cmp(&b.0).then(a.1.cmp(&b.1)));
        ranked
    }

    /// Of a run of known length.
    fn least_known(&self, field: &Field, grid: &Grid, buffer: &mut Vec<f64>) -> f64 {
        let slots = self.slots(grid);
        let mut cheapest = f64::INFINITY;
        if slots.is_empty() {
            return cheapest;
        }
        for known in field.stretches(slots) {
            let scan = self.scan(&known, grid);
            scan.each([Sums::over(field.sums(), grid)], grid, buffer, |starts| {
                if self.per_hour == 0.0 {
                    cheapest = lesser(cheapest, least(starts.over(0)) * self.kilowatts);
                    return;
                }
                for (number, over) in starts.over(0).iter().enumerate() {
                    cheapest = lesser(cheapest, over * self.kilowatts + self.waiting(starts.at(number)));
                }
            });
        }
        cheapest
    }

    /// Of a run of unknown length: what it is expected to cost lies between the values at the borders around its start.
    fn least_expected(&self, expected: &[f64], grid: &Grid) -> f64 {
        let starts = grid.touched(self.first, self.last.max(self.first) + 1);
        let costs = expected.get(starts.start..=starts.end).unwrap_or_default();
        costs.iter().copied().fold(f64::INFINITY, f64::min) * self.kilowatts
    }
}
