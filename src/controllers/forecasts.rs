//! What services said last, in a ConfigMap of ours: after a restart it is known again, whether the services answer or not, and
//! replicas that stand by know it without asking.

use std::time::{Duration, Instant};

use k8s_openapi::api::core::v1::ConfigMap;
use kube::api::Patch;
use kube::{Api, Client};
use serde_json::json;
use tracing::warn;

use super::apply::patch_params;
use super::guard::{Guard, WriteError};
use crate::grid::{Board, FORECASTS};
use crate::metrics::{Resource, Verb, WriteOutcome};
use crate::units::Clock;

/// The ConfigMap is not written again before this: forecasts reach further than that.
const SPACING: Duration = Duration::from_secs(15 * 60);

/// Writes the ConfigMap. The chart makes it; where there is none, nothing is kept.
pub struct Forecasts {
    api: Api<ConfigMap>,
    guard: Guard,
    next: Option<Instant>,
    written: String,
}

impl Forecasts {
    /// Writes in `namespace`, within `guard`.
    pub fn new(client: &Client, namespace: &str, guard: Guard) -> Self {
        Self {
            api: Api::namespaced(client.clone(), namespace),
            guard,
            next: None,
            written: String::new(),
        }
    }

    /// Writes what changed, when it is time.
    pub async fn keep(&mut self, board: &Board, clock: &dyn Clock) {
        let now = clock.monotonic();
        // Until its services have answered, a new leader knows no more than the ConfigMap.
        if !board.is_asked() || self.next.is_some_and(|next| now < next) {
            return;
        }
        self.next = Some(now + SPACING);
        let text = board.memory(clock.now());
        if text == self.written {
            return;
        }
        let (name, key) = FORECASTS;
        let body = json!({"data": {key: text}});
        let (params, patch) = (patch_params(), Patch::Merge(&body));
        let request = self.api.patch(name, &params, &patch);
        match self.guard.write(Verb::Patch, Resource::ConfigMap, request).await {
            Ok(_) => self.written = text,
            Err(WriteError::NotLeading) => {}
            Err(error) if error.outcome() == WriteOutcome::Gone => {}
            Err(error) => warn!(name, %error, "the last forecasts could not be kept; it is tried again"),
        }
    }
}
