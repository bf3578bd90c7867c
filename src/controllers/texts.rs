//! The ConfigMaps of our namespace: one watch of them all.

use std::collections::BTreeMap;
use std::sync::Arc;

use futures::StreamExt;
use k8s_openapi::api::core::v1::ConfigMap;
use kube::Api;
use kube::runtime::WatchStreamExt;
use kube::runtime::watcher::{Config, Event, watcher};
use tracing::warn;

use crate::grid::Texts;

/// The ConfigMaps of our namespace, for the sources that read them.
pub(super) async fn follow(api: Api<ConfigMap>, texts: Arc<Texts>) {
    let stream = watcher(api, Config::default()).default_backoff();
    let mut stream = std::pin::pin!(stream);
    let mut fresh = BTreeMap::new();
    while let Some(event) = stream.next().await {
        match event {
            Ok(Event::Init) => fresh.clear(),
            Ok(Event::InitApply(map)) => {
                let (name, data) = read(map);
                fresh.insert(name, data);
            }
            Ok(Event::InitDone) => texts.replace_all(std::mem::take(&mut fresh)),
            Ok(Event::Apply(map)) => {
                let (name, data) = read(map);
                texts.set(&name, data);
            }
            Ok(Event::Delete(map)) => texts.remove(&map.metadata.name.unwrap_or_default()),
            Err(error) => warn!(%error, "the watch of ConfigMaps was interrupted; it lists again"),
        }
    }
}

/// Its name and its texts; exporters put theirs into `binaryData`.
pub fn read(map: ConfigMap) -> (String, BTreeMap<String, String>) {
    let mut texts = map.data.unwrap_or_default();
    for (key, bytes) in map.binary_data.unwrap_or_default() {
        if let Ok(text) = String::from_utf8(bytes.0) {
            texts.insert(key, text);
        }
    }
    (map.metadata.name.unwrap_or_default(), texts)
}
