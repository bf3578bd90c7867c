//! All starts of one job, with their cost and whether there is room.

use super::capacity::Capacity;
use super::costs::Costs;
use super::grid::{BEYOND, Grid, Offset};
use super::guard::Guard;
use super::job::Job;
use super::least::lesser;
use super::window::{self, Start};

/// The most other starts that a decision names.
const MOST_ALTERNATIVES: usize = 5;
/// Enough of the best starts that the alternatives can be picked from, though many lie close together.
const SHORTLIST: usize = 64;

/// The first and the cheapest of some starts.
#[derive(Clone, Copy, Debug)]
pub(super) struct Extremes {
    /// The first of them, and of those the cheapest.
    pub(super) soonest: Option<Start>,
    /// The least cost of any; infinite where there are none.
    pub(super) least: f64,
}

impl Default for Extremes {
    fn default() -> Self {
        Self {
            soonest: None,
            least: f64::INFINITY,
        }
    }
}

impl Extremes {
    /// One more.
    fn hear(&mut self, start: &Start) {
        self.least = lesser(self.least, start.cost);
        let is_sooner = |soonest: Start| (start.at, start.cost) < (soonest.at, soonest.cost);
        if self.soonest.is_none_or(is_sooner) {
            self.soonest = Some(*start);
        }
    }
}

/// What a search looks at.
#[derive(Clone, Copy)]
pub(super) struct Sight<'a> {
    /// The slots.
    pub(super) grid: &'a Grid,
    /// The curves.
    pub(super) costs: &'a Costs<'a>,
    /// What is still free.
    pub(super) capacity: &'a Capacity,
}

/// All starts of one job up to its last allowed one. Kept from job to job, so that it allocates once.
#[derive(Default)]
pub(super) struct Search {
    /// In no order.
    pub(super) starts: Vec<Start>,
    /// The first and the cheapest of all of them, whatever the room.
    pub(super) all: Extremes,
    /// The same of those that have room.
    pub(super) with_room: Extremes,
    free_from: Vec<usize>,
}

impl Search {
    /// Finds every start of the job that can be the best one.
    pub(super) fn run(&mut self, job: &Job<'_>, sight: Sight<'_>) {
        self.starts.clear();
        (self.all, self.with_room) = (Extremes::default(), Extremes::default());
        if job.first > job.last {
            return; // The way of a release may be longer than all that a job which is still to come may wait.
        }
        for (number, (place, curve)) in job.places.iter().enumerate() {
            let slots = sight.capacity.grid().touched(job.first, job.last + job.length.max(1));
            sight
                .capacity
                .free_from(&place.parts, slots.clone(), &mut self.free_from);
            let mut found = |start: Start| {
                let touched = sight.capacity.grid().touched(start.at, start.at + job.length);
                let free = self.free_from.is_empty() || self.free_from[touched.end - 1 - slots.start] <= touched.start;
                let start = Start {
                    cost: job.scaled(start.cost),
                    place: number,
                    room: free && sight.capacity.may_release_in(touched.start),
                    ..start
                };
                self.all.hear(&start);
                if start.room {
                    self.with_room.hear(&start);
                }
                self.starts.push(start);
            };
            window::starts(curve, job.length, job.first..=job.last, &mut found);
            for end in [job.first, job.last] {
                if let Some(start) = window::at(curve, end, job.length) {
                    found(start);
                }
            }
        }
    }

    /// The least cost of a start after the last allowed one.
    pub(super) fn least_beyond(job: &Job<'_>) -> f64 {
        let mut beyond = f64::INFINITY;
        for (_, curve) in &job.places {
            let found = |start: Start| beyond = lesser(beyond, job.scaled(start.cost));
            window::starts(
                curve,
                job.length,
                (job.last + 1).max(job.first)..=job.last + BEYOND,
                found,
            );
        }
        beyond
    }

    /// The starts that have room.
    pub(super) fn that_have_room(&self) -> impl Iterator<Item = &Start> + Clone {
        self.starts.iter().filter(|start| start.room)
    }

    /// The cheapest start at this very instant, whatever the room.
    pub(super) fn cheapest_now(&self, now: Offset) -> Option<&Start> {
        let now = self.starts.iter().filter(|start| start.at == now);
        now.min_by(|a, b| a.cost.total_cmp(&b.cost))
    }

    /// The best other starts with room, best first, each at least a slot apart from the chosen one and each other, or in
    /// another zone. Shuffles the starts.
    pub(super) fn alternatives(&mut self, chosen: &Start, guard: &Guard, grid: &Grid) -> Vec<Start> {
        self.starts.retain(|start| start.room);
        let better = |a: &Start, b: &Start| {
            guard
                .score(a)
                .total_cmp(&guard.score(b))
                .then_with(|| (a.at, a.place).cmp(&(b.at, b.place)))
        };
        if self.starts.len() > SHORTLIST {
            self.starts.select_nth_unstable_by(SHORTLIST, better);
            self.starts.truncate(SHORTLIST);
        }
        self.starts.sort_unstable_by(better);
        let apart = |a: &Start, b: &Start| a.place != b.place || (a.at - b.at).abs() >= grid.step();
        let mut picked = vec![*chosen];
        for start in &self.starts {
            if picked.iter().all(|other| apart(start, other)) {
                picked.push(*start);
            }
            if picked.len() > MOST_ALTERNATIVES {
                break;
            }
        }
        picked.split_off(1)
    }
}
