//! `alize failsafe`: one pass of the watchman, run by a CronJob every minute with an account of its own. It shares no state
//! with the operator but the objects themselves.

use jiff::{SignedDuration, Timestamp};
use k8s_openapi::api::coordination::v1::Lease;
use kube::{Api, Client};
use tracing::info;

use super::guard::{Guard, WriteError};
use super::letgo::{disarm, held, let_go};
use crate::index::JobEntry;
use crate::units::Clock;

/// How often the CronJob runs.
pub const INTERVAL: SignedDuration = SignedDuration::from_secs(60);
/// For the way from the CronJob's tick to a running pod.
const START: SignedDuration = SignedDuration::from_secs(15);
/// Without a leader whatever is due within this goes: the next pass may be too late for it.
pub(super) const ALONE: SignedDuration = SignedDuration::from_secs(INTERVAL.as_secs() + START.as_secs());
/// A lease that was not renewed for longer than this has no leader behind it.
const STALE: SignedDuration = SignedDuration::from_secs(60);
/// A hold that says nothing of its end is let go at this age.
const NAMELESS: SignedDuration = SignedDuration::from_secs(120);
/// Rounds over jobs that somebody else wrote meanwhile.
const ROUNDS: usize = 3;

/// What one pass did.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Pass {
    /// Whether a leader stands behind the lease.
    pub led: bool,
    /// Jobs that carry the mark.
    pub held: usize,
    /// Jobs that were let go.
    pub released: usize,
    /// Jobs that were due and could not be let go.
    pub failed: usize,
    /// Switches that were disarmed.
    pub disarmed: usize,
}

/// One pass.
///
/// Without a leader it disarms the switches and lets go whatever is due before the next pass; with one it leaves the last
/// seconds to the operator, which releases in time and into the right zone, and only stands in when that does not happen.
///
/// # Errors
/// When the API server cannot be read, or refuses to disarm a switch.
pub async fn pass(
    client: &Client,
    guard: &Guard,
    namespace: &str,
    lease: &str,
    clock: &dyn Clock,
) -> Result<Pass, WriteError> {
    let api: Api<Lease> = Api::namespaced(client.clone(), namespace);
    let lease = guard.read(api.get_opt(lease)).await?;
    let led = is_led(lease.as_ref(), clock.now());
    let disarmed = async {
        let why = "the fail-safe found no leader; the next leader arms it again";
        if led {
            return Ok(0);
        }
        disarm(client, guard, namespace, why, clock.now()).await
    };
    // Side by side: a switch that cannot be disarmed keeps no job from its release.
    let (disarmed, pass) = futures::future::join(disarmed, release(client, guard, led, clock)).await;
    let pass = Pass {
        disarmed: disarmed?,
        ..pass?
    };
    info!(?pass, "the fail-safe has looked");
    Ok(pass)
}

/// Lets go whatever is due.
async fn release(client: &Client, guard: &Guard, led: bool, clock: &dyn Clock) -> Result<Pass, WriteError> {
    let mut jobs = held(client, guard).await?;
    let mut pass = Pass {
        led,
        held: jobs.len(),
        released: 0,
        failed: 0,
        disarmed: 0,
    };
    let horizon = if led { START } else { ALONE };
    for round in 0..ROUNDS {
        if round > 0 {
            jobs = held(client, guard).await?;
        }
        let now = clock.now();
        let due: Vec<JobEntry> = jobs.drain(..).filter(|job| is_due(job, now, horizon)).collect();
        if due.is_empty() {
            pass.failed = 0;
            break;
        }
        let (released, left) = let_go(client, guard, due, clock).await;
        pass.released += released;
        pass.failed = left.len();
        if left.is_empty() {
            break;
        }
    }
    Ok(pass)
}

fn is_led(lease: Option<&Lease>, now: Timestamp) -> bool {
    let spec = lease.and_then(|lease| lease.spec.as_ref());
    let renewed = spec.and_then(|spec| spec.renew_time.as_ref()).map(|time| time.0);
    let holder = spec
        .and_then(|spec| spec.holder_identity.as_deref())
        .unwrap_or_default();
    !holder.is_empty() && renewed.is_some_and(|renewed| now.duration_since(renewed) <= STALE)
}

/// Whether a held job must go before `horizon` has passed.
fn is_due(job: &JobEntry, now: Timestamp, horizon: SignedDuration) -> bool {
    match job.ours.release_at {
        Some(latest_start) => latest_start.duration_since(now) <= horizon,
        None => now.duration_since(job.created) > NAMELESS,
    }
}

#[cfg(test)]
mod tests {
    use std::sync::Arc;
    use std::sync::atomic::{AtomicBool, Ordering};

    use kube::client::Body;
    use serde_json::json;

    use super::super::patch;
    use super::*;
    use crate::index::SlimJob;
    use crate::metrics::Metrics;
    use crate::units::SystemClock;

    const NOW: &str = "2026-11-25T12:00:00Z";

