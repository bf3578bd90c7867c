//! Energy-Charts (Fraunhofer ISE): the renewable share of load in most of Europe. No key, CC BY 4.0.
//!
//! `GET /ren_share_forecast?country=es` gives today and, from the evening on, tomorrow:
//! ```json
//! {"unix_seconds": [1795168800, 1795169700], "ren_share": [58.3, null], "substitute": false, "deprecated": false}
//! ```
//! A slot begins at its time and lasts until the next. Shares are percent of load and may exceed 100; a null is unknown. A
//! `substitute` is filled in from history. Neither the time of issue nor a tag for conditional requests is given.

use std::time::Duration;

use jiff::{SignedDuration, Timestamp};
use serde::Deserialize;
use tokio::sync::Mutex;
use tokio::time::Instant;

use super::address::{Allowed, Resolver};
use super::answer::Answer;
use super::error::{GridError, SourceError};
use super::http::Http;
use super::spec::Settings;
use crate::planner::{Certainty, Point};
use crate::units::Slot;

/// The public service.
const PUBLIC: &str = "https://api.energy-charts.info";
const HOST: &str = "api.energy-charts.info";
/// No quota is published; one request a second bothers nobody.
const SPACING: Duration = Duration::from_secs(1);
/// Its steps are quarters of an hour or hours: what lies further apart is a gap.
const LONGEST_STEP: SignedDuration = SignedDuration::from_hours(1);
const SHORTEST_STEP: SignedDuration = SignedDuration::from_mins(15);

/// A client of Energy-Charts and of whatever speaks like it.
#[derive(Debug)]
pub(super) struct EnergyCharts {
    http: Http,
    allowed: Allowed,
    /// When the public service may be asked next.
    next: Mutex<Option<Instant>>,
}

#[derive(Deserialize)]
struct Body {
    unix_seconds: Vec<i64>,
    ren_share: Vec<Option<f64>>,
    substitute: Option<bool>,
}

impl EnergyCharts {
    /// A client that asks the public service and the origins that the settings allow.
    ///
    /// # Errors
    /// [`GridError`] when an allowed endpoint is no origin, or no HTTP client can be made.
    pub(super) fn new(settings: &Settings) -> Result<Self, GridError> {
        Ok(Self {
            http: Http::new(&settings.user_agent, Resolver { public: HOST.into() })?,
            allowed: Allowed::new(PUBLIC, &settings.allowed_endpoints)?,
            next: Mutex::default(),
        })
    }

    /// The renewable share of a country, as of `now`.
    ///
    /// # Errors
    /// [`SourceError`]: whatever the service or the way to it did.
    pub(super) async fn ask(
        &self,
        country: &str,
        endpoint: Option<&str>,
        now: Timestamp,
    ) -> Result<Answer, SourceError> {
        let mut url = self.allowed.base(endpoint.unwrap_or(PUBLIC))?;
        if url.host_str() == Some(HOST) {
            self.wait_for_turn().await;
        }
        url.set_path("ren_share_forecast");
        url.query_pairs_mut().append_pair("country", country);
        let attempt = format!("asking Energy-Charts for the country {country:?}");
        let body = self.http.get(url, &attempt, now).await?;
        let answer = parse(&body).map_err(|what| SourceError::Unreadable(format!("{attempt}: {what}")))?;
        Ok(Answer {
            issued_at: Some(now),
            ..answer
        })
    }

    async fn wait_for_turn(&self) {
        let mut next = self.next.lock().await;
        if let Some(next) = *next {
            tokio::time::sleep_until(next).await;
        }
        *next = Some(Instant::now() + SPACING);
    }
}

fn parse(body: &[u8]) -> Result<Answer, String> {
    if body.trim_ascii_start().starts_with(b"<") {
        return Err("a web page comes back instead of JSON; check whether a proxy stands in the way".into());
    }
    // Only where, not what: a message must not repeat the body.
    let body: Body = serde_json::from_slice(body).map_err(|error| {
        let (line, column) = (error.line(), error.column());
        format!("its JSON is not a forecast (line {line}, column {column}); check the endpoint")
    })?;
    let (times, shares) = (body.unix_seconds.len(), body.ren_share.len());
    if times != shares {
        return Err(format!(
            "it gives {times} times but {shares} shares; it is asked again later"
        ));
    }
    let starts: Result<Vec<Timestamp>, _> = body.unix_seconds.iter().map(|s| Timestamp::from_second(*s)).collect();
    let starts = starts.map_err(|error| format!("it gives a time that no calendar has: {error}"))?;
    let points = slots(&starts).into_iter().zip(body.ren_share);
    let points = points.filter_map(|(slot, percent)| {
        let value = percent? / 100.0;
        Some(Point::of(slot, value))
    });
    Ok(Answer {
        points: points.collect(),
        issued_at: None,
        certainty: match body.substitute {
            Some(true) => Certainty::Estimated,
            _ => Certainty::Published,
        },
        source: None,
    })
}

