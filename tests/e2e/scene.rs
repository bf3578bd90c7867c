//! What the tests have in common: a namespace, a policy, forecasts and an operator.

use std::time::Duration;

use jiff::{SignedDuration, Timestamp};
use k8s_openapi::api::batch::v1::Job;
use k8s_openapi::api::core::v1::{ConfigMap, Namespace, Pod};
use k8s_openapi::api::events::v1::Event;
use kube::api::{DeleteParams, ListParams, Patch, PatchParams, PostParams};
use kube::{Api, Client};
use serde_json::{Value, json};
use testbed::product::{NAMESPACE, Operator};
use tokio::sync::MutexGuard;

use super::cluster::{Stage, client, turn};
use super::jobs::Draft;
use super::watching::{Observer, eventually};
use alize::api::{CarbonPolicy, EmissionsReport, EmissionsReportStatus, HoldSwitch, PlanRecord};

/// Long enough for anything that should happen soon on a busy machine.
pub const SOON: Duration = Duration::from_secs(20);

/// The slots of the forecasts here.
pub const SLOT: SignedDuration = SignedDuration::from_secs(3);

/// One test's place.
pub struct Scene {
    pub stage: &'static Stage,
    pub client: Client,
    pub namespace: String,
    pub jobs: Api<Job>,
    pub observer: Observer,
    _turn: MutexGuard<'static, ()>,
}

impl Drop for Scene {
    /// The namespace goes with the scene; a test that fails shows what the operators said.
    fn drop(&mut self) {
        let _ = self
            .stage
            .product
            .kubectl(&["delete", "namespace", &self.namespace, "--wait=false"]);
        if std::thread::panicking() {
            let log = self.stage.product.log(&format!("operator-{}", self.namespace));
            let text = std::fs::read_to_string(log).unwrap_or_default();
            let lines: Vec<&str> = text.lines().collect();
            eprintln!(
                "--- the operator's log:\n{}",
                lines[lines.len().saturating_sub(60)..].join("\n")
            );
        }
    }
}

impl Scene {
    /// A namespace of this name, in which nothing is selected yet. Whatever an earlier test left is removed.
    pub async fn new(name: &str) -> Self {
        let (stage, turn) = turn().await;
        let client = client(stage).await;
        let policies: Api<CarbonPolicy> = Api::all(client.clone());
        policies
            .delete_collection(&DeleteParams::default(), &ListParams::default())
            .await
            .unwrap();
        let switches: Api<HoldSwitch> = Api::namespaced(client.clone(), NAMESPACE);
        switches
            .delete_collection(&DeleteParams::default(), &ListParams::default())
            .await
            .unwrap();
        stage
            .product
            .kubectl(&["delete", "lease", "--namespace", NAMESPACE, "--all"])
            .unwrap();
        stage
            .product
            .kubectl(&["uncordon", "--selector", "topology.kubernetes.io/zone"])
            .unwrap();
        let namespace = json!({"apiVersion": "v1", "kind": "Namespace", "metadata": {"name": name}});
        let namespaces: Api<Namespace> = Api::all(client.clone());
        namespaces
            .create(&PostParams::default(), &serde_json::from_value(namespace).unwrap())
            .await
            .unwrap();
        let jobs = Api::namespaced(client.clone(), name);
        let observer = Observer::start(&client, name).await;
        Self {
            stage,
            client,
            namespace: name.to_owned(),
            jobs,
            observer,
            _turn: turn,
        }
    }

    /// An operator named after the scene.
    pub fn operator(&self) -> Operator {
        self.operator_named(&format!("operator-{}", self.namespace), &[])
    }

    /// An operator of this name with more arguments.
    pub fn operator_named(&self, identity: &str, args: &[&str]) -> Operator {
        self.stage
            .product
            .operator(identity, args)
            .unwrap_or_else(|error| panic!("{error}"))
    }

    /// An Enforce policy for this namespace, with `more` merged into its spec; returns once new jobs are held.
    pub async fn enforce(&self, more: Value) {
        self.policy(&self.namespace, "Enforce", more).await;
        self.until_armed(&self.namespace).await;
    }

    /// A policy of this name for this namespace.
    pub async fn policy(&self, name: &str, mode: &str, more: Value) {
        let mut spec = json!({
            "mode": mode,
            "namespaceSelector": {"matchLabels": {"kubernetes.io/metadata.name": self.namespace}},
            "delay": {"max": "10m"},
        });
        merge(&mut spec, more);
        let policy = json!({"apiVersion": "alize.dev/v1alpha1", "kind": "CarbonPolicy", "metadata": {"name": name}, "spec": spec});
        let params = PatchParams::apply("test").force();
        let policies: Api<CarbonPolicy> = Api::all(self.client.clone());
        policies.patch(name, &params, &Patch::Apply(&policy)).await.unwrap();
    }

