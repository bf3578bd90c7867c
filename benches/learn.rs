//! What learning costs: a job that finished, a curve made anew, a day of phantoms drawn.
//!
//! Measured in November 2026 on one of two busy cores: see `benches/README.md`. All data is generated.

use std::hint::black_box;

use alize::learn::{Arrivals, Curves, Finish, Kind, Sampling};
use alize::planner::{Demand, Freedom, Length, LengthSource, Placement, Progress, Stage};
use alize::units::{JobKey, Resources, Watts};
use criterion::{BatchSize, Criterion, criterion_group, criterion_main};
use jiff::{SignedDuration, Timestamp};

fn at(second: u64) -> Timestamp {
    Timestamp::UNIX_EPOCH + SignedDuration::from_secs(second as i64)
}

/// Between a minute and some days, most of them short.
fn length(id: u64) -> SignedDuration {
    let share = (id.wrapping_mul(0x9E37_79B9_7F4A_7C15) >> 11) as f64 / (1_u64 << 53) as f64;
    SignedDuration::from_secs((60.0 * (1.0 - share).powf(-1.2)) as i64)
}

fn finish(id: u64) -> Finish {
    Finish {
        at: at(60 * id),
        length: length(id),
        id,
    }
}

fn kind(id: u64) -> Kind {
    Kind::group(["short", "long"][id as usize % 2], &(id % 20).to_string())
}

fn taught(jobs: u64) -> Curves {
    let mut curves = Curves::default();
    for id in 0..jobs {
        curves.finished(&kind(id), &finish(id));
    }
    curves
}

fn curves(criterion: &mut Criterion) {
    let mut curves = taught(10_000);
    let mut id = 10_000;
    criterion.bench_function("a job has finished", |bench| {
        bench.iter(|| {
            id += 1;
            curves.finished(&kind(id), black_box(&finish(id)));
        });
    });
    let kinds: Vec<Kind> = (0..20).map(kind).collect();
    let running: Vec<_> = (0..500).map(|id| (&kinds[id as usize % 20], length(id))).collect();
    criterion.bench_function("all 23 curves of 10,000 jobs, 500 of them running", |bench| {
        let now = at(60 * 10_001);
        bench.iter_batched_ref(
            || taught(10_000),
            |curves| curves.renew(now, running.iter().copied()),
            BatchSize::SmallInput,
        );
    });
    let mut settled = taught(10_000);
    criterion.bench_function("nothing to renew", |bench| {
        bench.iter(|| settled.renew(at(60 * 10_001), running.iter().copied()));
    });
}

fn demand(id: u64) -> Demand {
    let name = id.to_string();
    let submitted = at(240 * id);
    Demand {
        job: JobKey {
            namespace: "team".into(),
            uid: name.as_str().into(),
            name: name.into(),
        },
        policy: "policy".into(),
        stage: Stage::Held,
        submitted,
        latest_start: submitted + SignedDuration::from_hours(24),
        finish_by: None,
        length: Length {
            expected: length(id),
            upper: length(id),
            source: LengthSource::Learned,
        },
        watts: Watts(100.0),
        request: Resources {
            cpu_milli: 1000 * (1 + id as i64 % 16),
            memory_bytes: 1 << 30,
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

fn arrivals(criterion: &mut Criterion) {
    let mut arrivals = Arrivals::default();
    let jobs: Vec<Demand> = (0..10_000).map(demand).collect();
    for job in &jobs {
        arrivals.submitted(job);
    }
    let now = jobs[9_999].submitted;
    let sampling = |seed| Sampling {
        seed,
        ..Sampling::default()
    };
    let mut seed = 0;
    criterion.bench_function("a day of phantoms, drawn anew", |bench| {
        bench.iter(|| {
            seed += 1;
            arrivals.phantoms(black_box(now), &sampling(seed)).len()
        });
    });
    criterion.bench_function("a day of phantoms, as drawn before", |bench| {
        bench.iter(|| arrivals.phantoms(black_box(now), &sampling(seed)).len());
    });
}

criterion_group!(benches, curves, arrivals);
criterion_main!(benches);
