//! What the API server showed: of each job and pod, what happened when. Driven by watch events, and by tests without any.

use std::collections::BTreeMap;

use jiff::Timestamp;
use k8s_openapi::api::batch::v1::Job;
use k8s_openapi::api::core::v1::{Pod, PodCondition};
use kube::ResourceExt as _;
use serde::{Deserialize, Serialize};

use crate::quantity::{cores, units};
use crate::site::{GPU, Site, Terms};

/// A decision as it stands on a job in `alize.dev/plan`; only what the demo shows of it.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct Plan {
    /// The machine-readable why.
    pub reason: String,
    /// The planned start.
    pub chosen: Choice,
    /// The best start when it was planned.
    pub now: Choice,
    /// What it would emit without Alizé, as the operator estimates it, in gCO2e.
    pub baseline_grams: Option<f64>,
}

/// A start somewhere.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Choice {
    /// When.
    pub start: Timestamp,
    /// Where.
    pub zones: Vec<String>,
    /// The expected emissions in gCO2e.
    pub grams: Option<f64>,
}

/// When a job was let go.
#[derive(Clone, Copy, Debug, PartialEq, Serialize)]
pub struct Release {
    /// When it was seen.
    pub at: Timestamp,
    /// The API server's revision of it: pods of a higher revision came later, whatever the watches' order.
    pub version: u64,
}

/// What was seen of a job.
#[derive(Clone, Debug, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct Sight {
    /// What was promised to it.
    pub terms: Terms,
    /// When it was first seen.
    pub created: Timestamp,
    /// Whether it was born suspended and with the mark of a hold.
    pub held: bool,
    /// When it was released, for one that was held.
    pub released: Option<Release>,
    /// The last plan.
    pub plan: Option<Plan>,
    /// The start that the last plan before the release promised; for one released without waiting, its release.
    pub promised: Option<Timestamp>,
    /// When it completed.
    pub completed: Option<Timestamp>,
    /// Whether it failed.
    pub failed: bool,
}

/// What was seen of a pod.
#[derive(Clone, Debug, Default, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct PodSight {
    /// The job that it belongs to, as namespace/name.
    pub job: Option<String>,
    /// The API server's revision when it was first seen.
    pub version: u64,
    /// What it asks for.
    pub cores: f64,
    /// The accelerators that it asks for.
    pub gpus: f64,
    /// The zone of its node, and since when it has one.
    pub bound: Option<(String, Timestamp)>,
    /// Since when no node had room for it, and what the scheduler said.
    pub refused: Option<(Timestamp, String)>,
    /// When it was first seen running.
    pub started: Option<Timestamp>,
    /// When it was first seen ended, or gone.
    pub ended: Option<Timestamp>,
}

/// Everything that was seen.
#[derive(Clone, Debug, Default, Serialize)]
pub struct Log {
    /// The jobs by namespace/name.
    pub jobs: BTreeMap<String, Sight>,
    /// The pods of all namespaces by UID.
    pub pods: BTreeMap<String, PodSight>,
}

impl Sight {
    /// Whether it is held.
    pub fn waits(&self) -> bool {
        self.held && self.released.is_none()
    }
}

impl Log {
    /// A job appeared or changed.
    pub fn job(&mut self, job: &Job, site: &Site, now: Timestamp) {
        let name = format!("{}/{}", job.namespace().unwrap_or_default(), job.name_any());
        let suspended = job.spec.as_ref().and_then(|spec| spec.suspend).unwrap_or(false);
        let sight = self.jobs.entry(name).or_insert_with(|| Sight {
            terms: site.terms(job),
            created: now,
            held: suspended && job.labels().get("alize.dev/held").is_some_and(|mark| mark == "true"),
            released: None,
            plan: None,
            promised: None,
            completed: None,
            failed: false,
        });
        let plan = job
            .annotations()
            .get("alize.dev/plan")
            .and_then(|text| serde_json::from_str::<Plan>(text).ok());
        if let Some(plan) = plan {
            if suspended || sight.promised.is_none() {
                sight.promised = Some(plan.chosen.start);
            }
            sight.plan = Some(plan);
        }
        if sight.held && !suspended && sight.released.is_none() {
            let version = version(job.resource_version());
            sight.released = Some(Release { at: now, version });
        }
        let is = |kind: &str| {
            let conditions = job.status.as_ref().and_then(|status| status.conditions.as_ref());
            conditions.is_some_and(|all| all.iter().any(|c| c.type_ == kind && c.status == "True"))
        };
        if is("Complete") && sight.completed.is_none() {
            sight.completed = Some(now);
        }
        sight.failed |= is("Failed");
    }

    /// A pod appeared or changed.
    pub fn pod(&mut self, pod: &Pod, site: &Site, now: Timestamp) {
        let Some(uid) = pod.uid() else { return };
        let sight = self.pods.entry(uid).or_insert_with(|| first_sight(pod));
        let node = pod.spec.as_ref().and_then(|spec| spec.node_name.as_deref());
        if let Some(zone) = node
            .and_then(|node| site.zone_of(node))
            .filter(|_| sight.bound.is_none())
        {
            sight.bound = Some((zone.to_owned(), now));
        }
        let status = pod.status.as_ref();
        let conditions = status.and_then(|status| status.conditions.as_ref());
        let refused = conditions.and_then(|all| {
            let unscheduled = |c: &&PodCondition| c.reason.as_deref() == Some("Unschedulable");
            all.iter().find(unscheduled)
        });
        if let Some(condition) = refused.filter(|_| sight.refused.is_none()) {
            sight.refused = Some((now, condition.message.clone().unwrap_or_default()));
        }
        let phase = status.and_then(|status| status.phase.as_deref()).unwrap_or_default();
        if ["Running", "Succeeded", "Failed"].contains(&phase) {
            sight.started.get_or_insert(now);
        }
        if ["Succeeded", "Failed"].contains(&phase) {
            sight.ended.get_or_insert(now);
        }
    }

