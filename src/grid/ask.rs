//! Asking a source, each kind in its own way.

use jiff::{SignedDuration, Timestamp};

use super::answer::Answer;
use super::board::Board;
use super::error::SourceError;
use super::spec::{SourceKind, SourceSpec};
use super::{file, series};
use crate::planner::{Certainty, Point};
use crate::units::{Signal, Slot};

/// A constant is known for longer than any job waits, and for longer back than any receipt reaches.
const LONG: SignedDuration = SignedDuration::from_hours(2 * 366 * 24);

/// Asks a source and checks what it says.
///
/// # Errors
/// [`SourceError`]: whatever went wrong, as a sentence.
pub(super) async fn ask(board: &Board, spec: &SourceSpec) -> Result<Answer, SourceError> {
    let answer = match &spec.kind {
        SourceKind::Constant(value) => constant(*value, board.clock.now()),
        SourceKind::ConfigMap { name, key } => match board.texts.get(name, key) {
            Some(text) => series::read(key, &text)?,
            None => {
                return Err(SourceError::Unreachable(format!(
                    "there is no ConfigMap {name} with a key {key} in the operator's namespace; create it"
                )));
            }
        },
        SourceKind::File { path } => {
            let (text, written) = file::read(board.settings.data_dir.clone(), path.clone()).await?;
            let answer = series::read(path, &text)?;
            // A clock that runs ahead elsewhere does not make a file younger than now.
            let written = written.map(|written| written.min(board.clock.now()));
            Answer {
                issued_at: answer.issued_at.or(written),
                ..answer
            }
        }
        SourceKind::EnergyCharts { .. } if spec.signal != Signal::RenewableShare => {
            return Err(SourceError::Blocked(
                "Energy-Charts serves the signal RenewableShare only; name that signal".into(),
            ));
        }
        SourceKind::EnergyCharts { country, endpoint } => {
            let (country, endpoint) = (country.as_str(), endpoint.as_deref());
            board.energy_charts.ask(country, endpoint, board.clock.now()).await?
        }
    };
    answer.checked(spec.signal, board.clock.now())
}

fn constant(value: f64, now: Timestamp) -> Answer {
    let start = now.saturating_sub(LONG).unwrap_or(Timestamp::MIN);
    Answer {
        points: vec![Point::of(Slot::of(start, LONG * 2), value)],
        issued_at: None,
        certainty: Certainty::Assumed,
        source: None,
    }
}
