//! Small jobs whose best course can be worked out on paper.

use super::*;

fn planned(job: &Hazard<'_>) -> (f64, Vec<(usize, f64, f64)>) {
    let (cost, course) = job.plan().unwrap();
    (cost, pieces(&course))
}

#[test]
fn the_hours_in_which_many_still_run_are_the_cheap_ones() {
    // Half take one hour, half three: one expected hour, then half an hour twice.
    let (rows, curve) = (rows(&[&[5.0, 2.0, 9.0, 3.0, 3.0, 9.0]]), lengths(&[1.0, 3.0]));
    let (cost, course) = planned(&job(&rows, &curve, 2.0));
    assert_eq!(course, [(0, 1.0, 2.0), (0, 3.0, 5.0)]);
    assert!(near(cost, 2.0 + 0.5 * (3.0 + 3.0)), "{cost}");
}

#[test]
fn a_resume_is_paid_by_those_that_live_to_see_it() {
    let (rows, curve) = (rows(&[&[5.0, 2.0, 9.0, 4.0, 3.0, 9.0]]), lengths(&[1.0, 3.0]));
    let pausing = |minutes| Pausing {
        resume_cost: SignedDuration::from_mins(minutes),
        ..free()
    };
    let dear = Hazard {
        pausing: pausing(90),
        ..job(&rows, &curve, 2.0)
    };
    // Running on at 9 instead of pausing until 4 and 3 costs half of 2 more than waiting, and half of 4 * 1.5 less than that.
    assert_eq!(planned(&dear).1, [(0, 1.0, 4.0)]);
    let cheap = Hazard {
        pausing: pausing(30),
        ..dear
    };
    let (cost, course) = planned(&cheap);
    assert_eq!(course, [(0, 1.0, 2.0), (0, 3.0, 5.0)]);
    assert!(near(cost, 2.0 + 0.5 * (4.0 * 0.5 + 4.0 + 3.0)), "{cost}");
}

#[test]
fn what_it_has_behind_it_counts() {
    // Fresh, nine of ten are done after an hour, and the first hour is all that matters; after it, four long hours are sure.
    let (rows, curve) = (
        rows(&[&[3.0, 2.0, 1.0, 1.0, 1.0, 1.0, 9.0]]),
        lengths(&[1.0; 9].map(|_| 1.0)),
    );
    assert_eq!(planned(&job(&rows, &curve, 1.0)).1, [(0, 1.0, 2.0)]);
    let curve = lengths(&[1.0, 1.0, 1.0, 1.0, 1.0, 1.0, 1.0, 1.0, 1.0, 5.0]);
    let late = Hazard {
        done: hours(1.0),
        standing: Standing::Running(0, hours(1.0)),
        ..job(&rows, &curve, 2.0)
    };
    let (cost, course) = planned(&late);
    assert_eq!(course, [(0, 2.0, 6.0)]);
    assert!(near(cost, 4.0), "{cost}");
}

#[test]
fn waiting_that_ends_inside_of_a_row_may_end_there() {
    let (rows, curve) = (rows(&[&[4.0, 3.0, 1.0, 1.0, 1.0]]), lengths(&[2.0]));
    let (cost, course) = planned(&job(&rows, &curve, 1.5));
    assert_eq!(course, [(0, 1.5, 3.5)]);
    assert!(near(cost, 1.5 + 1.5), "{cost}");
}

#[test]
fn a_price_of_waiting_is_paid_while_it_is_not_finished() {
    let (rows, curve) = (rows(&[&[3.0, 1.0, 5.0, 1.0]]), lengths(&[1.0, 2.0]));
    let (cost, course) = planned(&Hazard {
        price_per_hour: 1.0,
        ..job(&rows, &curve, 2.0)
    });
    assert_eq!(course, [(0, 1.0, 2.0), (0, 3.0, 4.0)]);
    assert!(near(cost, 1.0 + 1.0 + 0.5 * (1.0 + 1.0)), "{cost}");
    let hurried = Hazard {
        price_per_hour: 5.0,
        ..job(&rows, &curve, 2.0)
    };
    assert_eq!(planned(&hurried).1, [(0, 0.0, 2.0)]);
}

