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

impl TakeoverError {
    /// Whether the same request may succeed a moment later: no answer, or one that says "not now".
    fn may_pass(&self) -> bool {
        match self {
            Self::Lost(_) => false,
            Self::Api(_, kube::Error::Api(status)) => status.code == 429 || status.code >= 500,
            Self::Api(..) | Self::TimedOut(_) => true,
        }
    }
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
    /// [`TakeoverError`]; where the write got no answer, the lease may be ours all the same until it runs out.
    pub async fn take(&self) -> Result<(), TakeoverError> {
        let former = self.claim(3 * DURATION, |_| true).await?;
        if !former.is_empty() {
            info!(
                former,
                seconds = DURATION.as_secs(),
                "lease taken; waiting until its former holder can no longer write"
            );
            tokio::time::sleep(DURATION).await;
        }
        Ok(())
    }

    /// Renews the lease for ever; ends only when it is lost.
    pub async fn keep(&self) -> TakeoverError {
        loop {
            tokio::time::sleep(RENEW).await;
            if let Err(error) = self.renew(3 * DURATION).await {
                return error;
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
        self.claim(lasts, |holder| holder == self.identity).await.map(drop)
    }

    /// Writes the lease as ours where its holder is one whom we `may` follow; returns that holder, empty where there was none.
    async fn claim(&self, lasts: Duration, may: impl Fn(&str) -> bool) -> Result<String, TakeoverError> {
        for _ in 1..TRIES {
            match self.claim_once(lasts, &may).await {
                Ok(Some(former)) => return Ok(former),
                // An operator's renewal came first, or an earlier one of ours whose answer we never got.
                Ok(None) => {}
                Err(error) if error.may_pass() => {
                    warn!(%error, "the lease was not written; trying again");
                    tokio::time::sleep(RENEW).await;
                }
                Err(error) => return Err(error),
            }
        }
        let last = self.claim_once(lasts, &may).await?;
        last.ok_or_else(|| TakeoverError::Lost(self.name.clone()))
    }

    /// `None` where somebody else wrote first.
    async fn claim_once(&self, lasts: Duration, may: impl Fn(&str) -> bool) -> Result<Option<String>, TakeoverError> {
        let old = self.ask(self.api.get_opt(&self.name)).await?;
        let spec = old.as_ref().and_then(|lease| lease.spec.as_ref());
        let holder = spec.and_then(|spec| spec.holder_identity.clone()).unwrap_or_default();
        if !may(&holder) {
            return Err(TakeoverError::Lost(self.name.clone()));
        }
        Ok(self.write(old.as_ref(), lasts).await?.then_some(holder))
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
