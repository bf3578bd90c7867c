//! Every write passes here: inside the fence, within a time limit, counted by its outcome.

use std::future::Future;
use std::sync::Arc;
use std::time::Duration;

use kube::core::Status;

use super::lease::Fence;
use crate::metrics::{Metrics, Resource, Verb, WriteOutcome};
use crate::units::Clock;

/// No write of a leader lasts longer, lease or not, and no read.
const LONGEST: Duration = Duration::from_secs(5);
/// Who acts alone waits for as long as the API server works on a write: 34 s. It drops a write whose sender has gone, and it
/// may wait up to 30 s for a webhook that hangs before it goes on without it.
const LONGEST_ALONE: Duration = Duration::from_secs(35);

/// Why a write did not happen, or may not have.
#[derive(Debug, thiserror::Error)]
pub enum WriteError {
    /// This process does not lead; nothing was sent.
    #[error("this process does not hold the lease")]
    NotLeading,
    /// No answer in time: it may have been applied.
    #[error("the API server did not answer in time")]
    TimedOut,
    /// What the write was for is no longer so; nothing was sent.
    #[error("it is no longer needed")]
    Superseded,
    /// The API server refused it.
    #[error("{}", said(.0))]
    Api(#[from] kube::Error),
}

fn is_terminating(status: &Status) -> bool {
    let causes = status.details.iter().flat_map(|details| &details.causes);
    causes.into_iter().any(|cause| cause.reason == "NamespaceTerminating")
}

/// What the API server said, without the rest of its answer.
fn said(error: &kube::Error) -> String {
    match error {
        kube::Error::Api(status) => format!("{} ({})", status.message, status.code),
        other => other.to_string(),
    }
}

impl WriteError {
    /// What became of the write.
    pub fn outcome(&self) -> WriteOutcome {
        match self {
            // Nothing new may be made in a namespace on its way out.
            Self::Api(kube::Error::Api(status)) if is_terminating(status) => WriteOutcome::Gone,
            Self::Api(kube::Error::Api(status)) => match status.code {
                409 => WriteOutcome::Conflict,
                404 | 410 => WriteOutcome::Gone,
                401 | 403 | 422 | 400 => WriteOutcome::Denied,
                _ => WriteOutcome::Failed,
            },
            Self::Superseded => WriteOutcome::Conflict,
            _ => WriteOutcome::Failed,
        }
    }

    /// Whether the same request may succeed a moment later: no answer, or one that says "not now".
    pub fn may_pass(&self) -> bool {
        !matches!(self, Self::NotLeading) && matches!(self.outcome(), WriteOutcome::Failed | WriteOutcome::Conflict)
    }
}

/// The gate in front of every write.
#[derive(Clone)]
pub struct Guard {
    fence: Fence,
    longest: Duration,
    clock: Arc<dyn Clock>,
    metrics: Arc<Metrics>,
}

impl Guard {
    /// A gate that is open while `fence` is.
    pub fn new(fence: Fence, clock: Arc<dyn Clock>, metrics: Arc<Metrics>) -> Self {
        Self {
            fence,
            longest: LONGEST,
            clock,
            metrics,
        }
    }

    /// A gate for a program that acts alone: it has no lease, and is open for `length`.
    pub fn alone(length: Duration, clock: Arc<dyn Clock>, metrics: Arc<Metrics>) -> Self {
        Self {
            longest: LONGEST_ALONE,
            ..Self::new(Fence::open(&*clock, length), clock, metrics)
        }
    }

    /// Whether a write may start now.
    pub fn is_open(&self) -> bool {
        self.fence.remaining(&*self.clock).is_some()
    }

    /// Reads something that is not watched.
    pub async fn read<T>(&self, request: impl Future<Output = kube::Result<T>>) -> Result<T, WriteError> {
        let answer = tokio::time::timeout(LONGEST, request).await;
        answer.map_err(|_| WriteError::TimedOut)?.map_err(WriteError::Api)
    }

    /// Sends `request`, unless the fence is closed; it never outlives the lease.
    pub async fn write<T>(
        &self,
        verb: Verb,
        resource: Resource,
        request: impl Future<Output = kube::Result<T>>,
    ) -> Result<T, WriteError> {
        let result = match self.fence.remaining(&*self.clock) {
            None => return Err(WriteError::NotLeading),
            Some(left) => tokio::time::timeout(left.min(self.longest), request).await,
        };
        let result = match result {
            Err(_) => Err(WriteError::TimedOut),
            Ok(answer) => answer.map_err(WriteError::Api),
        };
        let outcome = result
            .as_ref()
            .map_or_else(WriteError::outcome, |_| WriteOutcome::Applied);
        self.metrics.wrote(verb, resource, outcome);
        result
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::units::SystemClock;

    fn guard(fence: Fence) -> Guard {
        Guard::new(fence, Arc::new(SystemClock), Arc::new(Metrics::new("test").unwrap()))
    }

    #[tokio::test]
    async fn without_the_lease_nothing_is_sent() {
        let sent = std::cell::Cell::new(false);
        let request = async {
            sent.set(true);
            Ok(())
        };
        let result = guard(Fence::default()).write(Verb::Patch, Resource::Job, request).await;
        assert!(matches!(result, Err(WriteError::NotLeading)));
        assert!(!sent.get());
    }

    #[tokio::test]
    async fn a_write_that_gets_no_answer_ends_with_the_lease() {
        let fence = Fence::open(&SystemClock, Duration::from_millis(50));
        let never = std::future::pending::<kube::Result<()>>();
        let result = guard(fence).write(Verb::Patch, Resource::Job, never).await;
        assert!(matches!(result, Err(WriteError::TimedOut)));
    }

    #[tokio::test(start_paused = true)]
    async fn who_acts_alone_outwaits_a_webhook_that_hangs_and_a_leader_does_not() {
        let hour = Duration::from_secs(3600);
        let leading = guard(Fence::open(&SystemClock, hour));
        let alone = Guard::alone(hour, leading.clock.clone(), leading.metrics.clone());
        let hangs = || async {
            tokio::time::sleep(Duration::from_secs(30)).await;
            Ok(())
        };
        let result = leading.write(Verb::Patch, Resource::Job, hangs()).await;
        assert!(matches!(result, Err(WriteError::TimedOut)));
        assert!(alone.write(Verb::Patch, Resource::Job, hangs()).await.is_ok());
    }
}