    /// A pod is gone.
    pub fn pod_gone(&mut self, pod: &Pod, now: Timestamp) {
        if let Some(sight) = pod.uid().and_then(|uid| self.pods.get_mut(&uid)) {
            sight.ended.get_or_insert(now);
        }
    }

    /// The pods of a job.
    pub fn pods_of<'a>(&'a self, job: &'a str) -> impl Iterator<Item = &'a PodSight> {
        self.pods.values().filter(move |pod| pod.job.as_deref() == Some(job))
    }

    /// When the first pod of a job started.
    pub fn started(&self, job: &str) -> Option<Timestamp> {
        self.pods_of(job).filter_map(|pod| pod.started).min()
    }
}

fn first_sight(pod: &Pod) -> PodSight {
    let job = pod.labels().get("batch.kubernetes.io/job-name");
    let containers = pod.spec.iter().flat_map(|spec| &spec.containers);
    let requests = containers.filter_map(|container| container.resources.as_ref()?.requests.as_ref());
    let (mut asked_cores, mut gpus) = (0.0, 0.0);
    for request in requests {
        asked_cores += request.get("cpu").map_or(0.0, |q| cores(&q.0));
        gpus += request.get(GPU).map_or(0.0, |q| units(&q.0));
    }
    PodSight {
        job: job.map(|name| format!("{}/{name}", pod.namespace().unwrap_or_default())),
        version: version(pod.resource_version()),
        cores: asked_cores,
        gpus,
        ..PodSight::default()
    }
}

/// Revisions of one API server are numbers that grow, across all kinds (they are etcd's).
fn version(text: Option<String>) -> u64 {
    text.and_then(|text| text.parse().ok()).unwrap_or(0)
}

#[cfg(test)]
pub mod tests {
    use serde_json::{Value, json};

    use super::*;
    use crate::site::tests::{job, site};

    /// An instant of the tests' day.
    pub fn at(second: i64) -> Timestamp {
        Timestamp::from_second(second).unwrap()
    }

    fn held() -> Job {
        let mut job = job("bank", &json!({}));
        job.labels_mut().insert("alize.dev/held".into(), "true".into());
        job.spec.as_mut().unwrap().suspend = Some(true);
        job
    }

    fn planned(mut job: Job, start: i64) -> Job {
        let choice = json!({"start": at(start), "zones": ["ma"]});
        let plan = json!({"reason": "WaitingForGreenerSlot", "chosen": choice, "now": choice}).to_string();
        job.annotations_mut().insert("alize.dev/plan".into(), plan);
        job
    }

    fn pod(value: &Value) -> Pod {
        let mut pod = json!({
            "metadata": {"uid": "p", "namespace": "bank", "resourceVersion": "30", "labels": {"batch.kubernetes.io/job-name": "j"}},
            "spec": {"containers": [{"name": "main", "resources": {"requests": {"cpu": "500m", GPU: "1"}}}]},
        });
        for (key, more) in value.as_object().unwrap() {
            pod[key] = more.clone();
        }
        serde_json::from_value(pod).unwrap()
    }

    #[test]
    fn the_promise_is_the_last_plan_before_the_release() {
        let mut log = Log::default();
        log.job(&planned(held(), 1030), &site(), at(1000));
        log.job(&planned(held(), 1020), &site(), at(1005));
        let mut released = planned(held(), 1021);
        released.spec.as_mut().unwrap().suspend = Some(false);
        log.job(&released, &site(), at(1021));
        log.job(&released, &site(), at(1022));
        let sight = &log.jobs["bank/j"];
        assert!(sight.held);
        assert_eq!((sight.created, sight.promised), (at(1000), Some(at(1020))));
        assert_eq!(
            sight.released,
            Some(Release {
                at: at(1021),
                version: 10
            })
        );
    }

    #[test]
    fn a_job_that_its_owner_suspended_is_not_held() {
        let mut log = Log::default();
        let mut job = held();
        job.labels_mut().clear();
        log.job(&job, &site(), at(1000));
        job.spec.as_mut().unwrap().suspend = None;
        log.job(&job, &site(), at(1010));
        assert!(!log.jobs["bank/j"].held && log.jobs["bank/j"].released.is_none());
    }

    #[test]
    fn a_pod_is_followed_from_its_refusal_to_its_end() {
        let mut log = Log::default();
        let refused = json!({"conditions": [{"type": "PodScheduled", "status": "False", "reason": "Unschedulable", "message": "full"}], "phase": "Pending"});
        log.pod(&pod(&json!({"status": refused})), &site(), at(1));
        let spec = json!({"nodeName": "ma-1", "containers": []});
        for (phase, second) in [("Pending", 2), ("Running", 3), ("Running", 4), ("Succeeded", 5)] {
            log.pod(
                &pod(&json!({"spec": spec, "status": {"phase": phase}})),
                &site(),
                at(second),
            );
        }
        log.pod_gone(&pod(&json!({})), at(6));
        let seen = log.pods_of("bank/j").next().unwrap();
        assert_eq!(
            (seen.refused.clone(), seen.bound.clone()),
            (Some((at(1), "full".to_owned())), Some(("ma".to_owned(), at(2))))
        );
        assert_eq!((seen.started, seen.ended, seen.version), (Some(at(3)), Some(at(5)), 30));
        assert!((seen.cores - 0.5).abs() < 1e-9 && (seen.gpus - 1.0).abs() < 1e-9);
    }
}
