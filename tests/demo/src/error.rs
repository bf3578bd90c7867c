//! Why the demo could not go on.

use std::path::{Path, PathBuf};

/// An error of the demo, which is not a broken promise: see [`crate::outcome::Outcome::broken`] for those.
#[derive(Debug, thiserror::Error)]
pub enum Error {
    /// The cluster or the product could not be started.
    #[error(transparent)]
    Testbed(#[from] testbed::Error),
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
    /// An example is not YAML.
    #[error("could not read {path} as YAML: {source}")]
    Yaml {
        /// Which file.
        path: PathBuf,
        /// What is wrong.
        source: Box<serde_saphyr::Error>,
    },
    /// The API server said no.
    #[error("could not {attempt}: {source}")]
    Kube {
        /// What was tried.
        attempt: String,
        /// What it said.
        source: Box<dyn std::error::Error + Send + Sync>,
    },
    /// The runtime could not be started.
    #[error("could not start the runtime: {0}")]
    Runtime(#[source] std::io::Error),
    /// A kept cluster is in the way.
    #[error("a cluster runs already, and the demo would work on it: `make cluster-down` ends it")]
    InTheWay,
    /// The operator's binary is missing.
    #[error("{0} is missing: `make demo` builds it")]
    NoProgram(PathBuf),
    /// New jobs are not held.
    #[error(
        "new jobs in {namespace} were not held within {seconds} s of the operator's start; see target/demo/operator.log"
    )]
    NotArmed {
        /// Where one was tried.
        namespace: String,
        /// How long.
        seconds: u64,
    },
    /// Somebody pressed Ctrl-C.
    #[error("stopped; nothing is left behind")]
    Stopped,
}

impl Error {
    /// Turns the error of a file operation into ours.
    pub fn file(attempt: &'static str, path: &Path) -> impl FnOnce(std::io::Error) -> Self {
        let path = path.to_path_buf();
        move |source| Self::File { attempt, path, source }
    }

    /// Turns an error of the client into ours.
    pub fn kube<E: std::error::Error + Send + Sync + 'static>(attempt: impl Into<String>) -> impl FnOnce(E) -> Self {
        let attempt = attempt.into();
        move |source| Self::Kube {
            attempt,
            source: Box::new(source),
        }
    }
}
