//! Jobs of real clusters, where the folder with them is there.

use std::env;
use std::fs::File;
use std::path::PathBuf;
use std::sync::Arc;

use alize::learn::{Finish, Kind};
use alize::planner::{Demand, Freedom, Length, LengthSource, Placement, Progress, Stage};
use alize::units::{JobKey, Resources, Watts};
use flate2::read::GzDecoder;
use jiff::{SignedDuration, Timestamp};

use crate::shared_data::shared;

/// A job as it was; times in seconds after the trace began.
#[derive(Clone)]
pub struct Job {
    pub submit: f64,
    pub length: f64,
    pub cpus: f64,
    pub kind: Kind,
}

impl Job {
    pub fn end(&self) -> f64 {
        self.submit + self.length
    }

    pub fn cpu_hours(&self) -> f64 {
        self.cpus * self.length / 3600.0
    }

    pub fn finish(&self, id: usize) -> Finish {
        Finish {
            at: at(self.end()),
            length: seconds(self.length),
            id: id as u64,
        }
    }

    pub fn demand(&self, id: usize) -> Demand {
        let name: Arc<str> = id.to_string().into();
        let length = seconds(self.length);
        Demand {
            job: JobKey {
                namespace: "trace".into(),
                uid: name.clone(),
                name,
            },
            policy: "policy".into(),
            stage: Stage::Held,
            submitted: at(self.submit),
            latest_start: at(self.submit + 86_400.0),
            finish_by: None,
            length: Length {
                expected: length,
                upper: length,
                source: LengthSource::Learned,
            },
            watts: Watts(5.0 * self.cpus),
            request: Resources {
                cpu_milli: (self.cpus * 1000.0) as i64,
                memory_bytes: 0,
                gpus: 0,
            },
            placement: Placement::Choose(vec!["zone".into()]),
            published: None,
            curve: None,
            gpu_model: None,
            freedom: Freedom::default(),
            progress: Progress::default(),
        }
    }
}

/// A Friday, as the instant at which the traces begin.
pub fn at(second: f64) -> Timestamp {
    Timestamp::from_second(1_609_459_200).unwrap() + seconds(second)
}

pub fn seconds(seconds: f64) -> SignedDuration {
    SignedDuration::from_millis((seconds * 1000.0) as i64)
}

/// A trace by name, by submission; `None`, said loudly, where it is not there.
pub fn trace(name: &str) -> Option<Vec<Job>> {
    let mut jobs = match name {
        "gaia" => rows("gaia_pai_100k.csv.gz", |row| {
            let length = number(row, 1)? * 3600.0;
            let class = if length < 7200.0 { "short" } else { "long" };
            Some(Job {
                submit: number(row, 0)? * 3600.0,
                length,
                cpus: number(row, 2)?,
                kind: Kind::class(class),
            })
        })?,
        _ => rows("alibaba2023_openb_pods.csv.gz", |row| {
            let submit = number(row, 10)?;
            Some(Job {
                submit,
                length: (number(row, 9)? - submit).max(1.0),
                cpus: number(row, 1)? / 1000.0,
                kind: Kind::group(&row[6], &format!("{}-{}-{}", &row[1], &row[2], &row[4])),
            })
        })?,
    };
    jobs.sort_by(|a, b| a.submit.total_cmp(&b.submit));
    Some(jobs)
}

fn rows(file: &str, job: impl Fn(&csv::StringRecord) -> Option<Job>) -> Option<Vec<Job>> {
    #[expect(clippy::disallowed_methods, reason = "a test has no command line of its own")]
    let named = env::var_os("ALIZE_JOBS").map(PathBuf::from);
    let folder = named.unwrap_or_else(|| shared("jobs"));
    let Ok(file) = File::open(folder.join(file)) else {
        println!("SKIPPED: {file} is not in {} ($ALIZE_JOBS)", folder.display());
        return None;
    };
    let mut table = csv::Reader::from_reader(GzDecoder::new(file));
    Some(table.records().filter_map(|row| job(&row.unwrap())).collect())
}

fn number(row: &csv::StringRecord, column: usize) -> Option<f64> {
    row.get(column)?.parse().ok()
}
