//! What a test holds: a cluster that ends with the value.

use std::env;
use std::fs;
use std::io::{BufRead as _, BufReader, Read as _};
use std::path::{Path, PathBuf};
use std::process::{Child, ChildStdin, Command, ExitStatus, Stdio};
use std::thread::{self, JoinHandle};

use crate::error::Error;
use crate::supervisor::{Announcement, ProcessInfo};

/// A running cluster. Dropping it ends all its processes and removes its directory.
///
/// The tests of one file may share one in a `static OnceLock<Cluster>`: statics are never dropped, but the end of
/// the test process closes the pipe as well.
#[derive(Debug)]
pub struct Cluster {
    /// An administrator's kubeconfig, with the authority embedded.
    pub kubeconfig: PathBuf,
    /// The API server's URL, on loopback.
    pub server: String,
    /// `<process>.log`, `audit.log` (one JSON event a line), `ca.crt`; gone when the cluster ends.
    pub dir: PathBuf,
    /// The supervisor and its children, for tests that kill or stop one.
    pub processes: Vec<ProcessInfo>,
    /// `None` for a cluster that outlives the value.
    supervisor: Option<Supervisor>,
}

impl Cluster {
    /// Starts a cluster with the twelve nodes of `tests/cluster/nodes.yaml` and waits until pods can run on it
    /// (seconds, once the programs are built).
    ///
    /// # Errors
    /// When the supervisor's binary or the programs are not built, or the cluster does not become ready: the
    /// message holds the tail of the guilty log.
    pub fn start() -> Result<Self, Error> {
        Self::start_with_args(&[])
    }

    /// Like [`Cluster::start`], with the Nodes of another manifest.
    ///
    /// # Errors
    /// As [`Cluster::start`], and when the manifest is not accepted.
    pub fn start_with_nodes(manifest: &Path) -> Result<Self, Error> {
        Self::start_with_args(&["--nodes".as_ref(), manifest])
    }

    fn start_with_args(args: &[&Path]) -> Result<Self, Error> {
        let program = supervisor_binary()?;
        let (mut supervisor, first_line) = Supervisor::spawn(&program, args)?;
        if first_line.is_empty() {
            return Err(Error::NotStarted {
                report: supervisor.close().1,
            });
        }
        let ready: Announcement = serde_json::from_str(&first_line).map_err(|source| Error::Json {
            what: "the supervisor's announcement".into(),
            source,
        })?;
        let mut cluster = Self::staying(ready);
        cluster.supervisor = Some(supervisor);
        Ok(cluster)
    }

    /// A cluster that somebody else has started, for example [`crate::detached::Home::up`]: it does not end with the value.
    #[must_use]
    pub fn staying(ready: Announcement) -> Self {
        Self {
            kubeconfig: ready.kubeconfig,
            server: ready.server,
            dir: ready.dir,
            processes: ready.processes,
            supervisor: None,
        }
    }
}

/// The supervisor's process, tied to this one by its stdin.
#[derive(Debug)]
struct Supervisor {
    process: Child,
    stdin: Option<ChildStdin>,
    report: Option<JoinHandle<String>>,
}

impl Supervisor {
    /// Starts it, and waits for the first line that it prints: empty if it gave up.
    fn spawn(program: &Path, args: &[&Path]) -> Result<(Self, String), Error> {
        let mut process = Command::new(program)
            .arg("run")
            .args(args)
            .stdin(Stdio::piped())
            .stdout(Stdio::piped())
            .stderr(Stdio::piped())
            .spawn()
            .map_err(Error::run(program.display().to_string()))?;
        let stdin = process.stdin.take();
        let stdout = process.stdout.take();
        // Collected aside, so that a chatty supervisor is never blocked and a silent one leaves no noise in tests.
        let report = process.stderr.take().map(|mut stderr| {
            thread::spawn(move || {
                let mut bytes = Vec::new();
                let _ = stderr.read_to_end(&mut bytes);
                String::from_utf8_lossy(&bytes).into_owned()
            })
        });
        let supervisor = Self { process, stdin, report };
        let mut line = String::new();
        if let Some(stdout) = stdout {
            BufReader::new(stdout)
                .read_line(&mut line)
                .map_err(Error::run("testbed run"))?;
        }
        Ok((supervisor, line))
    }

    /// Closes the pipe and waits. Returns how it ended, and what it said on stderr.
    fn close(&mut self) -> (Option<ExitStatus>, String) {
        drop(self.stdin.take());
        let status = self.process.wait().ok();
        let report = self
            .report
            .take()
            .and_then(|thread| thread.join().ok())
            .unwrap_or_default();
        (status, report)
    }
}

impl Drop for Supervisor {
    fn drop(&mut self) {
        self.close();
    }
}

impl Drop for Cluster {
    fn drop(&mut self) {
        let Some(supervisor) = &mut self.supervisor else {
            return;
        };
        let (status, report) = supervisor.close();
        if !report.is_empty() {
            eprintln!("the test cluster failed:\n{report}");
        }
        // A supervisor that was killed could not clean up; one that failed keeps its logs.
        if status.is_some_and(|status| status.code().is_none()) {
            let _ = fs::remove_dir_all(&self.dir);
        }
    }
}

/// Finds the supervisor: `$ALIZE_TESTBED`, else the `testbed` that Cargo put into the target directory which the
/// running test lies in (`target/<profile>/deps/<test>`), of the same profile or of `debug`.
pub(crate) fn supervisor_binary() -> Result<PathBuf, Error> {
    if let Some(path) = env::var_os("ALIZE_TESTBED").filter(|path| !path.is_empty()) {
        return Ok(path.into());
    }
    let own = env::current_exe().map_err(Error::run("the running program"))?;
    let candidates = own
        .ancestors()
        .skip(1)
        .take(4)
        .flat_map(|dir| [dir.join("testbed"), dir.join("debug/testbed")]);
    let found = candidates.into_iter().find(|path| path.is_file());
    found.ok_or(Error::NoSupervisor { beside: own })
}
