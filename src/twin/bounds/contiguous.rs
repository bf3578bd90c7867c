//! The best start of a job that runs through.
//!
//! The cost of a run as a function of its start is linear between the instants at which its start or its end meets a border
//! of a piece, so that its minimum is at one of these.

use super::grid::Piece;
use crate::twin::series::Ms;

/// The least cost of a run of `length` within the pieces, which have no gaps, and its earliest start; `None` where it does not
/// fit.
pub(super) fn best(pieces: &[Piece], length: Ms) -> Option<(f64, Ms)> {
    let last = pieces.last()?.end - length;
    let mut start = pieces[0].start;
    if last < start {
        return None;
    }
    // The piece of the start, and that of the end.
    let (mut head, mut tail) = (0, 0);
    let mut cost = 0.0;
    while pieces[tail].end < start + length {
        cost += pieces[tail].rate() * pieces[tail].time();
        tail += 1;
    }
    cost += pieces[tail].rate() * (start + length - pieces[tail].start) as f64;
    let mut least = (cost, start);
    while start < last {
        // An end on a border lies in the piece after it from now on.
        if pieces[tail].end == start + length {
            tail += 1;
        }
        let step = (pieces[head].end - start).min(pieces[tail].end - start - length);
        cost += (pieces[tail].rate() - pieces[head].rate()) * step as f64;
        start += step;
        head += usize::from(pieces[head].end == start);
        if cost < least.0 - 1e-12 * least.0.abs() {
            least = (cost, start);
        }
    }
    Some((cost_of(pieces, least.1, length), least.1))
}

/// The cost of a run, without the rounding of the search.
fn cost_of(pieces: &[Piece], start: Ms, length: Ms) -> f64 {
    let run = |piece: &Piece| (piece.end.min(start + length) - piece.start.max(start)).max(0) as f64;
    pieces.iter().map(|piece| piece.rate() * run(piece)).sum()
}

#[cfg(test)]
mod tests {
    use super::super::testing::pieces;
    use super::*;
    use proptest::prelude::*;

    #[test]
    fn the_best_start_may_be_off_every_border() {
        // 15 long in rows of 10: the end on 30 makes 5 at 2 and 10 at 1.
        assert_eq!(
            best(&pieces(&[(10, 3.0), (10, 2.0), (10, 1.0), (10, 4.0)]), 15),
            Some((20.0, 15))
        );
    }

    #[test]
    fn a_run_that_does_not_fit_has_no_start() {
        assert_eq!(best(&pieces(&[(10, 3.0)]), 11), None);
        assert_eq!(best(&pieces(&[(10, 3.0)]), 10), Some((30.0, 0)));
        assert_eq!(best(&[], 1), None);
    }

    proptest! {
        #[test]
        fn no_start_at_any_instant_costs_less(rows in prop::collection::vec((1i64..8, 0u32..9), 1..8), length in 0i64..20) {
            let rows: Vec<(Ms, f64)> = rows.into_iter().map(|(time, rate)| (time, f64::from(rate))).collect();
            let rates: Vec<f64> = rows.iter().flat_map(|(time, rate)| vec![*rate; *time as usize]).collect();
            let starts = 0..=(rates.len() as Ms - length).max(-1);
            let costs = starts.map(|start| (rates[start as usize..(start + length) as usize].iter().sum::<f64>(), start));
            let expected = costs.min_by(|a, b| a.0.total_cmp(&b.0).then(a.1.cmp(&b.1)));
            prop_assert_eq!(best(&pieces(&rows), length), expected);
        }
    }
}
