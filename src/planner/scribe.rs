//! A job's turn: decided for, booked, and written out.

use std::borrow::Cow;

use super::amounts::{Part, Parts};
use super::bids::Got;
use super::capacity::Capacity;
use super::costs::Costs;
use super::decide::{Books, Verdict, decide};
use super::decision::{Action, Choice, Decision};
use super::demand::Stage;
use super::grid::{Grid, Offset};
use super::job::Job;
use super::rows::Piece;
use super::search::{Search, Sight};
use super::snapshot::Snapshot;
use super::window::Start;
use crate::units::{Grams, Signal};

/// Decides, books and writes out.
#[derive(Clone, Copy)]
pub(super) struct Scribe<'a> {
    snapshot: &'a Snapshot,
    grid: &'a Grid,
    costs: &'a Costs<'a>,
}

/// What was decided for a job.
pub(super) struct Decided {
    /// The decision.
    pub(super) decision: Decision,
    /// The least that the job could cost if it were alone, where that is known.
    pub(super) least: Option<f64>,
    /// Whether the room that it takes is just what it got in the market.
    pub(super) takes_what_it_got: bool,
    /// The room of a run to its end that it has booked, and from when on.
    booked: Option<(Parts, Offset)>,
    /// The best of its places at this instant, whatever the room.
    now: Option<usize>,
}

impl Decided {
    /// Whether it waits for a start that costs it more than one at once would have.
    pub(super) fn waits_in_vain(&self) -> bool {
        let waits = self.decision.action == Action::Hold;
        waits && self.decision.chosen.cost > self.decision.now.cost
    }
}

impl<'a> Scribe<'a> {
    /// A scribe for the jobs of a snapshot.
    pub(super) fn new(snapshot: &'a Snapshot, grid: &'a Grid, costs: &'a Costs<'a>) -> Self {
        Self { snapshot, grid, costs }
    }

    /// Decides for one job and books what it takes; `keep` books what it got, where it takes that piece by piece.
    pub(super) fn decide(
        &self,
        job: &Job<'_>,
        got: Option<Got<'_>>,
        (capacity, search): (&mut Capacity, &mut Search),
        keep: impl FnOnce(&mut Capacity),
    ) -> Decided {
        let has_policy = self.snapshot.rules.contains_key(&job.demand.policy);
        let sight = Sight {
            grid: self.grid,
            costs: self.costs,
            capacity,
        };
        let verdict = decide(job, has_policy, got, sight, search);
        let decision = decision(job, &verdict, self.grid, self.costs);
        let mut takes_what_it_got = verdict.got.is_some();
        let mut booked = None;
        if verdict.got.is_some() {
            keep(capacity);
        } else if verdict.books != Books::Nothing && job.demand.stage != Stage::Shadow {
            let runs = matches!(job.demand.stage, Stage::Running { .. });
            if !runs {
                capacity.release(verdict.at);
            }
            let (parts, start) = awaited(job, &verdict, capacity);
            capacity.book(parts, start, start + job.length);
            booked = Some((parts.into(), start));
            takes_what_it_got =
                !runs && start == verdict.at && got.is_some_and(|got| is_what_it_got(job, got, parts, start));
        }
        Decided {
            decision,
            least: verdict.least,
            takes_what_it_got,
            booked,
            now: verdict.now,
        }
    }

    /// Decides anew for a job that waits in vain, if it could start at once by now.
    pub(super) fn look_again(&self, job: &Job<'_>, decided: &mut Decided, room: (&mut Capacity, &mut Search)) {
        let (Some((parts, start)), Some(now)) = (&decided.booked, decided.now) else {
            return;
        };
        let (end, release) = (start + job.length, self.grid.offset(decided.decision.chosen.start));
        room.0.give_back(parts, *start, end);
        room.0.unrelease(release);
        let there = &job.places[now].0.parts;
        let may_start = room.0.may_release(job.first) && room.0.has_room(there, job.first, job.first + job.length);
        if may_start {
            *decided = self.decide(job, None, room, |_| ());
        } else {
            room.0.book(parts, *start, end);
            room.0.release(release);
        }
    }
}

