//! Asking a source, each kind in its own way.

use jiff::{SignedDuration, Timestamp};

use super::answer::Answer;
use super::board::Board;
use super::error::SourceError;
use super::providers::Service;
use super::record::floor;
use super::spec::{SourceKind, SourceSpec};
use super::texts::no_text;
use super::{file, series};
use crate::planner::{Certainty, Point};
use crate::units::{Basis, Slot};

/// A constant is known for longer than any job waits, and for longer back than any receipt reaches.
const LONG: SignedDuration = SignedDuration::from_hours(2 * 366 * 24);

/// Asks a source and checks what it says.
///
/// # Errors
/// [`SourceError`]: whatever went wrong, as a sentence.
pub(super) async fn ask(board: &Board, spec: &SourceSpec) -> Result<Answer, SourceError> {
    let now = board.clock.now();
    let kind = spec.kind.with_text(&board.texts)?;
    let answer = match (&kind, kind.service()) {
        (_, Some(service)) => {
            may_be_asked(service, spec)?;
            board.web.ask(service, spec.signal, spec.counts(), now).await?
        }
        (SourceKind::Constant(value), _) => constant(*value, now),
        (SourceKind::Yearly(yearly), _) => constant(yearly.value(spec.signal)?, now),
        (SourceKind::ConfigMap { name, key, location }, _) => {
            let text = board.texts.get(name, key).ok_or_else(|| no_text(name, key))?;
            series::read(key, &text, location.as_deref())?
        }
        (SourceKind::File { path, location }, _) => {
            let (text, written) = file::read(board.settings.data_dir.clone(), path.clone()).await?;
            let answer = series::read(path, &text, location.as_deref())?;
            // A clock that runs ahead elsewhere does not make a file younger than now.
            let written = written.map(|written| written.min(now));
            Answer {
                issued_at: answer.issued_at.or(written),
                ..answer
            }
        }
        _ => return Err(SourceError::Blocked("there is no such kind of source; name one".into())),
    };
    spec.checked(answer, now)
}

/// What a text of a service says, saved earlier: the way of an answer without the way to it.
///
/// # Errors
/// A sentence: what is wrong with it.
pub fn read_saved(spec: &SourceSpec, bodies: &[Vec<u8>], now: Timestamp) -> Result<Vec<Point>, String> {
    let read = || {
        let answer = match spec.kind.service() {
            Some(service) => {
                may_be_asked(service, spec)?;
                service.read(bodies, spec.signal, spec.counts(), now)?
            }
            None => {
                let text = String::from_utf8_lossy(bodies.first().map(Vec::as_slice).unwrap_or_default());
                series::read("saved", &text, None)?
            }
        };
        answer.checked_past(spec.signal, now)
    };
    read().map(|answer| answer.points).map_err(|error| error.to_string())
}

/// Whether a service serves what the zone wants, counted as the zone says.
fn may_be_asked(service: &dyn Service, spec: &SourceSpec) -> Result<(), SourceError> {
    let (host, counts) = (service.host(), spec.counts());
    if !host.serves.contains(&spec.signal) {
        let serves: Vec<String> = host.serves.iter().map(|signal| format!("{signal:?}")).collect();
        return Err(SourceError::Blocked(match &serves[..] {
            [one] => format!("{} serves the signal {one} only; name that signal", host.name),
            many => format!(
                "{} serves the signals {}; name one of them",
                host.name,
                many.join(" and ")
            ),
        }));
    }
    if spec.basis != Basis::Unstated && spec.basis != counts {
        return Err(SourceError::Blocked(format!(
            "{} counts emissions as {counts:?}, not as {:?}; write that basis or leave it out",
            host.name, spec.basis
        )));
    }
    Ok(())
}

fn constant(value: f64, now: Timestamp) -> Answer {
    let start = floor(now).saturating_sub(LONG).unwrap_or(Timestamp::MIN);
    Answer {
        points: vec![Point::of(Slot::of(start, LONG * 2), value)],
        issued_at: None,
        certainty: Certainty::Assumed,
        source: None,
        weakness: None,
    }
}
