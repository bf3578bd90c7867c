//! The watches: every event goes into the index, and makes the next cycle due.

use std::fmt::Debug;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use futures::StreamExt;
use kube::runtime::WatchStreamExt;
use kube::runtime::watcher::{Config, Event, watcher};
use kube::{Api, Client, Resource};
use serde::de::DeserializeOwned;
use tokio::sync::Notify;
use tokio::task::JoinSet;
use tracing::warn;

use super::texts;
use crate::api::label;
use crate::grid::Texts;
use crate::index::{Change, Index};

/// The index, shared between the watches and the cycle. Locked for the length of one event or one picture.
#[derive(Clone, Default)]
pub struct Shared {
    index: Arc<Mutex<Index>>,
    dirty: Arc<Notify>,
}

impl Shared {
    /// The index.
    pub fn lock(&self) -> MutexGuard<'_, Index> {
        self.index.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// What makes a cycle due.
    pub fn dirty(&self) -> Arc<Notify> {
        self.dirty.clone()
    }

    fn feed<K>(&self, change: Change<K>, into: impl Fn(&mut Index, Change<K>)) {
        into(&mut self.lock(), change);
        self.dirty.notify_one();
    }
}

/// Starts all watches; they go on until the set is dropped.
pub fn start(client: &Client, namespace: &str, shared: &Shared, texts: &Arc<Texts>, tasks: &mut JoinSet<()>) {
    let all = Config::default;
    let opted_in = all().labels(&format!("{}=true", label::DEFERRABLE));
    let only_held = all().labels(&format!("{}=true,{}!=true", label::HELD, label::DEFERRABLE));
    // Finished pods reserve nothing, and are most of the pods of a batch cluster.
    let unfinished = all().fields("status.phase!=Succeeded,status.phase!=Failed");
    let everywhere = client.clone();
    tasks.spawn(follow(
        Api::all(everywhere.clone()),
        opted_in,
        shared.clone(),
        Index::deferrable,
    ));
    tasks.spawn(follow(
        Api::all(everywhere.clone()),
        only_held,
        shared.clone(),
        Index::held,
    ));
    tasks.spawn(follow(
        Api::all(everywhere.clone()),
        unfinished,
        shared.clone(),
        Index::pods,
    ));
    tasks.spawn(follow(
        Api::all(everywhere.clone()),
        all(),
        shared.clone(),
        Index::nodes,
    ));
    tasks.spawn(follow(
        Api::all(everywhere.clone()),
        all(),
        shared.clone(),
        Index::cron_jobs,
    ));
    tasks.spawn(follow(
        Api::all(everywhere.clone()),
        all(),
        shared.clone(),
        Index::namespaces,
    ));
    tasks.spawn(follow(
        Api::all(everywhere.clone()),
        all(),
        shared.clone(),
        Index::policies,
    ));
    tasks.spawn(follow(
        Api::all(everywhere.clone()),
        all(),
        shared.clone(),
        Index::zones,
    ));
    tasks.spawn(follow(
        Api::namespaced(everywhere.clone(), namespace),
        all(),
        shared.clone(),
        Index::switches,
    ));
    tasks.spawn(texts::follow(Api::namespaced(everywhere, namespace), texts.clone()));
}

/// One watch. After an error it lists again, ever more slowly; it never ends by itself.
async fn follow<K, F>(api: Api<K>, config: Config, shared: Shared, into: F)
where
    K: Resource + Clone + Debug + DeserializeOwned + Send + 'static,
    F: Fn(&mut Index, Change<K>) + Copy,
{
    let stream = watcher(api, config).default_backoff();
    let mut stream = std::pin::pin!(stream);
    while let Some(event) = stream.next().await {
        match event {
            Ok(Event::Init) => shared.feed(Change::Begin, into),
            Ok(Event::InitApply(object)) => shared.feed(Change::Listed(object), into),
            Ok(Event::InitDone) => shared.feed(Change::Done, into),
            Ok(Event::Apply(object)) => shared.feed(Change::Applied(object), into),
            Ok(Event::Delete(object)) => shared.feed(Change::Deleted(object), into),
            Err(error) => warn!(%error, "a watch was interrupted; it lists again"),
        }
    }
}
