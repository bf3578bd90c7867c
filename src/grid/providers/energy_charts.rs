//! Energy-Charts (Fraunhofer ISE): the renewable share of load in most of Europe. No key, CC BY 4.0.
//!
//! `GET /ren_share_forecast?country=es` gives today and, from the evening on, tomorrow:
//! ```json
//! {"unix_seconds": [1795168800, 1795169700], "ren_share": [58.3, null], "substitute": false, "deprecated": false}
//! ```
//! A slot begins at its time and lasts until the next. Shares are percent of load and may exceed 100; a null is unknown, and so
//! is what is left out at the end of a list. A
//! `substitute` is filled in from history, and what is `deprecated` ends within six months. Neither the time of
//! issue nor a tag for conditional requests is given; but it begins with the country's own day, so one that begins with another
//! was made by the end of that at the latest, and a cache kept it.

use jiff::{SignedDuration, Timestamp};
use serde::Deserialize;

use super::reading::{answer, first, instant, json, later};
use super::slots::{Steps, starting};
use super::{Host, Request, Service};
use crate::grid::answer::{Answer, MOST_POINTS};
use crate::grid::bounded::List;
use crate::grid::error::SourceError;
use crate::grid::spec::Provider;
use crate::planner::Certainty;
use crate::units::{Basis, Flow, Signal};

/// It allows two requests a second, and may turn away whoever comes oftener for minutes; its own steps are quarters of an hour.
pub(super) const HOST: Host = Host {
    name: "Energy-Charts",
    provider: Provider::EnergyCharts,
    origin: Some("https://api.energy-charts.info"),
    place: "country",
    serves: &[Signal::RenewableShare],
    // Of load, but of what is generated: imports have no colour.
    flow: Some(Flow::Production),
    patience: SignedDuration::from_mins(5),
    ..Host::USUAL
};

/// Its steps are quarters of an hour or hours: what lies further apart is a gap.
const STEPS: Steps = Steps {
    shortest: SignedDuration::from_mins(15),
    longest: SignedDuration::from_hours(1),
};

/// The day at which clocks go back.
const LONGEST_DAY: SignedDuration = SignedDuration::from_hours(25);

/// They give notice of half a year.
const ENDS: &str =
    "Energy-Charts will end this forecast within six months; name another source, or look for a newer Alizé";

/// The renewable share forecast of a country.
#[derive(Clone, Debug, PartialEq)]
pub struct EnergyCharts {
    /// The country as Energy-Charts spells it.
    pub country: String,
    /// Another origin that speaks the same API.
    pub endpoint: Option<String>,
}

#[derive(Deserialize)]
struct Body {
    #[serde(default)]
    unix_seconds: List<i64, MOST_POINTS>,
    #[serde(default)]
    ren_share: List<Option<f64>, MOST_POINTS>,
    substitute: Option<bool>,
    deprecated: Option<bool>,
}

impl Service for EnergyCharts {
    fn host(&self) -> &'static Host {
        &HOST
    }

    fn place(&self) -> String {
        self.country.clone()
    }

    fn endpoint(&self) -> Option<&str> {
        self.endpoint.as_deref()
    }

    fn requests(&self, _: Signal, _: Basis, _: Timestamp) -> Result<Vec<Request>, SourceError> {
        Ok(vec![
            Request::to(["ren_share_forecast"]).with("country", &*self.country),
        ])
    }

    fn read(&self, bodies: &[Vec<u8>], _: Signal, _: Basis, now: Timestamp) -> Result<Answer, SourceError> {
        parse(first(bodies), now)
    }
}

