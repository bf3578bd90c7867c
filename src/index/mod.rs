//! What the cluster says, kept small: watch events go in, a [`Picture`] for the planner comes out.
//!
//! ```text
//! Job, Pod, Node, CronJob, Namespace, our kinds --slim--> Table of entries --picture()--> Snapshot + Subjects
//! ```
//!
//! Synchronous, without a client: tests drive it with manifests that a user would write.

mod accelerators;
mod affinity;
mod before;
mod constraint;
mod cron;
mod deadline;
mod job;
mod length;
mod node;
mod offer;
mod picture;
mod placement;
mod policy;
mod quantities;
mod schedule;
mod slim;
mod table;
mod taught;
mod validity;
mod zone;

use std::collections::BTreeMap;
use std::sync::Arc;

use kube::Resource;

pub use affinity::{within_zones, zone_term};
pub use before::Before;
pub use constraint::Constraint;
pub use cron::CronEntry;
pub use deadline::Deadline;
pub use job::{JobEntry, OurState, Phase, Steering};
pub use node::{NodeEntry, PodEntry};
pub use picture::{Inputs, Picture, PodTally, Subject};
pub use policy::{Policies, PolicyEntry, Verdict};
pub use slim::{SlimCronJob, SlimJob, SlimNamespace, SlimNode, SlimPod};
pub use table::Table;
pub use taught::Taught;
pub use validity::Fault;
pub use zone::{ZoneEntry, Zones};

use crate::api::{CarbonPolicy, GridZone, HoldSwitch};

/// One event of a watch.
#[derive(Debug)]
pub enum Change<K> {
    /// A new list begins.
    Begin,
    /// An object of that list.
    Listed(K),
    /// The list is complete.
    Done,
    /// An object appeared or changed.
    Applied(K),
    /// An object is gone.
    Deleted(K),
    /// An object of this UID is there, and cannot be read: what was known of it stays.
    Unreadable(String),
}

/// Everything that is watched.
#[derive(Debug, Default)]
pub struct Index {
    deferrable: Table<Arc<JobEntry>>,
    held: Table<Arc<JobEntry>>,
    pods: Table<PodEntry>,
    nodes: Table<NodeEntry>,
    cron_jobs: Table<CronEntry>,
    namespaces: Table<(Arc<str>, BTreeMap<String, String>)>,
    policies: Table<PolicyEntry>,
    zones: Table<ZoneEntry>,
    switches: Table<Arc<HoldSwitch>>,
    finished: Vec<Arc<JobEntry>>,
}

impl Index {
    /// Jobs that carry the opt-in label.
    ///
    /// A finished job is remembered until [`Index::take_finished`], even if it is deleted at once.
    pub fn deferrable(&mut self, change: Change<SlimJob>) {
        let finished = &mut self.finished;
        feed(&mut self.deferrable, change, |job| {
            let job = Arc::new(JobEntry::read(job)?);
            if matches!(job.phase, Phase::Finished { .. }) {
                finished.push(job.clone());
            }
            Some(job)
        });
    }

    /// The jobs that were seen finished since the last call; a job may come more than once.
    pub fn take_finished(&mut self) -> Vec<Arc<JobEntry>> {
        std::mem::take(&mut self.finished)
    }

    /// Jobs that carry the mark of a hold but no longer the opt-in label: they must still be let go.
    pub fn held(&mut self, change: Change<SlimJob>) {
        feed(&mut self.held, change, |job| JobEntry::read(job).map(Arc::new));
    }

    /// Pods.
    pub fn pods(&mut self, change: Change<SlimPod>) {
        feed(&mut self.pods, change, PodEntry::read);
    }

    /// Nodes.
    pub fn nodes(&mut self, change: Change<SlimNode>) {
        feed(&mut self.nodes, change, |node| Some(NodeEntry::read(node)));
    }

    /// CronJobs.
    pub fn cron_jobs(&mut self, change: Change<SlimCronJob>) {
        feed(&mut self.cron_jobs, change, |cron| Some(CronEntry::read(&cron)));
    }

    /// Namespaces.
    pub fn namespaces(&mut self, change: Change<SlimNamespace>) {
        feed(&mut self.namespaces, change, |ns| {
            Some((
                ns.metadata.name.unwrap_or_default().into(),
                ns.metadata.labels.unwrap_or_default(),
            ))
        });
    }

    /// Policies.
    pub fn policies(&mut self, change: Change<CarbonPolicy>) {
        feed(&mut self.policies, change, |policy| {
            let (name, uid) = (policy.metadata.name.clone()?, policy.metadata.uid.clone()?);
            Some(PolicyEntry {
                name: name.into(),
                uid: uid.into(),
                spec: Arc::new(policy.spec.clone()),
                object: Arc::new(policy),
            })
        });
    }

    /// Zones.
    pub fn zones(&mut self, change: Change<GridZone>) {
        feed(&mut self.zones, change, ZoneEntry::read);
    }

