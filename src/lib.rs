//! Alizé: a carbon-aware scheduler for batch work on Kubernetes.

pub mod api;
pub mod controllers;
pub mod index;
pub mod learn;
pub mod metrics;
pub mod planner;
pub mod server;
pub mod units;
