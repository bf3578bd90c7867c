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
    /// Ready and not cordoned.
    pub schedulable: bool,
    /// What pods must tolerate.
    pub taints: Vec<Taint>,
}

impl NodeEntry {
    /// Reads a node.
    pub fn read(node: SlimNode) -> Self {
        let ready = node
            .status
            .conditions
            .iter()
            .any(|c| c.type_ == "Ready" && c.status == "True");
        Self {
            name: node.metadata.name.unwrap_or_default().into(),
            labels: node.metadata.labels.unwrap_or_default(),
            allocatable: resources(&node.status.allocatable),
            schedulable: ready && !node.spec.unschedulable,
            taints: node
                .spec
                .taints
                .into_iter()
                .filter(|t| t.effect != "PreferNoSchedule")
                .collect(),
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
