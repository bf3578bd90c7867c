//! How long a plan takes, against the budget of the design: 10,000 jobs x 96 slots x 10 zones within half a second, and one more
//! job at posted prices within 50 us.
//!
//! `benches/ranges.yaml` says what is expected, `benches/README.md` what was seen.
//!
//! Grids are generated. Where a folder of real ones is there (`$ALIZE_DATA`, else `../shared/data/ci`; hourly files of
//! Electricity Maps, gzip), the same jobs are planned on them too.

#![expect(clippy::print_stdout, reason = "a benchmark prints what it measures")]
#![expect(clippy::unwrap_used, reason = "a benchmark ends with what it did not expect")]

mod instance;
mod process;
mod ranges;

use std::hint::black_box;
use std::time::{Duration, Instant};

use alize::planner::{Desk, Snapshot, plan};
use criterion::{BenchmarkId, Criterion};

/// As in the product itself.
#[global_allocator]
static ALLOCATOR: tikv_jemallocator::Jemalloc = tikv_jemallocator::Jemalloc;

fn plans(criterion: &mut Criterion) {
    let mut group = criterion.benchmark_group("plan");
    group.sample_size(10).measurement_time(Duration::from_secs(5));
    let mut measure = |name: &str, snapshot: &Snapshot| {
        let jobs = snapshot.demands.len();
        group.bench_with_input(BenchmarkId::new(name, jobs), snapshot, |bench, snapshot| {
            bench.iter(|| plan(black_box(snapshot)));
        });
    };
    measure("generated, half full", &instance::generated(10_000, 0.5));
    measure("generated, nearly full", &instance::generated(10_000, 0.95));
    measure("generated, replanned", &instance::replanned(10_000, 0.5));
    measure("generated, of learned lengths", &instance::learned(10_000, 0.5));
    if let Some(snapshot) = instance::real(10_000, 0.5) {
        measure("real grids, half full", &snapshot);
    }
}

/// Who comes before the next plan.
const NEWCOMERS: u32 = 1_000;

/// One more job at posted prices, beside a plan of 10,000: the mean of a thousand that come one after the other.
#[expect(clippy::disallowed_methods, reason = "a benchmark measures real time")]
fn one_more_job(criterion: &mut Criterion) {
    let mut group = criterion.benchmark_group("one_more_job");
    group.sample_size(10).measurement_time(Duration::from_secs(5));
    for (name, full) in [("half full", 0.5), ("nearly full", 0.95)] {
        let (snapshot, newcomers) = instance::newcomers(10_000, NEWCOMERS as usize, full);
        group.bench_function(BenchmarkId::new(name, 10_000), |bench| {
            bench.iter_custom(|desks| {
                let mut taken = Duration::ZERO;
                for _ in 0..desks {
                    let (_, mut desk) = Desk::open(&snapshot);
                    let begun = Instant::now();
                    for newcomer in &newcomers {
                        black_box(desk.admit(black_box(newcomer), &snapshot));
                    }
                    taken += begun.elapsed() / NEWCOMERS;
                }
                taken
            });
        });
    }
}

fn main() {
    ranges::measure(|criterion| {
        plans(criterion);
        one_more_job(criterion);
    });
    ranges::judge("plan/peak of memory", process::memory("self", "VmHWM:"), "MiB");
}
