//! `alize forecast ZONE`: what a grid will be.
//!
//! Each way to a forecast is one file that ends in a [`super::Shown`]; showing it is the same for all.

use std::path::PathBuf;

use clap::{Args, ValueEnum};
use jiff::Timestamp;

use super::{asked, saved};
use crate::cli::CliError;
use crate::cli::zones::Reach;
use crate::grid::weather::{BadAnswer, BadParameters, NoForecast};
use crate::units::{Basis, Clock, Signal, SystemClock};

/// What a grid will be.
#[derive(Args, Debug)]
pub(super) struct OfZone {
    /// The GridZone, of the cluster or of --file; with --weather, the country whose weather model is used, for example MA.
    zone: String,
    /// A saved answer of Open-Meteo (/v1/forecast or /v1/ensemble); give both for an interval from the ensemble.
    #[arg(long, value_name = "FILE", conflicts_with = "files")]
    weather: Vec<PathBuf>,
    /// A parameter file of the country, where it is not built in.
    #[arg(long, value_name = "FILE", requires = "weather", conflicts_with = "files")]
    parameters: Option<PathBuf>,
    // Where --file is given, clap takes the --weather that conflicts with it for not required: hence both words.
    /// When the saved answer was given; without it, when its file was last written, or at the end of its second day if that
    /// is earlier.
    #[arg(long, value_name = "INSTANT", requires = "weather", conflicts_with = "files")]
    issued_at: Option<Timestamp>,
    /// Which signal; without it, the one of the zone's first source, and with --weather CarbonIntensity.
    #[arg(long, value_enum, ignore_case = true)]
    signal: Option<OfSignal>,
    /// How the weather model counts emissions; a GridZone says it of each source. LifeCycle unless given.
    #[arg(long, value_enum, ignore_case = true, requires = "weather", conflicts_with = "files")]
    basis: Option<OfBasis>,
    /// For people, or for programs.
    #[arg(short, long, value_enum, default_value = "text")]
    output: Output,
}

#[derive(Clone, Copy, Debug, ValueEnum)]
enum OfSignal {
    #[value(name = "CarbonIntensity")]
    CarbonIntensity,
    #[value(name = "RenewableShare")]
    RenewableShare,
    #[value(name = "MarginalIntensity")]
    MarginalIntensity,
}

#[derive(Clone, Copy, Debug, ValueEnum)]
enum OfBasis {
    #[value(name = "LifeCycle")]
    LifeCycle,
    #[value(name = "Direct")]
    Direct,
}

#[derive(Clone, Copy, Debug, ValueEnum)]
enum Output {
    Text,
    Json,
    Csv,
}

impl From<OfSignal> for Signal {
    fn from(signal: OfSignal) -> Self {
        match signal {
            OfSignal::CarbonIntensity => Self::CarbonIntensity,
            OfSignal::RenewableShare => Self::RenewableShare,
            OfSignal::MarginalIntensity => Self::MarginalIntensity,
        }
    }
}

impl From<OfBasis> for Basis {
    fn from(basis: OfBasis) -> Self {
        match basis {
            OfBasis::LifeCycle => Self::LifeCycle,
            OfBasis::Direct => Self::Direct,
        }
    }
}

/// Why there is no forecast to show.
#[derive(Debug, thiserror::Error)]
pub enum ForecastError {
    /// No zone is named.
    #[error("of which zone? name a GridZone: `alize forecast ma`; `kubectl get gridzones` shows them")]
    NoZone,
    /// None of the zone's sources gives a forecast.
    #[error("nothing is known of the {1:?} of {0}, so no job waits for it: {2}")]
    Unknown(String, Signal, String),
    /// The weather says nothing of the margin.
    #[error("the weather model knows no marginal intensity; ask for CarbonIntensity or RenewableShare")]
    Marginal,
    /// A file cannot be read.
    #[error("reading the weather answer {0}")]
    NotRead(PathBuf, #[source] std::io::Error),
    /// A file is no weather answer.
    #[error("reading the weather answer {0}")]
    NoWeather(PathBuf, #[source] BadAnswer),
    /// The files do not go together.
    #[error(
        "the weather answers are several of one kind; give one answer of /v1/forecast, and at most one of /v1/ensemble"
    )]
    TooMany,
    /// A parameter file cannot be read.
    #[error("reading the parameters {0}")]
    NoParameters(PathBuf, #[source] std::io::Error),
    /// There is no model for the zone.
    #[error(transparent)]
    Parameters(#[from] BadParameters),
    /// The weather says nothing of the zone.
    #[error(transparent)]
    Nothing(#[from] NoForecast),
}

impl OfZone {
    /// Makes the forecast, of a zone that is found by `reach`, and renders it.
    pub(in crate::cli) async fn execute(self, reach: &Reach) -> Result<String, CliError> {
        let signal = self.signal.map(Signal::from);
        let shown = if self.weather.is_empty() {
            asked::forecast(&self.zone, reach, signal).await?
        } else {
            let basis = self.basis.map_or(Basis::LifeCycle, Basis::from);
            let signal = signal.unwrap_or(Signal::CarbonIntensity);
            let parameters = saved::parameters(&self.zone, self.parameters.as_deref())?;
            saved::forecast(&parameters, &self.weather, signal, basis, self.issued_at)?
        };
        match self.output {
            Output::Text => Ok(shown.text(SystemClock.now())),
            Output::Json => shown.json().map_err(CliError::Json),
            Output::Csv => shown.csv().map_err(CliError::Csv),
        }
    }
}
