//! A job's turn: decided for, booked, and written out.

use std::borrow::Cow;

use super::bids::Got;
use super::capacity::{Capacity, Part};
use super::costs::Costs;
use super::decide::{Books, Verdict, decide};
use super::decision::{Action, Decision};
use super::demand::Stage;
use super::grid::{Grid, Offset};
use super::job::Job;
use super::search::{Search, Sight};
use super::snapshot::Snapshot;
use super::window::Start;
use crate::units::{Grams, Signal};

/// Decides, books and writes out, one job after the other.
pub(super) struct Scribe<'a> {
    snapshot: &'a Snapshot,
    grid: &'a Grid,
    costs: &'a Costs<'a>,
    search: &'a mut Search,
}

impl<'a> Scribe<'a> {
    /// A scribe for the jobs of a snapshot.
    pub(super) fn new(snapshot: &'a Snapshot, grid: &'a Grid, costs: &'a Costs<'a>, search: &'a mut Search) -> Self {
        Self {
            snapshot,
            grid,
            costs,
            search,
        }
    }

    /// Decides for one job and books what it takes; `keep` books what it got, where it takes that piece by piece. With the
    /// decision comes the least that it could cost if it were alone, where that is known.
    pub(super) fn decide(
        &mut self,
        job: &Job<'_>,
        got: Option<Got<'_>>,
        capacity: &mut Capacity,
        keep: impl FnOnce(&mut Capacity),
    ) -> (Decision, Option<f64>) {
        let has_policy = self.snapshot.rules.contains_key(&job.demand.policy);
        let sight = Sight {
            grid: self.grid,
            costs: self.costs,
            capacity,
        };
        let verdict = decide(job, has_policy, got, sight, self.search);
        let decision = decision(job, &verdict, self.grid, self.costs);
        if verdict.got.is_some() {
            keep(capacity);
        } else if verdict.books != Books::Nothing && job.demand.stage != Stage::Shadow {
            if !matches!(job.demand.stage, Stage::Running { .. }) {
                capacity.release(verdict.at);
            }
            let (parts, start) = awaited(job, &verdict, capacity);
            capacity.book(parts, start, start + job.length);
        }
        (decision, verdict.least)
    }
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
    let other = |start: &Start| job.choice(&job.places[start.place].0, start.at, grid, costs);
    let mut chosen = job.choice(&verdict.place, verdict.at, grid, costs);
    let mut now = job.choice(&now, job.first, grid, costs);
    let mut segments = Vec::new();
    if let Some(Got { placed, .. }) = &verdict.got {
        let pieces = &placed.bid.pieces;
        (chosen.cost, now.cost) = (
            Some(placed.bid.cost),
            Some(placed.at_once).filter(|cost| cost.is_finite()),
        );
        if job.rules.signal == Signal::CarbonIntensity {
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
