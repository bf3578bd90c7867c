//! When a job may run, at the earliest and at the latest.

use crate::twin::chains::Chains;
use crate::twin::outcome::Outcome;
use crate::twin::series::Ms;
use crate::twin::world::{Job, World};

/// A job with what bounds it.
#[derive(Clone, Debug)]
pub(super) struct Window<'a> {
    pub(super) job: &'a Job,
    /// The earliest start. For a job that comes after another: if that one ends as early as it can.
    pub(super) from: Ms,
    /// The latest end. For a job that comes after another: if that one ends as late as it may.
    pub(super) until: Ms,
    /// The latest end in each of its zones, by their data; those in which it does not fit are left out.
    pub(super) zones: Vec<(usize, Ms)>,
}

impl<'a> Window<'a> {
    /// The windows of all jobs. Those of jobs that come after others are as wide as these may make them, so that what is
    /// best in them is a lower bound.
    pub(super) fn all(world: &'a World) -> Vec<Self> {
        let chains = Chains::of(world);
        let mut windows: Vec<Option<Self>> = vec![None; world.jobs.len()];
        for number in chains.order(world) {
            let job = &world.jobs[number];
            let before = job.after.and_then(|before| windows[before].as_ref());
            let earliest = chains.earliest(number);
            let latest = before.map_or(job.submit, |before| job.submit.max(before.until));
            let until = deadline(job, latest).min(chains.wanted(number));
            let ends = job.zones.iter().map(|zone| {
                let end = world.zones[*zone].intensity.end().min(chains.tail(number));
                (*zone, end.min(until))
            });
            let zones = ends.filter(|(_, end)| end - earliest >= job.length).collect();
            windows[number] = Some(Self {
                job,
                from: earliest,
                until,
                zones,
            });
        }
        windows.into_iter().flatten().collect()
    }
}

/// The latest end of a job that is ready at an instant.
fn deadline(job: &Job, ready: Ms) -> Ms {
    let at_once = ready.saturating_add(job.length);
    let waited = at_once.saturating_add(job.max_delay);
    waited.min(job.finish_by.unwrap_or(Ms::MAX)).max(at_once)
}

/// Whether jobs that come after others have waited for these, and for no longer than they may. A deadline that nobody could keep is
/// no reason; one that is broken because the job before ran late is.
pub(super) fn kept(windows: &[Window<'_>], outcomes: &[Outcome]) -> bool {
    let end = |job: usize| outcomes[job].segments.last().map_or(Ms::MAX, |segment| segment.end);
    windows.iter().enumerate().all(|(number, window)| {
        let job = window.job;
        let Some(before) = job.after else { return true };
        let ready = job.submit.max(end(before));
        let by = job.finish_by.unwrap_or(Ms::MAX);
        if window.from.saturating_add(job.shortest()) <= by && by < end(number) {
            return false;
        }
        let start = outcomes[number]
            .segments
            .first()
            .map_or(Ms::MIN, |segment| segment.start);
        ready <= start && end(number) <= deadline(job, ready)
    })
}
