//! The Secrets with the keys of providers: one watch a Secret, by its name, so that our account may read those and no others.

use std::collections::BTreeMap;
use std::sync::Arc;

use futures::StreamExt;
use k8s_openapi::api::core::v1::Secret;
use kube::runtime::WatchStreamExt;
use kube::runtime::watcher::watch_object;
use kube::{Api, Client};
use tokio::task::JoinSet;
use tracing::warn;

use crate::grid::{Secrets, Token};

/// Starts a watch for each Secret that may be read; they go on until the set is dropped.
pub(super) fn start(client: &Client, namespace: &str, secrets: &Arc<Secrets>, tasks: &mut JoinSet<()>) {
    for name in secrets.names() {
        let api = Api::namespaced(client.clone(), namespace);
        tasks.spawn(follow(api, name.to_owned(), secrets.clone()));
    }
}

/// One Secret: a change is taken over at once, whatever uses the key.
async fn follow(api: Api<Secret>, name: String, secrets: Arc<Secrets>) {
    let stream = watch_object(api, &name).default_backoff();
    let mut stream = std::pin::pin!(stream);
    while let Some(secret) = stream.next().await {
        match secret {
            Ok(Some(secret)) => secrets.set(&name, tokens(secret)),
            Ok(None) => secrets.remove(&name),
            Err(error) => warn!(secret = name, %error, "the watch of a Secret was interrupted; it lists again"),
        }
    }
}

/// What is in a Secret, as far as it is text.
pub fn tokens(secret: Secret) -> BTreeMap<String, Token> {
    let data = secret.data.unwrap_or_default().into_iter();
    let texts = data.filter_map(|(key, value)| Some((key, Token::new(std::str::from_utf8(&value.0).ok()?))));
    texts.collect()
}
