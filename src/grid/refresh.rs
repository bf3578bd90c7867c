//! Asking the sources, each at its own pace. A slow one keeps nobody waiting.

use std::collections::BTreeSet;
use std::sync::Arc;
use std::time::Duration;

use futures::stream::FuturesUnordered;
use futures::{FutureExt, StreamExt};
use tokio::sync::Notify;
use tokio_util::sync::CancellationToken;

use super::ask::ask;
use super::board::Board;

/// Without any source there is nothing to do but wait for one.
const IDLE: Duration = Duration::from_secs(60);

/// Asks whatever is due until `stop`, and tells `changed` of each answer or problem that is new. What time alone changes (a
/// series ends, a level sinks) is for the reader's own timer to see.
pub async fn run(board: Arc<Board>, changed: Arc<Notify>, stop: CancellationToken) {
    let board = &*board;
    let mut asking = FuturesUnordered::new();
    let mut asked = BTreeSet::new();
    loop {
        // With the keys as they are: what is asked with an old one is asked again.
        if let Some(changed) = board.settings.secrets.changed().now_or_never() {
            board.secrets_changed(&changed);
        }
        let (due, wait) = board.due(&asked);
        for (id, spec) in due {
            asked.insert(id);
            asking.push(async move { (id, ask(board, &spec).await) });
        }
        tokio::select! {
            () = stop.cancelled() => return,
            Some((id, said)) = asking.next() => {
                asked.remove(&id);
                if board.take(id, said) {
                    changed.notify_one();
                }
            }
            () = tokio::time::sleep(wait.unwrap_or(IDLE)) => {}
            () = board.rearranged.notified() => {}
            () = board.texts.changed() => board.texts_changed(),
            changed = board.settings.secrets.changed() => board.secrets_changed(&changed),
        }
    }
}
