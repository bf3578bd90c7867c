//! What an admin asks of this room: which sources, in which order, and what they may reach.

use std::path::PathBuf;
use std::sync::Arc;

use jiff::{SignedDuration, Timestamp};
use serde::Serialize;

use super::answer::Answer;
use super::error::SourceError;
use super::providers::{
    CarbonAware, Eia, ElectricityMaps, Elia, EnergiDataService, EnergyCharts, Entsoe, Key, ModelParameters, Neso,
    OpenMeteo, Prometheus, Service, WattTime, Yearly,
};
use super::secrets::Secrets;
use super::texts::Texts;
use crate::units::{Basis, Flow, Signal};

/// No source is asked more often.
const FASTEST: SignedDuration = SignedDuration::from_secs(1);
/// Nor less often. A constant is asked as rarely: it cannot change without its spec.
const SLOWEST: SignedDuration = SignedDuration::from_hours(366 * 24);

/// One source of one signal of a zone.
#[derive(Clone, Debug, PartialEq)]
pub struct SourceSpec {
    /// The signal that it serves.
    pub signal: Signal,
    /// How an intensity counts emissions.
    pub basis: Basis,
    /// Whose energy it speaks of, where its provider does not say.
    pub flow: Option<Flow>,
    /// How often it is asked; by its kind where not given.
    pub refresh: Option<SignedDuration>,
    /// Where it comes from.
    pub kind: SourceKind,
}

/// Where a series comes from.
#[derive(Clone, Debug, PartialEq)]
pub enum SourceKind {
    /// A file below the data directory.
    File {
        /// Its relative path.
        path: String,
        /// Whose rows count, where the file has those of several locations.
        location: Option<String>,
    },
    /// A ConfigMap in our namespace.
    ConfigMap {
        /// Its name.
        name: String,
        /// The key of the text.
        key: String,
        /// Whose rows count, where the text has those of several locations.
        location: Option<String>,
    },
    /// One value for all times.
    Constant(f64),
    /// The yearly figure of a country.
    Yearly(Yearly),
    /// The renewable share forecast of Energy-Charts.
    EnergyCharts(EnergyCharts),
    /// Electricity Maps.
    ElectricityMaps(ElectricityMaps),
    /// The Carbon Intensity API of Great Britain.
    Neso(Neso),
    /// A Carbon Aware SDK.
    CarbonAware(CarbonAware),
    /// A Prometheus.
    Prometheus(Prometheus),
    /// The ENTSO-E Transparency Platform.
    Entsoe(Entsoe),
    /// The Energy Information Administration of the United States.
    Eia(Eia),
    /// WattTime.
    WattTime(WattTime),
    /// Energi Data Service of Denmark.
    EnergiDataService(EnergiDataService),
    /// Elia of Belgium.
    Elia(Elia),
    /// Our weather model on Open-Meteo.
    OpenMeteo(OpenMeteo),
}

/// What sources may reach.
#[derive(Clone, Debug, Default)]
pub struct Settings {
    /// The directory that file sources lie in; without one they are refused.
    pub data_dir: Option<PathBuf>,
    /// Origins besides the public ones, for example `http://127.0.0.1:8080`.
    pub allowed_endpoints: Vec<String>,
    /// Whether such an origin may lie on this very machine.
    pub loopback: bool,
    /// PEM certificates of authorities that vouch for such origins, besides the well-known ones; for no public service.
    pub ca_file: Option<PathBuf>,
    /// The Secrets that hold keys.
    pub secrets: Arc<Secrets>,
}

/// Which kind of source was asked.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Provider {
    /// A file.
    File,
    /// A ConfigMap.
    ConfigMap,
    /// A constant, or the yearly figure of a country.
    Constant,
    /// Energy-Charts.
    EnergyCharts,
    /// Electricity Maps.
    ElectricityMaps,
    /// The Carbon Intensity API of Great Britain.
    Neso,
    /// A Carbon Aware SDK.
    CarbonAware,
    /// A Prometheus.
    Prometheus,
    /// The ENTSO-E Transparency Platform.
    Entsoe,
    /// The Energy Information Administration of the United States.
    Eia,
    /// WattTime.
    WattTime,
    /// Energi Data Service of Denmark.
    EnergiDataService,
    /// Elia of Belgium.
    Elia,
    /// Our weather model on Open-Meteo.
    OpenMeteo,
}

