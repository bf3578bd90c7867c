//! Bounds: what nobody can beat, with all of the future known. An independent judge: nothing here is the planner's.
//!
//! Each job is solved alone by an exact solver ([`contiguous`], [`pausable`], [`elastic`]); where zones are full, prices on
//! what they hold make the sum of these minima a lower bound ([`capacity`]).

use super::outcome::{Outcome, Run};
use super::room::Room;
use super::series::Ms;
use super::world::World;
use windows::Window;

mod capacity;
mod contiguous;
mod elastic;
mod grid;
mod pausable;
#[cfg(test)]
mod properties;
mod rows;
mod solve;
#[cfg(test)]
mod testing;
mod windows;

/// How often prices are changed where zones are full.
const ROUNDS: usize = 200;

/// The least that all jobs together can emit.
#[derive(Clone, Debug)]
pub struct Bound {
    /// Grams, PUE included.
    pub grams: f64,
    /// Whether that can be reached (to a millisecond), or is below what can.
    pub exact: bool,
    /// How it is reached, where it is exact.
    pub run: Option<Run>,
}

/// The least that the jobs of a world can emit with their own freedoms, costs and deadlines, and the zones' capacity, when all
/// of the future is known. A job that cannot keep its deadline runs at once.
pub fn optimum(world: &World) -> Bound {
    within(world, ROUNDS)
}

/// The same, with so many rounds at most.
fn within(world: &World, rounds: usize) -> Bound {
    let mut dual = capacity::Dual::of(world, Window::all(world));
    let alone = dual.value();
    let outcomes: Vec<Outcome> = dual.found().iter().map(solve::Found::outcome).collect();
    let possible = dual.found().iter().all(|found| found.exact)
        && windows::kept(dual.windows(), &outcomes)
        && !is_overbooked(world, &outcomes);
    if possible {
        let run = Run {
            name: "optimum".into(),
            outcomes,
            plan_seconds: None,
        };
        return Bound {
            grams: alone,
            exact: true,
            run: Some(run),
        };
    }
    Bound {
        // Where no plan is on time, what each job emits alone is all that can be said.
        grams: dual.ascend(rounds).unwrap_or(alone),
        exact: false,
        run: None,
    }
}

/// Whether a zone holds less than what runs there at any instant.
fn is_overbooked(world: &World, outcomes: &[Outcome]) -> bool {
    let mut rooms: Vec<Option<Room<'_>>> = world.zones.iter().map(Room::of).collect();
    if rooms.iter().all(Option::is_none) {
        return false;
    }
    let mut runs: Vec<(Ms, Ms, usize, usize, usize)> = Vec::new();
    for (job, outcome) in outcomes.iter().enumerate() {
        let segments = outcome.segments.iter();
        runs.extend(segments.filter_map(|s| Some((s.start, s.end, s.zone?, s.step, job))));
    }
    runs.sort_unstable();
    runs.into_iter().any(|(start, end, zone, step, number)| {
        let Some(room) = &mut rooms[zone] else { return false };
        let job = solve::at_step(&world.jobs[number], step);
        room.forget(start);
        let fits = room.fits(&job, start, end);
        room.take(&job, start, end);
        !fits
    })
}
