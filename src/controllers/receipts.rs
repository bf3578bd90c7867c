//! What a finished job used, emitted and would have emitted: first into its namespace's report, then onto the job.

use std::collections::{BTreeMap, HashMap, HashSet};
use std::sync::Arc;
use std::time::{Duration, Instant};

use futures::StreamExt;
use jiff::tz::TimeZone;
use jiff::{SignedDuration, Timestamp};
use kube::Client;

use super::apply::send;
use super::finished::Finished;
use super::guard::{Guard, WriteError};
use super::patch;
use super::report::{RECENT, Reports};
use crate::api::PlanRecord;
use crate::energy::{self, History, Run};
use crate::index::{JobEntry, Phase, Picture, Subject};
use crate::planner::shares;
use crate::units::{Clock, Grams, Signal, Watts, ZoneName};

/// A start this soon after submission is never missed: no scheduler starts a pod in the instant of its creation.
const GRACE: SignedDuration = SignedDuration::from_secs(60);
/// A report that could not be written is tried again after this.
const RETRY: Duration = Duration::from_secs(10);
/// A cycle begins no further report after this.
const BUDGET: Duration = Duration::from_secs(1);
/// Receipts of jobs that are gone wait for their report no longer than this after the finish, in case it is refused,
const PATIENCE: SignedDuration = SignedDuration::from_hours(24);
/// and no more of them than this.
const MOST_GONE: usize = 10_000;
/// Receipts written at a time.
const AT_ONCE: usize = 16;

/// Finished jobs on their way into the reports.
pub struct Receipts {
    client: Client,
    guard: Guard,
    reports: Reports,
    /// Where the pods of running jobs were last seen.
    places: HashMap<Arc<str>, Vec<ZoneName>>,
    waiting: BTreeMap<Arc<str>, Finished>,
    done: HashSet<Arc<str>>,
    /// When to try again after a failure.
    again_at: Option<Instant>,
    /// Whether receipts were given up, which is said once.
    gave_up: bool,
}

impl Receipts {
    /// Writes within `guard`.
    pub fn new(client: Client, guard: Guard) -> Self {
        Self {
            reports: Reports::new(client.clone(), guard.clone()),
            client,
            guard,
            places: HashMap::new(),
            waiting: BTreeMap::new(),
            done: HashSet::new(),
            again_at: None,
            gave_up: false,
        }
    }

    /// Takes note of where jobs run and which have finished; `finished` are those that may be deleted already.
    pub fn observe(&mut self, picture: &Picture, finished: &[Arc<JobEntry>], history: &History) {
        let exists = |uid: &Arc<str>| picture.subjects.contains_key(uid);
        let new: Vec<&Arc<JobEntry>> = finished.iter().filter(|job| !exists(&job.key.uid)).collect();
        let known = picture.subjects.values().map(|subject| &subject.job);
        for job in known.chain(new) {
            self.finish(job, picture, history);
        }
        self.give_up(picture);
        for (uid, subject) in picture.subjects.iter().filter(|(_, s)| !s.pods.zones.is_empty()) {
            if self.places.get(uid) != Some(&subject.pods.zones) {
                self.places.insert(uid.clone(), subject.pods.zones.clone());
            }
        }
        let waiting = &self.waiting;
        self.places
            .retain(|uid, _| picture.subjects.contains_key(uid) || waiting.contains_key(uid));
        self.done.retain(exists);
    }

    fn finish(&mut self, job: &Arc<JobEntry>, picture: &Picture, history: &History) {
        let Phase::Finished { started, at, .. } = job.phase else {
            return;
        };
        let Some(plan) = job
            .ours
            .plan
            .clone()
            .filter(|_| !job.ours.has_receipt && job.ours.released_at.is_some())
        else {
            return;
        };
        if self.done.contains(&job.key.uid) || self.waiting.contains_key(&job.key.uid) {
            return;
        }
        let started = started.unwrap_or(at);
        let subject = picture.subjects.get(&job.key.uid);
        let allowed = subject.map_or_else(|| names(&plan.now.zones), |subject| subject.zones.clone());
        let ran_in = self
            .places
            .get(&job.key.uid)
            .cloned()
            .unwrap_or_else(|| names(&job.ours.zones));
        let run = Run {
            watts: Watts(plan.watts),
            submitted: job.created,
            started,
            finished: at,
            ran_in: spread(ran_in, job, picture),
            baseline_in: spread(allowed, job, picture),
            pue: pue(picture),
            signal: signal(&plan),
        };
        let mut receipt = energy::receipt(&run, history);
        // The operator may have started after the submission: then the first plan knows what the grid was to be.
        receipt.baseline = receipt.baseline.or(plan.baseline_grams.map(Grams));
        for amount in [&mut receipt.emitted, &mut receipt.baseline].into_iter().flatten() {
            // A tenth of a milligram: the annotation is for people too.
            amount.0 = (amount.0 * 1e4).round() / 1e4;
        }
        let missed_start = is_missed(started, plan.latest_start, job.created);
        let missed_finish = plan.finish_by.is_some_and(|end| at > end);
        let finished = Finished {
            job: job.clone(),
            plan,
            at,
            receipt,
            missed_start,
            missed_finish,
        };
        self.waiting.insert(job.key.uid.clone(), finished);
    }

