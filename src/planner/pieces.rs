//! A job that may be more than started, as the market has placed it: rule 5 of [`super::decide`].

use super::bids::Got;
use super::decide::Verdict;
use super::decision::{Binding, Reason};
use super::demand::Stage;
use super::guard::Guard;
use super::job::Job;
use super::search::{Search, Sight};

/// Does what the market found.
pub(super) fn in_pieces<'b>(job: &Job<'_>, got: Got<'b>, sight: Sight<'_>, search: &mut Search) -> Verdict<'b> {
    let start = got.start();
    let guard = Guard::of(job.rules, got.at_once);
    search.run(job, sight);
    let binding = binding(job, &got, &guard);
    Verdict {
        at: start.at,
        place: job.places[start.place].0.clone(),
        now: search.cheapest_now(job.first).map(|start| start.place),
        reason: reason(job, &got, binding),
        binding,
        note: None,
        alternatives: search.alternatives(&start, &guard, sight.grid),
        least: Some(got.alone),
        books: true,
        bid: Some(got),
    }
}

/// What kept it from being better.
fn binding(job: &Job<'_>, got: &Got<'_>, guard: &Guard) -> Binding {
    let end = got.bid.pieces.last().map_or(0, |piece| piece.end);
    let known = job.places.iter().map(|(_, curve)| curve.last_start(0)).max().flatten();
    if got.bid.score > got.ideal + guard.equal {
        Binding::Capacity
    } else if end >= job.last + job.length {
        Binding::LatestStart
    } else if known.is_some_and(|known| known < job.last + job.length) {
        Binding::Horizon
    } else {
        Binding::Nothing
    }
}

fn reason(job: &Job<'_>, got: &Got<'_>, binding: Binding) -> Reason {
    let waits = got.bid.at() > job.present;
    match &job.demand.stage {
        Stage::Running { .. } | Stage::Paused { .. } if waits => Reason::PausedForDirtyHours,
        _ if waits && binding == Binding::Capacity => Reason::WaitingForCapacity,
        _ if waits => Reason::WaitingForGreenerSlot,
        Stage::Held if job.places.len() > 1 && job.demand.published.is_none() => Reason::ChosenZone,
        _ => Reason::ReleasedInPlannedSlot,
    }
}
