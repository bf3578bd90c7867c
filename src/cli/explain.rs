//! `alize explain job NAME -n NAMESPACE`: why a job waits or does not, when and where it runs, and what that saves.
//!
//! Everything is read from the job itself: the decision stands on it as [`PlanRecord`], so that an explanation needs neither
//! the operator nor its rights. [`explain`] finds the [`State`] and the words; [`Explanation::text`] and
//! [`Explanation::json`] show them.

mod facts;
mod reasons;
mod table;
#[cfg(test)]
mod tests;
mod text;
mod times;

use jiff::Timestamp;
use jiff::tz::TimeZone;
use k8s_openapi::api::batch::v1::Job;
use serde::Serialize;
use serde_json::Value;

use crate::api::PlanRecord;
use facts::Facts;
pub use times::time_zone;
pub(super) use times::{ago, instant};

/// How a job stands with us.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize)]
pub enum State {
    /// Held, with a plan.
    Waiting,
    /// Held, and not planned yet.
    Unplanned,
    /// Released by us.
    Released,
    /// Finished, after we had planned it.
    Finished,
    /// Not held: it runs, or waits for somebody else.
    NotHeld,
}

/// Why a job waits or does not, when and where it runs, and what that saves. Its JSON is the output of `-o json`.
#[derive(Clone, Debug, PartialEq, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct Explanation {
    /// The job's namespace.
    pub namespace: String,
    /// The job's name.
    pub name: String,
    /// How it stands with us.
    pub state: State,
    /// The verdict in sentences; for a job that is not held, why not and what to do.
    pub notes: Vec<String>,
    /// The policy that holds it, or held it.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub policy: Option<String>,
    /// The latest start, as admission or the plan wrote it.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub latest_start: Option<Timestamp>,
    /// From the start (planned, or real once released) to the latest start, in seconds; negative is late.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub slack_seconds: Option<i64>,
    /// When we released it.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub released_at: Option<Timestamp>,
    /// When its zones were widened, because no pod found a node.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub widened_at: Option<Timestamp>,
    /// When it was submitted.
    pub created: Timestamp,
    /// When this was asked.
    pub asked_at: Timestamp,
    /// The decision.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub plan: Option<PlanRecord>,
    /// The receipt, once it has finished.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub emissions: Option<Value>,
}

/// Explains a job as it was read at `now`.
pub fn explain(job: &Job, now: Timestamp) -> Explanation {
    let facts = Facts::read(job);
    let plan = facts.plan();
    let state = facts.state(plan.as_ref());
    // What stands beside a plan of another job was copied with it, and says nothing about this one.
    let own = plan.is_some();
    let released_at = facts.released_at().filter(|_| own);
    let latest_start = plan.as_ref().map(|p| p.latest_start).or(facts.release_at());
    let start = released_at.or(plan.as_ref().map(|p| p.chosen.start));
    let held = state != State::NotHeld;
    Explanation {
        notes: facts.notes(state, now),
        policy: plan
            .as_ref()
            .map(|p| p.policy.clone())
            .or(facts.held_by())
            .filter(|_| held),
        slack_seconds: latest_start
            .zip(start)
            .map(|(end, start)| end.duration_since(start).as_secs()),
        latest_start: latest_start.filter(|_| held),
        released_at,
        widened_at: facts.widened_at().filter(|_| own),
        created: facts.created,
        asked_at: now,
        emissions: facts.emissions().filter(|_| own),
        namespace: facts.namespace,
        name: facts.name,
        state,
        plan,
    }
}

impl Explanation {
    /// For people. Times are in `local` with UTC beside them, or in UTC alone.
    pub fn text(&self, local: Option<&TimeZone>) -> String {
        text::text(self, local)
    }

    /// For programs, on several lines.
    ///
    /// # Errors
    /// When it cannot be written as JSON, which no job can cause.
    pub fn json(&self) -> Result<String, serde_json::Error> {
        serde_json::to_string_pretty(self)
    }
}
