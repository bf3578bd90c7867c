//! The twin on small scenarios that can be worked out by hand, read from files as users write them.

#![expect(clippy::unwrap_used, reason = "a test ends with what it did not expect")]

mod capacity;
mod command;
mod contract;
mod deadlines;
mod errors;
mod figures;
mod freedom;
mod future;
mod mistakes;
mod page;
mod pausing;
mod scene;
mod times;
