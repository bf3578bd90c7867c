//! The planner where room is short, against the exact optimum of a solver that shares nothing with it.
//!
//! Jobs of one slot make an assignment problem, whose linear program has whole numbers for its vertices (Hoffman and Kruskal,
//! "Integral Boundary Points of Convex Polyhedra", 1956): it is the optimum. Longer and wider jobs need whole numbers asked for.

#![expect(
    clippy::expect_used,
    clippy::panic,
    clippy::unwrap_used,
    reason = "a test ends with what it did not expect"
)]

#[path = "planner_capacity/exact.rs"]
mod exact;
#[path = "planner_capacity/instance.rs"]
mod instance;

use alize::planner::plan;
use instance::{Instance, Shape};

/// Of two sums of the same grams, by how much of them they may differ.
const ROUNDING: f64 = 1e-6;

/// What many instances came to, in grams.
#[derive(Debug, Default)]
struct Sums {
    instances: usize,
    /// Those that were left out, because a plan left somebody without room.
    without_room: usize,
    /// Those in which the optimum costs more than every job alone: room is what decides.
    contended: usize,
    /// The plans that cost no more than the optimum.
    exact: usize,
    /// Every job at once in its first zone, whatever the room.
    at_once: f64,
    /// All jobs as soon as there is room.
    planned: f64,
    optimum: f64,
    bound: f64,
}

impl Sums {
    /// The share of the optimum's saving that the plans made.
    fn captured(&self) -> f64 {
        (self.at_once - self.planned) / (self.at_once - self.optimum)
    }

    /// At least so many instances say something: in half of them room decides, and hardly any was left out.
    fn assert_telling(&self, least: usize) {
        assert!(
            self.instances >= least && 2 * self.contended >= self.instances,
            "{self:?}"
        );
        assert!(20 * self.without_room <= self.instances, "{self:?}");
    }

    /// How far the optimum is above the bounds that the plans carry, as a share of it.
    fn below(&self) -> f64 {
        1.0 - self.bound / self.optimum
    }
}

/// Plans many instances, each beside its optimum; what holds for each is asserted, and what holds for all is returned.
fn judged(shape: &Shape, seeds: std::ops::Range<u64>) -> Sums {
    let mut sums = Sums::default();
    for seed in seeds {
        let instance = Instance::drawn(shape, seed);
        // Without a plan that keeps every latest start and all room, there is nothing to compare with.
        let Some(optimum) = exact::optimum(&instance) else {
            continue;
        };
        let plan = plan(&instance.snapshot());
        let starts = instance.starts(&plan);
        let planned: f64 = starts.iter().map(|start| instance.cost(start)).sum();
        let rounding = ROUNDING * optimum;
        if plan.decisions.iter().any(|decision| decision.note.is_some()) {
            // Somebody found no room in time; to find it for all, where that is possible, is as hard as to find the optimum.
            sums.without_room += 1;
            continue;
        }
        let told = format!(
            "{shape:?}, seed {seed}: {:?}, optimum {optimum}, {planned} planned",
            plan.bound
        );
        assert_eq!(instance.overbooked(&starts), None, "{told}");
        assert!(instance.late(&starts).is_empty(), "{told}");
        assert!((plan.bound.cost - planned).abs() <= rounding, "{told}");
        assert!(plan.bound.lower_bound <= optimum + rounding, "{told}");
        assert!(optimum <= planned + rounding, "{told}");
        sums.instances += 1;
        sums.contended += usize::from(instance.alone() < optimum - rounding);
        sums.exact += usize::from(planned <= optimum + rounding);
        sums.at_once += instance.at_once();
        sums.planned += planned;
        sums.optimum += optimum;
        sums.bound += plan.bound.lower_bound;
    }
    sums
}

#[test]
fn jobs_of_one_slot_are_planned_within_a_hundredth_of_the_least_that_a_linear_program_finds() {
    let sums = judged(&instance::SLOTS, 0..600);
    sums.assert_telling(500);
    assert!(sums.captured() >= 0.99, "{} of {sums:?}", sums.captured());
    assert!(sums.below() <= 0.01, "{} of {sums:?}", sums.below());
}

#[test]
fn long_and_wide_jobs_are_planned_near_the_least_that_a_program_in_whole_numbers_finds() {
    let sums = judged(&instance::BLOCKS, 0..400);
    sums.assert_telling(200);
    assert!(sums.captured() >= 0.996, "{} of {sums:?}", sums.captured());
}

#[test]
fn where_memory_or_accelerators_are_short_plans_are_near_the_least_too() {
    let sums = judged(&instance::MIXED, 0..400);
    sums.assert_telling(200);
    assert!(sums.captured() >= 0.996, "{} of {sums:?}", sums.captured());
}
