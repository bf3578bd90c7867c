//! `CarbonPolicy`: which jobs may wait, for how long, and where they may run.

use k8s_openapi::apimachinery::pkg::apis::meta::v1::{Condition, LabelSelector, Time};
use kube::{CustomResource, KubeSchema};
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use super::control::Control;
use super::text::{Decimal, Percent, Period};
use crate::units::Signal;

/// Which jobs may wait for a greener hour or zone, how long, and on whose terms.
#[derive(CustomResource, KubeSchema, Clone, Debug, PartialEq, Serialize, Deserialize)]
#[kube(
    group = "alize.dev",
    version = "v1alpha1",
    kind = "CarbonPolicy",
    plural = "carbonpolicies",
    shortname = "cpol",
    category = "alize",
    status = "CarbonPolicyStatus",
    derive = "PartialEq",
    doc = "Which deferrable jobs may wait for a greener hour or zone, how long, and where they may run. Jobs take part only when they carry the label alize.dev/deferrable: \"true\".",
    annotation("helm.sh/resource-policy", "keep"),
    printcolumn(name = "Mode", type_ = "string", json_path = ".spec.mode"),
    printcolumn(
        name = "Ready",
        type_ = "string",
        json_path = ".status.conditions[?(@.type=='Ready')].status"
    ),
    printcolumn(name = "Matched", type_ = "integer", json_path = ".status.matched", priority = 1),
    printcolumn(name = "Held", type_ = "integer", json_path = ".status.held"),
    printcolumn(name = "Next-Release", type_ = "string", json_path = ".status.nextRelease"),
    printcolumn(name = "Saved(g)", type_ = "string", json_path = ".status.savedGrams"),
    printcolumn(name = "Missed", type_ = "integer", json_path = ".status.missedStarts", priority = 1),
    printcolumn(
        name = "Reason",
        type_ = "string",
        json_path = ".status.conditions[?(@.type=='Ready')].reason",
        priority = 1
    ),
    printcolumn(name = "Age", type_ = "date", json_path = ".metadata.creationTimestamp")
)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
#[x_kube(validation = Rule::new("self.objective.signal != 'RenewableShare' || double(self.delay.gramsPerHour) == 0.0").message("delay.gramsPerHour is of an intensity: with the signal RenewableShare write delay.pricePerHour"))]
pub struct CarbonPolicySpec {
    /// DryRun (default) only says what it would do; Enforce holds and releases jobs. Going back to DryRun releases what is held.
    #[serde(default)]
    pub mode: Mode,
    /// Where several policies select one job, the highest priority decides; ties go to the first name.
    #[serde(default)]
    #[schemars(range(min = -1000, max = 1000))]
    pub priority: i32,
    /// Namespaces whose jobs it selects; left out, all namespaces.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub namespace_selector: Option<LabelSelector>,
    /// Jobs that it selects, by their labels; left out, all jobs. The label alize.dev/deferrable: "true" is always required too.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub job_selector: Option<LabelSelector>,
    /// What to minimise.
    #[serde(default)]
    pub objective: Objective,
    /// How long jobs may wait, and for what saving.
    #[serde(default)]
    pub delay: Delay,
    /// Where jobs may run.
    #[serde(default)]
    pub placement: PlacementRules,
    /// How old a forecast may be.
    #[serde(default)]
    pub forecast: ForecastRules,
    /// What to assume of jobs that say nothing, and the most that a job may claim.
    #[serde(default)]
    pub estimates: Estimates,
    /// Which jobs run at once although they could wait, to measure what waiting saves.
    #[serde(default)]
    pub control: Control,
    /// The most jobs held at a time in one namespace; further ones run at once. Held jobs count against object quotas.
    #[serde(default = "default_max_held")]
    #[schemars(range(min = 1, max = 100_000))]
    pub max_held: i32,
}

/// What the policy does with the jobs that it selects.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub enum Mode {
    #[default]
    #[expect(missing_docs, reason = "explained on the field, where kubectl explain shows it")]
    DryRun,
    #[expect(missing_docs, reason = "as above")]
    Enforce,
}

/// What to minimise.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct Objective {
    /// CarbonIntensity (default, average gCO2e/kWh), RenewableShare (the share that is not renewable) or MarginalIntensity (gCO2e/kWh of the next kWh).
    pub signal: Signal,
}

impl Default for Objective {
    fn default() -> Self {
        Self {
            signal: Signal::CarbonIntensity,
        }
    }
}

/// How long jobs may wait, and for what saving.
#[derive(KubeSchema, Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct Delay {
    /// The longest a job may wait after its creation, for example 12h. A job's own alize.dev/max-delay and finish-by can only shorten it.
    #[serde(default = "default_max_delay")]
    #[x_kube(validation = Rule::new(IS_PERIOD).message("delay.max must be a duration such as 90s, 30m, 12h or 1d"))]
    pub max: Period,
    /// The least saving against running now that justifies waiting, for example 5%.
    #[serde(default)]
    pub minimum_saving: Percent,
    /// What every hour of waiting must save against running now, for example 0.5%: so small jobs wait as long as large ones.
    #[serde(default)]
    pub price_per_hour: Percent,
    /// What every hour of waiting must save besides, in grams of CO2e whatever the job, for example "20": so large jobs wait longer than small ones, which saves most for how long all wait in the mean. Not with the signal RenewableShare.
    #[serde(default)]
    pub grams_per_hour: Decimal,
    /// How sure a wait must be to save that much, for example 80%: the probability by the bands of the forecast. Up to 50% its
    /// expected saving counts.
    #[serde(default)]
    pub confidence: Percent,
}

