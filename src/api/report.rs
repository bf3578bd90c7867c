//! `EmissionsReport`: a namespace's ledger of one month, readable with kubectl.

use k8s_openapi::apimachinery::pkg::apis::meta::v1::Time;
use kube::{CustomResource, KubeSchema};
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

/// What the deferrable jobs of one namespace used, emitted and saved in one month.
#[derive(CustomResource, KubeSchema, Clone, Debug, PartialEq, Serialize, Deserialize)]
#[kube(
    group = "alize.dev",
    version = "v1alpha1",
    kind = "EmissionsReport",
    namespaced,
    shortname = "er",
    category = "alize",
    status = "EmissionsReportStatus",
    derive = "PartialEq",
    doc = "What the deferrable jobs of this namespace used, emitted and saved in one month (UTC). Written by the operator when a job finishes.",
    annotation("helm.sh/resource-policy", "keep"),
    printcolumn(name = "Jobs", type_ = "integer", json_path = ".status.jobs"),
    printcolumn(name = "Energy(Wh)", type_ = "string", json_path = ".status.energyWattHours"),
    printcolumn(name = "Emitted(g)", type_ = "string", json_path = ".status.emittedGrams"),
    printcolumn(name = "Baseline(g)", type_ = "string", json_path = ".status.baselineGrams"),
    printcolumn(name = "Saved(g)", type_ = "string", json_path = ".status.savedGrams"),
    printcolumn(name = "Missed", type_ = "integer", json_path = ".status.missedStarts"),
    printcolumn(name = "Age", type_ = "date", json_path = ".metadata.creationTimestamp")
)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct EmissionsReportSpec {
    /// The month, for example 2026-11.
    #[schemars(regex(pattern = r"^[0-9]{4}-(0[1-9]|1[0-2])$"))]
    pub month: String,
}

/// The ledger. Amounts are decimal texts; all of them are estimates unless a meter is named.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase")]
pub struct EmissionsReportStatus {
    /// Jobs that finished in this month.
    #[serde(default)]
    pub jobs: i64,
    /// Jobs whose emissions could not be computed, because no intensity was known when they ran. They are in no sum.
    #[serde(default)]
    pub unknown: i64,
    /// Energy in Wh, with PUE.
    #[serde(default)]
    pub energy_watt_hours: String,
    /// Emissions in gCO2e.
    #[serde(default)]
    pub emitted_grams: String,
    /// What the same jobs would have emitted, started at submission.
    #[serde(default)]
    pub baseline_grams: String,
    /// baseline - emitted; negative is harm.
    #[serde(default)]
    pub saved_grams: String,
    /// The part of the jobs that emitted more than their baseline, as a positive number; already inside savedGrams.
    #[serde(default)]
    pub added_grams: String,
    /// Jobs that started after their latest start.
    #[serde(default)]
    pub missed_starts: i64,
    /// Jobs that finished after their finish-by.
    #[serde(default)]
    pub missed_finishes: i64,
    /// How the figures were made.
    #[serde(default)]
    pub method: String,
    /// The last jobs counted, newest first, at most 100; they also keep a job from being counted twice.
    #[serde(default)]
    #[schemars(length(max = 100))]
    pub recent: Vec<ReportEntry>,
}

/// One finished job.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase")]
pub struct ReportEntry {
    /// Its name.
    pub job: String,
    /// Its UID.
    pub uid: String,
    /// When it finished.
    pub finished: Time,
    /// Emissions in gCO2e, where known.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub emitted_grams: Option<String>,
    /// baseline - emitted, where known.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub saved_grams: Option<String>,
}
