//! The simulated cluster: what runs where, and whether there is room for more. Running work is never evicted.

use super::amounts::{Need, parts, whole};
use super::series::Ms;
use super::world::World;

/// What a running job takes of one zone.
#[derive(Clone, Debug)]
struct Taken {
    zone: usize,
    need: Need,
    /// Until when it is expected to run.
    until: Ms,
}

/// The zones with what runs in them.
#[derive(Debug)]
pub struct Cluster<'w> {
    world: &'w World,
    /// By zone and resource.
    whole: Vec<Vec<i64>>,
    used: Vec<Vec<i64>>,
    /// By job.
    taken: Vec<Vec<Taken>>,
    /// By zone: who runs there, where its capacity changes.
    there: Vec<Vec<usize>>,
}

impl<'w> Cluster<'w> {
    /// An empty cluster at the start.
    pub fn new(world: &'w World) -> Self {
        let at_start: Vec<Vec<i64>> = world.zones.iter().map(|zone| whole(zone, 0)).collect();
        Self {
            world,
            used: at_start.iter().map(|whole| vec![0; whole.len()]).collect(),
            whole: at_start,
            taken: vec![Vec::new(); world.jobs.len()],
            there: vec![Vec::new(); world.zones.len()],
        }
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
        self.whole = self.world.zones.iter().map(|zone| whole(zone, now)).collect();
    }

    /// Whether a job has room in a zone, or over all its zones, from `now` until it is expected to end: beside what runs, and
    /// what of that will still run when less is there.
    pub fn room(&self, job: usize, step: usize, place: Option<usize>, now: Ms, until: Ms) -> bool {
        let own = &self.world.jobs[job];
        parts(own, &self.world.zones, place, now)
            .into_iter()
            .all(|(number, share)| {
                let zone = &self.world.zones[number];
                if zone.capacity.is_empty() {
                    return true;
                }
                let need = Need::of(own, zone, step, share);
                need.fits(&self.whole[number], &self.used[number]) && self.room_later(number, &need, now, until)
            })
    }

    fn room_later(&self, number: usize, need: &Need, now: Ms, until: Ms) -> bool {
        let zone = &self.world.zones[number];
        let mut changes = zone
            .capacity
            .iter()
            .map(|(from, _)| *from)
            .filter(|from| now < *from && *from < until);
        changes.all(|from| {
            let mut used = vec![0; self.used[number].len()];
            for taken in self.there[number].iter().flat_map(|job| &self.taken[*job]) {
                if taken.zone == number && taken.until > from {
                    taken.need.add_to(&mut used, 1);
                }
            }
            need.fits(&whole(zone, from), &used)
        })
    }

    /// A job takes its room.
    pub fn take(&mut self, job: usize, step: usize, place: Option<usize>, now: Ms, until: Ms) {
        if !self.limited() {
            return;
        }
        let own = &self.world.jobs[job];
        for (number, share) in parts(own, &self.world.zones, place, now) {
            let zone = &self.world.zones[number];
            let need = Need::of(own, zone, step, share);
            need.add_to(&mut self.used[number], 1);
            self.taken[job].push(Taken {
                zone: number,
                need,
                until,
            });
            if zone.capacity.len() > 1 {
                self.there[number].push(job);
            }
        }
    }

    /// It is now expected that a job takes its room until then.
    pub fn runs_until(&mut self, job: usize, until: Ms) {
        self.taken[job].iter_mut().for_each(|taken| taken.until = until);
    }

    /// A job gives its room back.
    pub fn give(&mut self, job: usize) {
        for taken in std::mem::take(&mut self.taken[job]) {
            taken.need.add_to(&mut self.used[taken.zone], -1);
            self.there[taken.zone].retain(|other| *other != job);
        }
    }
}
