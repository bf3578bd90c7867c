//! Which zones a job may land in: its owner's constraints and the policy's wall, never one without the other.

use super::job::{JobEntry, Steering};
use super::zone::Zones;
use crate::api::{CarbonPolicySpec, Strategy};
use crate::planner::Placement;

/// The zones that both the owner's constraints and the policy's `placement.zones` allow.
pub fn placement(job: &JobEntry, spec: &CarbonPolicySpec, zones: &mut Zones<'_>) -> Placement {
    let wall = spec.placement.zones.as_deref();
    let allowed = zones.eligible(&job.constraint, job.fingerprint, wall);
    let free = job.steering == Steering::Free && spec.placement.strategy == Strategy::GreenestZone;
    if free {
        Placement::Choose(allowed)
    } else {
        Placement::Somewhere(allowed)
    }
}
