//! One request over HTTP, bounded in every way: in time, in size, in number, and in whom it may reach.

use std::collections::BTreeSet;
use std::error::Error;
use std::io::{self, Read};
use std::iter;
use std::path::Path;
use std::sync::Arc;
use std::time::Duration;

use flate2::read::MultiGzDecoder;
use jiff::fmt::rfc2822;
use jiff::{SignedDuration, Timestamp};
use reqwest::header::{ACCEPT_ENCODING, CONTENT_ENCODING, HeaderMap, HeaderValue, RETRY_AFTER};
use reqwest::{Certificate, Client, Response, StatusCode, Url, redirect};
use tokio::sync::Semaphore;

use super::address::Resolver;
use super::error::{GridError, SourceError};
use super::gate::heard;

/// How we introduce ourselves.
const USER_AGENT: &str = concat!("alize/", env!("CARGO_PKG_VERSION"));
const CONNECT: Duration = Duration::from_secs(5);
/// Bytes of an answer, packed or not. Three days of quarter hours have 30 kB, the weather of 51 members half a MB.
const LARGEST: usize = 8 << 20;
/// Bytes of what comes with an error; more says nothing more.
const LARGEST_COMPLAINT: usize = 64 << 10;
/// How much larger an answer may become unpacked. JSON of numbers shrinks to a tenth, of equal numbers to a fiftieth.
const LARGEST_RATIO: usize = 100;
/// Requests at a time, of whom one origin has few (see [`super::gate`]); with the size of an answer this bounds the memory.
const AT_ONCE: usize = 16;

/// A client that tells the truth about who it is and believes nobody.
#[derive(Debug)]
pub(super) struct Http {
    public: Arc<BTreeSet<String>>,
    /// For the names of public services, for whom the well-known authorities vouch ...
    client: Client,
    /// ... and for all others, for whom those of the settings may, too.
    own: Client,
    turns: Semaphore,
}

/// What came back, whatever it means.
#[derive(Debug)]
pub(super) struct Reply {
    /// The status.
    pub(super) status: StatusCode,
    /// The time to wait that it names.
    pub(super) plea: Option<SignedDuration>,
    /// The body, unpacked; of an error whatever of it could be read.
    pub(super) body: Vec<u8>,
}

impl Http {
    /// A client that meets the names of `public` services at public addresses only, and others with the authorities of
    /// `ca_file`, too.
    ///
    /// # Errors
    /// [`GridError::Client`] without a TLS provider or root certificates; [`GridError::NoAuthorities`] and
    /// [`GridError::Authorities`] for a file that holds none.
    pub(super) fn new(public: Arc<BTreeSet<String>>, ca_file: Option<&Path>) -> Result<Self, GridError> {
        let client = trusting(Vec::new(), &public).map_err(GridError::Client)?;
        let own = match ca_file {
            Some(file) => {
                let of_file = |error| GridError::Authorities(file.to_owned(), Some(error));
                trusting(authorities(file)?, &public).map_err(of_file)?
            }
            None => client.clone(),
        };
        Ok(Self {
            public,
            client,
            own,
            turns: Semaphore::new(AT_ONCE),
        })
    }

    /// The one that trusts whom may vouch for this address.
    fn client(&self, url: &Url) -> &Client {
        let is_public = url.host_str().is_some_and(|name| self.public.contains(name));
        if is_public { &self.client } else { &self.own }
    }

