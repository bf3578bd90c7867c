//! Alizé: a carbon-aware scheduler for batch work on Kubernetes.

pub mod api;
pub mod energy;
pub mod learn;
pub mod planner;
pub mod units;
