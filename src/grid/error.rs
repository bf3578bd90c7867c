//! What can go wrong, said as the attempt and what to do.

use jiff::SignedDuration;

use super::spec::Outcome;

/// The room cannot be set up.
#[derive(Debug, thiserror::Error)]
pub enum GridError {
    /// The HTTP client cannot be made.
    #[error("setting up the HTTP client for forecasts; check the root certificates of the image")]
    Client(#[source] reqwest::Error),
    /// An allowed endpoint is no origin.
    #[error("reading the allowed endpoint {0:?}; write an origin such as https://mirror.example.org")]
    Endpoint(String),
}

/// A source gave nothing usable. Each text is a whole sentence: the attempt, and what to do where somebody can do something.
#[derive(Debug, PartialEq, thiserror::Error)]
pub(super) enum SourceError {
    /// It is not there, or does not answer.
    #[error("{0}")]
    Unreachable(String),
    /// It asked us to come back later, perhaps with the time.
    #[error("the provider asks for fewer requests; it is left alone for a while")]
    Throttled(Option<SignedDuration>),
    /// It answered with an error.
    #[error("{0}")]
    Refused(String),
    /// What it gave is too large or cannot be read.
    #[error("{0}")]
    Unreadable(String),
    /// What it gave can be read, but is no forecast.
    #[error("{0}")]
    Implausible(String),
    /// Our own rules forbid to ask it.
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
}
