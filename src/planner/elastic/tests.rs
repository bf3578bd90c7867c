//! Against all plans on whole hours, against the dual, and against plans worked out by hand.

mod by_hand;
mod instance;

use jiff::SignedDuration;

use super::super::grid::{HOUR, nanos};
use super::*;
use instance::Instance;

/// Checks a plan by itself: nothing of what the solver believes is used. What it costs.
fn judged(instance: &Instance, pieces: &[Piece]) -> f64 {
    let (mut cost, mut work, mut ran) = (0.0, 0.0, 0);
    let (mut pauses, mut before) = (0, None);
    let pausing = instance.pausing;
    let resume = |pausing: Pausing| pausing.resume_cost.as_secs_f64() / 3600.0;
    for piece in pieces {
        assert!(piece.start >= 0 && piece.start < piece.end, "{instance:?} {pieces:?}");
        assert!(
            piece.end <= *instance.borders.last().unwrap(),
            "{instance:?} {pieces:?}"
        );
        let row = instance
            .borders
            .iter()
            .rposition(|border| *border <= piece.start)
            .unwrap();
        let power = instance.steps[piece.step].power;
        match (before, instance.standing) {
            (None, Standing::Running(..)) if piece.start == 0 => {}
            (None, Standing::Fresh) => {}
            (None, Standing::Paused(_)) => cost += resume(pausing.unwrap()) * power * instance.energy[row],
            (Some(end), _) if end == piece.start => {}
            _ => {
                let pausing = pausing.expect("no pause where none is allowed");
                let lasted = if let (None, Standing::Running(_, lasted)) = (before, instance.standing) {
                    lasted
                } else {
                    ran
                };
                assert!(lasted >= nanos(pausing.minimum_run), "{instance:?} {pieces:?}");
                pauses += 1;
                assert!(pauses <= pausing.most, "{instance:?} {pieces:?}");
                cost += resume(pausing) * power * instance.energy[row];
                ran = 0;
            }
        }
        if let (None, Standing::Running(_, lasted), 0) = (before, instance.standing, piece.start) {
            ran = lasted;
        }
        for (row, rate) in instance.rates[piece.step].iter().enumerate() {
            let time = instance.borders[row + 1].min(piece.end) - instance.borders[row].max(piece.start);
            if time > 0 {
                cost += rate * in_hours(time);
            }
        }
        work += instance.steps[piece.step].throughput * in_hours(piece.end - piece.start);
        ran += piece.end - piece.start;
        before = Some(piece.end);
    }
    assert!(
        (work - in_hours(instance.length)).abs() < 1e-8,
        "{instance:?} {pieces:?}: {work}"
    );
    cost + instance.per_hour * in_hours(pieces[pieces.len() - 1].end - instance.length)
}

/// Solves and judges an instance.
fn solve(instance: &Instance) -> Option<f64> {
    let widths = instance.widths();
    let (cost, pieces) = best(
        &widths,
        instance.length,
        instance.standing,
        0,
        instance.pausing.as_ref(),
    )?;
    let judged = judged(instance, &pieces);
    assert!(
        (cost - judged).abs() < 1e-8,
        "{instance:?} {pieces:?} costs {judged}, not {cost}"
    );
    let touch = pieces
        .windows(2)
        .any(|pair| pair[0].end == pair[1].start && pair[0].step == pair[1].step);
    assert!(!touch, "{pieces:?}");
    Some(cost)
}

/// Both are infinite where there is no plan.
#[track_caller]
fn assert_equal(instance: &Instance, cost: Option<f64>, expected: f64) {
    let cost = cost.unwrap_or(f64::INFINITY);
    assert!(
        cost == expected || (cost - expected).abs() < 1e-6,
        "{instance:?} costs {cost}, not {expected}"
    );
}

/// Plans many jobs that have not started and may be paused like this: each plan costs what the dual says, and no plan on whole
/// hours less.
fn assert_exact(seed: u64, pausing: Option<Pausing>, dual: fn(&Instance) -> f64) {
    let mut random = fastrand::Rng::with_seed(seed);
    let (mut planned, mut met) = (0, 0);
    for _ in 0..3000 {
        let instance = Instance {
            pausing,
            standing: Standing::Fresh,
            ..Instance::random(&mut random)
        };
        let cost = solve(&instance);
        assert_equal(&instance, cost, dual(&instance));
        let least = instance.least_on_hours(pausing.map(|_| 0.0));
        assert!(
            cost.unwrap_or(f64::INFINITY) <= least + 1e-6,
            "{instance:?} costs {cost:?}, not {least}"
        );
        planned += usize::from(cost.is_some());
        met += usize::from(cost.is_some_and(|cost| cost >= least - 1e-6));
    }
    assert!(planned > 1500 && met > 500, "{planned} {met}");
}

