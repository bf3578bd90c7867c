//! What can go wrong, said as the attempt and what to do.

use std::path::PathBuf;
use std::time::Duration;

use jiff::SignedDuration;

use super::gate::heard;
use super::spec::Outcome;

/// The room cannot be set up.
#[derive(Debug, thiserror::Error)]
pub enum GridError {
    /// The HTTP client cannot be made.
    #[error("setting up the HTTP client for forecasts; check the root certificates of the image")]
    Client(#[source] reqwest::Error),
    /// The authorities cannot be read.
    #[error("reading the certificate authorities in {0}; is the path right?")]
    NoAuthorities(PathBuf, #[source] std::io::Error),
    /// What should be authorities is none.
    #[error("reading the certificate authorities in {0}; write one or more certificates as PEM")]
    Authorities(PathBuf, #[source] Option<reqwest::Error>),
    /// An allowed endpoint is no origin.
    #[error("reading the allowed endpoint {0:?}; write an origin such as https://mirror.example.org")]
    Endpoint(String),
    /// An allowed endpoint leads where no forecast ever is.
    #[error(
        "reading the allowed endpoint {0:?}: link-local, metadata and multicast addresses are never asked; name another host"
    )]
    Address(String),
    /// An allowed endpoint lies on this very machine.
    #[error(
        "reading the allowed endpoint {0:?}: the operator asks nothing on its own machine; name the host of its Service"
    )]
    Loopback(String),
}

/// A source gave nothing usable. Each text is a whole sentence: the attempt, and what to do where somebody can do something.
///
/// Whatever a provider does is one of these, so that all are treated alike: [`super::source`] says how long each waits.
#[derive(Clone, Debug, PartialEq, thiserror::Error)]
pub(super) enum SourceError {
    /// It is not there, or does not answer: it may be better soon.
    #[error("{0}")]
    Unreachable(String),
    /// It asked us to come back later, perhaps with the time.
    #[error("the provider asks for fewer requests; it is left alone for {}", at_most(heard(*.0)))]
    Throttled(Option<SignedDuration>),
    /// It does not know our key: nothing gets better before somebody changes the Secret.
    #[error("{0}")]
    Unauthorized(String),
    /// It does not serve this zone, or not for this key: nothing gets better before somebody changes the zone or the plan.
    #[error("{0}")]
    Refused(String),
    /// It has nothing (yet).
    #[error("{0}")]
    NoData(String),
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

/// A time roughly: a sentence that is another with each second would be written to the status as often.
fn at_most(wait: Duration) -> &'static str {
    match wait.as_secs() {
        0..=60 => "up to a minute",
        61..=300 => "up to five minutes",
        301..=3600 => "up to an hour",
        3601..=21_600 => "up to six hours",
        _ => "up to a day",
    }
}

impl SourceError {
    /// For the metrics.
    pub(super) fn outcome(&self) -> Outcome {
        match self {
            Self::Unreachable(_) => Outcome::Unreachable,
            Self::Throttled(_) => Outcome::Throttled,
            Self::Unauthorized(_) => Outcome::Unauthorized,
            Self::Refused(_) => Outcome::Refused,
            Self::NoData(_) => Outcome::NoData,
            Self::Unreadable(_) | Self::Implausible(_) => Outcome::Invalid,
            Self::Blocked(_) => Outcome::Blocked,
        }
    }

    /// The same after the words of the `attempt`.
    pub(super) fn after(self, attempt: &str) -> Self {
        let said = |what: String| format!("{attempt}: {what}");
        match self {
            Self::Unreachable(what) => Self::Unreachable(said(what)),
            Self::Throttled(plea) => Self::Throttled(plea),
            Self::Unauthorized(what) => Self::Unauthorized(said(what)),
            Self::Refused(what) => Self::Refused(said(what)),
            Self::NoData(what) => Self::NoData(said(what)),
            Self::Unreadable(what) => Self::Unreadable(said(what)),
            Self::Implausible(what) => Self::Implausible(said(what)),
            Self::Blocked(what) => Self::Blocked(said(what)),
        }
    }
}
