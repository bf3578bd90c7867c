//! Energy-Charts (Fraunhofer ISE), `/ren_share_forecast`: the renewable share of load, most of Europe, no key, CC BY 4.0.
//!
//! Shapes: `{"unix_seconds": [..], "ren_share": [percent or null..], "substitute": bool, "deprecated": bool}`. Slots begin at
//! their time; the last one is as long as the one before. Values above 100 are real; nulls are gaps.

use std::collections::BTreeSet;
use std::time::Duration;

use jiff::{SignedDuration, Timestamp};
use reqwest::header::RETRY_AFTER;
use reqwest::{Response, StatusCode, Url, redirect};
use serde::Deserialize;

use super::answer::Answer;
use super::error::{GridError, SourceError};
use super::spec::Settings;
use crate::planner::{Certainty, Point};
use crate::units::Slot;

/// The public service.
const PUBLIC: &str = "https://api.energy-charts.info";
const CONNECT: Duration = Duration::from_secs(5);
const WHOLE: Duration = Duration::from_secs(20);
/// A day of quarter hours has 10 kB.
const LARGEST: usize = 4 << 20;
/// A time to wait that is longer is a mistake of theirs.
const LONGEST_WAIT: i64 = 24 * 3600;

/// A client for Energy-Charts and its mirrors.
pub(super) struct Charts {
    http: reqwest::Client,
    allowed: BTreeSet<String>,
}

#[derive(Deserialize)]
struct Body {
    unix_seconds: Vec<i64>,
    ren_share: Vec<Option<f64>>,
    #[serde(default)]
    substitute: bool,
}

impl Charts {
    /// A client that asks only the public service and the allowed origins, and follows nobody elsewhere.
    ///
    /// # Errors
    /// [`GridError`] when an allowed endpoint is no origin, or the client cannot be made.
    pub(super) fn new(settings: &Settings) -> Result<Self, GridError> {
        let mut allowed = BTreeSet::from([PUBLIC.to_owned()]);
        for endpoint in &settings.allowed_endpoints {
            allowed.insert(origin(endpoint).ok_or_else(|| GridError::Endpoint(endpoint.clone()))?);
        }
        let http = reqwest::Client::builder()
            .user_agent(&settings.user_agent)
            .connect_timeout(CONNECT)
            .timeout(WHOLE)
            // A redirect could lead to any address inside the cluster.
            .redirect(redirect::Policy::none())
            .build()
            .map_err(GridError::Client)?;
        Ok(Self { http, allowed })
    }

    /// The forecast of a country.
    ///
    /// # Errors
    /// [`SourceError`], with what the provider said.
    pub(super) async fn fetch(&self, country: &str, endpoint: Option<&str>) -> Result<Answer, SourceError> {
        let url = self.address(country, endpoint)?;
        let unreachable = |error: reqwest::Error| {
            SourceError::Unreachable(format!("asking Energy-Charts for {country}: {}", cause(error)))
        };
        let response = self.http.get(url).send().await.map_err(unreachable)?;
        let status = response.status();
        if status == StatusCode::TOO_MANY_REQUESTS || status == StatusCode::SERVICE_UNAVAILABLE {
            return Err(SourceError::Throttled(retry_after(&response)));
        }
        let body = read(response).await?;
        if !status.is_success() {
            let said: String = String::from_utf8_lossy(&body).chars().take(200).collect();
            return Err(SourceError::Refused(format!(
                "Energy-Charts answers {status} for the country {country:?}: {said}"
            )));
        }
        parse(&body)
    }

    fn address(&self, country: &str, endpoint: Option<&str>) -> Result<Url, SourceError> {
        let endpoint = endpoint.unwrap_or(PUBLIC);
        let origin = origin(endpoint)
            .filter(|origin| self.allowed.contains(origin))
            .ok_or_else(|| {
                SourceError::Blocked(format!(
                    "{endpoint} is not on the list of allowed endpoints; an admin adds it with --allow-endpoint"
                ))
            })?;
        let address = Url::parse_with_params(&format!("{origin}/ren_share_forecast"), [("country", country)]);
        address.map_err(|error| SourceError::Blocked(format!("{origin} is no address: {error}")))
    }
}

/// Scheme, host and port, and nothing else.
fn origin(endpoint: &str) -> Option<String> {
    let url = Url::parse(endpoint).ok()?;
    let plain = matches!(url.scheme(), "http" | "https")
        && url.username().is_empty()
        && url.password().is_none()
        && matches!(url.path(), "" | "/")
        && url.query().is_none();
    plain.then(|| url.origin().ascii_serialization())
}

fn cause(error: reqwest::Error) -> String {
    // Without the address: the sentence already names the source.
    let error = error.without_url();
    let mut text = error.to_string();
    let mut source = std::error::Error::source(&error);
    while let Some(cause) = source {
        text.extend([": ", &cause.to_string()]);
        source = cause.source();
    }
    text
}