/// How asking a source ended.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize)]
pub enum Outcome {
    /// A usable answer.
    Ok,
    /// No answer in time, or no connection.
    Unreachable,
    /// It asked us to come back later.
    Throttled,
    /// It does not know our key.
    Unauthorized,
    /// It refused.
    Refused,
    /// It has nothing (yet).
    NoData,
    /// The answer cannot be read or is not valid.
    Invalid,
    /// We may not ask it.
    Blocked,
}

/// One request that was made.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Fetched {
    /// Of whom.
    pub provider: Provider,
    /// How it ended.
    pub outcome: Outcome,
}

impl SourceKind {
    /// The service that is asked over HTTP, where it is one.
    pub(super) fn service(&self) -> Option<&dyn Service> {
        match self {
            Self::File { .. } | Self::ConfigMap { .. } | Self::Constant(_) | Self::Yearly(_) => None,
            Self::EnergyCharts(service) => Some(service),
            Self::ElectricityMaps(service) => Some(service),
            Self::Neso(service) => Some(service),
            Self::CarbonAware(service) => Some(service),
            Self::Prometheus(service) => Some(service),
            Self::Entsoe(service) => Some(service),
            Self::Eia(service) => Some(service),
            Self::WattTime(service) => Some(service),
            Self::EnergiDataService(service) => Some(service),
            Self::Elia(service) => Some(service),
            Self::OpenMeteo(service) => Some(service),
        }
    }

    /// The same with what it needs of a ConfigMap before it can be asked.
    ///
    /// # Errors
    /// [`SourceError::Unreachable`] where that is not there.
    pub(super) fn with_text(&self, texts: &Texts) -> Result<Self, SourceError> {
        Ok(match self {
            Self::OpenMeteo(model) => Self::OpenMeteo(model.with_text(texts)?),
            other => other.clone(),
        })
    }

    /// Whether it reads a ConfigMap.
    pub(super) fn reads_texts(&self) -> bool {
        match self {
            Self::ConfigMap { .. } => true,
            Self::OpenMeteo(model) => matches!(model.parameters, ModelParameters::Named { .. }),
            _ => false,
        }
    }

    /// Whether it gives one value for all times.
    pub(super) fn is_constant(&self) -> bool {
        matches!(self, Self::Constant(_) | Self::Yearly(_))
    }
}

impl SourceSpec {
    /// How often it is asked.
    pub(super) fn every(&self) -> SignedDuration {
        let default = match self.kind.service() {
            Some(service) => service.host().every,
            None if self.kind.is_constant() => SLOWEST,
            None => SignedDuration::from_secs(30),
        };
        self.refresh.unwrap_or(default).clamp(FASTEST, SLOWEST)
    }

    /// How it counts emissions: what its provider says, else what the zone says.
    pub(super) fn counts(&self) -> Basis {
        match (&self.kind, self.kind.service()) {
            (_, Some(service)) => service.basis(self.signal, self.basis),
            (SourceKind::Yearly(_), _) if self.signal != Signal::RenewableShare => Basis::LifeCycle,
            _ => self.basis,
        }
    }

    /// Whose energy it speaks of: what its provider says, else what the zone says. The margin is neither's.
    pub(super) fn flow(&self) -> Option<Flow> {
        let provider = match (&self.kind, self.kind.service()) {
            (_, Some(service)) => service.host().flow,
            (SourceKind::Yearly(_), _) => Some(Flow::Production),
            _ => None,
        };
        provider
            .or(self.flow)
            .filter(|_| self.signal != Signal::MarginalIntensity)
    }

