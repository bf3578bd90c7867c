//! The watches: every event goes into the index, and makes the next cycle due.

use std::fmt::Debug;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use futures::{Stream, StreamExt};
use kube::core::DeserializeGuard;
use kube::runtime::WatchStreamExt;
use kube::runtime::watcher::{self, Config, Event, watcher};
use kube::{Api, Client, Resource};
use serde::de::DeserializeOwned;
use tokio::sync::Notify;
use tokio::task::JoinSet;
use tracing::{error, warn};

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
    tasks.spawn(follow_ours(
        Api::all(everywhere.clone()),
        shared.clone(),
        Index::policies,
    ));
    tasks.spawn(follow_ours(Api::all(everywhere.clone()), shared.clone(), Index::zones));
    tasks.spawn(follow_ours(
        Api::namespaced(everywhere.clone(), namespace),
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
    let events = watcher(api, config).default_backoff();
    feed(events.map(|event| event.map(change)), shared, into).await;
}

/// The same of our own kinds. An object that another version of ours wrote, and this one cannot read, hides no other.
async fn follow_ours<K, F>(api: Api<DeserializeGuard<K>>, shared: Shared, into: F)
where
    K: Resource<DynamicType = ()> + Clone + Debug + DeserializeOwned + Send + 'static,
    F: Fn(&mut Index, Change<K>) + Copy,
{
    let events = watcher(api, Config::default()).default_backoff();
    feed(
        events.map(|event| event.map(|event| readable(change(event)))),
        shared,
        into,
    )
    .await;
}

async fn feed<K, F>(events: impl Stream<Item = Result<Change<K>, watcher::Error>>, shared: Shared, into: F)
where
    F: Fn(&mut Index, Change<K>) + Copy,
{
    let mut events = std::pin::pin!(events);
    while let Some(event) = events.next().await {
        match event {
            Ok(change) => shared.feed(change, into),
            Err(error) => warn!(%error, "a watch was interrupted; it lists again"),
        }
    }
}

fn change<K>(event: Event<K>) -> Change<K> {
    match event {
        Event::Init => Change::Begin,
        Event::InitApply(object) => Change::Listed(object),
        Event::InitDone => Change::Done,
        Event::Apply(object) => Change::Applied(object),
        Event::Delete(object) => Change::Deleted(object),
    }
}

/// What is known of an object that cannot be read stays, and the log says what is wrong with it.
fn readable<K: Resource<DynamicType = ()>>(change: Change<DeserializeGuard<K>>) -> Change<K> {
    let (object, change): (_, fn(K) -> Change<K>) = match change {
        Change::Begin => return Change::Begin,
        Change::Done => return Change::Done,
        Change::Unreadable(uid) => return Change::Unreadable(uid),
        Change::Listed(object) => (object, Change::Listed),
        Change::Applied(object) => (object, Change::Applied),
        Change::Deleted(object) => (object, Change::Deleted),
    };
    match object.0 {
        Ok(object) => change(object),
        Err(invalid) => {
            let (kind, name) = (K::kind(&()), invalid.metadata.name.unwrap_or_default());
            error!(%kind, name, error = invalid.error, "an object cannot be read, and what was known of it stays; write it anew");
            Change::Unreadable(invalid.metadata.uid.unwrap_or_default())
        }
    }
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;
    use crate::api::GridZone;

    #[test]
    fn an_object_that_another_version_wrote_hides_no_other_and_what_was_known_of_it_stays() {
        let of = |spec: serde_json::Value| {
            let zone = json!({"apiVersion": "alize.dev/v1alpha1", "kind": "GridZone", "metadata": {"name": "ma", "uid": "u"},
                "spec": spec});
            readable::<GridZone>(Change::Listed(serde_json::from_value(zone).unwrap()))
        };
        let known = of(json!({"nodeSelector": {}, "sources": []}));
        assert!(matches!(known, Change::Listed(zone) if zone.metadata.name.as_deref() == Some("ma")));
        let newer = of(json!({"nodeSelector": {}, "sources": [], "tides": true}));
        assert!(matches!(newer, Change::Unreadable(uid) if uid == "u"));
    }
}
