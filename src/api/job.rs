//! The labels and annotations of a job: what its owner may ask, and what we write.

use jiff::Timestamp;
use serde::{Deserialize, Serialize};

/// Labels.
pub mod label {
    /// The owner's opt-in: `"true"` lets a policy hold the job.
    pub const DEFERRABLE: &str = "alize.dev/deferrable";
    /// The mark of a hold: set by admission, removed by the release. Operator, fail-safe and `release --all` select by it.
    pub const HELD: &str = "alize.dev/held";
    /// Kueue's queue name: such a job belongs to Kueue.
    pub const KUEUE_QUEUE: &str = "kueue.x-k8s.io/queue-name";
}

/// Annotations.
pub mod annotation {
    /// Owner: when the job must have finished, RFC 3339 or a duration after creation.
    pub const FINISH_BY: &str = "alize.dev/finish-by";
    /// Owner: the longest wait.
    pub const MAX_DELAY: &str = "alize.dev/max-delay";
    /// Owner: how long it runs.
    pub const EXPECTED_DURATION: &str = "alize.dev/expected-duration";
    /// Owner: whether it may be paused.
    pub const INTERRUPTIBLE: &str = "alize.dev/interruptible";
    /// Owner: the power of all its pods while it runs.
    pub const WATTS: &str = "alize.dev/watts";
    /// Owner: start at once.
    pub const RUN_NOW: &str = "alize.dev/run-now";

    /// Ours: the policy that holds it. Set by admission; corrected by the operator when another policy wins.
    pub const HELD_BY: &str = "alize.dev/held-by";
    /// Ours: the latest start, absolute, so that anyone can act on it.
    pub const RELEASE_AT: &str = "alize.dev/release-at";
    /// Ours: the decision as JSON, see [`super::PlanRecord`].
    pub const PLAN: &str = "alize.dev/plan";
    /// Ours: when it was released.
    pub const RELEASED_AT: &str = "alize.dev/released-at";
    /// Ours: the zone it was released into, or several separated by commas.
    pub const ZONE: &str = "alize.dev/zone";
    /// Ours: when its zones were widened, because no pod found a node.
    pub const WIDENED_AT: &str = "alize.dev/widened-at";
    /// Ours: the node affinity that its owner wrote, as JSON, kept before the first change of ours.
    pub const ORIGINAL_AFFINITY: &str = "alize.dev/original-affinity";
    /// Ours: the terms of the zones that stand with it in its place, as JSON, so that an edit of its owner's is told from ours.
    pub const ZONE_AFFINITY: &str = "alize.dev/zone-affinity";
    /// Ours: the receipt as JSON.
    pub const EMISSIONS: &str = "alize.dev/emissions";
}

/// A plan is written anew on its job at most this often (P5). The last one says that its job may start sooner or later.
pub const MOST_REWRITES: u32 = 6;

/// The decision as it stands on the job. State whose `uid` is not the job's own (a copied manifest) is ignored.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct PlanRecord {
    /// The UID of the job that it was made for.
    pub uid: String,
    /// The policy that decides.
    pub policy: String,
    /// Lower-priority policies that select the job too.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub overruled: Vec<String>,
    /// The machine-readable why.
    pub reason: String,
    /// The sentence for people: what, when, why and what it saves.
    pub message: String,
    /// When the plan was made.
    pub made_at: Timestamp,
    /// The planned start and zones.
    pub chosen: PlanChoice,
    /// The best start at the time of the plan.
    pub now: PlanChoice,
    /// The next best starts, best first.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub alternatives: Vec<PlanChoice>,
    /// What kept it from being better.
    pub binding: String,
    /// The number that is minimised; costs are grams, or kWh that are not renewable.
    pub signal: String,
    /// After this, waiting would break the deadline.
    pub latest_start: Timestamp,
    /// When it must have finished, where its owner said so.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub finish_by: Option<Timestamp>,
    /// The expected length in seconds.
    pub expected_seconds: i64,
    /// Where the length comes from: Annotation, Learned or PolicyDefault.
    pub length_source: String,
    /// The power assumed, in watts.
    pub watts: f64,
    /// What the job would emit if it had started at submission, in grams; fixed by the first plan.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub baseline_grams: Option<f64>,
    /// How often the plan was rewritten.
    #[serde(default)]
    pub rewrites: u32,
}

/// A start somewhere, and what it would mean.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct PlanChoice {
    /// When.
    pub start: Timestamp,
    /// Where.
    pub zones: Vec<String>,
    /// The objective: grams, or kWh that are not renewable.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub cost: Option<f64>,
    /// The expected emissions in gCO2e.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub grams: Option<f64>,
}

impl PlanRecord {
    /// Reads the annotation of the job with this `uid`; `None` where there is none, it is broken, or it is another job's.
    pub fn read(annotation: Option<&str>, uid: &str) -> Option<Self> {
        let record: Self = serde_json::from_str(annotation?).ok()?;
        (record.uid == uid).then_some(record)
    }
}