#[test]
fn it_moves_to_another_site_only_where_that_is_allowed() {
    let (rows, curve) = (rows(&[&[1.0, 9.0, 9.0], &[9.0, 1.0, 1.0]]), lengths(&[3.0]));
    assert_eq!(planned(&job(&rows, &curve, 0.0)).1, [(1, 0.0, 3.0)]);
    let pausing = Pausing {
        migration_cost: Some(SignedDuration::from_mins(60)),
        ..free()
    };
    let (cost, course) = planned(&Hazard {
        pausing,
        ..job(&rows, &curve, 1.0)
    });
    assert_eq!(course, [(0, 0.0, 1.0), (1, 1.0, 3.0)]);
    assert!(near(cost, 1.0 + 1.0 + 2.0), "{cost}");
}

#[test]
fn what_lies_beyond_the_rows_costs_the_mean_of_their_last_day() {
    let day = [2.0, 4.0].repeat(12);
    let values = [&[90.0][..], &day].concat();
    let (rows, curve) = (rows(&[&values]), lengths(&[30.0]));
    let (cost, course) = planned(&job(&rows, &curve, 0.0));
    assert_eq!(course, [(0, 0.0, 25.0)]);
    assert!(near(cost, 90.0 + 72.0 + 5.0 * 3.0), "{cost}");
}

#[test]
fn a_row_that_is_full_is_never_run_in() {
    let full = f64::INFINITY;
    let (rows, curve) = (rows(&[&[3.0, full, 2.0, 2.0]]), lengths(&[0.5, 2.0]));
    let (cost, course) = planned(&job(&rows, &curve, 4.0));
    assert_eq!(course, [(0, 2.0, 4.0)]);
    assert!(near(cost, 0.5 * 1.0 + 0.5 * 4.0), "{cost}");
    assert_eq!(
        job(&rows, &curve, 0.5).plan(),
        None,
        "half of them would be in the second row"
    );
}

#[test]
fn nothing_is_known_of_a_job_that_outlived_its_kind() {
    let (rows, curve) = (rows(&[&[3.0, 1.0]]), lengths(&[1.0]));
    let old = Hazard {
        done: hours(1.0),
        ..job(&rows, &curve, 1.0)
    };
    assert_eq!(old.plan(), None);
}

#[test]
fn of_equal_courses_it_takes_the_one_that_starts_now_and_runs_on() {
    let (rows, curve) = (rows(&[&[0.1 + 0.2; 40]]), lengths(&[1.0, 3.0, 7.7]));
    assert_eq!(planned(&job(&rows, &curve, 24.0)).1, [(0, 0.0, 7.7)]);
}

#[test]
fn sums_that_differ_by_rounding_alone_make_no_pause() {
    let values = [&[5.0][..], &[0.1 + 0.2; 60]].concat();
    let (rows, curve) = (rows(&[&values]), lengths(&[1.0, 3.3, 7.7, 20.1]));
    assert_eq!(planned(&job(&rows, &curve, 24.0)).1, [(0, 1.0, 21.1)]);
}

#[test]
fn it_is_paused_as_often_as_it_may_be_but_no_more_than_are_counted() {
    let (rows, curve) = (rows(&[&[1.0, 9.0].repeat(60)]), lengths(&[51.0]));
    let pauses = |most| {
        let pausing = Pausing { most, ..free() };
        let (_, course) = Hazard {
            pausing,
            ..job(&rows, &curve, 60.0)
        }
        .plan()
        .unwrap();
        course.len() - 1
    };
    assert_eq!([0, 6, 40, 50, 1000].map(pauses), [0, 6, MOST_COUNTED as usize, 50, 50]);
}

#[test]
fn a_week_of_short_rows_takes_no_more_memory_than_it_may() {
    let week = vec![100.0; 7 * 24 * 12];
    let rows = rows(&[&week, &week, &week]);
    assert!(states(&rows) < MOST_STATES);
    let curve = lengths(&(1..=200).map(f64::from).collect::<Vec<_>>());
    let mut job = job(&rows, &curve, 2016.0);
    job.pausing.most = 32;
    let (left, whole) = (Left::of(&curve, 0).unwrap(), Whole::of(&rows).unwrap());
    let table = Table::of(&job, &whole, &left, job.waiting, Some(32));
    assert!(
        table.running.len() <= MOST_STATES + states(&rows),
        "{}",
        table.running.len()
    );
    assert!(table.layers() > 1, "some pauses are told apart all the same");
}