/// Whether a run of these parts to its end is what a job got in the market.
fn is_what_it_got(job: &Job<'_>, got: Got<'_>, parts: &[Part], start: Offset) -> bool {
    let run = |piece: &Piece| {
        *piece == Piece::of(piece.site, start, start + job.length) && job.places[piece.site].0.parts[..] == *parts
    };
    matches!(&got.placed.bid.pieces[..], [only] if run(only))
}

/// Where and when a run that starts by this verdict takes its room. One that must start and has none waits for the first there
/// is, in any of its places where it is bound to none.
fn awaited<'v>(job: &'v Job<'_>, verdict: &'v Verdict<'_>, capacity: &Capacity) -> (&'v [Part], Offset) {
    let planned = (&verdict.place.parts[..], verdict.at);
    if verdict.books == Books::Planned || capacity.has_room(planned.0, verdict.at, verdict.at + job.length) {
        return planned;
    }
    let first = |parts| Some((parts, capacity.first_room(parts, verdict.at..=Offset::MAX, job.length)?));
    let waits = if verdict.place.zones.len() == 1 {
        first(planned.0)
    } else {
        let anywhere = job.places.iter().filter_map(|(place, _)| first(&place.parts[..]));
        anywhere.min_by_key(|(_, start)| *start)
    };
    waits.unwrap_or(planned)
}

/// Writes a verdict out.
fn decision(job: &Job<'_>, verdict: &Verdict<'_>, grid: &Grid, costs: &Costs<'_>) -> Decision {
    let demand = job.demand;
    let now = verdict.now.map_or_else(
        || Cow::Owned(job.anywhere(costs)),
        |number| Cow::Borrowed(&job.places[number].0),
    );
    let in_grams = verdict.got.is_some() && job.rules.signal == Signal::CarbonIntensity;
    let other = |start: &Start| {
        let choice = job.choice(&job.places[start.place].0, start.at, grid, costs);
        Choice {
            cost: Some(start.cost),
            grams: if in_grams {
                Some(Grams(start.cost))
            } else {
                choice.grams
            },
            ..choice
        }
    };
    let mut chosen = job.choice(&verdict.place, verdict.at, grid, costs);
    let mut now = job.choice(&now, job.first, grid, costs);
    let mut segments = Vec::new();
    if let Some(Got { placed, .. }) = &verdict.got {
        let pieces = &placed.bid.pieces;
        (chosen.cost, now.cost) = (
            Some(placed.bid.cost),
            Some(placed.at_once).filter(|cost| cost.is_finite()),
        );
        if in_grams {
            (chosen.grams, now.grams) = (chosen.cost.map(Grams), now.cost.map(Grams));
        } else {
            chosen.grams = job.grams(pieces, costs);
        }
        segments = job.segments(pieces, grid);
    }
    Decision {
        job: demand.job.clone(),
        policy: demand.policy.clone(),
        action: action(job, verdict),
        reason: verdict.reason,
        chosen,
        segments,
        now,
        alternatives: verdict.alternatives.iter().map(other).collect(),
        binding: verdict.binding,
        latest_start: demand.latest_start,
        energy: job.energy(),
        note: verdict.note.clone(),
        shadow: demand.stage == Stage::Shadow,
    }
}

fn action(job: &Job<'_>, verdict: &Verdict<'_>) -> Action {
    let runs_now = verdict.at <= job.present;
    match &job.demand.stage {
        Stage::Running { zone, .. } => {
            let there = zone.as_ref().is_none_or(|zone| verdict.place.zones.contains(zone));
            if runs_now && there {
                Action::Continue
            } else {
                Action::Pause
            }
        }
        Stage::Paused { .. } if runs_now => Action::Resume,
        _ if runs_now => Action::Release,
        _ => Action::Hold,
    }
}
