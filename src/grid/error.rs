//! What can go wrong when a source is asked, said as the attempt and what to do.

use jiff::SignedDuration;

use super::spec::Outcome;

/// This room cannot be set up.
#[derive(Debug, thiserror::Error)]
pub enum GridError {
    /// The HTTP client cannot be made.
    #[error("setting up the HTTP client for forecasts")]
    Client(#[source] reqwest::Error),
    /// An allowed endpoint is no origin.
    #[error("reading the allowed endpoint {0:?}; write an origin such as https://mirror.example.org")]
    Endpoint(String),
}

/// A source gave nothing usable.
#[derive(Clone, Debug, PartialEq, thiserror::Error)]
pub enum SourceError {
    /// It is not there, or does not answer.
    #[error("{0}")]
    Unreachable(String),
    /// It asked us to come back later.
    #[error("the provider asks for fewer requests; it is asked again later")]
    Throttled(Option<SignedDuration>),
    /// It answered with an error.
    #[error("{0}")]
    Refused(String),
    /// What it gave cannot be read.
    #[error("{0}")]
    Unreadable(String),
    /// What it gave is no forecast.
    #[error("{0}")]
    Implausible(String),
    /// We may not ask it.
    #[error("{0}")]
    Blocked(String),
}

impl SourceError {
    /// For the metrics.
    pub(super) fn outcome(&self) -> Outcome {
        match self {
            Self::Unreachable(_) => Outcome::Unreachable,
            Self::Throttled(_) => Outcome::Throttled,
            Self::Refused(_) => Outcome::Refused,
            Self::Unreadable(_) | Self::Implausible(_) => Outcome::Invalid,
            Self::Blocked(_) => Outcome::Blocked,
        }
    }

    /// The least time before the next try, where the source said so.
    pub(super) fn retry_after(&self) -> Option<SignedDuration> {
        match self {
            Self::Throttled(after) => *after,
            _ => None,
        }
    }
}
