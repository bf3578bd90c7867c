//! A cluster for a person, which outlives the command that starts it: `make cluster` and `make cluster-down`.

use std::env;
use std::fs::{self, File};
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};
use std::thread;
use std::time::{Duration, Instant};

use rustix::process::{Pid, Signal, kill_process};

use crate::cluster::supervisor_binary;
use crate::error::Error;
use crate::scratch;
use crate::supervisor::Announcement;

const PAUSE: Duration = Duration::from_millis(100);
const LIMIT: Duration = Duration::from_secs(180);

/// Where the one detached cluster of a checkout lives: `cluster` and its announcement in the target directory.
#[derive(Debug)]
pub struct Home {
    dir: PathBuf,
    state: PathBuf,
    report: PathBuf,
}

impl Home {
    /// Returns the place in the target directory that this program lies in.
    ///
    /// # Errors
    /// When this program does not know where it is.
    pub fn new() -> Result<Self, Error> {
        let own = env::current_exe().map_err(Error::run("testbed"))?;
        let target = own.ancestors().nth(2).unwrap_or(Path::new("target"));
        let dir = target.join("cluster");
        Ok(Self {
            state: dir.with_extension("json"),
            report: dir.with_extension("log"),
            dir,
        })
    }

    /// Starts the cluster, or finds it running, and returns how to reach it.
    ///
    /// # Errors
    /// When it does not become ready; the message holds what its supervisor said.
    pub fn up(&self) -> Result<Announcement, Error> {
        if !scratch::in_use(&self.dir) {
            self.spawn()?;
        }
        let begin = Instant::now();
        loop {
            if let Some(announcement) = self.announcement() {
                return Ok(announcement);
            }
            // The supervisor locks its directory at once; later, no lock means that it has given up.
            let grace = begin.elapsed() > Duration::from_secs(5);
            if (grace && !scratch::in_use(&self.dir)) || begin.elapsed() > LIMIT {
                let report = fs::read_to_string(&self.report).unwrap_or_default();
                return Err(Error::NotStarted { report });
            }
            thread::sleep(PAUSE);
        }
    }

    /// Ends the cluster and waits until it has gone. Returns whether there was one.
    ///
    /// # Errors
    /// When it cannot be told to stop, or does not.
    pub fn down(&self) -> Result<bool, Error> {
        // The lock is held by exactly the process whose id the announcement tells: no stranger can be hit.
        let Some(announcement) = self.announcement() else {
            return Ok(false);
        };
        let supervisor = announcement
            .processes
            .first()
            .and_then(|first| i32::try_from(first.pid).ok());
        if let Some(pid) = supervisor.and_then(Pid::from_raw) {
            kill_process(pid, Signal::TERM).map_err(|error| Error::Signal {
                attempt: "end the supervisor",
                source: error.into(),
            })?;
        }
        let begin = Instant::now();
        while scratch::in_use(&self.dir) {
            if begin.elapsed() > LIMIT {
                let what = "the cluster to end".into();
                return Err(Error::Timeout {
                    what,
                    seconds: LIMIT.as_secs(),
                    last: "it still runs".into(),
                });
            }
            thread::sleep(PAUSE);
        }
        let _ = fs::remove_file(&self.state);
        Ok(true)
    }

    /// Reads what the running supervisor has announced; `None` while it has not, or when none runs.
    pub fn announcement(&self) -> Option<Announcement> {
        if !scratch::in_use(&self.dir) {
            return None;
        }
        serde_json::from_slice(&fs::read(&self.state).ok()?).ok()
    }

    /// Starts the supervisor; it makes a session of its own and writes its announcement to a file.
    fn spawn(&self) -> Result<(), Error> {
        let supervisor = supervisor_binary()?;
        let _ = fs::remove_dir_all(&self.dir);
        let state = File::create(&self.state).map_err(Error::file("create", &self.state))?;
        let report = File::create(&self.report).map_err(Error::file("create", &self.report))?;
        Command::new(supervisor)
            .args(["run", "--detached", "--dir"])
            .arg(&self.dir)
            .stdin(Stdio::null())
            .stdout(state)
            .stderr(report)
            .spawn()
            .map(|_| ())
            .map_err(Error::run("testbed run"))
    }
}
