//! Which jobs are yet to come: drawn anew each day, and when the past surprised.

use jiff::Timestamp;

use super::history::{History, HourIndex, hour_of};
use super::phantoms::{Sampling, draw};
use super::pool::Pool;
use super::reserve::Scatter;
use crate::planner::{Demand, Snapshot};

/// Hours that must have been watched before anything is drawn: a whole day.
const ENOUGH: usize = 24;
/// Phantoms are drawn for this many hours more than the horizon, and stay as they are for as long.
const AHEAD: HourIndex = 24;
/// They are drawn anew where the jobs that came since differ from those expected by this share ...
const SURPRISE: f64 = 0.25;
/// ... and by this many standard deviations of a Poisson count.
const DEVIATIONS: f64 = 3.0;

/// The arrival model: the submissions of the last four weeks, and the phantoms drawn from them.
#[derive(Clone, Debug, Default)]
pub struct Arrivals {
    history: History,
    drawn: Option<Drawn>,
}

#[derive(Clone, Debug)]
struct Drawn {
    sampling: Sampling,
    /// The hour in which they were drawn.
    first: HourIndex,
    /// The jobs expected in each hour from `first` on.
    expected: Vec<f64>,
    /// By submission.
    phantoms: Vec<Demand>,
    /// How the work of a day scatters.
    scatter: Scatter,
}

impl Arrivals {
    /// A job was submitted: tell each once, as it was planned when it was first seen.
    pub fn submitted(&mut self, demand: &Demand) {
        self.history.add(demand);
    }

    /// Jobs that may well come after `now` and within the horizon, by submission. None until a whole day has been watched.
    ///
    /// They stay the same from call to call, but for those whose time has come, until a day has passed or the jobs that came
    /// surprised.
    pub fn phantoms(&mut self, now: Timestamp, sampling: &Sampling) -> &[Demand] {
        let end = now.saturating_add(sampling.horizon).unwrap_or(Timestamp::MAX);
        if !self.still_holds(now, end, sampling) {
            self.drawn = self.draw(now, end, sampling);
        }
        let phantoms = self.drawn.as_ref().map_or(&[][..], |drawn| &drawn.phantoms);
        let before = |instant: Timestamp| phantoms.partition_point(|phantom| phantom.submitted <= instant);
        &phantoms[before(now)..before(end).max(before(now))]
    }

    /// Light phantoms that keep room beside those of the snapshot, for the case that more work comes than is expected.
    pub fn reserve(&self, snapshot: &Snapshot) -> Vec<Demand> {
        let drawn = self.drawn.as_ref();
        drawn.map_or_else(Vec::new, |drawn| drawn.scatter.reserve(snapshot))
    }

    fn still_holds(&self, now: Timestamp, end: Timestamp, sampling: &Sampling) -> bool {
        let Some(drawn) = &self.drawn else { return false };
        let last = drawn.first + drawn.expected.len() as HourIndex;
        drawn.sampling == *sampling
            && (drawn.first..=drawn.first + AHEAD).contains(&hour_of(now))
            && hour_of(end) < last
            && !self.surprises(drawn, now)
    }

    /// Whether the jobs that came in the hours in full since the draw differ from those expected.
    fn surprises(&self, drawn: &Drawn, now: Timestamp) -> bool {
        let passed = drawn.first + 1..hour_of(now);
        let came: usize = passed.clone().map(|hour| self.history.count(hour)).sum();
        let expected: f64 = drawn.expected.iter().skip(1).take(passed.count()).sum();
        let apart = (came as f64 - expected).abs();
        apart > SURPRISE * expected && apart > DEVIATIONS * expected.max(1.0).sqrt()
    }

    /// `None` until enough has been watched.
    fn draw(&self, now: Timestamp, end: Timestamp, sampling: &Sampling) -> Option<Drawn> {
        let first = hour_of(now);
        if self.history.watched(first).count() < ENOUGH {
            return None;
        }
        let hours = first..=hour_of(end) + AHEAD;
        let mut pool = Pool::of(&self.history, first);
        let scatter = Scatter::of(&pool);
        let expected: Vec<f64> = hours.clone().map(|hour| pool.expected(hour)).collect();
        let jobs: f64 = expected.iter().take((hour_of(end) - first + 1) as usize).sum();
        pool.even_out(jobs, sampling.most);
        let drawn = hours.zip(&expected);
        let mut phantoms: Vec<Demand> = drawn
            .flat_map(|(hour, expected)| draw(&pool, hour, *expected, sampling))
            .collect();
        phantoms.sort_by(|a, b| (a.submitted, &a.job).cmp(&(b.submitted, &b.job)));
        Some(Drawn {
            sampling: *sampling,
            first,
            expected,
            phantoms,
            scatter,
        })
    }
}

#[cfg(test)]
mod tests {
    use jiff::SignedDuration;

    use super::super::testing::{at, demand};
    use super::*;

    const DAY: i64 = 1440;

    /// So many days from a Monday on: six jobs in each hour of the working day, one at midnight.
    fn taught(days: i64) -> Arrivals {
        let mut arrivals = Arrivals::default();
        for day in 0..days {
            arrivals.submitted(&demand(day * DAY, 20, 120));
            for minute in (9 * 60..17 * 60).step_by(10) {
                arrivals.submitted(&demand(day * DAY + minute, 1 + minute % 7, 30));
            }
        }
        arrivals
    }

