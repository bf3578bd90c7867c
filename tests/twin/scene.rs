//! A scenario in a directory of its own, and what becomes of it.

use std::collections::BTreeMap;
use std::path::PathBuf;

use alize::twin::result::Results;
use alize::twin::scenario::{self, Scenario};
use alize::twin::{TwinError, play};
use alize::units::SystemClock;
use tempfile::TempDir;

/// Policies that ask for nothing and allow a day.
pub const POLICY: &str = "
apiVersion: alize.dev/v1alpha1
kind: CarbonPolicy
metadata: {name: green}
spec: {delay: {max: 30d}}
";

/// Files of a scenario; times count from 2022-01-01.
pub struct Scene {
    folder: TempDir,
}

impl Scene {
    /// A scene with `policy.yaml`, without zones and jobs.
    pub fn new() -> Self {
        let scene = Self {
            folder: TempDir::new().unwrap(),
        };
        scene.file("policy.yaml", POLICY)
    }

    /// A scene with one zone `es` of these hourly intensities, and these jobs below `submit,duration,cpus`, in hours.
    pub fn of(values: &[f64], jobs: &str) -> Self {
        Self::new()
            .zone("es", values)
            .file("jobs.csv", format!("id,submit,duration,cpus\n{jobs}"))
    }

    /// Adds a file.
    pub fn file(self, name: &str, text: impl AsRef<[u8]>) -> Self {
        std::fs::write(self.path(name), text).unwrap();
        self
    }

    /// Adds `NAME.csv` with hourly values from the start on.
    pub fn zone(self, name: &str, values: &[f64]) -> Self {
        self.file(&format!("{name}.csv"), hourly(0, values))
    }

    /// The path of a file.
    pub fn path(&self, name: &str) -> PathBuf {
        self.folder.path().join(name)
    }

    /// Reads a scenario with one zone `es`; `zone`, `jobs` and `rest` are more lines of YAML.
    pub fn read_with(&self, zone: &str, jobs: &str, rest: &str) -> Result<Scenario, TwinError> {
        let zones = format!(
            "- name: es\n  intensity: {{csv: es.csv, time: time, value: value}}\n{}",
            indented(zone)
        );
        self.read_zones(&zones, jobs, rest)
    }

    /// Reads a scenario with these zones.
    pub fn read_zones(&self, zones: &str, jobs: &str, rest: &str) -> Result<Scenario, TwinError> {
        let runs = if rest.contains("runs:") {
            ""
        } else {
            "runs: [{name: alize, policy: policy.yaml}, {rival: run-now}, {rival: fifo}]"
        };
        let yaml = format!(
            "version: 1\nstart: 2022-01-01T00:00:00Z\nend: 2022-02-01T00:00:00Z\nzones:\n{zones}\njobs:\n  csv: jobs.csv\n  unit: h\n  \
             power: {{wattsPerCpu: 1000}}\n{}\n{rest}\n{runs}\n",
            indented(jobs)
        );
        std::fs::write(self.path("scenario.yaml"), yaml).unwrap();
        scenario::read(&self.path("scenario.yaml"))
    }

    /// Runs it.
    pub fn run(&self, zone: &str, jobs: &str, rest: &str) -> Outcome {
        self.play(&self.read_with(zone, jobs, rest).unwrap())
    }

    /// Runs a scenario that was read.
    pub fn play(&self, scenario: &Scenario) -> Outcome {
        let results = play(scenario, &SystemClock, &mut |_| ());
        let out = self.path("out");
        results.write(scenario, &out).unwrap();
        let read = |name: &str| std::fs::read_to_string(out.join(name)).unwrap();
        let mut reader = csv::Reader::from_path(out.join("jobs.csv")).unwrap();
        let rows = reader.deserialize().collect::<Result<_, _>>().unwrap();
        Outcome {
            json: serde_json::from_str(&read("result.json")).unwrap(),
            rows,
            results,
        }
    }
}

/// What was written.
pub struct Outcome {
    pub json: serde_json::Value,
    pub rows: Vec<BTreeMap<String, String>>,
    pub results: Results,
}

impl Outcome {
    /// A figure of a run.
    pub fn figure(&self, run: &str, name: &str) -> f64 {
        let runs = self.json["runs"].as_array().unwrap();
        let run = runs.iter().find(|other| other["name"] == run).unwrap();
        run[name].as_f64().unwrap_or(f64::NAN)
    }

    /// A cell of `jobs.csv`.
    pub fn cell(&self, run: &str, job: &str, column: &str) -> &str {
        let row = self.rows.iter().find(|row| row["run"] == run && row["job"] == job);
        &row.unwrap()[column]
    }

    /// The segments of a job, without the date of the first days.
    pub fn segments(&self, run: &str, job: &str) -> String {
        self.cell(run, job, "segments")
            .replace(":00.000Z", "")
            .replace("2022-01-", "")
    }
}

/// A series with a header, hour by hour from `first` hours after the start.
pub fn hourly(first: i64, values: &[f64]) -> String {
    let start = jiff::Timestamp::from_second(1_640_995_200).unwrap();
    let row = |(hour, value): (i64, &f64)| {
        let at = start + jiff::SignedDuration::from_hours(hour);
        format!("{at},{value}\n")
    };
    let rows: String = (first..).zip(values).map(row).collect();
    format!("time,value\n{rows}")
}

/// Values hour by hour: dirty but for these hours of every day.
pub fn days(days: usize, clean: std::ops::Range<usize>) -> Vec<f64> {
    (0..days * 24)
        .map(|hour| if clean.contains(&(hour % 24)) { 100.0 } else { 300.0 })
        .collect()
}

/// All of these, each with its end.
pub fn lines(lines: impl Iterator<Item = String>) -> String {
    lines.map(|line| line + "\n").collect()
}

fn indented(lines: &str) -> String {
    self::lines(lines.lines().map(|line| format!("  {line}")))
}

/// Whether two figures are the same but for rounding.
pub fn close(a: f64, b: f64) -> bool {
    (a - b).abs() <= 1e-9 * a.abs().max(b.abs()).max(1.0)
}
