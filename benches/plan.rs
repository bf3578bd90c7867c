//! How long a plan takes, against the budget of the design: 10,000 jobs x 96 slots x 10 zones within half a second.
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
use std::time::Duration;

use alize::planner::{Snapshot, plan};
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

fn main() {
    ranges::measure(plans);
    ranges::judge("plan/peak of memory", process::memory("self", "VmHWM:"), "MiB");
}
