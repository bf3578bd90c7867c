//! Slim shapes of what is watched: only the fields that are read, so that a hundred thousand objects stay small.
//! They live for the length of one event; what stays is an entry of ours.

use std::collections::BTreeMap;

use k8s_openapi::api::batch::v1::JobCondition;
use k8s_openapi::api::core::v1::{NodeAffinity, Taint, Toleration};
use k8s_openapi::apimachinery::pkg::api::resource::Quantity;
use k8s_openapi::apimachinery::pkg::apis::meta::v1::Time;
use kube::Resource;
use kube::api::ObjectMeta;
use serde::Deserialize;

/// A Job.
#[derive(Resource, Clone, Debug, Default, Deserialize)]
#[resource(inherit = "k8s_openapi::api::batch::v1::Job")]
pub struct SlimJob {
    /// As in Kubernetes.
    pub metadata: ObjectMeta,
    /// As in Kubernetes.
    #[serde(default)]
    pub spec: SlimJobSpec,
    /// As in Kubernetes.
    #[serde(default)]
    pub status: SlimJobStatus,
}

/// The part of a Job's spec that is read.
#[derive(Clone, Debug, Default, Deserialize)]
#[serde(rename_all = "camelCase", default)]
pub struct SlimJobSpec {
    /// As in Kubernetes.
    pub suspend: Option<bool>,
    /// As in Kubernetes.
    pub parallelism: Option<i64>,
    /// As in Kubernetes.
    pub completions: Option<i64>,
    /// As in Kubernetes.
    pub managed_by: Option<String>,
    /// As in Kubernetes.
    pub template: SlimTemplate,
}

/// The part of a pod template that is read.
#[derive(Clone, Debug, Default, Deserialize)]
#[serde(default)]
pub struct SlimTemplate {
    /// As in Kubernetes.
    pub spec: SlimPodSpec,
}

/// The part of a pod's spec that is read.
#[derive(Clone, Debug, Default, Deserialize)]
#[serde(rename_all = "camelCase", default)]
pub struct SlimPodSpec {
    /// As in Kubernetes.
    pub containers: Vec<SlimContainer>,
    /// As in Kubernetes.
    pub init_containers: Vec<SlimContainer>,
    /// As in Kubernetes.
    pub overhead: BTreeMap<String, Quantity>,
    /// As in Kubernetes.
    pub node_selector: BTreeMap<String, String>,
    /// As in Kubernetes.
    pub affinity: Option<SlimAffinity>,
    /// As in Kubernetes.
    pub tolerations: Vec<Toleration>,
    /// As in Kubernetes.
    pub volumes: Vec<SlimVolume>,
    /// As in Kubernetes; only whether there are any matters.
    pub resource_claims: Vec<serde::de::IgnoredAny>,
    /// As in Kubernetes.
    pub node_name: Option<String>,
    /// As in Kubernetes.
    pub scheduler_name: Option<String>,
}

/// The part of a container that is read.
#[derive(Clone, Debug, Default, Deserialize)]
#[serde(rename_all = "camelCase", default)]
pub struct SlimContainer {
    /// As in Kubernetes.
    pub image: Option<String>,
    /// As in Kubernetes.
    pub command: Vec<String>,
    /// As in Kubernetes.
    pub args: Vec<String>,
    /// As in Kubernetes: `Always` makes an init container a sidecar.
    pub restart_policy: Option<String>,
    /// As in Kubernetes.
    pub resources: SlimResources,
}

/// The part of a container's resources that is read.
#[derive(Clone, Debug, Default, Deserialize)]
#[serde(default)]
pub struct SlimResources {
    /// As in Kubernetes.
    pub requests: BTreeMap<String, Quantity>,
    /// As in Kubernetes: where a request is missing, the limit is the request, but pods alone say so, templates do not.
    pub limits: BTreeMap<String, Quantity>,
}

/// The part of an affinity that is read.
#[derive(Clone, Debug, Default, Deserialize)]
#[serde(rename_all = "camelCase", default)]
pub struct SlimAffinity {
    /// As in Kubernetes.
    pub node_affinity: Option<NodeAffinity>,
}

/// The part of a volume that is read.
#[derive(Clone, Debug, Default, Deserialize)]
#[serde(rename_all = "camelCase", default)]
pub struct SlimVolume {
    /// Whether it is a claim; its content does not matter.
    pub persistent_volume_claim: Option<serde::de::IgnoredAny>,
    /// Whether it is a claim made for the pod; its content does not matter.
    pub ephemeral: Option<serde::de::IgnoredAny>,
}

