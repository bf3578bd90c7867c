//! The digital twin: what a policy, a rival or the optimum would have made of the same jobs on the same grids.
//!
//! ```text
//! scenario (YAML, CSV) -> World --engine: planner::plan----> Run --account--> result.json, jobs.csv, report.html
//!                           |----rivals: published policies-> Run
//!                           `----bounds: full information---> Run or a lower bound
//! ```
//!
//! So far there is only what a scenario says ([`world`]) and what becomes of its jobs ([`Run`]); nothing runs it yet.
//!
//! Time is simulated, the planner is the operator's own, and nobody sees what had not happened yet: whoever decides asks
//! `knowledge` and gets what was known at that instant.

pub mod backtest;
pub mod world;

mod outcome;
mod series;

pub use outcome::{Outcome, Run, Segment};
pub use series::{Ms, Series};
