//! `alize failsafe`: one pass of the watchman.

use std::sync::Arc;

use clap::Args;

use super::CliError;
use super::cluster::{Own, client, lone_guard};
use crate::controllers::failsafe::pass;
use crate::units::{Clock, SystemClock};

/// One pass of the watchman: releases what is due, and disarms the HoldSwitches when no operator leads. Run it every minute.
#[derive(Args, Debug)]
pub struct FailSafe {
    #[command(flatten)]
    own: Own,
}

impl FailSafe {
    /// Looks once.
    pub(super) async fn execute(self) -> Result<String, CliError> {
        let clock: Arc<dyn Clock> = Arc::new(SystemClock);
        let (client, guard) = (client().await?, lone_guard(&clock)?);
        let pass = pass(&client, &guard, &self.own.namespace, &self.own.lease, &*clock)
            .await
            .map_err(CliError::Write)?;
        if pass.failed > 0 {
            return Err(CliError::NotReleased(pass.failed));
        }
        let led = if pass.led {
            "an operator leads"
        } else {
            "no operator leads"
        };
        Ok(format!(
            "{led}; {} held, {} released, {} switches disarmed\n",
            pass.held, pass.released, pass.disarmed
        ))
    }
}
