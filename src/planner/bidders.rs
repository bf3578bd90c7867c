//! Jobs as bidders in the market: what they could take, and what that costs.

use std::collections::BTreeMap;

use rayon::prelude::*;

use super::amounts::Parts;
use super::curve::Curve;
use super::demand::{Freedom, Step};
use super::grid::{Grid, nanos};
use super::guard::Guard;
use super::job::{Job, Place};
use super::market::{Bidder, Field, Free, Site};
use super::planned::WORTH_A_REWRITE;
use super::snapshot::Snapshot;
use super::window;
use crate::units::Signal;

/// What an hour of lateness costs, in runs at once: more than any start could save.
const LATENESS: f64 = 10.0;

/// What a field is of: a signal, the zones that are compared with their shares, and the curve of lengths where only that is known.
type Key = (Signal, Vec<(usize, u64)>, Option<String>);

/// The fields of all places, each made once.
#[derive(Debug)]
pub(super) struct Fields {
    /// The slots of costs and prices.
    pub(super) grid: Grid,
    finer: Grid,
    /// On the slots of bookings.
    pub(super) fine: Vec<Field>,
    /// On those of costs.
    pub(super) coarse: Vec<Field>,
    known: BTreeMap<Key, usize>,
}

impl Fields {
    /// No fields yet, over these slots.
    pub(super) fn new(grid: Grid, finer: Grid) -> Self {
        Self {
            grid,
            finer,
            fine: Vec::new(),
            coarse: Vec::new(),
            known: BTreeMap::new(),
        }
    }

    /// Those on the slots of bookings, and those on the slots of costs.
    pub(super) fn both(&self) -> (&[Field], &[Field]) {
        (&self.fine, &self.coarse)
    }

    /// The fields of the places of a job.
    fn of_places(&mut self, job: &Job<'_>, snapshot: &Snapshot) -> Vec<usize> {
        let places = job.places.iter();
        places
            .map(|(place, curve)| self.of(place, curve, job, snapshot))
            .collect()
    }

    /// The field of a place for a job: its own where only a curve of its length is known.
    fn of(&mut self, place: &Place, curve: &Curve, job: &Job<'_>, snapshot: &Snapshot) -> usize {
        let compared = place.parts.iter().filter(|part| job.is_comparable(part.zone));
        let key = compared.map(|part| (part.zone, part.share.to_bits())).collect();
        // A job that may be paused is planned piece by piece, by the plain rates.
        let name = job
            .demand
            .curve
            .as_ref()
            .filter(|_| job.demand.freedom.pausing.is_none());
        let survival = name.and_then(|name| snapshot.curves.get(name));
        let key = (job.rules.signal, key, survival.and(name.cloned()));
        *self.known.entry(key).or_insert_with(|| {
            let cut = (self.grid.step() / self.finer.step()) as usize;
            let (fine, coarse) = (Field::of(curve, &self.finer, cut), Field::of(curve, &self.grid, 1));
            match survival {
                Some(survival) => {
                    self.fine.push(fine.for_unknown_length(survival, &self.finer));
                    self.coarse.push(coarse.for_unknown_length(survival, &self.grid));
                }
                None => {
                    self.fine.push(fine);
                    self.coarse.push(coarse);
                }
            }
            self.fine.len() - 1
        })
    }
}

/// The bidder for a real job that makes no room for others.
pub(super) fn bidder(job: &Job<'_>, fields: &mut Fields, snapshot: &Snapshot) -> Bidder {
    let numbers = fields.of_places(job, snapshot);
    bidder_over(job, &numbers, fields, snapshot)
}

