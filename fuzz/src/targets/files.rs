//! A scenario of the twin with the files that it names: YAML, jobs, a series.

use alize::twin::scenario;
use tempfile::TempDir;

use super::BETWEEN;

const SCENARIO: &str = "version: 1
start: 2026-11-20T12:00:00Z
end: 2026-11-21T12:00:00Z
zones:
- name: es
  intensity: {csv: es.csv, time: time, value: 2}
  forecast: persistence
  capacity: {cpus: 4}
jobs:
  csv: jobs.csv
  unit: h
  power: {wattsPerCpu: 5}
  maxDelay: {default: 6h}
  interruptible: {share: 0.5}
  scalingCurves: {flat: [[1, 1.0, 1.0], [2, 1.8, 1.9]]}
runs: [{rival: run-now}, {rival: fifo}, {rival: lowest-window}]
";
const JOBS: &str = "id,submit,duration,cpus,pods\na,0,2,1,1\nb,2026-11-20T13:00:00Z,PT1H,0.5,2\n";
const SERIES: &str = "time,value\n2026-11-20T12:00:00Z,300\n2026-11-21T00:00:00Z,200\n2026-11-21T12:00:00Z,250\n";

/// A scenario that can be read.
pub(super) fn seed() -> Vec<u8> {
    [SCENARIO, JOBS, SERIES].join("\0").into_bytes()
}

/// Reads a scenario, its jobs and its series, in a folder of their own.
pub(super) fn scenario(bytes: &[u8]) -> bool {
    let folder = TempDir::new().expect("a folder");
    let path = |name: &str| folder.path().join(name);
    let mut texts = bytes.splitn(3, |byte| *byte == BETWEEN);
    for name in ["scenario.yaml", "jobs.csv", "es.csv"] {
        std::fs::write(path(name), texts.next().unwrap_or_default()).expect("a folder that can be written to");
    }
    scenario::read(&path("scenario.yaml")).is_ok()
}
