//! Let's Wait Awhile (Wiesner et al., "Let's Wait Awhile: How Temporal Workload Shifting Can Reduce Carbon Emissions in the
//! Cloud", Middleware 2021): a job that may be paused runs in the cheapest slots of its window, any other in its cleanest
//! unbroken one. It always knows the length, and does not see what a resume costs.

use std::sync::Arc;

use super::asked::Asked;
use super::pieces::{Piece, Track, slots};
use super::queue::each;
use super::starts::{Starts, best, is_equal};
use crate::twin::outcome::{Outcome, Run};
use crate::twin::series::{HOUR, Ms, Series};
use crate::twin::sight::Sight;
use crate::twin::world::World;

/// What it would have made of a world.
pub(super) fn run(world: &World, sight: &dyn Sight) -> Run {
    each(world, |asked| {
        let asked = asked.certain();
        if asked.job.pausing.is_some() {
            return cheapest_slots(&asked, sight);
        }
        best(&asked, sight, Starts::Any, |zone, forecast, start| {
            Some(forecast.integral(start, start + asked.job.length)? * world.zones[zone].pue)
        })
    })
}

/// Runs in the cheapest slots of the zone in which these are cheapest.
fn cheapest_slots(asked: &Asked<'_>, sight: &dyn Sight) -> Outcome {
    let mut plans: Vec<(f64, usize, Vec<Piece>)> = Vec::new();
    for (zone, latest) in asked.zones() {
        let forecast: Arc<Series> = sight.forecast(zone, asked.ready);
        if let Some((grams, pieces)) = plan(&forecast, asked.ready, latest, asked.job.length) {
            plans.push((grams * asked.world.zones[zone].pue, zone, pieces));
        }
    }
    let least = plans.iter().map(|plan| plan.0).fold(f64::INFINITY, f64::min);
    let equal = plans.iter().filter(|plan| is_equal(plan.0, least));
    match equal.min_by_key(|plan| plan.2.first().map(|piece| piece.start)) {
        Some((_, zone, pieces)) => Track::of(asked, *zone).follow(pieces, None),
        None => asked.at_once(),
    }
}

/// The cheapest slots by intensity, then time, until the work is done; of the last one the earliest part. Slots are the rows,
/// cut at both ends of the window. With their grams at 1 kW.
fn plan(forecast: &Series, ready: Ms, latest: Ms, length: Ms) -> Option<(f64, Vec<Piece>)> {
    let mut slots = slots(forecast, ready, latest.saturating_add(length));
    slots.sort_by(|a, b| a.value.total_cmp(&b.value).then(a.start.cmp(&b.start)));
    let (mut left, mut grams, mut pieces) = (length, 0.0, Vec::new());
    for slot in slots {
        let run = left.min(slot.end - slot.start);
        if run == 0 {
            break;
        }
        left -= run;
        grams += slot.value * run as f64 / HOUR;
        pieces.push(Piece {
            start: slot.start,
            end: slot.start + run,
            step: 0,
        });
    }
    pieces.sort_by_key(|piece| piece.start);
    (left == 0).then_some((grams, pieces))
}

#[cfg(test)]
mod tests {
    use super::super::Rival;
    use super::super::testing::*;
    use crate::planner::Pausing;
    use crate::twin::world::{Job, Lengths};
    use jiff::SignedDuration;

    #[test]
    fn a_job_that_may_pause_runs_in_its_cheapest_slots() {
        // Three of 0..6: 50, 100 and 120, by intensity.
        let world = world(
            &[300.0, 100.0, 200.0, 50.0, 250.0, 120.0, 10.0],
            vec![pausable(job(0.0, 3.0, 3.0))],
        );
        assert_eq!(
            all_spans(&world, Rival::WaitAwhile),
            [[(1.0, 2.0), (3.0, 4.0), (5.0, 6.0)]]
        );
    }

    #[test]
    fn of_the_last_slot_it_takes_the_earliest_part_and_slots_that_touch_are_one_run() {
        // 1.5 h: all of 50, half of 100. Submitted at 0.25 with length 1 and 0.75 of waiting, the window is 0.25..2.
        let jobs = vec![
            pausable(job(0.0, 1.5, 3.0)),
            pausable(job(0.25, 1.0, 0.75)),
            pausable(job(2.0, 2.0, 1.0)),
        ];
        let world = world(&[100.0, 300.0, 200.0, 50.0, 210.0], jobs);
        let spans = all_spans(&world, Rival::WaitAwhile);
        assert_eq!(spans[0], [(0.0, 0.5), (3.0, 4.0)]);
        assert_eq!(spans[1], [(0.25, 1.25)]);
        assert_eq!(spans[2], [(2.0, 4.0)]);
    }

    #[test]
    fn a_job_that_may_not_pause_takes_its_cleanest_unbroken_window() {
        // Two hours: 400, 300, 250, 300.
        let world = world(&[300.0, 100.0, 200.0, 50.0, 250.0], vec![job(0.0, 2.0, 3.0)]);
        assert_eq!(all_spans(&world, Rival::WaitAwhile), [[(2.0, 4.0)]]);
    }

    #[test]
    fn it_knows_the_length_even_where_lengths_are_learned() {
        let mut world = world(
            &[300.0, 100.0, 200.0, 50.0],
            vec![job(0.0, 1.0, 3.0), pausable(job(0.0, 2.0, 2.0))],
        );
        world.lengths = Lengths::Learned;
        assert_eq!(
            all_spans(&world, Rival::WaitAwhile),
            [vec![(3.0, 4.0)], vec![(1.0, 2.0), (3.0, 4.0)]]
        );
    }

    #[test]
    fn where_a_pause_is_not_allowed_it_runs_on() {
        let with = |minimum_run: f64, most| Job {
            pausing: Some(Pausing {
                minimum_run: SignedDuration::from_millis(hours(minimum_run)),
                most,
                ..Pausing::default()
            }),
            ..job(0.0, 3.0, 3.0)
        };
        let world = world(
            &[300.0, 100.0, 200.0, 50.0, 250.0, 120.0],
            vec![with(1.5, 9), with(0.0, 1)],
        );
        let spans = all_spans(&world, Rival::WaitAwhile);
        // Half an hour more before it may pause, and again; what is left of 120 is nothing.
        assert_eq!(spans[0], [(1.0, 2.5), (3.0, 4.5)]);
        // One pause only: on through the hour at 250.
        assert_eq!(spans[1], [(1.0, 2.0), (3.0, 5.0)]);
    }

    #[test]
    fn among_zones_the_cheapest_slots_of_one_zone_win() {
        // Two hours: 50 + 200 against 120 + 120; one of each is not looked at.
        let world = zones(
            &[&[300.0, 200.0, 50.0], &[120.0, 300.0, 120.0]],
            vec![pausable(job(0.0, 2.0, 1.0))],
        );
        assert_eq!(places(&world, Rival::WaitAwhile), [(Some(1), 0.0)]);
    }
}
