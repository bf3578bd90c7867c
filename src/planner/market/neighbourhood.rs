//! Large neighbourhood search: who loses most is placed anew together with some who stand in its way, and what is better stays
//! (Shaw, "Using Constraint Programming and Local Search Methods to Solve Vehicle Routing Problems", CP 1998).
//!
//! Moves of one after the other stop where two giants would have to change places. Here both are taken out first.

use super::bid::Bid;
use super::book::Book;
use super::effort;

/// How many times something is tried, for each bidder, in a first plan ...
const FIRST_ROUNDS: usize = 10;
/// ... and in one that follows another, which has been searched before ...
const LATER_ROUNDS: usize = 3;
/// ... where no more than this many want to start at an instant; else fewer, as an instance of many small runs is planned well
/// without.
const CROWD: f64 = 500.0;
/// Where more than this many do, far less still: a round takes as long, and moves too little of the whole.
const MULTITUDE: f64 = 2000.0;
/// However little they are crowded: rounds times bidders are no more than so many.
const ALL_ASKED: f64 = 1e9;
/// How often at most some who stand in a member's way join a group, and how many at a time.
const STEPS: usize = 2;
const JOINING: usize = 16;
/// Losers are taken at random; this power makes it the great ones mostly.
const GREAT_LOSERS: f64 = 3.0;
/// The heaviest go first, mostly: their weight counts by a random factor to this power.
const SHUFFLED: f64 = 0.2;
/// The losers are counted anew after so many rounds.
const COUNTED: usize = 64;

/// Places a few bidders anew at a time, as often as the instance is worth it. Nobody becomes late; who may run in pieces stays.
/// The same seed gives the same plan.
pub(super) fn search(book: &mut Book<'_>, is_first: bool, seed: u64) {
    let mut random = fastrand::Rng::with_seed(seed);
    let mut losers = Vec::new();
    for round in 0..rounds(book, is_first) {
        if round % COUNTED == 0 {
            losers = whole_runs(book, book.losers());
        }
        if losers.is_empty() {
            return;
        }
        let loser = losers[(random.f64().powf(GREAT_LOSERS) * losers.len() as f64) as usize];
        let group = group(book, loser, &mut random);
        place_anew(book, &group, &mut random);
    }
}

/// A loser, some who stand where it would run if it were alone, and some who stand where one of those would.
fn group(book: &Book<'_>, loser: usize, random: &mut fastrand::Rng) -> Vec<usize> {
    let mut group = vec![loser];
    for _ in 0..random.usize(1..=STEPS) {
        let member = group[random.usize(..group.len())];
        let Some(ideal) = book.ideal(member) else { continue };
        let mut others = whole_runs(book, book.in_the_way(member, ideal));
        others.retain(|other| !group.contains(other));
        random.shuffle(&mut others);
        others.truncate(random.usize(1..=JOINING));
        group.append(&mut others);
    }
    group
}

/// Whether few enough want to start at an instant that much hangs on each of them.
pub(super) fn is_worth_it(book: &Book<'_>) -> bool {
    book.crowd() <= CROWD
}

/// How often something is tried.
fn rounds(book: &Book<'_>, is_first: bool) -> usize {
    let each = if is_first { FIRST_ROUNDS } else { LATER_ROUNDS };
    let crowd = book.crowd();
    let rounds = (each * book.len()) as f64 * effort(crowd, CROWD) * effort(crowd, MULTITUDE);
    rounds.min(ALL_ASKED / book.len().max(1) as f64) as usize
}

fn whole_runs(book: &Book<'_>, mut numbers: Vec<usize>) -> Vec<usize> {
    numbers.retain(|number| !book.bidder(*number).has_pieces());
    numbers
}

/// Takes all of a group out and places one after the other; undone unless all together get better and nobody is late.
fn place_anew(book: &mut Book<'_>, group: &[usize], random: &mut fastrand::Rng) {
    // What the group loses now is the most that it may lose then.
    let mut left: f64 = group.iter().map(|number| book.loss(*number)).sum();
    let stood: Vec<(usize, Option<Bid>)> = group.iter().map(|number| (*number, book.take_out(*number))).collect();
    let equal = group
        .iter()
        .map(|number| book.bidder(*number).equal)
        .fold(0.0, f64::max);
    let mut turns: Vec<(f64, usize)> = group
        .iter()
        .map(|number| (book.bidder(*number).weight() * random.f64().powf(SHUFFLED), *number))
        .collect();
    turns.sort_by(|a, b| b.0.total_cmp(&a.0));
    for (_, number) in turns {
        let most = book.ideal(number).map_or(f64::INFINITY, |ideal| ideal.score + left);
        let bid = book.ideal_with_room(number).or_else(|| book.best_within(number, most));
        let is_in_time = bid.as_ref().is_some_and(|bid| !bid.late);
        book.put(number, bid);
        left -= book.loss(number);
        if !is_in_time || left <= equal {
            return book.put_back(stood);
        }
    }
}
