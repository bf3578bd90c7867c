//! `GridZone`: which nodes draw on which grid, and where its forecast comes from.

use k8s_openapi::apimachinery::pkg::api::resource::Quantity;
use k8s_openapi::apimachinery::pkg::apis::meta::v1::{Condition, LabelSelector, Time};
use kube::{CustomResource, KubeSchema};
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use super::source::Source;
use super::text::Decimal;
use crate::units::Signal;

/// Nodes that draw on one grid or site, and the sources of its forecast.
#[derive(CustomResource, KubeSchema, Clone, Debug, PartialEq, Serialize, Deserialize)]
#[kube(
    group = "alize.dev",
    version = "v1alpha1",
    kind = "GridZone",
    shortname = "gz",
    category = "alize",
    status = "GridZoneStatus",
    derive = "PartialEq",
    doc = "Nodes that draw on one grid or site, and where the forecast of that grid comes from. Only cluster admins write it: it alone names endpoints.",
    annotation("helm.sh/resource-policy", "keep"),
    printcolumn(name = "Country", type_ = "string", json_path = ".spec.location.country"),
    printcolumn(
        name = "Ready",
        type_ = "string",
        json_path = ".status.conditions[?(@.type=='Ready')].status"
    ),
    printcolumn(name = "Level", type_ = "string", json_path = ".status.signals[0].level"),
    printcolumn(name = "Now", type_ = "string", json_path = ".status.signals[0].value"),
    printcolumn(name = "Unit", type_ = "string", json_path = ".status.signals[0].unit"),
    printcolumn(
        name = "Horizon",
        type_ = "string",
        json_path = ".status.signals[0].horizon",
        priority = 1
    ),
    printcolumn(name = "Nodes", type_ = "integer", json_path = ".status.nodes"),
    printcolumn(
        name = "Reason",
        type_ = "string",
        json_path = ".status.conditions[?(@.type=='Ready')].reason",
        priority = 1
    ),
    printcolumn(name = "Age", type_ = "date", json_path = ".metadata.creationTimestamp")
)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct GridZoneSpec {
    /// The nodes of this zone, by their labels. A node should lie in one zone only.
    #[x_kube(validation = Rule::new("(has(self.matchLabels) && size(self.matchLabels) > 0) || (has(self.matchExpressions) && size(self.matchExpressions) > 0)").message("nodeSelector must name at least one label; an empty selector would put every node into this zone"))]
    pub node_selector: LabelSelector,
    /// What the zone may offer to deferrable jobs. A ceiling where nodes exist, and what to count on where they are only started on demand.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub capacity: Option<Capacity>,
    /// Where the zone lies.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub location: Option<Location>,
    /// Where forecasts come from, in the order in which they are tried for each signal.
    #[schemars(length(min = 1, max = 16))]
    pub sources: Vec<Source>,
    /// Power usage effectiveness of the site, at least 1, for example "1.2".
    #[serde(default = "default_pue")]
    #[x_kube(validation = Rule::new("double(self) >= 1.0 && double(self) <= 5.0").message("pue is total power divided by computing power: it lies between 1 and 5"))]
    pub pue: Decimal,
}

/// What a zone may offer to deferrable jobs.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct Capacity {
    /// CPU, for example "400" cores or "500m".
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub cpu: Option<Quantity>,
    /// Memory, for example 1600Gi.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub memory: Option<Quantity>,
    /// Whole accelerators of any model.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[schemars(range(min = 0, max = 1_000_000))]
    pub gpus: Option<i64>,
}

/// Where a zone lies.
#[derive(KubeSchema, Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct Location {
    /// ISO 3166-1 alpha-2 code in capitals, for example MA.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[schemars(regex(pattern = r"^[A-Z]{2}$"))]
    pub country: Option<String>,
    /// IANA time zone in which people read times, for example Africa/Casablanca.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[schemars(length(max = 64))]
    pub time_zone: Option<String>,
}

/// What is known of the zone.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase")]
pub struct GridZoneStatus {
    /// The generation of the spec that this status speaks of.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub observed_generation: Option<i64>,
    /// Ready: at least one signal has a usable forecast, and no node lies in two zones.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    #[schemars(extend("x-kubernetes-list-type" = "map", "x-kubernetes-list-map-keys" = ["type"]))]
    pub conditions: Vec<Condition>,
    /// What each signal shows, in the order of the sources.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub signals: Vec<SignalStatus>,
    /// Nodes in the zone.
    #[serde(default)]
    pub nodes: i64,
}

/// What one signal of a zone shows, and how far it can be trusted.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase")]
pub struct SignalStatus {
    /// Which signal.
    pub signal: Signal,
    /// The rung of the fallback ladder: Live, Cached, NextSource, Profile, Constant or None.
    pub level: String,
    /// The source that serves it now.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub source: Option<String>,
    /// The current value.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub value: Option<String>,
    /// gCO2e/kWh or share.
    pub unit: String,
    /// Published, Estimated or Assumed.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub certainty: Option<String>,
    /// LifeCycle, Direct or Unstated.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub basis: Option<String>,
    /// Consumption, imports among it, or Production, where the source says so.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub flow: Option<String>,
    /// When the source made the forecast, or when it was fetched.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub issued_at: Option<Time>,
    /// When the forecast was first read as it is.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub fetched_at: Option<Time>,
    /// The end of the forecast.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub horizon: Option<Time>,
    /// Whether the source's forecast has ranked the hours worse than a plain profile for weeks. One of our own stands in for it.
    #[serde(default, skip_serializing_if = "std::ops::Not::not")]
    pub distrusted: bool,
    /// Why there is nothing, or nothing better.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub message: Option<String>,
}

fn default_pue() -> Decimal {
    Decimal(1.0)
}
