//! When and where every job runs: a pure function of a [`Snapshot`].
//!
//! ```text
//! Snapshot --grid--> cost of every (zone, slot) --window--> each job's choices --assign--> Plan
//! ```
//!
//! No clock, no I/O, no Kubernetes, no randomness but the snapshot's seed, no logging: the operator, the twin, a replayed
//! bug report and the tests all call the same [`plan`].

mod decision;
mod demand;
mod outlook;
mod snapshot;

pub use decision::{Action, Binding, Bound, Choice, Decision, Plan, Reason};
pub use demand::{Demand, Length, LengthSource, Placement, Published, Stage};
pub use outlook::{Certainty, Level, Outlook, Point, Series, ZoneOutlook};
pub use snapshot::{Rules, Snapshot, Zone};

/// Decides for every demand of the snapshot.
pub fn plan(_snapshot: &Snapshot) -> Plan {
    Plan::default()
}