fn retry_after(response: &Response) -> Option<SignedDuration> {
    let seconds: i64 = response.headers().get(RETRY_AFTER)?.to_str().ok()?.parse().ok()?;
    (0..=LONGEST_WAIT)
        .contains(&seconds)
        .then(|| SignedDuration::from_secs(seconds))
}

/// Reads a body piece by piece: compressed or not, it never grows beyond the limit.
async fn read(mut response: Response) -> Result<Vec<u8>, SourceError> {
    let mut body = Vec::new();
    loop {
        match response.chunk().await {
            Ok(Some(piece)) if body.len() + piece.len() > LARGEST => {
                return Err(SourceError::Unreadable(format!(
                    "Energy-Charts sends more than {LARGEST} bytes"
                )));
            }
            Ok(Some(piece)) => body.extend_from_slice(&piece),
            Ok(None) => return Ok(body),
            Err(error) => {
                return Err(SourceError::Unreachable(format!(
                    "reading the answer of Energy-Charts: {}",
                    cause(error)
                )));
            }
        }
    }
}

fn parse(body: &[u8]) -> Result<Answer, SourceError> {
    let body: Body = serde_json::from_slice(body)
        .map_err(|error| SourceError::Unreadable(format!("the answer of Energy-Charts is not what it was: {error}")))?;
    if body.unix_seconds.len() != body.ren_share.len() {
        let (times, values) = (body.unix_seconds.len(), body.ren_share.len());
        return Err(SourceError::Unreadable(format!(
            "Energy-Charts gives {times} times but {values} values"
        )));
    }
    let starts: Result<Vec<Timestamp>, _> = body
        .unix_seconds
        .iter()
        .map(|second| Timestamp::from_second(*second))
        .collect();
    let starts = starts.map_err(|error| {
        SourceError::Unreadable(format!("Energy-Charts gives a time beyond all calendars: {error}"))
    })?;
    let last = starts
        .windows(2)
        .last()
        .map_or(SignedDuration::from_mins(15), |pair| pair[1].duration_since(pair[0]));
    let ends = starts
        .iter()
        .skip(1)
        .copied()
        .chain(starts.last().and_then(|start| start.checked_add(last).ok()));
    let points = starts
        .iter()
        .zip(ends)
        .zip(&body.ren_share)
        .filter_map(|((start, end), share)| {
            let value = (*share)? / 100.0;
            Some(Point {
                slot: Slot { start: *start, end },
                value,
            })
        });
    let certainty = if body.substitute {
        Certainty::Estimated
    } else {
        Certainty::Published
    };
    Ok(Answer {
        points: points.collect(),
        issued_at: None,
        certainty,
        source: Some("Energy-Charts".into()),
    })
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    fn charts(allowed: &[&str]) -> Charts {
        let _ = rustls::crypto::aws_lc_rs::default_provider().install_default();
        let settings = Settings {
            allowed_endpoints: allowed.iter().map(ToString::to_string).collect(),
            ..Settings::default()
        };
        Charts::new(&settings).unwrap()
    }

    #[test]
    fn nulls_are_gaps_and_more_than_all_is_real() {
        let body =
            br#"{"unix_seconds":[0,900,1800],"ren_share":[58.3,null,104.1],"substitute":true,"deprecated":false}"#;
        let answer = parse(body).unwrap();
        assert_eq!(answer.certainty, Certainty::Estimated);
        let points: Vec<(i64, i64, f64)> = answer
            .points
            .iter()
            .map(|p| {
                (
                    p.slot.start.as_second(),
                    p.slot.end.as_second(),
                    (p.value * 1000.0).round(),
                )
            })
            .collect();
        assert_eq!(points, [(0, 900, 583.0), (1800, 2700, 1041.0)]);
    }

    #[test]
    fn only_allowed_origins_are_asked() {
        let charts = charts(&["http://127.0.0.1:8080"]);
        assert!(
            charts
                .address("es", None)
                .unwrap()
                .as_str()
                .starts_with("https://api.energy-charts.info/ren_share_forecast?country=es")
        );
        assert!(charts.address("es", Some("http://127.0.0.1:8080/")).is_ok());
        for foreign in [
            "http://127.0.0.1:9090",
            "https://127.0.0.1:8080",
            "http://169.254.169.254",
            "http://user@127.0.0.1:8080",
            "file:///etc/passwd",
        ] {
            assert!(
                matches!(charts.address("es", Some(foreign)), Err(SourceError::Blocked(_))),
                "{foreign}"
            );
        }
    }

    #[test]
    fn a_country_cannot_leave_its_parameter() {
        let address = charts(&[]).address("es&x=/../y", None).unwrap();
        assert_eq!(address.query(), Some("country=es%26x%3D%2F..%2Fy"));
    }

    proptest! {
        #[test]
        fn no_bytes_make_it_panic(times in proptest::collection::vec(any::<i64>(), 0..5), text in ".{0,100}") {
            let _ = parse(text.as_bytes());
            let shares: Vec<f64> = times.iter().map(|_| 50.0).collect();
            let _ = parse(serde_json::json!({"unix_seconds": times, "ren_share": shares}).to_string().as_bytes());
        }
    }
}
