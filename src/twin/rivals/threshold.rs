//! The threshold policy (Souza et al., "Ecovisor: A Virtual Energy System for Carbon-Efficient Applications", ASPLOS 2023, with
//! the threshold that GAIA's comparison gives it): runs while the intensity is strictly below the 30th percentile of the 24 h
//! after submission, pauses while it is not, and once its waiting is used up runs on to its end. It needs no length.

use std::sync::Arc;

use super::asked::Asked;
use super::pieces::{Track, slots};
use super::queue::each;
use crate::twin::outcome::{Outcome, Run};
use crate::twin::series::{Ms, Series};
use crate::twin::sight::Sight;
use crate::twin::world::World;

const DAY: Ms = 86_400_000;

/// What it would have made of a world.
pub(super) fn run(world: &World, sight: &dyn Sight) -> Run {
    let mut now = Now::of(world, sight);
    each(world, |asked| {
        let mut chosen: Option<(f64, usize, Arc<Series>, f64)> = None;
        for (zone, _) in asked.zones() {
            let forecast = sight.forecast(zone, asked.ready);
            let Some(limit) = percentile(&forecast, asked.ready) else {
                continue;
            };
            let rank = limit * world.zones[zone].pue;
            if chosen.as_ref().is_none_or(|chosen| rank < chosen.0) {
                chosen = Some((rank, zone, forecast, limit));
            }
        }
        match chosen {
            Some((_, zone, forecast, limit)) => follow(asked, zone, limit, &forecast, &mut now),
            None => asked.at_once(),
        }
    })
}

/// The least value at or below which 30 % of the time in the day from `from` on lies, or of what is known of it.
fn percentile(forecast: &Series, from: Ms) -> Option<f64> {
    let slots = slots(forecast, from, from.saturating_add(DAY));
    let mut rows: Vec<(f64, Ms)> = slots.iter().map(|slot| (slot.value, slot.end - slot.start)).collect();
    rows.sort_by(|a, b| a.0.total_cmp(&b.0));
    let all: Ms = rows.iter().map(|row| row.1).sum();
    let mut so_far = 0;
    let reached = rows.iter().find(|row| {
        so_far += row.1;
        10 * so_far >= 3 * all
    });
    reached.map(|row| row.0)
}

/// What the job does, from one row border to the next.
fn follow(asked: &Asked<'_>, zone: usize, limit: f64, forecast: &Series, now: &mut Now<'_>) -> Outcome {
    let Some(latest) = asked.latest(zone) else {
        return asked.at_once();
    };
    let mut waiting = latest - asked.ready;
    let mut track = Track::of(asked, zone);
    let mut seen = forecast.value(asked.ready);
    while track.left() > 0 {
        let at = track.at();
        let next = now.next_border(zone, at);
        // What is not known any more is no reason to wait.
        let below = seen.is_none_or(|value| value < limit);
        if waiting <= 0 || track.must_go_through() {
            track.run_on();
        } else if below {
            track.run(next, 0);
        } else {
            track.run_until_it_may_pause(next);
            let wait = waiting.min(next - track.at());
            track.wait(wait);
            waiting -= wait;
        }
        seen = now.value(zone, track.at());
    }
    track.outcome()
}

/// The intensity as it is seen while it holds: asked for once a row.
struct Now<'a> {
    world: &'a World,
    sight: &'a dyn Sight,
    /// By zone and row: asked for, and then a value or unknown.
    rows: Vec<Vec<(bool, Option<f64>)>>,
}

impl<'a> Now<'a> {
    fn of(world: &'a World, sight: &'a dyn Sight) -> Self {
        let rows = world
            .zones
            .iter()
            .map(|zone| vec![(false, None); zone.intensity.borders().len()]);
        Self {
            world,
            sight,
            rows: rows.collect(),
        }
    }

    fn borders(&self, zone: usize) -> &'a [Ms] {
        self.world.zones[zone].intensity.borders()
    }

    /// The first border after an instant.
    fn next_border(&self, zone: usize, at: Ms) -> Ms {
        let borders = self.borders(zone);
        borders
            .get(borders.partition_point(|border| *border <= at))
            .copied()
            .unwrap_or(Ms::MAX)
    }

    /// The value of the row that holds an instant, as seen at its start.
    fn value(&mut self, zone: usize, at: Ms) -> Option<f64> {
        let row = self
            .borders(zone)
            .partition_point(|border| *border <= at)
            .checked_sub(1)?;
        let border = self.borders(zone)[row];
        let (asked, value) = &mut self.rows[zone][row];
        if !*asked {
            (*asked, *value) = (true, self.sight.forecast(zone, border).value(border));
        }
        *value
    }
}

