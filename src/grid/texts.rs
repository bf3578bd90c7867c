//! The ConfigMaps of our namespace, as the watch shows them: sources read them from here and never from the cluster.

use std::collections::BTreeMap;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use jiff::Timestamp;
use tokio::sync::Notify;

use crate::units::Clock;

/// A text, and since when it has been as it is.
type Seen = (Arc<str>, Timestamp);

/// The texts of a watch.
#[derive(Debug, Default)]
pub struct Texts {
    maps: Mutex<BTreeMap<String, BTreeMap<String, Arc<str>>>>,
    /// When each text was first seen as it is now.
    since: Mutex<BTreeMap<(String, String), Seen>>,
    changed: Notify,
}

impl Texts {
    /// A ConfigMap appeared or changed.
    pub fn set(&self, name: &str, data: BTreeMap<String, String>) {
        self.maps().insert(name.to_owned(), shared(data));
        self.changed.notify_one();
    }

    /// A ConfigMap is gone.
    pub fn remove(&self, name: &str) {
        self.maps().remove(name);
        self.changed.notify_one();
    }

    /// The whole list, after the watch has begun anew.
    pub fn replace_all(&self, maps: BTreeMap<String, BTreeMap<String, String>>) {
        *self.maps() = maps.into_iter().map(|(name, data)| (name, shared(data))).collect();
        self.changed.notify_one();
    }

    /// Waits for the next change.
    pub(super) async fn changed(&self) {
        self.changed.notified().await;
    }

    /// The text under `key`, and since when it has been as it is, as far as this process knows.
    pub(super) fn get(&self, name: &str, key: &str, clock: &dyn Clock) -> Option<(Arc<str>, Timestamp)> {
        let text = self.maps().get(name)?.get(key)?.clone();
        let mut all = self.since.lock().unwrap_or_else(PoisonError::into_inner);
        let seen = all
            .entry((name.to_owned(), key.to_owned()))
            .or_insert_with(|| (text.clone(), clock.now()));
        if seen.0 != text {
            *seen = (text.clone(), clock.now());
        }
        Some((text, seen.1))
    }

    fn maps(&self) -> MutexGuard<'_, BTreeMap<String, BTreeMap<String, Arc<str>>>> {
        self.maps.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

fn shared(data: BTreeMap<String, String>) -> BTreeMap<String, Arc<str>> {
    data.into_iter().map(|(key, text)| (key, text.into())).collect()
}
