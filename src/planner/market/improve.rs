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
/// A pass ends when so many were asked to make room in vain, one after the other.
const PATIENCE: usize = 4000;
/// What is hoped of a bidder, as a share of what it would have lost when it was asked last.
const HOPE: f64 = 0.5;

/// Moves bidders until nothing gets better, within a limit of work: each alone to a better start with room, then each to its
/// ideal start with those who stand there moved to their next best. The prices of room, `tolls`, say who is worth asking for.
pub(super) fn improve(book: &mut Book<'_>, tolls: &[Vec<f64>]) {
    let mut asked = Asked::of(book);
    for _ in 0..MOST_PASSES {
        let mut moved = false;
        for number in book.losers() {
            if !asked.may_ask() {
                return; // Nobody may be asked to make room either.
            }
            moved |= shift(book, number);
        }
        asked.in_vain = 0;
        for number in most_hopeful_first(book, tolls) {
            if asked.left == 0 || asked.in_vain > PATIENCE {
                break;
            }
            if let Some(ideal) = book.ideal(number) {
                moved |= make_room(book, number, ideal, &mut asked);
            }
        }
        if !moved {
            return;
        }
    }
}

/// Those that lose something, those first that lose most beyond what more the room of their ideal start costs than that of their
/// own.
fn most_hopeful_first(book: &Book<'_>, tolls: &[Vec<f64>]) -> Vec<usize> {
    let toll = |number: usize, bid: Option<&Bid>| bid.map_or(0.0, |bid| book.toll(number, bid, tolls));
    let hope = |number: usize| {
        let (own, ideal) = (book.bid(number), book.ideal(number));
        book.loss(number) + toll(number, own) - toll(number, ideal)
    };
    let losers = book.losers().into_iter();
    let mut losers: Vec<(f64, usize)> = losers.map(|number| (hope(number), number)).collect();
    losers.sort_by(|(a, _), (b, _)| b.total_cmp(a));
    losers.into_iter().map(|(_, number)| number).collect()
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
    /// How many were asked since somebody made room.
    in_vain: usize,
}

impl Asked {
    /// Nobody has been asked yet.
    pub(super) fn of(book: &Book<'_>) -> Self {
        let questions = (QUESTIONS * book.len()) as f64 * effort(book.looks() as f64, ALL_QUESTIONS);
        Self {
            losses: vec![0.0; book.len()],
            left: questions as usize,
            in_vain: 0,
        }
    }

    /// Whether one more may be asked; then it is.
    fn may_ask(&mut self) -> bool {
        let may = self.left > 0;
        self.left -= usize::from(may);
        self.in_vain += usize::from(may);
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
        asked.in_vain = 0;
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
