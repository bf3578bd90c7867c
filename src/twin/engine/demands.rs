//! Jobs as the planner sees them.

use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;

use jiff::{SignedDuration, Timestamp};

use super::work::{Stage, Work};
use crate::api::Strategy;
use crate::planner::{self, Demand, Freedom, Length, LengthSource, Placement, Progress, Reason, Rules, Scaling};
use crate::twin::amounts::request;
use crate::twin::baseline::home;
use crate::twin::chains::Chains;
use crate::twin::knowledge::{Knowledge, Known};
use crate::twin::outcome::Segment;
use crate::twin::policy::Policy;
use crate::twin::series::{Ms, instant, ms};
use crate::twin::world::{Home, Job, Lengths, World};
use crate::units::{JobKey, PolicyName, Signal, Watts, ZoneName};

/// What the planner is told of each job, as far as it does not change.
#[derive(Debug)]
pub(super) struct Demands<'w> {
    world: &'w World,
    chains: Chains,
    keys: Vec<JobKey>,
    zone_names: Vec<ZoneName>,
    /// By job: who decides for it; `None`: nobody.
    masters: Vec<Option<Master>>,
    /// The same of the jobs of the history.
    past: Vec<Option<Master>>,
    rules: BTreeMap<PolicyName, Rules>,
    signals: Vec<Signal>,
}

/// Who decides for a job.
#[derive(Clone, Debug)]
struct Master {
    /// The name of its rules.
    rules: PolicyName,
    /// The zones that it allows, home first.
    zones: Vec<usize>,
    longest_wait: Ms,
    /// What to assume of a length of which nothing is known.
    assumed: Ms,
    time_only: bool,
    /// Whether it is drawn to run at once, to measure what waiting saves.
    control: bool,
}

impl<'w> Demands<'w> {
    /// The jobs of a world under policies.
    pub(super) fn of(world: &'w World, policies: &[Policy]) -> Self {
        let mut rules = BTreeMap::new();
        let mut master = |job: &Job| {
            let policy = Policy::of_job(policies, job)?;
            // A job's own priority counts within its policy's.
            let name = match job.priority {
                0 => policy.name.clone(),
                own => PolicyName::from(format!("{}, priority {own}", policy.name)),
            };
            let priority = policy.spec.priority.saturating_add(job.priority);
            rules.entry(name.clone()).or_insert_with(|| Rules {
                priority,
                ..policy.rules()
            });
            Some(Master {
                rules: name,
                zones: policy.zones(job, world),
                longest_wait: job.max_delay.min(ms(policy.spec.delay.max.0)),
                assumed: ms(policy.spec.estimates.duration.0),
                time_only: policy.spec.placement.strategy == Strategy::TimeOnly,
                control: policy.spec.control.draws(&format!("{}/{}", world.seed, job.id)),
            })
        };
        let masters = world.jobs.iter().map(&mut master).collect();
        let past = world.history.iter().map(&mut master).collect();
        let signals: BTreeSet<Signal> = rules.values().map(|rules| rules.signal).collect();
        Self {
            world,
            chains: Chains::of(world),
            keys: keys(world),
            zone_names: world.zones.iter().map(|zone| zone.name.as_str().into()).collect(),
            masters,
            past,
            rules,
            signals: signals.into_iter().chain([Signal::CarbonIntensity]).collect(),
        }
    }

    /// The rules of all policies.
    pub(super) fn rules(&self) -> &BTreeMap<PolicyName, Rules> {
        &self.rules
    }

    /// The jobs that come after this one.
    pub(super) fn after(&self, job: usize) -> &[usize] {
        self.chains.after(job)
    }

    /// The names of the zones, by number.
    pub(super) fn zone_names(&self) -> &[ZoneName] {
        &self.zone_names
    }

    /// The signals that the policies minimise, and the intensity.
    pub(super) fn signals(&self) -> &[Signal] {
        &self.signals
    }

    /// Whether this is the key of that job.
    pub(super) fn is(&self, job: usize, key: &JobKey) -> bool {
        self.keys[job].uid == key.uid
    }

    /// Whether a policy decides for it.
    pub(super) fn managed(&self, job: usize) -> bool {
        self.masters[job].is_some()
    }

    /// Whether it is drawn to run at once.
    fn is_control(&self, job: usize) -> bool {
        self.masters[job].as_ref().is_some_and(|master| master.control)
    }

