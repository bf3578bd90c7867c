//! Files below the data directory.

use std::fs::File;
use std::io::{self, Read};
use std::path::{Path, PathBuf};
use std::time::Duration;

use jiff::Timestamp;

use super::error::SourceError;
use super::series::LARGEST;

/// A network file system may hang for ever.
const PATIENCE: Duration = Duration::from_secs(10);

/// Reads a file, and says when it was last written where the file system knows.
///
/// # Errors
/// [`SourceError`]: without a data directory, for a path that leaves it, and when the file cannot be read.
pub(super) async fn read(directory: Option<PathBuf>, path: String) -> Result<(String, Option<Timestamp>), SourceError> {
    let Some(directory) = directory else {
        return Err(SourceError::Blocked(
            "a file source needs a data directory; start alize with --data-dir".into(),
        ));
    };
    let slow = SourceError::Unreachable(format!("reading the file {path}: no answer from its file system"));
    // On a thread that may block.
    let reading = tokio::task::spawn_blocking(move || read_now(&directory, &path));
    match tokio::time::timeout(PATIENCE, reading).await {
        Ok(Ok(read)) => read,
        Ok(Err(_)) | Err(_) => Err(slow),
    }
}

fn read_now(directory: &Path, path: &str) -> Result<(String, Option<Timestamp>), SourceError> {
    let unreachable = |error: io::Error| {
        let place = directory.display();
        SourceError::Unreachable(format!(
            "reading the file {path} of the data directory {place}: {error}; is it there?"
        ))
    };
    let unreadable = |what: String| Err(SourceError::Unreadable(format!("the file {path} {what}")));
    let root = directory.canonicalize().map_err(unreachable)?;
    // Links are followed before the check: what counts is where they lead. A mounted ConfigMap is made of links.
    let file = root.join(path).canonicalize().map_err(unreachable)?;
    if !file.starts_with(&root) {
        return Err(SourceError::Blocked(format!(
            "the file {path} lies outside the data directory; move it there"
        )));
    }
    // Before it is opened: a pipe would block until somebody writes.
    if !file.metadata().map_err(unreachable)?.is_file() {
        return unreadable("is no plain file; name one".into());
    }
    let file = File::open(file).map_err(unreachable)?;
    let written = file.metadata().and_then(|meta| meta.modified()).ok();
    let mut bytes = Vec::new();
    file.take(LARGEST as u64 + 1)
        .read_to_end(&mut bytes)
        .map_err(unreachable)?;
    if bytes.len() > LARGEST {
        return unreadable(format!("has more than {LARGEST} bytes; give fewer or longer slots"));
    }
    match String::from_utf8(bytes) {
        Ok(text) => Ok((text, written.and_then(|time| time.try_into().ok()))),
        Err(_) => unreadable("is no UTF-8 text; write CSV or JSON".into()),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    async fn fails(directory: &Path, path: &str) -> SourceError {
        read(Some(directory.into()), path.into()).await.unwrap_err()
    }

    #[tokio::test]
    async fn a_path_or_a_link_that_leaves_the_directory_is_blocked() {
        let outside = tempfile::tempdir().unwrap();
        let secret = outside.path().join("secret");
        std::fs::write(&secret, "x").unwrap();
        let inside = tempfile::tempdir().unwrap();
        std::os::unix::fs::symlink(&secret, inside.path().join("link")).unwrap();
        let up = format!("../{}/secret", outside.path().file_name().unwrap().to_str().unwrap());
        for path in ["link", up.as_str(), secret.to_str().unwrap()] {
            let error = fails(inside.path(), path).await;
            assert!(matches!(error, SourceError::Blocked(_)), "{path}: {error}");
        }
    }

    #[tokio::test]
    async fn a_link_that_stays_inside_is_followed() {
        let inside = tempfile::tempdir().unwrap();
        std::fs::create_dir(inside.path().join("..data")).unwrap();
        std::fs::write(inside.path().join("..data/a.csv"), "x").unwrap();
        std::os::unix::fs::symlink("..data/a.csv", inside.path().join("a.csv")).unwrap();
        let (text, written) = read(Some(inside.path().into()), "a.csv".into()).await.unwrap();
        assert_eq!(text, "x");
        assert!(written.is_some());
    }

    #[tokio::test]
    async fn what_cannot_be_read_says_so() {
        let inside = tempfile::tempdir().unwrap();
        std::fs::write(inside.path().join("binary"), [0xff, 0xfe]).unwrap();
        std::fs::write(inside.path().join("large"), vec![b'#'; LARGEST + 1]).unwrap();
        for (path, words) in [
            ("none.csv", "reading the file none.csv"),
            (".", "no plain file"),
            ("binary", "UTF-8"),
            ("large", "more than 1048576 bytes"),
        ] {
            let error = fails(inside.path(), path).await.to_string();
            assert!(error.contains(words), "{error}");
        }
        let nowhere = read(None, "a.csv".into()).await.unwrap_err().to_string();
        assert!(nowhere.contains("--data-dir"), "{nowhere}");
    }
}
