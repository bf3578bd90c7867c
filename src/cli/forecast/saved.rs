//! From saved answers of Open-Meteo and the weather model of a country, without a cluster or a network.

use std::fs::File;
use std::io::{self, Read};
use std::path::{Path, PathBuf};

use jiff::Timestamp;

use super::{ForecastError, Shown};
use crate::grid::weather::{self, Parameters, Weather, library};
use crate::planner::{Certainty, Level};
use crate::units::{Basis, Flow, Signal};

/// Bytes. A year at twenty sites has five million.
const LARGEST: u64 = 64 << 20;

/// The parameters of a country: of a file, or built in.
///
/// # Errors
/// [`ForecastError`]: a file that cannot be read or used, or a country without one.
pub(super) fn parameters(zone: &str, file: Option<&Path>) -> Result<Parameters, ForecastError> {
    let Some(file) = file else {
        return Ok(library(zone)?);
    };
    let text = std::fs::read_to_string(file).map_err(|error| ForecastError::NoParameters(file.to_owned(), error))?;
    Ok(Parameters::of(zone, &text)?)
}

/// The forecast of a country from saved answers: a forecast, an ensemble, or one of each.
///
/// # Errors
/// [`ForecastError`]: a file that cannot be read, is no weather, or says nothing of this country.
pub(super) fn forecast(
    parameters: &Parameters,
    files: &[PathBuf],
    signal: Signal,
    basis: Basis,
    issued_at: Option<Timestamp>,
) -> Result<Shown, ForecastError> {
    if signal == Signal::MarginalIntensity {
        return Err(ForecastError::Marginal);
    }
    let mut answers = Vec::new();
    for file in files {
        answers.push(read(file)?);
    }
    let written = answers.iter().map(|(_, written)| *written).max();
    let written = written.and_then(|written| Timestamp::from_second(written.as_second()).ok());
    let written = written.unwrap_or(Timestamp::UNIX_EPOCH);
    let (forecasts, ensembles): (Vec<Weather>, Vec<Weather>) = answers
        .into_iter()
        .map(|(weather, _)| weather)
        .partition(|weather| !weather.is_ensemble());
    let (main, ensemble) = match (&forecasts[..], &ensembles[..]) {
        ([main], [ensemble]) => (main, Some(ensemble)),
        ([main], []) | ([], [main]) => (main, None),
        _ => return Err(ForecastError::TooMany),
    };
    // Copying a file writes it anew: its days know better when it was made.
    let (told, issued_at) = (issued_at.is_some(), issued_at.unwrap_or_else(|| main.made(written)));
    let forecast = weather::forecast(parameters, main, ensemble, issued_at)?;
    let points = forecast.points(signal, basis).unwrap_or_default();
    let mut shown = Shown::new(&parameters.id, signal, basis, &points).by(
        format!("Open-Meteo weather, {}", parameters.title()),
        Level::Cached,
        Some(issued_at),
        Certainty::Estimated,
    );
    shown.flow = Some(Flow::Consumption);
    shown.notes = parameters.notes(issued_at);
    shown.notes.extend(forecast.notes());
    if !told && issued_at < written {
        shown.notes.push(format!(
            "its file was written at {written}, but an answer that begins at {} was made at {issued_at} at the latest if it was \
             asked for with past_days=1; if not, say --issued-at",
            main.start
        ));
    }
    Ok(shown)
}

/// An answer, and when its file was last written.
fn read(path: &Path) -> Result<(Weather, Timestamp), ForecastError> {
    let not_read = |error: io::Error| ForecastError::NotRead(path.to_owned(), error);
    let file = File::open(path).map_err(not_read)?;
    let written = file.metadata().and_then(|meta| meta.modified()).map_err(not_read)?;
    let mut bytes = Vec::new();
    file.take(LARGEST + 1).read_to_end(&mut bytes).map_err(not_read)?;
    if bytes.len() as u64 > LARGEST {
        return Err(not_read(io::Error::other(format!(
            "it has more than {LARGEST} bytes; save fewer days"
        ))));
    }
    let weather = weather::read(&bytes).map_err(|error| ForecastError::NoWeather(path.to_owned(), error))?;
    Ok((weather, written.try_into().unwrap_or(Timestamp::UNIX_EPOCH)))
}