/// The same for several jobs, on as many processors as there are.
pub(super) fn bidders(jobs: &[&Job<'_>], fields: &mut Fields, snapshot: &Snapshot) -> Vec<Bidder> {
    let numbers: Vec<Vec<usize>> = jobs.iter().map(|job| fields.of_places(job, snapshot)).collect();
    let fields = &*fields;
    let each = jobs.par_iter().zip(&numbers);
    each.map(|(job, numbers)| bidder_over(job, numbers, fields, snapshot))
        .collect()
}

/// The bidder for a job whose places have these fields.
fn bidder_over(job: &Job<'_>, numbers: &[usize], fields: &Fields, snapshot: &Snapshot) -> Bidder {
    let free = job.is_free().then(|| free(job, snapshot, &fields.grid));
    let wider = free
        .as_ref()
        .map_or(&[][..], |free| free.steps.get(1..).unwrap_or_default());
    let site = |((place, _), field): (&(Place, _), &usize)| Site {
        parts: place.parts.clone(),
        wider: wider
            .iter()
            .map(|step| wider_parts(place, step, &job.demand.freedom))
            .collect(),
        field: *field,
    };
    let sites: Vec<Site> = job.places.iter().zip(numbers).map(site).collect();
    let now = job
        .places
        .iter()
        .filter_map(|(_, curve)| Some(job.scaled(window::at(curve, job.first, job.length)?.cost)))
        .fold(f64::INFINITY, f64::min);
    let grid = &fields.grid;
    let guard = Guard::of(job.rules, if now.is_finite() { now } else { 0.0 });
    // Pieces are more than a start: they are found anew.
    let promise = job
        .promise(grid)
        .filter(|_| free.as_ref().is_none_or(|free| !free.has_pieces()))
        .map(|(site, at)| (site, at, WORTH_A_REWRITE * now));
    let mut bidder = Bidder {
        sites,
        promising: Vec::new(),
        costs_at_once: Vec::new(),
        listed: listed(job),
        submitted: grid.offset(job.demand.submitted),
        standing: job.standing,
        first: job.first,
        last: job.last,
        length: job.length,
        kilowatts: job.kilowatts,
        free,
        per_hour: guard.price_per_hour,
        minimum: guard.minimum,
        yields: false,
        is_phantom: false,
        promise: promise.filter(|_| now.is_finite()),
        lateness: LATENESS * if now.is_finite() { now } else { 1.0 },
        equal: guard.equal,
    };
    bidder.costs_at_once = bidder.find_costs_at_once((&fields.fine, &fields.finer));
    bidder.promising = bidder.rank_sites((&fields.fine, &fields.finer), (&fields.coarse, grid));
    bidder
}

/// The places of a job in the order in which its zones are listed.
fn listed(job: &Job<'_>) -> Vec<usize> {
    let zones = job.demand.placement.zones();
    let mut listed: Vec<usize> = (0..job.places.len()).collect();
    listed.sort_by_cached_key(|place| zones.iter().position(|zone| job.places[*place].0.zones.contains(zone)));
    listed
}

fn free(job: &Job<'_>, snapshot: &Snapshot, grid: &Grid) -> Free {
    let Freedom { pausing, scaling } = &job.demand.freedom;
    let progress = job.demand.progress;
    let survival = job.demand.curve.as_ref().and_then(|name| snapshot.curves.get(name));
    Free {
        pausing: pausing.map(|pausing| (pausing, progress.pauses)),
        steps: scaling.as_ref().map_or_else(Vec::new, |scaling| scaling.steps.clone()),
        may_hurry: job.demand.may_hurry(),
        course: job.course(grid),
        survival: survival.map(|curve| (curve.clone(), nanos(progress.done))),
    }
}

/// What a place takes of a job at a wider step.
fn wider_parts(place: &Place, step: &Step, freedom: &Freedom) -> Parts {
    let width = freedom.scaling.as_ref().map_or(1.0, |scaling| scaling.width(step));
    place.parts.iter().map(|part| part.times(width)).collect()
}

#[cfg(test)]
mod tests {
    use jiff::SignedDuration;

    use super::super::testing::{at, demand, rules, snapshot, steps, zones};
    use super::super::{Outlook, Placement, Rules, Survival, plan};

    #[test]
    fn two_policies_that_compare_other_zones_do_not_share_a_field() {
        const HOUR: i64 = 3600;
        let mut s = snapshot();
        s.now = at(2 * HOUR);
        steps(&mut s, "a", HOUR, &[0.0, 0.0, 100.0, 90.0, 100.0, 100.0]);
        steps(&mut s, "b", HOUR, &[0.0, 0.0, 100.0, 500.0, 100.0, 100.0]);
        if let Outlook::Known(series) = &mut s.zones.get_mut(&"a".into()).unwrap().outlook.carbon_intensity {
            series.issued_at = s.now;
        }
        let strict = Rules {
            max_age: SignedDuration::from_hours(1),
            ..rules(&mut s).clone()
        };
        s.rules.insert("strict".into(), strict);
        s.curves
            .insert("kind".into(), Survival::of([(SignedDuration::from_hours(1), 0.0)]));
        s.demands = ["of both", "of a alone"]
            .map(|name| {
                let mut job = demand(name, 3 * HOUR, HOUR);
                job.placement = Placement::Somewhere(zones(&["a", "b"]));
                job.curve = Some("kind".into());
                job
            })
            .into();
        s.demands[1].policy = "strict".into();
        let starts: Vec<_> = plan(&s)
            .decisions
            .iter()
            .map(|decision| decision.chosen.start)
            .collect();
        assert_eq!(starts, [at(2 * HOUR), at(3 * HOUR)]);
    }
}
