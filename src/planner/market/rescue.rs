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
            if is_safe[other] || !book.is_crowded(other) {
                continue; // It stays, or takes nothing that is missing.
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

#[cfg(test)]
mod tests {
    use super::super::super::Demand;
    use super::super::super::grid::HOUR;
    use super::super::super::testing::{at, cores, demand, snapshot, steps};
    use super::super::bid::Bid;
    use super::super::testing::with_book;
    use super::*;
    use crate::units::Resources;

    #[test]
    fn whoever_takes_nothing_that_is_missing_stays_where_it_is() {
        const SECONDS: i64 = 3600;
        let one_gpu = Resources { gpus: 1, ..cores(1) };
        let mut s = snapshot();
        steps(&mut s, "a", SECONDS, &[300.0, 100.0, 200.0, 250.0, 300.0, 300.0]);
        s.zones.get_mut(&"a".into()).unwrap().capacity = Resources { gpus: 1, ..cores(10) };
        let accelerated = |name, latest_start| Demand {
            request: one_gpu,
            ..demand(name, latest_start, SECONDS)
        };
        let urgent = Demand {
            submitted: at(2 * SECONDS),
            ..accelerated("urgent", 2 * SECONDS)
        };
        s.demands = vec![
            urgent,
            accelerated("patient", 4 * SECONDS),
            demand("plain", 4 * SECONDS, SECONDS),
        ];
        with_book(&s, |book| {
            let there = |book: &Book<'_>, number| book.bid_at(number, 0, 2 * HOUR);
            let bid = there(book, 0);
            book.put(0, bid);
            let safe = book.close();
            for number in [1, 2] {
                let bid = there(book, number);
                book.put(number, bid);
            }
            settle(book, 0, &safe, &mut [false; 3]);
            let starts = [0, 1, 2].map(|number| book.bid(number).map(Bid::at));
            assert_eq!(
                starts,
                [Some(2 * HOUR), Some(HOUR), Some(2 * HOUR)],
                "the plain one has a better start, but stood in nobody's way"
            );
        });
    }
}
