//! `alize release --all`: a clean leave (P8). Disarm, then release until two empty lists in a row; nothing re-arms meanwhile.

use std::sync::Arc;
use std::time::Duration;

use kube::Client;
use tracing::{info, warn};

use super::guard::{Guard, WriteError};
use super::letgo::{disarm, held, let_go};
use super::takeover::{Takeover, TakeoverError};
use crate::index::JobEntry;
use crate::units::Clock;

/// Between two lists: long enough for a job that was being created while the switches were disarmed.
const PAUSE: Duration = Duration::from_secs(1);
/// Lists after which it gives up: something holds jobs again and again.
const MOST_LISTS: usize = 600;
/// Lists in a row that may fail: an API server that is busy with the pods of hundreds of jobs at once answers again.
const MOST_FAILURES: usize = 20;

/// Why the cluster could not be left clean.
#[derive(Debug, thiserror::Error)]
pub enum LeaveError {
    /// The lease could not be taken from the operator.
    #[error("taking the lease, so that the operator writes nothing meanwhile")]
    Lease(#[from] TakeoverError),
    /// The API server could not be read, or refused to disarm.
    #[error("disarming the switches and listing what is held; run it again")]
    Api(#[from] WriteError),
    /// Jobs are still held.
    #[error(
        "{0} jobs are still held: something holds jobs again and again, or forbids to release them; see the log, then run it again"
    )]
    StillHeld(usize),
}

/// Lets everything go; returns how many jobs it released. For `keep_off` afterwards no operator takes the lease again.
///
/// # Errors
/// [`LeaveError`]; it may be run again at any time.
pub async fn release_all(
    client: &Client,
    guard: &Guard,
    namespace: &str,
    takeover: &Takeover,
    clock: &Arc<dyn Clock>,
    keep_off: Duration,
) -> Result<usize, LeaveError> {
    // The lease first: while it is ours, no operator arms a switch or writes a plan.
    takeover.take().await?;
    let leave = leave(client, guard, namespace, clock);
    let released = tokio::select! {
        result = leave => result?,
        lost = takeover.keep() => return Err(lost.into()),
    };
    takeover.keep_off(keep_off).await?;
    Ok(released)
}

async fn leave(client: &Client, guard: &Guard, namespace: &str, clock: &Arc<dyn Clock>) -> Result<usize, LeaveError> {
    let (mut released, mut empty, mut failures) = (0, 0, 0);
    for _ in 0..MOST_LISTS {
        match still_held(client, guard, namespace, clock).await {
            Ok(jobs) => {
                failures = 0;
                empty = if jobs.is_empty() { empty + 1 } else { 0 };
                if empty == 2 {
                    info!(released, "nothing is held any more");
                    return Ok(released);
                }
                released += let_go(client, guard, jobs, &**clock).await.0;
            }
            Err(error) if error.may_pass() && failures < MOST_FAILURES => {
                warn!(%error, "the switches or what is held could not be read; trying again");
                failures += 1;
                empty = 0;
            }
            Err(error) => return Err(error.into()),
        }
        tokio::time::sleep(PAUSE).await;
    }
    Err(LeaveError::StillHeld(held(client, guard).await?.len()))
}

/// Disarms whatever is armed, then lists what is held: nothing that is created later is held.
async fn still_held(
    client: &Client,
    guard: &Guard,
    namespace: &str,
    clock: &Arc<dyn Clock>,
) -> Result<Vec<JobEntry>, WriteError> {
    let why = "alize release --all lets everything go";
    disarm(client, guard, namespace, why, clock.now()).await?;
    held(client, guard).await
}
