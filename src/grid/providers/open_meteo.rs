//! Open-Meteo: weather at the plants of a country, from which our own model makes its mix. Anywhere that a parameter file is.
//!
//! `GET /v1/forecast?latitude=27.9,..&longitude=-12.9,..&hourly=wind_speed_100m,..` gives the weather, and
//! `GET /v1/ensemble?models=ecmwf_ifs025_ensemble` how sure it is; the latter may be missing. What both answer is read by
//! [`crate::grid::weather`]. The data are CC BY 4.0, but the public host is for non-commercial use only: so it is asked for
//! nothing before an admin has acknowledged that, or named a key for the customers' host, or runs a host of his own.
//!
//! Nothing says when an answer was made but its days: one that does not begin with yesterday is as old as they are, as a cache
//! or a host that stands still may give it with a fresh 200.
//!
//! A request weighs as many calls as it has places, times a tenth of its variables: with 17 places 17, and 173 with 51 members,
//! of 600 a minute and 10,000 a day. It counts anew at each full hour and at midnight UTC.

use std::sync::Arc;

use jiff::{SignedDuration, Timestamp};

use super::reading::{first, floor, later, no_web_page, says};
use super::{Host, Key, Request, Service};
use crate::grid::answer::Answer;
use crate::grid::error::SourceError;
use crate::grid::gate::Manner;
use crate::grid::secrets::SecretKey;
use crate::grid::spec::Provider;
use crate::grid::texts::{Texts, no_text};
use crate::grid::weather::{self, Parameters, Weather, library};
use crate::planner::Certainty;
use crate::units::{Basis, Flow, Signal};

pub(super) const HOST: Host = Host {
    name: "Open-Meteo",
    provider: Provider::OpenMeteo,
    origin: Some("https://api.open-meteo.com"),
    place: "country",
    serves: &[Signal::CarbonIntensity, Signal::RenewableShare],
    flow: Some(Flow::Consumption),
    // Weather models run every six hours; half of that keeps an answer fresh.
    every: SignedDuration::from_hours(3),
    // It lets whoever comes without a key wait for their own last request, and turns away whoever has several waiting.
    manner: Manner {
        at_once: 1,
        ..Host::USUAL.manner
    },
    ..Host::USUAL
};

/// The host for those who have a key.
pub(super) const CUSTOMERS: Host = Host {
    origin: Some("https://customer-api.open-meteo.com"),
    ..HOST
};

/// Ensembles lie at hosts of their own.
pub(super) const ENSEMBLE: Host = Host {
    origin: Some("https://ensemble-api.open-meteo.com"),
    ..HOST
};

/// See [`ENSEMBLE`].
pub(super) const CUSTOMERS_ENSEMBLE: Host = Host {
    origin: Some("https://customer-ensemble-api.open-meteo.com"),
    ..HOST
};

const HOUR: SignedDuration = SignedDuration::from_hours(1);
const DAY: SignedDuration = SignedDuration::from_hours(24);
/// Yesterday fills the stores of solar plants; a week ahead is as far as the weather is known.
const PAST_DAYS: &str = "1";
const DAYS: &str = "7";
/// Today and the three days that matter most.
const ENSEMBLE_DAYS: &str = "4";
/// What weather may do without.
const ENSEMBLE_WORDS: &str = "ensemble, so its interval is wider";
/// The one ensemble with the wind at hub height.
const ENSEMBLE_MODEL: &str = "ecmwf_ifs025_ensemble";
const COLUMNS: &str = "wind_speed_100m,shortwave_radiation,direct_normal_irradiance,temperature_2m";
const ENSEMBLE_COLUMNS: &str = "wind_speed_100m,shortwave_radiation";

/// The mix of a country, modelled from its weather.
#[derive(Clone, Debug, PartialEq)]
pub struct OpenMeteo {
    /// The country whose parameters are used, for example MA.
    pub zone: String,
    /// Whose parameters those are.
    pub parameters: ModelParameters,
    /// By which right Open-Meteo is asked.
    pub terms: Terms,
    /// Another origin that speaks the same API.
    pub endpoint: Option<String>,
}

/// The parameters of a weather model.
#[derive(Clone, Debug, PartialEq)]
pub enum ModelParameters {
    /// Those of the country that are built in.
    BuiltIn,
    /// A text of a ConfigMap in our namespace.
    Named {
        /// Its name.
        name: String,
        /// The key of the text.
        key: String,
    },
    /// The text itself, as it was when the model was asked.
    Text(Arc<str>),
}

