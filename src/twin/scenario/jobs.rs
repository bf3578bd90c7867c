//! The jobs of a scenario, from CSV.

use std::collections::BTreeMap;
use std::ops::RangeInclusive;
use std::path::Path;

use jiff::Timestamp;
use serde_saphyr::Spanned;

use super::columns::Found;
use super::file::{Class, Interruptible, Jobs, Power, Unit};
use super::times::{duration_or_number, instant_or_number};
use super::{place, widths};
use crate::api::is_drawn;
use crate::energy::assumed_watts;
use crate::planner::Pausing;
use crate::twin::error::TwinError;
use crate::twin::series::{Ms, instant, ms};
use crate::twin::table::{Column, Row, Table};
use crate::twin::world::{Amounts, Home, Job};
use crate::units::{Resources, format_duration};

/// The longest wait of a job that says nothing, nor its scenario.
const MAX_DELAY: Ms = 86_400_000;
/// The class of all jobs that belong to no other.
const OTHERS: &str = "default";
/// As good as unlimited; sums of two still fit.
const UNLIMITED: Ms = Ms::MAX / 4;

/// A job as read, with what only the whole file can resolve.
#[derive(Debug)]
pub(super) struct Raw {
    pub(super) job: Job,
    /// Its line in the file.
    pub(super) line: u64,
    /// The id of the job that must be done first.
    pub(super) after: Option<String>,
}

/// Reads the jobs of a table, one after the other.
pub(super) struct Reader<'s> {
    jobs: &'s Jobs,
    zones: &'s [String],
    home: Home,
    start: Timestamp,
    seed: u64,
}

/// The names of the classes, the last one of all jobs that belong to no other.
///
/// # Errors
/// A name that another class bears, and a class of the same jobs as another.
pub(super) fn classes(path: &Path, jobs: &Jobs) -> Result<Vec<String>, TwinError> {
    let mut names = vec![OTHERS.to_owned()];
    for class in &jobs.max_delay.classes {
        let shorter = || format!("shorter than {}", format_duration(class.value.shorter_than.0));
        let name = class.value.name.clone().unwrap_or_else(shorter);
        if names.contains(&name) {
            let what = format!("expected another name than {name:?}, which is that of another class");
            let others = if name == OTHERS {
                ": of all jobs that belong to none"
            } else {
                ""
            };
            return Err(place(path, class.referenced).wrong(what + others));
        }
        let same = |other: &Spanned<Class>| other.value.shorter_than.0 == class.value.shorter_than.0;
        if jobs.max_delay.classes.iter().take(names.len() - 1).any(same) {
            let what = format!("no job would be of the class {name:?}; expected a shorterThan that no other class has");
            return Err(place(path, class.referenced).wrong(what));
        }
        names.push(name);
    }
    names.rotate_left(1);
    Ok(names)
}

/// How the jobs may be paused that may be paused at all.
pub(super) fn pausing(jobs: &Jobs) -> Pausing {
    let rules: &Interruptible = &jobs.interruptible;
    let migration = &jobs.migration;
    Pausing {
        resume_cost: rules.resume_cost.0,
        migration_cost: migration.allowed.then_some(migration.cost.0),
        minimum_run: rules.minimum_run.0,
        most: rules.maximum,
    }
}

impl<'s> Reader<'s> {
    /// Reads jobs that may run in these zones.
    pub(super) fn new(jobs: &'s Jobs, zones: &'s [String], home: Home, start: Timestamp, seed: u64) -> Self {
        Self {
            jobs,
            zones,
            home,
            start,
            seed,
        }
    }

    /// All jobs of a table, in its order.
    pub(super) fn read(&self, table: &Table, found: &Found) -> Result<Vec<Raw>, TwinError> {
        table.rows().map(|row| self.job(&row, found)).collect()
    }

    fn job(&self, row: &Row<'_>, found: &Found) -> Result<Raw, TwinError> {
        let text = |column: Option<Column>| column.map(|column| row.text(column)).filter(|text| !text.is_empty());
        let submit = self.instant(row, found.submit)?;
        let duration = self.duration(row, found.duration)?;
        let (need, kilowatts) = self.need(row, found)?;
        let finish_by = self.finish_by(row, found, submit)?;
        let priority = whole(row, found.priority, i32::MIN..=i32::MAX)?.unwrap_or(0);
        let (zones, home) = self.zones(row, found)?;
        let id = text(found.id).map_or_else(|| row.number.to_string(), str::to_owned);
        let mut job = Job {
            namespace: text(found.namespace).unwrap_or("default").to_owned(),
            group: text(found.group).unwrap_or_default().to_owned(),
            labels: text(found.labels).map(labels).unwrap_or_default(),
            class: self.class(duration),
            zones,
            home,
            submit,
            length: duration,
            need,
            gpu_model: text(found.gpu_model).map(str::to_owned),
            kilowatts,
            priority,
            max_delay: self.max_delay(row, found, duration, finish_by)?,
            finish_by,
            pausing: self.pausing(row, found, &id)?,
            id,
            scaling: Vec::new(),
            after: None,
        };
        widths::scale(row, found, &self.jobs.scaling_curves, &mut job)?;
        Ok(Raw {
            job,
            line: row.line(),
            after: text(found.after).map(str::to_owned),
        })
    }

