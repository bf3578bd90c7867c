//! What an admin asks of this room: which sources, in which order, and what they may reach.

use std::path::PathBuf;

use jiff::SignedDuration;

use crate::units::{Basis, Signal};

/// No source is asked more often.
const FASTEST: SignedDuration = SignedDuration::from_secs(1);
/// Nor less often. A constant is asked as rarely: it cannot change without its spec.
const SLOWEST: SignedDuration = SignedDuration::from_hours(366 * 24);

/// One source of one signal of a zone.
#[derive(Clone, Debug, PartialEq)]
pub struct SourceSpec {
    /// The signal that it serves.
    pub signal: Signal,
    /// How an intensity counts emissions.
    pub basis: Basis,
    /// How often it is asked; by its kind where not given.
    pub refresh: Option<SignedDuration>,
    /// Where it comes from.
    pub kind: SourceKind,
}

/// Where a series comes from.
#[derive(Clone, Debug, PartialEq)]
pub enum SourceKind {
    /// A file below the data directory.
    File {
        /// Its relative path.
        path: String,
    },
    /// A ConfigMap in our namespace.
    ConfigMap {
        /// Its name.
        name: String,
        /// The key of the text.
        key: String,
    },
    /// One value for all times.
    Constant(f64),
    /// The renewable share forecast of Energy-Charts.
    EnergyCharts {
        /// The country as Energy-Charts spells it.
        country: String,
        /// Another origin that speaks the same API.
        endpoint: Option<String>,
    },
}

/// What sources may reach.
#[derive(Clone, Debug, Default)]
pub struct Settings {
    /// The directory that file sources lie in; without one they are refused.
    pub data_dir: Option<PathBuf>,
    /// Origins besides the public ones, for example `http://127.0.0.1:8080`.
    pub allowed_endpoints: Vec<String>,
    /// How we introduce ourselves.
    pub user_agent: String,
}

/// Which kind of source was asked.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Provider {
    /// A file.
    File,
    /// A ConfigMap.
    ConfigMap,
    /// A constant.
    Constant,
    /// Energy-Charts.
    EnergyCharts,
}

/// How asking a source ended.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Outcome {
    /// A usable answer.
    Ok,
    /// No answer in time, or no connection.
    Unreachable,
    /// It asked us to come back later.
    Throttled,
    /// It refused.
    Refused,
    /// The answer cannot be read or is not valid.
    Invalid,
    /// We may not ask it.
    Blocked,
}

/// One request that was made.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Fetched {
    /// Of whom.
    pub provider: Provider,
    /// How it ended.
    pub outcome: Outcome,
}

impl SourceSpec {
    /// How often it is asked.
    pub(super) fn every(&self) -> SignedDuration {
        let default = match self.kind {
            SourceKind::File { .. } | SourceKind::ConfigMap { .. } => SignedDuration::from_secs(30),
            // No quota is published; their own steps are quarters of an hour.
            SourceKind::EnergyCharts { .. } => SignedDuration::from_mins(15),
            SourceKind::Constant(_) => SLOWEST,
        };
        self.refresh.unwrap_or(default).clamp(FASTEST, SLOWEST)
    }

    /// Its kind, for the metrics.
    pub(super) fn provider(&self) -> Provider {
        match self.kind {
            SourceKind::File { .. } => Provider::File,
            SourceKind::ConfigMap { .. } => Provider::ConfigMap,
            SourceKind::Constant(_) => Provider::Constant,
            SourceKind::EnergyCharts { .. } => Provider::EnergyCharts,
        }
    }

    /// Its name, for people.
    pub(super) fn name(&self) -> String {
        match &self.kind {
            SourceKind::File { path } => format!("file {path}"),
            SourceKind::ConfigMap { name, key } => format!("ConfigMap {name}/{key}"),
            SourceKind::Constant(value) => format!("constant {value}"),
            SourceKind::EnergyCharts {
                country,
                endpoint: None,
            } => format!("Energy-Charts {country}"),
            SourceKind::EnergyCharts {
                country,
                endpoint: Some(endpoint),
            } => format!("Energy-Charts {country} at {endpoint}"),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn no_source_is_asked_more_than_once_a_second() {
        let mut spec = SourceSpec {
            signal: Signal::CarbonIntensity,
            basis: Basis::Direct,
            refresh: Some(SignedDuration::ZERO),
            kind: SourceKind::File { path: "a.csv".into() },
        };
        assert_eq!(spec.every(), SignedDuration::from_secs(1));
        spec.refresh = None;
        assert_eq!(spec.every(), SignedDuration::from_secs(30));
    }
}