/// By which right Open-Meteo is asked.
#[derive(Clone, Debug, PartialEq)]
pub enum Terms {
    /// By none yet: the model is off.
    None,
    /// An admin has acknowledged that the public host is for non-commercial use.
    NonCommercial,
    /// A host of one's own, which `endpoint` names.
    OwnHost,
    /// With the key of a customer.
    Key(SecretKey),
}

impl Service for OpenMeteo {
    fn host(&self) -> &'static Host {
        match self.terms {
            Terms::Key(_) => &CUSTOMERS,
            Terms::None | Terms::NonCommercial | Terms::OwnHost => &HOST,
        }
    }

    fn place(&self) -> String {
        self.zone.clone()
    }

    fn endpoint(&self) -> Option<&str> {
        self.endpoint.as_deref()
    }

    fn key(&self) -> Option<Key<'_>> {
        match &self.terms {
            Terms::Key(secret) => Some(Key::Query("apikey", secret)),
            Terms::None | Terms::NonCommercial | Terms::OwnHost => None,
        }
    }

    fn basis(&self, _: Signal, asked: Basis) -> Basis {
        asked.or(Basis::LifeCycle)
    }

    fn requests(&self, _: Signal, _: Basis, _: Timestamp) -> Result<Vec<Request>, SourceError> {
        if let Some(off) = self.off() {
            return Err(SourceError::Blocked(off.into()));
        }
        let places = self.parameters()?.coordinates();
        let list = |of: fn(&(f64, f64)) -> f64| {
            let all: Vec<String> = places.iter().map(|place| format!("{:.2}", of(place))).collect();
            all.join(",")
        };
        let (latitudes, longitudes) = (list(|place| place.0), list(|place| place.1));
        let request = |path: &str, columns: &str, days: &str| {
            Request::to(["v1", path])
                .with("latitude", &*latitudes)
                .with("longitude", &*longitudes)
                .with("hourly", columns)
                .with("forecast_days", days)
                .with("wind_speed_unit", "ms")
                .with("timeformat", "unixtime")
                .with("timezone", "GMT")
        };
        let ensemble = match self.terms {
            Terms::Key(_) => CUSTOMERS_ENSEMBLE.origin,
            Terms::None | Terms::NonCommercial | Terms::OwnHost => ENSEMBLE.origin,
        };
        Ok(vec![
            request("forecast", COLUMNS, DAYS).with("past_days", PAST_DAYS),
            Request {
                origin: ensemble,
                may_lack: Some(ENSEMBLE_WORDS),
                ..request("ensemble", ENSEMBLE_COLUMNS, ENSEMBLE_DAYS).with("models", ENSEMBLE_MODEL)
            },
        ])
    }

    fn read(&self, bodies: &[Vec<u8>], signal: Signal, basis: Basis, now: Timestamp) -> Result<Answer, SourceError> {
        let parameters = self.parameters()?;
        no_web_page(first(bodies))?;
        let main = weather::read(first(bodies)).map_err(unreadable)?;
        let (ensemble, weakness) = ensemble(bodies.get(1));
        let issued_at = main.made(now);
        let forecast = weather::forecast(&parameters, &main, ensemble.as_ref(), issued_at)
            .map_err(|error| SourceError::Implausible(error.to_string()))?;
        let points = forecast.points(signal, basis).ok_or_else(|| {
            SourceError::Blocked("the weather model tells a renewable share or an average intensity only".into())
        })?;
        Ok(Answer {
            points,
            issued_at: Some(issued_at),
            certainty: Certainty::Estimated,
            source: Some(format!("{}, {}", parameters.title(), forecast.spread())),
            weakness,
        })
    }

    fn complaint(&self, status: u16, body: &str, now: Timestamp) -> Option<SourceError> {
        match status {
            400 if says(body, "api key") || says(body, "apikey") => Some(SourceError::Unauthorized(
                "its key is not known; check the key in the Secret".into(),
            )),
            403 if matches!(self.terms, Terms::Key(_)) => Some(SourceError::Refused(
                "the plan of the key does not allow this; ask for a larger one: ensembles need the Professional plan"
                    .into(),
            )),
            404 => Some(SourceError::Refused(
                "nothing lies there; check the endpoint, and whether it serves /v1/forecast and /v1/ensemble".into(),
            )),
            429 if says(body, "daily") => Some(SourceError::Throttled(Some(until_next(now, DAY)))),
            429 if says(body, "hourly") => Some(SourceError::Throttled(Some(until_next(now, HOUR)))),
            _ => None,
        }
    }

    fn notes(&self, now: Timestamp) -> Vec<String> {
        self.parameters()
            .map(|parameters| parameters.notes(now))
            .unwrap_or_default()
    }

    fn name(&self) -> String {
        let right = match &self.terms {
            Terms::None => "off".to_owned(),
            Terms::NonCommercial => "non-commercial terms".to_owned(),
            Terms::OwnHost => "own host".to_owned(),
            Terms::Key(secret) => format!("key of Secret {}", secret.name),
        };
        let at = self
            .endpoint
            .as_ref()
            .map_or_else(String::new, |endpoint| format!(" at {endpoint}"));
        let by = match &self.parameters {
            ModelParameters::Named { name, key } => format!(" by ConfigMap {name}/{key}"),
            ModelParameters::BuiltIn | ModelParameters::Text(_) => String::new(),
        };
        format!("Open-Meteo weather model {}{by}{at}, {right}", self.zone)
    }
}

