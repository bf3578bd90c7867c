//! The index as the planner sees it: one snapshot, and beside it each job with what it takes to act on it.

use std::collections::{BTreeMap, HashMap, HashSet};
use std::sync::Arc;

use jiff::{SignedDuration, Timestamp};
use k8s_openapi::apimachinery::pkg::apis::meta::v1::LabelSelector;

use super::before::Before;
use super::deadline::{Deadline, deadline};
use super::job::{JobEntry, Phase};
use super::length::{done, length};
use super::node::PodEntry;
use super::offer::{Others, offers};
use super::placement::placement;
use super::policy::{Policies, PolicyEntry, Verdict};
use super::validity::{Fault, fault};
use super::zone::{Taken, Zones};
use super::{CronEntry, Index};
use crate::api::{HoldSwitch, MOST_REWRITES, Wishes};
use crate::learn::{Curves, Kind};
use crate::planner::{
    Demand, Freedom, Length, Placement, Progress, Published, Reason, Rules, Snapshot, Stage, Survival, ZoneOutlook,
};
use crate::units::{PolicyName, Resources, Watts, ZoneName};

/// A DryRun policy speaks of a job only while it is new: after a restart old jobs are not spoken of again.
const SHADOW_AGE: SignedDuration = SignedDuration::from_secs(60);

/// What the picture needs besides the index.
pub struct Inputs<'a> {
    /// The instant of the plan.
    pub now: Timestamp,
    /// What each grid will be.
    pub outlooks: BTreeMap<ZoneName, ZoneOutlook>,
    /// How long jobs of each kind run.
    pub curves: &'a Curves,
    /// What the plan before said.
    pub before: &'a Before,
    /// The power of a job that does not state its own.
    pub power: fn(&Resources) -> Watts,
    /// How many releases a second the writer may make.
    pub releases_per_second: Option<f64>,
    /// How long before its latest start a job is started at the latest.
    pub release_lead: SignedDuration,
}

/// The pods of one job.
#[derive(Clone, Debug, Default)]
pub struct PodTally {
    /// Bound to a node.
    pub bound: u32,
    /// Without a node.
    pub pending: u32,
    /// Since when the oldest of those has waited.
    pub pending_since: Option<Timestamp>,
    /// The zones of the bound ones.
    pub zones: Vec<ZoneName>,
}

/// A job with what it takes to act on it.
#[derive(Clone, Debug)]
pub struct Subject {
    /// The job.
    pub job: Arc<JobEntry>,
    /// Who decides for it.
    pub verdict: Verdict,
    /// The zones it may run in, by its owner and its policy.
    pub zones: Vec<ZoneName>,
    /// When it must start.
    pub deadline: Option<Deadline>,
    /// How long it runs.
    pub length: Option<Length>,
    /// The power it draws.
    pub watts: Watts,
    /// Its pods.
    pub pods: PodTally,
}

/// All subjects, by the UID of their job.
pub type Subjects = BTreeMap<Arc<str>, Subject>;

/// The index as of one instant.
#[derive(Debug)]
pub struct Picture {
    /// For the planner.
    pub snapshot: Snapshot,
    /// For the writer, by UID.
    pub subjects: Subjects,
    /// The policies in force.
    pub policies: Policies,
    /// The policies that are not, and why.
    pub faults: BTreeMap<PolicyName, Fault>,
    /// The switches in our namespace, by name.
    pub switches: BTreeMap<String, Arc<HoldSwitch>>,
    /// The nodes of each zone, by their labels.
    pub selectors: BTreeMap<ZoneName, LabelSelector>,
    /// What the nodes of each zone offer, whatever runs on them; the ceiling where a zone starts its nodes on demand.
    pub sizes: BTreeMap<ZoneName, Resources>,
    /// How many nodes each zone has.
    pub node_counts: BTreeMap<ZoneName, i64>,
    /// Nodes that lie in several zones.
    pub disputed: Vec<(Arc<str>, Vec<ZoneName>)>,
}

