//! What holds for every job of unknown length.

use proptest::prelude::*;

use super::*;

/// A job with everything that it needs.
#[derive(Clone, Debug)]
struct Owned {
    rows: Rows,
    curve: Survival,
    done: Offset,
    waiting: Offset,
    pausing: Pausing,
    price_per_hour: f64,
    standing: Standing,
}

impl Owned {
    fn job(&self) -> Hazard<'_> {
        Hazard {
            rows: &self.rows,
            curve: &self.curve,
            done: self.done,
            waiting: self.waiting,
            pausing: self.pausing,
            price_per_hour: self.price_per_hour,
            standing: self.standing,
        }
    }
}

/// Quarters of an hour.
fn quarters(quarters: u32) -> SignedDuration {
    SignedDuration::from_mins(15 * i64::from(quarters))
}

/// Rows of an hour, the first and the last perhaps shorter, some of them full.
fn any_rows(sites: usize) -> impl Strategy<Value = Rows> {
    let rate = prop_oneof![8 => (0_u32..10).prop_map(f64::from), 1 => Just(f64::INFINITY)];
    let site = prop::collection::vec((rate, 0_u32..10), 1..6);
    (prop::collection::vec(site, sites), 1_u32..=4, 1_u32..=4).prop_map(|(sites, first, last)| {
        let count = sites.iter().map(Vec::len).min().unwrap();
        let mut borders = vec![0];
        for row in 0..count {
            let length = if row == 0 {
                first
            } else if row + 1 == count {
                last
            } else {
                4
            };
            borders.push(borders[row] + nanos(quarters(length)));
        }
        let cut = |pick: fn(&(f64, u32)) -> f64| {
            sites
                .iter()
                .map(move |site| site.iter().map(pick).take(count).collect())
        };
        Rows {
            per_hour: 0.0,
            borders,
            rates: cut(|row| row.0).collect(),
            energy: cut(|row| f64::from(row.1)).collect(),
        }
    })
}

fn any_pausing() -> impl Strategy<Value = Pausing> {
    let migration = prop::option::of((0_u32..4).prop_map(quarters));
    (0_u32..4, migration, 0_u32..8, prop_oneof![Just(u32::MAX), 0_u32..3]).prop_map(|(resume, migration, run, most)| {
        Pausing {
            resume_cost: quarters(resume),
            migration_cost: migration,
            minimum_run: quarters(run),
            most,
        }
    })
}

fn any_standing(sites: usize) -> impl Strategy<Value = Standing> {
    prop_oneof![
        Just(Standing::Fresh),
        (0..sites).prop_map(Standing::Paused),
        (0..sites, 0_u32..6).prop_map(|(site, since)| Standing::Running(site, nanos(quarters(since)))),
    ]
}

fn any_job() -> impl Strategy<Value = Owned> {
    let rows = (1_usize..3).prop_flat_map(|sites| (any_rows(sites), any_standing(sites)));
    let any_lengths = prop::collection::vec((1_u32..30).prop_map(|length| f64::from(length) / 4.0), 1..6);
    (rows, any_lengths, 0_u32..20, 0_u32..24, any_pausing(), 0_u32..3).prop_map(
        |((rows, standing), curve, done, waiting, pausing, price)| Owned {
            rows,
            curve: lengths(&curve),
            done: nanos(quarters(done)),
            waiting: nanos(quarters(waiting)),
            pausing,
            price_per_hour: f64::from(price),
            standing,
        },
    )
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 4000, failure_persistence: None, ..ProptestConfig::default() })]

    #[test]
    fn no_course_is_expected_to_cost_less(owned in any_job()) {
        let job = owned.job();
        if job.curve.alive(SignedDuration::from_nanos(job.done)) > 0.0 {
            let (least, plan) = (courses::least(&job), job.plan());
            prop_assert!(plan.is_some() == least.is_finite(), "{:?} {least}", plan);
            let cost = plan.map_or(least, |(cost, _)| cost);
            prop_assert!(!least.is_finite() || near(cost, least), "{cost} is not {least}");
        }
    }

    #[test]
    fn a_job_of_one_length_takes_the_cheapest_hours(
        values in prop::collection::vec(0_u32..100, 60..120),
        waiting in 0_usize..40,
        share in 0.1_f64..1.0,
    ) {
        let values: Vec<f64> = values.into_iter().map(f64::from).collect();
        let length = ((values.len() - waiting) as f64 * share).max(1.0) as usize;
        let (rows, curve) = (rows(&[&values]), lengths(&[length as f64]));
        let (cost, _) = job(&rows, &curve, waiting as f64).plan().unwrap();
        let mut window = values[..length + waiting].to_vec();
        window.sort_by(f64::total_cmp);
        prop_assert!(near(cost, window[..length].iter().sum()), "{cost}");
    }

    #[test]
    fn the_tail_of_a_long_curve_may_be_seen_coarsely(
        noise in prop::collection::vec(0_u32..100, 300),
        spread in prop::collection::vec(0_u32..60, 40),
        resume in 0_u32..8,
        waiting in 0_usize..60,
    ) {
        let wave = |(hour, noise): (usize, &u32)| 150.0 + f64::from(*noise) + 100.0 * (hour as f64 / 4.0).sin();
        let values: Vec<f64> = noise.iter().enumerate().map(wave).collect();
        // From half an hour to weeks, evenly by their logarithm.
        let spread: Vec<f64> = spread.into_iter().map(|log| 0.5 * 1.12_f64.powi(log as i32)).collect();
        let (rows, curve) = (rows(&[&values]), lengths(&spread));
        let pausing = Pausing { resume_cost: quarters(resume), ..free() };
        let job = Hazard { pausing, ..job(&rows, &curve, waiting as f64) };
        let (cost, _) = job.plan().unwrap();
        let at_once = Hazard { waiting: 0, ..job }.plan().unwrap().0;
        let least = courses::least_by_the_row(&job);
        prop_assert!(cost <= at_once && cost >= least - 1e-6, "{least} {cost} {at_once}");
        prop_assert!(cost - least <= 0.05 * (at_once - least) + 0.002 * at_once, "{least} {cost} {at_once}");
    }
}
