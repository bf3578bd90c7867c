//! What jobs use and emit: power, energy, receipts, and the baseline that they are compared with.
//!
//! Everything here is an estimate unless a meter is named; nothing here feeds back into the planner.

mod history;
mod past;
mod power;
mod receipt;

pub use history::{History, Observed};
pub use power::assumed_watts;
pub use receipt::{Method, Receipt, Run, receipt};
