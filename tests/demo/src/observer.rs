//! Watches all jobs and pods from before the first of them exists: an observer that is not the operator.

use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use futures::StreamExt as _;
use jiff::Timestamp;
use k8s_openapi::api::batch::v1::Job;
use k8s_openapi::api::core::v1::Pod;
use kube::runtime::{WatchStreamExt as _, watcher};
use kube::{Api, Client, Resource as _};
use testbed::product::NAMESPACE;
use tokio::sync::mpsc::{Sender, channel};
use tokio::task::JoinSet;

use crate::log::Log;
use crate::site::Site;

/// A running observation. It ends with the value.
pub struct Observer {
    log: Arc<Mutex<Log>>,
    _watches: JoinSet<()>,
}

impl Observer {
    /// Begins to watch, and returns once both watches stand.
    pub async fn start(client: &Client, site: &Arc<Site>) -> Self {
        let log: Arc<Mutex<Log>> = Arc::default();
        let mut watches = JoinSet::new();
        let (ready, mut stands) = channel(2);
        watches.spawn(jobs(client.clone(), log.clone(), site.clone(), ready.clone()));
        watches.spawn(pods(client.clone(), log.clone(), site.clone(), ready));
        stands.recv().await;
        stands.recv().await;
        Self { log, _watches: watches }
    }

    /// What was seen so far.
    pub fn log(&self) -> MutexGuard<'_, Log> {
        lock(&self.log)
    }
}

fn lock(log: &Mutex<Log>) -> MutexGuard<'_, Log> {
    log.lock().unwrap_or_else(PoisonError::into_inner)
}

async fn jobs(client: Client, log: Arc<Mutex<Log>>, site: Arc<Site>, ready: Sender<()>) {
    watch(Api::<Job>::all(client), ready, |event| {
        if let Seen::Now(job) = event {
            // The product's own watchman is none of the workload.
            if job.meta().namespace.as_deref() != Some(NAMESPACE) {
                lock(&log).job(&job, &site, Timestamp::now());
            }
        }
    })
    .await;
}

async fn pods(client: Client, log: Arc<Mutex<Log>>, site: Arc<Site>, ready: Sender<()>) {
    watch(Api::<Pod>::all(client), ready, |event| match event {
        Seen::Now(pod) => lock(&log).pod(&pod, &site, Timestamp::now()),
        Seen::Gone(pod) => lock(&log).pod_gone(&pod, Timestamp::now()),
    })
    .await;
}

enum Seen<K> {
    Now(K),
    Gone(K),
}

/// Follows all objects of a kind. A broken connection is taken up again.
async fn watch<K>(api: Api<K>, ready: Sender<()>, mut see: impl FnMut(Seen<K>))
where
    K: kube::Resource<DynamicType = ()> + Clone + std::fmt::Debug + Send + serde::de::DeserializeOwned + 'static,
{
    let mut stream = std::pin::pin!(watcher(api, watcher::Config::default()).default_backoff());
    while let Some(event) = stream.next().await {
        match event {
            Ok(watcher::Event::InitApply(object) | watcher::Event::Apply(object)) => see(Seen::Now(object)),
            Ok(watcher::Event::Delete(object)) => see(Seen::Gone(object)),
            Ok(watcher::Event::InitDone) => drop(ready.try_send(())),
            Ok(watcher::Event::Init) | Err(_) => {}
        }
    }
}
