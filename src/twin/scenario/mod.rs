//! Scenarios as data: a YAML file and the CSV files that it names, read and checked into a [`World`].
//!
//! Whatever is wrong is an error that names the file, the line and the column, and says what was expected.

mod check;
mod columns;
mod file;
mod jobs;
mod numbers;
mod policed;
mod room;
mod rows;
mod runs;
mod times;
mod values;
mod widths;
mod zones;

use std::fs;
use std::path::Path;

use serde_saphyr::{Error, Location};

pub use runs::{Kind, RunSpec};

use super::error::{Place, TwinError};
use super::series::{Ms, ms};
use super::world::{Home, Lengths, World};
use crate::planner::Pausing;
use columns::Found;
use jobs::{Raw, Reader};
use rows::Files;
use times::since;

/// A scenario, read and checked.
#[derive(Clone, Debug, Default)]
pub struct Scenario {
    /// Its name: that of its file.
    pub name: String,
    /// Zones and jobs as they were.
    pub world: World,
    /// How a job may be paused, where it may be paused at all.
    pub pausing: Pausing,
    /// What to run, in its order.
    pub runs: Vec<RunSpec>,
    /// What its author should know, a sentence each.
    pub warnings: Vec<String>,
}

/// The least and longest slots that can be planned: a second, a day.
const SLOTS: std::ops::RangeInclusive<i64> = 1000..=86_400_000;

/// Reads a scenario and the files that it names.
///
/// # Errors
/// [`TwinError`], with the place and what was expected.
pub fn read(path: &Path) -> Result<Scenario, TwinError> {
    let text = fs::read_to_string(path).map_err(|error| TwinError::Scenario(path.to_owned(), error))?;
    let file: file::File = yaml(path, &text)?;
    header(path, &file)?;
    let start = file.start.0;
    let mut files = Files::beside(path, start);
    let zones = zones::zones(path, &file.zones.value, &mut files)?;
    let names: Vec<String> = zones.iter().map(|zone| zone.name.clone()).collect();
    let home = home(path, &file, &names)?;
    let mut world = World {
        start,
        seed: file.seed,
        slot: file.slot.as_ref().map_or(900_000, |slot| ms(slot.value.0)),
        end: since(start, file.end.value.0),
        zones,
        classes: jobs::classes(path, &file.jobs)?,
        lengths: match file.lengths {
            file::Lengths::Known => Lengths::Known,
            file::Lengths::Learned => Lengths::Learned,
            file::Lengths::Mean => Lengths::Mean,
        },
        arrivals_known: file.arrivals == file::Arrivals::Known,
        ..World::default()
    };
    curves(path, &file.jobs)?;
    let mut warnings = jobs(&file, &mut files, home, &mut world)?;
    let runs = runs::runs(path, &file.runs.value, &world, &mut warnings)?;
    let name = path.file_stem().map(|stem| stem.to_string_lossy().into_owned());
    Ok(Scenario {
        name: name.unwrap_or_default(),
        world,
        pausing: jobs::pausing(&file.jobs),
        runs,
        warnings,
    })
}

/// Reads the jobs and their history; says what their author should know.
fn jobs(file: &file::File, files: &mut Files, home: Home, world: &mut World) -> Result<Vec<String>, TwinError> {
    let names: Vec<String> = world.zones.iter().map(|zone| zone.name.clone()).collect();
    let reader = || Reader::new(&file.jobs, &names, home, world.start, world.seed);
    let table = files.table(&file.jobs.csv)?;
    let found = Found::of(&table, file.jobs.columns.as_ref())?;
    let mut warnings = found.warnings.clone();
    let (raw, left_out) = within(reader().read(&table, &found)?, world.end, &mut warnings);
    let raw = jobs::ordered(&table, &found, raw, &left_out)?;
    let lines: Vec<u64> = raw.iter().map(|raw| raw.line).collect();
    if let Some(history) = &file.jobs.history {
        let table = files.table(history)?;
        let found = Found::of(&table, file.jobs.columns.as_ref())?;
        let (past, others): (Vec<Raw>, Vec<Raw>) = reader()
            .read(&table, &found)?
            .into_iter()
            .partition(|raw| raw.job.submit.saturating_add(raw.job.length) <= 0);
        world.history = past.into_iter().map(|raw| raw.job).collect();
        world.history.sort_by_key(|job| job.submit);
        warnings.extend(found.warnings);
        warnings.extend(others.first().map(|first| {
            format!(
                "{} jobs of {} had not finished before the start and are no history: they are left out, first that of line {}",
                others.len(),
                history.display(),
                first.line
            )
        }));
    }
    if world.lengths == Lengths::Mean {
        world.left_out = left_out.into_iter().map(|raw| raw.job).collect();
    }
    world.jobs = raw.into_iter().map(|raw| raw.job).collect();
    warnings.extend(check::check(&table, &found, &lines, &file.zones.value, world)?);
    Ok(warnings)
}

