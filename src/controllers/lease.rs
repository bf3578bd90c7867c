//! Leadership, with the fence of P4: the leader may write only while its lease, as it knows it, has not run out.
//!
//! Two clocks take part. Candidates never compare another machine's wall clock with their own: a lease counts as abandoned
//! when its record has not changed for its whole duration on the observer's monotonic clock. The leader in turn stops
//! writing `SAFETY` before that can happen, counted from the moment it *sent* its last successful renewal.

use std::sync::{Arc, Mutex, PoisonError};
use std::time::{Duration, Instant};

use jiff::Timestamp;
use k8s_openapi::api::coordination::v1::{Lease, LeaseSpec};
use k8s_openapi::apimachinery::pkg::apis::meta::v1::MicroTime;
use kube::api::{ObjectMeta, PostParams};
use kube::{Api, Client};
use tokio_util::sync::CancellationToken;
use tracing::{info, warn};

use crate::units::Clock;

/// How long a lease lasts after its last renewal: a crashed leader is succeeded within this and one try.
pub const DURATION: Duration = Duration::from_secs(10);
/// How much earlier the leader stops writing than another may take over.
const SAFETY: Duration = Duration::from_secs(3);
/// How long the leader may write after it sent a renewal that succeeded.
const WRITABLE: Duration = DURATION.saturating_sub(SAFETY);
/// How often it is renewed, or tried for.
const RETRY: Duration = Duration::from_secs(1);
/// No request for the lease itself lasts longer.
const REQUEST: Duration = Duration::from_secs(3);

/// Whether this process may write, and until when. Shared by the lease task and every writer.
#[derive(Clone, Default, Debug)]
pub struct Fence(Arc<Mutex<Option<Instant>>>);

impl Fence {
    /// How long a write that starts now may take; `None` where none may start.
    pub fn remaining(&self, clock: &dyn Clock) -> Option<Duration> {
        let until = (*self.0.lock().unwrap_or_else(PoisonError::into_inner))?;
        until
            .checked_duration_since(clock.monotonic())
            .filter(|left| !left.is_zero())
    }

    fn set(&self, until: Option<Instant>) {
        *self.0.lock().unwrap_or_else(PoisonError::into_inner) = until;
    }

    /// A fence that is open for `length`: for writers that hold no lease because they act alone.
    pub fn open(clock: &dyn Clock, length: Duration) -> Self {
        let fence = Self::default();
        fence.set(Some(clock.monotonic() + length));
        fence
    }
}

/// What a candidate saw of the lease.
#[derive(Debug)]
struct Seen {
    version: Option<String>,
    since: Instant,
}

/// One candidate for one lease.
pub struct Candidate {
    api: Api<Lease>,
    name: String,
    identity: String,
    clock: Arc<dyn Clock>,
    fence: Fence,
    seen: Option<Seen>,
    leading: bool,
}

impl Candidate {
    /// A candidate named `identity` for the lease `name` in `namespace`. The client should not retry on its own.
    pub fn new(client: Client, namespace: &str, name: &str, identity: &str, clock: Arc<dyn Clock>) -> Self {
        Self {
            api: Api::namespaced(client, namespace),
            name: name.to_owned(),
            identity: identity.to_owned(),
            clock,
            fence: Fence::default(),
            seen: None,
            leading: false,
        }
    }

    /// The fence that this candidate opens while it leads.
    pub fn fence(&self) -> Fence {
        self.fence.clone()
    }

    /// Tries for the lease and renews it until `cancel`; then gives it back. `on_change` hears of every gain and loss.
    pub async fn run(mut self, cancel: CancellationToken, on_change: impl Fn(bool) + Send) {
        loop {
            let leads = self.step().await;
            if leads != self.leading {
                self.leading = leads;
                info!(leading = leads, identity = self.identity, "leadership changed");
                on_change(leads);
            }
            tokio::select! {
                () = cancel.cancelled() => break,
                () = tokio::time::sleep(RETRY) => {}
            }
        }
        self.fence.set(None);
        if self.leading {
            self.give_back().await;
            on_change(false);
        }
    }