#[cfg(test)]
mod tests {
    use super::super::Rival;
    use super::super::testing::*;
    use super::*;
    use crate::planner::Pausing;
    use crate::twin::world::Job;
    use jiff::SignedDuration;

    /// 24 hours: 7 at 100 (from 4 to 7 and from 10 to 14), one at 200 (at 8), the others at 300.
    fn day() -> Vec<f64> {
        let value = |hour| match hour {
            4 | 5 | 6 | 10..14 => 100.0,
            8 => 200.0,
            _ => 300.0,
        };
        (0..24).map(value).chain([300.0; 24]).collect()
    }

    #[test]
    fn the_percentile_is_the_least_value_at_or_below_which_its_share_of_the_time_lies() {
        // 30 % of 24 h are 7.2 h: 7 h at 100 are not enough, 8 h at or below 200 are.
        assert_eq!(percentile(&zone(&day()).intensity, 0), Some(200.0));
        // From 0.8 on the day ends at 24.8: still 7 h at 100.
        assert_eq!(percentile(&zone(&day()).intensity, hours(0.8)), Some(200.0));
        // Of ten hours, three at 1: just enough.
        let ten = [1.0, 2.0, 1.0, 3.0, 3.0, 3.0, 1.0, 3.0, 3.0, 3.0];
        assert_eq!(percentile(&zone(&ten).intensity, 0), Some(1.0));
        // From 0.1 on 2.9 of 9.9 h are at 1, and 2.97 are needed.
        assert_eq!(percentile(&zone(&ten).intensity, hours(0.1)), Some(2.0));
    }

    #[test]
    fn a_job_that_may_pause_runs_strictly_below_the_threshold_and_pauses_at_it() {
        // Threshold 200: runs 4..7, not at 8, then from 10.
        let world = world(&day(), vec![pausable(job(0.0, 5.0, 24.0))]);
        assert_eq!(all_spans(&world, Rival::Threshold), [[(4.0, 7.0), (10.0, 12.0)]]);
    }

    #[test]
    fn a_job_that_may_not_pause_waits_once_and_runs_through() {
        let world = world(&day(), vec![job(0.0, 5.0, 24.0)]);
        assert_eq!(all_spans(&world, Rival::Threshold), [[(4.0, 9.0)]]);
    }

    #[test]
    fn once_the_waiting_is_used_up_it_runs_on_to_its_end() {
        // 4 h of waiting are used up before 4, 1.5 h more by 8.5.
        let world = world(
            &day(),
            vec![pausable(job(0.0, 5.0, 5.5)), pausable(job(0.0, 2.0, 2.25))],
        );
        assert_eq!(all_spans(&world, Rival::Threshold)[0], [(4.0, 7.0), (8.5, 10.5)]);
        assert_eq!(all_spans(&world, Rival::Threshold)[1], [(2.25, 4.25)]);
    }

    #[test]
    fn it_is_not_paused_before_its_minimum_run_nor_more_often_than_it_may() {
        let with = |minimum_run: f64, most| Job {
            pausing: Some(Pausing {
                minimum_run: SignedDuration::from_millis(hours(minimum_run)),
                most,
                ..Pausing::default()
            }),
            ..job(0.0, 6.0, 24.0)
        };
        let world = world(&day(), vec![with(3.5, 9), with(0.0, 1), with(0.0, 0)]);
        let spans = all_spans(&world, Rival::Threshold);
        assert_eq!(spans[0], [(4.0, 7.5), (10.0, 12.5)]);
        assert_eq!(spans[1], [(4.0, 7.0), (10.0, 13.0)]);
        assert_eq!(spans[2], [(4.0, 10.0)]);
    }

    #[test]
    fn among_zones_the_one_with_the_lowest_threshold_takes_it() {
        let lower: Vec<f64> = day().iter().map(|value| value - 50.0).collect();
        let world = zones(&[&day(), &lower], vec![job(0.0, 1.0, 24.0)]);
        assert_eq!(places(&world, Rival::Threshold), [(Some(1), 4.0)]);
    }
}
