//! When and where every job runs: a pure function of a [`Snapshot`].
//!
//! ```text
//! Snapshot --grid, curve, costs--> what a run costs --bidders--> market: all jobs that may wait, at prices of scarce room
//!     each asks the solver of its freedom:  contiguous | pausable | elastic | hazard (length not known)
//!          --assign--> each job decided for beside what the others got --scribe--> Plan, with its bound; --desk--> newcomers
//! ```
//!
//! No clock, no I/O, no Kubernetes, no randomness but the snapshot's seed, no logging: the operator, the twin, a replayed
//! bug report and the tests all call the same [`plan`]. It uses as many processors as there are, and the same comes of it on one.

mod amounts;
mod assign;
mod bidders;
mod bids;
mod bound;
mod capacity;
mod confidence;
mod costs;
mod curve;
mod decide;
mod decision;
mod demand;
mod desk;
mod elastic;
mod grid;
mod guard;
mod hazard;
mod job;
mod least;
mod market;
mod outlook;
mod pausable;
mod pieces;
mod planned;
mod prices;
mod rows;
mod scribe;
mod search;
mod snapshot;
mod stretches;
mod survival;
#[cfg(test)]
mod testing;
mod window;

pub use amounts::shares;

pub use decision::{Action, Binding, Bound, Choice, Decision, Plan, Reason, Segment};
pub use demand::{
    Demand, Freedom, Length, LengthSource, Pausing, Placement, Progress, Published, Scaling, Stage, Step,
};
pub use desk::Desk;
pub use outlook::{Band, Certainty, Level, Outlook, Point, Series, ZoneOutlook};
pub use prices::Prices;
pub use snapshot::{Rules, Snapshot, Zone};
pub use survival::Survival;

/// Decides for every demand of the snapshot about which there is anything to decide; [`Plan::decisions`] keeps the snapshot's order.
///
/// A running job has a decision where it may be paused or widened. Phantoms take room in the market, and have none.
///
/// Pure and total: the same snapshot gives the same plan, bit for bit, and no input makes it panic.
pub fn plan(snapshot: &Snapshot) -> Plan {
    assign::assign(snapshot).0
}
