//! A scenario that needs no files: two made-up grids and four teams, drawn by a seed.
//!
//! One grid has the sun's day, the other has weather fronts; two weeks, of which the first is history. Nothing of it is
//! measured anywhere, and its figures say nothing about any real grid.

use jiff::{SignedDuration, Timestamp};

use super::error::{Place, TwinError};
use super::policy::Policy;
use super::rivals::{Options, Rival};
use super::scenario::{Kind, RunSpec, Scenario};
use super::series::{Ms, Series};
use super::world::{Amounts, Forecast, Home, Job, Lengths, World, Zone};
use crate::planner::Pausing;

const HOUR: Ms = 3_600_000;
const SEED: u64 = 1;
/// 2026-01-05, a Monday.
const START: i64 = 1_767_571_200;
/// Hours of history, of submissions, and for the last jobs to end.
const PAST: i64 = 7 * 24;
const WEEK: i64 = 7 * 24;
const AFTER: i64 = 4 * 24;
const JOBS: usize = 400;

/// The policy that it shows: a day of waiting for whoever wants it.
const POLICY: &str = "delay: {max: 24h}";

/// A class of the bundled jobs: how many of ten, the typical hours, the most that they wait.
const CLASSES: [(&str, usize, f64, Ms); 3] = [
    ("short", 5, 0.5, 6 * HOUR),
    ("medium", 4, 3.0, 24 * HOUR),
    ("long", 1, 12.0, 24 * HOUR),
];
const PAUSING: Pausing = Pausing {
    resume_cost: SignedDuration::from_mins(5),
    migration_cost: None,
    minimum_run: SignedDuration::ZERO,
    most: u32::MAX,
};
const TEAMS: [&str; 4] = ["reports", "research", "training", "video"];

/// The scenario.
///
/// # Errors
/// None that a user could cause: its policy is read like any other.
pub fn bundled() -> Result<Scenario, TwinError> {
    let mut lots = fastrand::Rng::with_seed(SEED);
    let world = World {
        start: Timestamp::from_second(START).unwrap_or_default(),
        seed: SEED,
        slot: HOUR / 4,
        end: WEEK * HOUR,
        zones: vec![zone("sunny", &sunny(&mut lots)), zone("windy", &windy(&mut lots))],
        jobs: jobs(&mut lots, JOBS, 0..WEEK),
        history: jobs(&mut lots, JOBS / 2, -PAST..-24),
        left_out: Vec::new(),
        classes: CLASSES.iter().map(|(name, ..)| (*name).to_owned()).collect(),
        lengths: Lengths::Learned,
        arrivals_known: false,
    };
    let spec =
        serde_saphyr::from_str(POLICY).map_err(|error| Place::file("bundled".as_ref()).wrong(error.to_string()))?;
    let run = |name: &str, kind: Kind| RunSpec {
        name: name.to_owned(),
        kind,
    };
    let rivals = Rival::ALL.map(|rival| run(rival.name(), Kind::Rival(rival, Options::default())));
    let ours = [run("alize", Kind::Policies(vec![Policy::of("alize", spec)]))];
    let plain = [run("run-now", Kind::RunNow), run("fifo", Kind::Fifo)];
    let optimum = [run("optimum", Kind::Optimum { interruptible: None })];
    Ok(Scenario {
        name: "bundled".to_owned(),
        world,
        pausing: PAUSING,
        runs: ours.into_iter().chain(plain).chain(rivals).chain(optimum).collect(),
        warnings: vec![
            "this is the bundled scenario, and its grids are made up; name a file to run your own".to_owned(),
        ],
    })
}

fn zone(name: &str, intensity: &[f64]) -> Zone {
    let series = |value: fn(f64) -> f64| {
        let rows = (-PAST..)
            .zip(intensity)
            .map(|(hour, grams)| (hour * HOUR, value(*grams)));
        Series::of(rows, (WEEK + AFTER) * HOUR)
    };
    Zone {
        name: name.to_owned(),
        intensity: series(|grams| grams),
        renewable_share: Some(series(|grams| (1.0 - grams / 600.0).clamp(0.0, 1.0))),
        pue: 1.2,
        capacity: vec![(
            0,
            Amounts {
                cpus: 104.0,
                memory_gib: 416.0,
                gpus: 0.0,
            },
        )],
        forecast: Forecast::Profile,
        ..Zone::default()
    }
}

