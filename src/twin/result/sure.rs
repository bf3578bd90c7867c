//! How sure a saving is: the days of a scenario are drawn anew, many times.
//!
//! A circular block bootstrap (Politis and Romano 1992): jobs of one day share its weather, and weather lasts, so that days are
//! drawn in blocks of up to a week.

use super::{Done, Results};
use crate::twin::page::Interval;
use crate::twin::series::Ms;
use crate::twin::world::World;

const DAY: Ms = 86_400_000;
const DRAWS: usize = 1000;
/// Fewer days than this say nothing of others.
const LEAST: usize = 4;

/// The interval of a run's saved share; `None` where its days are too few.
pub(super) fn interval(world: &World, results: &Results, done: &Done) -> Option<Interval> {
    let mut days: Vec<(f64, f64)> = Vec::new();
    let tallies = done.tallies.iter().zip(&results.run_now_tallies);
    for (job, (after, before)) in world.jobs.iter().zip(tallies) {
        let day = usize::try_from(job.submit.div_euclid(DAY)).unwrap_or(0);
        days.resize(days.len().max(day + 1), (0.0, 0.0));
        days[day].0 += after.grams;
        days[day].1 += before.grams;
    }
    if days.len() < LEAST {
        return None;
    }
    let block = (days.len() / LEAST).clamp(1, 7);
    let mut shares = shares(&days, block, world.seed);
    shares.sort_by(f64::total_cmp);
    let draws = shares.len();
    let each = if block == 1 {
        "one day".to_owned()
    } else {
        format!("{block} days in a row")
    };
    Some(Interval {
        low: *shares.get(draws / 40)?,
        high: *shares.get(draws.checked_sub(draws / 40 + 1)?)?,
        how: format!(
            "The {} days of submission were drawn anew {draws} times, {each} at a time: it tells how the saving varies with \
             weather and work, not how well power and intensity are measured.",
            days.len()
        ),
    })
}

/// The saved share of each draw.
fn shares(days: &[(f64, f64)], block: usize, seed: u64) -> Vec<f64> {
    let mut lots = fastrand::Rng::with_seed(seed);
    let mut draw = |_| {
        let (mut after, mut before) = (0.0, 0.0);
        for _ in 0..days.len().div_ceil(block) {
            let first = lots.usize(..days.len());
            for day in (first..first + block).map(|day| days[day % days.len()]) {
                after += day.0;
                before += day.1;
            }
        }
        (before > 0.0).then(|| 1.0 - after / before)
    };
    (0..DRAWS).filter_map(&mut draw).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn days_that_are_all_alike_leave_no_doubt_and_days_that_differ_do() {
        let spread = |days: &[(f64, f64)], block| {
            let shares = shares(days, block, 1);
            let (low, high) = shares
                .iter()
                .fold((f64::INFINITY, f64::NEG_INFINITY), |(low, high), share| {
                    (share.min(low), share.max(high))
                });
            high - low
        };
        assert!(spread(&[(7.0, 10.0); 20], 5) < 1e-12);
        let fronts: Vec<_> = (0..20)
            .map(|day| (if day / 5 % 2 == 0 { 2.0 } else { 9.0 }, 10.0))
            .collect();
        assert!(spread(&fronts, 1) > 0.1);
        let typical = |block| {
            let shares = shares(&fronts, block, 1);
            shares.iter().map(|share| (share - 0.45).powi(2)).sum::<f64>()
        };
        assert!(
            typical(5) > 1.5 * typical(1),
            "weather that lasts is less sure than single days say"
        );
    }
}
