//! The dynamic program against every plan there is.

use super::super::grid::Piece;
use super::super::testing::pieces;
use super::*;
use jiff::SignedDuration;
use proptest::prelude::*;

/// Every plan whose instants are whole milliseconds, a resume at the lower of the two rates around it.
struct Brute<'a> {
    /// By millisecond and zone: the grams and the whole rate.
    rates: &'a [Vec<(f64, f64)>],
    length: Ms,
    pausing: Pausing,
}

/// Where a job is after some milliseconds.
#[derive(Clone, Copy)]
struct At {
    time: usize,
    done: Ms,
    place: Place,
    run: Ms,
    pauses: u32,
}

impl Brute<'_> {
    fn least(&self, at: At) -> f64 {
        if at.done == self.length {
            return 0.0;
        }
        if at.time == self.rates.len() {
            return f64::INFINITY;
        }
        let may_pause = at.run >= ms(self.pausing.minimum_run) && at.pauses < self.pausing.most;
        let time = at.time + 1;
        let mut least = match at.place {
            Place::Running(zone) if may_pause => {
                let place = Place::Paused(zone);
                let pauses = at.pauses + 1;
                self.least(At {
                    time,
                    place,
                    run: 0,
                    pauses,
                    ..at
                })
            }
            Place::Running(_) => f64::INFINITY,
            _ => self.least(At { time, ..at }),
        };
        for (zone, (grams, rate)) in self.rates[at.time].iter().enumerate() {
            let (moved, runs_on) = match at.place {
                Place::Fresh => (Some(SignedDuration::ZERO), false),
                Place::Running(before) if before == zone => (Some(SignedDuration::ZERO), true),
                Place::Running(_) => (self.pausing.migration_cost.filter(|_| may_pause), false),
                Place::Paused(before) if before == zone => (Some(self.pausing.resume_cost), false),
                Place::Paused(_) => (self.pausing.migration_cost, false),
            };
            let Some(moved) = moved else { continue };
            let before = at
                .time
                .checked_sub(1)
                .map_or(f64::INFINITY, |time| self.rates[time][zone].0);
            let cost = rate + ms(moved) as f64 * grams.min(before);
            let switched = matches!(at.place, Place::Running(_)) && !runs_on;
            let after = self.least(At {
                time,
                done: at.done + 1,
                place: Place::Running(zone),
                run: if runs_on { at.run + 1 } else { 1 },
                pauses: at.pauses + u32::from(switched),
            });
            least = least.min(cost + after);
        }
        least
    }
}

fn brute(pieces: &[(usize, Vec<Piece>)], length: Ms, pausing: Pausing) -> f64 {
    let end = pieces[0].1.last().unwrap().end;
    let of = |at: Ms, pieces: &[Piece]| {
        let piece = pieces.iter().find(|piece| at < piece.end).unwrap();
        (piece.grams, piece.rate())
    };
    let rates: Vec<_> = (0..end)
        .map(|at| pieces.iter().map(|(_, pieces)| of(at, pieces)).collect())
        .collect();
    let brute = Brute {
        rates: &rates,
        length,
        pausing,
    };
    brute.least(At {
        time: 0,
        done: 0,
        place: Place::Fresh,
        run: 0,
        pauses: 0,
    })
}

#[test]
fn a_pause_must_save_more_than_its_resume_costs() {
    let rows = [(0, pieces(&[(60, 1.0), (60, 3.0), (60, 1.0)]))];
    let cost = |resume| {
        let pausing = Pausing {
            resume_cost: SignedDuration::from_millis(resume),
            most: 9,
            ..Pausing::default()
        };
        best(&Rows::of(&rows, 0), 120, pausing, 1.0, f64::INFINITY)
            .unwrap()
            .unwrap()
    };
    // 60 + 60 and a resume of 100 at 1, against 60 + 180.
    let segment = |start, end| Segment {
        zone: Some(0),
        start,
        end,
        step: 0,
    };
    let (paused, through) = (vec![segment(0, 60), segment(120, 180)], vec![segment(0, 120)]);
    assert_eq!(cost(100), (220.0, paused));
    assert_eq!(cost(121), (240.0, through));
}

