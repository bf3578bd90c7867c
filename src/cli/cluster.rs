//! How a command reaches the cluster, and what all of ours know of their own place in it.

use std::sync::Arc;

use clap::Args;
use kube::config::KubeConfigOptions;
use kube::{Client, Config};

use super::CliError;
use crate::controllers::guard::Guard;
use crate::metrics::Metrics;
use crate::units::Clock;

/// Where the operator's own objects are.
#[derive(Args, Clone, Debug)]
pub(super) struct Own {
    /// The namespace of the operator: its lease, HoldSwitches and ConfigMaps.
    #[arg(long, env = "POD_NAMESPACE", default_value = "alize-system")]
    pub(super) namespace: String,
    /// The name of the lease by which one replica leads.
    #[arg(long, env = "ALIZE_LEASE", default_value = "alize")]
    pub(super) lease: String,
}

/// A client for the cluster of `KUBECONFIG` or of the pod. It does not retry by itself: a write that is tried again behind
/// our back could outlive the lease.
pub(super) async fn client() -> Result<Client, CliError> {
    let mut config = Config::infer()
        .await
        .map_err(|source| CliError::NoCluster(Box::new(source)))?;
    config.default_retry = false;
    Client::try_from(config).map_err(CliError::Kube)
}

/// The cluster's client, with the namespace that `kubectl` would use.
pub(super) async fn user_client() -> Result<(Client, String), CliError> {
    let config = match Config::from_kubeconfig(&KubeConfigOptions::default()).await {
        Ok(config) => config,
        Err(_) => Config::infer()
            .await
            .map_err(|source| CliError::NoCluster(Box::new(source)))?,
    };
    let namespace = config.default_namespace.clone();
    Ok((Client::try_from(config).map_err(CliError::Kube)?, namespace))
}

/// A gate for a program that acts alone: it has no lease, and an end.
pub(super) fn lone_guard(clock: &Arc<dyn Clock>) -> Result<Guard, CliError> {
    let longest = std::time::Duration::from_secs(30 * 60);
    let metrics = Metrics::new(env!("CARGO_PKG_VERSION")).map_err(CliError::Metrics)?;
    Ok(Guard::alone(longest, clock.clone(), Arc::new(metrics)))
}
