//! The best widths of a job, where a pause costs nothing or is not allowed.
//!
//! Within a row a job may run at several widths one after the other, so that it reaches every point of the lower convex hull
//! of its (throughput, cost) points; with one sum to reach, the work, taking what the hulls offer by rising marginal cost per
//! work is optimal. Steps whose marginal throughput per power does not fall lie above the hull: they are mixed, and the
//! result is still exact.
//!
//! A job that may not be paused runs from some instant of a row `i` to some instant of a row `j`: for each pair the rows
//! between may not be idle, the outer two may (before the start, after the end), and the same greedy is optimal for the pair.

use super::rows::Rows;
use crate::planner::Step;
use crate::twin::outcome::Segment;
use crate::twin::series::Ms;

/// A solution.
#[derive(Clone, Debug)]
pub(super) struct Plan {
    /// Grams and prices.
    pub(super) cost: f64,
    /// The greatest cost per work that was taken: what a little more work would cost.
    pub(super) marginal: f64,
    /// When and where the job runs, by time.
    pub(super) segments: Vec<Segment>,
}

/// A way to spend a row.
#[derive(Clone, Copy, Debug, PartialEq)]
struct Point {
    throughput: f64,
    rate: f64,
    /// The zone, by its place in the rows, and the step; `None`: idle.
    at: Option<(usize, usize)>,
}

const IDLE: Point = Point {
    throughput: 0.0,
    rate: 0.0,
    at: None,
};

/// The points that are worth it in a row, by rising throughput and marginal cost.
fn hull(rows: &Rows, row: usize, steps: &[Step], idle: bool) -> Vec<Point> {
    let zones = 0..rows.zones.len();
    let mut points: Vec<Point> = idle.then_some(IDLE).into_iter().collect();
    for (zone, cost) in zones.filter_map(|zone| Some((zone, rows.cost(row, zone)?))) {
        points.extend(steps.iter().enumerate().map(|(number, step)| Point {
            throughput: step.throughput,
            rate: cost.grams * step.power + cost.price * f64::from(step.pods) / f64::from(steps[0].pods),
            at: Some((zone, number)),
        }));
    }
    let by_rate = |a: &&Point, b: &&Point| a.rate.total_cmp(&b.rate).then(b.throughput.total_cmp(&a.throughput));
    let mut hull: Vec<Point> = points.iter().min_by(by_rate).copied().into_iter().collect();
    while let Some(last) = hull.last().copied() {
        let slope = |point: &Point| (point.rate - last.rate) / (point.throughput - last.throughput);
        let higher = points.iter().filter(|point| point.throughput > last.throughput);
        let by_slope = |a: &&Point, b: &&Point| {
            slope(a)
                .total_cmp(&slope(b))
                .then(b.throughput.total_cmp(&a.throughput))
        };
        let Some(next) = higher.min_by(by_slope) else { break };
        hull.push(*next);
    }
    hull
}

/// A part of a hull.
#[derive(Clone, Copy, Debug)]
struct Edge {
    /// Cost per work.
    slope: f64,
    /// The row, by its place among those that are filled.
    row: usize,
    /// The work that it adds.
    work: f64,
}

/// What is taken of each row's hull.
struct Filled {
    cost: f64,
    marginal: f64,
    /// The point of each row's hull.
    level: Vec<usize>,
    /// The row of which a part is at the next point of its hull, and which part.
    part: Option<(usize, f64)>,
}

