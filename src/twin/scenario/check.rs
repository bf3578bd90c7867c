//! What a whole scenario must hold together: each job could run at once, and after what it waits for.

use serde_saphyr::Spanned;

use super::columns::Found;
use super::file;
use crate::twin::amounts::{Need, whole};
use crate::twin::chains::Chains;
use crate::twin::error::TwinError;
use crate::twin::series::{Ms, Series, instant};
use crate::twin::table::Table;
use crate::twin::world::{Home, Job, World};

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
    let mut cut = 0;
    for (number, (job, ready)) in world.jobs.iter().zip(ready).enumerate() {
        for zone in homes(job) {
            let series = &world.zones[*zone].intensity;
            if series.integral(ready, ready + job.length).is_none() {
                return wrong(number, None, outside(world, *zone, series));
            }
        }
        if !fits(world, job, &job.zones) {
            return wrong(number, None, too_large(world, &job.zones));
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
    Ok(first.map(warning).into_iter().collect())
}

fn outside(world: &World, zone: usize, series: &Series) -> String {
    format!(
        "cannot even run at once: expected a run within the intensity of its zone {}, which is known from {} to {}",
        world.zones[zone].name,
        instant(world.start, series.start()),
        instant(world.start, series.end())
    )
}

/// Whether one of these zones holds a job at any time from its submission on, were it alone.
pub(super) fn fits(world: &World, job: &Job, zones: &[usize]) -> bool {
    zones.iter().map(|zone| &world.zones[*zone]).any(|zone| {
        let need = Need::of(job, zone, 0, 1.0);
        let holds = |at: Ms| {
            let whole = whole(zone, at);
            need.fits(&whole, &vec![0; whole.len()])
        };
        let later = zone
            .capacity
            .iter()
            .map(|(from, _)| *from)
            .filter(|from| *from > job.submit);
        zone.capacity.is_empty() || std::iter::once(job.submit).chain(later).any(holds)
    })
}

/// What is wrong with a job that does not fit into any of these zones.
pub(super) fn too_large(world: &World, zones: &[usize]) -> String {
    let names: Vec<&str> = zones.iter().map(|zone| world.zones[*zone].name.as_str()).collect();
    format!(
        "takes more than {} ever holds from its submission on; expected a smaller job, or more capacity",
        names.join(" or ")
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
