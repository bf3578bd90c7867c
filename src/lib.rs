//! Alizé: a carbon-aware scheduler for batch work on Kubernetes.

pub mod api;
pub mod metrics;
pub mod planner;
pub mod server;
pub mod units;