    /// The zones that it may run in, home first.
    pub(super) fn zones(&self, job: usize) -> &[usize] {
        self.masters[job]
            .as_ref()
            .map_or(&self.world.jobs[job].zones, |master| &master.zones)
    }

    /// Whether it runs where nobody shifts it.
    pub(super) fn stays_home(&self, job: usize) -> bool {
        stays_home(&self.world.jobs[job], self.masters[job].as_ref())
    }

    /// Whether anything is left to decide once it runs.
    pub(super) fn open_while_running(&self, job: usize) -> bool {
        let own = &self.world.jobs[job];
        is_free(self.masters[job].as_ref()) && (own.pausing.is_some() || own.scaling.len() > 1)
    }

    /// The course of a job that nobody decides for: as soon as it can, at home.
    pub(super) fn unmanaged_course(&self, job: usize, ready: Ms) -> Segment {
        Segment {
            zone: home(&self.world.jobs[job]),
            start: ready,
            end: Ms::MAX,
            step: 0,
        }
    }

    /// How long it runs, as far as that is known or assumed.
    pub(super) fn length(&self, knowledge: &Knowledge<'_>, job: usize, done: Ms) -> Known {
        let assumed = self.masters[job].as_ref().map_or(0, |master| master.assumed).max(done);
        knowledge.length(job, done).unwrap_or(Known {
            expected: assumed,
            upper: assumed,
        })
    }

    /// The last start that its waiting, its deadline and those of the jobs after it allow.
    pub(super) fn latest_start(&self, knowledge: &Knowledge<'_>, job: usize, ready: Ms) -> Ms {
        let own = &self.world.jobs[job];
        let longest = self.masters[job]
            .as_ref()
            .map_or(own.max_delay, |master| master.longest_wait);
        let by_wait = ready.saturating_add(longest);
        let upper = self.length(knowledge, job, 0).upper;
        let by = own.finish_by.unwrap_or(Ms::MAX).min(self.end_of_data(job));
        let by = by.min(self.chains.wanted_as_known(self.world, job));
        by_wait.min(by - upper)
    }

    /// When a job of unknown length should have ended, because nothing is known of any of its zones afterwards. Of a known length
    /// the planner itself sees to that, zone by zone.
    fn end_of_data(&self, job: usize) -> Ms {
        if self.world.lengths == Lengths::Known {
            return Ms::MAX;
        }
        let ends = self
            .zones(job)
            .iter()
            .map(|zone| self.world.zones[*zone].intensity.end());
        ends.max().unwrap_or(Ms::MAX)
    }

    /// What the planner is told of a job now.
    pub(super) fn demand(&self, knowledge: &Knowledge<'_>, work: &Work, job: usize, now: Ms) -> Demand {
        let own = &self.world.jobs[job];
        let window = (work.ready.max(own.submit), work.latest_start);
        let mut demand = self.told(own, self.keys[job].clone(), self.masters[job].as_ref(), window);
        self.renew(&mut demand, knowledge, work, job, now);
        demand
    }

