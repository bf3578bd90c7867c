//! `make demo`: a compressed day on a real control plane, in less than three minutes.
//!
//! The demo starts a cluster ([`stage`]), installs the product from its chart, runs the operator as its own account, applies
//! `examples/` ([`examples`], their hours compressed to five seconds) and a made-up workload ([`workload`], [`teams`]), and
//! shows what happens ([`view`]). What it says at the end is computed from what the API server showed ([`observer`], [`log`]), from the
//! manifests ([`site`]) and from the true curves ([`day`], [`account`], [`room`]); the operator's own word counts for
//! nothing in it ([`outcome`]).

mod account;
mod day;
mod error;
mod examples;
mod log;
mod observer;
mod outcome;
mod play;
mod quantity;
mod report;
mod room;
mod site;
mod stage;
mod teams;
mod view;
mod workload;

use std::process::ExitCode;

use clap::Parser;
use tokio::runtime::{Builder, Runtime};
use tokio::signal::unix::{SignalKind, signal};
use tokio_util::sync::CancellationToken;

use crate::error::Error;

/// A compressed day: what Alizé holds, where and when it runs it, and what that saves.
#[derive(Parser)]
struct Args {
    /// Leave the cluster running at the end, and say how to reach it.
    #[arg(long, env = "KEEP", value_parser = clap::builder::FalseyValueParser::new(), num_args = 0..=1, default_missing_value = "true", default_value = "false")]
    keep: bool,
}

fn main() -> ExitCode {
    let args = Args::parse();
    let runtime = match Builder::new_multi_thread().enable_all().build() {
        Ok(runtime) => runtime,
        Err(error) => return fail(&Error::Runtime(error).to_string()),
    };
    let stop = stop_on_signals(&runtime);
    match play::play(&runtime, args.keep, &stop) {
        Ok(broken) if broken.is_empty() => ExitCode::SUCCESS,
        Ok(broken) => fail(&format!("a promise broke:\n  {}", broken.join("\n  "))),
        // Ctrl-C reaches the cluster too, which then ends under whoever works on it.
        Err(_) if stop.is_cancelled() => fail(&Error::Stopped.to_string()),
        Err(error) => fail(&error.to_string()),
    }
}

fn fail(why: &str) -> ExitCode {
    eprintln!("\ndemo: {why}");
    ExitCode::FAILURE
}

/// Cancelled on Ctrl-C, SIGTERM and when the terminal closes; whoever sees it drops what it has started.
fn stop_on_signals(runtime: &Runtime) -> CancellationToken {
    let stop = CancellationToken::new();
    for kind in [SignalKind::interrupt(), SignalKind::terminate(), SignalKind::hangup()] {
        let stop = stop.clone();
        runtime.spawn(async move {
            if let Ok(mut signals) = signal(kind) {
                signals.recv().await;
                stop.cancel();
            }
        });
    }
    stop
}