/// Takes edges by slope until the work is done. `times` are the lengths of the rows.
fn fill(hulls: &[&[Point]], times: &[f64], work: f64) -> Option<Filled> {
    let first = |row: usize| hulls[row].first().copied();
    let (mut done, mut cost) = (0.0, 0.0);
    let mut edges: Vec<Edge> = Vec::with_capacity(hulls.len());
    for (row, hull) in hulls.iter().enumerate() {
        let base = first(row)?;
        done += base.throughput * times[row];
        cost += base.rate * times[row];
        edges.extend(hull.windows(2).map(|pair| Edge {
            slope: (pair[1].rate - pair[0].rate) / (pair[1].throughput - pair[0].throughput),
            row,
            work: (pair[1].throughput - pair[0].throughput) * times[row],
        }));
    }
    if done > work * (1.0 + 1e-12) {
        return None;
    }
    edges.sort_by(|a, b| a.slope.total_cmp(&b.slope));
    let mut level = vec![0; hulls.len()];
    let mut marginal = 0.0;
    for edge in edges {
        let left = work - done;
        // Less than a thousandth of a millisecond is rounding.
        if left < 1e-3 {
            break;
        }
        let taken = left.min(edge.work);
        cost += edge.slope * taken;
        done += taken;
        marginal = edge.slope;
        if taken < edge.work {
            let part = Some((edge.row, taken / edge.work));
            return Some(Filled {
                cost,
                marginal,
                level,
                part,
            });
        }
        level[edge.row] += 1;
    }
    (work - done < 1e-3).then_some(Filled {
        cost,
        marginal,
        level,
        part: None,
    })
}

/// The cheapest widths of a job that may be paused and moved between the zones of the rows at no cost; `None` where the work
/// does not fit. Without resume costs, limits to pauses and migration costs this is exact, else a lower bound.
pub(super) fn free(rows: &Rows, steps: &[Step], work: Ms) -> Option<Plan> {
    let hulls: Vec<Vec<Point>> = (0..rows.len()).map(|row| hull(rows, row, steps, true)).collect();
    let hulls: Vec<&[Point]> = hulls.iter().map(Vec::as_slice).collect();
    let times: Vec<f64> = (0..rows.len()).map(|row| rows.time(row) as f64).collect();
    let filled = fill(&hulls, &times, work as f64)?;
    let segments = lay(rows, 0, &hulls, &filled);
    Some(Plan {
        cost: filled.cost,
        marginal: filled.marginal,
        segments,
    })
}

/// The cheapest widths of a job that may not be paused, in rows of one zone; `None` where the work does not fit.
pub(super) fn unbroken(rows: &Rows, steps: &[Step], work: Ms) -> Option<Plan> {
    let of = |idle| -> Vec<Vec<Point>> { (0..rows.len()).map(|row| hull(rows, row, steps, idle)).collect() };
    let (outer, inner) = (of(true), of(false));
    let times: Vec<f64> = (0..rows.len()).map(|row| rows.time(row) as f64).collect();
    let mut best: Option<Plan> = None;
    for from in 0..rows.len() {
        let mut between = 0.0;
        for until in from..rows.len() {
            let hulls: Vec<&[Point]> = (from..=until)
                .map(|row| {
                    if row == from || row == until {
                        outer[row].as_slice()
                    } else {
                        inner[row].as_slice()
                    }
                })
                .collect();
            if let Some(filled) = fill(&hulls, &times[from..=until], work as f64)
                && best
                    .as_ref()
                    .is_none_or(|best| filled.cost < best.cost - 1e-12 * best.cost.abs())
            {
                best = Some(Plan {
                    cost: filled.cost,
                    marginal: filled.marginal,
                    segments: lay(rows, from, &hulls, &filled),
                });
            }
            between += if until == from {
                0.0
            } else {
                inner[until][0].throughput * times[until]
            };
            if between > work as f64 {
                break;
            }
        }
    }
    best
}

/// The segments of what is taken, the first row being `from`.
fn lay(rows: &Rows, from: usize, hulls: &[&[Point]], filled: &Filled) -> Vec<Segment> {
    let mut segments: Vec<Segment> = Vec::new();
    for (number, hull) in hulls.iter().enumerate() {
        let (start, end) = (rows.at[from + number], rows.at[from + number + 1]);
        let point = hull[filled.level[number]];
        match filled.part.filter(|(row, _)| *row == number) {
            None => push(&mut segments, rows, point, start, end),
            Some((_, part)) => {
                let next = hull[filled.level[number] + 1];
                let time = (part * (end - start) as f64).ceil() as Ms;
                // Idle time goes where the job does not run anyway.
                let before = segments.last().is_some_and(|segment| segment.end == start);
                let after = hulls
                    .get(number + 1)
                    .is_some_and(|hull| hull[filled.level[number + 1]].at.is_some());
                if point.at.is_none() && !before && after {
                    push(&mut segments, rows, next, end - time, end);
                } else {
                    push(&mut segments, rows, next, start, start + time);
                    push(&mut segments, rows, point, start + time, end);
                }
            }
        }
    }
    segments
}

