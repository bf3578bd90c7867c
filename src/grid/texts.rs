//! The ConfigMaps of our namespace, as a watch shows them: sources read them from here and never from the cluster.

use std::collections::BTreeMap;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use tokio::sync::Notify;

use super::error::SourceError;

type Maps = BTreeMap<String, BTreeMap<String, Arc<str>>>;

/// The texts of all ConfigMaps of our namespace. Whoever watches them writes; [`super::run`] reads each change at once.
#[derive(Debug, Default)]
pub struct Texts {
    maps: Mutex<Maps>,
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

    /// The text under `key` of the ConfigMap `name`, where there is one.
    pub fn get(&self, name: &str, key: &str) -> Option<Arc<str>> {
        self.maps().get(name)?.get(key).cloned()
    }

    /// Waits for the next change. A change that nobody waited for is not lost.
    pub(super) async fn changed(&self) {
        self.changed.notified().await;
    }

    fn maps(&self) -> MutexGuard<'_, Maps> {
        self.maps.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

/// That a source names a text which is not there.
pub(super) fn no_text(name: &str, key: &str) -> SourceError {
    SourceError::Unreachable(format!(
        "there is no ConfigMap {name} with a key {key} in the operator's namespace; create it"
    ))
}

fn shared(data: BTreeMap<String, String>) -> BTreeMap<String, Arc<str>> {
    data.into_iter().map(|(key, text)| (key, text.into())).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn data(text: &str) -> BTreeMap<String, String> {
        BTreeMap::from([("a.csv".to_owned(), text.to_owned())])
    }

    #[test]
    fn a_new_list_forgets_what_is_not_on_it() {
        let texts = Texts::default();
        texts.set("old", data("1"));
        texts.replace_all(BTreeMap::from([("new".to_owned(), data("2"))]));
        assert_eq!(texts.get("old", "a.csv"), None);
        assert_eq!(texts.get("new", "a.csv").as_deref(), Some("2"));
        texts.remove("new");
        assert_eq!(texts.get("new", "a.csv"), None);
    }

    #[tokio::test(start_paused = true)]
    async fn a_change_that_nobody_waited_for_is_not_lost() {
        let texts = Texts::default();
        texts.set("a", data("1"));
        let minute = std::time::Duration::from_secs(60);
        assert!(tokio::time::timeout(minute, texts.changed()).await.is_ok());
        assert!(tokio::time::timeout(minute, texts.changed()).await.is_err());
    }
}
