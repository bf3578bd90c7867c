//! Plans worked out by hand.

use Standing::{Fresh, Paused, Running};
use jiff::SignedDuration;

use super::super::super::testing::hours;
use super::*;

/// Hourly rows of one site, whose resumes cost what running does.
fn rows(rates: &[f64]) -> Rows {
    Rows {
        borders: (0..=rates.len()).map(|border| hours(border as f64)).collect(),
        rates: vec![rates.to_vec()],
        energy: vec![rates.to_vec()],
        per_hour: 0.0,
    }
}

/// Resumes cost so many minutes, and nothing is limited.
fn resumes(minutes: i64) -> Pausing {
    Pausing {
        resume_cost: SignedDuration::from_mins(minutes),
        migration_cost: None,
        minimum_run: SignedDuration::ZERO,
        most: u32::MAX,
    }
}

fn piece(site: usize, start: f64, end: f64) -> Piece {
    Piece::of(site, hours(start), hours(end))
}

#[track_caller]
fn assert_plan(rows: &Rows, length: f64, standing: Standing, pausing: &Pausing, cost: f64, pieces: &[Piece]) {
    let found = best(rows, hours(length), standing, 0, pausing, &mut Scratch::default());
    let (found, plan) = found.expect("there is a plan");
    assert_eq!(plan, pieces);
    assert!((found - cost).abs() < 1e-9, "{found}");
}

#[test]
fn a_pause_is_taken_where_it_saves_more_than_its_resume_costs() {
    let rows = rows(&[100.0, 300.0, 100.0, 250.0]);
    let parts = [piece(0, 0.0, 1.0), piece(0, 2.0, 3.0)];
    assert_plan(&rows, 2.0, Fresh, &resumes(60), 300.0, &parts);
    // The last two rows cost 350 without a pause: as much, but later.
    assert_plan(&rows, 2.0, Fresh, &resumes(90), 350.0, &parts);
    // With a dearer resume they are the best.
    assert_plan(&rows, 2.0, Fresh, &resumes(160), 350.0, &[piece(0, 2.0, 4.0)]);
}

#[test]
fn a_length_that_no_rows_make_up_ends_or_starts_within_the_dearest_row_it_needs() {
    let rows = rows(&[100.0, 200.0, 300.0, 50.0]);
    assert_plan(
        &rows,
        1.5,
        Fresh,
        &resumes(30),
        125.0,
        &[piece(0, 0.0, 0.5), piece(0, 3.0, 4.0)],
    );
    let parts = [piece(0, 0.0, 1.25), piece(0, 3.0, 4.0)];
    assert_plan(&rows, 2.25, Fresh, &resumes(30), 225.0, &parts);
}

#[test]
fn a_resume_comes_a_second_early_where_the_row_before_is_cheaper() {
    let mut rows = rows(&[100.0, 500.0, 100.0]);
    rows.energy = vec![vec![100.0, 10.0, 400.0]];
    let second = 1.0 / 3600.0;
    let parts = [piece(0, 0.0, 1.0), piece(0, 2.0 - second, 3.0 - second)];
    let cost = 200.0 + 10.0 + 400.0 * second;
    assert_plan(&rows, 2.0, Fresh, &resumes(60), cost, &parts);
}

#[test]
fn a_run_goes_on_for_its_minimum_and_finishing_is_no_pause() {
    let rows = rows(&[100.0, 300.0, 500.0, 500.0, 100.0]);
    let pausing = Pausing {
        minimum_run: SignedDuration::from_hours(2),
        ..resumes(0)
    };
    let parts = [piece(0, 0.0, 2.0), piece(0, 4.0, 5.0)];
    assert_plan(&rows, 3.0, Fresh, &pausing, 500.0, &parts);
    // What it has run before counts too.
    let parts = [piece(0, 0.0, 1.0), piece(0, 4.0, 5.0)];
    assert_plan(&rows, 2.0, Running(0, hours(1.0)), &pausing, 200.0, &parts);
}

#[test]
fn no_more_pauses_are_taken_than_allowed_in_the_whole_life_of_a_job() {
    let rows = rows(&[1.0, 9.0, 1.0, 9.0, 1.0]);
    let pausing = Pausing { most: 1, ..resumes(0) };
    let find = |pauses| best(&rows, hours(3.0), Fresh, pauses, &pausing, &mut Scratch::default()).unwrap();
    let (cost, pieces) = find(0);
    assert_eq!((cost, pieces.len()), (11.0, 1));
    let (cost, pieces) = find(1);
    assert_eq!((cost, pieces.len()), (11.0, 1));
    let twice = Pausing { most: 2, ..pausing };
    let (cost, pieces) = best(&rows, hours(3.0), Fresh, 0, &twice, &mut Scratch::default()).unwrap();
    assert_eq!((cost, pieces.len()), (3.0, 3));
}