    /// Whatever answers within `longest`. `attempt` begins every error's sentence, and `now` is what a date to wait for is compared
    /// with.
    ///
    /// # Errors
    /// [`SourceError`]; no error repeats what the body said, since whoever names the endpoint might not be meant to read it.
    pub(super) async fn get(
        &self,
        url: Url,
        mut headers: HeaderMap,
        longest: Duration,
        (attempt, now): (&str, Timestamp),
    ) -> Result<Reply, SourceError> {
        let _turn = self.turns.acquire().await;
        headers.insert(ACCEPT_ENCODING, HeaderValue::from_static("gzip"));
        let client = self.client(&url);
        let response = client
            .get(url)
            .headers(headers)
            .timeout(longest)
            .send()
            .await
            .map_err(|error| unreachable(attempt, error))?;
        let (status, plea) = (response.status(), plea(response.headers(), now));
        let body = match status {
            StatusCode::OK => body(response, attempt, LARGEST).await?,
            _ => body(response, attempt, LARGEST_COMPLAINT).await.unwrap_or_default(),
        };
        Ok(Reply { status, plea, body })
    }
}

/// A client that trusts these authorities besides the well-known ones.
fn trusting(authorities: Vec<Certificate>, public: &Arc<BTreeSet<String>>) -> Result<Client, reqwest::Error> {
    Client::builder()
        .user_agent(USER_AGENT)
        .connect_timeout(CONNECT)
        // A redirect could lead anywhere inside the cluster, with our key.
        .redirect(redirect::Policy::none())
        // Through a proxy of the environment, its address would be checked instead of the one that is asked.
        .no_proxy()
        .dns_resolver(Resolver { public: public.clone() })
        .tls_certs_merge(authorities)
        .build()
}

/// At least one certificate.
fn authorities(file: &Path) -> Result<Vec<Certificate>, GridError> {
    let text = std::fs::read(file).map_err(|error| GridError::NoAuthorities(file.to_owned(), error))?;
    match Certificate::from_pem_bundle(&text) {
        Ok(all) if !all.is_empty() => Ok(all),
        said => Err(GridError::Authorities(file.to_owned(), said.err())),
    }
}

/// No connection, or one that ended before the answer did.
fn unreachable(attempt: &str, error: reqwest::Error) -> SourceError {
    let advice = match tls(&error) {
        Some(rustls::Error::InvalidCertificate(_)) => {
            "renew its certificate; where an authority of your own signed that of an allowed endpoint, name it (caBundle of the \
             chart, --ca-file)"
        }
        Some(_) => "it has to speak TLS 1.2 or newer; check the endpoint",
        None if error.is_connect() => "check the endpoint and the network policies",
        None => "it is asked again soon",
    };
    SourceError::Unreachable(format!("{attempt}: {}; {advice}", chain(error)))
}

/// What the two could not agree on in TLS, where it was that.
fn tls(error: &reqwest::Error) -> Option<&rustls::Error> {
    let mut causes = iter::successors(Some(error as &dyn Error), |&error| error.source());
    causes.find_map(|cause| wrapped(cause.downcast_ref()?))
}

/// What an error of a socket holds, which is no cause of it; such errors hold each other.
fn wrapped(error: &io::Error) -> Option<&rustls::Error> {
    let held = error.get_ref()?;
    held.downcast_ref().or_else(|| wrapped(held.downcast_ref()?))
}

/// Reads piece by piece, never more than `largest`.
async fn body(mut response: Response, attempt: &str, largest: usize) -> Result<Vec<u8>, SourceError> {
    let encoding = response.headers().get(CONTENT_ENCODING).cloned();
    let too_large = || {
        SourceError::Unreadable(format!(
            "{attempt}: it sends more than {largest} bytes; check the endpoint"
        ))
    };
    let mut body = Vec::new();
    loop {
        match response.chunk().await {
            Ok(Some(piece)) if body.len() + piece.len() > largest => return Err(too_large()),
            Ok(Some(piece)) => body.extend_from_slice(&piece),
            Ok(None) => break,
            Err(error) => return Err(unreachable(attempt, error)),
        }
    }
    let encoding = encoding.as_ref().map(HeaderValue::as_bytes).unwrap_or_default();
    match encoding {
        b"" | b"identity" => Ok(body),
        b"gzip" | b"x-gzip" => unpacked(&body, largest).map_err(|error| error.after(attempt)),
        _ => Err(SourceError::Unreadable(format!(
            "{attempt}: it packs its answer in a way that was not asked for; check whether a proxy stands in the way"
        ))),
    }
}