/// Reads YAML; what is wrong is said with its place.
fn yaml<'a, T: serde::Deserialize<'a>>(path: &Path, text: &'a str) -> Result<T, TwinError> {
    serde_saphyr::from_str(text).map_err(|error| wrong_yaml(path, &error))
}

fn wrong_yaml(path: &Path, error: &Error) -> TwinError {
    let error = error.without_snippet();
    let Some(at) = error.location() else {
        return Place::file(path).wrong(error.to_string());
    };
    let place = place(path, at);
    match error {
        Error::DuplicateMappingKey { key, .. } => {
            let key = key.as_deref().unwrap_or_default();
            place.wrong(format!("the key {key:?} is there twice; expected it once"))
        }
        Error::NonFiniteFloat { value, .. } => place.wrong(format!("expected a number that is finite; found {value}")),
        _ => {
            // It ends with its place, which we say in front.
            let text = error.to_string();
            let what = text.strip_suffix(&format!(" at line {}, column {}", at.line(), at.column()));
            place.wrong(what.unwrap_or(&text))
        }
    }
}

/// A place in a YAML file.
fn place(path: &Path, at: Location) -> Place {
    Place {
        column: if at.line() > 0 {
            at.column().to_string()
        } else {
            String::new()
        },
        ..Place::line(path, at.line())
    }
}

fn header(path: &Path, file: &file::File) -> Result<(), TwinError> {
    if file.version.value != 1 {
        let what = format!("expected version 1; found {}", file.version.value);
        return Err(place(path, file.version.referenced).wrong(what));
    }
    if file.end.value.0 <= file.start.0 {
        let what = format!("expected an end after the start, {}", file.start.0);
        return Err(place(path, file.end.referenced).wrong(what));
    }
    if let Some(slot) = &file.slot
        && !SLOTS.contains(&ms(slot.value.0))
    {
        return Err(place(path, slot.referenced).wrong("expected a slot from 1s to 24h"));
    }
    let empty = [
        (file.zones.value.is_empty(), file.zones.referenced, "zone"),
        (file.runs.value.is_empty(), file.runs.referenced, "run"),
    ];
    match empty.into_iter().find(|(empty, ..)| *empty) {
        Some((_, at, what)) => Err(place(path, at).wrong(format!("expected at least one {what}"))),
        None => Ok(()),
    }
}

fn home(path: &Path, file: &file::File, zones: &[String]) -> Result<Home, TwinError> {
    match &file.jobs.home {
        None => Ok(Home::Spread),
        Some(home) if home.value == "spread" => Ok(Home::Spread),
        Some(home) => {
            let number = zones.iter().position(|zone| *zone == home.value);
            let what = format!(
                "expected a zone ({}) or spread; found {:?}",
                zones.join(", "),
                home.value
            );
            number
                .map(Home::Zone)
                .ok_or_else(|| place(path, home.referenced).wrong(what))
        }
    }
}

/// A curve rises in pods, and says what a pod of it does.
fn curves(path: &Path, jobs: &file::Jobs) -> Result<(), TwinError> {
    for (name, curve) in &jobs.scaling_curves {
        let rows = &curve.value;
        let above_zero = |value: f64| value.is_finite() && value > 0.0;
        let sound = |row: &(u32, f64, f64)| row.0 > 0 && above_zero(row.1) && above_zero(row.2);
        let rises = rows.windows(2).all(|pair| pair[0].0 < pair[1].0);
        if rows.is_empty() || !rises || !rows.iter().all(sound) {
            let what = format!("curve {name:?}: expected rows of [pods, throughput, power] above 0, by rising pods");
            return Err(place(path, curve.referenced).wrong(what));
        }
    }
    Ok(())
}

/// The jobs that are submitted from the start on and before the end, and the others.
fn within(raw: Vec<Raw>, end: Ms, warnings: &mut Vec<String>) -> (Vec<Raw>, Vec<Raw>) {
    let early = raw.iter().filter(|raw| raw.job.submit < 0).count();
    if early > 0 {
        warnings.push(format!("{early} jobs were submitted before the start and are left out"));
    }
    let (raw, left_out): (Vec<Raw>, _) = raw.into_iter().partition(|raw| (0..end).contains(&raw.job.submit));
    if raw.is_empty() {
        warnings.push(
            "no job is submitted from the start on and before the end, so that most figures say nothing".to_owned(),
        );
    }
    (raw, left_out)
}
