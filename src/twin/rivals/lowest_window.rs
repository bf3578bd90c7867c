//! Lowest-Window (GAIA, as [`super::lowest_slot`]): starts so that the run of the expected length emits least.

use super::queue::each;
use super::starts::{Starts, best};
use crate::twin::outcome::Run;
use crate::twin::sight::Sight;
use crate::twin::world::World;

/// What it would have made of a world.
pub(super) fn run(world: &World, sight: &dyn Sight, starts: Starts) -> Run {
    each(world, |asked| match asked.length {
        None => asked.at_once(),
        Some(length) => best(asked, sight, starts, |zone, forecast, start| {
            Some(forecast.integral(start, start + length.expected)? * world.zones[zone].pue)
        }),
    })
}

#[cfg(test)]
mod tests {
    use super::super::testing::*;
    use super::super::{Options, Rival};
    use super::*;
    use crate::twin::world::Lengths;

    #[test]
    fn it_starts_where_the_whole_run_is_cleanest() {
        // Two hours from 0..4: 360, 120, 110, 450, 800.
        let world = world(&[300.0, 60.0, 60.0, 50.0, 400.0, 400.0], vec![job(0.0, 2.0, 4.0)]);
        assert_eq!(starts(&world, Rival::LowestWindow), [2.0]);
    }

    #[test]
    fn only_submission_and_row_borders_are_starts() {
        // 1.5 h from 0: 150, from 1: 105, from 2: 310, from 3: 1050. From 1.5 on it would be 50 + 10, but 1.5 is no border.
        let world = world(&[100.0, 100.0, 10.0, 600.0, 900.0], vec![job(0.0, 1.5, 3.0)]);
        assert_eq!(starts(&world, Rival::LowestWindow), [1.0]);
    }

    #[test]
    fn it_plans_with_the_mean_of_the_class_and_runs_as_long_as_the_job_is() {
        // Lengths 1 h and 3 h, mean 2 h. Two hours from 0..3: 300, 150, 260, 480.
        let mut world = world(
            &[200.0, 100.0, 50.0, 210.0, 270.0, 270.0, 270.0],
            vec![job(0.0, 1.0, 3.0), job(0.0, 3.0, 3.0)],
        );
        world.lengths = Lengths::Mean;
        let run = run(&world, &sight(&world), Starts::Any);
        assert_eq!(spans(&run.outcomes[0]), [(1.0, 2.0)]);
        assert_eq!(spans(&run.outcomes[1]), [(1.0, 4.0)]);
        // With the lengths known the short one takes the one cheapest hour; three hours from 0..3: 350, 360, 530, 750.
        world.lengths = Lengths::Known;
        assert_eq!(starts(&world, Rival::LowestWindow), [2.0, 0.0]);
    }

    #[test]
    fn with_no_length_known_a_job_runs_at_once_and_teaches_the_next() {
        // The first job ends at 1: at 0.5 nothing is known, at 1 a mean of 1 h.
        let jobs = vec![job(0.0, 1.0, 3.0), job(0.5, 1.0, 3.0), job(1.0, 1.0, 3.0)];
        let mut world = world(&[300.0, 300.0, 300.0, 100.0, 300.0, 300.0], jobs);
        world.lengths = Lengths::Learned;
        assert_eq!(starts(&world, Rival::LowestWindow), [0.0, 0.5, 3.0]);
    }

    #[test]
    fn a_window_ends_where_the_series_ends() {
        // The last hour is the cheapest, but the mean of 2 h does not fit in it; that one job takes 3 h nobody knows.
        let mut world = world(
            &[300.0, 200.0, 200.0, 10.0],
            vec![job(0.0, 1.0, 9.0), job(0.0, 3.0, 9.0)],
        );
        world.lengths = Lengths::Mean;
        assert_eq!(starts(&world, Rival::LowestWindow), [2.0, 2.0]);
        world.lengths = Lengths::Known;
        assert_eq!(starts(&world, Rival::LowestWindow), [3.0, 1.0]);
    }

    #[test]
    fn hourly_starts_are_whole_hours_after_submission() {
        // One hour from 0.5: 250, from 1.5: 150, from 2.5: 250.
        let world = world(&[300.0, 200.0, 100.0, 400.0], vec![job(0.5, 1.0, 2.0)]);
        let options = Options {
            starts: Starts::Hourly,
            ..Options::default()
        };
        assert_eq!(starts_with(&world, Rival::LowestWindow, &options), [1.5]);
    }

    #[test]
    fn a_deadline_binds_as_the_longest_wait_does() {
        let mut late = job(0.0, 1.0, 9.0);
        late.finish_by = Some(hours(2.5));
        let world = world(&[300.0, 200.0, 100.0, 50.0], vec![late]);
        // The latest start is 1.5; of 0 and 1 the later one is cleaner.
        assert_eq!(starts(&world, Rival::LowestWindow), [1.0]);
    }

    #[test]
    fn waiting_counts_from_the_end_of_the_job_before() {
        let mut second = job(0.0, 1.0, 1.0);
        second.after = Some(0);
        let world = world(
            &[300.0, 300.0, 100.0, 90.0, 80.0, 70.0],
            vec![job(0.0, 1.0, 2.0), second],
        );
        // The first ends at 3; the second may start at 3 or 4, not at 5.
        assert_eq!(starts(&world, Rival::LowestWindow), [2.0, 4.0]);
    }
}
