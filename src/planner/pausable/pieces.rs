//! From a way to the pieces of a plan, and what they cost.

use super::super::grid::{Offset, SECOND};
use super::super::rows::{Piece, Rows, Standing};
use super::Terms;
use super::moves::Move;
use super::program::Program;

/// A run that has not ended yet.
struct Open {
    site: usize,
    start: Offset,
    /// Its start should come a second sooner.
    early: bool,
}

/// The pieces of a way; resumes that cost what the row before says come a second sooner, where that pays.
pub(super) fn of(way: &[(usize, Move)], program: &Program<'_>, standing: Standing) -> Vec<Piece> {
    let borders = &program.rows.borders;
    let mut pieces = Vec::new();
    let mut open = match standing {
        Standing::Running(site, _) => Some(Open {
            site,
            start: borders[0],
            early: false,
        }),
        Standing::Fresh | Standing::Paused(_) => None,
    };
    let mut close = |open: Option<Open>, end: Offset| {
        if let Some(Open { site, start, early }) = open.filter(|open| open.start < end) {
            pieces.push(Piece::of(site, start, end));
            if early {
                advance(&mut pieces, program, standing);
            }
        }
    };
    for (row, take) in way {
        if take.stops {
            close(open.take(), borders[*row]);
        }
        if let Some(start) = take.start {
            open = Some(Open {
                site: take.site,
                start: if start.within {
                    borders[row + 1] - take.part
                } else {
                    borders[*row]
                },
                early: program.resumed_in(*row, take) < *row,
            });
        }
        if take.part > 0 && !take.start.is_some_and(|start| start.within) {
            close(open.take(), borders[row + take.whole] + take.part);
        }
    }
    if let Some((row, take)) = way.last() {
        close(open.take(), borders[row + take.ahead]);
    }
    pieces
}

/// Lets the last piece start a second sooner, if that pays: it ends so much sooner, or the piece that it follows does.
fn advance(pieces: &mut Vec<Piece>, program: &Program<'_>, standing: Standing) {
    let mut sooner = pieces.clone();
    let Some((last, before)) = sooner.split_last_mut() else {
        return;
    };
    last.start -= SECOND;
    match before.last_mut() {
        Some(before) if before.end > last.start => before.end = last.start,
        _ => last.end -= SECOND,
    }
    let first = program.rows.borders[0];
    let is_whole = sooner
        .iter()
        .all(|piece| piece.start < piece.end && piece.start >= first);
    let work = |pieces: &[Piece]| pieces.iter().map(|piece| piece.end - piece.start).sum::<Offset>();
    let cost = |pieces: &[Piece]| total(program.rows, pieces, standing, program.moves.terms, program.length);
    if is_whole && work(&sooner) == work(pieces) && cost(&sooner) < cost(pieces) {
        *pieces = sooner;
    }
}

/// What pieces cost a job that stood so: runs, resumes and waiting.
pub(super) fn total(rows: &Rows, pieces: &[Piece], standing: Standing, terms: &Terms, length: Offset) -> f64 {
    let mut before = match standing {
        Standing::Fresh => None,
        Standing::Paused(site) => Some((site, None)),
        Standing::Running(site, _) => Some((site, rows.borders.first().copied())),
    };
    let mut cost = 0.0;
    for piece in pieces {
        let hours = match before {
            None => 0.0,
            Some((site, end)) if site == piece.site && end == Some(piece.start) => 0.0,
            Some((site, _)) if site == piece.site => terms.resume,
            Some(_) => terms.migration.unwrap_or(f64::INFINITY),
        };
        if hours > 0.0 {
            cost += hours * rows.energy[piece.site][rows.row(piece.start)];
        }
        cost += rows.cost(piece.site, piece.start, piece.end);
        before = Some((piece.site, Some(piece.end)));
    }
    cost + pieces.last().map_or(0.0, |last| rows.waiting(last.end, length))
}
