//! Nobody is late who need not be.

use super::book::{Book, Saved};
use super::improve::{Asked, make_room};

/// Gives everybody a start in time that is late and has one in the safe plan: its ideal start if others can make room there at
/// less than its lateness costs; else its safe start, and whoever cannot make room there goes to its own safe start in turn.
///
/// In the safe plan all fit, so this ends, and nobody becomes late who is not late there.
pub(super) fn rescue(book: &mut Book<'_>, safe: &Saved) {
    let mut asked = Asked::of(book);
    for number in book.late_ones() {
        if let Some(ideal) = book.ideal(number) {
            make_room(book, number, ideal, &mut asked);
        }
    }
    let mut is_safe = vec![false; safe.bids.len()];
    for number in book.late_ones() {
        settle(book, number, safe, &mut is_safe);
    }
}

/// Puts a bidder at its safe start, with all for whom there is then no room elsewhere.
fn settle(book: &mut Book<'_>, number: usize, safe: &Saved, is_safe: &mut [bool]) {
    let mut homeless = vec![number];
    while let Some(number) = homeless.pop() {
        let Some(there) = safe.in_time(number) else {
            continue; // It is late in the safe plan too.
        };
        is_safe[number] = true;
        book.take_out(number);
        book.put(number, Some(there.clone()));
        // Those who may wait longest are asked first.
        for other in book.in_the_way(number, there).into_iter().rev() {
            if !book.is_over(number, there) {
                break;
            }
            if is_safe[other] {
                continue;
            }
            book.take_out(other);
            match book.best(other, None) {
                Some(next) if !next.late => book.put(other, Some(next)),
                _ if safe.in_time(other).is_some() => homeless.push(other),
                next => book.put(other, next),
            }
        }
    }
}
