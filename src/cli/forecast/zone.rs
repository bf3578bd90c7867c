//! `alize forecast ZONE`: what a grid will be.
//!
//! Each way to a forecast is one file that ends in a [`super::Shown`]; showing it is the same for all.

use std::path::PathBuf;

use clap::{Args, ValueEnum};
use jiff::Timestamp;

use super::super::CliError;
use super::saved;
use crate::grid::weather::{BadAnswer, BadParameters, NoForecast};
use crate::units::{Basis, Signal};

/// What a grid will be.
#[derive(Args, Debug)]
pub(super) struct OfZone {
    /// The zone; with --weather, the country whose weather model is used, for example MA.
    zone: String,
    /// A saved answer of Open-Meteo (/v1/forecast or /v1/ensemble); give both for an interval from the ensemble.
    #[arg(long, value_name = "FILE", required = true, num_args = 1)]
    weather: Vec<PathBuf>,
    /// When the saved answer was given; without it, when its file was last written.
    #[arg(long, value_name = "INSTANT")]
    issued_at: Option<Timestamp>,
    /// Which signal.
    #[arg(long, value_enum, ignore_case = true, default_value = "CarbonIntensity")]
    signal: OfSignal,
    /// How an intensity counts emissions.
    #[arg(long, value_enum, ignore_case = true, default_value = "LifeCycle")]
    basis: OfBasis,
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
    #[error("of which zone? name it: `alize forecast MA --weather FILE`")]
    NoZone,
    /// A file cannot be read.
    #[error("reading the weather answer {0}")]
    NotRead(PathBuf, #[source] std::io::Error),
    /// A file is no weather answer.
    #[error("reading the weather answer {0}")]
    NoWeather(PathBuf, #[source] BadAnswer),
    /// The files do not go together.
    #[error("{0}; give one answer of /v1/forecast, and at most one of /v1/ensemble")]
    TooMany(&'static str),
    /// There is no model for the zone.
    #[error(transparent)]
    Parameters(#[from] BadParameters),
    /// The weather says nothing of the zone.
    #[error(transparent)]
    Nothing(#[from] NoForecast),
    /// CSV cannot be written.
    #[error("writing CSV; this is a fault of alize, please report it")]
    Csv(#[source] csv::Error),
}

impl OfZone {
    /// Makes the forecast and renders it.
    pub(in crate::cli) fn execute(self) -> Result<String, CliError> {
        let (signal, basis) = (self.signal.into(), self.basis.into());
        let shown = saved::forecast(&self.zone, &self.weather, signal, basis, self.issued_at)?;
        match self.output {
            Output::Text => Ok(shown.text()),
            Output::Json => shown.json().map_err(CliError::Json),
            Output::Csv => Ok(shown.csv()?),
        }
    }
}