#[test]
fn a_paused_job_pays_for_its_resume_and_a_running_one_goes_on_for_nothing() {
    let rows = rows(&[200.0, 100.0, 300.0]);
    assert_plan(&rows, 1.0, Paused(0), &resumes(30), 150.0, &[piece(0, 1.0, 2.0)]);
    assert_plan(&rows, 1.0, Running(0, 0), &resumes(90), 200.0, &[piece(0, 0.0, 1.0)]);
    assert_plan(&rows, 1.0, Running(0, 0), &resumes(30), 150.0, &[piece(0, 1.0, 2.0)]);
}

#[test]
fn a_job_moves_at_what_a_move_costs_and_stays_where_none_is_allowed() {
    let mut rows = rows(&[100.0, 500.0]);
    rows.rates.push(vec![500.0, 100.0]);
    rows.energy.push(vec![50.0, 50.0]);
    let moves = Pausing {
        migration_cost: Some(SignedDuration::from_hours(2)),
        ..resumes(0)
    };
    assert_plan(
        &rows,
        2.0,
        Fresh,
        &moves,
        300.0,
        &[piece(0, 0.0, 1.0), piece(1, 1.0, 2.0)],
    );
    assert_plan(&rows, 2.0, Fresh, &resumes(0), 600.0, &[piece(0, 0.0, 2.0)]);
    assert_plan(&rows, 1.0, Paused(1), &resumes(0), 100.0, &[piece(1, 1.0, 2.0)]);
}

#[test]
fn waiting_has_its_price() {
    let mut rows = rows(&[300.0, 200.0, 100.0]);
    rows.per_hour = 99.0;
    assert_plan(&rows, 1.0, Fresh, &resumes(5), 298.0, &[piece(0, 2.0, 3.0)]);
    rows.per_hour = 101.0;
    assert_plan(&rows, 1.0, Fresh, &resumes(5), 300.0, &[piece(0, 0.0, 1.0)]);
}

#[test]
fn of_equal_plans_the_one_that_runs_sooner_is_taken() {
    let flat = rows(&[100.0; 6]);
    for pausing in [resumes(0), resumes(5), Pausing { most: 1, ..resumes(0) }] {
        assert_plan(&flat, 2.5, Fresh, &pausing, 250.0, &[piece(0, 0.0, 2.5)]);
        assert_plan(&flat, 2.5, Running(0, 0), &pausing, 250.0, &[piece(0, 0.0, 2.5)]);
    }
}

#[test]
fn a_row_without_room_is_not_run_in() {
    let rows = rows(&[100.0, f64::INFINITY, 900.0]);
    let parts = [piece(0, 0.0, 1.0), piece(0, 2.0, 2.5)];
    assert_plan(&rows, 1.5, Fresh, &resumes(0), 550.0, &parts);
    let found = best(&rows, hours(2.5), Fresh, 0, &resumes(0), &mut Scratch::default());
    assert_eq!(found, None);
    let once = Pausing { most: 0, ..resumes(0) };
    assert_eq!(best(&rows, hours(1.5), Fresh, 0, &once, &mut Scratch::default()), None);
}

#[test]
fn a_program_that_is_too_large_is_not_tried() {
    let many = rows(&(0..20_000).map(|row| f64::from(row % 7)).collect::<Vec<_>>());
    let pausing = resumes(5);
    assert!(states(&many, hours(10_000.0), 0, &pausing) > MOST_STATES);
    assert_eq!(
        best(&many, hours(10_000.0), Fresh, 0, &pausing, &mut Scratch::default()),
        None
    );
    assert!(states(&many, hours(1.0), 0, &pausing) < MOST_STATES);
}

#[test]
fn a_part_of_a_row_is_a_run_if_it_lasts_the_minimum() {
    let rows = rows(&[100.0, 900.0, 50.0]);
    let minimum = |minutes| Pausing {
        minimum_run: SignedDuration::from_mins(minutes),
        ..resumes(0)
    };
    let parts = [piece(0, 0.0, 0.5), piece(0, 2.0, 3.0)];
    assert_plan(&rows, 1.5, Fresh, &minimum(30), 100.0, &parts);
    let parts = [piece(0, 0.0, 1.0), piece(0, 2.0, 2.5)];
    assert_plan(&rows, 1.5, Fresh, &minimum(31), 125.0, &parts);
}

#[test]
fn a_part_of_a_row_lies_beside_what_is_run_and_else_at_its_start() {
    let between = rows(&[1.0, 2.0, 1.0]);
    let parts = [piece(0, 0.0, 1.5), piece(0, 2.0, 3.0)];
    assert_plan(&between, 2.5, Fresh, &resumes(0), 3.0, &parts);
    let before = rows(&[9.0, 2.0, 1.0]);
    assert_plan(&before, 1.5, Fresh, &resumes(0), 2.0, &[piece(0, 1.5, 3.0)]);
    let apart = rows(&[2.0, 9.0, 1.0]);
    let parts = [piece(0, 0.0, 0.5), piece(0, 2.0, 3.0)];
    assert_plan(&apart, 1.5, Fresh, &resumes(0), 2.0, &parts);
}
