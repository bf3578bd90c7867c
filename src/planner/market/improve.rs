//! Local search: moves that make a plan better, until there is none.

use std::cmp::Ordering;
use std::collections::BinaryHeap;

use super::bid::Bid;
use super::book::Book;
use super::effort;

/// Passes over all bidders that lose something.
const MOST_PASSES: usize = 2;
/// Bidders that may be asked to move in all passes, for each that there is ...
const QUESTIONS: usize = 100;
/// ... where they may look at no more starts than this; else fewer.
const ALL_QUESTIONS: f64 = 5e6;
/// What is hoped of a bidder, as a share of what it would have lost when it was asked last.
const HOPE: f64 = 0.5;

/// Moves bidders until nothing gets better, within a limit of work: each alone to a better start with room, then each to its
/// ideal start with those who stand there moved to their next best.
pub(super) fn improve(book: &mut Book<'_>) {
    let mut asked = Asked::of(book);
    for _ in 0..MOST_PASSES {
        let mut moved = false;
        for number in book.losers() {
            moved |= asked.may_ask() && shift(book, number);
        }
        for number in book.losers() {
            if let Some(ideal) = book.ideal(number) {
                moved |= make_room(book, number, ideal, &mut asked);
            }
        }
        if !moved {
            return;
        }
    }
}

fn shift(book: &mut Book<'_>, number: usize) -> bool {
    let before = book.take_out(number);
    let after = instead(book, number, before.as_ref(), 0.0);
    let better = match (&after, &before) {
        (Some(after), Some(before)) => after.score < before.score - book.bidder(number).equal,
        (after, _) => after.is_some(),
    };
    book.put(number, if better { after } else { before });
    better
}

/// The best start of a bidder that stood elsewhere, if it loses no more than this by it.
fn instead(book: &mut Book<'_>, number: usize, stood: Option<&Bid>, loss: f64) -> Option<Bid> {
    let most = stood.filter(|stood| !stood.late).map(|stood| stood.score + loss);
    book.best_within(number, most.unwrap_or(f64::INFINITY))
}

/// What bidders said when they were asked to move.
pub(super) struct Asked {
    /// By bidder: what it would have lost when it was asked last; nothing while it was not, or where it could not move.
    losses: Vec<f64>,
    /// How many more may be asked.
    left: usize,
}

impl Asked {
    /// Nobody has been asked yet.
    pub(super) fn of(book: &Book<'_>) -> Self {
        let questions = (QUESTIONS * book.len()) as f64 * effort(book.looks() as f64, ALL_QUESTIONS);
        Self {
            losses: vec![0.0; book.len()],
            left: questions as usize,
        }
    }

    /// Whether one more may be asked; then it is.
    fn may_ask(&mut self) -> bool {
        let may = self.left > 0;
        self.left -= usize::from(may);
        may
    }
}

/// Somebody who stands in the way, by what it may lose if it moves; the greatest is who may lose least.
#[derive(Clone, Copy, Debug, PartialEq)]
struct Other {
    loss: f64,
    number: usize,
}

impl Eq for Other {}

impl Ord for Other {
    fn cmp(&self, other: &Self) -> Ordering {
        other.loss.total_cmp(&self.loss).then(other.number.cmp(&self.number))
    }
}

impl PartialOrd for Other {
    fn partial_cmp(&self, other: &Self) -> Option<Ordering> {
        Some(self.cmp(other))
    }
}

/// Puts a bidder at a start that is full, and those who stand in its way elsewhere, who loses least first; undone unless all
/// together get better and nobody becomes late.
pub(super) fn make_room(book: &mut Book<'_>, number: usize, there: &Bid, asked: &mut Asked) -> bool {
    if !asked.may_ask() {
        return false;
    }
    let equal = book.bidder(number).equal;
    let mut left = book.loss(number);
    let before = book.take_out(number);
    let other = |number: usize| Other {
        loss: HOPE * asked.losses[number],
        number,
    };
    // Others have moved since a bidder was asked last: it is asked again before it moves.
    let mut others: BinaryHeap<Other> = book.in_the_way(number, there).into_iter().map(other).collect();
    book.put(number, Some(there.clone()));
    let mut moved: Vec<(usize, Option<Bid>)> = Vec::new();
    while book.is_over(number, there) {
        let Some(other) = others.pop().filter(|other| other.loss < left) else {
            break;
        };
        if !book.is_crowded(other.number) {
            continue; // It takes nothing that is missing.
        }
        if !asked.may_ask() {
            break;
        }
        let stood = book.take_out(other.number);
        let next = instead(book, other.number, stood.as_ref(), left);
        let loss = loss(stood.as_ref(), next.as_ref());
        asked.losses[other.number] = if loss.is_finite() { loss } else { 0.0 };
        let is_least = others.peek().is_none_or(|next| loss <= next.loss);
        if loss < left && is_least {
            left -= loss;
            book.put(other.number, next);
            moved.push((other.number, stood));
        } else {
            book.put(other.number, stood);
            others.push(Other { loss, ..other });
        }
    }
    if !book.is_over(number, there) && left > equal {
        return true;
    }
    moved.push((number, before));
    book.put_back(moved);
    false
}

/// What a move costs; infinite where it would make the bidder late, or leave it without a place.
fn loss(stood: Option<&Bid>, next: Option<&Bid>) -> f64 {
    match (stood, next) {
        (Some(stood), Some(next)) if !next.late || stood.late => next.score - stood.score,
        _ => f64::INFINITY,
    }
}
