//! Those that are free to wait are decided for in stretches, on as many processors as there are.

use std::ops::Range;

use rayon::prelude::*;

use super::bidders::Fields;
use super::bids::Bids;
use super::capacity::Capacity;
use super::job::Job;
use super::scribe::{Decided, Scribe};
use super::search::Search;

/// So many jobs in a row are decided for by one processor after the room has changed, and twice as many each time that it has not,
/// up to the most: the more, the less often do processors wait for each other; the fewer, the less is decided in vain.
const STRETCH: (usize, usize) = (16, 128);
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
    let least = if processors > 1 { STRETCH.0 } else { jobs.len().max(1) };
    let (mut length, stretches) = (least, jobs.len().div_ceil(least));
    let mut clerks: Vec<Clerk> = (0..processors.min(stretches)).map(|_| Clerk::over(capacity)).collect();
    while decided.len() < jobs.len() {
        let firsts = (decided.len()..jobs.len()).step_by(length).take(processors);
        let stretches: Vec<Range<usize>> = firsts.map(|first| first..jobs.len().min(first + length)).collect();
        let beside = clerks.par_iter_mut().zip(stretches);
        let found: Vec<(Vec<Decided>, bool)> = beside
            .map(|(clerk, stretch)| clerk.decide(jobs, stretch, (bids, fields), scribe))
            .collect();
        let changed = found.iter().position(|(_, has_changed)| *has_changed);
        let counts = changed.map_or(found.len(), |changed| changed + 1);
        decided.extend(found.into_iter().take(counts).flat_map(|(stretch, _)| stretch));
        let Some(changed) = changed else {
            length = (2 * length).min(STRETCH.1.max(least));
            continue;
        };
        length = least;
        clerks.swap(0, changed);
        if let [changed, others @ ..] = &mut clerks[..]
            && decided.len() < jobs.len()
        {
            others
                .par_iter_mut()
                .for_each(|other| other.room.become_like(&changed.room));
        }
    }
    if let Some(mut clerk) = clerks.into_iter().next() {
        clerk.look_again(jobs, &mut decided, scribe);
        *capacity = clerk.room;
    }
    decided
}

/// Decides for one stretch after the other, with a copy of the room that is kept in between.
struct Clerk {
    room: Capacity,
    search: Search,
}

impl Clerk {
    fn over(room: &Capacity) -> Self {
        Self {
            room: room.clone(),
            search: Search::default(),
        }
    }

    /// Decides again for whoever waits for a start that costs more than one at once, for want of room that somebody after it has
    /// left meanwhile.
    fn look_again(&mut self, jobs: &[Job<'_>], decided: &mut [Decided], scribe: Scribe<'_>) {
        let Some(last) = decided.iter().rposition(|decided| !decided.takes_what_it_got) else {
            return;
        };
        for (job, decided) in jobs.iter().zip(decided).take(last) {
            if decided.waits_in_vain() {
                scribe.look_again(job, decided, (&mut self.room, &mut self.search));
            }
        }
    }

    /// Decides for a stretch; whether that has changed the room.
    fn decide(
        &mut self,
        jobs: &[Job<'_>],
        stretch: Range<usize>,
        (bids, fields): (&Bids, &Fields),
        scribe: Scribe<'_>,
    ) -> (Vec<Decided>, bool) {
        let mut has_changed = false;
        let decide = |number: usize| {
            let got = bids.take(number, fields, &mut self.room);
            let keep = |room: &mut Capacity| bids.keep(number, room);
            let decided = scribe.decide(&jobs[number], got, (&mut self.room, &mut self.search), keep);
            has_changed |= !decided.takes_what_it_got;
            decided
        };
        (stretch.map(decide).collect(), has_changed)
    }
}
