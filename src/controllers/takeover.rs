//! Taking the lease from whoever holds it, so that no operator writes while everything is let go.

use std::sync::Arc;
use std::time::Duration;

use k8s_openapi::api::coordination::v1::Lease;
use kube::api::PostParams;
use kube::{Api, Client};
use tracing::{info, warn};

use super::lease::{DURATION, absorb_conflict, record};
use crate::units::Clock;

/// How often it is renewed.
const RENEW: Duration = Duration::from_secs(2);
/// No request lasts longer.
const REQUEST: Duration = Duration::from_secs(5);
/// The operator renews once a second: a few tries at most meet its writes.
const TRIES: usize = 20;

/// Why the lease is not ours.
#[derive(Debug, thiserror::Error)]
pub enum TakeoverError {
    /// The API server refused or did not answer.
    #[error("writing the lease {0}")]
    Api(String, #[source] kube::Error),
    /// No answer in time.
    #[error("the API server did not answer for the lease {0} in time")]
    TimedOut(String),
    /// Somebody else took it meanwhile.
    #[error("somebody else took the lease {0} meanwhile; is another `alize release --all` running?")]
    Lost(String),
}

/// A claim on a lease that does not wait for it to run out.
pub struct Takeover {
    api: Api<Lease>,
    name: String,
    identity: String,
    clock: Arc<dyn Clock>,
}

impl Takeover {
    /// A claim of `identity` on the lease `name` in `namespace`.
    pub fn new(client: Client, namespace: &str, name: &str, identity: &str, clock: Arc<dyn Clock>) -> Self {
        Self {
            api: Api::namespaced(client, namespace),
            name: name.to_owned(),
            identity: identity.to_owned(),
            clock,
        }
    }

    /// Takes the lease, and waits until its former holder's fence has closed.
    ///
    /// # Errors
    /// [`TakeoverError`]: then nothing was changed.
    pub async fn take(&self) -> Result<(), TakeoverError> {
        for _ in 0..TRIES {
            let old = self.ask(self.api.get_opt(&self.name)).await?;
            let former = old
                .as_ref()
                .and_then(|lease| lease.spec.as_ref()?.holder_identity.clone());
            if !self.write(old.as_ref(), 3 * DURATION).await? {
                continue;
            }
            if let Some(former) = former.filter(|holder| !holder.is_empty()) {
                info!(
                    former,
                    seconds = DURATION.as_secs(),
                    "lease taken; waiting until its former holder can no longer write"
                );
                tokio::time::sleep(DURATION).await;
            }
            return Ok(());
        }
        Err(TakeoverError::Lost(self.name.clone()))
    }

    /// Renews the lease for ever; ends only when it is lost.
    pub async fn keep(&self) -> TakeoverError {
        loop {
            tokio::time::sleep(RENEW).await;
            match self.renew(3 * DURATION).await {
                Ok(()) => {}
                Err(lost @ TakeoverError::Lost(_)) => return lost,
                Err(error) => warn!(%error, "the lease was not renewed; trying again"),
            }
        }
    }

    /// Leaves the lease so that for `length` nobody takes it.
    ///
    /// # Errors
    /// [`TakeoverError`] when it is no longer ours.
    pub async fn keep_off(&self, length: Duration) -> Result<(), TakeoverError> {
        self.renew(length.max(Duration::from_secs(1))).await
    }

    async fn renew(&self, lasts: Duration) -> Result<(), TakeoverError> {
        let old = self.ask(self.api.get_opt(&self.name)).await?;
        let holder = old
            .as_ref()
            .and_then(|lease| lease.spec.as_ref()?.holder_identity.as_deref());
        let ours = holder == Some(&self.identity);
        if ours && self.write(old.as_ref(), lasts).await? {
            Ok(())
        } else {
            Err(TakeoverError::Lost(self.name.clone()))
        }
    }

    /// False where somebody else wrote first.
    async fn write(&self, old: Option<&Lease>, lasts: Duration) -> Result<bool, TakeoverError> {
        let lease = record(&self.name, &self.identity, old, lasts, self.clock.now());
        let params = PostParams::default();
        let written = async {
            absorb_conflict(match old {
                Some(_) => self.api.replace(&self.name, &params, &lease).await,
                None => self.api.create(&params, &lease).await,
            })
        };
        self.ask(written).await
    }

    async fn ask<T>(&self, request: impl Future<Output = kube::Result<T>>) -> Result<T, TakeoverError> {
        let answer = tokio::time::timeout(REQUEST, request).await;
        let answer = answer.map_err(|_| TakeoverError::TimedOut(self.name.clone()))?;
        answer.map_err(|source| TakeoverError::Api(self.name.clone(), source))
    }
}
