//! Snapshots as they occur: a few zones and jobs, busy enough that some find no room.

use std::ops::Range;

use alize::planner::{
    Band, Certainty, Demand, Freedom, Length, LengthSource, Level, Outlook, Pausing, Placement, Point, Progress,
    Published, Reason, Rules, Scaling, Segment, Series, Snapshot, Stage, Step, Zone, ZoneOutlook,
};
use alize::units::{Basis, JobKey, Resources, Signal, Slot, Watts, ZoneName};
use jiff::{SignedDuration, Timestamp};
use proptest::collection::vec;
use proptest::prelude::*;
use proptest::sample::{select, subsequence};

const HOUR: i64 = 3600;
const NAMES: [&str; 3] = ["a", "b", "c"];

/// The instant this many seconds after the plan.
pub fn at(seconds: i64) -> Timestamp {
    Timestamp::UNIX_EPOCH + SignedDuration::from_secs(1_800_000_123 + seconds)
}

/// Up to fourteen jobs in three zones, some of them twins that only their keys tell apart.
pub fn snapshot() -> impl Strategy<Value = Snapshot> {
    let zones = [zone(), zone(), zone()];
    let policies = [rules(), rules()];
    let twins = (demand(), 1..3_usize).prop_map(|(demand, count)| vec![demand; count]);
    (zones, policies, vec(twins, 0..8), option(0.0005..0.01), 0..120_i64).prop_map(
        |(zones, policies, demands, releases_per_second, lead)| Snapshot {
            now: at(0),
            seed: 1,
            rules: ["p", "q"].map(Into::into).into_iter().zip(policies).collect(),
            zones: NAMES.into_iter().zip(zones).map(named).collect(),
            demands: demands.into_iter().flatten().enumerate().map(numbered).collect(),
            releases_per_second,
            release_lead: SignedDuration::from_secs(lead),
            ..Snapshot::default()
        },
    )
}

/// The same with eight times as many jobs.
pub fn many() -> impl Strategy<Value = Snapshot> {
    snapshot().prop_map(|mut snapshot| {
        let jobs = std::mem::take(&mut snapshot.demands);
        let many = jobs.iter().cycle().take(8 * jobs.len()).cloned();
        snapshot.demands = many.enumerate().map(numbered).collect();
        snapshot
    })
}

/// One job that has never been planned, with room and releases everywhere, one basis and no price on waiting.
pub fn alone() -> impl Strategy<Value = Snapshot> {
    (snapshot(), demand(), 0..24 * HOUR).prop_map(|(mut snapshot, mut demand, wait)| {
        for zone in snapshot.zones.values_mut() {
            zone.capacity = Resources {
                gpus: 1000,
                ..cores(1000)
            };
            if let Outlook::Known(series) = &mut zone.outlook.carbon_intensity {
                series.basis = Basis::LifeCycle;
            }
        }
        for rules in snapshot.rules.values_mut() {
            (rules.signal, rules.minimum_saving, rules.price_per_hour) = (Signal::CarbonIntensity, 0.0, 0.0);
            rules.cost_per_hour = 0.0;
            rules.confidence = 0.0;
        }
        snapshot.releases_per_second = None;
        demand.stage = Stage::Held;
        demand.published = None;
        demand.latest_start = at(wait);
        demand.placement = Placement::Choose(demand.placement.zones().to_vec());
        snapshot.demands = vec![demand];
        snapshot
    })
}

/// Many jobs that wait for little room, in zones whose forecasts reach beyond them all, under a policy that asks for nothing.
pub fn crowd() -> impl Strategy<Value = Snapshot> {
    let values = || vec(0.0..800.0, 24);
    let windows = (demand(), HOUR..8 * HOUR, 1..3 * HOUR);
    (snapshot(), [values(), values(), values()], vec(windows, 4..24)).prop_map(|(mut snapshot, values, demands)| {
        for (zone, values) in snapshot.zones.values_mut().zip(values) {
            let known = Outlook::Known(series(0, HOUR, &values, Basis::LifeCycle));
            zone.outlook.set(Signal::CarbonIntensity, known);
        }
        for rules in snapshot.rules.values_mut() {
            rules.signal = Signal::CarbonIntensity;
            (rules.minimum_saving, rules.price_per_hour, rules.confidence) = (0.0, 0.0, 0.0);
            rules.cost_per_hour = 0.0;
            rules.priority = 0;
        }
        snapshot.releases_per_second = None;
        let held = |(mut demand, latest, length): (Demand, i64, i64)| {
            demand.stage = Stage::Held;
            demand.latest_start = at(latest);
            demand.length.expected = SignedDuration::from_secs(length);
            demand.published = None;
            demand
        };
        snapshot.demands = demands.into_iter().map(held).enumerate().map(numbered).collect();
        snapshot
    })
}