impl Index {
    /// The index as of `inputs.now`.
    pub fn picture(&self, inputs: &Inputs<'_>) -> Picture {
        let mut zones = Zones::new(self.zones.values(), self.nodes.values());
        let names = zones.names();
        let (policies, faults) = self.policies_in_force(&names);
        let (subjects, demands) = self.cases(&policies, &mut zones, inputs);

        // What the planner books itself is not taken by others; shadows and jobs without a policy it does not book.
        let booked = || demands.iter().filter(|demand| demand.stage != Stage::Shadow);
        let of_models = booked().filter(|demand| demand.gpu_model.is_some());
        let others = Others {
            all: self.taken_besides(booked()),
            of_models: self.taken_besides(of_models),
        };
        let models = demands.iter().filter_map(|demand| demand.gpu_model.as_deref());
        let offers = offers(&zones, &others, &models.collect(), &inputs.outlooks);
        let selectors = zones
            .iter()
            .map(|(z, _)| (z.name.clone(), z.spec.node_selector.clone()))
            .collect();
        let node_counts = zones
            .iter()
            .map(|(z, nodes)| (z.name.clone(), nodes.len() as i64))
            .collect();
        let disputed = zones.disputed(self.nodes.values());
        let snapshot = Snapshot {
            now: inputs.now,
            // One seed for a whole day: plans must not flicker for want of a stable draw.
            seed: inputs.now.as_second().unsigned_abs() / 86_400,
            rules: policies.iter().map(|p| (p.name.clone(), rules(p))).collect(),
            zones: offers,
            curves: curves(&demands, &subjects, inputs.curves),
            demands,
            releases_per_second: inputs.releases_per_second,
            release_lead: inputs.release_lead,
            prices: inputs.before.prices.clone(),
            ..Snapshot::default()
        };
        Picture {
            snapshot,
            subjects,
            policies,
            faults,
            switches: self.switches_by_name(),
            selectors,
            sizes: zones.sizes(),
            node_counts,
            disputed,
        }
    }

    /// What all pods take but those of these jobs.
    fn taken_besides<'s>(&'s self, ours: impl Iterator<Item = &'s Demand>) -> Taken<'s> {
        let ours: HashSet<&str> = ours.map(|demand| &*demand.job.uid).collect();
        let is_other = |pod: &&PodEntry| pod.job.as_deref().is_none_or(|uid| !ours.contains(uid));
        Taken::by(self.pods.values().filter(is_other))
    }

    /// Every job with what it takes to act on it, and those that the planner decides for or books.
    fn cases(&self, policies: &Policies, zones: &mut Zones<'_>, inputs: &Inputs<'_>) -> (Subjects, Vec<Demand>) {
        let labels = self.namespaces.values().map(|(name, labels)| (&**name, labels));
        let namespaces: HashMap<&str, &BTreeMap<String, String>> = labels.collect();
        let (tallies, nothing) = (self.tallies(zones), BTreeMap::new());
        let (mut subjects, mut demands) = (BTreeMap::new(), Vec::new());
        for job in self.jobs() {
            let labels = namespaces.get(&*job.key.namespace).copied().unwrap_or(&nothing);
            let case = Case {
                job,
                verdict: policies.verdict(job, labels),
                pods: tallies.get(&*job.key.uid).cloned().unwrap_or_default(),
                cron: job.cron_job.as_deref().and_then(|uid| self.cron_jobs.get(uid)),
                policies,
            };
            let (subject, demand) = case.read(zones, inputs);
            demands.extend(demand);
            subjects.insert(job.key.uid.clone(), subject);
        }
        apply_held_limit(&mut demands, policies);
        (subjects, demands)
    }

    fn policies_in_force(&self, zones: &[ZoneName]) -> (Policies, BTreeMap<PolicyName, Fault>) {
        let mut faults = BTreeMap::new();
        let mut valid = Vec::new();
        for policy in self.policies.values() {
            match fault(&policy.spec, zones) {
                Some(fault) => drop(faults.insert(policy.name.clone(), fault)),
                // A policy that is being deleted lets go of its jobs at once.
                None if policy.object.metadata.deletion_timestamp.is_some() => {}
                None => valid.push(policy.clone()),
            }
        }
        (Policies::new(valid), faults)
    }

    fn switches_by_name(&self) -> BTreeMap<String, Arc<HoldSwitch>> {
        let named = |switch: &Arc<HoldSwitch>| Some((switch.metadata.name.clone()?, switch.clone()));
        self.switches.values().filter_map(named).collect()
    }

    fn tallies(&self, zones: &Zones<'_>) -> HashMap<Arc<str>, PodTally> {
        let of_node = zones.of_node();
        let mut tallies: HashMap<Arc<str>, PodTally> = HashMap::new();
        for pod in self.pods.values() {
            let Some(job) = &pod.job else { continue };
            let tally = tallies.entry(job.clone()).or_default();
            match &pod.node {
                None => {
                    tally.pending += 1;
                    tally.pending_since = [tally.pending_since, pod.created].into_iter().flatten().min();
                }
                Some(node) => {
                    tally.bound += 1;
                    if let Some(zone) = of_node.get(&**node).filter(|zone| !tally.zones.contains(zone)) {
                        tally.zones.push(zone.clone());
                    }
                }
            }
        }
        tallies
    }
}

