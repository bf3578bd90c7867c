//! Watching the API server as somebody who is not the operator.

use std::collections::BTreeMap;
use std::future::Future;
use std::sync::{Arc, Mutex};
use std::time::{Duration, Instant};

use futures::StreamExt;
use jiff::Timestamp;
use k8s_openapi::api::batch::v1::Job;
use k8s_openapi::api::core::v1::Pod;
use kube::runtime::watcher;
use kube::{Api, Client, ResourceExt};
use testbed::product::Operator;
use tokio::task::JoinSet;

use super::scene::SOON;

/// What was seen of one job.
#[derive(Clone, Debug, Default)]
pub struct Sight {
    /// Every state of its `suspend`, with the time at which it was seen.
    pub suspend: Vec<(Timestamp, bool)>,
    /// When its first pod was seen.
    pub first_pod: Option<Timestamp>,
    /// The names of all its pods.
    pub pods: Vec<String>,
    /// The nodes of its pods.
    pub nodes: Vec<String>,
    /// Whether it has completed.
    pub completed: bool,
    /// Whether it was deleted before it had.
    pub deleted_unfinished: bool,
    /// Every plan annotation.
    pub plans: Vec<String>,
}

impl Sight {
    /// When it was seen released.
    pub fn released(&self) -> Option<Timestamp> {
        let held = self.suspend.iter().position(|(_, suspended)| *suspended)?;
        self.suspend[held..]
            .iter()
            .find(|(_, suspended)| !suspended)
            .map(|(at, _)| *at)
    }

    /// How often `suspend` went from true to false.
    pub fn releases(&self) -> usize {
        self.suspend.windows(2).filter(|pair| pair[0].1 && !pair[1].1).count()
    }
}

/// Watches all jobs and pods of a namespace, from before they exist.
pub struct Observer {
    sights: Arc<Mutex<BTreeMap<String, Sight>>>,
    _tasks: JoinSet<()>,
}

impl Observer {
    /// Begins to watch.
    pub async fn start(client: &Client, namespace: &str) -> Self {
        let sights: Arc<Mutex<BTreeMap<String, Sight>>> = Arc::default();
        let mut tasks = JoinSet::new();
        let (ready, mut is_ready) = tokio::sync::mpsc::channel(2);
        tasks.spawn(jobs(
            Api::namespaced(client.clone(), namespace),
            sights.clone(),
            ready.clone(),
        ));
        tasks.spawn(pods(Api::namespaced(client.clone(), namespace), sights.clone(), ready));
        is_ready.recv().await;
        is_ready.recv().await;
        Self { sights, _tasks: tasks }
    }

    /// What was seen of the job of this name.
    pub fn job(&self, name: &str) -> Sight {
        self.sights.lock().unwrap().get(name).cloned().unwrap_or_default()
    }

    /// What was seen of all jobs.
    pub fn all(&self) -> BTreeMap<String, Sight> {
        self.sights.lock().unwrap().clone()
    }
}

async fn jobs(api: Api<Job>, sights: Arc<Mutex<BTreeMap<String, Sight>>>, ready: tokio::sync::mpsc::Sender<()>) {
    let mut stream = std::pin::pin!(watcher(api, watcher::Config::default()));
    while let Some(event) = stream.next().await {
        match event.unwrap() {
            watcher::Event::InitDone => ready.send(()).await.unwrap(),
            watcher::Event::InitApply(job) | watcher::Event::Apply(job) => {
                let mut sights = sights.lock().unwrap();
                let sight = sights.entry(job.name_any()).or_default();
                let suspended = job.spec.as_ref().and_then(|spec| spec.suspend).unwrap_or(false);
                if sight.suspend.last().map(|(_, last)| *last) != Some(suspended) {
                    sight.suspend.push((Timestamp::now(), suspended));
                }
                sight.completed |= job
                    .status
                    .as_ref()
                    .is_some_and(|status| status.completion_time.is_some());
                if let Some(plan) = job.annotations().get("alize.dev/plan")
                    && sight.plans.last() != Some(plan)
                {
                    sight.plans.push(plan.clone());
                }
            }
            watcher::Event::Delete(job) => {
                let mut sights = sights.lock().unwrap();
                let sight = sights.entry(job.name_any()).or_default();
                sight.deleted_unfinished |= !sight.completed;
            }
            watcher::Event::Init => {}
        }
    }
}

async fn pods(api: Api<Pod>, sights: Arc<Mutex<BTreeMap<String, Sight>>>, ready: tokio::sync::mpsc::Sender<()>) {
    let mut stream = std::pin::pin!(watcher(api, watcher::Config::default()));
    while let Some(event) = stream.next().await {
        match event.unwrap() {
            watcher::Event::InitDone => ready.send(()).await.unwrap(),
            watcher::Event::InitApply(pod) | watcher::Event::Apply(pod) => {
                let Some(job) = pod.labels().get("batch.kubernetes.io/job-name").cloned() else {
                    continue;
                };
                let mut sights = sights.lock().unwrap();
                let sight = sights.entry(job).or_default();
                sight.first_pod.get_or_insert(Timestamp::now());
                if !sight.pods.contains(&pod.name_any()) {
                    sight.pods.push(pod.name_any());
                }
                if let Some(node) = pod.spec.as_ref().and_then(|spec| spec.node_name.clone())
                    && !sight.nodes.contains(&node)
                {
                    sight.nodes.push(node);
                }
            }
            _ => {}
        }
    }
}

/// Asks again and again until there is an answer; panics with `what` when there is none in time.
pub async fn eventually<T, F: Future<Output = Option<T>>>(
    what: &str,
    within: Duration,
    mut ask: impl FnMut() -> F,
) -> T {
    let started = Instant::now();
    loop {
        if let Some(answer) = ask().await {
            return answer;
        }
        assert!(started.elapsed() < within, "waited {within:?} in vain: {what}");
        tokio::time::sleep(Duration::from_millis(100)).await;
    }
}

/// Waits until the operator's metrics show all these lines: it counts after it has written, so what it wrote is seen first.
pub async fn counted(operator: &Operator, lines: &[&str]) {
    eventually(&format!("the metrics say {lines:?}"), SOON, || async {
        let metrics = operator.get("/metrics").unwrap().1;
        let shown = |line: &&str| metrics.lines().any(|shown| shown == *line);
        lines.iter().all(shown).then_some(())
    })
    .await;
}