    fn unit(&self) -> Unit {
        self.jobs.unit
    }

    fn instant(&self, row: &Row<'_>, column: Column) -> Result<Ms, TwinError> {
        let expected = || {
            format!(
                "an RFC 3339 instant, or a number of {} after the start",
                self.unit().name()
            )
        };
        instant_or_number(row.text(column), self.unit(), self.start).ok_or_else(|| row.wrong(column, &expected()))
    }

    /// No sooner than the submission: who writes that counts from there.
    fn finish_by(&self, row: &Row<'_>, found: &Found, submit: Ms) -> Result<Option<Ms>, TwinError> {
        let Some(column) = found.finish_by.filter(|column| !row.text(*column).is_empty()) else {
            return Ok(None);
        };
        let by = self.instant(row, column)?;
        let expected = || {
            format!(
                "an instant after the job's submission, {}; a number counts from the start of the scenario",
                instant(self.start, submit)
            )
        };
        if by < submit {
            return Err(row.wrong(column, &expected()));
        }
        Ok(Some(by))
    }

    fn duration(&self, row: &Row<'_>, column: Column) -> Result<Ms, TwinError> {
        let expected = || {
            format!(
                "a duration such as 90m, or a number of {} from 0 on",
                self.unit().name()
            )
        };
        duration_or_number(row.text(column), self.unit()).ok_or_else(|| row.wrong(column, &expected()))
    }

    fn class(&self, duration: Ms) -> usize {
        let classes = &self.jobs.max_delay.classes;
        let shorter = classes
            .iter()
            .enumerate()
            .filter(|(_, class)| duration < ms(class.value.shorter_than.0));
        let tightest = shorter.min_by_key(|(_, class)| class.value.shorter_than.0);
        tightest.map_or(classes.len(), |(number, _)| number)
    }

    /// Its own; else its class's; else the scenario's; else none where it has a deadline.
    fn max_delay(&self, row: &Row<'_>, found: &Found, duration: Ms, by: Option<Ms>) -> Result<Ms, TwinError> {
        if let Some(column) = found.max_delay.filter(|column| !row.text(*column).is_empty()) {
            return self.duration(row, column);
        }
        let rules = &self.jobs.max_delay;
        let class = rules
            .classes
            .get(self.class(duration))
            .map(|class| class.value.max_delay);
        Ok(match (class.or(rules.default), by) {
            (Some(period), _) => ms(period.0),
            (None, Some(_)) => UNLIMITED,
            (None, None) => MAX_DELAY,
        })
    }

    /// What it takes, and its power in kW.
    fn need(&self, row: &Row<'_>, found: &Found) -> Result<(Amounts, f64), TwinError> {
        let amount = |column| amount(row, column);
        whole(row, found.pods, 1..=i32::MAX)?;
        let (cpus, memory, gpus) = (amount(found.cpus)?, amount(found.memory_gib)?, amount(found.gpus)?);
        // A job of which nothing is said takes a core.
        let one = if memory.or(gpus).is_none() { 1.0 } else { 0.0 };
        let need = Amounts {
            cpus: cpus.unwrap_or(one),
            memory_gib: memory.unwrap_or(0.0),
            gpus: gpus.unwrap_or(0.0),
        };
        let watts = match (amount(found.watts)?, &self.jobs.power) {
            (Some(watts), _) => watts,
            (None, Some(power)) => power.of(&need),
            (None, None) => assumed(&need),
        };
        Ok((need, watts / 1000.0))
    }

    fn pausing(&self, row: &Row<'_>, found: &Found, id: &str) -> Result<Option<Pausing>, TwinError> {
        // By its id, so that no other job changes it.
        let drawn = is_drawn(&format!("{}/pausing/{id}", self.seed), self.jobs.interruptible.share);
        let may = match found.interruptible.map(|column| (column, row.text(column))) {
            None | Some((_, "")) => drawn,
            Some((column, text)) => match text.to_ascii_lowercase().as_str() {
                "true" | "yes" | "1" => true,
                "false" | "no" | "0" => false,
                _ => return Err(row.wrong(column, "true or false")),
            },
        };
        Ok(may.then(|| pausing(self.jobs)))
    }

