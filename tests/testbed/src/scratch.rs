//! The directory of one cluster: made, locked while in use, removed at the end; those of killed supervisors too.

use std::fs::{self, DirBuilder, File};
use std::os::unix::fs::DirBuilderExt as _;
use std::path::{Path, PathBuf};

use crate::error::Error;
use crate::kubeconfig;

const PREFIX: &str = "alize-testbed-";
const LOCK: &str = "lock";

/// A cluster's directory, locked by its supervisor.
pub(crate) struct Scratch {
    path: PathBuf,
    _lock: File,
}

impl Scratch {
    /// Makes `dir`, or else a fresh directory among the system's temporary ones, and locks it.
    ///
    /// # Errors
    /// When it cannot be made, or belongs to a live supervisor.
    pub(crate) fn new(dir: Option<PathBuf>) -> Result<Self, Error> {
        let path = if let Some(dir) = dir {
            std::path::absolute(&dir).map_err(Error::file("find", &dir))?
        } else {
            sweep();
            let random: String = kubeconfig::token()?.chars().take(8).collect();
            std::env::temp_dir().join(format!("{PREFIX}{random}"))
        };
        // Tokens and keys lie in it: nobody else's business.
        let made = DirBuilder::new().recursive(true).mode(0o700).create(&path);
        made.map_err(Error::file("create", &path))?;
        // Locked before it has its name: whoever sees the name sees the lock.
        let unnamed = path.join(format!("{LOCK}.{}", std::process::id()));
        let lock = File::create(&unnamed).map_err(Error::file("create", &unnamed))?;
        lock.lock().map_err(Error::file("lock", &unnamed))?;
        let named = path.join(LOCK);
        if in_use(&path) {
            let _ = fs::remove_file(&unnamed);
            return Err(Error::file("lock (another cluster lives there)", &named)(
                std::io::ErrorKind::AddrInUse.into(),
            ));
        }
        fs::rename(&unnamed, &named).map_err(Error::file("move into place", &named))?;
        Ok(Self { path, _lock: lock })
    }

    /// Returns the directory.
    pub(crate) fn path(&self) -> &Path {
        &self.path
    }

    /// Removes all of it. First it loses its name, at once and with the lock: whoever waits for it to be gone may
    /// make it anew while the old content is still being removed.
    pub(crate) fn remove(self) {
        let unnamed = self.path.with_extension(format!("gone-{}", std::process::id()));
        let path = if fs::rename(&self.path, &unnamed).is_ok() {
            &unnamed
        } else {
            &self.path
        };
        let _ = fs::remove_dir_all(path);
    }

    /// Keeps logs and configuration for a person; removes the store, which is large, and the mark of being ours.
    pub(crate) fn keep_logs(self) {
        let _ = fs::remove_dir_all(self.path.join("etcd"));
        let _ = fs::remove_file(self.path.join(LOCK));
    }
}

/// Tells whether a live supervisor holds `dir`.
pub(crate) fn in_use(dir: &Path) -> bool {
    File::open(dir.join(LOCK)).is_ok_and(|file| file.try_lock().is_err())
}

/// Removes the directories of supervisors that were killed before they could.
fn sweep() {
    let Ok(entries) = fs::read_dir(std::env::temp_dir()) else {
        return;
    };
    for entry in entries.flatten() {
        let ours = entry.file_name().to_string_lossy().starts_with(PREFIX);
        let path = entry.path();
        if ours && path.join(LOCK).is_file() && !in_use(&path) {
            let _ = fs::remove_dir_all(&path);
        }
    }
}
