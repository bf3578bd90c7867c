//! One request over HTTP, bounded in every way: in time, in size, in number, and in whom it may reach.

use std::error::Error;
use std::iter;
use std::time::Duration;

use jiff::fmt::rfc2822;
use jiff::{SignedDuration, Timestamp};
use reqwest::header::{HeaderMap, RETRY_AFTER};
use reqwest::{Client, Response, Url, redirect};
use tokio::sync::Semaphore;

use super::address::Resolver;
use super::error::{GridError, SourceError};

const CONNECT: Duration = Duration::from_secs(5);
/// From the first byte sent to the last one read: a server that drips cannot hold us longer.
const WHOLE: Duration = Duration::from_secs(10);
/// Bytes after decompression. Two days of quarter hours have 20 kB.
const LARGEST: usize = 4 << 20;
/// Requests at a time; with the size of an answer this bounds the memory.
const AT_ONCE: usize = 4;

/// A client that tells the truth about who it is and believes nobody.
#[derive(Debug)]
pub(super) struct Http {
    client: Client,
    turns: Semaphore,
}

impl Http {
    /// A client that meets names as `resolver` says.
    ///
    /// # Errors
    /// [`GridError::Client`] without a TLS provider or root certificates.
    pub(super) fn new(user_agent: &str, resolver: Resolver) -> Result<Self, GridError> {
        let client = Client::builder()
            .user_agent(user_agent)
            .connect_timeout(CONNECT)
            .timeout(WHOLE)
            // A redirect could lead anywhere inside the cluster.
            .redirect(redirect::Policy::none())
            .dns_resolver(resolver)
            .build()
            .map_err(GridError::Client)?;
        Ok(Self {
            client,
            turns: Semaphore::new(AT_ONCE),
        })
    }

    /// The body of a successful answer. `attempt` begins every error's sentence, and `now` is what a date to wait for is
    /// compared with.
    ///
    /// # Errors
    /// [`SourceError`]; no error repeats what the body said, since whoever names the endpoint might not be meant to read it.
    pub(super) async fn get(&self, url: Url, attempt: &str, now: Timestamp) -> Result<Vec<u8>, SourceError> {
        let _turn = self.turns.acquire().await;
        let unreachable = |error| SourceError::Unreachable(format!("{attempt}: {}", chain(error)));
        let response = self.client.get(url).send().await.map_err(unreachable)?;
        let status = response.status();
        let plea = plea(response.headers(), now);
        let said = |what: &str| format!("{attempt}: it answers {status}; {what}");
        match status.as_u16() {
            200 => {}
            429 => return Err(SourceError::Throttled(plea)),
            503 if plea.is_some() => return Err(SourceError::Throttled(plea)),
            500.. => return Err(SourceError::Unreachable(said("it is asked again soon"))),
            404 | 422 => return Err(SourceError::Refused(said("check the country"))),
            401 | 403 => return Err(SourceError::Refused(said("check whether a proxy wants a login"))),
            300..=399 => return Err(SourceError::Refused(said("name its new origin as the endpoint"))),
            _ => return Err(SourceError::Refused(said("check the endpoint"))),
        }
        body(response, attempt).await
    }
}

/// Reads piece by piece: however well it was compressed, it never grows beyond the limit.
async fn body(mut response: Response, attempt: &str) -> Result<Vec<u8>, SourceError> {
    let mut body = Vec::new();
    loop {
        match response.chunk().await {
            Ok(Some(piece)) if body.len() + piece.len() > LARGEST => {
                return Err(SourceError::Unreadable(format!(
                    "{attempt}: it sends more than {LARGEST} bytes; check the endpoint"
                )));
            }
            Ok(Some(piece)) => body.extend_from_slice(&piece),
            Ok(None) => return Ok(body),
            Err(error) if error.is_decode() && !error.is_timeout() => {
                return Err(SourceError::Unreadable(format!("{attempt}: {}", chain(error))));
            }
            Err(error) => return Err(SourceError::Unreachable(format!("{attempt}: {}", chain(error)))),
        }
    }
}

/// An error with its causes, without the address: the attempt has already named the source.
fn chain(error: reqwest::Error) -> String {
    let error = error.without_url();
    let causes = iter::successors(Some(&error as &dyn Error), |&error| error.source());
    causes.map(ToString::to_string).collect::<Vec<_>>().join(": ")
}

/// `Retry-After` in seconds or as a date (RFC 9110 §10.2.3).
fn plea(headers: &HeaderMap, now: Timestamp) -> Option<SignedDuration> {
    let text = headers.get(RETRY_AFTER)?.to_str().ok()?;
    match text.parse() {
        Ok(seconds) => Some(SignedDuration::from_secs(seconds)),
        Err(_) => Some(rfc2822::parse(text).ok()?.timestamp().duration_since(now)),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_time_to_wait_comes_in_seconds_or_as_a_date() {
        let now = "2026-11-25T12:00:00Z".parse().unwrap();
        let wait = |text: &str| plea(&HeaderMap::from_iter([(RETRY_AFTER, text.parse().unwrap())]), now);
        assert_eq!(wait("120"), Some(SignedDuration::from_secs(120)));
        assert_eq!(
            wait("Wed, 25 Nov 2026 12:05:00 GMT"),
            Some(SignedDuration::from_mins(5))
        );
        assert_eq!(
            wait("Wed, 25 Nov 2026 11:00:00 GMT"),
            Some(SignedDuration::from_hours(-1))
        );
        assert_eq!(wait("soon"), None);
        assert_eq!(plea(&HeaderMap::new(), now), None);
    }
}
