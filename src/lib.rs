//! Alizé: a carbon-aware scheduler for batch work on Kubernetes.
//!
//! Alizé watches `CarbonPolicy` objects, reads forecasts of each grid's carbon intensity and renewable share, and decides for
//! the whole fleet **when** and **where** every deferrable job runs: the least carbon, no deadline missed, no capacity
//! overbooked. This page is the map of the house; each room explains itself on its own page.
//!
//! # The way of the data
//!
//! ```text
//!  jobs, nodes, policies, zones        files, ConfigMaps, providers
//!              | watch                            | poll
//!           [index]                            [grid]         <- unknown is a value: run on time
//!              | demands, capacity                | outlooks
//!              +----------------+-----------------+
//!                               v
//!                           Snapshot        one immutable value; saved to a file, it replays the plan
//!                               | [planner]   pure: no clock, no I/O, no Kubernetes
//!                               v
//!                             Plan          each decision with its reason and what the next best would have been
//!                               | diff: only what changes remains
//!                               v
//!                       [controllers]       the only writer; leader only, with the version the plan saw
//!                               | release, place
//!                               v
//!                  Receipt -> [energy]      ledger, report, event, metrics; never back into the cycle
//! ```
//!
//! New jobs are held inside their CREATE request by an admission policy of the API server, not by this program: when it is
//! away, an independent fail-safe releases whatever is due, by the annotations on the jobs alone.
//!
//! # The rooms
//!
//! A room may use the rooms named in its row and no others; `tests/architecture.rs` reads every file against this table.
//! Next to the planner's inputs and outputs, its function [`planner::plan`] is called by the cycle alone.
//!
//! | room | holds | may use |
//! | --- | --- | --- |
//! | [`units`] | quantities, slots, names and the one clock | nothing |
//! | [`planner`] | snapshot in, plan out; every decision with its reason | units |
//! | [`learn`] | how long jobs of each kind run, and which are yet to come | units, planner |
//! | [`energy`] | power, receipts, baseline: what was used, emitted and saved | units, planner |
//! | [`grid`] | forecasts: sources, cache and the fallback ladder | units, planner |
//! | [`api`] | the four kinds, labels, annotations, conditions | units |
//! | [`index`] | what the watches say, as demands and capacity; synchronous | units, api, learn, planner |
//! | [`admission`] | the policies that hold new jobs, and the cage around our own accounts | units, api |
//! | [`metrics`] | everything that Prometheus sees, with labels from closed lists | units, planner |
//! | [`twin`] | scenarios, simulated clock and cluster, rivals, bounds, backtests of forecasts: what would have been | units, api, learn, planner, energy, grid |
//! | [`server`] | health, readiness and metrics over HTTP | units, metrics |
//! | [`controllers`] | watches, cycle, lease, and the only writer | units, planner, learn, energy, grid, api, index, admission, metrics, server |
//! | [`cli`] | settings, commands, the log; the only room that prints | units, planner, learn, energy, grid, api, index, admission, metrics, twin, server, controllers |
//!
//! # The promises
//!
//! Each has tests that carry its number.
//!
//! - **P1 Deadline safety.** A held job is released no later than its latest start, even when the operator and every provider
//!   are dead.
//! - **P2 Do no harm.** We only release what we hold, never touch what we do not, and never weaken what a user wrote.
//! - **P3 Eventually stable.** When faults stop, the state settles, and writing stops.
//! - **P4 At most once.** A release happens once; two leaders cannot both write.
//! - **P5 Bounded.** Memory, calls, answers, labels, events and writes all have ceilings.
//! - **P6 Tenancy.** No namespaced object moves another namespace's job past its latest start or outside its zones.
//! - **P7 Honest data.** Stale, estimated and missing data is called so; savings count harm.
//! - **P8 Clean leave.** Pause, downgrade or uninstall, and nothing stays held.
//! - **P9 Fallback ladder.** Live, cached, next source, a profile of our own, constant, run now. Ignorance never delays a job.
//!
//! # Where to start reading
//!
//! The words are in [`units`] and [`api`]; then [`planner::Snapshot`] and [`planner::Plan`] say what is decided from what.
//! `docs/` is for users, `CONTRIBUTING.md` says how to change things.

pub mod admission;
pub mod api;
pub mod cli;
pub mod controllers;
pub mod energy;
pub mod grid;
pub mod index;
pub mod learn;
pub mod metrics;
pub mod planner;
pub mod server;
pub mod twin;
pub mod units;
