//! `jobs.csv`: what became of each job in each run.

use std::borrow::Cow;
use std::fmt::Write;
use std::io;
use std::path::Path;

use ::csv::Writer;

use super::Results;
use crate::twin::error::TwinError;
use crate::twin::outcome::{Outcome, Segment};
use crate::twin::series::{HOUR, Ms, instant};
use crate::twin::world::{Job, World};

const HEADER: [&str; 12] = [
    "run",
    "job",
    "class",
    "zone",
    "submit",
    "start",
    "end",
    "wait_hours",
    "kwh",
    "grams",
    "pauses",
    "segments",
];

/// How a job that runs over all its zones is named.
const SPREAD: &str = "spread";

/// Writes the file.
pub(super) fn write(results: &Results, world: &World, path: &Path) -> Result<(), TwinError> {
    let failed = |error: ::csv::Error| TwinError::Write(path.to_owned(), io::Error::other(error));
    let mut file = Writer::from_path(path).map_err(failed)?;
    file.write_record(HEADER).map_err(failed)?;
    for done in &results.runs {
        let jobs = world.jobs.iter().zip(done.run.outcomes.iter().zip(&done.tallies));
        for (job, (outcome, tally)) in jobs {
            let text: [Cow<'_, str>; 12] = [
                done.figures.name.as_str().into(),
                job.id.as_str().into(),
                world.classes.get(job.class).map_or("", String::as_str).into(),
                outcome
                    .segments
                    .first()
                    .map_or("", |segment| zone(world, segment))
                    .into(),
                time(world, job.submit).into(),
                time(world, tally.start).into(),
                time(world, tally.end).into(),
                (tally.wait as f64 / HOUR).to_string().into(),
                tally.kwh.to_string().into(),
                tally.grams.to_string().into(),
                tally.pauses.to_string().into(),
                segments(world, job, outcome).into(),
            ];
            file.write_record(text.iter().map(|cell| cell.as_bytes()))
                .map_err(failed)?;
        }
    }
    file.flush().map_err(|error| TwinError::Write(path.to_owned(), error))
}

fn zone<'w>(world: &'w World, segment: &Segment) -> &'w str {
    segment.zone.map_or(SPREAD, |zone| world.zones[zone].name.as_str())
}

/// `zone@start/end*k;zone@start/end*k`, without `*1`.
fn segments(world: &World, job: &Job, outcome: &Outcome) -> String {
    let mut text = String::new();
    for segment in &outcome.segments {
        let between = if text.is_empty() { "" } else { ";" };
        let (from, to) = (time(world, segment.start), time(world, segment.end));
        // Writing to a String never fails.
        let _ = write!(text, "{between}{}@{from}/{to}", zone(world, segment));
        let pods = job.scaling.get(segment.step).map_or(1, |step| step.pods);
        if pods != 1 {
            let _ = write!(text, "*{pods}");
        }
    }
    text
}

/// RFC 3339 to the millisecond.
fn time(world: &World, at: Ms) -> String {
    format!("{:.3}", instant(world.start, at))
}