fn parse(body: &[u8], now: Timestamp) -> Result<Answer, SourceError> {
    let body: Body = json(body)?;
    let (times, shares) = (body.unix_seconds.len(), body.ren_share.len());
    if shares > times {
        return Err(SourceError::Unreadable(format!(
            "it gives {times} times but {shares} shares; it is asked again later"
        )));
    }
    let starts = body
        .unix_seconds
        .iter()
        .map(|second| instant(Timestamp::from_second(*second)));
    let starts: Vec<Timestamp> = starts.collect::<Result<_, _>>()?;
    let shares = body.ren_share.0.into_iter().map(|percent| Some(percent? / 100.0));
    let certainty = match body.substitute {
        Some(true) => Certainty::Estimated,
        _ => Certainty::Published,
    };
    let made = starts.iter().min().map(|first| later(*first, LONGEST_DAY).min(now));
    let points = starting(starts.into_iter().zip(shares).collect(), STEPS);
    let weakness = (body.deprecated == Some(true)).then(|| ENDS.to_owned());
    Ok(Answer {
        weakness,
        ..answer(points, made, certainty)?
    })
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    fn parse(body: &[u8]) -> Result<Answer, SourceError> {
        super::parse(body, Timestamp::UNIX_EPOCH)
    }

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
        let body = br#"{"unix_seconds":[0,900,1800],"ren_share":[58.3,null,104.1],"solar_share":[1,2],
            "substitute":false,"deprecated":false}"#;
        let answer = parse(body).unwrap();
        assert_eq!(points(&answer), [(0, 15, 583.0), (30, 45, 1041.0)]);
        assert_eq!(answer.certainty, Certainty::Published);
    }

    #[test]
    fn a_list_that_is_cut_after_its_last_value_ends_there() {
        let answer = parse(br#"{"unix_seconds":[0,900,1800,2700],"ren_share":[58.3,40]}"#).unwrap();
        assert_eq!(points(&answer), [(0, 15, 583.0), (15, 30, 400.0)]);
    }

    #[test]
    fn a_substitute_is_an_estimate() {
        let answer = parse(br#"{"unix_seconds":[0],"ren_share":[50],"substitute":true}"#).unwrap();
        assert_eq!(answer.certainty, Certainty::Estimated);
        assert_eq!(points(&answer), [(0, 15, 500.0)]);
    }

    #[test]
    fn an_answer_that_begins_with_yesterday_is_as_old_as_the_end_of_it() {
        let hours: Vec<i64> = (0..48).map(|hour| hour * 3600).collect();
        let body = serde_json::json!({"unix_seconds": hours, "ren_share": vec![50; 48]}).to_string();
        let made = |hour: i64| {
            let now = Timestamp::from_second(hour * 3600).unwrap();
            super::parse(body.as_bytes(), now)
                .unwrap()
                .issued_at
                .unwrap()
                .as_second()
                / 3600
        };
        assert_eq!((made(0), made(24), made(25)), (0, 24, 25), "a day may have 25 hours");
        assert_eq!((made(26), made(47)), (25, 25));
    }

    #[test]
    fn what_is_going_to_end_says_so() {
        let says = |deprecated: bool| {
            let body = format!(r#"{{"unix_seconds":[0],"ren_share":[50],"deprecated":{deprecated}}}"#);
            parse(body.as_bytes()).unwrap().weakness
        };
        assert!(says(true).unwrap().contains("within six months; name another source"));
        assert_eq!(says(false), None);
    }

    #[test]
    fn hours_last_an_hour_and_a_gap_stays_a_gap() {
        let answer = parse(br#"{"unix_seconds":[0,3600,7200,18000],"ren_share":[1,2,3,4]}"#).unwrap();
        let slots: Vec<_> = points(&answer).iter().map(|(start, end, _)| (*start, *end)).collect();
        assert_eq!(slots, [(0, 60), (60, 120), (120, 180), (300, 360)]);
    }

    #[test]
    fn an_answer_without_values_is_no_data_yet_and_no_fault() {
        for body in [
            "{}",
            r#"{"unix_seconds":[],"ren_share":[]}"#,
            r#"{"unix_seconds":[0,900],"ren_share":[null,null]}"#,
        ] {
            assert!(matches!(parse(body.as_bytes()), Err(SourceError::NoData(_))), "{body}");
        }
    }

    #[test]
    fn what_is_no_forecast_says_so_without_repeating_it() {
        for (body, words) in [
            ("<html>secret</html>", "proxy"),
            (r#"["secret"]"#, "line 1"),
            (r#"{"unix_seconds":["secret"],"ren_share":[1]}"#, "column"),
            (r#"{"unix_seconds":[0],"ren_share":[1,2]}"#, "1 times but 2 shares"),
            (r#"{"unix_seconds":[9223372036854775807],"ren_share":[1]}"#, "calendar"),
            (r#"{"unix_seconds":[0,"#, "line 1"),
            ("", "line 1"),
        ] {
            let error = parse(body.as_bytes()).unwrap_err().to_string();
            let repeats = error.contains("secret") || error.contains("9223372036854775807");
            assert!(error.contains(words) && !repeats, "{error}");
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