/// The part of a Job's status that is read.
#[derive(Clone, Debug, Default, Deserialize)]
#[serde(rename_all = "camelCase", default)]
pub struct SlimJobStatus {
    /// As in Kubernetes.
    pub conditions: Vec<JobCondition>,
    /// As in Kubernetes.
    pub start_time: Option<Time>,
    /// As in Kubernetes.
    pub completion_time: Option<Time>,
    /// As in Kubernetes.
    pub active: Option<i64>,
}

/// A Pod.
#[derive(Resource, Clone, Debug, Default, Deserialize)]
#[resource(inherit = "k8s_openapi::api::core::v1::Pod")]
pub struct SlimPod {
    /// As in Kubernetes.
    pub metadata: ObjectMeta,
    /// As in Kubernetes.
    #[serde(default)]
    pub spec: SlimPodSpec,
    /// As in Kubernetes.
    #[serde(default)]
    pub status: SlimPodStatus,
}

/// The part of a Pod's status that is read.
#[derive(Clone, Debug, Default, Deserialize)]
#[serde(default)]
pub struct SlimPodStatus {
    /// As in Kubernetes.
    pub phase: Option<String>,
}

/// A Node.
#[derive(Resource, Clone, Debug, Default, Deserialize)]
#[resource(inherit = "k8s_openapi::api::core::v1::Node")]
pub struct SlimNode {
    /// As in Kubernetes.
    pub metadata: ObjectMeta,
    /// As in Kubernetes.
    #[serde(default)]
    pub spec: SlimNodeSpec,
    /// As in Kubernetes.
    #[serde(default)]
    pub status: SlimNodeStatus,
}

/// The part of a Node's spec that is read.
#[derive(Clone, Debug, Default, Deserialize)]
#[serde(default)]
pub struct SlimNodeSpec {
    /// As in Kubernetes.
    pub unschedulable: bool,
    /// As in Kubernetes.
    pub taints: Vec<Taint>,
}

/// The part of a Node's status that is read.
#[derive(Clone, Debug, Default, Deserialize)]
#[serde(default)]
pub struct SlimNodeStatus {
    /// As in Kubernetes.
    pub allocatable: BTreeMap<String, Quantity>,
    /// As in Kubernetes.
    pub conditions: Vec<SlimNodeCondition>,
}

/// The part of a Node's condition that is read.
#[derive(Clone, Debug, Default, Deserialize)]
#[serde(default)]
pub struct SlimNodeCondition {
    /// As in Kubernetes.
    #[serde(rename = "type")]
    pub type_: String,
    /// As in Kubernetes.
    pub status: String,
}

/// A CronJob.
#[derive(Resource, Clone, Debug, Default, Deserialize)]
#[resource(inherit = "k8s_openapi::api::batch::v1::CronJob")]
pub struct SlimCronJob {
    /// As in Kubernetes.
    pub metadata: ObjectMeta,
    /// As in Kubernetes.
    #[serde(default)]
    pub spec: SlimCronJobSpec,
    /// As in Kubernetes.
    #[serde(default)]
    pub status: SlimCronJobStatus,
}

/// The part of a CronJob's spec that is read.
#[derive(Clone, Debug, Default, Deserialize)]
#[serde(rename_all = "camelCase", default)]
pub struct SlimCronJobSpec {
    /// As in Kubernetes.
    pub schedule: String,
    /// As in Kubernetes.
    pub time_zone: Option<String>,
    /// As in Kubernetes.
    pub concurrency_policy: Option<String>,
    /// As in Kubernetes.
    pub suspend: Option<bool>,
}

/// The part of a CronJob's status that is read.
#[derive(Clone, Debug, Default, Deserialize)]
#[serde(rename_all = "camelCase", default)]
pub struct SlimCronJobStatus {
    /// As in Kubernetes.
    pub last_schedule_time: Option<Time>,
}

/// A Namespace: only its labels are read.
#[derive(Resource, Clone, Debug, Default, Deserialize)]
#[resource(inherit = "k8s_openapi::api::core::v1::Namespace")]
pub struct SlimNamespace {
    /// As in Kubernetes.
    pub metadata: ObjectMeta,
}
