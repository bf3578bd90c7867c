//! The cycle: index -> picture -> plan -> diff -> writes. Nothing else decides, and nothing else starts a write.

use std::collections::BTreeMap;
use std::sync::Arc;
use std::time::Duration;

use jiff::{SignedDuration, Timestamp};
use tokio_util::sync::CancellationToken;
use tracing::warn;

use super::apply::{Writer, Written};
use super::diff::{Cause, Change, Step, diff};
use super::fetched::provider;
use super::finished::Finished;
use super::forecasts::Forecasts;
use super::guard::Guard;
use super::policies::{PolicyStatuses, Tally};
use super::receipts::{Receipts, baseline, is_missed};
use super::sources::sources;
use super::switches::Switches;
use super::watch::Shared;
use super::zones::ZoneStatuses;
use crate::energy::{self, History, assumed_watts};
use crate::grid::{Board, SourceSpec};
use crate::index::{Before, Inputs, JobEntry, Phase, Picture, PolicyEntry, Taught, ZoneEntry};
use crate::metrics::{Method, Metrics, Reading, Told};
use crate::planner::{Plan, ZoneOutlook, plan};
use crate::server::View;
use crate::units::{Clock, Signal, ZoneName};

/// Cycles start at least this far apart.
const SPACING: Duration = Duration::from_secs(1);
/// A cycle starts at the latest this long after the last: forecasts age, pods stay pending, leases change hands.
const IDLE: Duration = Duration::from_secs(5);
/// How long before its latest start a job is let go at the latest, for the way through the API server.
const RELEASE_LEAD: SignedDuration = SignedDuration::from_secs(2);
/// How far back it is known what each grid was; no job waits longer.
const MEMORY: SignedDuration = SignedDuration::from_hours(14 * 24);

/// Everything a cycle works with.
pub struct Cycle {
    /// What the watches say.
    pub shared: Shared,
    /// What the grids will be.
    pub board: Arc<Board>,
    /// Writes to jobs.
    pub writer: Writer,
    /// Writes switches.
    pub switches: Switches,
    /// Writes the status of policies.
    pub policies: PolicyStatuses,
    /// Writes the status of zones.
    pub zones: ZoneStatuses,
    /// Writes what services said last.
    pub forecasts: Forecasts,
    /// Writes receipts and reports.
    pub receipts: Receipts,
    /// Whether writes may start.
    pub guard: Guard,
    /// What Prometheus sees.
    pub metrics: Arc<Metrics>,
    /// What the health checks see.
    pub view: Arc<View>,
    /// The clock.
    pub clock: Arc<dyn Clock>,
    /// Releases a second; `None` is unlimited.
    pub release_rate: Option<f64>,
    /// What the jobs have taught.
    pub taught: Taught,
    /// What the grids were.
    pub history: History,
    /// What the plan before said.
    pub before: Before,
}

/// One reading of the index.
struct Read {
    picture: Picture,
    plan: Plan,
    policies: Vec<PolicyEntry>,
    zones: Vec<ZoneEntry>,
    finished: Vec<Arc<JobEntry>>,
}

impl Cycle {
    /// Cycles until `stop`.
    pub async fn run(mut self, stop: CancellationToken) {
        let dirty = self.shared.dirty();
        loop {
            let started = self.clock.monotonic();
            let wait = self.once().await;
            let took = self.clock.monotonic().saturating_duration_since(started);
            // The spacing first: everything that happens meanwhile makes one cycle due, not many.
            let spacing = SPACING.saturating_sub(took);
            let spaced = async {
                tokio::time::sleep(spacing).await;
                let more = wait.saturating_sub(spacing);
                let _ = tokio::time::timeout(more, dirty.notified()).await;
            };
            tokio::select! {
                () = stop.cancelled() => return,
                () = spaced => {}
            }
        }
    }

