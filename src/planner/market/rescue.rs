//! Nobody is late who need not be.

use super::book::{Book, Saved};
use super::improve::{Asked, make_room};

/// Lets nobody be late who is in time in the safe plan, nor later than there: gives it its ideal start if others can make room
/// there at less than its lateness costs; else its safe start, and whoever cannot make room there goes to its own safe start in
/// turn.
///
/// In the safe plan all fit, so this ends.
pub(super) fn rescue(book: &mut Book<'_>, safe: &Saved) {
    let mut asked = Asked::of(book);
    for number in book.late_ones() {
        if let Some(ideal) = book.ideal(number) {
            make_room(book, number, ideal, &mut asked);
        }
    }
    let mut is_safe = vec![false; safe.bids.len()];
    for number in book.late_ones() {
        if safe.is_sooner(number, book.bid(number)) {
            settle(book, number, safe, &mut is_safe);
        }
    }
}

/// Puts a bidder at its safe start, with all for whom there is then no room elsewhere.
fn settle(book: &mut Book<'_>, number: usize, safe: &Saved, is_safe: &mut [bool]) {
    let mut homeless = vec![number];
    while let Some(number) = homeless.pop() {
        let Some(there) = safe.bids[number].as_ref() else {
            continue; // There is no room for it at all.
        };
        is_safe[number] = true;
        book.take_out(number);
        book.put(number, Some(there.clone()));
        // Those who may wait longest are asked first.
        for other in book.in_its_slots(number, there).into_iter().rev() {
            if !book.is_over(number, there) {
                break;
            }
            if is_safe[other] {
                continue;
            }
            book.take_out(other);
            let next = book.best(other, None);
            let is_late = next.as_ref().is_none_or(|next| next.late);
            if is_late && safe.is_sooner(other, next.as_ref()) {
                homeless.push(other);
            } else {
                book.put(other, next);
            }
        }
    }
}
