//! Plans worked out by hand.

use jiff::SignedDuration;

use super::super::super::testing::hours;
use super::instance::free;
use super::*;

/// Hourly rows of this rate at the first step; each step is `(throughput, power)`.
fn instance(rates: &[f64], steps: &[(f64, f64)], length: f64) -> Instance {
    let step = |(throughput, power): &(f64, f64)| Step {
        pods: 1,
        throughput: *throughput,
        power: *power,
    };
    Instance {
        borders: (0..=rates.len()).map(|border| hours(border as f64)).collect(),
        rates: steps
            .iter()
            .map(|(_, power)| rates.iter().map(|rate| rate * power).collect())
            .collect(),
        energy: rates.to_vec(),
        per_hour: 0.0,
        steps: steps.iter().map(step).collect(),
        length: hours(length),
        standing: Standing::Fresh,
        pausing: None,
    }
}

fn piece(step: usize, start: f64, end: f64) -> Piece {
    Piece {
        site: 0,
        start: hours(start),
        end: hours(end),
        step,
    }
}

#[track_caller]
fn assert_plan(instance: &Instance, cost: f64, pieces: &[Piece]) {
    let found = best(
        &instance.widths(),
        instance.length,
        instance.standing,
        0,
        instance.pausing.as_ref(),
    );
    let (found, plan) = found.expect("there is a plan");
    assert_eq!(plan, pieces);
    assert!((found - cost).abs() < 1e-6, "{found}");
}

/// Half as fast again for twice the power.
const DEAR: &[(f64, f64)] = &[(1.0, 1.0), (1.5, 2.0)];

#[test]
fn a_job_runs_wider_where_that_is_cheaper_than_running_elsewhere() {
    let mut job = instance(&[120.0, 300.0, 50.0], DEAR, 3.0);
    job.pausing = Some(free());
    assert_plan(&job, 340.0, &[piece(1, 0.0, 1.0), piece(1, 2.0, 3.0)]);
}

#[test]
fn without_a_gap_the_narrowest_step_bridges_what_is_dear() {
    let job = instance(&[120.0, 300.0, 50.0], DEAR, 3.0);
    assert_plan(&job, 460.0, &[piece(0, 0.5, 2.0), piece(1, 2.0, 3.0)]);
}

#[test]
fn a_gap_is_taken_only_where_it_saves_more_than_its_resume_costs() {
    let mut job = instance(&[120.0, 300.0, 50.0], DEAR, 3.0);
    let resumes = |hours| {
        Some(Pausing {
            resume_cost: SignedDuration::from_hours(hours),
            ..free()
        })
    };
    job.pausing = resumes(1); // at 50, and twice the power
    assert_plan(&job, 440.0, &[piece(1, 0.0, 1.0), piece(1, 2.0, 3.0)]);
    job.pausing = resumes(2);
    assert_plan(&job, 460.0, &[piece(0, 0.5, 2.0), piece(1, 2.0, 3.0)]);
}

#[test]
fn a_step_below_the_line_between_its_neighbours_is_never_taken() {
    // The second step pays nothing for its power; the third does three times the work for 2.4 times the power.
    let mut job = instance(&[100.0, 110.0], &[(1.0, 1.0), (1.1, 2.0), (3.0, 2.4)], 3.0);
    assert_plan(&job, 240.0, &[piece(2, 0.0, 1.0)]);
    // Where the third has no room in the first row, the first and the second would cost more.
    job.rates[2][0] = f64::INFINITY;
    assert_plan(&job, 264.0, &[piece(2, 1.0, 2.0)]);
}

#[test]
fn a_deadline_that_the_first_step_would_miss_is_kept_by_a_wider_one() {
    let job = instance(&[100.0, 100.0], DEAR, 2.5);
    assert_plan(&job, 300.0, &[piece(1, 0.0, 1.0), piece(0, 1.0, 2.0)]);
    let late = instance(&[100.0, 100.0], DEAR, 3.5);
    assert_eq!(best(&late.widths(), late.length, Standing::Fresh, 0, None), None);
}

#[test]
fn waiting_that_costs_more_than_power_makes_a_job_wider() {
    let mut job = instance(&[100.0; 4], DEAR, 3.0);
    assert_plan(&job, 300.0, &[piece(0, 0.0, 3.0)]);
    // An hour at the wider step costs 50 more for the work, and saves half an hour.
    job.per_hour = 201.0;
    assert_plan(&job, 400.0 - 201.0, &[piece(1, 0.0, 2.0)]);
}

#[test]
fn a_running_job_goes_on_at_once_unless_it_may_be_paused() {
    let mut job = instance(&[200.0, 100.0, 100.0], DEAR, 1.0);
    job.standing = Standing::Running(0, hours(1.0));
    assert_plan(&job, 200.0, &[piece(0, 0.0, 1.0)]);
    job.pausing = Some(free());
    assert_plan(&job, 100.0, &[piece(0, 1.0, 2.0)]);
    job.pausing = Some(Pausing {
        minimum_run: SignedDuration::from_hours(2),
        ..free()
    });
    assert_plan(&job, 200.0, &[piece(0, 0.0, 1.0)]);
}

#[test]
fn a_paused_job_pays_for_its_start_and_for_a_move_what_a_move_costs() {
    let mut job = instance(&[100.0], DEAR, 1.0);
    job.pausing = Some(Pausing {
        resume_cost: SignedDuration::from_mins(30),
        ..free()
    });
    job.standing = Standing::Paused(0);
    assert_plan(&job, 150.0, &[piece(0, 0.0, 1.0)]);
    job.standing = Standing::Paused(1);
    assert_eq!(
        best(&job.widths(), job.length, job.standing, 0, job.pausing.as_ref()),
        None
    );
    let moves = Pausing {
        migration_cost: Some(SignedDuration::from_hours(1)),
        ..free()
    };
    let (cost, _) = best(&job.widths(), job.length, job.standing, 0, Some(&moves)).unwrap();
    assert!((cost - 200.0).abs() < 1e-9);
}