    /// One cycle; returns when the next is due at the latest.
    async fn once(&mut self) -> Duration {
        let now = self.clock.now();
        self.view.beat();
        if !self.is_ready() {
            return SPACING;
        }
        self.tell_sources();
        // Before what they say is read: a word that comes meanwhile is not in it.
        let first_words = self.board.first_words();
        let outlooks = self.outlooks(now);
        let read = tokio::task::block_in_place(|| self.read(now, outlooks));
        self.show(&read);
        if !self.guard.is_open() {
            return IDLE;
        }
        self.receipts.observe(&read.picture, &read.finished, &self.history);
        // The switches first: what is no longer to be held must not be born held while the rest is let go.
        self.switches.keep(&read.picture, now).await;
        self.writer.keep_only(&read.picture.subjects);
        let mut steps = diff(&read.picture, &read.plan, &|subject| {
            baseline(subject, &read.picture, &self.history)
        });
        // That a source has just not been asked yet is no reason to let jobs go.
        if let Some(rest) = first_words {
            steps.retain(|step| step.cannot_wait(now, rest));
        }
        let written = self.writer.apply(steps).await;
        self.count_written(&written);
        // Accounts wait while jobs do.
        if written.again_in != Some(Duration::ZERO) {
            for finished in self.receipts.write(&*self.clock.clone()).await {
                self.count_finished(&finished);
            }
        }
        let clock = self.clock.clone();
        self.policies
            .keep(&read.picture, &read.plan, &read.policies, &*clock)
            .await;
        self.zones.keep(&read.picture, &read.zones, &self.board, &*clock).await;
        self.forecasts.keep(&self.board, &*clock).await;
        let wait = until_next(&read.plan, &written, self.clock.now());
        self.before = read.plan.into();
        wait
    }

    /// Whether every watch has delivered a whole list: before that, nothing may be decided.
    fn is_ready(&self) -> bool {
        let watches = self.shared.lock().watches();
        for (name, _) in watches.iter().filter(|(_, complete)| *complete) {
            self.view.complete(name);
        }
        watches.iter().all(|(_, complete)| *complete)
    }

    /// Tells the grid room which zones there are, where their forecasts come from and how old these may be.
    fn tell_sources(&self) {
        let index = self.shared.lock();
        let zones = index.all_zones();
        let zones: BTreeMap<ZoneName, Vec<SourceSpec>> =
            zones.map(|zone| (zone.name.clone(), sources(&zone.spec))).collect();
        let ages = index.all_policies().map(|policy| policy.spec.forecast.max_age.0);
        let patience = ages.max();
        drop(index);
        self.board.set_patience(patience);
        self.board.set_zones(zones);
    }

    fn outlooks(&mut self, now: Timestamp) -> BTreeMap<ZoneName, ZoneOutlook> {
        let outlooks = self.board.outlooks(now);
        for outlook in outlooks.values() {
            self.history.learn(outlook);
        }
        self.history
            .forget_before(now.saturating_sub(MEMORY).unwrap_or(Timestamp::MIN));
        outlooks
    }

    /// Reads the index and plans; pure computation on one lock.
    fn read(&mut self, now: Timestamp, outlooks: BTreeMap<ZoneName, ZoneOutlook>) -> Read {
        let shared = self.shared.clone();
        let mut index = shared.lock();
        let finished = index.take_finished();
        self.taught.learn_lengths(&index, &finished, now);
        let mut picture = index.picture(&Inputs {
            now,
            outlooks,
            curves: self.taught.curves(),
            before: &self.before,
            power: assumed_watts,
            releases_per_second: self.release_rate,
            release_lead: RELEASE_LEAD,
        });
        let policies = index.all_policies().cloned().collect();
        let zones = index.all_zones().cloned().collect();
        drop(index);
        self.taught.learn_arrivals(&mut picture);
        let started = self.clock.monotonic();
        let plan = plan(&picture.snapshot);
        let gap = if plan.bound.cost > 0.0 {
            (1.0 - plan.bound.lower_bound / plan.bound.cost).max(0.0)
        } else {
            0.0
        };
        let took = self.clock.monotonic().saturating_duration_since(started);
        self.metrics.planned(took, picture.snapshot.demands.len(), gap);
        Read {
            picture,
            plan,
            policies,
            zones,
            finished,
        }
    }

