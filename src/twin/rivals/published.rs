//! The published order of GAIA's policies and of the threshold policy, on real grids and the jobs of its paper.
//!
//! `cargo test --release --lib published -- --ignored --nocapture`, with the data in `../shared/data`. GAIA's table (carbon
//! against no waiting: Lowest-Slot 0.780, Carbon-Time 0.725, Lowest-Window 0.684, threshold 0.639) is of a zone and a month
//! that we do not have, so the order is checked and not the figures. That the threshold policy, which pauses, beats
//! Lowest-Window, which does not, is a matter of sunny grids such as theirs; where the wind decides they are about equal.

use std::fs::File;
use std::path::PathBuf;

use flate2::read::GzDecoder;

use super::testing::{hours, job, pausable, world};
use super::{Options, Rival, Starts, run};
use crate::twin::outcome::Run;
use crate::twin::sight::Perfect;
use crate::twin::world::{Job, Lengths, World};

/// The records of a file in the shared data; `None`, said loudly, where it is not there.
fn records(path: &str) -> Option<Vec<csv::StringRecord>> {
    let path = PathBuf::from(env!("CARGO_MANIFEST_DIR"))
        .join("../shared/data")
        .join(path);
    let Ok(file) = File::open(&path) else {
        eprintln!("SKIPPED: there is no {}", path.display());
        return None;
    };
    csv::Reader::from_reader(GzDecoder::new(file))
        .records()
        .collect::<Result<_, _>>()
        .ok()
}

fn number(record: &csv::StringRecord, column: usize) -> f64 {
    record[column].parse().unwrap()
}

/// GAIA's two queues: below 2 h a job may wait 6 h, else 24 h. 5 W a core.
fn queued(record: &csv::StringRecord) -> Job {
    let length = number(record, 1);
    let short = length < 2.0;
    let job = job(number(record, 0), length, if short { 6.0 } else { 24.0 });
    pausable(Job {
        class: usize::from(!short),
        kilowatts: number(record, 2) * 0.005,
        ..job
    })
}

/// The jobs of the paper that end within the year, on a grid as it was, with the means of the queues known.
fn year(zone: &str) -> Option<World> {
    let values: Vec<f64> = records(&format!("ci/{zone}.csv.gz"))?
        .iter()
        .map(|record| number(record, 5))
        .collect();
    let mut jobs: Vec<Job> = records("jobs/gaia_pai_100k.csv.gz")?.iter().map(queued).collect();
    jobs.retain(|job| job.submit + job.length <= hours(values.len() as f64));
    jobs.sort_by_key(|job| job.submit);
    Some(World {
        lengths: Lengths::Mean,
        ..world(&values, jobs)
    })
}

fn grams(world: &World, run: &Run) -> f64 {
    let grams = |(job, start, end)| -> f64 {
        let job: &Job = job;
        world.zones[0].intensity.integral(start, end).unwrap() * job.kilowatts
    };
    let jobs = world.jobs.iter().zip(&run.outcomes);
    jobs.flat_map(|(job, outcome)| {
        outcome
            .segments
            .iter()
            .map(move |segment| (job, segment.start, segment.end))
    })
    .map(grams)
    .sum()
}

/// Carbon against no waiting of Lowest-Slot, Carbon-Time, Lowest-Window and the threshold policy.
fn table(zone: &str) -> Option<[f64; 4]> {
    let world = year(zone)?;
    let now = |job: &Job| {
        world.zones[0]
            .intensity
            .integral(job.submit, job.submit + job.length)
            .unwrap()
            * job.kilowatts
    };
    let now: f64 = world.jobs.iter().map(now).sum();
    let options = Options {
        starts: Starts::Hourly,
        ..Options::default()
    };
    let rivals = [
        Rival::LowestSlot,
        Rival::CarbonTime,
        Rival::LowestWindow,
        Rival::Threshold,
    ];
    let row = rivals.map(|rival| grams(&world, &run(rival, &world, &Perfect::of(&world), &options)) / now);
    eprintln!(
        "{zone:18} slot {:.3}, time {:.3}, window {:.3}, threshold {:.3}",
        row[0], row[1], row[2], row[3]
    );
    Some(row)
}

#[test]
#[ignore = "reads ../shared/data"]
fn carbon_time_lies_between_lowest_slot_and_lowest_window_on_every_grid() {
    for zone in ["ES_2022", "DE-LU_2022", "GB_2022", "ZA_2022", "US-MIDA-PJM_2022"] {
        let Some([slot, time, window, threshold]) = table(zone) else {
            return;
        };
        assert!(slot > time && time > window, "{zone}");
        assert!(slot > threshold && threshold < 1.0, "{zone}");
    }
}

#[test]
#[ignore = "reads ../shared/data"]
fn on_sunny_grids_the_threshold_policy_comes_first_as_published() {
    for zone in ["US-CAL-CISO_2021", "US-CAL-CISO_2022", "CL-SIC_2022"] {
        let Some(row) = table(zone) else { return };
        assert!(row.is_sorted_by(|a, b| a > b), "{zone}");
    }
}
