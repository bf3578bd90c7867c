//! Controllers.
pub mod affinity;
pub mod diff;
pub mod lease;
pub mod patch;
pub mod place;
pub mod words;