/// A few jobs that wait for room that seldom holds two of them. All begin and end on quarters of an hour, so that no run touches
/// a part of a slot, which would be booked whole.
pub fn few() -> impl Strategy<Value = Snapshot> {
    (crowd(), 2..=4_usize, 5..9_i64).prop_map(|(mut snapshot, jobs, size)| {
        for zone in snapshot.zones.values_mut() {
            zone.capacity = Resources { gpus: 1, ..cores(size) };
            // Whose borders would lie elsewhere.
            zone.outlook
                .set(Signal::RenewableShare, Outlook::Unknown("nobody asked".into()));
        }
        snapshot.release_lead = SignedDuration::ZERO;
        snapshot.demands.truncate(jobs);
        for demand in &mut snapshot.demands {
            let quarters = |seconds: i64| (seconds / (HOUR / 4) + 1) * (HOUR / 4);
            let latest = demand.latest_start.duration_since(at(0)).as_secs();
            demand.latest_start = at(quarters(latest).min(6 * HOUR));
            demand.length.expected = SignedDuration::from_secs(quarters(demand.length.expected.as_secs()));
        }
        // Most in one zone, so that they meet.
        let zones = ["a", "b"].map(ZoneName::from);
        for (number, demand) in snapshot.demands.iter_mut().enumerate() {
            let own = if number % 3 == 0 { &zones[..] } else { &zones[..1] };
            demand.placement = Placement::Choose(own.to_vec());
        }
        snapshot
    })
}

/// A usual snapshot whose jobs may be paused, run wider, or both, and were promised pieces that may make no sense any more.
pub fn free() -> impl Strategy<Value = Snapshot> {
    let source = select(vec![LengthSource::Annotation, LengthSource::Learned]);
    let promised = vec(segment(), 0..4);
    let changes = vec((freedom(), source, promised, 0..HOUR), 16);
    (snapshot(), changes).prop_map(|(mut snapshot, changes)| {
        for (demand, (freedom, source, segments, done)) in snapshot.demands.iter_mut().zip(changes) {
            (demand.freedom, demand.length.source) = (freedom, source);
            demand.progress.done = SignedDuration::from_secs(done);
            demand
                .published
                .iter_mut()
                .for_each(|published| published.segments.clone_from(&segments));
        }
        snapshot
    })
}

fn freedom() -> impl Strategy<Value = Freedom> {
    let minutes = |range: Range<i64>| range.prop_map(SignedDuration::from_mins);
    let pausing = (minutes(0..30), option(minutes(0..30)), minutes(0..90), 0..4_u32);
    let pausing = pausing.prop_map(|(resume_cost, migration_cost, minimum_run, most)| Pausing {
        resume_cost,
        migration_cost,
        minimum_run,
        most,
    });
    let steps = [(1, 1.0, 1.0), (2, 1.9, 2.0), (4, 3.4, 4.1)].map(|(pods, throughput, power)| Step {
        pods,
        throughput,
        power,
    });
    let scaling = (1..=3_usize).prop_map(move |count| Scaling {
        steps: steps[..count].to_vec(),
    });
    (option(pausing), option(scaling)).prop_map(|(pausing, scaling)| Freedom { pausing, scaling })
}

fn segment() -> impl Strategy<Value = Segment> {
    let pods = select(vec![1, 2, 4]);
    (-HOUR..20 * HOUR, 0..4 * HOUR, select(NAMES.to_vec()), pods).prop_map(|(start, length, zone, pods)| Segment {
        slot: Slot {
            start: at(start),
            end: at(start + length),
        },
        zones: vec![zone.into()],
        pods,
    })
}

fn zone() -> impl Strategy<Value = Zone> {
    let step = select(vec![900, 1800, HOUR]);
    let values = vec(prop_oneof![4 => 0.0..800.0, 1 => Just(100.0)], 1..48);
    let basis = prop_oneof![4 => Just(Basis::LifeCycle), 1 => Just(Basis::Direct)];
    (step, values, 0..4000_i64, basis, 1..12_i64, 1.0..1.6).prop_map(|(step, values, past, basis, size, pue)| {
        let mut outlook = ZoneOutlook::unknown("z".into(), "nobody asked");
        let share: Vec<f64> = values.iter().map(|value: &f64| *value / 800.0).collect();
        outlook.set(
            Signal::CarbonIntensity,
            Outlook::Known(series(-past, step, &values, basis)),
        );
        outlook.set(
            Signal::RenewableShare,
            Outlook::Known(series(-past, step, &share, basis)),
        );
        let capacity = Resources {
            gpus: size / 4,
            ..cores(size)
        };
        Zone::of(capacity, pue, outlook)
    })
}