    /// One try; returns whether we lead after it. A failed renewal does not end the lease before its time.
    async fn step(&mut self) -> bool {
        let sent = self.clock.monotonic();
        match tokio::time::timeout(REQUEST, self.acquire_or_renew(sent)).await {
            Ok(Ok(true)) => {
                self.fence.set(Some(sent + WRITABLE));
                true
            }
            Ok(Ok(false)) => {
                self.fence.set(None);
                false
            }
            Ok(Err(error)) => {
                warn!(%error, "the lease could not be read or renewed");
                self.fence.remaining(&*self.clock).is_some()
            }
            Err(_) => {
                warn!(
                    "the API server did not answer for the lease within {} s",
                    REQUEST.as_secs()
                );
                self.fence.remaining(&*self.clock).is_some()
            }
        }
    }

    async fn acquire_or_renew(&mut self, now: Instant) -> Result<bool, kube::Error> {
        let Some(lease) = self.api.get_opt(&self.name).await? else {
            return absorb_conflict(self.api.create(&PostParams::default(), &self.record(None)).await);
        };
        let spec = lease.spec.clone().unwrap_or_default();
        let holder = spec.holder_identity.as_deref().unwrap_or_default();
        let ours = holder == self.identity;
        if !(ours || holder.is_empty() || self.is_abandoned(&lease, now)) {
            return Ok(false);
        }
        let mut renewed = self.record(Some(&lease));
        if ours {
            // The same term goes on.
            if let Some(new) = renewed.spec.as_mut() {
                new.acquire_time = spec.acquire_time;
                new.lease_transitions = spec.lease_transitions;
            }
        }
        absorb_conflict(self.api.replace(&self.name, &PostParams::default(), &renewed).await)
    }

    /// Whether the record has stood unchanged for as long as it promises to last.
    fn is_abandoned(&mut self, lease: &Lease, now: Instant) -> bool {
        let version = lease.metadata.resource_version.clone();
        match &self.seen {
            Some(seen) if seen.version == version => {
                let lasts = lease
                    .spec
                    .as_ref()
                    .and_then(|s| s.lease_duration_seconds)
                    .unwrap_or(0)
                    .max(0);
                now.saturating_duration_since(seen.since) > Duration::from_secs(lasts.unsigned_abs().into())
            }
            _ => {
                self.seen = Some(Seen { version, since: now });
                false
            }
        }
    }

    fn record(&self, old: Option<&Lease>) -> Lease {
        record(&self.name, &self.identity, old, DURATION, self.clock.now())
    }

    /// Empties the holder, so that a successor need not wait for the lease to run out.
    async fn give_back(&self) {
        let give_back = async {
            let Some(lease) = self.api.get_opt(&self.name).await? else {
                return Ok(());
            };
            if lease.spec.as_ref().and_then(|s| s.holder_identity.as_deref()) != Some(&self.identity) {
                return Ok(());
            }
            let mut empty = self.record(Some(&lease));
            if let Some(spec) = empty.spec.as_mut() {
                spec.holder_identity = None;
            }
            self.api
                .replace(&self.name, &PostParams::default(), &empty)
                .await
                .map(drop)
        };
        match tokio::time::timeout(REQUEST, give_back).await {
            Ok(Ok(())) => info!("lease given back"),
            Ok(Err(error)) => warn!(%error, "the lease could not be given back; it will run out"),
            Err(_) => warn!("the lease could not be given back in time; it will run out"),
        }
    }
}

/// Somebody else was faster: no error, only no lease.
pub(super) fn absorb_conflict(result: Result<Lease, kube::Error>) -> Result<bool, kube::Error> {
    match result {
        Ok(_) => Ok(true),
        Err(kube::Error::Api(status)) if status.is_conflict() || status.is_already_exists() => Ok(false),
        Err(error) => Err(error),
    }
}

/// A lease held by `identity` from now on, at the version of `old`.
pub(super) fn record(name: &str, identity: &str, old: Option<&Lease>, lasts: Duration, now: Timestamp) -> Lease {
    let transitions = old.and_then(|l| l.spec.as_ref()?.lease_transitions).unwrap_or(0);
    Lease {
        metadata: ObjectMeta {
            name: Some(name.to_owned()),
            resource_version: old.and_then(|l| l.metadata.resource_version.clone()),
            ..ObjectMeta::default()
        },
        spec: Some(LeaseSpec {
            holder_identity: Some(identity.to_owned()),
            lease_duration_seconds: Some(lasts.as_secs().min(i32::MAX as u64) as i32),
            acquire_time: Some(MicroTime(now)),
            renew_time: Some(MicroTime(now)),
            lease_transitions: Some(transitions + i32::from(old.is_some())),
            ..LeaseSpec::default()
        }),
    }
}
