//! Letting go without a plan, for the two who act when the operator does not: the fail-safe and `release --all`.

use futures::StreamExt;
use jiff::Timestamp;
use kube::api::{ListParams, Patch, PatchParams};
use kube::{Api, Client};
use serde_json::json;
use tracing::{info, warn};

use super::apply::send;
use super::guard::{Guard, WriteError};
use super::patch;
use crate::api::{HoldSwitch, label};
use crate::index::{JobEntry, SlimJob};
use crate::metrics::{Resource, Verb, WriteOutcome};
use crate::units::Clock;

/// Jobs a page: a list of any length stays small in memory.
const PAGE: u32 = 500;
/// Releases at a time.
const AT_ONCE: usize = 16;

/// All jobs that carry the mark of a hold, whoever wrote it.
pub async fn held(client: &Client, guard: &Guard) -> Result<Vec<JobEntry>, WriteError> {
    let api: Api<SlimJob> = Api::all(client.clone());
    let mut params = ListParams::default()
        .labels(&format!("{}=true", label::HELD))
        .limit(PAGE);
    let mut jobs = Vec::new();
    loop {
        let list = guard.read(api.list(&params)).await?;
        jobs.extend(
            list.items
                .into_iter()
                .filter_map(JobEntry::read)
                .filter(|job| !job.terminating),
        );
        match list.metadata.continue_.filter(|token| !token.is_empty()) {
            Some(token) => params = params.continue_token(&token),
            None => return Ok(jobs),
        }
    }
}

/// Lets these jobs go, each at the version that was read; returns how many were, and those that must be looked at again.
///
/// A job that a queue or another controller owns only loses our mark: its `suspend` is theirs.
pub async fn let_go(client: &Client, guard: &Guard, jobs: Vec<JobEntry>, clock: &dyn Clock) -> (usize, Vec<JobEntry>) {
    let results = futures::stream::iter(jobs).map(|job| async move {
        let result = release(client, guard, &job, clock.now()).await;
        (job, result)
    });
    let results: Vec<_> = results.buffer_unordered(AT_ONCE).collect().await;
    let (mut released, mut left) = (0, Vec::new());
    for (job, result) in results {
        match result {
            Ok(()) => {
                released += 1;
                info!(job = %job.key, "let go");
            }
            Err(error) if error.outcome() == WriteOutcome::Gone => {}
            Err(error) => {
                warn!(job = %job.key, %error, "a job could not be let go");
                left.push(job);
            }
        }
    }
    (released, left)
}

async fn release(client: &Client, guard: &Guard, job: &JobEntry, now: Timestamp) -> Result<(), WriteError> {
    if !job.is_ours() || job.foreign {
        return send(client, guard, job, &patch::disown(job)).await;
    }
    let body = patch::let_go(job, now);
    match send(client, guard, job, &body).await {
        // Its owner may have filled its annotations to the brim: then it goes without a word of ours.
        Err(error) if error.outcome() == WriteOutcome::Denied => {
            send(client, guard, job, &patch::let_go_silently(job)).await
        }
        result => result,
    }
}

/// Disarms all switches in `namespace`: from now on new jobs are created running.
pub async fn disarm(
    client: &Client,
    guard: &Guard,
    namespace: &str,
    why: &str,
    now: Timestamp,
) -> Result<usize, WriteError> {
    let api: Api<HoldSwitch> = Api::namespaced(client.clone(), namespace);
    let switches = match guard.read(api.list(&ListParams::default())).await {
        // Not even their kind is there.
        Err(error) if error.outcome() == WriteOutcome::Gone => return Ok(0),
        answer => answer?,
    };
    let armed = switches
        .items
        .iter()
        .filter(|switch| switch.status.as_ref().is_some_and(|status| status.armed));
    let names: Vec<&str> = armed.filter_map(|switch| switch.metadata.name.as_deref()).collect();
    for name in &names {
        let body = json!({"status": {"armed": false, "message": why, "since": format!("{now:.0}")}});
        let (params, patch) = (PatchParams::default(), Patch::Merge(&body));
        let request = api.patch_status(name, &params, &patch);
        match guard.write(Verb::Patch, Resource::HoldSwitch, request).await {
            Ok(_) => info!(switch = name, why, "HoldSwitch disarmed"),
            Err(error) if error.outcome() == WriteOutcome::Gone => {}
            Err(error) => return Err(error),
        }
    }
    Ok(names.len())
}

#[cfg(test)]
mod tests {
    use std::sync::Arc;
    use std::time::Duration;

    use kube::client::Body;

    use super::*;
    use crate::metrics::Metrics;
    use crate::units::SystemClock;

    /// Disarms at an API server that answers everything with this code.
    async fn disarmed(code: u16) -> Result<usize, WriteError> {
        let answer = move |_: http::Request<Body>| async move {
            let response = http::Response::builder().status(code).body(Body::from(b"no".to_vec()));
            response.map_err(|error| error.to_string())
        };
        let client = Client::new(tower::service_fn(answer), "default");
        let metrics = Arc::new(Metrics::new("test").unwrap());
        let guard = Guard::alone(Duration::from_secs(60), Arc::new(SystemClock), metrics);
        disarm(&client, &guard, "alize-system", "a test", Timestamp::UNIX_EPOCH).await
    }

    #[tokio::test]
    async fn without_the_kind_there_is_no_switch_to_disarm_and_nothing_stands_in_the_way_of_a_release() {
        assert_eq!(disarmed(404).await.unwrap(), 0);
        assert!(disarmed(403).await.is_err());
    }
}