    /// What the planner was told of the jobs of the history, as far as they teach what is to come.
    pub(super) fn past(&self) -> impl Iterator<Item = Demand> + '_ {
        let jobs = self.world.history.iter().zip(&self.past);
        jobs.map(|(job, master)| {
            let key = JobKey {
                namespace: job.namespace.as_str().into(),
                name: job.id.as_str().into(),
                uid: job.id.as_str().into(),
            };
            let longest = master.as_ref().map_or(job.max_delay, |master| master.longest_wait);
            let by = job.finish_by.map_or(Ms::MAX, |by| by - job.length);
            let mut demand = self.told(job, key, master.as_ref(), (job.submit, (job.submit + longest).min(by)));
            demand.length.expected = SignedDuration::from_millis(job.length);
            demand.length.upper = demand.length.expected;
            demand
        })
    }

    /// What does not change in the life of a job; `window` is when it could start, and its latest start.
    fn told(&self, job: &Job, key: JobKey, master: Option<&Master>, window: (Ms, Ms)) -> Demand {
        let steps = job.scaling.clone();
        let is_free = is_free(master);
        Demand {
            job: key,
            policy: master.map_or_else(|| PolicyName::from("none"), |master| master.rules.clone()),
            stage: planner::Stage::Held,
            submitted: self.instant(window.0),
            latest_start: self.instant(window.1),
            finish_by: job.finish_by.map(|by| self.instant(by)),
            length: Length {
                expected: SignedDuration::ZERO,
                upper: SignedDuration::ZERO,
                source: match self.world.lengths {
                    Lengths::Known => LengthSource::Annotation,
                    Lengths::Learned | Lengths::Mean => LengthSource::Learned,
                },
            },
            watts: Watts(job.kilowatts * 1000.0),
            request: request(&job.need),
            placement: self.placement(job, master),
            published: None,
            curve: None,
            gpu_model: job.gpu_model.clone(),
            freedom: Freedom {
                pausing: job.pausing.filter(|_| is_free),
                scaling: (steps.len() > 1 && is_free).then_some(Scaling { steps }),
            },
            progress: Progress::default(),
        }
    }

    /// Brings up to date what changes in the life of a job.
    pub(super) fn renew(&self, demand: &mut Demand, knowledge: &Knowledge<'_>, work: &Work, job: usize, now: Ms) {
        let done = work.done_at(now, &self.world.jobs[job]);
        let known = self.length(knowledge, job, done as Ms);
        demand.length.expected = SignedDuration::from_millis(known.expected);
        demand.length.upper = SignedDuration::from_millis(known.upper);
        demand.published.clone_from(&work.published);
        demand.curve = knowledge.curve(job);
        demand.progress = Progress {
            done: SignedDuration::from_micros((done * 1000.0) as i64),
            pauses: work.pauses,
        };
        if let (Stage::Pending, Some(zone)) = (work.stage, self.stays_in(work, job)) {
            demand.placement = Placement::Choose(vec![self.zone_names[zone].clone()]);
        }
        demand.stage = match work.stage {
            Stage::Running => planner::Stage::Running {
                started: self.instant(work.since),
                zone: work.place.map(|zone| self.zone_names[zone].clone()),
            },
            Stage::Paused => match work.place {
                Some(zone) => planner::Stage::Paused {
                    zone: self.zone_names[zone].clone(),
                },
                None => planner::Stage::Held,
            },
            Stage::Pending => planner::Stage::MustRun {
                reason: Reason::WaitingForCapacity,
                note: String::new(),
            },
            Stage::Held if self.is_control(job) => planner::Stage::MustRun {
                reason: Reason::ControlGroup,
                note: String::new(),
            },
            Stage::Coming | Stage::Held | Stage::Done => planner::Stage::Held,
        };
    }

    /// The zone that a job has run in and may not leave.
    fn stays_in(&self, work: &Work, job: usize) -> Option<usize> {
        let may_move = self.world.jobs[job].pausing?.migration_cost.is_some();
        work.place.filter(|_| !may_move)
    }

    fn placement(&self, job: &Job, master: Option<&Master>) -> Placement {
        let names = |zones: &[usize]| zones.iter().map(|zone| self.zone_names[*zone].clone()).collect();
        let zones = master.map_or(&job.zones, |master| &master.zones);
        match job.home {
            Home::Zone(zone) if stays_home(job, master) => Placement::Choose(names(&[zone])),
            Home::Spread if stays_home(job, master) => Placement::Somewhere(names(zones)),
            _ => Placement::Choose(names(zones)),
        }
    }

    /// An instant of the planner.
    pub(super) fn instant(&self, at: Ms) -> Timestamp {
        instant(self.world.start, at)
    }
}

/// Whether when it runs, and in which pieces, is decided at all.
fn is_free(master: Option<&Master>) -> bool {
    master.is_some_and(|master| !master.control)
}

/// Nobody decides for it, or only when it runs, and where it is at home it may run.
fn stays_home(job: &Job, master: Option<&Master>) -> bool {
    master.is_none_or(|master| (master.time_only || master.control) && master.zones.len() == job.zones.len())
}

fn keys(world: &World) -> Vec<JobKey> {
    let mut namespaces: BTreeMap<&str, Arc<str>> = BTreeMap::new();
    let key = |job: &Job, namespace: Arc<str>| {
        let name: Arc<str> = job.id.as_str().into();
        JobKey {
            namespace,
            uid: name.clone(),
            name,
        }
    };
    let mut keys = Vec::with_capacity(world.jobs.len());
    for job in &world.jobs {
        let namespace = namespaces
            .entry(&job.namespace)
            .or_insert_with(|| job.namespace.as_str().into());
        keys.push(key(job, namespace.clone()));
    }
    keys
}