    /// Its zones, home first, and its home.
    fn zones(&self, row: &Row<'_>, found: &Found) -> Result<(Vec<usize>, Home), TwinError> {
        let names = |zones: &[usize]| {
            let names: Vec<&str> = zones.iter().map(|zone| self.zones[*zone].as_str()).collect();
            names.join(", ")
        };
        let all: Vec<usize> = (0..self.zones.len()).collect();
        let number = |name: &str| self.zones.iter().position(|other| other == name);
        let mut zones: Vec<usize> = Vec::new();
        if let Some(column) = found.zones {
            let said = row.text(column).split(';').map(str::trim);
            for name in said.filter(|name| !name.is_empty()) {
                let expected = || format!("zones of the scenario ({}), separated by semicolons", names(&all));
                let zone = number(name).ok_or_else(|| row.wrong(column, &expected()))?;
                if !zones.contains(&zone) {
                    zones.push(zone);
                }
            }
        }
        if zones.is_empty() {
            zones.clone_from(&all);
        }
        let home = match found.home.map(|column| (column, row.text(column))) {
            None | Some((_, "")) => self.home,
            Some((_, "spread")) => Home::Spread,
            Some((column, name)) => {
                let expected = || format!("spread, or a zone of the scenario ({})", names(&all));
                Home::Zone(number(name).ok_or_else(|| row.wrong(column, &expected()))?)
            }
        };
        if let Home::Zone(home) = home
            && let Some(at) = zones.iter().position(|zone| *zone == home)
        {
            zones[..=at].rotate_right(1);
        }
        // A home outside its residency is none: it runs in the first zone that it may run in.
        let home = match home {
            Home::Spread if zones.len() > 1 => Home::Spread,
            _ => Home::Zone(zones[0]),
        };
        Ok((zones, home))
    }
}

impl Power {
    /// The watts of what takes this much.
    fn of(&self, need: &Amounts) -> f64 {
        need.cpus * self.cpu + need.memory_gib * self.gib + need.gpus * self.gpu
    }
}

/// What the operator assumes of such a job.
fn assumed(need: &Amounts) -> f64 {
    let resources = Resources {
        cpu_milli: (need.cpus * 1000.0) as i64,
        memory_bytes: (need.memory_gib * f64::from(1 << 30)) as i64,
        gpus: need.gpus.ceil() as i64,
    };
    assumed_watts(&resources).0
}

/// A whole number of a range, which ends where numbers end.
pub(super) fn whole(
    row: &Row<'_>,
    column: Option<Column>,
    range: RangeInclusive<i32>,
) -> Result<Option<i32>, TwinError> {
    let Some(column) = column.filter(|column| !row.text(*column).is_empty()) else {
        return Ok(None);
    };
    let (least, most) = (f64::from(*range.start()), f64::from(*range.end()));
    let number = row
        .number(column)
        .filter(|number| number.fract() == 0.0 && (least..=most).contains(number));
    let expected = || match *range.start() {
        i32::MIN => "a whole number".to_owned(),
        least => format!("a whole number from {least} on"),
    };
    number
        .map(|number| Some(number as i32))
        .ok_or_else(|| row.wrong(column, &expected()))
}

fn amount(row: &Row<'_>, column: Option<Column>) -> Result<Option<f64>, TwinError> {
    let Some(column) = column.filter(|column| !row.text(*column).is_empty()) else {
        return Ok(None);
    };
    let amount = row.number(column).filter(|amount| *amount >= 0.0);
    amount.map(Some).ok_or_else(|| row.wrong(column, "a number from 0 on"))
}

/// `team=ml;tier=gold`, or with commas.
fn labels(text: &str) -> Vec<(String, String)> {
    let pair = |pair: &str| {
        let (key, value) = pair.split_once('=').unwrap_or((pair, ""));
        (key.trim().to_owned(), value.trim().to_owned())
    };
    text.split([';', ','])
        .filter(|text| !text.trim().is_empty())
        .map(pair)
        .collect()
}

/// Puts jobs in the order of their submissions, and names those that come first by number.
///
/// # Errors
/// An id that two jobs bear, and one that none bears, or one of those that are left out.
pub(super) fn ordered(
    table: &Table,
    found: &Found,
    mut raw: Vec<Raw>,
    left_out: &[Raw],
) -> Result<Vec<Raw>, TwinError> {
    raw.sort_by_key(|raw| raw.job.submit);
    let mut numbers: BTreeMap<&str, usize> = BTreeMap::new();
    for (number, raw) in raw.iter().enumerate() {
        if numbers.insert(&raw.job.id, number).is_some() {
            let what = format!("two jobs have the id {:?}; expected different ids", raw.job.id);
            return Err(table.place(raw.line, found.id).wrong(what));
        }
    }
    let mut after = Vec::new();
    for raw in &raw {
        let first = raw.after.as_deref().map(|id| {
            let none = || {
                let known = left_out.iter().any(|raw| raw.job.id == id);
                let why = if known {
                    "which is submitted before the start or from the end on, and left out; expected one that is not"
                } else {
                    "which is not there; expected the id of a job"
                };
                let what = format!("job {:?} runs after {id:?}, {why}", raw.job.id);
                table.place(raw.line, found.after).wrong(what)
            };
            numbers.get(id).copied().ok_or_else(none)
        });
        after.push(first.transpose()?);
    }
    for (raw, after) in raw.iter_mut().zip(after) {
        raw.job.after = after;
    }
    Ok(raw)
}
