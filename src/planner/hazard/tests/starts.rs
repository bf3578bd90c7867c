//! The cost of every start, against each length on its own.

use proptest::prelude::*;

use super::super::super::curve::Curve;
use super::super::super::grid::Grid;
use super::super::super::market::Field;
use super::super::super::testing::{demand, series, snapshot, steps};
use super::super::starts::expected;
use super::*;
use crate::units::Signal;

/// A grid of hours, and the curve of these values.
fn curve(values: &[f64]) -> (Grid, Curve) {
    let mut s = snapshot();
    steps(&mut s, "a", 3600, values);
    s.demands = vec![demand("j", 7 * 86_400, 3600)];
    let grid = Grid::of(&s);
    let curve = Curve::of(&series(0, 3600, values), Signal::CarbonIntensity, 1.0, &grid);
    (grid, curve)
}

/// What every start costs.
fn starts(values: &[f64], lengths: &Survival) -> Vec<f64> {
    let (grid, curve) = curve(values);
    expected(lengths, &Field::of(&curve, &grid, 1), &grid)
}

#[test]
fn a_start_costs_the_mean_over_all_lengths() {
    let costs = starts(&[4.0, 2.0, 8.0, 6.0], &lengths(&[0.5, 1.5]));
    assert!(near(costs[0], 0.5 * 2.0 + 0.5 * 5.0), "{costs:?}");
    assert!(near(costs[1], 0.5 * 1.0 + 0.5 * 6.0), "{costs:?}");
}

#[test]
fn what_is_not_known_any_more_costs_the_mean_of_the_last_day() {
    let costs = starts(&[&[90.0][..], &[2.0, 4.0].repeat(12)].concat(), &lengths(&[2.5]));
    assert!(near(costs[24], 4.0 + 1.5 * 3.0), "{costs:?}");
}

#[test]
fn after_a_gap_costs_begin_anew_and_in_it_nothing_starts() {
    let costs = starts(&[1.0, 3.0, f64::NAN, 5.0, 7.0], &lengths(&[2.0]));
    assert!(near(costs[0], 4.0) && near(costs[1], 3.0 + 2.0), "{costs:?}");
    assert_eq!(costs[2], f64::INFINITY);
    assert!(near(costs[3], 12.0), "{costs:?}");
}

#[test]
fn a_kind_of_which_nothing_is_known_has_no_cost() {
    let costs = starts(&[1.0, 3.0], &Survival::default());
    assert!(costs.iter().all(|cost| *cost == f64::INFINITY), "{costs:?}");
}

proptest! {
    #![proptest_config(ProptestConfig { failure_persistence: None, ..ProptestConfig::default() })]

    #[test]
    fn every_start_costs_the_mean_of_what_each_length_costs(
        values in prop::collection::vec(0_u32..100, 60),
        quarters in prop::collection::vec(1_u32..120, 1..9),
    ) {
        let values: Vec<f64> = values.into_iter().map(f64::from).collect();
        let quarters: Vec<f64> = quarters.into_iter().map(|length| f64::from(length) / 4.0).collect();
        let costs = starts(&values, &lengths(&quarters));
        let (_, curve) = curve(&values);
        for (slot, cost) in costs.iter().enumerate().take(30) {
            let each = quarters.iter().map(|length| curve.cost(hours(slot as f64), hours(*length)).unwrap());
            prop_assert!(near(*cost, each.sum::<f64>() / quarters.len() as f64), "{slot}: {cost}");
        }
    }
}
