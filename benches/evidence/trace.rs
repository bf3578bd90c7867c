//! Jobs as they really ran: a file of `jobs/`, from an instant on.

use std::fs::File;
use std::path::Path;

use csv::{Reader, StringRecord};
use flate2::read::GzDecoder;

/// A job, in hours after the beginning of its trace.
#[derive(Clone, Debug)]
pub struct Job {
    pub submit: f64,
    pub length: f64,
    pub cpus: f64,
    pub memory_gib: f64,
    pub gpus: f64,
}

/// Jobs by submission.
#[derive(Debug)]
pub struct Trace {
    pub name: &'static str,
    pub jobs: Vec<Job>,
}

/// The jobs of a trace from an hour on, and those that had finished before.
#[derive(Debug)]
pub struct Part {
    pub jobs: Vec<Job>,
    pub past: Vec<Job>,
    /// From the first submission that counts to the last, hours.
    pub hours: f64,
}

/// Shorter and longer ones are left out of the pods of Alibaba, as the authors of the other trace did.
const LENGTHS: std::ops::RangeInclusive<f64> = 1.0 / 12.0..=72.0;
/// Jobs that had finished before, from which lengths and arrivals are learned: this many for each that counts.
const PAST: f64 = 0.5;

impl Trace {
    /// Jobs of Alibaba's PAI that were stretched over a year: arrival and length in hours, and cores.
    pub fn gaia(folder: &Path) -> Self {
        let job = |row: &StringRecord| {
            Some(Job {
                submit: row[0].parse().ok()?,
                length: row[1].parse().ok()?,
                cpus: row[2].parse().ok()?,
                memory_gib: 0.0,
                gpus: 0.0,
            })
        };
        Self::of("gaia", &folder.join("jobs/gaia_pai_100k.csv.gz"), &job)
    }

    /// Pods of a cluster with accelerators, of 149 days; those that ran and ended.
    pub fn pods(folder: &Path) -> Self {
        let job = |row: &StringRecord| {
            let number = |column: usize| row[column].parse::<f64>().ok();
            let length = (number(9)? - number(10)?) / 3600.0;
            let gpus = number(3)? * number(4)? / 1000.0;
            LENGTHS.contains(&length).then_some(Job {
                submit: number(8)? / 3600.0,
                length,
                cpus: number(1)? / 1000.0,
                memory_gib: number(2)? / 1024.0,
                gpus: gpus.ceil(),
            })
        };
        Self::of("pods", &folder.join("jobs/alibaba2023_openb_pods.csv.gz"), &job)
    }

    fn of(name: &'static str, file: &Path, job: &dyn Fn(&StringRecord) -> Option<Job>) -> Self {
        let mut reader = Reader::from_reader(GzDecoder::new(File::open(file).unwrap()));
        let mut jobs: Vec<Job> = reader.records().filter_map(|row| job(&row.unwrap())).collect();
        jobs.sort_by(|a, b| a.submit.total_cmp(&b.submit));
        Self { name, jobs }
    }

    /// This many jobs from an hour on, counted from there, so many times as fast.
    pub fn part(&self, from: f64, count: usize, density: f64) -> Part {
        let first = self.jobs.partition_point(|job| job.submit < from);
        let moved = |job: &Job| Job {
            submit: (job.submit - from) / density,
            ..job.clone()
        };
        let jobs: Vec<Job> = self.jobs[first..].iter().take(count).map(moved).collect();
        let before = self.jobs[..first].iter().rev().map(moved);
        let finished = before.filter(|job| job.submit + job.length <= 0.0);
        let past = finished.take((PAST * jobs.len() as f64) as usize).collect();
        Part {
            hours: jobs.last().map_or(0.0, |job| job.submit),
            jobs,
            past,
        }
    }
}

impl Part {
    /// Without jobs that take more than a share of the mean use of all: where a zone holds hardly more than such a job, the
    /// order of two of them decides everything.
    pub fn without_giants(mut self, share: f64) -> Self {
        let most = share * self.mean_cpus();
        self.jobs.retain(|job| job.cpus <= most);
        self.past.retain(|job| job.cpus <= most);
        self
    }

    /// The cores that run on average where every job runs at once.
    pub fn mean_cpus(&self) -> f64 {
        self.jobs.iter().map(|job| job.cpus * job.length).sum::<f64>() / self.hours
    }

    /// The same with a past in which every one of its own lengths is found once: whoever learns from it knows the true curves.
    pub fn knowing_its_curves(self) -> Self {
        let shift = |job: &Job| Job {
            submit: job.submit - self.hours - 100.0,
            ..job.clone()
        };
        Self {
            past: self.jobs.iter().map(shift).collect(),
            ..self
        }
    }
}
