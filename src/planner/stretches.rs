//! Those that are free to wait are decided for in stretches, on as many processors as there are.

use std::ops::Range;

use rayon::prelude::*;

use super::bidders::Fields;
use super::bids::Bids;
use super::capacity::Capacity;
use super::job::Job;
use super::scribe::{Decided, Scribe};
use super::search::Search;

/// So many jobs in a row are decided for by one processor: the more, the less often is the room copied; the fewer, the less
/// often is something decided in vain.
const STRETCH: usize = 16;
/// So many stretches are decided for at a time at most, for each has a copy of the room.
const MOST: usize = 8;

/// Decides for jobs in their turns, each with all others booked.
///
/// Most take just what they got, which changes nothing for those after them. So some stretches are decided for beside one
/// another, and what was decided after a stretch that changed the room is decided anew: the same comes of it on any number of
/// processors.
pub(super) fn decide(
    jobs: &[Job<'_>],
    (bids, fields): (&Bids, &Fields),
    scribe: Scribe<'_>,
    capacity: &mut Capacity,
) -> Vec<Decided> {
    let mut decided: Vec<Decided> = Vec::with_capacity(jobs.len());
    let processors = rayon::current_num_threads().min(MOST);
    let length = if processors > 1 { STRETCH } else { jobs.len() };
    while decided.len() < jobs.len() {
        let firsts = (decided.len()..jobs.len()).step_by(length);
        let firsts: Vec<usize> = firsts.take(processors).collect();
        let stretch = |first| {
            decide_stretch(
                jobs,
                first..jobs.len().min(first + length),
                (bids, fields),
                scribe,
                capacity,
            )
        };
        let found: Vec<(Vec<Decided>, Option<Capacity>)> = firsts.into_par_iter().map(stretch).collect();
        for (stretch, changed) in found {
            decided.extend(stretch);
            if let Some(changed) = changed {
                *capacity = changed;
                break;
            }
        }
    }
    decided
}

/// Decides for a stretch; with the room as it leaves it, where it has changed it.
fn decide_stretch(
    jobs: &[Job<'_>],
    stretch: Range<usize>,
    (bids, fields): (&Bids, &Fields),
    scribe: Scribe<'_>,
    capacity: &Capacity,
) -> (Vec<Decided>, Option<Capacity>) {
    let (mut room, mut search, mut has_changed) = (capacity.clone(), Search::default(), false);
    let decide = |number: usize| {
        let got = bids.take(number, fields, &mut room);
        let keep = |room: &mut Capacity| bids.keep(number, room);
        let decided = scribe.decide(&jobs[number], got, (&mut room, &mut search), keep);
        has_changed |= !decided.takes_what_it_got;
        decided
    };
    let decided = stretch.map(decide).collect();
    (decided, has_changed.then_some(room))
}
