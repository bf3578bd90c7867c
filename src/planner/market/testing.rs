//! A market for the tests of this room.

use super::super::bidders::{Fields, bidder};
use super::super::costs::Costs;
use super::super::job::Job;
use super::super::{Demand, Snapshot};
use super::book::Book;
use super::contiguous::{Market, Scratch};
use super::{Bid, Bidder, Capacity, Grid};

/// What is done with an empty book of the demands of a snapshot.
pub(super) fn with_book<T>(snapshot: &Snapshot, act: impl FnOnce(&mut Book<'_>) -> T) -> T {
    let grid = Grid::of(snapshot);
    let costs = Costs::of(snapshot, &grid);
    let mut capacity = Capacity::of(snapshot, costs.models(), grid.finer(snapshot));
    let mut fields = Fields::new(grid.clone(), capacity.grid().clone());
    let job = |demand: &Demand| {
        bidder(
            &Job::of(demand, snapshot, &grid, &costs, &capacity),
            &mut fields,
            snapshot,
        )
    };
    let bidders: Vec<Bidder> = snapshot.demands.iter().map(job).collect();
    let fields = fields.both();
    let alone = Market::anywhere(fields, &capacity, &grid);
    let ideal = |bidder: &Bidder| bidder.best(alone, &mut Scratch::default());
    let ideals: Vec<Option<Bid>> = bidders.iter().map(ideal).collect();
    act(&mut Book::new(&bidders, &ideals, fields, &mut capacity, &grid))
}
