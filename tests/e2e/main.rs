//! The promises, shown on a real API server with real controllers, a real scheduler and fake nodes.
//!
//! All tests share one cluster and run one after another, since policies and zones are the cluster's: each has a namespace,
//! a policy and an operator process of its own. [`scene::Scene`] is what they have in common.

#![expect(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::panic,
    clippy::print_stderr,
    clippy::disallowed_methods,
    reason = "a test fails by panicking, and these watch real processes in real time"
)]

mod cluster;
mod fault_zones;
mod jobs;
#[path = "../providers/loopback.rs"]
mod loopback;
mod provider;
mod relay;
mod scene;
mod watching;

mod at_once;
mod bad_objects;
mod cage;
mod canary;
mod capacity;
mod constraints;
mod cron;
mod deadline;
mod faults;
mod grid_faults;
mod grid_turns;
mod hands_off;
mod hold;
mod leave;
mod policies;
mod rights;
mod switches;