    /// Waits until the switch of this policy is armed, and the admission policy has seen it.
    pub async fn until_armed(&self, policy: &str) {
        let switches: Api<HoldSwitch> = Api::namespaced(self.client.clone(), NAMESPACE);
        eventually("the HoldSwitch is armed", SOON, || async {
            switches.get_opt(policy).await.unwrap()?.status?.armed.then_some(())
        })
        .await;
        // A dry run shows whether the API server's own watch has caught up.
        let params = PostParams {
            dry_run: true,
            ..PostParams::default()
        };
        let probe = super::jobs::job("probe").build();
        eventually("a new job would be held", SOON, || async {
            let job = self.jobs.create(&params, &probe).await.unwrap();
            job.spec.unwrap().suspend.filter(|suspended| *suspended)
        })
        .await;
    }

    /// Forecasts for zones, one value a slot from `start` on.
    pub async fn forecast(&self, start: Timestamp, slot: SignedDuration, zones: &[(&str, &[f64])]) {
        self.forecast_issued(Timestamp::now(), start, slot, zones).await;
    }

    /// As [`Scene::forecast`], issued at a time of its own.
    pub async fn forecast_issued(
        &self,
        issued: Timestamp,
        start: Timestamp,
        slot: SignedDuration,
        zones: &[(&str, &[f64])],
    ) {
        let series = |values: &[f64]| {
            let point = |(i, value): (usize, &f64)| {
                let from = start + slot * i32::try_from(i).unwrap();
                json!({"start": from, "end": from + slot, "value": value})
            };
            json!({"issuedAt": issued, "source": "test", "points": values.iter().enumerate().map(point).collect::<Vec<_>>()}).to_string()
        };
        let data: serde_json::Map<String, Value> = zones
            .iter()
            .map(|(zone, values)| (format!("{zone}.json"), json!(series(values))))
            .collect();
        let map = json!({"apiVersion": "v1", "kind": "ConfigMap", "metadata": {"name": "forecast"}, "data": data});
        let maps: Api<ConfigMap> = Api::namespaced(self.client.clone(), NAMESPACE);
        let params = PatchParams::apply("test").force();
        maps.patch("forecast", &params, &Patch::Apply(&map)).await.unwrap();
    }

    /// The same everywhere and always: nothing is gained by waiting.
    pub async fn flat(&self) {
        let flat = vec![400.0; 200];
        self.forecast(Timestamp::now(), SLOT, &[("ma", &flat), ("es", &flat), ("fr", &flat)])
            .await;
    }

    /// One green slot in one zone, so many slots from now; returns its start.
    pub async fn valley(&self, zone: &str, ahead: usize) -> Timestamp {
        let start = Timestamp::from_second(Timestamp::now().as_second()).unwrap();
        let flat = vec![400.0; 200];
        let mut green = flat.clone();
        green[ahead] = 50.0;
        let of = |name: &str| {
            if name == zone {
                green.as_slice()
            } else {
                flat.as_slice()
            }
        };
        self.forecast(start, SLOT, &[("ma", of("ma")), ("es", of("es")), ("fr", of("fr"))])
            .await;
        start + SLOT * i32::try_from(ahead).unwrap()
    }

    /// Ever greener in all zones: everything waits for as long as it may.
    pub async fn greener_later(&self) {
        let falling: Vec<f64> = (0..3000).map(|i| 900.0 - 0.25 * f64::from(i)).collect();
        self.forecast(
            Timestamp::now(),
            SLOT,
            &[("ma", &falling), ("es", &falling), ("fr", &falling)],
        )
        .await;
    }

    /// Waits for an annotation on the job.
    pub async fn annotated(&self, name: &str, key: &str) -> String {
        eventually(&format!("{key} on {name}"), SOON, || async {
            annotation(&self.get(name).await, key).map(str::to_owned)
        })
        .await
    }

    /// Waits for the report of this namespace with one job in it.
    pub async fn report(&self) -> EmissionsReportStatus {
        self.report_of(1).await
    }

    /// Waits for the report of this namespace with so many jobs in it.
    pub async fn report_of(&self, jobs: i64) -> EmissionsReportStatus {
        let api: Api<EmissionsReport> = Api::namespaced(self.client.clone(), &self.namespace);
        eventually("the report", SOON, || async {
            let status = api.list(&ListParams::default()).await.unwrap().items.pop()?.status?;
            (status.jobs >= jobs).then_some(status)
        })
        .await
    }

    /// Runs a command of ours as an administrator.
    pub fn alize(&self, args: &[&str]) -> Result<String, testbed::Error> {
        self.stage.product.run_as(&self.stage.cluster.kubeconfig, args)
    }

    /// A pod of somebody else's on this node, taking so many cores.
    pub async fn occupy(&self, node: &str, cores: &str) {
        let container =
            json!({"name": "main", "image": "example.org/other:1", "resources": {"requests": {"cpu": cores}}});
        let pod = json!({
            "apiVersion": "v1",
            "kind": "Pod",
            "metadata": {"name": format!("other-{node}")},
            "spec": {"nodeName": node, "containers": [container]},
        });
        let pods: Api<Pod> = Api::namespaced(self.client.clone(), &self.namespace);
        pods.create(&PostParams::default(), &serde_json::from_value(pod).unwrap())
            .await
            .unwrap();
    }

