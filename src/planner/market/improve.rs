//! Local search: moves that make a plan better, until there is none.

use super::bid::Bid;
use super::book::Book;

/// Passes over all bidders that lose something.
const MOST_PASSES: usize = 12;
/// Bidders that may be asked to move in one improvement; each is asked what it would cost.
const WORK: usize = 2_000_000;
/// Where more than this many stand in the way, none is asked.
const CROWD: usize = 2_000;

/// Moves bidders until nothing gets better, within a limit of work: each alone to a better start with room, then each to its
/// ideal start with those who stand there moved to their next best.
pub(super) fn improve(book: &mut Book<'_>) {
    let mut work = WORK;
    for _ in 0..MOST_PASSES {
        let mut moved = false;
        for number in book.losers() {
            moved |= shift(book, number);
        }
        for number in book.losers() {
            if let Some(ideal) = book.ideal(number).filter(|_| work > 0) {
                moved |= eject(book, number, ideal, &mut work);
            }
        }
        if !moved {
            return;
        }
    }
}

fn shift(book: &mut Book<'_>, number: usize) -> bool {
    let before = book.take_out(number);
    let after = book.best(number, None);
    let better = match (&after, &before) {
        (Some(after), Some(before)) => after.score < before.score - book.bidder(number).equal,
        (after, _) => after.is_some(),
    };
    book.put(number, if better { after } else { before });
    better
}

/// Puts a bidder at its ideal start, and those who stand in its way elsewhere; undone unless all together get better and
/// nobody becomes late.
fn eject(book: &mut Book<'_>, number: usize, ideal: &Bid, work: &mut usize) -> bool {
    let bidder = book.bidder(number);
    let gain = book.loss(number);
    let before = book.take_out(number);
    let others = book.in_the_way(bidder, ideal);
    if others.len() > CROWD {
        book.put(number, before);
        return false;
    }
    *work = work.saturating_sub(2 * others.len());
    book.put(number, Some(ideal.clone()));
    let mut moved: Vec<(usize, Option<Bid>)> = Vec::new();
    let mut left = gain;
    for (_, other) in cheapest_first(book, &others) {
        if !book.is_over(bidder, ideal) {
            break;
        }
        let stood = book.take_out(other);
        let next = book.best(other, None);
        let loss = loss(stood.as_ref(), next.as_ref());
        if loss < left {
            left -= loss;
            book.put(other, next);
            moved.push((other, stood));
        } else {
            book.put(other, stood);
        }
    }
    if !book.is_over(bidder, ideal) && left > bidder.equal {
        return true;
    }
    for (other, stood) in moved.into_iter().rev() {
        book.take_out(other);
        book.put(other, stood);
    }
    book.take_out(number);
    book.put(number, before);
    false
}

/// These bidders by what they would lose if they moved, as far as they can move at all.
fn cheapest_first(book: &mut Book<'_>, others: &[usize]) -> Vec<(f64, usize)> {
    let mut losses = Vec::with_capacity(others.len());
    for other in others {
        let stood = book.take_out(*other);
        let next = book.best(*other, None);
        let loss = loss(stood.as_ref(), next.as_ref());
        book.put(*other, stood);
        if loss.is_finite() {
            losses.push((loss, *other));
        }
    }
    losses.sort_by(|a, b| a.0.total_cmp(&b.0).then(a.1.cmp(&b.1)));
    losses
}

/// What a move costs; infinite where it would make the bidder late, or leave it without a place.
fn loss(stood: Option<&Bid>, next: Option<&Bid>) -> f64 {
    match (stood, next) {
        (Some(stood), Some(next)) if !next.late || stood.late => next.score - stood.score,
        _ => f64::INFINITY,
    }
}
