//! Asking a service: where it may lie, with its key, in its turn; and what its refusals mean.

use std::collections::{BTreeMap, BTreeSet};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::Duration;

use jiff::Timestamp;
use reqwest::header::{AUTHORIZATION, HeaderMap, HeaderName, HeaderValue};
use reqwest::{StatusCode, Url};

use super::address::Allowed;
use super::answer::Answer;
use super::error::{GridError, SourceError};
use super::flight::Flights;
use super::gate::{Gates, Manner};
use super::http::{Http, Reply};
use super::login;
use super::providers::{HOSTS, Key, Request, Service};
use super::secrets::{Secrets, Token};
use super::spec::{Settings, SourceSpec};
use crate::units::{Basis, Signal};

/// The way to all services.
#[derive(Debug)]
pub(super) struct Web {
    pub(super) http: Http,
    pub(super) secrets: Arc<Secrets>,
    allowed: Allowed,
    gates: Gates,
    flights: Flights,
    /// What logins gave, by origin and Secret.
    sessions: Mutex<BTreeMap<(String, String), Token>>,
}

/// How a host is asked that is none of the public ones.
const OWN: Manner = Manner {
    spacing: Duration::ZERO,
    at_once: 2,
};

/// One conversation with a service.
struct Talk<'a> {
    service: &'a dyn Service,
    base: Url,
    attempt: String,
    now: Timestamp,
}

impl Web {
    /// The public services, and the origins that the settings allow.
    ///
    /// # Errors
    /// [`GridError`] when an allowed endpoint may not be one, or no HTTP client can be made.
    pub(super) fn new(settings: &Settings) -> Result<Self, GridError> {
        let origins = || HOSTS.iter().filter_map(|host| host.origin);
        let name = |origin| Some(Url::parse(origin).ok()?.host_str()?.to_owned());
        let public: BTreeSet<String> = origins().filter_map(name).collect();
        Ok(Self {
            http: Http::new(Arc::new(public), settings.ca_file.as_deref())?,
            secrets: settings.secrets.clone(),
            allowed: Allowed::new(origins(), &settings.allowed_endpoints, settings.loopback)?,
            gates: Gates::default(),
            flights: Flights::default(),
            sessions: Mutex::default(),
        })
    }

    /// What a service says of a signal, as of `now`; not checked yet.
    ///
    /// # Errors
    /// [`SourceError`]: whatever the service or the way to it did.
    pub(super) async fn ask(
        &self,
        service: &dyn Service,
        signal: Signal,
        basis: Basis,
        now: Timestamp,
    ) -> Result<Answer, SourceError> {
        let host = service.host();
        let Some(endpoint) = service.endpoint().or(host.origin) else {
            return Err(SourceError::Blocked(format!(
                "{} lies nowhere in public; name its endpoint",
                host.name
            )));
        };
        let attempt = format!("asking {} for the {} {:?}", host.name, host.place, service.place());
        let (mut bodies, mut lack) = (Vec::new(), None);
        for request in service.requests(signal, basis, now)? {
            let origin = request.origin.filter(|_| service.endpoint().is_none());
            let talk = Talk {
                service,
                base: self.allowed.base(origin.unwrap_or(endpoint))?,
                attempt: attempt.clone(),
                now,
            };
            bodies.push(match (self.body(&talk, &request).await, request.may_lack) {
                (Err(error), Some(what)) => {
                    lack = Some(format!("there is no {what}: {error}"));
                    Vec::new()
                }
                (said, _) => said?,
            });
        }
        let answer = service.read(&bodies, signal, basis, now);
        let answer = answer.map_err(|error| error.after(&attempt))?;
        Ok(Answer {
            weakness: lack.or(answer.weakness),
            ..answer
        })
    }

    /// The key of a service is new: what the old one closed may be open, and its sessions are over.
    pub(super) fn renew(&self, service: &dyn Service, secret: &str) {
        let endpoint = service.endpoint().or(service.host().origin);
        if let Some(base) = endpoint.and_then(|endpoint| self.allowed.base(endpoint).ok()) {
            self.gates.open(&origin(&base));
        }
        self.sessions().retain(|(_, of), _| of != secret);
    }

