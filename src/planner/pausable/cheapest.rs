//! The cheapest rows, whatever a resume costs: the answer where pauses are free, and a bound where they are not.

use super::super::grid::Offset;
use super::super::rows::{Piece, Rows};
#[cfg(test)]
use super::Scratch;

/// The least that `length` of work costs in the cheapest rows of all sites, if pauses and moves were free and not limited: a
/// lower bound on [`super::best`]. With the use of each row, by time: a piece from its start, all of it but in one row.
///
/// `None` where not even that fits.
#[cfg(test)]
pub(in crate::planner) fn relaxed(rows: &Rows, length: Offset, scratch: &mut Scratch) -> Option<(f64, Vec<Piece>)> {
    let mut used = take(rows, length, &mut scratch.order)?;
    used.sort_unstable_by_key(|piece| piece.start);
    let cost = used
        .iter()
        .map(|piece| rows.cost(piece.site, piece.start, piece.end))
        .sum();
    Some((cost, used))
}

/// The same as a plan: pieces of a site that touch are one.
pub(super) fn best(rows: &Rows, length: Offset, order: &mut Vec<(f64, usize, usize)>) -> Option<(f64, Vec<Piece>)> {
    let mut used = take(rows, length, order)?;
    // The last row taken is the one of which only a part may be used: its end, where only the row after it is used too.
    if let Some(part) = used.last().copied() {
        let row = rows.row(part.start);
        let (before, after) = (rows.borders[row], rows.borders[row + 1]);
        let others = used
            .iter()
            .filter(|piece| piece.site == part.site && piece.start != part.start);
        let touches = |at: Offset| others.clone().any(|piece| piece.start == at || piece.end == at);
        if touches(after)
            && !touches(before)
            && let Some(part) = used.last_mut()
        {
            (part.start, part.end) = (after - (part.end - part.start), after);
        }
    }
    used.sort_unstable_by_key(|piece| piece.start);
    let mut pieces: Vec<Piece> = Vec::with_capacity(used.len());
    for piece in used {
        match pieces
            .last_mut()
            .filter(|last| last.site == piece.site && last.end == piece.start)
        {
            Some(last) => last.end = piece.end,
            None => pieces.push(piece),
        }
    }
    let cost = pieces
        .iter()
        .map(|piece| rows.cost(piece.site, piece.start, piece.end))
        .sum();
    Some((cost, pieces))
}

/// Takes rows by their rates, the sooner of equals first, until all work is done.
fn take(rows: &Rows, length: Offset, order: &mut Vec<(f64, usize, usize)>) -> Option<Vec<Piece>> {
    if length <= 0 {
        return Some(Vec::new());
    }
    order.clear();
    for row in 0..rows.len() {
        let rates = rows
            .rates
            .iter()
            .enumerate()
            .map(|(site, rates)| (rates[row], row, site));
        order.extend(rates.min_by(by_rate).filter(|(rate, ..)| rate.is_finite()));
    }
    // All rows but the first and the last are equally long.
    let row = if rows.len() > 2 {
        rows.time(1)
    } else {
        rows.len().checked_sub(1).map(|last| rows.time(last))?
    };
    let enough = (length / row.max(1)) as usize + 3;
    if enough < order.len() {
        order.select_nth_unstable_by(enough, by_rate);
        order.truncate(enough);
    }
    order.sort_unstable_by(by_rate);
    let mut left = length;
    let mut used = Vec::with_capacity(enough.min(order.len()));
    for (_, row, site) in order.iter().copied() {
        let (start, time) = (rows.borders[row], rows.time(row).min(left));
        used.push(Piece {
            site,
            start,
            end: start + time,
            step: 0,
        });
        left -= time;
        if left == 0 {
            return Some(used);
        }
    }
    None
}

fn by_rate(a: &(f64, usize, usize), b: &(f64, usize, usize)) -> std::cmp::Ordering {
    a.0.total_cmp(&b.0).then(a.1.cmp(&b.1)).then(a.2.cmp(&b.2))
}
