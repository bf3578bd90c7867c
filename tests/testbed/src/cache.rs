//! Where binaries live between checkouts, and how two builds keep out of each other's way.

use std::env;
use std::fs::{self, File};
use std::path::{Path, PathBuf};

use crate::error::Error;

/// Returns the root of the cache: `$ALIZE_CACHE`, else `$XDG_CACHE_HOME/alize`, else `$HOME/.cache/alize`.
///
/// # Errors
/// When none of the three is set.
pub(crate) fn root() -> Result<PathBuf, Error> {
    let set = |name| env::var_os(name).filter(|value| !value.is_empty()).map(PathBuf::from);
    let root = set("ALIZE_CACHE")
        .or_else(|| set("XDG_CACHE_HOME").map(|home| home.join("alize")))
        .or_else(|| set("HOME").map(|home| home.join(".cache").join("alize")))
        .ok_or(Error::NoCache)?;
    std::path::absolute(&root).map_err(Error::file("find", &root))
}

/// A lock that ends with its value, or with the process that holds it, however that ends.
pub(crate) struct Lock {
    _file: File,
}

/// Waits for the lock at `path`; says so on stderr if somebody else has it.
///
/// # Errors
/// When the file cannot be made or locked.
pub(crate) fn lock(path: &Path) -> Result<Lock, Error> {
    if let Some(folder) = path.parent() {
        fs::create_dir_all(folder).map_err(Error::file("create", folder))?;
    }
    let file = File::create(path).map_err(Error::file("create", path))?;
    if file.try_lock().is_err() {
        eprintln!("testbed: waiting for another build ({})", path.display());
        file.lock().map_err(Error::file("lock", path))?;
    }
    Ok(Lock { _file: file })
}

/// Writes a file so that a reader sees all of it or nothing.
///
/// # Errors
/// When it cannot be written or moved into place.
pub(crate) fn write_whole(path: &Path, content: &[u8]) -> Result<(), Error> {
    let partial = path.with_extension("partial");
    fs::write(&partial, content).map_err(Error::file("write", &partial))?;
    fs::rename(&partial, path).map_err(Error::file("move into place", path))
}
