//! Against all plans on whole hours, against the dual, and against plans worked out by hand.

mod by_hand;
mod instance;

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
        match (before, instance.place) {
            (None, Place::Running(..)) if piece.start == 0 => {}
            (None, Place::Fresh) => {}
            (None, Place::Paused(_)) => cost += resume(pausing.unwrap()) * instance.energy[row],
            (Some(end), _) if end == piece.start => {}
            _ => {
                let pausing = pausing.expect("no pause where none is allowed");
                let lasted = if let (None, Place::Running(_, lasted)) = (before, instance.place) {
                    lasted
                } else {
                    ran
                };
                assert!(lasted >= nanos(pausing.minimum_run), "{instance:?} {pieces:?}");
                pauses += 1;
                assert!(pauses <= pausing.most, "{instance:?} {pieces:?}");
                cost += resume(pausing) * instance.energy[row];
                ran = 0;
            }
        }
        if let (None, Place::Running(_, lasted), 0) = (before, instance.place, piece.start) {
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
    let (cost, pieces) = best(&widths, instance.length, instance.place, 0, instance.pausing.as_ref())?;
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

#[test]
fn without_a_gap_the_plan_costs_what_the_dual_says_and_no_plan_on_whole_hours_less() {
    let mut random = fastrand::Rng::with_seed(1);
    let (mut planned, mut met) = (0, 0);
    for _ in 0..3000 {
        let instance = Instance {
            pausing: None,
            place: Place::Fresh,
            ..Instance::random(&mut random)
        };
        let cost = solve(&instance);
        assert_equal(&instance, cost, instance.dual_without_gap());
        let least = instance.least_on_hours(false);
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
fn with_free_pauses_the_plan_costs_what_the_dual_says_and_no_plan_on_whole_hours_less() {
    let mut random = fastrand::Rng::with_seed(2);
    let (mut planned, mut met) = (0, 0);
    for _ in 0..3000 {
        let mut instance = Instance {
            place: Place::Fresh,
            ..Instance::random(&mut random)
        };
        instance.pausing = Some(instance::free());
        let cost = solve(&instance);
        assert_equal(&instance, cost, instance.dual_with_gaps());
        let least = instance.least_on_hours(true);
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
fn a_plan_keeps_to_all_limits_and_costs_no_more_than_without_a_gap_and_no_less_than_with_free_pauses() {
    let mut random = fastrand::Rng::with_seed(3);
    let mut between = 0;
    for _ in 0..20_000 {
        let instance = Instance::random(&mut random);
        let Some(cost) = solve(&instance) else { continue };
        assert!(cost >= instance.dual_with_gaps() - 1e-6, "{instance:?} costs {cost}");
        if instance.place == Place::Fresh {
            let most = instance.dual_without_gap();
            assert!(cost <= most + 1e-6, "{instance:?} costs {cost}, not {most}");
            between += usize::from(cost < most - 1e-6);
        }
    }
    assert!(between > 150, "{between}");
}