/// The curves that these demands name.
fn curves(demands: &[Demand], subjects: &Subjects, all: &Curves) -> BTreeMap<String, Survival> {
    let named = demands.iter().filter(|demand| demand.curve.is_some());
    let kind = |demand: &Demand| subjects.get(&demand.job.uid).map(|subject| &subject.job.kind);
    let kinds: HashSet<&Kind> = named.filter_map(kind).collect();
    let curve = |kind: &Kind| all.of_own(kind).map(|(name, curve)| (name, curve.clone()));
    kinds.into_iter().filter_map(curve).collect()
}

fn rules(policy: &PolicyEntry) -> Rules {
    let spec = &policy.spec;
    Rules {
        signal: spec.objective.signal,
        minimum_saving: spec.delay.minimum_saving.0,
        price_per_hour: spec.delay.price_per_hour.0,
        cost_per_hour: spec.delay.grams_per_hour.0,
        confidence: spec.delay.confidence.0,
        max_age: spec.forecast.max_age.0,
        priority: spec.priority,
    }
}

/// One job on its way into the picture.
struct Case<'a> {
    job: &'a Arc<JobEntry>,
    verdict: Verdict,
    pods: PodTally,
    cron: Option<&'a CronEntry>,
    policies: &'a Policies,
}

impl Case<'_> {
    fn read(self, zones: &mut Zones<'_>, inputs: &Inputs<'_>) -> (Subject, Option<Demand>) {
        let job = self.job;
        let chosen = self.verdict.enforce.as_ref().or(self.verdict.dry_run.as_ref());
        let wishes = job.wishes.clone().unwrap_or_default();
        let Some(policy) = chosen.and_then(|name| self.policies.get(name)) else {
            return self.without_policy(zones, inputs);
        };
        let (length, curve) = length(job, &wishes, &policy.spec, inputs.curves, inputs.now);
        let deadline = deadline(job, &wishes, &policy.spec, length, self.cron);
        let watts = wishes.watts.map_or((inputs.power)(&job.request), |w| {
            Watts(w.0.min(policy.spec.estimates.max_watts.0))
        });
        let placement = placement(job, &policy.spec, zones);
        let stage = self.stage(&wishes, &deadline, &placement, inputs.now);
        let zones = placement.zones().to_vec();
        let demand = stage.map(|stage| Demand {
            job: job.key.clone(),
            policy: policy.name.clone(),
            // A job that must run at once is not steered: where it starts soonest is the scheduler's to say.
            placement: if matches!(stage, Stage::MustRun { .. }) {
                Placement::Somewhere(zones.clone())
            } else {
                placement
            },
            stage,
            submitted: job.created,
            latest_start: deadline.latest_start,
            finish_by: deadline.finish_by,
            length,
            watts,
            request: job.request,
            published: published(job, inputs.before),
            curve,
            gpu_model: job.gpu_model().map(str::to_owned),
            freedom: Freedom::default(),
            progress: Progress {
                done: done(job, inputs.now),
                pauses: 0,
            },
        });
        let Self { verdict, pods, .. } = self;
        let subject = Subject {
            job: job.clone(),
            verdict,
            zones,
            deadline: Some(deadline),
            length: Some(length),
            watts,
            pods,
        };
        (subject, demand)
    }

    /// No policy in force selects it: what we hold must run.
    fn without_policy(self, zones: &mut Zones<'_>, inputs: &Inputs<'_>) -> (Subject, Option<Demand>) {
        let job = self.job;
        let allowed = zones.eligible(&job.constraint, job.fingerprint, None);
        let watts = (inputs.power)(&job.request);
        let demand = job.is_ours().then(|| Demand {
            job: job.key.clone(),
            policy: job.held_by.clone().unwrap_or_default().into(),
            stage: Stage::MustRun {
                reason: Reason::NoPolicy,
                note: "no Enforce policy that is in force selects it any more".into(),
            },
            submitted: job.created,
            // What was promised while a policy still stood behind it.
            latest_start: job.ours.release_at.unwrap_or(inputs.now),
            finish_by: None,
            length: Length {
                expected: SignedDuration::ZERO,
                upper: SignedDuration::ZERO,
                source: crate::planner::LengthSource::PolicyDefault,
            },
            watts,
            request: job.request,
            placement: Placement::Somewhere(allowed.clone()),
            published: None,
            curve: None,
            gpu_model: job.gpu_model().map(str::to_owned),
            freedom: Freedom::default(),
            progress: Progress::default(),
        });
        let Self { verdict, pods, .. } = self;
        (
            Subject {
                job: job.clone(),
                verdict,
                zones: allowed,
                deadline: None,
                length: None,
                watts,
                pods,
            },
            demand,
        )
    }

    fn stage(&self, wishes: &Wishes, deadline: &Deadline, placement: &Placement, now: Timestamp) -> Option<Stage> {
        let job = self.job;
        match job.phase {
            Phase::Finished { .. } => None,
            Phase::Running { .. } if self.is_shadow(wishes, now) => Some(Stage::Shadow),
            Phase::Running { started } => {
                let zone = match (self.pods.zones.as_slice(), job.ours.zones.as_slice()) {
                    ([one], _) => Some(one.clone()),
                    ([], [one]) => Some(one.as_str().into()),
                    _ => None,
                };
                Some(Stage::Running {
                    started: started.or(job.ours.released_at).unwrap_or(job.created),
                    zone,
                })
            }
            Phase::Suspended { .. } if !job.is_ours() => None,
            Phase::Suspended { .. } => Some(
                self.must_run(wishes, deadline, placement)
                    .map_or(Stage::Held, |(reason, note)| Stage::MustRun { reason, note }),
            ),
        }
    }

    fn must_run(&self, wishes: &Wishes, deadline: &Deadline, placement: &Placement) -> Option<(Reason, String)> {
        if self.verdict.enforce.is_none() {
            let policy = self
                .verdict
                .dry_run
                .as_ref()
                .map(ToString::to_string)
                .unwrap_or_default();
            return Some((
                Reason::PolicyDryRun,
                format!("policy {policy} is in DryRun: it holds nothing"),
            ));
        }
        if let Err(invalid) = &self.job.wishes {
            return Some((Reason::InvalidAnnotation, invalid.to_string()));
        }
        if wishes.run_now {
            return Some((Reason::RunNowRequested, "its owner set alize.dev/run-now".into()));
        }
        if let Some(why) = &deadline.too_tight {
            return Some((Reason::ReleasedAtLatestStart, why.clone()));
        }
        if self.job.ours.widened_at.is_some() {
            let note = "no pod found a node in its zone in time; it may now run in every zone that it is allowed to";
            return Some((Reason::WaitingForCapacity, note.into()));
        }
        if placement.zones().is_empty() {
            let note = "no schedulable node matches both its own node constraints and the policy's placement.zones";
            return Some((Reason::WaitingForCapacity, note.into()));
        }
        if self.is_control() {
            return Some((
                Reason::ControlGroup,
                "its policy draws some jobs to run at once, to measure what waiting saves".into(),
            ));
        }
        None
    }

    /// Whether it is drawn to run at once; a job that was told to wait keeps its plan, whatever becomes of the share.
    fn is_control(&self) -> bool {
        let policy = self.verdict.enforce.as_ref().and_then(|name| self.policies.get(name));
        let draws = |policy: &PolicyEntry| policy.spec.control.draws(&self.job.key.uid);
        self.job.ours.plan.is_none() && policy.is_some_and(draws)
    }

    fn is_shadow(&self, wishes: &Wishes, now: Timestamp) -> bool {
        self.verdict.enforce.is_none()
            && self.verdict.dry_run.is_some()
            && self.job.ours.plan.is_none()
            && self.job.wishes.is_ok()
            && !(wishes.run_now || self.job.foreign || self.job.queued || self.job.held)
            && now.duration_since(self.job.created) < SHADOW_AGE
    }
}

