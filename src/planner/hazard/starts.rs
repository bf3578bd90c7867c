//! What every start of a job of unknown length is expected to cost, where it may not pause.

use super::super::grid::{Grid, HOUR, Offset};
use super::super::market::Field;
use super::super::survival::Survival;
use super::left::Left;

/// The expected cost of a start at each border of the grid but the last, for 1 kW; infinite where the first slot is not known.
///
/// With `C(t)` the cost from the first border to `t`, a start at `t` costs `E[C(t + length)] - C(t)`; `C` is piecewise linear,
/// so the expectation is a weighted sum over borders with the same weights for every start: O(slots x the slots that the curve
/// spans, or twice its steps where that is less). Where the field is not known any more, its last known day goes on as a mean.
pub(in crate::planner) fn expected(curve: &Survival, field: &Field, grid: &Grid) -> Vec<f64> {
    let mut costs = vec![f64::INFINITY; grid.len()];
    let Some(left) = Left::of(curve, 0) else {
        return costs;
    };
    let weights = weights(&left, grid.step());
    let mut slot = 0;
    while slot < grid.len() {
        let until = field.known_until(slot);
        if until > slot {
            let sums = extended(&field.sums()[slot..=until], grid.step(), &weights);
            stretch(&sums, &weights, &mut costs[slot..until]);
        }
        slot = until.max(slot + 1);
    }
    costs
}

/// How the end of a run is spread over the borders after its start: so many slots later, with this weight.
fn weights(left: &Left, step: Offset) -> Vec<(usize, f64)> {
    let mut weights: Vec<(usize, f64)> = Vec::new();
    let mut add = |slots: usize, weight: f64| match weights.last_mut() {
        Some((last, sum)) if *last == slots => *sum += weight,
        _ if weight > 0.0 => weights.push((slots, weight)),
        _ => {}
    };
    let mut before = 1.0;
    for (after, alive) in left.steps() {
        let (slots, part) = ((after / step) as usize, (after % step) as f64 / step as f64);
        add(slots, (before - alive) * (1.0 - part));
        add(slots + 1, (before - alive) * part);
        before = alive;
    }
    weights
}

/// The sums of a stretch, and on beyond its end at the mean of its last day as far as the weights reach.
fn extended(sums: &[f64], step: Offset, weights: &[(usize, f64)]) -> Vec<f64> {
    let last = sums.len() - 1;
    let day = ((24 * HOUR / step).max(1) as usize).min(last);
    let slope = (sums[last] - sums[last - day]) / day as f64;
    let reach = weights.last().map_or(0, |(slots, _)| *slots);
    let beyond = (1..=reach).map(|slots| sums[last] + slope * slots as f64);
    sums.iter().copied().chain(beyond).collect()
}

fn stretch(sums: &[f64], weights: &[(usize, f64)], costs: &mut [f64]) {
    for (cost, sum) in costs.iter_mut().zip(sums) {
        *cost = -sum;
    }
    for (slots, weight) in weights {
        for (cost, sum) in costs.iter_mut().zip(&sums[*slots..]) {
            *cost += weight * sum;
        }
    }
}
