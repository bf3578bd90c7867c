//! Runs one cluster: starts its processes, says when it is ready, watches them, and leaves nothing behind.

use std::io::{self, Read as _, Write as _};
use std::path::{Path, PathBuf};
use std::sync::mpsc::{self, Receiver, RecvTimeoutError, Sender};
use std::thread;
use std::time::{Duration, Instant};

use serde::{Deserialize, Serialize};
use signal_hook::consts::{SIGHUP, SIGINT, SIGTERM};
use signal_hook::iterator::Signals;

use crate::binaries::{Tools, tools};
use crate::error::Error;
use crate::running::{self, Running};
use crate::scratch::Scratch;

/// How often the children are looked after.
const WATCH: Duration = Duration::from_millis(100);

/// What the caller may choose.
#[derive(Debug, Default)]
pub struct Options {
    /// Where the cluster keeps its files; a fresh temporary directory without it.
    pub dir: Option<PathBuf>,
    /// A manifest of Nodes instead of the twelve of `tests/cluster/nodes.yaml`.
    pub nodes: Option<PathBuf>,
    /// Keep logs and audit log at the end.
    pub keep_logs: bool,
    /// Live until a signal, in a session of its own, instead of until stdin ends.
    pub detached: bool,
}

/// The line that says that the cluster is ready.
#[derive(Debug, Clone, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct Announcement {
    /// An administrator's kubeconfig.
    pub kubeconfig: PathBuf,
    /// The API server's URL.
    pub server: String,
    /// Logs (`<process>.log`), `audit.log`, certificates (`ca.crt`).
    pub dir: PathBuf,
    /// How long the start took.
    pub ready_seconds: f64,
    /// The supervisor and its children.
    pub processes: Vec<ProcessInfo>,
}

/// A running process.
#[derive(Debug, Clone, Serialize, Deserialize)]
pub struct ProcessInfo {
    /// `testbed`, `etcd`, `kube-apiserver`, ..
    pub name: String,
    /// Its id.
    pub pid: u32,
}

/// Runs a cluster until stdin ends or a signal comes, then removes it. Prints the [`Announcement`] on stdout.
///
/// Call it from the main thread, which must live as long as the process: see [`crate::exec_bound_to_parent`].
///
/// # Errors
/// When the cluster does not become ready, or one of its processes ends early; logs are kept then.
pub fn run(options: &Options) -> Result<(), Error> {
    if options.detached {
        rustix::process::setsid().map_err(|error| Error::Signal {
            attempt: "leave the terminal's session",
            source: error.into(),
        })?;
    }
    let tools = tools()?;
    let stop = listen_for_stop(!options.detached)?;
    let scratch = Scratch::new(options.dir.clone())?;
    let outcome = serve(&tools, options, &scratch, &stop);
    if outcome.is_err() || options.keep_logs {
        eprintln!("testbed: logs are kept in {}", scratch.path().display());
        scratch.keep_logs();
    } else {
        scratch.remove();
    }
    outcome
}

/// Sends on the channel when the cluster should end.
fn listen_for_stop(watch_stdin: bool) -> Result<Receiver<()>, Error> {
    let (sender, receiver) = mpsc::channel();
    let mut signals = Signals::new([SIGINT, SIGTERM, SIGHUP]).map_err(|source| Error::Signal {
        attempt: "listen for signals",
        source,
    })?;
    if watch_stdin {
        let sender = sender.clone();
        thread::spawn(move || read_to_end(&sender));
    }
    thread::spawn(move || {
        if signals.forever().next().is_some() {
            let _ = sender.send(());
        }
    });
    Ok(receiver)
}

fn read_to_end(sender: &Sender<()>) {
    let mut ignored = [0_u8; 256];
    let mut stdin = io::stdin().lock();
    while stdin.read(&mut ignored).is_ok_and(|count| count > 0) {}
    let _ = sender.send(());
}

/// Starts the cluster, announces it, and watches it until it should stop. Its processes end with this function.
fn serve(tools: &Tools, options: &Options, scratch: &Scratch, stop: &Receiver<()>) -> Result<(), Error> {
    let begin = Instant::now();
    let Some(mut cluster) = running::start(tools, options.nodes.as_deref(), scratch.path(), stop)? else {
        return Ok(());
    };
    announce(&cluster, scratch.path(), begin.elapsed())?;
    loop {
        match stop.recv_timeout(WATCH) {
            Ok(()) | Err(RecvTimeoutError::Disconnected) => return Ok(()),
            Err(RecvTimeoutError::Timeout) => cluster.check()?,
        }
    }
}

fn announce(cluster: &Running, dir: &Path, took: Duration) -> Result<(), Error> {
    let info = |name: &str, pid| ProcessInfo {
        name: name.to_owned(),
        pid,
    };
    let mut processes = vec![info("testbed", std::process::id())];
    processes.extend(cluster.children.iter().map(|child| info(child.name, child.id())));
    let announcement = Announcement {
        kubeconfig: cluster.layout.path("kubeconfig"),
        server: cluster.layout.server(),
        dir: dir.to_path_buf(),
        ready_seconds: (took.as_secs_f64() * 10.0).round() / 10.0,
        processes,
    };
    let line = serde_json::to_string(&announcement).map_err(|source| Error::Json {
        what: "the announcement".into(),
        source,
    })?;
    let mut out = io::stdout().lock();
    writeln!(out, "{line}")
        .and_then(|()| out.flush())
        .map_err(Error::file("write to", Path::new("stdout")))
}
