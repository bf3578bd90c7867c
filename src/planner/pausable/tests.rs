//! Against all plans there are, and against plans worked out by hand.

mod brute;
mod by_hand;

use super::super::grid::{HOUR, Offset, SECOND};
use super::*;
use brute::Instance;

/// Checks a plan of an instance by itself: nothing of what the solver believes is used. What it costs.
fn judged(instance: &Instance, pieces: &[Piece]) -> f64 {
    let Instance { rows, pausing, .. } = instance;
    let (mut cost, mut pauses) = (0.0, instance.pauses);
    let mut before: Option<(usize, Offset, Offset)> = match instance.standing {
        Standing::Fresh => None,
        Standing::Paused(site) => Some((site, Offset::MIN, Offset::MAX)),
        Standing::Running(site, ran) => Some((site, 0, ran)),
    };
    let was_paused = matches!(instance.standing, Standing::Paused(_));
    for (number, piece) in pieces.iter().enumerate() {
        assert!(piece.start >= 0 && piece.start < piece.end, "{instance:?} {pieces:?}");
        assert!(piece.end <= rows.borders[rows.len()], "{instance:?} {pieces:?}");
        let row = rows.borders.iter().rposition(|border| *border <= piece.start).unwrap();
        let mut ran = piece.end - piece.start;
        match before {
            None => {}
            Some((site, end, lasted)) if site == piece.site && end == piece.start => {
                assert!(number == 0, "pieces of a site touch: {pieces:?}");
                ran += lasted;
            }
            Some((site, end, lasted)) => {
                assert!(end <= piece.start, "{pieces:?}");
                if number > 0 || !was_paused {
                    assert!(lasted >= nanos(pausing.minimum_run), "{instance:?} {pieces:?}");
                    pauses += 1;
                }
                let same = (site == piece.site).then_some(pausing.resume_cost);
                let resume = same.or(pausing.migration_cost).expect("no move where none is allowed");
                cost += resume.as_secs_f64() / 3600.0 * rows.energy[piece.site][row];
            }
        }
        for (row, rate) in rows.rates[piece.site].iter().enumerate() {
            let time = rows.borders[row + 1].min(piece.end) - rows.borders[row].max(piece.start);
            if time > 0 {
                cost += rate * time as f64 / HOUR as f64;
            }
        }
        before = Some((piece.site, piece.end, ran));
    }
    let work: Offset = pieces.iter().map(|piece| piece.end - piece.start).sum();
    assert_eq!(work, instance.length, "{instance:?} {pieces:?}");
    assert!(pauses <= pausing.most.max(instance.pauses), "{instance:?} {pieces:?}");
    let waited = pieces[pieces.len() - 1].end - work;
    cost + rows.per_hour * waited as f64 / HOUR as f64
}

/// Solves and judges an instance; the least that any plan on whole hours costs is `least`.
fn compare(instance: &Instance, is_exact: bool, scratch: &mut Scratch) -> bool {
    let Instance { rows, pausing, .. } = instance;
    let least = instance.least();
    let found = best(
        rows,
        instance.length,
        instance.standing,
        instance.pauses,
        pausing,
        scratch,
    );
    let Some((cost, pieces)) = found else {
        assert!(
            !is_exact || least.is_infinite(),
            "{instance:?} costs {least}, found nothing"
        );
        return false;
    };
    let judged = judged(instance, &pieces);
    assert!(
        (cost - judged).abs() < 1e-9,
        "{instance:?} {pieces:?} costs {judged}, not {cost}"
    );
    let charged = pieces::total(rows, &pieces, instance.standing, &Terms::of(pausing), instance.length);
    assert_eq!(charged, cost);
    // A resume that comes a second early pays another rate for this second.
    let seconds = 20.0 * pieces.len() as f64 * in_hours(SECOND);
    assert!(
        cost >= least - seconds,
        "{instance:?} {pieces:?} costs {cost}, less than any: {least}"
    );
    assert!(
        !is_exact || cost <= least + seconds,
        "{instance:?} {pieces:?} costs {cost}, not {least}"
    );
    let used = cheapest::take(rows, instance.length, &mut scratch.order).expect("room for a plan is room for its rows");
    let bound: f64 = used
        .iter()
        .map(|piece| rows.cost(piece.site, piece.start, piece.end))
        .sum();
    assert!(bound <= cost + 1e-9, "{instance:?}: {bound} is no bound of {cost}");
    assert_eq!(
        used.iter().map(|piece| piece.end - piece.start).sum::<Offset>(),
        instance.length
    );
    true
}

fn compare_all(seed: u64, sites: usize, is_exact: impl Fn(&mut Instance) -> bool) {
    let (mut random, mut scratch) = (fastrand::Rng::with_seed(seed), Scratch::default());
    let (mut exact, mut paused) = (0, 0);
    for _ in 0..10_000 {
        let mut instance = Instance::random(&mut random, sites);
        let is_exact = is_exact(&mut instance);
        if compare(&instance, is_exact, &mut scratch) {
            exact += usize::from(is_exact);
            paused += 1;
        }
    }
    assert!(
        exact > 1000 && paused > 4000,
        "too few instances have a plan: {exact} {paused}"
    );
}

#[test]
fn without_a_minimum_run_no_plan_is_cheaper() {
    compare_all(1, 1, |instance| {
        instance.pausing.minimum_run = jiff::SignedDuration::ZERO;
        true
    });
}

#[test]
fn with_a_minimum_run_that_all_rows_divide_no_plan_is_cheaper_and_with_any_all_keep_to_it() {
    compare_all(2, 1, |instance| instance.is_minimum_even());
}

#[test]
fn with_moves_between_sites_no_plan_is_cheaper() {
    compare_all(3, 2, |instance| {
        instance.pausing.minimum_run = jiff::SignedDuration::ZERO;
        instance.without_worth_in_hops();
        true
    });
}

#[test]
fn with_moves_and_a_minimum_run_all_keep_to_it() {
    compare_all(4, 2, |instance| {
        instance.is_minimum_even() && instance.pausing.migration_cost.is_none()
    });
}

#[test]
fn free_pauses_are_the_cheapest_rows_as_the_program_finds_them_too() {
    let (mut random, mut scratch) = (fastrand::Rng::with_seed(5), Scratch::default());
    let mut paused = 0;
    for _ in 0..10_000 {
        let mut instance = Instance::random(&mut random, 1);
        instance.rows.per_hour = 0.0;
        instance.pausing.resume_cost = jiff::SignedDuration::ZERO;
        instance.pausing.minimum_run = jiff::SignedDuration::ZERO;
        instance.pausing.most = u32::MAX;
        let Instance {
            rows,
            length,
            standing,
            pauses,
            pausing,
        } = &instance;
        let fast = best(rows, *length, *standing, *pauses, pausing, &mut scratch);
        let shape = Shape::of(rows, *length, *pauses, &Terms::of(pausing));
        let terms = Terms::of(pausing);
        let slow = solve(rows, *length, *standing, &shape, &terms, &mut scratch);
        assert_eq!(fast.is_some(), slow.is_some());
        let (Some((cost, fast)), Some(slow)) = (fast, slow) else {
            continue;
        };
        assert!(
            (judged(&instance, &slow) - cost).abs() < 1e-9,
            "{instance:?} {fast:?} {slow:?}"
        );
        assert!(
            (judged(&instance, &fast) - cost).abs() < 1e-9,
            "{instance:?} {fast:?} {slow:?}"
        );
        paused += usize::from(fast.len() > 1);
    }
    assert!(paused > 1500, "{paused}");
}
