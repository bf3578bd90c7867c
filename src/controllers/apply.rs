//! The only writer of jobs: takes what the diff found, most urgent first, and carries it out within one cycle's time.

use std::collections::{BTreeMap, HashMap, HashSet, VecDeque};
use std::sync::Arc;
use std::time::{Duration, Instant};

use futures::StreamExt;
use futures::stream::FuturesUnordered;
use k8s_openapi::api::core::v1::Pod;
use kube::api::{ListParams, Patch, PatchParams};
use kube::{Api, Client};
use serde_json::Value;
use tracing::{info, warn};

use super::diff::{Change, Step};
use super::events::Events;
use super::guard::{Guard, WriteError};
use super::pace::Pace;
use super::patch;
use crate::index::{JobEntry, SlimJob};
use crate::metrics::{Resource, Verb, WriteOutcome};
use crate::planner::Reason;
use crate::units::Clock;

/// Writes under way at a time.
const AT_ONCE: usize = 32;
/// A cycle writes plans no longer than this; what is left is decided anew by the next.
const BUDGET: Duration = Duration::from_secs(1);
/// A wave of releases may take a cycle this long: what it decided stays true, and deciding it again would only slow it down.
const WAVE: Duration = Duration::from_secs(5);
/// Events that wait to be told; beyond it the oldest are dropped, as the annotations say the same.
const MOST_UNTOLD: usize = 10_000;
/// A write that failed is tried again after this, then after twice as long, up to [`SLOWEST_RETRY`].
const FIRST_RETRY: Duration = Duration::from_secs(1);
const SLOWEST_RETRY: Duration = Duration::from_secs(30);

/// The name under which our fields stand in `managedFields`.
pub const FIELD_MANAGER: &str = "alize";

/// Of every patch of ours.
pub fn patch_params() -> PatchParams {
    PatchParams {
        field_manager: Some(FIELD_MANAGER.into()),
        ..PatchParams::default()
    }
}

/// What one cycle wrote.
#[derive(Debug, Default)]
pub struct Written {
    /// What was applied.
    pub done: Vec<Step>,
    /// When to come back for what was left; `None` where nothing was.
    pub again_in: Option<Duration>,
}

/// What was tried on one version of a job.
#[derive(Debug)]
struct Tried {
    version: String,
    /// `None` until the watch shows another version.
    again_at: Option<Instant>,
    failures: u32,
}

/// Writes to jobs.
pub struct Writer {
    client: Client,
    guard: Guard,
    events: Events,
    clock: Arc<dyn Clock>,
    pace: Pace,
    tried: HashMap<Arc<str>, Tried>,
    said: HashSet<(Arc<str>, Reason)>,
    /// What was written and not yet told.
    untold: VecDeque<Step>,
}

impl Writer {
    /// A writer that stays within `guard` and `pace`.
    pub fn new(client: Client, guard: Guard, events: Events, clock: Arc<dyn Clock>, pace: Pace) -> Self {
        Self {
            client,
            guard,
            events,
            clock,
            pace,
            tried: HashMap::new(),
            said: HashSet::new(),
            untold: VecDeque::new(),
        }
    }

    /// Forgets what it knows of jobs that are gone.
    pub fn keep_only<T>(&mut self, jobs: &BTreeMap<Arc<str>, T>) {
        self.tried.retain(|uid, _| jobs.contains_key(uid));
        self.said.retain(|(uid, _)| jobs.contains_key(uid));
    }

    /// Carries out `steps` in their order, many at a time.
    pub async fn apply(&mut self, steps: Vec<Step>) -> Written {
        let started = self.clock.monotonic();
        let mut waiting: VecDeque<Step> = steps.into_iter().filter(|step| self.is_due(step, started)).collect();
        let mut written = Written::default();
        let mut under_way = FuturesUnordered::new();
        loop {
            let now = self.clock.monotonic();
            let elapsed = now.saturating_duration_since(started);
            while under_way.len() < AT_ONCE && self.guard.is_open() {
                let Some(step) = next_in_time(&mut waiting, elapsed) else {
                    break;
                };
                if self.may_start(&step, now) {
                    under_way.push(carry_out(
                        self.client.clone(),
                        self.guard.clone(),
                        step,
                        self.clock.clone(),
                    ));
                } else {
                    written.again_in = Some(Duration::from_secs(1));
                }
            }
            let Some((step, result)) = under_way.next().await else {
                break;
            };
            self.remember(&step, &result);
            if result.is_ok() {
                self.untold.push_back(step.clone());
                written.done.push(step);
            }
        }
        if waiting.is_empty() {
            self.tell().await;
        }
        if !waiting.is_empty() || !self.untold.is_empty() {
            written.again_in = Some(Duration::ZERO);
        }
        // A time that has passed belongs to a job that wants nothing any more: what is due was tried above.
        let now = self.clock.monotonic();
        let retries = self.tried.values().filter_map(|tried| tried.again_at);
        let next = retries.filter(|again| *again > now).min().map(|again| again - now);
        written.again_in = written.again_in.into_iter().chain(next).min();
        written
    }

    /// Tells the events of what was written; they never stand in the way of a write.
    async fn tell(&mut self) {
        let excess = self.untold.len().saturating_sub(MOST_UNTOLD);
        self.untold.drain(..excess);
        let started = self.clock.monotonic();
        while !self.untold.is_empty() && self.clock.monotonic().saturating_duration_since(started) < BUDGET {
            let some: Vec<Step> = self.untold.drain(..self.untold.len().min(AT_ONCE)).collect();
            let (events, clock) = (&self.events, &self.clock);
            futures::stream::iter(&some)
                .for_each_concurrent(AT_ONCE, |step| events.tell(step, &**clock))
                .await;
        }
    }

