//! The test cluster: a real Kubernetes control plane with fake nodes, as plain processes on loopback.
//!
//! A test says [`Cluster::start`] and gets an API server, a controller-manager, a scheduler and, by KWOK, twelve
//! nodes in three zones, all gone again when the value is dropped. Everything real is real: admission, garbage
//! collection, scheduling, TLS. Only the containers are pretended: a pod says in its annotations how long it works
//! and how it ends (`tests/cluster/stages.yaml` lists them).
//!
//! # How nothing survives
//! The processes belong to a *supervisor*, the binary `testbed run`, never to the test:
//!
//! ```text
//! test process ──stdin pipe──> testbed run ──parent-death signal──> etcd, kube-apiserver, ..
//! ```
//!
//! A test that panics, is interrupted or killed closes the pipe, whereupon the supervisor ends its children and
//! removes their directory. If the supervisor itself is killed, the kernel kills the children.
//!
//! # The map
//! - [`Cluster`] is what tests hold; [`detached`] keeps one for a person (`make cluster`); [`supervisor`] runs it:
//!   `running` starts and ends its processes, `processes` are the command lines, `child` one running process, `readiness` says when it may be used,
//!   `certificates` and `kubeconfig` are how one gets in.
//! - [`binaries`] builds the programs from the Go modules in `tests/cluster` (`modules`) into a cache (`cache`)
//!   that outlives the checkout, with the machine's Go or one of its own (`toolchain`).

mod cache;
mod certificates;
mod child;
mod cluster;
mod error;
mod hex;
mod kubeconfig;
mod modules;
mod processes;
mod readiness;
mod running;
mod scratch;
mod toolchain;

pub mod binaries;
pub mod detached;
pub mod product;
pub mod supervisor;

pub use binaries::{Tools, tools};
pub use child::exec_bound_to_parent;
pub use cluster::Cluster;
pub use error::Error;
pub use supervisor::{Announcement, ProcessInfo};
