//! Asking the sources, each at its own pace, a few at a time.

use std::sync::Arc;
use std::time::Duration;

use futures::StreamExt;
use jiff::{SignedDuration, Timestamp};
use tokio::sync::Notify;
use tokio_util::sync::CancellationToken;

use super::answer::Answer;
use super::board::Board;
use super::error::SourceError;
use super::spec::{SourceKind, SourceSpec};
use super::{file, series};
use crate::planner::{Certainty, Point};
use crate::units::Slot;

/// Sources asked at a time.
const AT_ONCE: usize = 8;
/// Without any source there is nothing to do but wait for one.
const IDLE: Duration = Duration::from_secs(60);
/// A constant is known for longer than any job waits.
const FOREVER: SignedDuration = SignedDuration::from_hours(366 * 24);

/// Asks what is due until `stop`; tells `changed` of everything new.
pub async fn run(board: Arc<Board>, changed: Arc<Notify>, stop: CancellationToken) {
    loop {
        let (due, _) = board.due();
        let mut answers = futures::stream::iter(due)
            .map(|(zone, spec)| {
                let board = &board;
                async move {
                    let result = ask(board, &spec).await;
                    board.take(&zone, &spec, result)
                }
            })
            .buffer_unordered(AT_ONCE);
        let asking = async {
            while let Some(news) = answers.next().await {
                if news {
                    changed.notify_one();
                }
            }
        };
        tokio::select! {
            () = stop.cancelled() => return,
            () = asking => {}
        }
        let next = board
            .due()
            .1
            .map_or(IDLE, |due| due.saturating_duration_since(board.clock.monotonic()));
        tokio::select! {
            () = stop.cancelled() => return,
            () = tokio::time::sleep(next) => {}
            () = board.rearranged.notified() => {}
            () = board.texts.changed() => board.texts_changed(),
        }
    }
}

/// Asks one source, and says when what it gave was made.
async fn ask(board: &Board, spec: &SourceSpec) -> Result<(Answer, Timestamp), SourceError> {
    let now = board.clock.now();
    let (answer, made) = match &spec.kind {
        SourceKind::Constant(value) => (constant(*value, now), now),
        SourceKind::ConfigMap { name, key } => {
            let (text, since) = board.texts.get(name, key, &*board.clock).ok_or_else(|| {
                SourceError::Unreachable(format!(
                    "there is no key {key} in a ConfigMap {name} in the operator's namespace; create it"
                ))
            })?;
            (series::read(key, &text)?, since)
        }
        SourceKind::File { path } => {
            let (text, changed) = file::read(board.settings.data_dir.clone(), path.clone()).await?;
            (series::read(path, &text)?, changed.unwrap_or(now))
        }
        SourceKind::EnergyCharts { country, endpoint } => {
            (board.charts.fetch(country, endpoint.as_deref()).await?, now)
        }
    };
    let answer = answer.check(spec.signal, now)?;
    let made = answer.issued_at.unwrap_or(made);
    Ok((answer, made))
}

fn constant(value: f64, now: Timestamp) -> Answer {
    let slot = Slot::of(now.saturating_sub(FOREVER).unwrap_or(now), FOREVER * 2);
    Answer {
        points: vec![Point { slot, value }],
        issued_at: None,
        certainty: Certainty::Assumed,
        source: None,
    }
}