    /// The body of an answer, which is shared with whoever asks the same meanwhile, with the same key.
    async fn body(&self, talk: &Talk<'_>, request: &Request) -> Result<Vec<u8>, SourceError> {
        let what = format!("{} {:?} {request:?}", talk.base, talk.service.key());
        self.flights.share(what, self.body_of_ours(talk, request)).await
    }

    async fn body_of_ours(&self, talk: &Talk<'_>, request: &Request) -> Result<Vec<u8>, SourceError> {
        let mut said = self.one(talk, request).await;
        if let (Err(SourceError::Refused(_)), Some(instead)) = (&said, &request.instead) {
            said = self.one(talk, instead).await;
        }
        said
    }

    async fn one(&self, talk: &Talk<'_>, request: &Request) -> Result<Vec<u8>, SourceError> {
        let said = self.with_session(talk, request).await;
        // Once, not in a loop: a session may have ended earlier than it should.
        if matches!(said, Err(SourceError::Unauthorized(_))) && self.forget_session(talk) {
            return self.with_session(talk, request).await;
        }
        said
    }

    async fn with_session(&self, talk: &Talk<'_>, request: &Request) -> Result<Vec<u8>, SourceError> {
        let session = match talk.service.key() {
            Some(Key::Login(secret)) => Some(self.session(talk, secret).await?),
            _ => None,
        };
        self.send(talk, || self.addressed(talk, request, session)).await
    }

    /// One request in its turn: the body of a 200, else what the refusal means. After a plea the origin is left alone. It is
    /// `addressed` when its turn has come: the key may be another by then.
    async fn send(
        &self,
        talk: &Talk<'_>,
        addressed: impl FnOnce() -> Result<(Url, HeaderMap), SourceError>,
    ) -> Result<Vec<u8>, SourceError> {
        let origin = origin(&talk.base);
        let _inside = self.gates.pass(&origin, manner(&origin)).await?;
        let (url, headers) = addressed()?;
        let reply = self
            .http
            .get(url, headers, talk.service.host().longest, (&talk.attempt, talk.now))
            .await?;
        if reply.status.as_u16() == 200 {
            return Ok(reply.body);
        }
        let error = refusal(talk.service, &talk.attempt, &reply, talk.now);
        if let SourceError::Throttled(plea) = error {
            self.gates.close(&origin, plea);
        }
        Err(error)
    }

    fn addressed(
        &self,
        talk: &Talk<'_>,
        request: &Request,
        session: Option<Token>,
    ) -> Result<(Url, HeaderMap), SourceError> {
        let mut url = talk.base.clone();
        if let Ok(mut path) = url.path_segments_mut() {
            path.pop_if_empty().extend(&request.path);
        }
        if !request.query.is_empty() {
            url.query_pairs_mut().extend_pairs(&request.query);
        }
        let mut headers = HeaderMap::new();
        if let Some((name, value)) = &request.header {
            let value = HeaderValue::try_from(value).map_err(|_| {
                SourceError::Blocked(format!(
                    "the header {name} cannot say {value:?}; write it with plain letters"
                ))
            })?;
            headers.insert(HeaderName::from_static(name), value);
        }
        match talk.service.key() {
            Some(Key::Header(name, words, place)) => {
                let token = self.secrets.token(place)?;
                headers.insert(HeaderName::from_static(name), secret_header(words, &token)?);
            }
            Some(Key::Query(name, place)) => {
                let token = self.secrets.token(place)?;
                url.query_pairs_mut().append_pair(name, token.expose());
            }
            Some(Key::Login(_)) | None => {}
        }
        if let Some(token) = session {
            headers.insert(AUTHORIZATION, secret_header("Bearer ", &token)?);
        }
        Ok((url, headers))
    }

    /// The session of a login, new where there is none.
    async fn session(&self, talk: &Talk<'_>, secret: &str) -> Result<Token, SourceError> {
        let place = (talk.base.to_string(), secret.to_owned());
        let held = self.sessions().get(&place).cloned();
        if let Some(token) = held {
            return Ok(token);
        }
        let login = || login::request(&self.secrets, &talk.base, secret);
        let body = self.send(talk, login).await?;
        let token = login::read(&body).map_err(|error| error.after(&talk.attempt))?;
        self.sessions().insert(place, token.clone());
        Ok(token)
    }

