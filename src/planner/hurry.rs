//! A job that may run wider can start after its latest start and be in time all the same.
//!
//! It relies on that only where its length is known and its zones have no limit: elsewhere a plan that is made later may find no room
//! for so many pods, and it would be late.

use super::demand::{Demand, LengthSource};
use super::snapshot::Snapshot;

/// Whether a job may start so late that it must run wider to be in time.
pub(super) fn may_hurry(demand: &Demand, snapshot: &Snapshot) -> bool {
    let is_known = demand.length.source == LengthSource::Annotation && demand.curve.is_none();
    let mut zones = demand
        .placement
        .zones()
        .iter()
        .filter_map(|name| snapshot.zones.get(name));
    is_known && demand.freedom.scaling.is_some() && zones.all(|zone| !zone.is_limited())
}
