//! Carbon-Time (GAIA, as [`super::lowest_slot`]): starts where the grams saved per time from submission to completion are
//! most: the greatest `(C(0, E) - C(s, E)) / (s + E)` over the starts `s`, with `E` the expected length and `C` the grams of a
//! run of `E`.

use super::asked::Asked;
use super::queue::each;
use super::starts::{Starts, best};
use crate::twin::outcome::Run;
use crate::twin::series::{HOUR, Ms};
use crate::twin::sight::Sight;
use crate::twin::world::World;

/// What it would have made of a world.
pub(super) fn run(world: &World, sight: &dyn Sight, starts: Starts) -> Run {
    each(world, |asked| {
        let Some(length) = asked.length.map(|length| length.expected) else {
            return asked.at_once();
        };
        let Some(now) = grams_now(asked, sight, length) else {
            return asked.at_once();
        };
        best(asked, sight, starts, |zone, forecast, start| {
            let grams = forecast.integral(start, start + length)? * world.zones[zone].pue;
            let completion = (start - asked.ready + length) as f64 / HOUR;
            Some(if completion > 0.0 {
                (grams - now) / completion
            } else {
                0.0
            })
        })
    })
}

/// The grams of 1 kW run at once: at home, or the mean of its zones where it is spread over them.
fn grams_now(asked: &Asked<'_>, sight: &dyn Sight, length: Ms) -> Option<f64> {
    let zones = asked.home().map_or_else(|| asked.job.zones.clone(), |home| vec![home]);
    let grams = |zone: &usize| {
        let forecast = sight.forecast(*zone, asked.ready);
        Some(forecast.integral(asked.ready, asked.ready + length)? * asked.world.zones[*zone].pue)
    };
    Some(zones.iter().map(grams).sum::<Option<f64>>()? / zones.len() as f64)
}

#[cfg(test)]
mod tests {
    use super::super::Rival;
    use super::super::testing::*;
    use crate::twin::world::Home;

    #[test]
    fn a_small_saving_soon_beats_a_greater_one_late() {
        // One hour. At 1: (300 - 200) / 2 = 50; at 3: (300 - 120) / 4 = 45; Lowest-Window would take 3.
        let world = world(&[300.0, 200.0, 250.0, 120.0], vec![job(0.0, 1.0, 3.0)]);
        assert_eq!(starts(&world, Rival::CarbonTime), [1.0]);
        assert_eq!(starts(&world, Rival::LowestWindow), [3.0]);
    }

    #[test]
    fn a_great_saving_late_is_worth_the_wait() {
        // At 1: 100 / 2 = 50; at 3: (300 - 80) / 4 = 55.
        let world = world(&[300.0, 200.0, 250.0, 80.0], vec![job(0.0, 1.0, 3.0)]);
        assert_eq!(starts(&world, Rival::CarbonTime), [3.0]);
    }

    #[test]
    fn where_nothing_is_saved_it_starts_at_once() {
        let world = world(&[100.0, 200.0, 100.0, 300.0], vec![job(0.0, 1.0, 3.0)]);
        assert_eq!(starts(&world, Rival::CarbonTime), [0.0]);
    }

    #[test]
    fn the_wait_counts_from_submission() {
        // Submitted at 0.5, one hour. C(0) = 150 + 100 = 250; at 1: (250 - 200) / 1.5 = 33.3; at 3: (250 - 120) / 3.5 = 37.1.
        let world = world(&[300.0, 200.0, 250.0, 120.0], vec![job(0.5, 1.0, 3.0)]);
        assert_eq!(starts(&world, Rival::CarbonTime), [3.0]);
    }

    #[test]
    fn another_zone_saves_against_home_or_against_the_mean_of_all() {
        // Home 300 at once; zone 1 at once saves 100 per 1 h, at 1 h (300 - 90) / 2 = 105.
        let mut world = zones(&[&[300.0, 300.0], &[200.0, 90.0]], vec![job(0.0, 1.0, 1.0)]);
        assert_eq!(places(&world, Rival::CarbonTime), [(Some(1), 1.0)]);
        // Against a mean of 250: 50 at once, (250 - 90) / 2 = 80; with 160 instead of 90: 50 against 45.
        world.jobs[0].home = Home::Spread;
        assert_eq!(places(&world, Rival::CarbonTime), [(Some(1), 1.0)]);
        world.zones[1] = zone(&[200.0, 160.0]);
        assert_eq!(places(&world, Rival::CarbonTime), [(Some(1), 0.0)]);
    }
}
