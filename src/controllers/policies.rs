//! The status of each CarbonPolicy: is it in force, what does it hold, when is the next release, what has it saved.

use std::collections::BTreeMap;

use jiff::Timestamp;
use k8s_openapi::apimachinery::pkg::apis::meta::v1::Time;
use kube::{Api, Client};

use super::guard::Guard;
use super::status::{Spacing, write};
use crate::api::{CarbonPolicy, CarbonPolicyStatus, Mode, condition, set_condition};
use crate::index::{Phase, Picture, PolicyEntry};
use crate::metrics::Resource;
use crate::planner::Plan;
use crate::units::{Clock, PolicyName};

/// What happened under a policy since its status was last written.
#[derive(Clone, Copy, Debug, Default, PartialEq)]
pub struct Tally {
    /// Jobs released.
    pub released: i64,
    /// Grams saved; negative is harm.
    pub saved: f64,
    /// Starts after the latest start.
    pub missed_starts: i64,
    /// Finishes after finish-by.
    pub missed_finishes: i64,
}

impl std::ops::AddAssign for Tally {
    fn add_assign(&mut self, other: Self) {
        self.released += other.released;
        self.saved += other.saved;
        self.missed_starts += other.missed_starts;
        self.missed_finishes += other.missed_finishes;
    }
}

/// Writes the status of policies.
pub struct PolicyStatuses {
    api: Api<CarbonPolicy>,
    guard: Guard,
    tallies: BTreeMap<PolicyName, Tally>,
    spacing: Spacing<PolicyName>,
}

/// What the policy decides for, now.
#[derive(Clone, Copy, Debug, Default)]
struct Count {
    matched: i64,
    held: i64,
    next: Option<Timestamp>,
}

impl PolicyStatuses {
    /// Writes within `guard`.
    pub fn new(client: Client, guard: Guard) -> Self {
        Self {
            api: Api::all(client),
            guard,
            tallies: BTreeMap::new(),
            spacing: Spacing::default(),
        }
    }

    /// Something happened under `policy`; its status says so soon.
    pub fn add(&mut self, policy: &str, tally: Tally) {
        *self.tallies.entry(policy.into()).or_default() += tally;
    }

    /// Writes what changed.
    pub async fn keep(&mut self, picture: &Picture, plan: &Plan, policies: &[PolicyEntry], clock: &dyn Clock) {
        let counts = counts(picture, plan);
        self.tallies
            .retain(|name, _| policies.iter().any(|policy| policy.name == *name));
        self.spacing
            .keep_only(|name| policies.iter().any(|policy| policy.name == *name));
        for policy in policies {
            let count = counts.get(&policy.name).copied().unwrap_or_default();
            let tally = self.tallies.get(&policy.name).copied().unwrap_or_default();
            let old = policy.object.status.clone().unwrap_or_default();
            let new = status(policy, &old, count, tally, picture);
            let version = policy.object.metadata.resource_version.as_deref().unwrap_or_default();
            if new == old || !self.spacing.take(&policy.name, clock.monotonic()) {
                continue;
            }
            if write(
                &self.guard,
                &self.api,
                Resource::CarbonPolicy,
                policy.name.as_str(),
                version,
                &old,
                &new,
            )
            .await
            {
                self.tallies.remove(&policy.name);
            }
        }
    }
}

fn counts(picture: &Picture, plan: &Plan) -> BTreeMap<PolicyName, Count> {
    let mut counts: BTreeMap<PolicyName, Count> = BTreeMap::new();
    for subject in picture.subjects.values() {
        let decides = subject.verdict.enforce.as_ref().or(subject.verdict.dry_run.as_ref());
        let Some(policy) = decides.filter(|_| !matches!(subject.job.phase, Phase::Finished { .. })) else {
            continue;
        };
        let count = counts.entry(policy.clone()).or_default();
        count.matched += 1;
        count.held += i64::from(subject.job.is_ours());
    }
    for decision in plan.decisions.iter().filter(|d| !d.shadow) {
        let count = counts.entry(decision.policy.clone()).or_default();
        count.next = Some(
            count
                .next
                .map_or(decision.chosen.start, |next| next.min(decision.chosen.start)),
        );
    }
    counts
}

fn status(
    policy: &PolicyEntry,
    old: &CarbonPolicyStatus,
    count: Count,
    tally: Tally,
    picture: &Picture,
) -> CarbonPolicyStatus {
    let generation = policy.object.metadata.generation;
    let ready = match (picture.faults.get(&policy.name), policy.spec.mode) {
        (Some(fault), _) => condition("Ready", false, fault.reason, fault.message.clone(), generation),
        (None, Mode::Enforce) => condition(
            "Ready",
            true,
            "InForce",
            "It holds and releases the jobs that it selects.",
            generation,
        ),
        (None, Mode::DryRun) => condition(
            "Ready",
            true,
            "DryRun",
            "It only says what it would do; set mode to Enforce to hold jobs.",
            generation,
        ),
    };
    let mut conditions = old.conditions.clone();
    set_condition(&mut conditions, ready, picture.snapshot.now);
    let before: f64 = old
        .saved_grams
        .as_deref()
        .and_then(|text| text.parse().ok())
        .unwrap_or(0.0);
    // Whole seconds, as Kubernetes writes them: anything finer would differ from what is read back.
    let next = count
        .next
        .and_then(|next| Timestamp::from_second(next.as_second()).ok());
    CarbonPolicyStatus {
        observed_generation: generation,
        conditions,
        matched: count.matched,
        held: count.held,
        released: old.released + tally.released,
        next_release: next.map(Time),
        saved_grams: if tally.saved == 0.0 {
            old.saved_grams.clone()
        } else {
            Some(format!("{:.1}", tenths(before + tally.saved)))
        },
        missed_starts: old.missed_starts + tally.missed_starts,
        missed_finishes: old.missed_finishes + tally.missed_finishes,
    }
}

/// Rounded to what is shown, and never minus nothing.
fn tenths(grams: f64) -> f64 {
    (grams * 10.0).round() / 10.0 + 0.0
}