    /// Whether the watch has shown what came of the last try, or the time to try again has come.
    fn is_due(&self, step: &Step, now: Instant) -> bool {
        if let Some(word) = said_once(step) {
            return !self.said.contains(&word);
        }
        self.tried.get(&step.job.key.uid).is_none_or(|tried| {
            tried.version != step.job.resource_version || tried.again_at.is_some_and(|again| again <= now)
        })
    }

    fn may_start(&mut self, step: &Step, now: Instant) -> bool {
        match &step.change {
            Change::Release { urgent: false, .. } => self.pace.take(now),
            _ => true,
        }
    }

    fn remember(&mut self, step: &Step, result: &Result<(), WriteError>) {
        if let Some(word) = said_once(step) {
            self.said.insert(word);
            return;
        }
        let uid = step.job.key.uid.clone();
        let same = self.tried.get(&uid).filter(|t| t.version == step.job.resource_version);
        let failures = same.map_or(0, |t| t.failures);
        let again_at = retry(result, failures).map(|wait| self.clock.monotonic() + wait);
        if let (Err(error), Some(_)) = (result, again_at) {
            warn!(job = %step.job.key, %error, "a job could not be written; it is tried again");
        }
        let tried = Tried {
            version: step.job.resource_version.clone(),
            again_at,
            failures: failures + u32::from(again_at.is_some()),
        };
        self.tried.insert(uid, tried);
    }
}

/// What is only said, and once a job; `None` for what is written.
fn said_once(step: &Step) -> Option<(Arc<str>, Reason)> {
    let reason = match &step.change {
        Change::Unheld(reason, _) => *reason,
        Change::WouldHave { .. } => Reason::PolicyDryRun,
        _ => return None,
    };
    Some((step.job.key.uid.clone(), reason))
}

/// How long to wait before the same version of a job is tried again; `None` to wait for the watch to show another.
fn retry(result: &Result<(), WriteError>, failures: u32) -> Option<Duration> {
    let error = result.as_ref().err()?;
    match error.outcome() {
        WriteOutcome::Conflict | WriteOutcome::Gone | WriteOutcome::Applied => None,
        WriteOutcome::Denied | WriteOutcome::Failed => {
            Some((FIRST_RETRY * 2u32.pow(failures.min(5))).min(SLOWEST_RETRY))
        }
    }
}

/// How long after its start a cycle may begin to carry out a step.
fn time_for(step: &Step) -> Duration {
    match step.change {
        Change::Release { .. } => WAVE,
        _ => BUDGET,
    }
}

/// The next step, if there is time for it.
fn next_in_time(waiting: &mut VecDeque<Step>, elapsed: Duration) -> Option<Step> {
    waiting.front().filter(|step| elapsed < time_for(step))?;
    waiting.pop_front()
}

async fn carry_out(client: Client, guard: Guard, step: Step, clock: Arc<dyn Clock>) -> (Step, Result<(), WriteError>) {
    let result = write(&client, &guard, &step, &*clock).await;
    if result.is_ok() {
        log(&step);
    }
    (step, result)
}

async fn write(client: &Client, guard: &Guard, step: &Step, clock: &dyn Clock) -> Result<(), WriteError> {
    let job = &*step.job;
    let body = match &step.change {
        Change::Plan { record, affinity } => patch::plan(job, record, affinity),
        Change::Release { record, affinity, .. } => patch::release(job, record, affinity, clock.now()),
        Change::Widen if has_node(client, guard, job).await? => return Err(WriteError::Superseded),
        Change::Widen => patch::rehold(job, clock.now()),
        Change::Disown(_) => patch::disown(job),
        Change::Unheld(..) | Change::WouldHave { .. } => return Ok(()),
    };
    send(client, guard, job, &body).await
}

/// Sends one merge patch to a job.
pub async fn send(client: &Client, guard: &Guard, job: &JobEntry, body: &Value) -> Result<(), WriteError> {
    let api: Api<SlimJob> = Api::namespaced(client.clone(), &job.key.namespace);
    let (params, patch) = (patch_params(), Patch::Merge(body));
    let request = api.patch(&job.key.name, &params, &patch);
    guard.write(Verb::Patch, Resource::Job, request).await.map(drop)
}

/// Asks the API server itself: between the watch and this write a pod may have found its node, and must not be restarted.
/// Finished pods are never restarted.
async fn has_node(client: &Client, guard: &Guard, job: &JobEntry) -> Result<bool, WriteError> {
    let api: Api<Pod> = Api::namespaced(client.clone(), &job.key.namespace);
    let pods = ListParams::default().labels(&format!("batch.kubernetes.io/controller-uid={}", job.key.uid));
    let list = guard.read(api.list(&pods)).await?;
    Ok(list.items.iter().any(|pod| {
        let bound = pod.spec.as_ref().is_some_and(|spec| spec.node_name.is_some());
        let phase = pod.status.as_ref().and_then(|status| status.phase.as_deref());
        bound && !matches!(phase, Some("Succeeded" | "Failed"))
    }))
}

fn log(step: &Step) {
    let job = &step.job.key;
    match &step.change {
        Change::Plan { record, .. } | Change::Release { record, .. } => {
            info!(%job, reason = record.reason, "{}", record.message);
        }
        Change::Widen => info!(%job, "no pod found a node: its zones are widened"),
        Change::Disown(cause) => info!(%job, ?cause, "no longer ours"),
        Change::Unheld(reason, text) => info!(%job, reason = reason.as_str(), "{text}"),
        Change::WouldHave { sentence, .. } => info!(%job, "{sentence}"),
    }
}