fn push(segments: &mut Vec<Segment>, rows: &Rows, point: Point, start: Ms, end: Ms) {
    let Some((zone, step)) = point.at.filter(|_| start < end) else {
        return;
    };
    let zone = Some(rows.zones[zone]);
    match segments
        .last_mut()
        .filter(|last| last.end == start && last.zone == zone && last.step == step)
    {
        Some(last) => last.end = end,
        None => segments.push(Segment { zone, start, end, step }),
    }
}

#[cfg(test)]
mod tests {
    use super::super::grid::Piece;
    use super::super::testing::pieces;
    use super::*;
    use proptest::prelude::*;

    fn steps(points: &[(u32, f64, f64)]) -> Vec<Step> {
        let step = |(pods, throughput, power): &(u32, f64, f64)| Step {
            pods: *pods,
            throughput: *throughput,
            power: *power,
        };
        points.iter().map(step).collect()
    }

    fn segment(start: Ms, end: Ms, step: usize) -> Segment {
        Segment {
            zone: Some(0),
            start,
            end,
            step,
        }
    }

    #[test]
    fn the_cheapest_steps_are_taken_first() {
        // Per work: 1 at the first step of the cheap row, 1.25 at its second, 3 at the dear one.
        let rows = Rows::of(&[(0, pieces(&[(10, 3.0), (10, 1.0)]))], 0);
        let plan = free(&rows, &steps(&[(1, 1.0, 1.0), (2, 1.8, 2.0)]), 20).unwrap();
        assert!((plan.cost - (20.0 + 2.0 * 3.0)).abs() < 1e-9, "{}", plan.cost);
        assert_eq!(plan.segments, [segment(8, 10, 0), segment(10, 20, 1)]);
    }

    #[test]
    fn a_step_above_the_hull_is_mixed_from_its_neighbours() {
        // Two pods do 1.1 at 2.0; between one (1 at 1) and four (4 at 4.2) that is never worth it.
        let rows = Rows::of(&[(0, pieces(&[(10, 1.0)]))], 0);
        let plan = free(&rows, &steps(&[(1, 1.0, 1.0), (2, 1.1, 2.0), (4, 4.0, 4.2)]), 25).unwrap();
        assert!((plan.cost - (10.0 + 15.0 * 3.2 / 3.0)).abs() < 1e-9, "{}", plan.cost);
        assert_eq!(plan.segments, [segment(0, 5, 2), segment(5, 10, 0)]);
    }

    #[test]
    fn a_job_that_may_not_pause_runs_unbroken() {
        // 12 of work: with pauses 10 at 1 and 2 at 2; unbroken from 18 on, or wide in the last row.
        let rows = Rows::of(&[(0, pieces(&[(10, 2.0), (10, 9.0), (10, 1.0)]))], 0);
        let plan = unbroken(&rows, &steps(&[(1, 1.0, 1.0)]), 12).unwrap();
        assert_eq!((plan.cost, plan.segments), (28.0, vec![segment(18, 30, 0)]));
        let plan = unbroken(&rows, &steps(&[(1, 1.0, 1.0), (2, 1.6, 2.0)]), 12).unwrap();
        assert!((plan.cost - (10.0 + 2.0 / 0.6)).abs() < 1e-9, "{}", plan.cost);
    }

    prop_compose! {
        fn any_curve()(more in prop::collection::vec((1u32..20, 1u32..20), 0..3)) -> Vec<Step> {
            let (mut throughput, mut power) = (1.0, 1.0);
            let more = more.into_iter().zip(2..).map(|((work, watts), pods)| {
                throughput += f64::from(work) / 10.0;
                power += f64::from(watts) / 10.0;
                (pods, throughput, power)
            });
            steps(&std::iter::once((1, 1.0, 1.0)).chain(more.collect::<Vec<_>>()).collect::<Vec<_>>())
        }
    }

