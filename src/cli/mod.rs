//! The command line: reads settings once, calls a room, prints what it returns. The only room that prints.

mod cluster;
mod crds;
mod explain;
mod explain_job;
mod failsafe;
mod forecast;
mod grid;
mod release;
mod run;
mod signals;
mod telemetry;
mod twin;
mod zones;

use std::ffi::OsString;
use std::io::{self, Write};
use std::path::PathBuf;
use std::process::ExitCode;

use clap::{Parser, Subcommand, ValueEnum};

use crate::controllers::guard::WriteError;
use crate::controllers::operator::RunError;
use crate::controllers::release_all::LeaveError;
use crate::metrics::MetricsError;
use crate::twin::TwinError;
use telemetry::{LogFormat, TelemetryError};

/// A carbon-aware scheduler for batch work on Kubernetes.
#[derive(Parser, Debug)]
#[command(version, arg_required_else_help = true)]
struct Cli {
    /// How the log is written, to standard error.
    #[arg(long, env = "ALIZE_LOG_FORMAT", value_enum, default_value = "text", global = true)]
    log_format: LogFormat,
    /// What is logged, for example `info` or `warn,alize=debug`.
    #[arg(long, env = "RUST_LOG", global = true)]
    log: Option<String>,
    #[command(subcommand)]
    command: Command,
}

#[derive(Subcommand, Debug)]
enum Command {
    /// Run the operator.
    Run(run::Run),
    /// Release what is due where no operator does: one pass of the watchman, for a CronJob.
    #[command(name = "failsafe")]
    FailSafe(failsafe::FailSafe),
    /// Let everything go, before you uninstall or downgrade.
    Release(release::Release),
    /// Explain a decision: when, where, why, what it saves, and what the next best would have been.
    Explain(explain_job::Explain),
    /// See what a policy would have done, before you apply it.
    Twin(twin::Twin),
    /// Show what a grid will be, or judge our forecasts on a series of the past.
    Forecast(forecast::Forecast),
    /// Check the sources of forecasts.
    Grid(grid::Grid),
    /// Write the custom resource definitions.
    Crds(crds::Crds),
    /// Print the admission policies.
    Admission(crds::Admission),
}

/// For people, or for programs.
#[derive(Clone, Copy, Debug, ValueEnum)]
enum Output {
    Text,
    Json,
}