    fn core_hours(phantoms: &[Demand]) -> f64 {
        let core_hours = |demand: &Demand| demand.request.cpu_milli as f64 / 1e3 * demand.length.expected.as_secs_f64();
        phantoms.iter().map(core_hours).sum::<f64>() / 3600.0
    }

    #[test]
    fn without_a_day_of_history_nothing_is_expected() {
        let mut arrivals = Arrivals::default();
        assert!(arrivals.phantoms(at(0), &Sampling::default()).is_empty());
        let mut arrivals = taught(1);
        assert!(arrivals.phantoms(at(17 * 60), &Sampling::default()).is_empty());
        assert!(!arrivals.phantoms(at(2 * DAY), &Sampling::default()).is_empty());
    }

    #[test]
    fn tomorrow_is_as_the_days_before_hour_by_hour() {
        let mut arrivals = taught(14);
        let now = at(14 * DAY);
        let phantoms = arrivals.phantoms(now, &Sampling::default()).to_vec();
        assert!(phantoms.iter().all(|phantom| phantom.submitted > now));
        assert!((45..56).contains(&phantoms.len()), "{}", phantoms.len());
        let at_night = phantoms
            .iter()
            .filter(|phantom| !(9..17).contains(&(hour_of(phantom.submitted) % 24)));
        assert!(at_night.count() < 12);
        let first = &phantoms[0];
        assert_eq!(
            first.latest_start.duration_since(first.submitted),
            SignedDuration::from_hours(6)
        );
        assert_eq!(
            (first.stage.clone(), first.published.clone()),
            (crate::planner::Stage::Held, None)
        );
    }

    #[test]
    fn they_do_not_change_within_a_day_but_for_those_whose_time_has_come() {
        let mut arrivals = taught(14);
        let sampling = Sampling {
            horizon: SignedDuration::from_hours(12),
            ..Sampling::default()
        };
        let before = arrivals.phantoms(at(14 * DAY), &sampling).to_vec();
        for minute in (9 * 60..10 * 60).step_by(10) {
            arrivals.submitted(&demand(14 * DAY + minute, 3, 30));
        }
        let now = at(14 * DAY + 10 * 60 + 5);
        let after = arrivals.phantoms(now, &sampling).to_vec();
        let left: Vec<_> = before.into_iter().filter(|phantom| phantom.submitted > now).collect();
        assert!(!left.is_empty());
        assert_eq!(after[..left.len()], left);
        assert!(after.len() > left.len(), "the horizon moves on");
    }

    #[test]
    fn a_surprise_and_another_day_draw_anew() {
        let sampling = Sampling::default();
        let mut arrivals = taught(14);
        let before = arrivals.phantoms(at(14 * DAY + 8 * 60), &sampling).len();
        for minute in 0..60 {
            arrivals.submitted(&demand(14 * DAY + 9 * 60 + minute, 3, 30));
        }
        let first = |arrivals: &Arrivals| arrivals.drawn.as_ref().unwrap().first;
        let drawn = first(&arrivals);
        assert!(arrivals.phantoms(at(14 * DAY + 10 * 60), &sampling).len() > before);
        assert!(first(&arrivals) > drawn);
        let drawn = first(&arrivals);
        arrivals.phantoms(at(15 * DAY + 12 * 60), &sampling);
        assert!(first(&arrivals) > drawn);
    }

    #[test]
    fn the_same_seed_draws_the_same_and_another_seed_another_scenario() {
        let draw = |seed| {
            let sampling = Sampling {
                seed,
                ..Sampling::default()
            };
            taught(14).phantoms(at(14 * DAY), &sampling).to_vec()
        };
        assert_eq!(draw(1), draw(1));
        assert_ne!(draw(1), draw(2));
    }

    #[test]
    fn fewer_phantoms_hold_as_much_work() {
        let draw = |most| {
            let sampling = Sampling {
                most,
                horizon: SignedDuration::from_hours(7 * 24),
                ..Sampling::default()
            };
            taught(28).phantoms(at(28 * DAY), &sampling).to_vec()
        };
        let (all, few) = (draw(1000), draw(70));
        assert!(few.len() < 105 && all.len() > 320, "{} and {}", few.len(), all.len());
        let ratio = core_hours(&few) / core_hours(&all);
        assert!((ratio - 1.0).abs() < 0.15, "{ratio}");
        assert!(
            few.iter().all(|phantom| phantom.request.cpu_milli <= 20_000),
            "none wider than any that came"
        );
        let names: std::collections::BTreeSet<_> = few.iter().map(|phantom| &phantom.job).collect();
        assert_eq!(names.len(), few.len());
    }

    #[test]
    fn a_giant_is_expected_on_every_day_in_part_and_on_no_day_in_full() {
        let mut arrivals = taught(14);
        let mut giant = demand(12 * DAY + 600, 600, 40);
        giant.job.name = "giant".into();
        arrivals.submitted(&giant);
        let without = core_hours(taught(14).phantoms(at(14 * DAY), &Sampling::default()));
        let phantoms = arrivals.phantoms(at(14 * DAY), &Sampling::default());
        let more = core_hours(phantoms) - without;
        assert!(
            (10.0..60.0).contains(&more),
            "{more} of 400 core hours, once in 14 days"
        );
        assert!(phantoms.iter().all(|phantom| phantom.request.cpu_milli <= 60_000));
    }
}
