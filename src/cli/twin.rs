//! `alize twin`: what a policy would have done.

mod jobs;
mod rows;

use std::path::PathBuf;

use clap::{Args, Subcommand};

use super::{CliError, say};
use crate::twin::{bundled, play, result, scenario};
use crate::units::SystemClock;

/// Replay a cluster's jobs under a policy, its rivals and the optimum, before you apply it.
#[derive(Args, Debug)]
#[command(args_conflicts_with_subcommands = true)]
pub struct Twin {
    #[command(flatten)]
    run: Run,
    #[command(subcommand)]
    what: Option<What>,
}

#[derive(Subcommand, Debug)]
enum What {
    /// Write the jobs of a scenario.
    Jobs(jobs::Jobs),
}

#[derive(Args, Debug)]
struct Run {
    /// The scenario; docs/twin.md explains its keys. Without one, a bundled scenario runs.
    scenario: Option<PathBuf>,
    /// The directory that result.json, jobs.csv and report.html are written to.
    #[arg(long)]
    out: Option<PathBuf>,
    /// Print the figures as JSON, for machines.
    #[arg(long)]
    json: bool,
}

impl Twin {
    /// Runs the scenario, or reads a cluster's jobs.
    pub(super) async fn execute(&self) -> Result<String, CliError> {
        match &self.what {
            Some(What::Jobs(jobs)) => jobs.execute().await,
            None => self.run.execute(),
        }
    }
}

impl Run {
    fn execute(&self) -> Result<String, CliError> {
        let scenario = match &self.scenario {
            Some(path) => scenario::read(path)?,
            None => bundled()?,
        };
        if let Some(out) = &self.out {
            result::prepare(out)?;
        }
        for warning in &scenario.warnings {
            say(&format!("warning: {warning}"));
        }
        let known = scenario.warnings.len();
        let results = play(&scenario, &SystemClock, &mut |name| say(&format!("running {name}")));
        for warning in results.warnings.iter().skip(known) {
            say(&format!("warning: {warning}"));
        }
        if let Some(out) = &self.out {
            results.write(&scenario, out)?;
        }
        Ok(if self.json { results.json()? } else { results.table() })
    }
}
