//! `alize release --all`: a clean leave.

use std::sync::Arc;
use std::time::Duration;

use clap::Args;

use super::CliError;
use super::cluster::{Own, client, lone_guard};
use crate::controllers::release_all::release_all;
use crate::controllers::takeover::Takeover;
use crate::units::{Clock, SystemClock, parse_duration};

/// Lets everything go: disarms the HoldSwitches, then releases until nothing is held. Run it before you uninstall or downgrade.
#[derive(Args, Debug)]
pub struct Release {
    #[command(flatten)]
    own: Own,
    /// Release every held job in the cluster; required, so that nobody does it by accident.
    #[arg(long, required = true)]
    all: bool,
    /// How long no operator leads afterwards, so that nothing is held again before you have removed it.
    #[arg(long, default_value = "5m", value_parser = period)]
    keep_off: Duration,
}

fn period(text: &str) -> Result<Duration, String> {
    parse_duration(text)?
        .try_into()
        .map_err(|_| format!("{text:?} is negative"))
}

impl Release {
    /// Lets everything go.
    pub(super) async fn execute(self) -> Result<String, CliError> {
        let clock: Arc<dyn Clock> = Arc::new(SystemClock);
        let (client, guard) = (client().await?, lone_guard(&clock)?);
        // A name that no replica bears: pods are named by Kubernetes, and never with a space.
        let identity = format!("alize release {}", std::process::id());
        let takeover = Takeover::new(
            client.clone(),
            &self.own.namespace,
            &self.own.lease,
            &identity,
            clock.clone(),
        );
        let released = release_all(&client, &guard, &self.own.namespace, &takeover, &clock, self.keep_off).await?;
        let minutes = self.keep_off.as_secs();
        Ok(format!(
            "{released} jobs released; nothing is held. No operator leads for the next {minutes} s.\n"
        ))
    }
}
