//! The desk: one more job at a time, at the prices of the plan, without planning anybody else anew.

use std::fmt;
use std::sync::Arc;

use super::assign;
use super::bidders::{Fields, bidder};
use super::bids::{Bids, Got};
use super::capacity::Capacity;
use super::costs::{Costs, Curves};
use super::decision::{Decision, Plan};
use super::demand::Demand;
use super::grid::nanos;
use super::job::Job;
use super::market::{self, book};
use super::scribe::Scribe;
use super::search::Search;
use super::snapshot::Snapshot;

/// What a plan leaves to newcomers: the room that it has not booked, and the price of it.
///
/// Posted prices: a newcomer takes what is best for it when scarce room costs what the plan found, so that it leaves the best
/// of it to those who need it more.
pub struct Desk {
    curves: Arc<Curves>,
    capacity: Capacity,
    fields: Fields,
    /// By zone and resource: sums of prices over the slots of bookings; empty where nothing is scarce.
    tolls: Vec<Vec<f64>>,
    /// Whether nobody has lost anything to others so far.
    is_ideal: bool,
    scratch: market::Scratch,
    search: Search,
}

impl fmt::Debug for Desk {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Desk")
            .field("grid", &self.fields.grid)
            .finish_non_exhaustive()
    }
}

impl Desk {
    /// Plans all jobs of a snapshot, as [`plan`](super::plan) does, and opens the desk for whoever comes until the next plan.
    pub fn open(snapshot: &Snapshot) -> (Plan, Self) {
        assign::assign(snapshot)
    }

    pub(super) fn new(curves: Arc<Curves>, capacity: Capacity, fields: Fields, bids: &Bids) -> Self {
        Self {
            tolls: market::tolls(bids.prices(), &fields.grid, &capacity),
            is_ideal: bids.is_ideal(),
            curves,
            capacity,
            fields,
            scratch: market::Scratch::default(),
            search: Search::default(),
        }
    }

    /// Whether its plan looks as far ahead as this job could run. If not, it is time for a plan.
    pub fn reaches(&self, demand: &Demand) -> bool {
        let grid = &self.fields.grid;
        grid.offset(demand.latest_start) + nanos(demand.length.expected) <= grid.end()
    }

    /// Whether everybody got what it would take if it were alone, the newcomers too. Then a new plan would be the same, as long as
    /// forecasts, lengths and capacities are what they were.
    pub fn is_ideal(&self) -> bool {
        self.is_ideal
    }

    /// Decides for a newcomer and books what it takes. `snapshot` is the one that the desk was opened with, as far as zones
    /// go; its `now` may be later, and curves that no plan has used yet may have come. [`Desk::reaches`] says whether it can.
    pub fn admit(&mut self, demand: &Demand, snapshot: &Snapshot) -> Decision {
        self.fields.grid.advance(snapshot.now);
        let costs = Costs::again(snapshot, Arc::clone(&self.curves));
        let job = Job::of(demand, snapshot, &self.fields.grid, &costs, &self.capacity);
        let bidder = bidder(&job, &mut self.fields, snapshot);
        let tolls = (!self.tolls.is_empty()).then_some(self.tolls.as_slice());
        let grid = &self.fields.grid;
        let placed = market::admit(
            &bidder,
            self.fields.both(),
            grid,
            &self.capacity,
            tolls,
            &mut self.scratch,
        );
        self.is_ideal &= placed.as_ref().is_some_and(|placed| placed.is_ideal(&bidder));
        let got = placed.as_ref().map(|placed| Got {
            bidder: &bidder,
            fields: &self.fields,
            placed,
            // Where nothing is scarce nobody else needs what looks better.
            posted: tolls.is_some(),
        });
        let room = (&mut self.capacity, &mut self.search);
        let decided = Scribe::new(snapshot, grid, &costs).decide(&job, got, room, |capacity| {
            if let Some(placed) = &placed {
                book(&bidder, &placed.bid, capacity);
            }
        });
        decided.decision
    }
}

#[cfg(test)]
mod tests {
    use super::super::testing::{at, big, contended, demand, steps};
    use super::super::{Action, plan};
    use super::*;

    const HOUR: i64 = 3600;

    #[test]
    fn a_newcomer_is_decided_for_as_a_plan_would_where_there_is_room_for_all() {
        let mut s = contended();
        let (_, mut desk) = Desk::open(&s);
        let j = demand("j", 3 * HOUR, HOUR);
        let admitted = desk.admit(&j, &s);
        s.demands = vec![j];
        assert_eq!(admitted, plan(&s).decisions[0]);
    }

    #[test]
    fn it_opens_within_a_slot_as_well_as_on_a_border() {
        let mut s = contended();
        s.now = at(HOUR / 2 + 60);
        let (_, mut desk) = Desk::open(&s);
        let decision = desk.admit(&demand("j", 3 * HOUR, HOUR), &s);
        assert_eq!(decision.chosen.start, at(2 * HOUR));
    }

    #[test]
    fn where_nothing_is_scarce_a_newcomer_starts_at_the_very_border_of_a_series_wherever_that_lies() {
        let mut s = contended();
        steps(&mut s, "b", 61 * 60, &[300.0, 300.0, 50.0, 300.0, 300.0, 300.0]);
        let (_, mut desk) = Desk::open(&s);
        let decision = desk.admit(&demand("j", 3 * HOUR, HOUR), &s);
        assert_eq!(decision.chosen.start, at(2 * 61 * 60));
    }

    #[test]
    fn newcomers_take_what_the_plan_and_those_before_them_have_left() {
        let mut s = contended();
        s.demands = vec![big("planned", 4 * HOUR)];
        let (plan, mut desk) = Desk::open(&s);
        assert_eq!(plan.decisions[0].chosen.start, at(2 * HOUR));
        let starts = ["j", "k"].map(|name| desk.admit(&big(name, 4 * HOUR), &s).chosen.start);
        assert_eq!(starts, [at(HOUR), at(3 * HOUR)]);
    }

    #[test]
    fn time_goes_on_at_the_desk() {
        let mut s = contended();
        let (_, mut desk) = Desk::open(&s);
        s.now = at(2 * HOUR + 600);
        let mut late = demand("j", 4 * HOUR, HOUR / 2);
        late.submitted = s.now;
        let decision = desk.admit(&late, &s);
        assert_eq!((decision.action, decision.chosen.start), (Action::Release, s.now));
    }

    #[test]
    fn it_says_when_a_job_reaches_further_than_its_plan() {
        let s = contended();
        let (_, desk) = Desk::open(&s);
        assert!(desk.reaches(&demand("j", 4 * HOUR, HOUR)));
        assert!(!desk.reaches(&demand("j", 40 * HOUR, HOUR)));
    }
}
