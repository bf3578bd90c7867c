//! The wiring and the Kubernetes dance: watches in, writes out. Deciding is the planner's; nothing here has an opinion.
//!
//! ```text
//! watch -> index -> cycle: picture -> plan -> diff -> apply -> jobs
//!                     |                                 \-> events
//!                     +-> switches, policies, zones, receipts, report
//! lease opens the fence, guard stands in front of every write
//! ```
//!
//! Three programs live here, each with an account of its own: [`operator`] (`alize run`), [`failsafe`] and [`release_all`].

pub mod failsafe;
pub mod guard;
pub mod keys;
pub mod lease;
pub mod operator;
pub mod release_all;
pub mod sources;
pub mod takeover;
pub mod texts;

mod apply;
mod cycle;
mod diff;
mod events;
mod fetched;
mod finished;
mod forecasts;
mod letgo;
mod pace;
mod patch;
mod place;
mod policies;
mod receipts;
mod report;
mod rungs;
mod status;
mod switches;
mod watch;
mod words;
mod zones;
