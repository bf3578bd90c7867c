//! Small snapshots for the tests of this room.

use std::collections::BTreeMap;

use jiff::{SignedDuration, Timestamp};

use super::grid::{Grid, HOUR, Offset};
use super::*;
use crate::units::{Basis, JobKey, PolicyName, Resources, Signal, Slot, Watts, ZoneName};

/// The instant this many seconds after the snapshot's start.
pub(super) fn at(seconds: i64) -> Timestamp {
    Timestamp::from_second(1_800_000_000 + seconds).unwrap()
}

/// Hours as an offset.
pub(super) fn hours(hours: f64) -> Offset {
    (hours * HOUR as f64) as Offset
}

/// A fresh series of life-cycle values in slots of `step` seconds from `at(start)` on.
pub(super) fn series(start: i64, step: i64, values: &[f64]) -> Series {
    let slot = |i: i64| Slot::of(at(start + i * step), SignedDuration::from_secs(step));
    let point = |(i, value): (i64, &f64)| Point::of(slot(i), *value);
    Series {
        points: (0..).zip(values).map(point).collect(),
        basis: Basis::LifeCycle,
        flow: None,
        certainty: Certainty::Published,
        level: Level::Live,
        source: "test".into(),
        issued_at: at(0),
        fetched_at: at(0),
    }
}

/// An empty snapshot at `at(0)` with the policy `p`, which minimises intensity and asks for nothing.
pub(super) fn snapshot() -> Snapshot {
    let rules = Rules {
        signal: Signal::CarbonIntensity,
        minimum_saving: 0.0,
        price_per_hour: 0.0,
        cost_per_hour: 0.0,
        confidence: 0.0,
        max_age: SignedDuration::from_hours(6),
        priority: 0,
    };
    Snapshot {
        now: at(0),
        seed: 1,
        rules: BTreeMap::from([("p".into(), rules)]),
        ..Snapshot::default()
    }
}

/// The rules of the policy `p`.
pub(super) fn rules(snapshot: &mut Snapshot) -> &mut Rules {
    snapshot.rules.get_mut(&PolicyName::from("p")).unwrap()
}

/// Adds a zone of ten cores whose intensity has these values in slots of `step` seconds from `at(0)` on.
pub(super) fn steps(snapshot: &mut Snapshot, zone: &str, step: i64, values: &[f64]) {
    let mut outlook = ZoneOutlook::unknown(zone.into(), "not asked");
    outlook.carbon_intensity = Outlook::Known(series(0, step, values));
    let capacity = cores(10);
    snapshot.zones.insert(zone.into(), Zone::of(capacity, 1.0, outlook));
}

/// The grid of a day in hours.
pub(super) fn day() -> Grid {
    let mut s = snapshot();
    steps(&mut s, "a", 3600, &[1.0; 24]);
    s.demands = vec![demand("j", 86_400, 3600)];
    Grid::of(&s)
}

/// This many cores, and memory to go with them.
pub(super) fn cores(count: i64) -> Resources {
    Resources {
        cpu_milli: 1000,
        memory_bytes: 1 << 30,
        gpus: 0,
    }
    .times(count)
}

/// A held job of 1 kW and one core that may run in zones `a` to `d`; times in seconds.
pub(super) fn demand(name: &str, latest_start: i64, length: i64) -> Demand {
    let expected = SignedDuration::from_secs(length);
    Demand {
        job: JobKey {
            namespace: "n".into(),
            name: name.into(),
            uid: name.into(),
        },
        policy: "p".into(),
        stage: Stage::Held,
        submitted: at(0),
        latest_start: at(latest_start),
        finish_by: None,
        length: Length {
            expected,
            upper: expected,
            source: LengthSource::Annotation,
        },
        watts: Watts(1000.0),
        request: cores(1),
        placement: Placement::Choose(zones(&["a", "b", "c", "d"])),
        published: None,
        curve: None,
        gpu_model: None,
        freedom: Freedom::default(),
        progress: Progress::default(),
    }
}

/// Zone names.
pub(super) fn zones(names: &[&str]) -> Vec<ZoneName> {
    names.iter().map(|name| ZoneName::from(*name)).collect()
}

/// The only decision of a plan for one job.
pub(super) fn decide(snapshot: &Snapshot) -> Decision {
    plan(snapshot).decisions.remove(0)
}

/// One greenest hour, the third, in a zone with room for one [`big`] job.
pub(super) fn contended() -> Snapshot {
    let mut s = snapshot();
    steps(&mut s, "a", 3600, &[300.0, 200.0, 100.0, 250.0, 300.0, 300.0]);
    s
}

/// A job of an hour that takes ten cores.
pub(super) fn big(name: &str, latest_start: i64) -> Demand {
    Demand {
        request: cores(10),
        ..demand(name, latest_start, 3600)
    }
}