impl Default for Delay {
    fn default() -> Self {
        Self {
            max: default_max_delay(),
            minimum_saving: Percent(0.0),
            price_per_hour: Percent(0.0),
            grams_per_hour: Decimal(0.0),
            confidence: Percent(0.0),
        }
    }
}

/// Where jobs may run.
#[derive(KubeSchema, Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct PlacementRules {
    /// The GridZones that jobs may run in (data residency); left out, every zone. This is a wall, never a preference.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[schemars(length(min = 1, max = 64), inner(length(min = 1, max = 253)))]
    pub zones: Option<Vec<String>>,
    /// GreenestZone (default) chooses slot and zone together; TimeOnly leaves the zone to the Kubernetes scheduler.
    #[serde(default)]
    pub strategy: Strategy,
    /// How long all pods of a released job may stay pending before its zones are widened, for example 5m.
    #[serde(default = "default_pending_timeout")]
    #[x_kube(validation = Rule::new(IS_PERIOD).message("placement.pendingTimeout must be a duration such as 90s or 5m"))]
    pub pending_timeout: Period,
}

impl Default for PlacementRules {
    fn default() -> Self {
        Self {
            zones: None,
            strategy: Strategy::default(),
            pending_timeout: default_pending_timeout(),
        }
    }
}

/// Who chooses the zone.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub enum Strategy {
    #[default]
    #[expect(missing_docs, reason = "explained on the field, where kubectl explain shows it")]
    GreenestZone,
    #[expect(missing_docs, reason = "as above")]
    TimeOnly,
}

/// How old a forecast may be.
#[derive(KubeSchema, Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct ForecastRules {
    /// A forecast whose last good answer is older than this is not used, for example 6h: the next source counts, or a forecast of
    /// our own from a week of what was, else jobs run at once. The most patient policy decides for a zone which source counts.
    #[serde(default = "default_max_age")]
    #[x_kube(validation = Rule::new(IS_PERIOD).message("forecast.maxAge must be a duration such as 90m or 6h"))]
    pub max_age: Period,
}

impl Default for ForecastRules {
    fn default() -> Self {
        Self {
            max_age: default_max_age(),
        }
    }
}

/// What to assume of jobs that say nothing, and the most that a job may claim.
#[derive(KubeSchema, Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct Estimates {
    /// The length of a job that says nothing and of whose kind none has finished yet, for example 1h.
    #[serde(default = "default_duration")]
    #[x_kube(validation = Rule::new(IS_PERIOD).message("estimates.duration must be a duration such as 20m or 1h"))]
    pub duration: Period,
    /// The longest length that a job may claim, for example 7d.
    #[serde(default = "default_max_duration")]
    #[x_kube(validation = Rule::new(IS_PERIOD).message("estimates.maxDuration must be a duration such as 12h or 7d"))]
    pub max_duration: Period,
    /// The most watts that a job may claim for all its pods, for example 20000.
    #[serde(default = "default_max_watts")]
    pub max_watts: Decimal,
}

impl Default for Estimates {
    fn default() -> Self {
        Self {
            duration: default_duration(),
            max_duration: default_max_duration(),
            max_watts: default_max_watts(),
        }
    }
}

/// What the policy is doing.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase")]
pub struct CarbonPolicyStatus {
    /// The generation of the spec that this status speaks of.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub observed_generation: Option<i64>,
    /// Ready: the policy is in force, or the reason why not.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    #[schemars(extend("x-kubernetes-list-type" = "map", "x-kubernetes-list-map-keys" = ["type"]))]
    pub conditions: Vec<Condition>,
    /// Unfinished jobs that this policy decides for.
    #[serde(default)]
    pub matched: i64,
    /// Jobs held now.
    #[serde(default)]
    pub held: i64,
    /// Jobs released since the policy was created.
    #[serde(default)]
    pub released: i64,
    /// When the next held job is planned to start.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub next_release: Option<Time>,
    /// Grams of CO2e saved against the baseline by the jobs that have finished; negative is harm. In DryRun: what was planned to be saved.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub saved_grams: Option<String>,
    /// Jobs that started after their latest start.
    #[serde(default)]
    pub missed_starts: i64,
    /// Jobs that finished after their finish-by.
    #[serde(default)]
    pub missed_finishes: i64,
}

fn default_max_held() -> i32 {
    1000
}

fn default_max_delay() -> Period {
    Period(jiff::SignedDuration::from_hours(24))
}

fn default_pending_timeout() -> Period {
    Period(jiff::SignedDuration::from_mins(5))
}

/// What the API server asks of a [`Period`], as [`Period`] itself reads it: its parts in their order.
const IS_PERIOD: &str = "self.size() > 0 && self.matches('^([0-9]{1,5}d)?([0-9]{1,5}h)?([0-9]{1,5}m)?([0-9]{1,5}s)?$')";

fn default_max_age() -> Period {
    Period(jiff::SignedDuration::from_hours(6))
}

fn default_duration() -> Period {
    Period(jiff::SignedDuration::from_hours(1))
}

fn default_max_duration() -> Period {
    Period(jiff::SignedDuration::from_hours(7 * 24))
}

fn default_max_watts() -> Decimal {
    Decimal(20_000.0)
}
