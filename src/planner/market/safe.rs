//! Plans in which as few as possible are late, whatever they save.

use super::beside;
use super::book::{Book, Saved};
use super::rescue::rescue;
use super::{Bidder, Offset, effort};

/// How often those who were late are put first ...
const TURNS: f64 = 16.0;
/// ... where all may look at no more starts than this; else less often.
const ALL_TURNS: f64 = 5e5;
/// The plain queue is made where all may look at no more starts than this.
const ALL_QUEUED: f64 = 5e6;

/// The safe plans.
pub(super) struct Safe {
    /// That which keeps every promise, where there are any.
    promised: Option<Saved>,
    /// That of a scheduler that knows nothing of carbon, made where it is needed.
    at_once: Option<Saved>,
}

impl Safe {
    /// Those of a book that is empty, before and after.
    pub(super) fn of(book: &mut Book<'_>) -> Self {
        Self {
            promised: book.has_promises().then(|| as_promised(book)),
            at_once: None,
        }
    }

    /// Takes the plan that knows nothing of carbon: that of [`at_once`] in an empty book.
    pub(super) fn know_at_once(&mut self, plan: Saved) {
        self.at_once = Some(plan);
    }

    /// Lets nobody be late who is in time in the safe plan that has the last word; if anybody is, both are to be known.
    pub(super) fn rescue(&self, book: &mut Book<'_>) {
        if book.late_ones().is_empty() {
            return;
        }
        debug_assert!(
            self.at_once.is_some(),
            "somebody is late, and the safe plan is not known"
        );
        let (first, last) = match (&self.promised, &self.at_once) {
            (Some(promised), Some(at_once)) if has_the_last_word(promised, at_once) => (Some(at_once), Some(promised)),
            (promised, at_once) => (promised.as_ref(), at_once.as_ref()),
        };
        for safe in first.into_iter().chain(last) {
            rescue(book, safe);
        }
    }

    /// The better of this plan and the safe one that had the last word.
    pub(super) fn or_better(self, plan: Saved) -> Saved {
        let last = match (self.promised, self.at_once) {
            (Some(promised), Some(at_once)) if !has_the_last_word(&promised, &at_once) => Some(at_once),
            (Some(promised), _) => Some(promised),
            (None, at_once) => at_once,
        };
        last.into_iter().fold(plan, Saved::or_better)
    }
}

/// Promises are kept unless all who are in time by them are so without them too, and others as well.
fn has_the_last_word(promised: &Saved, at_once: &Saved) -> bool {
    !(at_once.keeps(promised) && at_once.late.len() < promised.late.len())
}

/// Everybody keeps its promise that still has room, and all others start at once.
fn as_promised(book: &mut Book<'_>) -> Saved {
    book.fill_as_promised();
    at_once(book)
}

/// Who has no start yet takes the soonest, in the order in which fewer are late: that of submission, or of urgency. While
/// somebody is late in both, whoever was late goes first (Joslin and Clements, "Squeaky Wheel" Optimization, Journal of
/// Artificial Intelligence Research 1999). Nobody pays for that who is in time in a plain queue. The book is empty afterwards.
pub(super) fn at_once(book: &mut Book<'_>) -> Saved {
    let so_far = book.close();
    let by_submission = order(book, |bidder| bidder.submitted);
    let mut order = order(book, |bidder| bidder.last);
    let orders = (&by_submission, &order);
    let (best, by_urgency) = beside::both(book, orders, |book, order| in_order(book, order, &so_far));
    let mut late = by_urgency.late.clone();
    let mut best = best.or_better(by_urgency);
    let size = book.looks() as f64;
    let queue = (best.is_anybody_late() && size <= ALL_QUEUED).then(|| {
        book.restore(&so_far);
        book.fill_as_room_comes(&by_submission);
        book.close()
    });
    if let Some(queue) = queue.as_ref().filter(|queue| !best.keeps(queue)) {
        best = queue.clone();
    }
    for _ in 0..(TURNS * effort(size, ALL_TURNS)) as usize {
        if !best.is_anybody_late() {
            break;
        }
        order.sort_by_key(|number| late.binary_search(number).is_err());
        let plan = in_order(book, &order, &so_far);
        late.clone_from(&plan.late);
        if queue.as_ref().is_none_or(|queue| plan.keeps(queue)) {
            best = best.or_better(plan);
        }
    }
    best
}

/// All in the order of an instant of theirs.
fn order(book: &Book<'_>, by: fn(&Bidder) -> Offset) -> Vec<usize> {
    let mut order: Vec<usize> = (0..book.len()).collect();
    order.sort_by_key(|number| by(book.bidder(*number)));
    order
}

/// Beside those of a plan so far all others, each in this order as soon as it can; the book is empty before and after.
fn in_order(book: &mut Book<'_>, order: &[usize], so_far: &Saved) -> Saved {
    book.restore(so_far);
    book.fill_at_once(order);
    book.close()
}

#[cfg(test)]
mod tests {
    use super::super::super::testing::{at, big, contended, demand};
    use super::super::super::{Demand, Snapshot};
    use super::super::testing::with_book;
    use super::*;

    /// How many are late in the safe plan.
    fn late(snapshot: &Snapshot) -> usize {
        with_book(snapshot, |book| at_once(book).late.len())
    }

    #[test]
    fn whoever_is_late_in_both_simple_orders_goes_first() {
        const HOUR: i64 = 3600;
        let mut s = contended();
        let submitted = |before: i64, demand| Demand {
            submitted: at(-before),
            ..demand
        };
        s.demands = vec![
            submitted(2, demand("long", HOUR, 2 * HOUR)),
            submitted(1, big("wide", HOUR + HOUR / 2)),
        ];
        assert_eq!(late(&s), 0, "the wide one first, then the long one");
        s.demands.push(big("one too many", HOUR / 2));
        assert_eq!(late(&s), 1);
    }
}
