//! From the sources of a GridZone, asked now: what the operator would count at this instant.

use super::Shown;
use super::zone::ForecastError;
use crate::cli::CliError;
use crate::cli::zones::Reach;
use crate::planner::{Level, Outlook, Point};
use crate::units::{Clock, Signal, SystemClock, ZoneName};

/// The forecast of a zone. `signal` is that of its first source where none is asked for.
///
/// # Errors
/// [`CliError`]: no such zone, or [`ForecastError::Unknown`] where no source gives a forecast.
pub(super) async fn forecast(zone: &str, reach: &Reach, signal: Option<Signal>) -> Result<Shown, CliError> {
    let asked = reach.zones(&[zone.to_owned()]).await?;
    let name = ZoneName::from(zone);
    let first = asked.zones.get(&name).and_then(|sources| sources.first());
    let signal = signal.or(first.map(|source| source.signal));
    let signal = signal.unwrap_or(Signal::CarbonIntensity);
    asked.board.check(&name).await;
    let now = SystemClock.now();
    let outlook = asked.board.outlooks(now).remove(&name);
    let series = match outlook.as_ref().map(|outlook| outlook.signal(signal)) {
        Some(Outlook::Known(series)) => series,
        Some(Outlook::Unknown(why)) => {
            let remembered = asked.remembered(&name, signal, Level::None).into_iter();
            let why: Vec<String> = [why.clone()].into_iter().chain(remembered).collect();
            return Err(ForecastError::Unknown(zone.into(), signal, why.join("; ")).into());
        }
        None => return Err(ForecastError::NoZone.into()),
    };
    let ahead = series.points.iter().filter(|point| point.slot.end > now);
    let points: Vec<Point> = ahead.copied().collect();
    // A constant speaks of no time.
    let timed = Some(series).filter(|series| series.level != Level::Constant);
    let mut shown = Shown::new(zone, signal, series.basis, &points).by(
        series.source.clone(),
        series.level,
        timed.map(|series| series.issued_at),
        series.certainty,
    );
    shown.flow = series.flow;
    shown.fetched_at = timed.map(|series| series.fetched_at);
    shown.notes = asked.board.notes(&name, signal, now);
    let reports = asked.board.report(&name, now).into_iter();
    let why = reports.filter(|report| report.signal == signal);
    shown.notes.extend(why.filter_map(|report| report.message));
    shown.notes.extend(asked.remembered(&name, signal, series.level));
    Ok(shown)
}
