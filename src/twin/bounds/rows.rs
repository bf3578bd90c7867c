//! A job's window in one or several zones, cut where any of them changes.

use super::grid::Piece;
use crate::twin::series::Ms;

/// The rows of a window: within one nothing changes in any zone.
#[derive(Clone, Debug)]
pub(super) struct Rows {
    /// The zones, by number in the world.
    pub(super) zones: Vec<usize>,
    /// The starts of the rows, and their end.
    pub(super) at: Vec<Ms>,
    /// By row and zone; a zone whose data or window has ended costs infinitely much.
    costs: Vec<Cost>,
}

/// What a millisecond costs in a zone at the first width.
#[derive(Clone, Copy, Debug)]
pub(super) struct Cost {
    pub(super) grams: f64,
    pub(super) price: f64,
}

impl Cost {
    /// Grams and price.
    pub(super) fn rate(self) -> f64 {
        self.grams + self.price
    }
}

impl Rows {
    /// The rows of the pieces of each zone, all from the same instant on, cut also `apart` before and after each border.
    pub(super) fn of(pieces: &[(usize, Vec<Piece>)], apart: Ms) -> Self {
        let of_zone = |(_, pieces): &(usize, Vec<Piece>)| -> Vec<Ms> {
            let ends = pieces.iter().map(|piece| piece.end);
            pieces
                .first()
                .map(|piece| piece.start)
                .into_iter()
                .chain(ends)
                .collect()
        };
        let mut at: Vec<Ms> = pieces.iter().flat_map(of_zone).collect();
        if apart > 0 {
            let more: Vec<Ms> = at.iter().flat_map(|at| [at - apart, at + apart]).collect();
            let (first, last) = (at.iter().min().copied(), at.iter().max().copied());
            at.extend(more.into_iter().filter(|at| Some(*at) > first && Some(*at) < last));
        }
        if pieces.len() > 1 || apart > 0 {
            at.sort_unstable();
            at.dedup();
        }
        let none = Cost {
            grams: f64::INFINITY,
            price: 0.0,
        };
        let mut costs = vec![none; at.len().saturating_sub(1) * pieces.len()];
        for (zone, (_, of_zone)) in pieces.iter().enumerate() {
            let mut row = 0;
            for piece in of_zone {
                while at[row] < piece.end {
                    costs[row * pieces.len() + zone] = Cost {
                        grams: piece.grams,
                        price: piece.price,
                    };
                    row += 1;
                }
            }
        }
        let zones = pieces.iter().map(|(zone, _)| *zone).collect();
        Self { zones, at, costs }
    }

    /// How many there are.
    pub(super) fn len(&self) -> usize {
        self.at.len().saturating_sub(1)
    }

    /// The length of a row.
    pub(super) fn time(&self, row: usize) -> Ms {
        self.at[row + 1] - self.at[row]
    }

    /// What a row costs in a zone, by its place in `zones`; `None` where it is no choice.
    pub(super) fn cost(&self, row: usize, zone: usize) -> Option<Cost> {
        Some(self.costs[row * self.zones.len() + zone]).filter(|cost| cost.grams.is_finite())
    }
}