    /// Ends what [`occupy`](Self::occupy) put on a node.
    pub async fn vacate(&self, node: &str) {
        let pods: Api<Pod> = Api::namespaced(self.client.clone(), &self.namespace);
        let at_once = DeleteParams::default().grace_period(0);
        pods.delete(&format!("other-{node}"), &at_once).await.unwrap();
    }

    /// Creates a job.
    pub async fn create(&self, draft: Draft) -> Job {
        self.jobs.create(&PostParams::default(), &draft.build()).await.unwrap()
    }

    /// The job as it is now.
    pub async fn get(&self, name: &str) -> Job {
        self.jobs.get(name).await.unwrap()
    }

    /// Waits until the job has a plan of its own, and returns it.
    pub async fn planned(&self, name: &str) -> PlanRecord {
        eventually(&format!("a plan on {name}"), SOON, || async {
            plan(&self.get(name).await)
        })
        .await
    }

    /// Waits until the job is released, as the watch sees it.
    pub async fn released(&self, name: &str, within: Duration) -> Timestamp {
        eventually(&format!("{name} is released"), within, || async {
            self.observer.job(name).released()
        })
        .await
    }

    /// Waits until the job has completed.
    pub async fn completed(&self, name: &str, within: Duration) -> Job {
        eventually(&format!("{name} completes"), within, || async {
            let job = self.get(name).await;
            (job.status.as_ref()?.succeeded? > 0 && job.status.as_ref()?.completion_time.is_some()).then_some(job)
        })
        .await
    }

    /// The events of the job, as (reason, note).
    pub async fn events(&self, name: &str) -> Vec<(String, String)> {
        let events: Api<Event> = Api::namespaced(self.client.clone(), &self.namespace);
        let list = events.list(&ListParams::default()).await.unwrap();
        let ours = list.items.into_iter().filter(|event| {
            event
                .regarding
                .as_ref()
                .is_some_and(|r| r.name.as_deref() == Some(name))
                && event.reporting_controller.as_deref() == Some("alize.dev/operator")
        });
        ours.map(|event| (event.reason.unwrap_or_default(), event.note.unwrap_or_default()))
            .collect()
    }

    /// Waits for the first event on a zone, as (reason, note).
    pub async fn event_on_zone(&self, name: &str) -> (String, String) {
        let events: Api<Event> = Api::namespaced(self.client.clone(), "default");
        let params = ListParams::default().fields(&format!("regarding.kind=GridZone,regarding.name={name}"));
        eventually(&format!("an event on the zone {name}"), SOON, || async {
            let mut events = events.list(&params).await.unwrap().items;
            events.sort_by_key(|event| event.event_time.as_ref().map(|time| time.0));
            let first = events.into_iter().next()?;
            Some((first.reason?, first.note?))
        })
        .await
    }

    /// Waits for an event of this reason.
    pub async fn event(&self, name: &str, reason: &str) -> String {
        eventually(&format!("an event {reason} on {name}"), SOON, || async {
            self.events(name)
                .await
                .into_iter()
                .find(|(r, _)| r == reason)
                .map(|(_, note)| note)
        })
        .await
    }

    /// Waits for an event with these words.
    pub async fn event_saying(&self, name: &str, words: &str) {
        eventually(&format!("an event on {name} that says {words:?}"), SOON, || async {
            self.events(name)
                .await
                .iter()
                .any(|(_, note)| note.contains(words))
                .then_some(())
        })
        .await;
    }

    /// Merges a patch into the job, as its owner does.
    pub async fn patch(&self, name: &str, patch: Value) -> Job {
        self.jobs
            .patch(name, &PatchParams::default(), &Patch::Merge(&patch))
            .await
            .unwrap()
    }
}

/// The job's own plan.
pub fn plan(job: &Job) -> Option<PlanRecord> {
    let annotation = job.metadata.annotations.as_ref()?.get("alize.dev/plan")?;
    PlanRecord::read(Some(annotation), job.metadata.uid.as_deref()?)
}

/// Whether the job is suspended and carries the mark.
pub fn is_held(job: &Job) -> bool {
    let mark = job
        .metadata
        .labels
        .as_ref()
        .and_then(|labels| labels.get("alize.dev/held"));
    job.spec.as_ref().and_then(|spec| spec.suspend) == Some(true) && mark.is_some_and(|mark| mark == "true")
}

/// An annotation of the job.
pub fn annotation<'a>(job: &'a Job, key: &str) -> Option<&'a str> {
    job.metadata.annotations.as_ref()?.get(key).map(String::as_str)
}

fn merge(into: &mut Value, from: Value) {
    match (into, from) {
        (Value::Object(into), Value::Object(from)) => {
            for (key, value) in from {
                merge(into.entry(key).or_insert(Value::Null), value);
            }
        }
        (into, from) => *into = from,
    }
}
