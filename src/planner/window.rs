//! Every start of a run that can be the best one in a zone.

use super::curve::Curve;
use super::grid::{Grid, Offset};

/// A start that could be chosen.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(super) struct Start {
    /// When.
    pub(super) at: Offset,
    /// The cost of the run, in the objective's unit.
    pub(super) cost: f64,
    /// Which of the job's places.
    pub(super) place: usize,
    /// The first grid slot that the run touches.
    pub(super) first: usize,
    /// The last grid slot that the run touches.
    pub(super) last: usize,
    /// Whether the place has room for the whole run.
    pub(super) room: bool,
}

/// Visits every start at which the cost of a run of `length` can be least, with the cost of 1 kW.
///
/// Over a step function the cost is piecewise linear in the start, and bends only where the start or the end of the run
/// meets a mark. So the least cost of any window lies at a mark, at a mark less the length, or at an end of the window; the
/// same holds for capacity, whose borders are marks. The ends that depend on the job, `last` above all, are visited by the
/// caller with [`at`]. Two walks along the marks, O(marks).
pub(super) fn starts(curve: &Curve, length: Offset, mut visit: impl FnMut(Start)) {
    let floor = curve.floor(length);
    for stretch in &curve.stretches {
        let marks = stretch.rate.len();
        let (earliest, latest) = (stretch.at[0], stretch.end() - length);
        let mut end_mark = 0;
        for mark in 0..marks {
            let start = stretch.at[mark];
            if start > latest {
                break;
            }
            while stretch.at[end_mark + 1] < start + length {
                end_mark += 1;
            }
            let cost = floor + stretch.sum_after(end_mark, start + length) - stretch.sum[mark];
            let (first, last) = (stretch.slot[mark] as usize, stretch.slot[end_mark.max(mark)] as usize);
            visit(found(start, cost, first, last));
        }
        if length == 0 {
            continue;
        }
        let mut start_mark = 0;
        for end_mark in 1..=marks {
            let start = stretch.at[end_mark] - length;
            if start < earliest {
                continue;
            }
            while stretch.at[start_mark + 1] <= start {
                start_mark += 1;
            }
            if stretch.at[start_mark] == start {
                continue; // The first walk has visited it.
            }
            let cost = floor + stretch.sum[end_mark] - stretch.sum_after(start_mark, start);
            let (first, last) = (stretch.slot[start_mark] as usize, stretch.slot[end_mark - 1] as usize);
            visit(found(start, cost, first, last));
        }
    }
}

/// The start of a run of `length` at this very instant, with the cost of 1 kW; `None` where its cost is not known.
pub(super) fn at(curve: &Curve, start: Offset, length: Offset, grid: &Grid) -> Option<Start> {
    let cost = curve.cost(start, length)?;
    let touched = grid.touched(start, start + length);
    Some(found(start, cost, touched.start, touched.end.saturating_sub(1)))
}

fn found(at: Offset, cost: f64, first: usize, last: usize) -> Start {
    Start {
        at,
        cost,
        place: 0,
        first,
        last,
        room: true,
    }
}

#[cfg(test)]
mod tests {
    use super::super::testing::{demand, hours, series, snapshot, steps};
    use super::*;
    use crate::units::Signal;

    fn grid() -> Grid {
        let mut s = snapshot();
        steps(&mut s, "a", 3600, &[1.0; 24]);
        s.demands = vec![demand("j", 86_400, 3600)];
        Grid::of(&s)
    }

    fn all(values: &[f64], length: f64) -> Vec<Start> {
        let curve = Curve::of(&series(0, 3600, values), Signal::CarbonIntensity, 1.0, &grid());
        let mut found = Vec::new();
        starts(&curve, hours(length), |start| found.push(start));
        found
    }

    #[test]
    fn the_best_start_may_end_at_a_border_instead_of_starting_there() {
        let best = all(&[300.0, 200.0, 100.0, 900.0], 1.5)
            .into_iter()
            .min_by(|a, b| a.cost.total_cmp(&b.cost))
            .unwrap();
        assert_eq!(best.at, hours(1.5));
        assert!((best.cost - 200.0).abs() < 1e-9);
        assert_eq!((best.first, best.last), (1, 2));
    }

    #[test]
    fn every_start_carries_the_slots_and_the_cost_of_its_run() {
        let curve = Curve::of(
            &series(0, 3600, &[3.0, 1.0, 4.0, 1.0, 5.0]),
            Signal::CarbonIntensity,
            1.0,
            &grid(),
        );
        for length in [0.0, 0.25, 1.0, 1.75, 5.0] {
            for start in all(&[3.0, 1.0, 4.0, 1.0, 5.0], length) {
                let exact = at(&curve, start.at, hours(length), &grid()).unwrap();
                assert!((exact.cost - start.cost).abs() < 1e-9, "{start:?} {exact:?}");
                assert_eq!((exact.first, exact.last), (start.first, start.last), "{length}");
            }
        }
    }

    #[test]
    fn a_run_longer_than_the_series_has_no_start() {
        assert!(all(&[1.0, 2.0], 2.5).is_empty());
        assert_eq!(all(&[1.0, 2.0], 2.0).len(), 1);
    }
}
