//! Nodes and the pods on them.

use std::collections::BTreeMap;
use std::sync::Arc;

use jiff::Timestamp;
use k8s_openapi::api::core::v1::Taint;

use super::quantities::{pod_request, resources};
use super::slim::{SlimNode, SlimPod};
use crate::units::Resources;

/// A node.
#[derive(Clone, Debug)]
pub struct NodeEntry {
    /// Its name.
    pub name: Arc<str>,
    /// Its labels: zones and owners select by them.
    pub labels: BTreeMap<String, String>,
    /// What it offers to pods.
    pub allocatable: Resources,
    /// Ready, not cordoned, and without a taint that passes.
    pub schedulable: bool,
    /// What pods must tolerate, now and later.
    pub taints: Vec<Taint>,
}

/// Taints that a node carries while something is wrong with it or it is on its way out: they say nothing of who may run there.
const PASSING: [&str; 12] = [
    "node.kubernetes.io/not-ready",
    "node.kubernetes.io/unreachable",
    "node.kubernetes.io/unschedulable",
    "node.kubernetes.io/network-unavailable",
    "node.kubernetes.io/memory-pressure",
    "node.kubernetes.io/disk-pressure",
    "node.kubernetes.io/pid-pressure",
    "node.kubernetes.io/out-of-service",
    "node.cloudprovider.kubernetes.io/uninitialized",
    "node.cloudprovider.kubernetes.io/shutdown",
    "ToBeDeletedByClusterAutoscaler",
    "karpenter.sh/disrupted",
];

impl NodeEntry {
    /// Reads a node.
    pub fn read(node: SlimNode) -> Self {
        let ready = node
            .status
            .conditions
            .iter()
            .any(|c| c.type_ == "Ready" && c.status == "True");
        let taints = node.spec.taints.into_iter().filter(|t| t.effect != "PreferNoSchedule");
        let (passing, taints): (Vec<_>, _) = taints.partition(|t| PASSING.contains(&t.key.as_str()));
        Self {
            name: node.metadata.name.unwrap_or_default().into(),
            labels: node.metadata.labels.unwrap_or_default(),
            allocatable: resources(&node.status.allocatable),
            schedulable: ready && !node.spec.unschedulable && passing.is_empty(),
            taints,
        }
    }
}

/// A pod that has not finished: a few dozen bytes, however large its manifest.
#[derive(Clone, Debug)]
pub struct PodEntry {
    /// The node it is bound to, once it is.
    pub node: Option<Arc<str>>,
    /// The UID of the Job that controls it.
    pub job: Option<Arc<str>>,
    /// What the scheduler reserves for it.
    pub request: Resources,
    /// When it was created.
    pub created: Option<Timestamp>,
}

impl PodEntry {
    /// Reads a pod; `None` once it has finished and reserves nothing.
    pub fn read(pod: SlimPod) -> Option<Self> {
        if matches!(pod.status.phase.as_deref(), Some("Succeeded" | "Failed")) {
            return None;
        }
        let owner = pod.metadata.owner_references.unwrap_or_default().into_iter();
        let job = owner
            .into_iter()
            .find(|o| o.controller == Some(true) && o.kind == "Job")
            .map(|o| o.uid.into());
        Some(Self {
            created: pod.metadata.creation_timestamp.map(|time| time.0),
            request: pod_request(&pod.spec),
            node: pod.spec.node_name.map(Into::into),
            job,
        })
    }
}