    prop_compose! {
        fn any_rows(most: Ms)(rows in prop::collection::vec((1..most, 1u32..9, 0u32..3), 1..6)) -> Vec<Piece> {
            let mut zone = pieces(&rows.iter().map(|row| (row.0, f64::from(row.1))).collect::<Vec<_>>());
            zone.iter_mut().zip(&rows).for_each(|(piece, row)| piece.price = f64::from(row.2));
            zone
        }
    }

    /// The cost of a step in a piece, per millisecond.
    fn rate(piece: &Piece, step: &Step) -> f64 {
        piece.grams * step.power + piece.price * f64::from(step.pods)
    }

    /// The greatest `price . work + sum over rows of the least cost - price . throughput`: by duality the cheapest mix of steps.
    fn dual(times: &[(f64, &Piece)], steps: &[Step], idle: bool, work: f64) -> f64 {
        let ways = |piece: &Piece| -> Vec<(f64, f64)> {
            let steps = steps.iter().map(|step| (step.throughput, rate(piece, step)));
            steps.chain(idle.then_some((0.0, 0.0))).collect()
        };
        let mut prices = vec![0.0, 1e6];
        for (_, piece) in times {
            let ways = ways(piece);
            let slopes = ways
                .iter()
                .flat_map(|a| ways.iter().map(move |b| (a.1 - b.1) / (a.0 - b.0)));
            prices.extend(slopes.filter(|slope| slope.is_finite() && *slope > 0.0));
        }
        let value = |price: f64| {
            let least = |piece: &Piece| {
                ways(piece)
                    .iter()
                    .map(|way| way.1 - price * way.0)
                    .fold(f64::INFINITY, f64::min)
            };
            price * work + times.iter().map(|(time, piece)| time * least(piece)).sum::<f64>()
        };
        prices.into_iter().map(value).fold(f64::NEG_INFINITY, f64::max)
    }

    fn throughput(steps: &[Step]) -> f64 {
        steps.iter().map(|step| step.throughput).fold(0.0, f64::max)
    }

    proptest! {
        #![proptest_config(ProptestConfig { cases: 2000, failure_persistence: None, ..ProptestConfig::default() })]

        #[test]
        fn no_mix_of_steps_and_pauses_costs_less(zone in any_rows(30), curve in any_curve(), work in 1i64..200) {
            let times: Vec<_> = zone.iter().map(|piece| (piece.time(), piece)).collect();
            let plan = free(&Rows::of(&[(0, zone.clone())], 0), &curve, work);
            let most: f64 = times.iter().map(|time| time.0).sum::<f64>() * throughput(&curve);
            prop_assert_eq!(plan.is_some(), work as f64 <= most + 1e-3);
            if let Some(plan) = plan {
                let expected = dual(&times, &curve, true, work as f64);
                prop_assert!((plan.cost - expected).abs() < 1e-6 * expected.max(1.0), "{} {expected}", plan.cost);
            }
        }

        #[test]
        fn no_unbroken_run_costs_less(zone in any_rows(12), curve in any_curve(), work in 1i64..40) {
            let end = zone.last().unwrap().end;
            let mut least = f64::INFINITY;
            for from in 0..end {
                for until in from + 1..=end {
                    let cut = |piece: &Piece| (piece.end.min(until) - piece.start.max(from)).max(0) as f64;
                    let times: Vec<_> = zone.iter().map(|piece| (cut(piece), piece)).filter(|(time, _)| *time > 0.0).collect();
                    let time = (until - from) as f64;
                    if time <= work as f64 && time * throughput(&curve) >= work as f64 {
                        least = least.min(dual(&times, &curve, false, work as f64));
                    }
                }
            }
            let cost = unbroken(&Rows::of(&[(0, zone.clone())], 0), &curve, work).map_or(f64::INFINITY, |plan| plan.cost);
            // Runs that start and end on whole milliseconds come within one of the best.
            let dearest = zone.iter().map(|piece| rate(piece, &curve[curve.len() - 1])).fold(0.0, f64::max);
            prop_assert!(cost <= least + 1e-6, "{cost} {least}");
            prop_assert!(least.is_infinite() || cost >= least - 2.0 * dearest, "{cost} {least}");
        }
    }
}