#[test]
fn without_a_gap_the_plan_costs_what_the_dual_says_and_no_plan_on_whole_hours_less() {
    assert_exact(1, None, Instance::dual_without_gap);
}

#[test]
fn with_free_pauses_the_plan_costs_what_the_dual_says_and_no_plan_on_whole_hours_less() {
    assert_exact(2, Some(instance::free()), Instance::dual_with_gaps);
}

#[test]
fn a_plan_keeps_to_all_limits_and_costs_no_more_than_without_a_gap_and_no_less_than_with_free_pauses() {
    let mut random = fastrand::Rng::with_seed(3);
    let mut between = 0;
    for _ in 0..20_000 {
        let instance = Instance::random(&mut random);
        let Some(cost) = solve(&instance) else { continue };
        assert!(cost >= instance.dual_with_gaps() - 1e-6, "{instance:?} costs {cost}");
        if instance.standing == Standing::Fresh {
            let most = instance.dual_without_gap();
            assert!(cost <= most + 1e-6, "{instance:?} costs {cost}, not {most}");
            between += usize::from(cost < most - 1e-6);
        }
    }
    assert!(between > 150, "{between}");
}

#[test]
fn with_resumes_that_cost_something_hardly_a_plan_on_whole_hours_is_cheaper() {
    let mut random = fastrand::Rng::with_seed(4);
    for minutes in [15, 30, 60] {
        let resume_cost = SignedDuration::from_mins(minutes);
        let (mut dearer, mut saved, mut most) = (0, 0.0, 0.0);
        for _ in 0..3000 {
            let pausing = Pausing {
                resume_cost,
                ..instance::free()
            };
            let instance = Instance {
                pausing: Some(pausing),
                standing: Standing::Fresh,
                ..Instance::random(&mut random)
            };
            let Some(cost) = solve(&instance) else { continue };
            let (in_one, least) = (
                instance.dual_without_gap(),
                instance.least_on_hours(Some(minutes as f64 / 60.0)),
            );
            if in_one.is_finite() && least < in_one {
                (saved, most) = (saved + in_one - cost, most + in_one - least);
                dearer += usize::from(cost > least + 1e-6);
            }
        }
        assert!(
            dearer < 30 && saved > most,
            "{minutes} minutes: {saved} of {most}, {dearer} dearer"
        );
    }
}

/// The least that so much work costs from an hour on, by whether it has run and runs; one pod or two, whole hours.
fn least(rates: &[Vec<f64>], resume: f64, left: usize) -> f64 {
    let hours = rates[0].len();
    let never = f64::INFINITY;
    let mut after = vec![[never; 3]; left + 1];
    after[0] = [0.0; 3];
    for hour in (0..hours).rev() {
        let mut now = after.clone();
        for work in 1..=left {
            for (state, begin) in [0.0, resume, 0.0].into_iter().enumerate() {
                // Never run, paused, running: it waits, or runs with so many pods.
                let waits = after[work][usize::from(state > 0)];
                let runs = (1..=2.min(work)).map(|pods| (1.0 + begin) * rates[pods - 1][hour] + after[work - pods][2]);
                now[work][state] = runs.fold(waits, f64::min);
            }
        }
        after = now;
    }
    after[left][0]
}

#[test]
fn of_a_day_and_more_it_saves_almost_what_the_best_plan_on_whole_hours_does() {
    let mut random = fastrand::Rng::with_seed(5);
    for (minutes, share) in [(15, 0.99), (30, 0.99), (60, 0.98)] {
        let pausing = Pausing {
            resume_cost: SignedDuration::from_mins(minutes),
            ..instance::free()
        };
        let (mut saved, mut most) = (0.0, 0.0);
        for _ in 0..200 {
            let (length, slack) = (random.usize(2..=8), [5, 14][random.usize(..2)]);
            let hour = |random: &mut fastrand::Rng| f64::from(random.u32(50..500));
            let alone: Vec<f64> = (0..length + slack).map(|_| hour(&mut random)).collect();
            let both = alone.iter().map(|rate| 2.2 * rate).collect();
            let at_once: f64 = alone[..length].iter().sum();
            let step = |pods: u32, power: f64| Step {
                pods,
                throughput: f64::from(pods),
                power,
            };
            let instance = Instance {
                borders: (0..=alone.len() as i64).map(|hour| hour * HOUR).collect(),
                energy: alone.clone(),
                rates: vec![alone, both],
                per_hour: 0.0,
                steps: vec![step(1, 1.0), step(2, 2.2)],
                length: length as i64 * HOUR,
                standing: Standing::Fresh,
                pausing: Some(pausing),
            };
            let cost = solve(&instance).unwrap();
            let least = least(&instance.rates, minutes as f64 / 60.0, length);
            (saved, most) = (saved + at_once - cost, most + at_once - least);
        }
        assert!(saved > share * most, "{minutes} minutes: {}", saved / most);
    }
}
