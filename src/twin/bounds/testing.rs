//! Small windows for the tests of the solvers.

use super::grid::Piece;
use crate::twin::series::Ms;

/// Pieces of these lengths and rates, from 0 on.
pub(super) fn pieces(rows: &[(Ms, f64)]) -> Vec<Piece> {
    let mut at = 0;
    let piece = |(time, rate): &(Ms, f64)| {
        at += time;
        Piece {
            start: at - time,
            end: at,
            grams: *rate,
            price: 0.0,
        }
    };
    rows.iter().map(piece).collect()
}