    fn job(release_at: &str, uid: &str, created: &str) -> JobEntry {
        let yaml = format!(
            r#"
metadata:
  name: j
  namespace: n
  uid: own
  resourceVersion: "1"
  creationTimestamp: {created}
  labels: {{alize.dev/held: "true"}}
  annotations:
    alize.dev/release-at: "{release_at}"
    alize.dev/plan: '{{"uid":"{uid}","policy":"p","reason":"x","message":"","madeAt":"{created}","chosen":{{"start":"{created}","zones":[]}},"now":{{"start":"{created}","zones":[]}},"binding":"","signal":"","latestStart":"{created}","expectedSeconds":1,"lengthSource":"","watts":1.0}}'
spec: {{suspend: true, template: {{spec: {{containers: []}}}}}}
"#
        );
        let job: SlimJob = serde_saphyr::from_str(&yaml).unwrap();
        JobEntry::read(job).unwrap()
    }

    fn due(job: &JobEntry) -> bool {
        is_due(job, NOW.parse().unwrap(), ALONE)
    }

    #[test]
    fn what_is_due_before_the_next_pass_goes_now() {
        assert!(due(&job("2026-11-25T12:01:10Z", "own", "2026-11-25T11:59:00Z")));
        assert!(!due(&job("2026-11-25T12:05:00Z", "own", "2026-11-25T11:59:00Z")));
    }

    #[tokio::test]
    async fn a_switch_that_cannot_be_disarmed_keeps_no_job_from_its_release() {
        let released = Arc::new(AtomicBool::new(false));
        let seen = released.clone();
        let server = move |request: http::Request<Body>| {
            let (write, path) = (request.method() == http::Method::PATCH, request.uri().path().to_owned());
            let due = json!({
                "metadata": {"name": "j", "namespace": "n", "uid": "1", "resourceVersion": "1",
                    "creationTimestamp": "2020-11-25T11:59:00Z", "labels": {"alize.dev/held": "true"}},
                "spec": {"suspend": true, "template": {"spec": {"containers": []}}},
            });
            let switch = json!({"metadata": {"name": "p"}, "spec": {}, "status": {"armed": true}});
            let (code, answer) = match path
                .rsplit('/')
                .find(|part| ["leases", "holdswitches", "jobs"].contains(part))
            {
                Some("holdswitches") if write => (403, json!({})),
                Some("holdswitches") => (200, json!({"metadata": {}, "items": [switch]})),
                Some("jobs") if write => {
                    seen.store(true, Ordering::Relaxed);
                    (200, due)
                }
                Some("jobs") => (200, json!({"metadata": {}, "items": [due]})),
                _ => (200, json!({"metadata": {}})),
            };
            let body = Body::from(answer.to_string().into_bytes());
            std::future::ready(http::Response::builder().status(code).body(body))
        };
        let client = Client::new(tower::service_fn(server), "default");
        let metrics = Arc::new(Metrics::new("test").unwrap());
        let guard = Guard::alone(std::time::Duration::from_secs(60), Arc::new(SystemClock), metrics);
        let pass = pass(&client, &guard, "alize-system", "alize", &SystemClock).await;
        assert!(pass.is_err() && released.load(Ordering::Relaxed));
    }

    #[test]
    fn a_copied_promise_is_no_promise_and_two_minutes_are_enough() {
        assert!(due(&job("2030-01-01T00:00:00Z", "another", "2026-11-25T11:57:59Z")));
        assert!(!due(&job("2020-01-01T00:00:00Z", "another", "2026-11-25T11:59:00Z")));
    }

    #[test]
    fn a_leader_has_a_minute_to_widen_the_zones_of_a_job_and_without_one_it_goes_at_once() {
        let now: Timestamp = NOW.parse().unwrap();
        let released = job("2026-11-25T11:58:00Z", "own", "2026-11-25T11:50:00Z");
        let patch = patch::rehold(&released, now);
        let promise = patch["metadata"]["annotations"]["alize.dev/release-at"]
            .as_str()
            .unwrap();
        let reheld = job(promise, "own", "2026-11-25T11:50:00Z");
        assert!(!is_due(&reheld, now + SignedDuration::from_secs(59), START));
        assert!(is_due(&reheld, now + SignedDuration::from_secs(60), START));
        assert!(due(&reheld));
    }

    #[test]
    fn a_lease_that_is_stale_or_given_back_has_no_leader() {
        let now = NOW.parse().unwrap();
        let lease = |holder: &str, renewed: &str| -> Lease {
            let yaml = format!("spec: {{holderIdentity: {holder}, renewTime: \"{renewed}\"}}");
            serde_saphyr::from_str(&yaml).unwrap()
        };
        assert!(is_led(Some(&lease("a", "2026-11-25T11:59:30.000000Z")), now));
        assert!(!is_led(Some(&lease("a", "2026-11-25T11:58:00.000000Z")), now));
        assert!(!is_led(Some(&lease("''", "2026-11-25T11:59:59.000000Z")), now));
        assert!(!is_led(None, now));
    }
}