fn series(start: i64, step: i64, values: &[f64], basis: Basis) -> Series {
    let slot = |i: i64| Slot::of(at(start + i * step), SignedDuration::from_secs(step));
    let point = |(i, value): (i64, &f64)| Point {
        // The farther ahead, the less sure.
        band: Some(Band {
            p10: value * (1.0 - 0.01 * i as f64),
            p90: value * (1.0 + 0.01 * i as f64),
        }),
        ..Point::of(slot(i), *value)
    };
    Series {
        points: (0..).zip(values).map(point).collect(),
        basis,
        flow: None,
        certainty: Certainty::Published,
        level: Level::Live,
        source: "generated".into(),
        issued_at: at(-60),
        fetched_at: at(-60),
    }
}

fn rules() -> impl Strategy<Value = Rules> {
    let signal = prop_oneof![3 => Just(Signal::CarbonIntensity), 1 => Just(Signal::RenewableShare)];
    let confidence = prop_oneof![2 => Just(0.0), 1 => 0.5..1.0];
    let grams = prop_oneof![2 => Just(0.0), 1 => 0.0..20.0];
    let drawn = (signal, 0.0..0.1, (0.0..0.01, grams), confidence, 0..3);
    drawn.prop_map(
        |(signal, minimum_saving, (price_per_hour, cost_per_hour), confidence, priority)| Rules {
            signal,
            minimum_saving,
            price_per_hour,
            cost_per_hour,
            confidence,
            max_age: SignedDuration::from_hours(6),
            priority,
        },
    )
}

fn demand() -> impl Strategy<Value = Demand> {
    let length = prop_oneof![1 => Just(0), 9 => 1..5 * HOUR];
    let size = (1..6_i64, prop_oneof![4 => Just(0), 1 => Just(1)]);
    let policy = select(vec!["p", "q"]);
    (
        policy,
        stage(),
        -HOUR..20 * HOUR,
        length,
        1.0..2000.0,
        size,
        placement(),
        published(),
    )
        .prop_map(
            |(policy, stage, latest, length, watts, (size, gpus), placement, published)| Demand {
                job: key(0),
                policy: policy.into(),
                stage,
                submitted: at(-HOUR),
                latest_start: at(latest),
                finish_by: None,
                length: Length {
                    expected: SignedDuration::from_secs(length),
                    upper: SignedDuration::from_secs(length * 2),
                    source: LengthSource::Learned,
                },
                watts: Watts(watts),
                request: Resources { gpus, ..cores(size) },
                placement,
                published,
                curve: None,
                gpu_model: None,
                freedom: Freedom::default(),
                progress: Progress::default(),
            },
        )
}

fn stage() -> impl Strategy<Value = Stage> {
    let must_run = Stage::MustRun {
        reason: Reason::RunNowRequested,
        note: "as asked".into(),
    };
    let running = (-3 * HOUR..0, option(select(NAMES.to_vec())));
    prop_oneof![
        8 => Just(Stage::Held),
        1 => Just(must_run),
        1 => Just(Stage::Shadow),
        2 => running.prop_map(|(started, zone)| Stage::Running { started: at(started), zone: zone.map(Into::into) }),
    ]
}

fn placement() -> impl Strategy<Value = Placement> {
    let zones = subsequence(NAMES.to_vec(), 1..=NAMES.len());
    (zones, any::<bool>()).prop_map(|(zones, choose)| {
        let zones: Vec<ZoneName> = zones.into_iter().map(Into::into).collect();
        if choose {
            Placement::Choose(zones)
        } else {
            Placement::Somewhere(zones)
        }
    })
}

fn published() -> impl Strategy<Value = Option<Published>> {
    option((-5 * HOUR..20 * HOUR, select(NAMES.to_vec()))).prop_map(|published| {
        published.map(|(start, zone)| Published {
            start: at(start),
            zones: vec![zone.into()],
            segments: Vec::new(),
        })
    })
}

fn option<T: std::fmt::Debug + Clone>(some: impl Strategy<Value = T>) -> impl Strategy<Value = Option<T>> {
    proptest::option::weighted(0.3, some)
}

fn named((name, mut zone): (&str, Zone)) -> (ZoneName, Zone) {
    zone.outlook.zone = name.into();
    (name.into(), zone)
}

fn numbered((number, demand): (usize, Demand)) -> Demand {
    Demand {
        job: key(number),
        ..demand
    }
}

fn key(number: usize) -> JobKey {
    let name = format!("job-{number}");
    JobKey {
        namespace: "n".into(),
        name: name.as_str().into(),
        uid: name.into(),
    }
}

fn cores(count: i64) -> Resources {
    Resources {
        cpu_milli: 1000,
        memory_bytes: 1 << 30,
        gpus: 0,
    }
    .times(count)
}
