//! Lowest-Slot (Hanafy et al., "Going Green for Less Green: Optimizing the Cost of Reducing Cloud Carbon Emissions", ASPLOS
//! 2024): starts at the instant within its waiting at which the intensity is lowest. It needs no length.

use super::queue::each;
use super::starts::{Starts, best};
use crate::twin::outcome::Run;
use crate::twin::sight::Sight;
use crate::twin::world::World;

/// What it would have made of a world.
pub(super) fn run(world: &World, sight: &dyn Sight, starts: Starts) -> Run {
    each(world, |asked| {
        best(asked, sight, starts, |zone, forecast, start| {
            Some(forecast.value(start)? * world.zones[zone].pue)
        })
    })
}

#[cfg(test)]
mod tests {
    use super::super::testing::*;
    use super::super::{Options, Rival};
    use super::*;

    #[test]
    fn it_starts_in_the_lowest_slot_though_another_window_is_cleaner() {
        // 50 for an hour and then 400 against 60 twice: only the first hour counts.
        let world = world(&[300.0, 60.0, 60.0, 50.0, 400.0, 400.0], vec![job(0.0, 2.0, 4.0)]);
        assert_eq!(starts(&world, Rival::LowestSlot), [3.0]);
    }

    #[test]
    fn the_latest_start_is_still_a_start_and_a_later_one_is_not() {
        let world = world(
            &[300.0, 200.0, 100.0, 50.0, 50.0],
            vec![job(0.0, 1.0, 2.0), job(0.0, 1.0, 1.9)],
        );
        assert_eq!(starts(&world, Rival::LowestSlot), [2.0, 1.0]);
    }

    #[test]
    fn of_equal_slots_the_earliest_is_taken() {
        // At 1.5 the slot of 1..2 is under way: submission is a start of its own.
        let world = world(
            &[300.0, 100.0, 100.0, 200.0],
            vec![job(0.0, 1.0, 3.0), job(1.5, 1.0, 1.0)],
        );
        assert_eq!(starts(&world, Rival::LowestSlot), [1.0, 1.5]);
    }

    #[test]
    fn hourly_starts_count_from_submission() {
        // Submitted at 0.5: 0.5, 1.5 and 2.5 are considered; the borders 1 and 2 are not.
        let world = world(&[300.0, 200.0, 100.0, 100.0], vec![job(0.5, 1.0, 2.0)]);
        let options = Options {
            starts: Starts::Hourly,
            ..Options::default()
        };
        assert_eq!(starts_with(&world, Rival::LowestSlot, &options), [2.5]);
        assert_eq!(starts(&world, Rival::LowestSlot), [2.0]);
    }

    #[test]
    fn among_zones_the_lowest_slot_of_all_wins_with_its_pue_counted() {
        let mut world = zones(
            &[&[300.0, 100.0, 300.0], &[300.0, 300.0, 90.0]],
            vec![job(0.0, 1.0, 2.0)],
        );
        assert_eq!(places(&world, Rival::LowestSlot), [(Some(1), 2.0)]);
        // 90 x 1.2 = 108 > 100.
        world.zones[1].pue = 1.2;
        assert_eq!(places(&world, Rival::LowestSlot), [(Some(0), 1.0)]);
    }
}