    /// Returns whether there was one.
    fn forget_session(&self, talk: &Talk<'_>) -> bool {
        let Some(Key::Login(secret)) = talk.service.key() else {
            return false;
        };
        let place = (talk.base.to_string(), secret.to_owned());
        self.sessions().remove(&place).is_some()
    }

    fn sessions(&self) -> MutexGuard<'_, BTreeMap<(String, String), Token>> {
        self.sessions.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

fn origin(base: &Url) -> String {
    base.origin().ascii_serialization()
}

/// How an origin is asked; whoever runs their own knows how close together it can bear it.
fn manner(origin: &str) -> Manner {
    let public = HOSTS.iter().find(|host| host.origin == Some(origin));
    public.map_or(OWN, |host| host.manner)
}

/// A header that no log of the client shows.
pub(super) fn secret_header(words: &str, token: &Token) -> Result<HeaderValue, SourceError> {
    let value = HeaderValue::try_from(format!("{words}{}", token.expose()));
    // The error would hold the text.
    let mut value = value.map_err(|_| {
        SourceError::Unauthorized(
            "the token in the Secret has characters that no header may have; write it anew".into(),
        )
    })?;
    value.set_sensitive(true);
    Ok(value)
}

/// What an answer that is not 200 means: what the service itself says of it, else what the status says.
fn refusal(service: &dyn Service, attempt: &str, reply: &Reply, now: Timestamp) -> SourceError {
    let (host, status) = (service.host(), reply.status);
    let said = |what: &str| format!("{attempt}: it answers {status}; {what}");
    let text = String::from_utf8_lossy(&reply.body);
    match service.complaint(status.as_u16(), &text, now) {
        Some(SourceError::Throttled(wait)) => {
            return SourceError::Throttled(reply.plea.or(wait).or(Some(host.patience)));
        }
        Some(error) => return error.after(&format!("{attempt}: it answers {status}")),
        None => {}
    }
    match status.as_u16() {
        429 => SourceError::Throttled(reply.plea.or(Some(host.patience))),
        503 if reply.plea.is_some() => SourceError::Throttled(reply.plea),
        500.. => SourceError::Unreachable(said("it is asked again soon")),
        404 | 422 => SourceError::Refused(said(&format!("check the {}", host.place))),
        402 => SourceError::Refused(said("it wants to be paid; check what the plan behind the key includes")),
        401 | 403 if service.key().is_some() => {
            SourceError::Unauthorized(said("check the key in the Secret, and whether a proxy wants a login"))
        }
        401 | 403 => SourceError::Refused(said("check whether a proxy wants a login")),
        300..=399 => SourceError::Refused(said("name its new origin as the endpoint")),
        _ => SourceError::Refused(said(&format!("check the endpoint and the {}", host.place))),
    }
}

/// What a saved answer that is not 200 means, as of `now`, as a sentence; `None` where that is no status, or none of a refusal.
pub fn read_saved_refusal(spec: &SourceSpec, status: u16, body: &[u8], now: Timestamp) -> Option<String> {
    let status = StatusCode::from_u16(status)
        .ok()
        .filter(|status| *status != StatusCode::OK)?;
    let reply = Reply {
        status,
        plea: None,
        body: body.to_vec(),
    };
    Some(refusal(spec.kind.service()?, "asking", &reply, now).to_string())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn requests_to_every_public_origin_keep_their_distance_and_those_to_ones_own_need_not() {
        for origin in HOSTS.iter().filter_map(|host| host.origin) {
            assert!(manner(origin).spacing >= Duration::from_secs(1), "{origin}");
        }
        assert_eq!(manner("http://127.0.0.1:8080"), OWN);
    }

    #[test]
    fn open_meteo_allows_one_request_at_a_time() {
        for host in ["api", "ensemble-api"] {
            assert_eq!(manner(&format!("https://{host}.open-meteo.com")).at_once, 1);
        }
    }
}