impl OpenMeteo {
    /// Why the model is off, where it is.
    fn off(&self) -> Option<&'static str> {
        match (&self.terms, &self.endpoint) {
            (Terms::None, _) => Some(
                "the weather model is off: Open-Meteo's public host is for non-commercial use only. Acknowledge that with \
                 terms: NonCommercial, name a customer's key with secret, or run a host of your own with terms: OwnHost",
            ),
            (Terms::OwnHost, None) => Some("the weather model is off: terms OwnHost needs the endpoint of that host"),
            _ => None,
        }
    }

    fn parameters(&self) -> Result<Parameters, SourceError> {
        let parameters = match &self.parameters {
            ModelParameters::BuiltIn => library(&self.zone),
            ModelParameters::Text(text) => Parameters::of(&self.zone, text),
            ModelParameters::Named { name, key } => return Err(no_text(name, key)),
        };
        parameters.map_err(|error| SourceError::Blocked(error.with_cause()))
    }

    /// The same with the text of its parameters, where they lie in a ConfigMap.
    ///
    /// # Errors
    /// [`SourceError::Unreachable`] where that is not there.
    pub(in crate::grid) fn with_text(&self, texts: &Texts) -> Result<Self, SourceError> {
        let ModelParameters::Named { name, key } = &self.parameters else {
            return Ok(self.clone());
        };
        let text = texts.get(name, key).ok_or_else(|| no_text(name, key))?;
        Ok(Self {
            parameters: ModelParameters::Text(text),
            ..self.clone()
        })
    }
}

/// How long until its next full hour or day begins, when it counts anew, and a little more.
fn until_next(now: Timestamp, period: SignedDuration) -> SignedDuration {
    later(floor(now, period), period).duration_since(now) + SignedDuration::from_mins(2)
}

/// The ensemble of a body; else what is wrong with it. An empty body stands for one that did not come.
fn ensemble(body: Option<&Vec<u8>>) -> (Option<Weather>, Option<String>) {
    let Some(body) = body.filter(|body| !body.is_empty()) else {
        return (None, None);
    };
    match weather::read(body).map_err(unreadable) {
        Ok(ensemble) => (Some(ensemble), None),
        Err(error) => (None, Some(format!("there is no {ENSEMBLE_WORDS}: {error}"))),
    }
}

fn unreadable(error: weather::BadAnswer) -> SourceError {
    match error {
        weather::BadAnswer::Complaint(_) => {
            SourceError::Unreadable("it answers with a complaint instead of weather; it is asked again later".into())
        }
        // What to save is advice for files.
        weather::BadAnswer::Form { line, column } => SourceError::Unreadable(format!(
            "its JSON is no weather (line {line}, column {column}); check the endpoint"
        )),
        weather::BadAnswer::Content(what) => SourceError::Unreadable(what),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn who_has_used_up_a_quota_waits_until_it_counts_anew() {
        let now = "2026-11-25T20:40:00Z".parse().unwrap();
        let model = OpenMeteo {
            zone: "MA".into(),
            parameters: ModelParameters::BuiltIn,
            terms: Terms::NonCommercial,
            endpoint: None,
        };
        let waits = |what: &str| {
            let body = format!(r#"{{"error":true,"reason":"{what} API request limit exceeded."}}"#);
            match model.complaint(429, &body, now) {
                Some(SourceError::Throttled(Some(wait))) => Some(wait.as_mins()),
                _ => None,
            }
        };
        assert_eq!(waits("Daily"), Some(3 * 60 + 22));
        assert_eq!(waits("Hourly"), Some(22));
        assert_eq!(waits("Minutely"), None, "as long as it is usual");
    }
}
