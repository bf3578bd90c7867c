//! What a whole scenario must hold together: each job could run at once, and after what it waits for.

use serde_saphyr::Spanned;

use super::columns::Found;
use super::file;
use super::room::{Scarce, fits, too_large};
use crate::twin::chains::Chains;
use crate::twin::error::TwinError;
use crate::twin::series::{Ms, Series, instant};
use crate::twin::table::{Column, Table};
use crate::twin::world::{Home, Job, World, Zone};

/// Checks all jobs; `lines` says where each was written. Says what its author should know.
///
/// # Errors
/// A job that runs after itself, or that cannot run at once within the series of its home.
pub(super) fn check(
    table: &Table,
    found: &Found,
    lines: &[u64],
    zones: &[Spanned<file::Zone>],
    world: &World,
) -> Result<Vec<String>, TwinError> {
    let wrong = |number: usize, column, what: String| {
        let job: &Job = &world.jobs[number];
        Err(table
            .place(lines[number], column)
            .wrong(format!("job {:?} {what}", job.id)))
    };
    let ready = match ready(world) {
        Ok(ready) => ready,
        Err(number) => {
            let what = "runs after itself; expected an order without circles";
            return wrong(number, found.after, what.to_owned());
        }
    };
    let (mut cut, mut late) = (0, Vec::new());
    for (number, (job, ready)) in world.jobs.iter().zip(ready).enumerate() {
        for zone in homes(job) {
            let series = &world.zones[*zone].intensity;
            if series.integral(ready, ready + job.length).is_none() {
                return wrong(number, Some(found.submit), outside(world, *zone, series));
            }
        }
        if !fits(world, job, &job.zones) {
            let (what, scarce) = too_large(world, job, &job.zones);
            return wrong(number, scarce.and_then(|scarce| column(found, scarce)), what);
        }
        if job
            .finish_by
            .is_some_and(|by| ready.saturating_add(job.shortest()) > by)
        {
            late.push(number);
        }
        let last = ready.saturating_add(job.max_delay).saturating_add(job.length);
        let last = job.finish_by.map_or(last, |by| by.min(last));
        cut += usize::from(job.zones.iter().any(|zone| world.zones[*zone].intensity.end() < last));
    }
    let ends = zones
        .iter()
        .zip(&world.zones)
        .map(|(said, zone)| (zone.intensity.end(), &said.value));
    let first = ends.min_by_key(|(end, _)| *end).filter(|_| cut > 0);
    let warning = |(end, zone): (Ms, &file::Zone)| {
        format!(
            "the intensity of zone {} ({}) ends at {}: so do the windows of {cut} jobs that could have waited longer",
            zone.name,
            zone.intensity.csv.display(),
            instant(world.start, end)
        )
    };
    let cut = first.map(warning);
    let short = zones
        .iter()
        .zip(&world.zones)
        .flat_map(|(said, zone)| short(&said.value, zone, world));
    Ok(cut
        .into_iter()
        .chain(missed(table, lines, world, &late))
        .chain(short)
        .collect())
}

/// What is to be said of a zone whose other signals end before its intensity: they go on as they ended.
fn short(said: &file::Zone, zone: &Zone, world: &World) -> Vec<String> {
    let others = [
        ("renewableShare", &said.renewable_share, &zone.renewable_share),
        ("marginalIntensity", &said.marginal_intensity, &zone.marginal),
    ];
    let ends_first = |(name, values, series): &(&str, &Option<file::Values>, &Option<Series>)| {
        let (values, end) = (values.as_ref()?, series.as_ref()?.end());
        (end < zone.intensity.end()).then(|| {
            format!(
                "the {name} of zone {} ({}) ends at {}, before its intensity does: beyond that it counts at its last value",
                said.name,
                values.csv.display(),
                instant(world.start, end)
            )
        })
    };
    others.iter().filter_map(ends_first).collect()
}

/// What is to be said of jobs that end too late in every run.
fn missed(table: &Table, lines: &[u64], world: &World, late: &[usize]) -> Option<String> {
    let first = *late.first()?;
    Some(format!(
        "{} jobs cannot end by their finishBy even if run at once, first job {:?} ({}): each is a miss in every run",
        late.len(),
        world.jobs[first].id,
        table.place(lines[first], None)
    ))
}

/// The column that says how much a job takes of what is scarce.
fn column(found: &Found, scarce: Scarce) -> Option<Column> {
    match scarce {
        Scarce::Cpus => found.cpus,
        Scarce::Memory => found.memory_gib,
        Scarce::Gpus => found.gpus,
        Scarce::Model => found.gpu_model,
        Scarce::Together => None,
    }
}

fn outside(world: &World, zone: usize, series: &Series) -> String {
    format!(
        "cannot even run at once: expected a run within the intensity of its zone {}, which is known from {} to {}",
        world.zones[zone].name,
        instant(world.start, series.start()),
        instant(world.start, series.end())
    )
}

fn homes(job: &Job) -> &[usize] {
    match job.home {
        Home::Spread => &job.zones,
        Home::Zone(_) => &job.zones[..1],
    }
}

/// When each job could start, were all run at once; the number of a job that runs after itself, or after one that does.
fn ready(world: &World) -> Result<Vec<Ms>, usize> {
    let mut ready: Vec<Option<Ms>> = vec![None; world.jobs.len()];
    for number in Chains::of(world).order(world) {
        let job = &world.jobs[number];
        let done = job
            .after
            .and_then(|first| Some(ready[first]? + world.jobs[first].length));
        ready[number] = Some(done.map_or(job.submit, |done| done.max(job.submit)));
    }
    let known = |(number, ready): (usize, Option<Ms>)| ready.ok_or(number);
    ready.into_iter().enumerate().map(known).collect()
}
