//! How long the twin takes for a year of 100,000 jobs, against the budget of the design: ten seconds.
//!
//! Jobs and grid are generated. `benches/ranges.yaml` says what is expected, `benches/README.md` what was seen.

#![expect(clippy::print_stdout, reason = "a benchmark prints what it measures")]
#![expect(clippy::unwrap_used, reason = "a benchmark ends with what it did not expect")]

mod process;
mod ranges;

use std::f64::consts::TAU;
use std::fmt::Write;
use std::path::Path;
use std::time::Duration;

use alize::twin::play;
use alize::twin::scenario::{self, Scenario};
use alize::units::SystemClock;
use criterion::{Criterion, SamplingMode};
use tempfile::TempDir;

/// As in the product itself.
#[global_allocator]
static ALLOCATOR: tikv_jemallocator::Jemalloc = tikv_jemallocator::Jemalloc;

const JOBS: usize = 100_000;
/// Hours in which jobs are submitted, and those of the year.
const HOURS: (f64, usize) = (8600.0, 8760);
const POLICY: &str = "
apiVersion: alize.dev/v1alpha1
kind: CarbonPolicy
metadata: {name: green}
spec: {delay: {max: 1d}}
";

/// Hourly intensities: the sun of a day, the wind of some days, and noise. Eight days before the year are known.
fn grid(random: &mut fastrand::Rng) -> String {
    let mut wind = 0.0;
    let mut rows = "time,value\n".to_owned();
    let first: jiff::Timestamp = "2021-12-24T00:00:00Z".parse().unwrap();
    for hour in 0..HOURS.1 + 8 * 24 {
        wind = 0.97 * wind + 20.0 * (random.f64() - 0.5);
        let sun = (-60.0 * (TAU * (hour % 24) as f64 / 24.0).cos()).max(0.0);
        let at = first + jiff::SignedDuration::from_hours(hour as i64);
        writeln!(rows, "{at},{:.1}", (250.0 - sun + wind).max(20.0)).unwrap();
    }
    rows
}

/// Mostly short and narrow jobs, more of them by day: about 140 run at a time.
fn jobs(random: &mut fastrand::Rng) -> String {
    let mut rows = "submit,duration,cpus\n".to_owned();
    for _ in 0..JOBS {
        let day = (random.f64() * HOURS.0 / 24.0).floor();
        let hour = 24.0 * (random.f64() + random.f64()) / 2.0;
        let length = 0.2 * (1.0 - random.f64()).powf(-0.8);
        let cpus = 1 << random.u32(0..4);
        writeln!(rows, "{:.4},{:.4},{cpus}", 24.0 * day + hour, length.min(48.0)).unwrap();
    }
    rows
}

/// The year with one more line about its zone.
fn year(folder: &Path, zone: &str) -> Scenario {
    let yaml = format!(
        "version: 1\nseed: 1\nstart: 2022-01-01T00:00:00Z\nend: 2022-12-31T00:00:00Z\nzones:\n- name: here\n  intensity: {{csv: \
         grid.csv, time: time, value: value}}\n  {zone}\njobs:\n  csv: jobs.csv\n  unit: h\n  power: {{wattsPerCpu: 5}}\n  maxDelay: \
         {{default: 24h}}\nruns: [{{name: alize, policy: policy.yaml}}]\n"
    );
    std::fs::write(folder.join("scenario.yaml"), yaml).unwrap();
    scenario::read(&folder.join("scenario.yaml")).unwrap()
}

fn main() {
    let folder = TempDir::new().unwrap();
    let mut random = fastrand::Rng::with_seed(1);
    std::fs::write(folder.path().join("grid.csv"), grid(&mut random)).unwrap();
    std::fs::write(folder.path().join("jobs.csv"), jobs(&mut random)).unwrap();
    std::fs::write(folder.path().join("policy.yaml"), POLICY).unwrap();
    ranges::measure(|criterion: &mut Criterion| {
        let mut group = criterion.benchmark_group("twin");
        group.sample_size(10).sampling_mode(SamplingMode::Flat);
        group
            .warm_up_time(Duration::from_millis(1))
            .measurement_time(Duration::from_secs(1));
        for (name, zone) in [
            ("a year, all room", ""),
            ("a year, profile forecast", "forecast: profile"),
            ("a year, room for ten times the mean use", "capacity: {cpus: 7500}"),
        ] {
            let scenario = year(folder.path(), zone);
            group.bench_function(name, |bench| {
                bench.iter(|| play(&scenario, &SystemClock, &mut |_| ()));
            });
        }
        group.finish();
    });
    ranges::judge("twin/peak of memory", process::memory("self", "VmHWM:"), "MiB");
}