/// The start that it was promised: as it is written on it, or was planned last where no more may be written.
fn published(job: &JobEntry, before: &Before) -> Option<Published> {
    let plan = job.ours.plan.as_ref()?;
    if plan.rewrites >= MOST_REWRITES {
        return before.starts.get(&job.key.uid).cloned();
    }
    Some(Published {
        start: plan.chosen.start,
        zones: plan.chosen.zones.iter().map(|z| z.as_str().into()).collect(),
        segments: Vec::new(),
    })
}

/// Of each policy's jobs in one namespace, those beyond `maxHeld` run at once: the newest, and first those without a plan.
fn apply_held_limit(demands: &mut [Demand], policies: &Policies) {
    let mut groups: BTreeMap<(PolicyName, Arc<str>), Vec<usize>> = BTreeMap::new();
    for (i, demand) in demands.iter().enumerate().filter(|(_, d)| d.stage == Stage::Held) {
        groups
            .entry((demand.policy.clone(), demand.job.namespace.clone()))
            .or_default()
            .push(i);
    }
    for ((policy, namespace), mut group) in groups {
        let Some(limit) = policies.get(&policy).map(|p| p.spec.max_held.max(0) as usize) else {
            continue;
        };
        if group.len() <= limit {
            continue;
        }
        group.sort_by_key(|&i| {
            (
                demands[i].published.is_none(),
                demands[i].submitted,
                demands[i].job.uid.clone(),
            )
        });
        for &i in &group[limit..] {
            demands[i].stage = Stage::MustRun {
                reason: Reason::HeldLimitReached,
                note: format!("namespace {namespace} already holds {limit} jobs, the most that policy {policy} allows"),
            };
        }
    }
}