    fn show(&self, read: &Read) {
        self.metrics.held(read.plan.held().map(|decision| decision.reason));
        let readings: Vec<Reading<'_>> = read
            .zones
            .iter()
            .filter_map(|zone| Some((zone, &read.picture.snapshot.zones.get(&zone.name)?.outlook)))
            .flat_map(|(zone, outlook)| {
                let served = |signal: &Signal| zone.spec.sources.iter().any(|source| source.signal == *signal);
                let signals = Signal::ALL.into_iter().filter(served);
                signals.map(|signal| Reading {
                    zone: &zone.name,
                    signal,
                    outlook: outlook.signal(signal),
                })
            })
            .collect();
        let now = read.picture.snapshot.now;
        self.metrics.grids(&readings, now);
        let scores = self.board.scores(now);
        let told = scores.iter().map(|scored| Told {
            zone: &scored.zone,
            signal: scored.signal,
            place: scored.place,
            provider: provider(scored.provider),
            in_use: scored.in_use,
            kept: scored.score.kept,
            corrected: scored.score.corrected,
            coverage: scored.score.coverage,
            distrusted: scored.score.distrusted,
        });
        self.metrics.forecasts(&told.collect::<Vec<_>>());
    }

    fn count_written(&mut self, written: &Written) {
        let now = self.clock.now();
        for step in &written.done {
            self.count_step(step, now);
        }
    }

    fn count_step(&mut self, step: &Step, now: Timestamp) {
        match &step.change {
            Change::Plan { .. } if step.job.ours.plan.is_some() => self.metrics.rewritten(),
            Change::Release { record, reason, .. } => {
                let slack = record.latest_start.duration_since(now);
                self.metrics
                    .released(*reason, now.duration_since(step.job.created), slack);
                if is_missed(now, record.latest_start, step.job.created) {
                    warn!(job = %step.job.key, "released after its latest start");
                    self.metrics.missed_start();
                }
                self.policies.add(
                    &record.policy,
                    Tally {
                        released: 1,
                        ..Tally::default()
                    },
                );
            }
            Change::Widen => self.metrics.widened(),
            Change::Disown(Cause::Overridden) => self.metrics.overridden(),
            Change::WouldHave {
                reason, saved, policy, ..
            } => {
                self.metrics.would_have(*reason, *saved);
                let saved = saved.map_or(0.0, |grams| grams.0);
                self.policies.add(
                    policy.as_str(),
                    Tally {
                        saved,
                        ..Tally::default()
                    },
                );
            }
            Change::Unheld(..) | Change::Plan { .. } | Change::Disown(_) => {}
        }
    }

    fn count_finished(&mut self, finished: &Finished) {
        self.metrics.finished();
        let released = finished.job.ours.released_at;
        if let (
            Some(released),
            Phase::Finished {
                started: Some(started), ..
            },
        ) = (released, finished.job.phase)
        {
            self.metrics
                .started(started.duration_since(released).max(SignedDuration::ZERO));
        }
        if finished.missed_finish {
            self.metrics.missed_finish();
        }
        let saved = finished.receipt.saved();
        if let Some(saved) = saved {
            let method = match finished.receipt.method {
                energy::Method::AverageEstimated => Method::AverageEstimated,
                energy::Method::MarginalEstimated => Method::MarginalEstimated,
            };
            self.metrics.accounted(method, saved);
        }
        let tally = Tally {
            released: 0,
            saved: saved.map_or(0.0, |grams| grams.0),
            missed_starts: i64::from(finished.missed_start),
            missed_finishes: i64::from(finished.missed_finish),
        };
        self.policies.add(&finished.plan.policy, tally);
    }
}

/// When the next planned start, or what was left undone, makes a cycle due.
fn until_next(plan: &Plan, written: &Written, now: Timestamp) -> Duration {
    let next = plan
        .held()
        .map(|decision| decision.chosen.start.duration_since(now))
        .min();
    let next = next.map(|wait| wait.try_into().unwrap_or(Duration::ZERO));
    next.into_iter().chain(written.again_in).fold(IDLE, Duration::min)
}