    /// Switches in our namespace.
    pub fn switches(&mut self, change: Change<HoldSwitch>) {
        feed(&mut self.switches, change, |switch| Some(Arc::new(switch)));
    }

    /// Every watch, and whether it has delivered a whole list: before all have, nothing may be decided.
    pub fn watches(&self) -> [(&'static str, bool); 9] {
        [
            ("deferrable jobs", self.deferrable.is_complete()),
            ("held jobs", self.held.is_complete()),
            ("pods", self.pods.is_complete()),
            ("nodes", self.nodes.is_complete()),
            ("cronjobs", self.cron_jobs.is_complete()),
            ("namespaces", self.namespaces.is_complete()),
            ("carbonpolicies", self.policies.is_complete()),
            ("gridzones", self.zones.is_complete()),
            ("holdswitches", self.switches.is_complete()),
        ]
    }

    /// All jobs that concern us, by UID: opted in, or held.
    pub fn jobs(&self) -> impl Iterator<Item = &Arc<JobEntry>> {
        let only_held = self.held.iter().filter(|(uid, _)| self.deferrable.get(uid).is_none());
        self.deferrable.values().chain(only_held.map(|(_, job)| job))
    }

    /// All zones.
    pub fn all_zones(&self) -> impl Iterator<Item = &ZoneEntry> {
        self.zones.values()
    }

    /// All policies, valid or not.
    pub fn all_policies(&self) -> impl Iterator<Item = &PolicyEntry> {
        self.policies.values()
    }

    /// All switches.
    pub fn all_switches(&self) -> impl Iterator<Item = &Arc<HoldSwitch>> {
        self.switches.values()
    }
}

fn feed<K: Resource, T>(table: &mut Table<T>, change: Change<K>, mut read: impl FnMut(K) -> Option<T>) {
    let uid = |object: &K| object.meta().uid.as_deref().map(Arc::<str>::from);
    match change {
        Change::Begin => table.begin(),
        Change::Done => table.done(),
        Change::Listed(object) => {
            if let Some(uid) = uid(&object)
                && let Some(entry) = read(object)
            {
                table.listed(uid, entry);
            }
        }
        Change::Applied(object) => {
            if let Some(uid) = uid(&object) {
                match read(object) {
                    Some(entry) => table.apply(uid, entry),
                    None => drop(table.delete(&uid)),
                }
            }
        }
        Change::Deleted(object) => {
            if let Some(uid) = uid(&object) {
                table.delete(&uid);
            }
        }
        Change::Unreadable(uid) => table.keep(uid.into()),
    }
}

#[cfg(test)]
impl Index {
    /// The picture at `now`, by these curves, where nothing is known of the grids and nothing was planned before.
    pub(crate) fn picture_by(&self, curves: &crate::learn::Curves, now: jiff::Timestamp) -> Picture {
        self.picture(&Inputs {
            now,
            outlooks: std::collections::BTreeMap::new(),
            curves,
            before: &Before::default(),
            power: |_| crate::units::Watts(100.0),
            releases_per_second: None,
            release_lead: jiff::SignedDuration::ZERO,
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::learn::Curves;
    use crate::planner::Stage;

    fn of<K: serde::de::DeserializeOwned>(yaml: &str) -> K {
        serde_saphyr::from_str(yaml).unwrap()
    }

    #[test]
    fn the_cordon_of_the_only_node_lets_no_held_job_go() {
        let mut index = Index::default();
        index.nodes(Change::Applied(of("metadata: {name: n, uid: n, labels: {zone: a}}\n\
             spec: {unschedulable: true, taints: [{key: node.kubernetes.io/unschedulable, effect: NoSchedule}]}\n\
             status: {allocatable: {cpu: '10', memory: 100Gi}, conditions: [{type: Ready, status: 'True'}]}")));
        index.zones(Change::Applied(of(
            "metadata: {name: a, uid: a}\nspec: {nodeSelector: {matchLabels: {zone: a}}, sources: []}",
        )));
        index.policies(Change::Applied(of(
            "metadata: {name: p, uid: p}\nspec: {mode: Enforce, placement: {zones: [a]}}",
        )));
        index.held(Change::Applied(of(
            "metadata: {name: j, namespace: team, uid: j, resourceVersion: '1', creationTimestamp: '2026-11-23T00:00:00Z', \
             labels: {alize.dev/held: 'true'}}\n\
             spec: {suspend: true, template: {spec: {containers: [{resources: {requests: {cpu: '2'}}}]}}}\nstatus: {}",
        )));
        let picture = index.picture_by(&Curves::default(), "2026-11-23T00:01:00Z".parse().unwrap());
        let (demand, zone) = (&picture.snapshot.demands[0], &picture.snapshot.zones[&"a".into()]);
        assert_eq!(
            (&demand.stage, demand.placement.zones()),
            (&Stage::Held, &["a".into()][..])
        );
        assert_eq!(zone.capacity.cpu_milli, 0);
        assert_eq!(zone.when_empty.unwrap().cpu_milli, 10_000);
    }
}