/// Why a command failed.
#[derive(Debug, thiserror::Error)]
pub enum CliError {
    /// No cluster is configured.
    #[error("finding the cluster; set KUBECONFIG or run inside a pod")]
    NoCluster(#[source] Box<dyn std::error::Error + Send + Sync>),
    /// The cluster cannot be reached.
    #[error("reaching the cluster")]
    Kube(#[source] kube::Error),
    /// The runtime cannot be started.
    #[error("starting the runtime")]
    Runtime(#[source] io::Error),
    /// The log cannot be set up.
    #[error(transparent)]
    Telemetry(#[from] TelemetryError),
    /// The operator could not start, or ended unasked.
    #[error(transparent)]
    Run(#[from] RunError),
    /// The API server could not be read or written.
    #[error("looking for held jobs")]
    Write(#[source] WriteError),
    /// Jobs could not be released.
    #[error("{0} jobs that are due could not be released; the log says why")]
    NotReleased(usize),
    /// The cluster could not be left clean.
    #[error(transparent)]
    Leave(#[from] LeaveError),
    /// A table cannot be written.
    #[error("writing CSV; this is a fault of alize, please report it")]
    Csv(#[source] csv::Error),
    /// A scenario cannot be run.
    #[error(transparent)]
    Twin(#[from] TwinError),
    /// The metrics are at odds with themselves.
    #[error(transparent)]
    Metrics(MetricsError),
    /// There is no forecast to show.
    #[error(transparent)]
    Forecast(#[from] forecast::ForecastError),
    /// There are no zones whose sources could be asked.
    #[error(transparent)]
    Zones(#[from] zones::ZonesError),
    /// All sources work, and of some signals nothing is known all the same.
    #[error(
        "of {unknown} signals nothing is known, so no job waits for them; put a source that looks ahead, or a yearly one, after those there are"
    )]
    NothingKnown {
        /// What was found.
        shown: String,
        /// How many.
        unknown: usize,
    },
    /// Some sources do not work; what was found is shown all the same.
    #[error("{failed} of {all} sources do not work; what to do stands with each")]
    SourcesFail {
        /// What was found.
        shown: String,
        /// How many do not work.
        failed: usize,
        /// Of how many.
        all: usize,
    },
    /// A series could not be judged.
    #[error(transparent)]
    Backtest(#[from] forecast::BacktestError),
    /// There is no such job.
    #[error("there is no job {1} in namespace {0}; see `kubectl get jobs -n {0}`")]
    NoJob(String, String),
    /// Something generated cannot be written as YAML.
    #[error("writing YAML; this is a fault of alize, please report it")]
    Yaml(#[source] serde_saphyr::ser::Error),
    /// Something cannot be written as JSON.
    #[error("writing JSON; this is a fault of alize, please report it")]
    Json(#[source] serde_json::Error),
    /// A file cannot be written.
    #[error("writing {0}; does the directory exist?")]
    NotWritten(PathBuf, #[source] io::Error),
    /// Nothing can be written to standard output.
    #[error("writing the result to standard output")]
    NotPrinted(#[source] io::Error),
}

impl CliError {
    /// What was found all the same.
    fn shown(&self) -> &str {
        match self {
            Self::SourcesFail { shown, .. } | Self::NothingKnown { shown, .. } => shown,
            _ => "",
        }
    }
}

/// Runs the command line of this process.
pub fn main(args: impl IntoIterator<Item = OsString>) -> ExitCode {
    // clap prints its own help and errors, with the exit codes that people expect.
    let cli = match Cli::try_parse_from(args) {
        Ok(cli) => cli,
        Err(error) => {
            let _ = error.print();
            return ExitCode::from(u8::try_from(error.exit_code()).unwrap_or(2));
        }
    };
    let result = match execute(cli) {
        Ok(text) => print(&text),
        Err(error) => print(error.shown()).and(Err(error)),
    };
    match result {
        Ok(()) => ExitCode::SUCCESS,
        Err(error) => {
            complain(&error);
            ExitCode::FAILURE
        }
    }
}

fn execute(cli: Cli) -> Result<String, CliError> {
    telemetry::init(cli.log_format, cli.log.as_deref())?;
    let runtime = tokio::runtime::Builder::new_multi_thread()
        .enable_all()
        .build()
        .map_err(CliError::Runtime)?;
    runtime.block_on(async {
        match cli.command {
            Command::Run(run) => run.execute().await.map(|()| String::new()),
            Command::FailSafe(failsafe) => failsafe.execute().await,
            Command::Release(release) => release.execute().await,
            Command::Explain(explain) => explain.execute().await,
            Command::Twin(twin) => twin.execute().await,
            Command::Forecast(forecast) => forecast.execute().await,
            Command::Grid(grid) => grid.execute().await,
            Command::Crds(crds) => crds.execute(),
            Command::Admission(admission) => admission.execute(),
        }
    })
}

/// What a list names: an empty variable of the environment names nothing.
fn named(list: &[String]) -> Vec<String> {
    list.iter().filter(|one| !one.is_empty()).cloned().collect()
}

/// Prints a result; whoever has read enough and closed the pipe misses nothing.
fn print(text: &str) -> Result<(), CliError> {
    let mut out = io::stdout().lock();
    match out.write_all(text.as_bytes()).and_then(|()| out.flush()) {
        Err(error) if error.kind() == io::ErrorKind::BrokenPipe => Ok(()),
        result => result.map_err(CliError::NotPrinted),
    }
}

fn complain(error: &dyn std::error::Error) {
    let causes = std::iter::successors(Some(error), |error| error.source());
    let texts: Vec<String> = causes.map(ToString::to_string).collect();
    say(&format!("alize: {}", texts.join(": ")));
}

/// Says something to whoever waits, beside the result; where nobody listens it is lost.
fn say(text: &str) {
    let _ = writeln!(io::stderr().lock(), "{text}");
}
