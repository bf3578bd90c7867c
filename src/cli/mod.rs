//! The command line: reads settings once, calls a room, prints what it returns. The only room that prints.

mod cluster;
mod failsafe;
mod release;
mod run;
mod signals;

use std::process::ExitCode;

/// Why a command failed.
#[derive(Debug, thiserror::Error)]
pub enum CliError {
    /// No cluster is configured.
    #[error("finding the cluster; set KUBECONFIG or run inside a pod")]
    NoCluster(#[source] Box<dyn std::error::Error + Send + Sync>),
    /// The cluster cannot be reached.
    #[error("reaching the cluster")]
    Kube(#[source] kube::Error),
    /// The operator ended.
    #[error(transparent)]
    Run(#[from] crate::controllers::operator::RunError),
    /// The API server could not be read or written.
    #[error("looking for held jobs")]
    Write(#[source] crate::controllers::guard::WriteError),
    /// Jobs could not be released.
    #[error("{0} jobs that are due could not be released; the log says why")]
    NotReleased(usize),
    /// The cluster could not be left clean.
    #[error(transparent)]
    Leave(#[from] crate::controllers::release_all::LeaveError),
    /// The metrics are at odds with themselves.
    #[error(transparent)]
    Metrics(crate::metrics::MetricsError),
}
/// x
pub fn main() -> ExitCode {
    ExitCode::SUCCESS
}
