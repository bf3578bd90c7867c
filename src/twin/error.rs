//! Why a scenario cannot be run.

use std::io;
use std::path::{Path, PathBuf};

/// Why a scenario cannot be read, run or written; each says where, and what was expected.
#[derive(Debug, thiserror::Error)]
pub enum TwinError {
    /// A scenario cannot be read.
    #[error("reading the scenario {}", .0.display())]
    Scenario(PathBuf, #[source] io::Error),
    /// A table, or a file that a scenario names, cannot be read.
    #[error("reading {}; is the path right?", .0.display())]
    Read(PathBuf, #[source] io::Error),
    /// A file cannot be written.
    #[error("writing {}", .0.display())]
    Write(PathBuf, #[source] io::Error),
    /// Something in a file is not as it should be; the sentence says what was expected.
    #[error("{place}: {what}")]
    Wrong {
        /// Where.
        place: Place,
        /// What was found, and what was expected.
        what: String,
    },
    /// A result cannot be written as JSON.
    #[error("writing the result as JSON; this is a fault of alize, please report it")]
    Json(#[source] serde_json::Error),
}

/// A place in a file.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Place {
    /// The file.
    pub file: PathBuf,
    /// The line, from 1; 0 where it is not known.
    pub line: u64,
    /// The column from 1 in YAML, the name of the column in CSV; empty where it is not known.
    pub column: String,
}

impl Place {
    /// All of a file.
    pub fn file(file: &Path) -> Self {
        Self::line(file, 0)
    }

    /// A line of a file.
    pub fn line(file: &Path, line: u64) -> Self {
        Self {
            file: file.to_owned(),
            line,
            column: String::new(),
        }
    }

    /// The error that something here is wrong.
    pub fn wrong(self, what: impl Into<String>) -> TwinError {
        TwinError::Wrong {
            place: self,
            what: what.into(),
        }
    }
}

impl std::fmt::Display for Place {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "{}", self.file.display())?;
        if self.line > 0 {
            write!(f, ", line {}", self.line)?;
        }
        if !self.column.is_empty() {
            write!(f, ", column {}", self.column)?;
        }
        Ok(())
    }
}
