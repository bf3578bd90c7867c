//! One process of the cluster: its log, its early death, and its tie to the supervisor's life.

use std::fs::{self, File};
use std::os::unix::process::CommandExt as _;
use std::path::{Path, PathBuf};
use std::process::{self, Command, Stdio};

use rustix::process::{Pid, Signal, getppid, set_parent_process_death_signal};

use crate::error::Error;

/// How many lines of a dead process's log are shown.
const TAIL: usize = 25;

/// A running process whose output goes to `<dir>/<name>.log`.
pub(crate) struct Child {
    /// What it is, for people.
    pub name: &'static str,
    log: PathBuf,
    process: process::Child,
}

impl Child {
    /// Starts `program` through [`exec_bound_to_parent`]: it dies with this process, whatever kills it.
    /// Call it from the main thread: the kernel sends the signal when the *thread* that started the child ends.
    ///
    /// # Errors
    /// When the log cannot be made or the program not be started.
    pub(crate) fn start(name: &'static str, program: &Path, args: &[String], dir: &Path) -> Result<Self, Error> {
        let log = dir.join(format!("{name}.log"));
        let output = File::create(&log).map_err(Error::file("create", &log))?;
        let errors = output.try_clone().map_err(Error::file("open", &log))?;
        let own = std::env::current_exe().map_err(Error::run("testbed"))?;
        let process = Command::new(own)
            .args(["bound-to-parent", &process::id().to_string()])
            .arg(program)
            .args(args)
            .current_dir(dir)
            .stdin(Stdio::null())
            .stdout(output)
            .stderr(errors)
            // Ctrl-C in a terminal reaches the supervisor alone, which then ends its children in order.
            .process_group(0)
            .spawn()
            .map_err(Error::run(name))?;
        Ok(Self { name, log, process })
    }

    /// Returns the process's id: the program has taken the place of the helper that started it.
    pub(crate) fn id(&self) -> u32 {
        self.process.id()
    }

    /// Fails if the process has ended.
    ///
    /// # Errors
    /// Its exit status and the tail of its log.
    pub(crate) fn check(&mut self) -> Result<(), Error> {
        match self.process.try_wait() {
            Ok(None) => Ok(()),
            Ok(Some(status)) => Err(Error::ChildDied {
                name: self.name.to_owned(),
                status: status.to_string(),
                tail: tail(&self.log),
            }),
            Err(source) => Err(Error::Run {
                program: self.name.to_owned(),
                source,
            }),
        }
    }
}

impl Drop for Child {
    /// Kills and reaps it. There is nothing to end gently: all state is thrown away.
    fn drop(&mut self) {
        let _ = self.process.kill();
        let _ = self.process.wait();
    }
}

/// Returns the last lines of a log.
fn tail(log: &Path) -> String {
    let text = fs::read(log)
        .map(|bytes| String::from_utf8_lossy(&bytes).into_owned())
        .unwrap_or_default();
    let lines: Vec<&str> = text.lines().collect();
    lines[lines.len().saturating_sub(TAIL)..].join("\n")
}

/// Becomes `program` after having asked the kernel to kill this process when its parent ends. The wish outlives
/// the change of program; setting it here, in a process of our own, needs no code between fork and exec.
///
/// Returns only if that fails: with the reason.
pub fn exec_bound_to_parent(parent: u32, program: &Path, args: &[String]) -> Error {
    if let Err(error) = set_parent_process_death_signal(Some(Signal::KILL)) {
        return Error::Signal {
            attempt: "ask for the parent-death signal",
            source: error.into(),
        };
    }
    // The parent may have ended before the wish was heard.
    if getppid()
        .map(Pid::as_raw_nonzero)
        .and_then(|id| u32::try_from(id.get()).ok())
        != Some(parent)
    {
        return Error::Signal {
            attempt: "find the parent alive",
            source: std::io::ErrorKind::NotFound.into(),
        };
    }
    Error::Run {
        program: program.display().to_string(),
        source: Command::new(program).args(args).exec(),
    }
}
