//! The command line of the test cluster.

use std::path::PathBuf;
use std::process::ExitCode;

use clap::{Parser, Subcommand};
use testbed::{Error, binaries, detached, supervisor};

/// A real Kubernetes with fake nodes, as plain processes on this machine.
#[derive(Parser)]
#[command(version, arg_required_else_help = true)]
struct Cli {
    #[command(subcommand)]
    command: Command,
}

#[derive(Subcommand)]
enum Command {
    /// Build all programs into the cache ($ALIZE_CACHE, $XDG_CACHE_HOME/alize or ~/.cache/alize).
    Build,
    /// Print the path of one of the programs, for example `kubectl` or `helm`.
    Tool { name: String },
    /// Run a cluster until stdin ends or a signal comes; prints one line of JSON when it is ready.
    Run(RunArgs),
    /// Start a cluster that stays, and print how to reach it.
    Up,
    /// End the cluster that `up` started.
    Down,
    /// Become a program that is killed when the given parent ends.
    #[command(hide = true)]
    BoundToParent {
        parent: u32,
        program: PathBuf,
        #[arg(trailing_var_arg = true, allow_hyphen_values = true)]
        args: Vec<String>,
    },
}

#[derive(clap::Args)]
struct RunArgs {
    /// Where the cluster keeps its files [default: a fresh temporary directory].
    #[arg(long)]
    dir: Option<PathBuf>,
    /// A manifest of Nodes [default: twelve in three zones].
    #[arg(long)]
    nodes: Option<PathBuf>,
    /// Keep logs and audit log at the end.
    #[arg(long)]
    keep_logs: bool,
    /// Live in a session of its own until a signal comes, whatever happens to stdin.
    #[arg(long, hide = true)]
    detached: bool,
}

fn main() -> ExitCode {
    match run(Cli::parse().command) {
        Ok(()) => ExitCode::SUCCESS,
        Err(error) => {
            eprintln!("testbed: {error}");
            ExitCode::FAILURE
        }
    }
}

fn run(command: Command) -> Result<(), Error> {
    match command {
        Command::Build => binaries::build().map(|_| ()),
        Command::Tool { name } => {
            println!("{}", binaries::tools()?.named(&name)?.display());
            Ok(())
        }
        Command::Run(args) => supervisor::run(&supervisor::Options {
            dir: args.dir,
            nodes: args.nodes,
            keep_logs: args.keep_logs,
            detached: args.detached,
        }),
        Command::Up => {
            let ready = detached::Home::new()?.up()?;
            eprintln!("testbed: Kubernetes at {} (`make cluster-down` ends it)", ready.server);
            println!("export KUBECONFIG={}", ready.kubeconfig.display());
            Ok(())
        }
        Command::Down => {
            let found = detached::Home::new()?.down()?;
            eprintln!(
                "testbed: {}",
                if found {
                    "the cluster has ended"
                } else {
                    "no cluster runs"
                }
            );
            Ok(())
        }
        Command::BoundToParent { parent, program, args } => Err(testbed::exec_bound_to_parent(parent, &program, &args)),
    }
}
