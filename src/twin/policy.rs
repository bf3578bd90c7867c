//! The policies of a run, and which of them decides for a job.

use std::collections::BTreeMap;
use std::sync::Arc;

use jiff::SignedDuration;
use k8s_openapi::apimachinery::pkg::apis::meta::v1::LabelSelector;

use super::world::{Job, World};
use crate::api::{CarbonPolicySpec, matches};
use crate::planner::Rules;
use crate::units::PolicyName;

/// The label that Kubernetes puts on every namespace.
const NAMESPACE_NAME: &str = "kubernetes.io/metadata.name";

/// A policy of a run; its mode means nothing in the twin.
#[derive(Clone, Debug)]
pub struct Policy {
    /// Its name.
    pub name: PolicyName,
    /// What it says.
    pub spec: Arc<CarbonPolicySpec>,
}

impl Policy {
    /// The policy of this name.
    pub fn of(name: &str, spec: CarbonPolicySpec) -> Self {
        Self {
            name: name.into(),
            spec: Arc::new(spec),
        }
    }

    /// The policy that decides for a job: of those that select it the one with the highest priority, ties by name. A job
    /// without labels is selected by every policy; a namespace bears no other label than its name.
    pub fn of_job<'p>(policies: &'p [Self], job: &Job) -> Option<&'p Self> {
        let labels: BTreeMap<String, String> = job.labels.iter().cloned().collect();
        let namespace = BTreeMap::from([(NAMESPACE_NAME.to_owned(), job.namespace.clone())]);
        let selects = |selector: &Option<LabelSelector>, labels| selector.as_ref().is_none_or(|s| matches(s, labels));
        let selected = |policy: &Self| {
            selects(&policy.spec.job_selector, &labels) && selects(&policy.spec.namespace_selector, &namespace)
        };
        policies
            .iter()
            .filter(|policy| labels.is_empty() || selected(policy))
            .min_by(|a, b| b.spec.priority.cmp(&a.spec.priority).then_with(|| a.name.cmp(&b.name)))
    }

    /// The zones that it allows a job.
    pub fn zones(&self, job: &Job, world: &World) -> Vec<usize> {
        let allows = |zone: &&usize| {
            let allowed = self.spec.placement.zones.as_ref();
            allowed.is_none_or(|names| names.contains(&world.zones[**zone].name))
        };
        job.zones.iter().filter(allows).copied().collect()
    }

    /// What it wants of the planner. Forecasts are as old as the scenario says, so none is too old.
    pub fn rules(&self) -> Rules {
        Rules {
            signal: self.spec.objective.signal,
            minimum_saving: self.spec.delay.minimum_saving.0,
            price_per_hour: self.spec.delay.price_per_hour.0,
            cost_per_hour: self.spec.delay.grams_per_hour.0,
            confidence: self.spec.delay.confidence.0,
            max_age: SignedDuration::MAX,
            priority: self.spec.priority,
        }
    }
}
