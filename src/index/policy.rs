//! Which policy decides for a job.

use std::collections::BTreeMap;
use std::sync::Arc;

use super::job::JobEntry;
use crate::api::{CarbonPolicy, CarbonPolicySpec, Mode, matches};
use crate::units::PolicyName;

/// A policy as we keep it.
#[derive(Clone, Debug)]
pub struct PolicyEntry {
    /// Its name.
    pub name: PolicyName,
    /// Its UID.
    pub uid: Arc<str>,
    /// Its spec.
    pub spec: Arc<CarbonPolicySpec>,
    /// The object as last seen, for its status.
    pub object: Arc<CarbonPolicy>,
}

/// What the policies say of one job.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Verdict {
    /// The Enforce policy that decides.
    pub enforce: Option<PolicyName>,
    /// Other Enforce policies that select it too, best first.
    pub overruled: Vec<PolicyName>,
    /// The DryRun policy that would decide if no Enforce policy does.
    pub dry_run: Option<PolicyName>,
}

/// The policies that are in force, best first: highest priority, ties by name.
#[derive(Clone, Debug, Default)]
pub struct Policies {
    ordered: Vec<PolicyEntry>,
}

impl Policies {
    /// Orders the policies that are valid.
    pub fn new(mut valid: Vec<PolicyEntry>) -> Self {
        valid.sort_by(|a, b| b.spec.priority.cmp(&a.spec.priority).then_with(|| a.name.cmp(&b.name)));
        Self { ordered: valid }
    }

    /// The policy of this name.
    pub fn get(&self, name: &PolicyName) -> Option<&PolicyEntry> {
        self.ordered.iter().find(|p| p.name == *name)
    }

    /// All of them, best first.
    pub fn iter(&self) -> impl Iterator<Item = &PolicyEntry> {
        self.ordered.iter()
    }

    /// Who decides for `job`, which lives in a namespace with these labels.
    pub fn verdict(&self, job: &JobEntry, namespace: &BTreeMap<String, String>) -> Verdict {
        let mut verdict = Verdict::default();
        for policy in self.ordered.iter().filter(|p| selects(&p.spec, &job.labels, namespace)) {
            match policy.spec.mode {
                Mode::Enforce if verdict.enforce.is_none() => verdict.enforce = Some(policy.name.clone()),
                Mode::Enforce => verdict.overruled.push(policy.name.clone()),
                Mode::DryRun if verdict.dry_run.is_none() => verdict.dry_run = Some(policy.name.clone()),
                Mode::DryRun => {}
            }
        }
        verdict
    }
}

fn selects(spec: &CarbonPolicySpec, job: &BTreeMap<String, String>, namespace: &BTreeMap<String, String>) -> bool {
    spec.job_selector.as_ref().is_none_or(|s| matches(s, job))
        && spec.namespace_selector.as_ref().is_none_or(|s| matches(s, namespace))
}
