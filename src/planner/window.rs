//! Every start of a run that can be the best one in a zone.

use super::curve::Curve;
use std::ops::RangeInclusive;

use super::grid::Offset;

/// A start that could be chosen.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(super) struct Start {
    /// When.
    pub(super) at: Offset,
    /// The cost of the run, in the objective's unit.
    pub(super) cost: f64,
    /// Which of the job's places.
    pub(super) place: usize,
    /// Whether the place has room for the whole run.
    pub(super) room: bool,
}

/// Visits every start in a window at which the cost of a run of `length` can be least, with the cost of 1 kW.
///
/// Over a step function the cost is piecewise linear in the start, and bends only where the start or the end of the run
/// meets a mark. So the least cost of any window lies at a mark, at a mark less the length, or at an end of the window; the
/// same holds for capacity, whose borders are marks. The ends of the window are visited by the caller with [`at`]. Two walks
/// along the marks, O(marks in the window and the run after it).
pub(super) fn starts(curve: &Curve, length: Offset, window: RangeInclusive<Offset>, mut visit: impl FnMut(Start)) {
    let (from, until) = window.into_inner();
    let floor = curve.floor(length);
    for stretch in &curve.stretches {
        let marks = stretch.rate.len();
        let (earliest, latest) = (stretch.at[0].max(from), (stretch.end() - length).min(until));
        if earliest > latest {
            continue;
        }
        let first = stretch.at.partition_point(|mark| *mark < earliest);
        let mut end_mark = first.saturating_sub(1);
        for mark in first..marks {
            let start = stretch.at[mark];
            if start > latest {
                break;
            }
            while stretch.at[end_mark + 1] < start + length {
                end_mark += 1;
            }
            let cost = floor + stretch.sum_after(end_mark, start + length) - stretch.sum[mark];
            visit(found(start, cost));
        }
        if length == 0 {
            continue;
        }
        let mut start_mark = first.saturating_sub(1);
        let first_end = stretch.at.partition_point(|mark| *mark < earliest + length);
        for end_mark in first_end..=marks {
            let start = stretch.at[end_mark] - length;
            if start > latest {
                break;
            }
            while stretch.at[start_mark + 1] <= start {
                start_mark += 1;
            }
            if stretch.at[start_mark] == start {
                continue; // The first walk has visited it.
            }
            let cost = floor + stretch.sum[end_mark] - stretch.sum_after(start_mark, start);
            visit(found(start, cost));
        }
    }
}

/// The start of a run of `length` at this very instant, with the cost of 1 kW; `None` where its cost is not known.
pub(super) fn at(curve: &Curve, start: Offset, length: Offset) -> Option<Start> {
    Some(found(start, curve.cost(start, length)?))
}

fn found(at: Offset, cost: f64) -> Start {
    Start {
        at,
        cost,
        place: 0,
        room: true,
    }
}

#[cfg(test)]
mod tests {
    use super::super::testing::{day, hours, series};
    use super::*;
    use crate::units::Signal;

    fn all(values: &[f64], length: f64) -> Vec<Start> {
        let curve = Curve::of(&series(0, 3600, values), Signal::CarbonIntensity, 1.0, &day());
        let mut found = Vec::new();
        starts(&curve, hours(length), 0..=hours(24.0), |start| found.push(start));
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
    }

    #[test]
    fn a_window_leaves_out_what_lies_outside_and_nothing_else() {
        let values = [3.0, 1.0, 4.0, 1.0, 5.0];
        let curve = Curve::of(&series(0, 3600, &values), Signal::CarbonIntensity, 1.0, &day());
        for length in [0.0, 0.25, 1.0, 1.75] {
            for (from, until) in [(0.0, 9.0), (0.3, 2.0), (1.0, 1.0), (2.2, 2.6), (4.9, 9.0)] {
                let window = hours(from)..=hours(until);
                let mut inside = Vec::new();
                starts(&curve, hours(length), window.clone(), |start| inside.push(start));
                let expected: Vec<Start> = all(&values, length)
                    .into_iter()
                    .filter(|start| window.contains(&start.at))
                    .collect();
                assert_eq!(inside, expected, "{length} in {from} to {until}");
            }
        }
    }

    #[test]
    fn every_start_carries_the_cost_of_its_run() {
        let curve = Curve::of(
            &series(0, 3600, &[3.0, 1.0, 4.0, 1.0, 5.0]),
            Signal::CarbonIntensity,
            1.0,
            &day(),
        );
        for length in [0.0, 0.25, 1.0, 1.75, 5.0] {
            for start in all(&[3.0, 1.0, 4.0, 1.0, 5.0], length) {
                let exact = at(&curve, start.at, hours(length)).unwrap();
                assert!((exact.cost - start.cost).abs() < 1e-9, "{start:?} {exact:?}");
            }
        }
    }

    #[test]
    fn a_run_longer_than_the_series_has_no_start() {
        assert!(all(&[1.0, 2.0], 2.5).is_empty());
        assert_eq!(all(&[1.0, 2.0], 2.0).len(), 1);
    }
}