/// Each slot lasts until the next start; the last one, and one before a gap, as long as the one before it.
fn slots(starts: &[Timestamp]) -> Vec<Slot> {
    let mut step = SHORTEST_STEP;
    let nexts = starts.iter().skip(1).map(Some).chain([None]);
    let pairs = starts.iter().zip(nexts);
    let slots = pairs.map(|(start, next)| {
        let until_next = next.map(|next| next.duration_since(*start));
        step = until_next.filter(|length| *length <= LONGEST_STEP).unwrap_or(step);
        Slot::of(*start, step)
    });
    slots.collect()
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    /// Start, end (minutes) and per mille of each point.
    fn points(answer: &Answer) -> Vec<(i64, i64, f64)> {
        let minute = |instant: Timestamp| instant.as_second() / 60;
        let points = answer.points.iter();
        points
            .map(|p| (minute(p.slot.start), minute(p.slot.end), (p.value * 1000.0).round()))
            .collect()
    }

    #[test]
    fn nulls_are_unknown_and_more_than_all_of_it_is_real() {
        let body = br#"{"unix_seconds":[0,900,1800],"ren_share":[58.3,null,104.1],"solar_share":[1,2,null],
            "substitute":false,"deprecated":false}"#;
        let answer = parse(body).unwrap();
        assert_eq!(points(&answer), [(0, 15, 583.0), (30, 45, 1041.0)]);
        assert_eq!(answer.certainty, Certainty::Published);
    }

    #[test]
    fn a_substitute_is_an_estimate() {
        let answer = parse(br#"{"unix_seconds":[0],"ren_share":[50],"substitute":true}"#).unwrap();
        assert_eq!(answer.certainty, Certainty::Estimated);
        assert_eq!(points(&answer), [(0, 15, 500.0)]);
    }

    #[test]
    fn hours_last_an_hour_and_a_gap_stays_a_gap() {
        let answer = parse(br#"{"unix_seconds":[0,3600,7200,18000],"ren_share":[1,2,3,4]}"#).unwrap();
        let slots: Vec<_> = points(&answer).iter().map(|(start, end, _)| (*start, *end)).collect();
        assert_eq!(slots, [(0, 60), (60, 120), (120, 180), (300, 360)]);
    }

    #[test]
    fn what_is_no_forecast_says_so_without_repeating_it() {
        for (body, words) in [
            ("<html>secret</html>", "proxy"),
            (r#"{"secret": 1}"#, "line 1"),
            (r#"{"unix_seconds":["secret"],"ren_share":[1]}"#, "column"),
            (r#"{"unix_seconds":[0,900],"ren_share":[1]}"#, "2 times but 1 shares"),
            (r#"{"unix_seconds":[9223372036854775807],"ren_share":[1]}"#, "calendar"),
            (r#"{"unix_seconds":[0,"#, "line 1"),
            ("", "line 1"),
        ] {
            let error = parse(body.as_bytes()).unwrap_err();
            assert!(error.contains(words) && !error.contains("secret"), "{error}");
        }
    }

    proptest! {
        #[test]
        fn no_bytes_make_it_panic(bytes in proptest::collection::vec(any::<u8>(), 0..200)) {
            let _ = parse(&bytes);
        }

        #[test]
        fn no_times_make_it_panic(times in proptest::collection::vec(any::<i64>(), 0..5)) {
            let shares = vec![50.0; times.len()];
            let _ = parse(serde_json::json!({"unix_seconds": times, "ren_share": shares}).to_string().as_bytes());
            let near: Vec<i64> = times.iter().map(|time| time % 253_402_207_200).collect();
            let _ = parse(serde_json::json!({"unix_seconds": near, "ren_share": shares}).to_string().as_bytes());
        }
    }
}