    /// Jobs that are there are bounded by the cluster; those that are gone would pile up where their reports are refused.
    fn give_up(&mut self, picture: &Picture) {
        let gone = self
            .waiting
            .iter()
            .filter(|(uid, _)| !picture.subjects.contains_key(*uid));
        let gone = gone.map(|(uid, finished)| (finished.at, uid.clone())).collect();
        let lost = lost(gone, picture.snapshot.now);
        if !lost.is_empty() && !std::mem::replace(&mut self.gave_up, true) {
            tracing::warn!(
                receipts = lost.len(),
                "receipts were given up, and more may be: their jobs are gone, and their EmissionsReports are refused"
            );
        }
        for uid in lost {
            self.waiting.remove(&uid);
        }
    }

    /// Writes what waits, unless the last try failed a moment ago; returns what is now in a report. What fails is tried again by the next cycle.
    ///
    /// What there is no time for is left to the next cycle.
    pub async fn write(&mut self, clock: &dyn Clock) -> Vec<Finished> {
        if self.again_at.is_some_and(|again| clock.monotonic() < again) {
            return Vec::new();
        }
        let mut groups: BTreeMap<(Arc<str>, String), Vec<Finished>> = BTreeMap::new();
        for finished in self.waiting.values() {
            let month = finished.at.to_zoned(TimeZone::UTC).strftime("%Y-%m").to_string();
            groups
                .entry((finished.job.key.namespace.clone(), month))
                .or_default()
                .push(finished.clone());
        }
        let (mut written, started) = (Vec::new(), clock.monotonic());
        for ((namespace, month), group) in groups {
            for part in group.chunks(RECENT) {
                if clock.monotonic().saturating_duration_since(started) > BUDGET {
                    break;
                }
                if !self.reports.add(&namespace, &month, part).await {
                    self.again_at = Some(clock.monotonic() + RETRY);
                    break;
                }
                for finished in part {
                    self.waiting.remove(&finished.job.key.uid);
                    self.done.insert(finished.job.key.uid.clone());
                    written.push(finished.clone());
                }
            }
        }
        let (client, guard) = (&self.client, &self.guard);
        futures::stream::iter(&written)
            .for_each_concurrent(AT_ONCE, |finished| async move {
                if let Err(error) = annotate(client, guard, finished).await {
                    tracing::debug!(job = %finished.job.key, %error, "a receipt could not be written onto its job; the report has it");
                }
            })
            .await;
        written
    }
}

/// Of jobs that are gone, with their finish: those whose receipts have waited too long, and the oldest of too many.
fn lost(mut gone: Vec<(Timestamp, Arc<str>)>, now: Timestamp) -> Vec<Arc<str>> {
    gone.sort_unstable();
    let too_many = gone.len().saturating_sub(MOST_GONE);
    let too_old = gone.partition_point(|(at, _)| now.duration_since(*at) > PATIENCE);
    gone.truncate(too_many.max(too_old));
    gone.into_iter().map(|(_, uid)| uid).collect()
}

async fn annotate(client: &Client, guard: &Guard, finished: &Finished) -> Result<(), WriteError> {
    let text = serde_json::json!(finished.receipt).to_string();
    send(client, guard, &finished.job, &patch::receipt(&finished.job, &text)).await
}

/// Whether a start at this instant is too late. What its owner left no time for was not missed by us.
pub fn is_missed(start: Timestamp, latest_start: Timestamp, created: Timestamp) -> bool {
    start > latest_start && start.duration_since(created) > GRACE
}

/// What the job would emit, had it started at submission, as far as is known now.
pub fn baseline(subject: &Subject, picture: &Picture, history: &History) -> Option<Grams> {
    let length = subject.length?.expected;
    let policy = subject.verdict.enforce.as_ref()?;
    let signal = picture.snapshot.rules.get(policy)?.signal;
    let zones = spread(subject.zones.clone(), &subject.job, picture);
    let run = Run {
        watts: subject.watts,
        submitted: subject.job.created,
        started: subject.job.created,
        finished: subject.job.created.checked_add(length).ok()?,
        ran_in: zones.clone(),
        baseline_in: zones,
        pue: pue(picture),
        signal,
    };
    energy::receipt(&run, history).baseline
}

fn names(zones: &[String]) -> Vec<ZoneName> {
    zones.iter().map(|zone| zone.as_str().into()).collect()
}

/// The zones with their weights: where a scheduler that knows nothing of carbon would put the job. It sees nodes, and not
/// what an admin lets deferrable jobs have of them.
fn spread(zones: Vec<ZoneName>, job: &JobEntry, picture: &Picture) -> Vec<(ZoneName, f64)> {
    let sizes: Vec<_> = zones
        .iter()
        .map(|zone| picture.sizes.get(zone).copied().unwrap_or_default())
        .collect();
    zones.into_iter().zip(shares(&sizes, &job.request)).collect()
}

fn pue(picture: &Picture) -> BTreeMap<ZoneName, f64> {
    picture
        .snapshot
        .zones
        .iter()
        .map(|(name, zone)| (name.clone(), zone.pue))
        .collect()
}

fn signal(plan: &PlanRecord) -> Signal {
    Signal::ALL
        .into_iter()
        .find(|signal| format!("{signal:?}") == plan.signal)
        .unwrap_or(Signal::CarbonIntensity)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn receipts_of_jobs_that_are_gone_wait_for_a_day_and_are_not_too_many() {
        let now: Timestamp = "2026-11-25T12:00:00Z".parse().unwrap();
        let gone = |hours: i64, name: &str| (now - SignedDuration::from_hours(hours), Arc::from(name));
        assert_eq!(
            lost(vec![gone(24, "a"), gone(25, "b"), gone(0, "c")], now),
            [Arc::from("b")]
        );

        let many = (0..MOST_GONE).map(|i| gone(1, &i.to_string()));
        let many = many.chain([gone(2, "oldest")]).collect();
        assert_eq!(lost(many, now), [Arc::from("oldest")]);
    }
}
