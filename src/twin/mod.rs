//! The digital twin: what a policy, a rival or the optimum would have made of the same jobs on the same grids.
//!
//! ```text
//! scenario (YAML, CSV) -> World --engine: planner::plan----> Run --account--> result.json, jobs.csv, report.html
//!                           |----rivals: published policies-> Run
//!                           `----bounds: full information---> Run or a lower bound
//! ```
//!
//! Time is simulated, the planner is the operator's own, and nobody sees what had not happened yet: whoever decides asks
//! `knowledge` and gets what was known at that instant.

pub mod account;
pub mod backtest;
pub mod bounds;
pub mod engine;
pub mod knowledge;
pub mod page;
pub mod result;
pub mod rivals;
pub mod scenario;
pub mod sight;
pub mod table;
pub mod world;

mod amounts;
mod baseline;
mod bundled;
mod chains;
mod cluster;
mod error;
mod fifo;
mod means;
mod outcome;
mod play;
mod policy;
mod queue;
mod room;
mod series;
mod written;

pub use baseline::run_now;
pub use bundled::bundled;
pub use error::{Place, TwinError};
pub use fifo::fifo;
pub use outcome::{Outcome, Run, Segment};
pub use play::play;
pub use policy::Policy;
pub use series::{Ms, Series};
