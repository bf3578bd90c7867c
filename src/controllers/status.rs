//! The status of our own kinds: written when it changed, and not more often than every two seconds an object.

use std::collections::HashMap;
use std::fmt::Debug;
use std::hash::Hash;
use std::time::{Duration, Instant};

use kube::Api;
use kube::api::Patch;
use serde::Serialize;
use serde::de::DeserializeOwned;
use serde_json::{Value, json};
use tracing::warn;

use super::apply::patch_params;
use super::guard::{Guard, WriteError};
use crate::metrics::{Resource, Verb, WriteOutcome};

/// A status is not written again before this.
const SPACING: Duration = Duration::from_secs(2);

/// When each object's status was last written.
#[derive(Debug)]
pub struct Spacing<K>(HashMap<K, Instant>);

impl<K> Default for Spacing<K> {
    fn default() -> Self {
        Self(HashMap::new())
    }
}

impl<K: Hash + Eq + Clone> Spacing<K> {
    /// Whether this object's status may be written now; then it counts as written.
    pub fn take(&mut self, key: &K, now: Instant) -> bool {
        let free = self
            .0
            .get(key)
            .is_none_or(|last| now.saturating_duration_since(*last) >= SPACING);
        if free {
            self.0.insert(key.clone(), now);
        }
        free
    }

    /// Forgets objects that are gone.
    pub fn keep_only(&mut self, exists: impl Fn(&K) -> bool) {
        self.0.retain(|key, _| exists(key));
    }
}

/// Writes one status at the version that it was computed from; a conflict is left to the next cycle. Fields that `old` had
/// and `new` has not are removed.
pub async fn write<K, S: Serialize>(
    guard: &Guard,
    api: &Api<K>,
    kind: Resource,
    name: &str,
    version: &str,
    old: &S,
    new: &S,
) -> bool
where
    K: kube::Resource + Clone + DeserializeOwned + Debug,
{
    let mut status = json!(new);
    if let (Some(status), Some(old)) = (status.as_object_mut(), json!(old).as_object()) {
        for field in old.keys() {
            status.entry(field).or_insert(Value::Null);
        }
    }
    let body = json!({"metadata": {"resourceVersion": version}, "status": status});
    let (params, patch) = (patch_params(), Patch::Merge(&body));
    let request = api.patch_status(name, &params, &patch);
    match guard.write(Verb::Patch, kind, request).await {
        Ok(_) => true,
        Err(WriteError::NotLeading) => false,
        Err(error) if matches!(error.outcome(), WriteOutcome::Conflict | WriteOutcome::Gone) => false,
        Err(error) => {
            warn!(name, kind = kind.as_str(), %error, "a status could not be written; it is tried again");
            false
        }
    }
}
