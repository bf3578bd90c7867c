//! What each grid will be: sources are asked, their answers validated, cached and aged, and a ladder says which one counts.
//!
//! ```text
//! file, ConfigMap, constant, Energy-Charts --fetch--> Answer --validate--> Board --ladder--> ZoneOutlook
//! ```
//!
//! Ignorance never delays a job (P9): where nothing usable is known the outlook is `Unknown`, and says why.

mod answer;
mod board;
mod energy_charts;
mod error;
mod file;
mod ladder;
mod refresh;
mod series;
mod spec;
mod texts;

pub use board::{Board, SignalReport};
pub use error::{GridError, SourceError};
pub use refresh::run;
pub use spec::{Fetched, Outcome, Provider, Settings, SourceKind, SourceSpec};
pub use texts::Texts;
