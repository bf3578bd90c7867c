//! Where a decision puts a job, in the language of its pod template.

use k8s_openapi::api::core::v1::NodeSelectorTerm;

use super::affinity::{within_zones, zone_term};
use super::patch::Affinity;
use crate::api::{CarbonPolicySpec, Strategy};
use crate::index::{Picture, Steering, Subject};
use crate::units::{PolicyName, ZoneName};

/// The affinity of a job that starts in its `chosen` zones.
///
/// One chosen zone is written down. A job that is only shifted in time is written the policy's residency wall, if there is
/// one: a volume or a foreign scheduler does not lift it. Otherwise the owner's own words stand.
pub fn at_release(subject: &Subject, chosen: &[ZoneName], policy: &PolicyName, picture: &Picture) -> Affinity {
    let spec = picture.policies.get(policy).map(|p| &*p.spec);
    let steered = subject.job.steering == Steering::Free
        && spec.is_some_and(|spec| spec.placement.strategy == Strategy::GreenestZone);
    match chosen {
        [one] if steered => within(subject, std::slice::from_ref(one), picture),
        _ => wall(subject, spec, picture),
    }
}

/// The affinity of a job that waits: the wall already stands, so that even the fail-safe lets it go within it.
pub fn while_held(subject: &Subject, policy: &PolicyName, picture: &Picture) -> Affinity {
    wall(subject, picture.policies.get(policy).map(|p| &*p.spec), picture)
}

fn wall(subject: &Subject, spec: Option<&CarbonPolicySpec>, picture: &Picture) -> Affinity {
    let allowed = spec.and_then(|spec| spec.placement.zones.as_ref());
    match allowed {
        Some(names) => {
            let zones: Vec<ZoneName> = names.iter().map(|name| name.as_str().into()).collect();
            within(subject, &zones, picture)
        }
        None if subject.job.ours.keeps_affinity => Affinity::Restore,
        None => Affinity::Keep,
    }
}

fn within(subject: &Subject, zones: &[ZoneName], picture: &Picture) -> Affinity {
    if subject.job.steering == Steering::Pinned {
        return Affinity::Keep;
    }
    let terms: Vec<NodeSelectorTerm> = zones
        .iter()
        .filter_map(|zone| picture.selectors.get(zone))
        .map(zone_term)
        .collect();
    // No zone of that name any more: an affinity without terms would be refused, and nothing may hold the job for it.
    if terms.is_empty() {
        return Affinity::Keep;
    }
    Affinity::Set(within_zones(subject.job.constraint.required.as_ref(), &terms))
}