#[test]
fn a_resume_just_before_a_border_costs_what_the_row_before_says() {
    // 130 must run of 190: the pause of 60 is best over the row at 9, and the resume in the last instant of that at 1.
    let rows = [(0, pieces(&[(60, 1.0), (60, 9.0), (10, 1.0), (10, 2.0), (50, 1.0)]))];
    let pausing = Pausing {
        resume_cost: SignedDuration::from_millis(10),
        most: 9,
        ..Pausing::default()
    };
    let (cost, segments) = best(&Rows::of(&rows, 0), 120, pausing, 1.0, f64::INFINITY)
        .unwrap()
        .unwrap();
    assert!((cost - (60.0 + 20.0 + 50.0 + 10.0)).abs() < 1e-9, "{cost}");
    assert_eq!((segments[1].start, segments[1].end), (129, 189));
}

prop_compose! {
    fn any_zone(rows: usize)(rates in prop::collection::vec((1i64..3, 0u32..9, 0u32..3), rows)) -> Vec<Piece> {
        let mut zone = pieces(&rates.iter().map(|rate| (rate.0, f64::from(rate.1))).collect::<Vec<_>>());
        zone.iter_mut().zip(&rates).for_each(|(piece, rate)| piece.price = f64::from(rate.2));
        zone
    }
}

fn any_pausing() -> impl Strategy<Value = Pausing> {
    (0i64..4, proptest::option::of(0i64..3), 0i64..4, 0u32..4).prop_map(|(resume, migration, minimum_run, most)| {
        Pausing {
            resume_cost: SignedDuration::from_millis(resume),
            migration_cost: migration.map(SignedDuration::from_millis),
            minimum_run: SignedDuration::from_millis(minimum_run),
            most,
        }
    })
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 3000, failure_persistence: None, ..ProptestConfig::default() })]

    #[test]
    fn no_plan_of_one_zone_costs_less(zone in any_zone(7), length in 1i64..9, pausing in any_pausing()) {
        let zones = [(0, zone)];
        let expected = brute(&zones, length, pausing);
        let found = best(&Rows::of(&zones, ms(pausing.minimum_run)), length, pausing, 1.0, f64::INFINITY).unwrap();
        let cost = found.as_ref().map_or(f64::INFINITY, |found| found.0);
        prop_assert!(cost == expected || (cost - expected).abs() < 1e-9, "{cost} {expected}");
        if let Some((_, segments)) = found {
            prop_assert_eq!(segments.iter().map(|segment| segment.end - segment.start).sum::<Ms>(), length);
            prop_assert!(segments.windows(2).all(|pair| pair[0].end <= pair[1].start));
        }
    }

    #[test]
    fn no_plan_over_two_zones_costs_less(zones in (any_zone(5), any_zone(5)), length in 1i64..7, pausing in any_pausing()) {
        let end = zones.0.last().unwrap().end.min(zones.1.last().unwrap().end).min(8);
        let cut = |pieces: Vec<Piece>| -> Vec<Piece> {
            let pieces = pieces.into_iter().filter(|piece| piece.start < end);
            pieces.map(|piece| Piece { end: piece.end.min(end), ..piece }).collect()
        };
        let zones = [(0, cut(zones.0)), (1, cut(zones.1))];
        let pausing = Pausing { minimum_run: SignedDuration::ZERO, ..pausing };
        let expected = brute(&zones, length, pausing);
        let found = best(&Rows::of(&zones, 0), length, pausing, 1.0, f64::INFINITY).unwrap();
        let cost = found.as_ref().map_or(f64::INFINITY, |found| found.0);
        // Whole milliseconds have no empty runs.
        let moves_idly = found.is_some_and(|found| found.1.iter().any(|segment| segment.start == segment.end));
        let equal = cost == expected || (cost - expected).abs() < 1e-9;
        prop_assert!(equal || moves_idly && cost < expected, "{cost} {expected}");
    }
}
