//! The simulated cluster: what runs where, and whether there is room for more. Running work is never evicted.

use super::amounts::{Exact, capacity_at, parts};
use super::series::Ms;
use super::world::World;

/// What a running job takes of one zone.
#[derive(Clone, Copy, Debug)]
struct Taken {
    zone: usize,
    need: Exact,
    /// Until when it is expected to run.
    until: Ms,
}

/// The zones with what runs in them.
#[derive(Debug)]
pub struct Cluster<'w> {
    world: &'w World,
    whole: Vec<Exact>,
    used: Vec<Exact>,
    /// By job.
    taken: Vec<Vec<Taken>>,
    /// By zone: who runs there, where its capacity changes.
    there: Vec<Vec<usize>>,
}

impl<'w> Cluster<'w> {
    /// An empty cluster at the start.
    pub fn new(world: &'w World) -> Self {
        let zones = world.zones.len();
        let mut cluster = Self {
            world,
            whole: vec![Exact::default(); zones],
            used: vec![Exact::default(); zones],
            taken: vec![Vec::new(); world.jobs.len()],
            there: vec![Vec::new(); zones],
        };
        cluster.advance(0);
        cluster
    }

    /// Whether anything can be full.
    pub fn limited(&self) -> bool {
        self.world.zones.iter().any(|zone| !zone.capacity.is_empty())
    }

    /// The instants at which a capacity changes.
    pub fn changes(&self) -> impl Iterator<Item = Ms> + '_ {
        let zones = self.world.zones.iter();
        zones
            .flat_map(|zone| zone.capacity.iter().skip(1).map(|(from, _)| *from))
            .filter(|from| *from > 0)
    }

    /// Sets the capacities of an instant.
    pub fn advance(&mut self, now: Ms) {
        for (zone, whole) in self.world.zones.iter().zip(&mut self.whole) {
            *whole = Exact::of(&capacity_at(zone, now));
        }
    }

    /// Whether a job has room in a zone, or over all its zones, from `now` until it is expected to end: beside what runs, and
    /// what of that will still run when less is there.
    pub fn room(&self, job: usize, step: usize, place: Option<usize>, now: Ms, until: Ms) -> bool {
        let needs = Exact::need(&self.world.jobs[job], step);
        let parts = parts(&self.world.jobs[job], &self.world.zones, place, now);
        parts.into_iter().all(|(zone, share)| {
            let need = needs.times(share);
            let limited = !self.world.zones[zone].capacity.is_empty();
            !limited || self.whole[zone].holds(&self.used[zone], &need) && self.room_later(zone, &need, now, until)
        })
    }

    fn room_later(&self, zone: usize, need: &Exact, now: Ms, until: Ms) -> bool {
        let capacity = &self.world.zones[zone].capacity;
        let changes = capacity.iter().filter(|(from, _)| now < *from && *from < until);
        changes.into_iter().all(|(from, amounts)| {
            let mut used = Exact::default();
            for taken in self.there[zone].iter().flat_map(|job| &self.taken[*job]) {
                if taken.zone == zone && taken.until > *from {
                    used += taken.need;
                }
            }
            Exact::of(amounts).holds(&used, need)
        })
    }

    /// A job takes its room.
    pub fn take(&mut self, job: usize, step: usize, place: Option<usize>, now: Ms, until: Ms) {
        if !self.limited() {
            return;
        }
        let needs = Exact::need(&self.world.jobs[job], step);
        for (zone, share) in parts(&self.world.jobs[job], &self.world.zones, place, now) {
            let need = needs.times(share);
            self.used[zone] += need;
            self.taken[job].push(Taken { zone, need, until });
            if self.world.zones[zone].capacity.len() > 1 {
                self.there[zone].push(job);
            }
        }
    }

    /// A job gives its room back.
    pub fn give(&mut self, job: usize) {
        for taken in std::mem::take(&mut self.taken[job]) {
            self.used[taken.zone] -= taken.need;
            self.there[taken.zone].retain(|other| *other != job);
        }
    }
}
