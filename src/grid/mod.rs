//! What each grid will be: sources are asked, their answers checked, cached and aged, and a ladder says which one counts.
//!
//! ```text
//! file, ConfigMap, constant, Energy-Charts --ask--> Answer --check--> Source --ladder--> Board::outlooks
//! ```
//!
//! Ignorance never delays a job (P9): where nothing usable is known, the outlook is `Unknown` and says why.
//!
//! **Age** (P7) is counted from when a series was made: what its `issuedAt` says; else the time its file was last written; else
//! when this process first saw the text of its ConfigMap as it is, which is the start of the process for a text older than
//! that; and for Energy-Charts, which never says, when it last answered. So a source that falls silent ages, whatever it is.

mod address;
mod answer;
mod ask;
mod board;
mod energy_charts;
mod error;
mod file;
pub mod forecast;
mod http;
mod ladder;
mod refresh;
mod series;
mod source;
mod spec;
mod texts;

#[cfg(test)]
mod scene;
#[cfg(test)]
mod tests;

pub use board::{Board, SignalReport};
pub use error::GridError;
pub use refresh::run;
pub use spec::{Fetched, Outcome, Provider, Settings, SourceKind, SourceSpec};
pub use texts::Texts;
