//! `alize run`: the operator.

use std::net::SocketAddr;
use std::path::PathBuf;
use std::sync::Arc;

use clap::Args;
use tokio_util::sync::CancellationToken;

use super::cluster::{Own, client};
use super::{CliError, named, signals};
use crate::controllers::operator::{self, Settings};
use crate::units::SystemClock;

/// The operator: watches policies, zones and jobs, and decides when and where each deferrable job runs.
#[derive(Args, Debug)]
pub struct Run {
    #[command(flatten)]
    own: Own,
    /// The name of this replica; no two may share one.
    #[arg(long, env = "POD_NAME", default_value = "alize")]
    identity: String,
    /// The Deployment in the same namespace that is to own the HoldSwitches, so that they go when it goes.
    #[arg(long, env = "ALIZE_DEPLOYMENT")]
    deployment: Option<String>,
    /// Releases a second, so that a wave does not hurt the cluster; 0 is unlimited. Jobs near their latest start are never paced.
    #[arg(long, env = "ALIZE_RELEASE_RATE", default_value_t = 20.0)]
    release_rate: f64,
    /// Where /healthz, /readyz and /metrics are served.
    #[arg(long, env = "ALIZE_LISTEN", default_value = "0.0.0.0:8080")]
    listen: SocketAddr,
    /// The directory that file sources lie in.
    #[arg(long, env = "ALIZE_DATA_DIR")]
    data_dir: Option<PathBuf>,
    /// Another origin that a GridZone may name as endpoint, for example `https://mirror.example.org`; may be given several times.
    #[arg(long = "allow-endpoint", env = "ALIZE_ALLOWED_ENDPOINTS", value_delimiter = ',')]
    allowed_endpoints: Vec<String>,
    /// PEM certificates of authorities that vouch for such origins, besides the well-known ones; for no public service. Read at
    /// the start.
    #[arg(long, env = "ALIZE_CA_FILE", value_name = "FILE")]
    ca_file: Option<PathBuf>,
    /// Whether such an origin may lie on this very machine: for tests.
    #[arg(long, hide = true)]
    allow_loopback: bool,
    /// A Secret in the same namespace that a GridZone may name for the key of a provider; may be given several times.
    #[arg(long = "secret", env = "ALIZE_SECRETS", value_delimiter = ',')]
    secrets: Vec<String>,
}

impl Run {
    /// Runs until the process is asked to stop.
    pub(super) async fn execute(self) -> Result<(), CliError> {
        let client = client().await?;
        let settings = Settings {
            namespace: self.own.namespace,
            identity: self.identity,
            lease: self.own.lease,
            deployment: self.deployment,
            release_rate: (self.release_rate > 0.0).then_some(self.release_rate),
            listen: self.listen,
            data_dir: self.data_dir,
            allowed_endpoints: named(&self.allowed_endpoints),
            loopback: self.allow_loopback,
            ca_file: self.ca_file,
            secrets: named(&self.secrets),
        };
        let stop = CancellationToken::new();
        let run = operator::run(client, settings, Arc::new(SystemClock), stop.clone());
        let mut run = std::pin::pin!(run);
        tokio::select! {
            result = &mut run => Ok(result?),
            () = signals::asked_to_stop() => {
                stop.cancel();
                Ok(run.await?)
            }
        }
    }
}
