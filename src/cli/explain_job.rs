//! `alize explain job NAME`: reads the job, and renders what its annotation says.

use clap::{Args, Subcommand};
use jiff::tz::TimeZone;
use k8s_openapi::api::batch::v1::Job;
use kube::Api;

use super::cluster::user_client;
use super::explain::{explain, time_zone};
use super::{CliError, Output};
use crate::units::{Clock, SystemClock};

/// Explains a decision.
#[derive(Args, Debug)]
pub struct Explain {
    #[command(subcommand)]
    what: What,
}

#[derive(Subcommand, Debug)]
enum What {
    /// A job: when, where, why, what it saves, and what the next best would have been.
    Job(OfJob),
}

#[derive(Args, Debug)]
struct OfJob {
    /// The name of the job.
    name: String,
    /// Its namespace; without it, the one of your kubectl context.
    #[arg(short, long)]
    namespace: Option<String>,
    /// Show times in this zone too, for example `Africa/Casablanca`.
    #[arg(long, value_parser = time_zone)]
    time_zone: Option<TimeZone>,
    /// For people, or for programs.
    #[arg(short, long, value_enum, default_value = "text")]
    output: Output,
}

impl Explain {
    /// Reads and renders.
    pub(super) async fn execute(self) -> Result<String, CliError> {
        let What::Job(of) = self.what;
        let (client, own) = user_client().await?;
        let namespace = of.namespace.unwrap_or(own);
        let api: Api<Job> = Api::namespaced(client, &namespace);
        let job = api.get_opt(&of.name).await.map_err(CliError::Kube)?;
        let job = job.ok_or(CliError::NoJob(namespace, of.name))?;
        let explanation = explain(&job, SystemClock.now());
        match of.output {
            Output::Text => Ok(explanation.text(of.time_zone.as_ref())),
            Output::Json => explanation.json().map_err(CliError::Json),
        }
    }
}