fn hours() -> impl Iterator<Item = i64> {
    -PAST..WEEK + AFTER
}

/// The sun by day, clouds that change from day to day, and more demand in the evening.
fn sunny(lots: &mut fastrand::Rng) -> Vec<f64> {
    let mut clouds = 0.5;
    let mut value = |hour: i64| {
        let of_day = hour.rem_euclid(24) as f64;
        if of_day == 0.0 {
            clouds = lots.f64();
        }
        let height = ((of_day - 6.0) / 12.0 * std::f64::consts::PI).sin().max(0.0);
        let evening = (-((of_day - 20.0) / 2.5).powi(2)).exp();
        420.0 - 300.0 * height * (1.0 - 0.6 * clouds) + 60.0 * evening + 10.0 * lots.f64()
    };
    hours().map(&mut value).collect()
}

/// Fronts that come and go within days.
fn windy(lots: &mut fastrand::Rng) -> Vec<f64> {
    let mut wind: f64 = 0.5;
    let mut value = |_| {
        wind = (wind + 0.02 * (0.5 - wind) + 0.12 * (lots.f64() - 0.5)).clamp(0.0, 1.0);
        450.0 - 350.0 * wind
    };
    hours().map(&mut value).collect()
}

/// Jobs within these hours, more by day than by night.
fn jobs(lots: &mut fastrand::Rng, count: usize, hours: std::ops::Range<i64>) -> Vec<Job> {
    let mut jobs: Vec<Job> = Vec::with_capacity(count);
    while jobs.len() < count {
        let submit = lots.i64(hours.start * HOUR..hours.end * HOUR);
        let by_day = (9..18).contains(&(submit / HOUR).rem_euclid(24));
        if by_day || lots.f64() < 0.4 {
            jobs.push(job(lots, jobs.len() + 1, submit));
        }
    }
    jobs.sort_by_key(|job| job.submit);
    jobs
}

fn job(lots: &mut fastrand::Rng, number: usize, submit: Ms) -> Job {
    let ten: Vec<usize> = (0..CLASSES.len())
        .flat_map(|class| vec![class; CLASSES[class].1])
        .collect();
    let class = ten[lots.usize(..ten.len())];
    let (_, _, typical, max_delay) = CLASSES[class];
    let team = lots.usize(..TEAMS.len());
    // Exponential lengths, cut at six times the typical: nobody knows when a job will end.
    let length = (-lots.f64().max(1e-9).ln() * typical).clamp(0.05, 6.0 * typical);
    let cpus = [1.0, 2.0, 4.0, 8.0][lots.usize(..4)];
    let pausable = lots.f64() < 0.5;
    Job {
        id: format!("{}-{number}", TEAMS[team]),
        namespace: TEAMS[team].to_owned(),
        class,
        zones: vec![0, 1],
        home: Home::Zone(0),
        submit,
        length: (length * HOUR as f64) as Ms,
        need: Amounts {
            cpus,
            memory_gib: 4.0 * cpus,
            gpus: 0.0,
        },
        kilowatts: cpus * 0.005,
        max_delay,
        pausing: pausable.then_some(PAUSING),
        ..Job::default()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn it_is_the_same_every_time_and_covers_all_its_runs() {
        let (one, two) = (bundled().unwrap(), bundled().unwrap());
        assert_eq!(one.world.jobs, two.world.jobs);
        assert_eq!(one.world.zones, two.world.zones);
        assert_eq!(one.runs.len(), Rival::ALL.len() + 4);
        for job in &one.world.jobs {
            let last = job.submit + job.max_delay + job.length;
            assert!(job.submit >= 0 && last <= one.world.zones[0].intensity.end(), "{job:?}");
        }
        assert!(one.world.history.iter().all(|job| job.submit + job.length <= 0));
    }
}