    /// Whether its series may be over: some services only say what was, and so may whoever writes a text.
    pub(super) fn may_be_over(&self) -> bool {
        match self.kind.service() {
            Some(service) => service.host().only_past,
            None => !self.kind.is_constant(),
        }
    }

    /// Holds an answer to what every series is; one that may be over may end before `now`.
    ///
    /// # Errors
    /// [`SourceError::Implausible`], with the first thing that is wrong and what to do.
    pub(super) fn checked(&self, answer: Answer, now: Timestamp) -> Result<Answer, SourceError> {
        let answer = if self.may_be_over() {
            answer.checked_past(self.signal, now)
        } else {
            answer.checked(self.signal, now)
        }?;
        let is_whole = self.signal != Signal::RenewableShare && self.counts() == Basis::LifeCycle;
        if is_whole && answer.is_nothing() && !self.kind.is_constant() {
            return Err(SourceError::Implausible(
                "every value is 0, which the life cycle of no grid is; check what it counts".into(),
            ));
        }
        Ok(answer)
    }

    /// The Secret that its key lies in.
    pub fn secret(&self) -> Option<&str> {
        match self.kind.service()?.key()? {
            Key::Header(_, _, place) | Key::Query(_, place) => Some(&place.name),
            Key::Login(name) => Some(name),
        }
    }

    /// Its kind, for the metrics.
    pub(super) fn provider(&self) -> Provider {
        match (&self.kind, self.kind.service()) {
            (_, Some(service)) => service.host().provider,
            (SourceKind::File { .. }, _) => Provider::File,
            (SourceKind::ConfigMap { .. }, _) => Provider::ConfigMap,
            _ => Provider::Constant,
        }
    }

    /// Its name, for people.
    pub fn name(&self) -> String {
        match (&self.kind, self.kind.service()) {
            (_, Some(service)) => service.name(),
            (SourceKind::File { path, .. }, _) => format!("file {path}"),
            (SourceKind::ConfigMap { name, key, .. }, _) => format!("ConfigMap {name}/{key}"),
            (SourceKind::Constant(value), _) => format!("constant {value}"),
            (SourceKind::Yearly(yearly), _) => yearly.name(),
            _ => String::new(),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::planner::{Certainty, Point};
    use crate::units::Slot;

    #[test]
    fn f3_nothing_but_zeros_is_no_life_cycle_but_may_be_what_is_burnt_or_a_constant() {
        let of = |basis, kind| SourceSpec {
            signal: Signal::CarbonIntensity,
            basis,
            flow: None,
            refresh: None,
            kind,
        };
        let file = || SourceKind::File {
            path: "a.csv".into(),
            location: None,
        };
        let now = Timestamp::UNIX_EPOCH;
        let zeros = |spec: SourceSpec| {
            let hour = |i| Slot::of(now + SignedDuration::from_hours(i), SignedDuration::from_hours(1));
            let answer = Answer {
                points: (0..24).map(|i| Point::of(hour(i), 0.0)).collect(),
                issued_at: None,
                certainty: Certainty::Published,
                source: None,
                weakness: None,
            };
            spec.checked(answer, now).map_err(|error| error.to_string())
        };
        let error = zeros(of(Basis::LifeCycle, file())).unwrap_err();
        assert!(
            error.contains("every value is 0") && error.contains("check what it counts"),
            "{error}"
        );
        assert!(zeros(of(Basis::Direct, file())).is_ok());
        assert!(zeros(of(Basis::LifeCycle, SourceKind::Constant(0.0))).is_ok());
    }

    #[test]
    fn no_source_is_asked_more_than_once_a_second() {
        let mut spec = SourceSpec {
            signal: Signal::CarbonIntensity,
            basis: Basis::Direct,
            flow: None,
            refresh: Some(SignedDuration::ZERO),
            kind: SourceKind::Constant(1.0),
        };
        assert_eq!(spec.every(), SignedDuration::from_secs(1));
        spec.refresh = None;
        spec.kind = SourceKind::File {
            path: "a.csv".into(),
            location: None,
        };
        assert_eq!(spec.every(), SignedDuration::from_secs(30));
    }
}
