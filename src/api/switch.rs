//! `HoldSwitch`: the parameter of the admission policy, one for each Enforce policy.

use k8s_openapi::apimachinery::pkg::apis::meta::v1::{LabelSelector, Time};
use kube::{CustomResource, KubeSchema};
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

/// Whether new jobs of one CarbonPolicy are held. Both `spec.hold` and `status.armed` are required to hold.
#[derive(CustomResource, KubeSchema, Clone, Debug, PartialEq, Serialize, Deserialize)]
#[kube(
    group = "alize.dev",
    version = "v1alpha1",
    kind = "HoldSwitch",
    plural = "holdswitches",
    namespaced,
    shortname = "hsw",
    category = "alize",
    status = "HoldSwitchStatus",
    derive = "PartialEq",
    doc = "Whether new jobs of the CarbonPolicy of the same name are held. Written by the operator, except spec.hold, which is the admin's own switch: set it to false and new jobs run as if Alizé were not there.",
    annotation("helm.sh/resource-policy", "keep"),
    printcolumn(name = "Hold", type_ = "boolean", json_path = ".spec.hold"),
    printcolumn(name = "Armed", type_ = "boolean", json_path = ".status.armed"),
    printcolumn(name = "Age", type_ = "date", json_path = ".metadata.creationTimestamp")
)]
#[serde(rename_all = "camelCase")]
pub struct HoldSwitchSpec {
    /// The admin's own durable switch, true by default. Alizé never writes it.
    #[serde(default = "yes", skip_serializing_if = "Option::is_none")]
    pub hold: Option<bool>,
    /// The policy's namespaceSelector.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub namespace_selector: Option<LabelSelector>,
    /// The policy's jobSelector.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub job_selector: Option<LabelSelector>,
}

/// Whether the operator stands ready to let go of what is held.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase")]
pub struct HoldSwitchStatus {
    /// True by the leader; false by the fail-safe and by `alize release --all`.
    #[serde(default)]
    pub armed: bool,
    /// Who wrote it last, and why.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub message: Option<String>,
    /// When it last changed.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub since: Option<Time>,
}

#[expect(clippy::unnecessary_wraps, reason = "the shape that serde's default needs")]
fn yes() -> Option<bool> {
    Some(true)
}