/// However well it was packed, it never grows beyond the limits.
fn unpacked(packed: &[u8], largest: usize) -> Result<Vec<u8>, SourceError> {
    let most = largest.min(packed.len().saturating_mul(LARGEST_RATIO));
    let mut body = Vec::new();
    let mut unpacking = MultiGzDecoder::new(packed).take(most as u64 + 1);
    let read = unpacking.read_to_end(&mut body);
    read.map_err(|error| SourceError::Unreadable(format!("its answer cannot be unpacked: {error}")))?;
    if body.len() > most {
        return Err(SourceError::Unreadable(format!(
            "it unpacks to more than {most} bytes; check the endpoint"
        )));
    }
    Ok(body)
}

/// What an answer that came packed holds, saved earlier: the way of an answer without the way to it.
///
/// # Errors
/// A sentence: what is wrong with it.
pub fn read_saved_packed(packed: &[u8]) -> Result<Vec<u8>, String> {
    unpacked(packed, LARGEST).map_err(|error| error.to_string())
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
    let is_number = !text.is_empty() && text.bytes().all(|byte| byte.is_ascii_digit());
    match text.parse() {
        Ok(seconds) => Some(SignedDuration::from_secs(seconds)),
        // More seconds than can be counted.
        Err(_) if is_number => Some(SignedDuration::MAX),
        Err(_) => Some(rfc2822::parse(text).ok()?.timestamp().duration_since(now)),
    }
}

/// For how long a saved `Retry-After` has a provider left alone, as of `now`; `None` where it says no time.
pub fn read_saved_plea(text: &[u8], now: Timestamp) -> Option<Duration> {
    let value = HeaderValue::from_bytes(text).ok()?;
    let plea = plea(&HeaderMap::from_iter([(RETRY_AFTER, value)]), now)?;
    Some(heard(Some(plea)))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn packed(body: &[u8]) -> Vec<u8> {
        let mut encoder = flate2::write::GzEncoder::new(Vec::new(), flate2::Compression::best());
        std::io::Write::write_all(&mut encoder, body).unwrap();
        encoder.finish().unwrap()
    }

    #[test]
    fn an_authority_of_the_settings_vouches_for_no_public_service() {
        let _ = rustls::crypto::aws_lc_rs::default_provider().install_default();
        let public = Arc::new(BTreeSet::from(["api.example.org".to_owned()]));
        let http = Http::new(public, None).unwrap();
        let asks = |url: &str| http.client(&url.parse().unwrap());
        assert!(std::ptr::eq(asks("https://api.example.org/v4"), &raw const http.client));
        for own in [
            "https://thanos.monitoring.svc:9091/api",
            "https://example.org",
            "https://10.0.0.1",
        ] {
            assert!(std::ptr::eq(asks(own), &raw const http.own), "{own}");
        }
    }

    #[test]
    fn what_grows_too_much_when_it_is_unpacked_is_thrown_away() {
        let day = "{\"start\":1795168800,\"value\":418.5}".repeat(50);
        assert_eq!(unpacked(&packed(day.as_bytes()), LARGEST).unwrap(), day.as_bytes());
        let bomb = packed(&vec![b' '; 1 << 20]);
        assert!(bomb.len() * LARGEST_RATIO < 1 << 20);
        let error = unpacked(&bomb, LARGEST).unwrap_err().to_string();
        assert!(error.contains("unpacks to more than"), "{error}");
        assert!(unpacked(&packed(day.as_bytes()), 100).is_err());
        assert!(unpacked(b"secret", LARGEST).is_err());
        assert!(unpacked(&packed(day.as_bytes())[..40], LARGEST).is_err());
    }

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
        assert_eq!(wait("99999999999999999999"), Some(SignedDuration::MAX));
        assert_eq!(wait("soon"), None);
        assert_eq!(plea(&HeaderMap::new(), now), None);
    }
}
