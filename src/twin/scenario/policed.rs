//! What the policies of a run decide for: jobs that some of their zones hold, by a signal that these zones give.

use std::collections::BTreeSet;

use super::room::{fits, too_large};
use crate::twin::error::{Place, TwinError};
use crate::twin::policy::Policy;
use crate::twin::world::{Job, World};
use crate::units::Signal;

/// Checks the policies of one run; says what its author should know.
///
/// # Errors
/// A zone that is not there, a price that the policy's signal is not counted in, a job that a policy allows no zone that could
/// hold it, and a signal that no zone gives.
pub(super) fn check(policies: &[Policy], world: &World, here: &dyn Fn() -> Place) -> Result<Vec<String>, TwinError> {
    for policy in policies {
        residency(policy, world).map_err(|what| here().wrong(what))?;
        price(policy).map_err(|what| here().wrong(what))?;
    }
    let mut reached = vec![BTreeSet::new(); policies.len()];
    for job in &world.jobs {
        let Some((number, policy)) = decides(policies, job) else {
            continue;
        };
        let zones = policy.zones(job, world);
        let problem = if zones.is_empty() {
            "may run in none of its zones; expected at least one".to_owned()
        } else if !fits(world, job, &zones) {
            too_large(world, job, &zones).0
        } else {
            reached[number].extend(zones);
            continue;
        };
        return Err(here().wrong(format!("under policy {} job {:?} {problem}", policy.name, job.id)));
    }
    let mut said = Vec::new();
    for (policy, zones) in policies.iter().zip(reached) {
        if zones.is_empty() && !world.jobs.is_empty() {
            let name = &policy.name;
            said.push(format!(
                "policy {name} decides for no job; are its selectors and priority right?"
            ));
        }
        said.extend(signal(policy, &zones, world).map_err(|what| here().wrong(what))?);
    }
    Ok(said)
}

/// The policy that decides for a job, with its number.
fn decides<'p>(policies: &'p [Policy], job: &Job) -> Option<(usize, &'p Policy)> {
    let policy = Policy::of_job(policies, job)?;
    let number = policies.iter().position(|other| other.name == policy.name)?;
    Some((number, policy))
}

fn residency(policy: &Policy, world: &World) -> Result<(), String> {
    for name in policy.spec.placement.zones.iter().flatten() {
        if world.zones.iter().all(|zone| zone.name != *name) {
            return Err(format!(
                "policy {} allows the zone {name:?}; expected one of {}",
                policy.name,
                names(world, 0..world.zones.len())
            ));
        }
    }
    Ok(())
}

/// A price in grams is of what is counted in grams.
fn price(policy: &Policy) -> Result<(), String> {
    let spec = &policy.spec;
    if spec.objective.signal == Signal::RenewableShare && spec.delay.grams_per_hour.0 > 0.0 {
        return Err(format!(
            "policy {} goes by RenewableShare and has delay.gramsPerHour, which is of an intensity; expected delay.pricePerHour",
            policy.name
        ));
    }
    Ok(())
}

/// What is to be said of zones that do not give what a policy goes by, of those that its jobs may run in; as an error, where
/// none does: nothing would be saved, and nobody would know why.
fn signal(policy: &Policy, zones: &BTreeSet<usize>, world: &World) -> Result<Option<String>, String> {
    let signal = policy.spec.objective.signal;
    let gives = |zone: &usize| world.zones[*zone].series(signal).is_some();
    let key = match signal {
        Signal::CarbonIntensity => "intensity",
        Signal::RenewableShare => "renewableShare",
        Signal::MarginalIntensity => "marginalIntensity",
    };
    let silent: Vec<usize> = zones.iter().copied().filter(|zone| !gives(zone)).collect();
    let (name, list) = (&policy.name, names(world, silent.iter().copied()));
    if silent.is_empty() {
        Ok(None)
    } else if silent.len() == zones.len() {
        Err(format!(
            "policy {name} goes by {signal:?}, which no zone of its jobs gives ({list}); expected the key {key} of a zone, or \
             objective.signal: CarbonIntensity"
        ))
    } else {
        Ok(Some(format!(
            "policy {name} goes by {signal:?}, which not all zones give, so that no job waits for a better hour in {list}: add \
             {key} there"
        )))
    }
}

fn names(world: &World, zones: impl Iterator<Item = usize>) -> String {
    let names: Vec<&str> = zones.map(|zone| world.zones[zone].name.as_str()).collect();
    names.join(", ")
}
