//! Files below the data directory.

use std::path::{Path, PathBuf};

use jiff::Timestamp;

use super::error::SourceError;
use super::series::LONGEST;

/// Reads a file and says when it was last changed. Runs on a thread that may block.
///
/// # Errors
/// [`SourceError`]: without a data directory, for a path that leaves it, and when the file cannot be read.
pub(super) async fn read(directory: Option<PathBuf>, path: String) -> Result<(String, Option<Timestamp>), SourceError> {
    let Some(directory) = directory else {
        return Err(SourceError::Blocked(
            "file sources need a data directory; start alize with --data-dir".into(),
        ));
    };
    let read = tokio::task::spawn_blocking(move || read_now(&directory, &path)).await;
    read.unwrap_or_else(|error| Err(SourceError::Unreachable(format!("reading a file: {error}"))))
}

fn read_now(directory: &Path, path: &str) -> Result<(String, Option<Timestamp>), SourceError> {
    let unreachable = |error: std::io::Error| SourceError::Unreachable(format!("reading the file {path}: {error}"));
    let root = directory.canonicalize().map_err(unreachable)?;
    // Links are followed before the check: what counts is where they lead.
    let file = root.join(path).canonicalize().map_err(unreachable)?;
    if !file.starts_with(&root) {
        return Err(SourceError::Blocked(format!(
            "the file {path} lies outside the data directory"
        )));
    }
    let meta = file.metadata().map_err(unreachable)?;
    if !meta.is_file() || meta.len() > LONGEST as u64 {
        return Err(SourceError::Unreadable(format!(
            "{path} is no file of at most {LONGEST} bytes"
        )));
    }
    let text = std::fs::read_to_string(&file).map_err(unreachable)?;
    let changed = meta.modified().ok().and_then(|time| Timestamp::try_from(time).ok());
    Ok((text, changed))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[tokio::test]
    async fn a_path_or_a_link_that_leaves_the_directory_is_refused() {
        let outside = tempfile::tempdir().unwrap();
        std::fs::write(outside.path().join("secret"), "x").unwrap();
        let inside = tempfile::tempdir().unwrap();
        std::os::unix::fs::symlink(outside.path().join("secret"), inside.path().join("link")).unwrap();
        let up = format!("../{}/secret", outside.path().file_name().unwrap().to_str().unwrap());
        for path in ["link", up.as_str()] {
            let error = read(Some(inside.path().into()), path.into()).await.unwrap_err();
            assert!(matches!(error, SourceError::Blocked(_)), "{path}: {error}");
        }
    }

    #[tokio::test]
    async fn a_file_that_is_not_there_and_no_directory_at_all_say_so() {
        let inside = tempfile::tempdir().unwrap();
        assert!(matches!(
            read(Some(inside.path().into()), "none.csv".into()).await,
            Err(SourceError::Unreachable(_))
        ));
        assert!(
            read(None, "a.csv".into())
                .await
                .unwrap_err()
                .to_string()
                .contains("--data-dir")
        );
    }
}
