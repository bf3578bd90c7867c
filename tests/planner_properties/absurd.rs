//! Snapshots that no cluster should ever give.

use alize::planner::{Outlook, Placement, Snapshot, Stage};
use alize::units::{Resources, Signal, Slot, Watts};
use jiff::{SignedDuration, Timestamp};
use proptest::num::f64::ANY;
use proptest::prelude::*;
use proptest::sample::select;

use super::instances;

/// A usual snapshot with some of its numbers replaced by anything that the type can hold.
pub fn snapshot() -> impl Strategy<Value = Snapshot> {
    let change = prop_oneof![clock(), zones(), demands(), rules()];
    let usual = prop_oneof![instances::snapshot(), instances::free()];
    (usual, proptest::collection::vec(change, 1..8)).prop_map(|(mut snapshot, changes)| {
        for change in changes {
            change.apply(&mut snapshot);
        }
        snapshot
    })
}

#[derive(Clone, Debug)]
enum Change {
    Now(Timestamp),
    Lead(SignedDuration),
    Rate(f64),
    NoZones,
    NoRules,
    Pue(f64),
    Capacity(i64),
    Values(f64, usize),
    Slots(Timestamp, Timestamp),
    Rules(f64, f64, SignedDuration),
    Length(SignedDuration),
    Latest(Timestamp),
    Watts(f64),
    Request(i64),
    Nowhere,
    Published(Timestamp),
    Started(Timestamp),
}

fn instant() -> impl Strategy<Value = Timestamp> + Clone {
    select(vec![
        Timestamp::MIN,
        Timestamp::UNIX_EPOCH,
        instances::at(0),
        instances::at(7200),
        Timestamp::MAX,
    ])
}

fn duration() -> impl Strategy<Value = SignedDuration> + Clone {
    let day = SignedDuration::from_hours(24);
    select(vec![
        SignedDuration::MIN,
        -day,
        SignedDuration::ZERO,
        SignedDuration::from_nanos(1),
        day,
        SignedDuration::MAX,
    ])
}

fn amount() -> impl Strategy<Value = i64> {
    select(vec![i64::MIN, -1, 0, 1, i64::MAX])
}

fn clock() -> impl Strategy<Value = Change> {
    prop_oneof![
        instant().prop_map(Change::Now),
        duration().prop_map(Change::Lead),
        ANY.prop_map(Change::Rate)
    ]
}

fn zones() -> impl Strategy<Value = Change> {
    prop_oneof![
        Just(Change::NoZones),
        ANY.prop_map(Change::Pue),
        amount().prop_map(Change::Capacity),
        (ANY, 0..6_usize).prop_map(|(value, every)| Change::Values(value, every)),
        (instant(), instant()).prop_map(|(start, end)| Change::Slots(start, end)),
    ]
}

fn rules() -> impl Strategy<Value = Change> {
    prop_oneof![
        Just(Change::NoRules),
        (ANY, ANY, duration()).prop_map(|(minimum, price, age)| Change::Rules(minimum, price, age)),
    ]
}

fn demands() -> impl Strategy<Value = Change> {
    prop_oneof![
        duration().prop_map(Change::Length),
        instant().prop_map(Change::Latest),
        ANY.prop_map(Change::Watts),
        amount().prop_map(Change::Request),
        Just(Change::Nowhere),
        instant().prop_map(Change::Published),
        instant().prop_map(Change::Started),
    ]
}

impl Change {
    fn apply(self, snapshot: &mut Snapshot) {
        match self {
            Self::Now(now) => snapshot.now = now,
            Self::Lead(lead) => snapshot.release_lead = lead,
            Self::Rate(rate) => snapshot.releases_per_second = Some(rate),
            Self::NoZones => snapshot.zones.clear(),
            Self::NoRules => snapshot.rules.clear(),
            Self::Pue(_) | Self::Capacity(_) | Self::Values(..) | Self::Slots(..) => self.apply_to_zones(snapshot),
            Self::Rules(minimum, price, age) => {
                for rules in snapshot.rules.values_mut() {
                    (rules.minimum_saving, rules.price_per_hour, rules.max_age) = (minimum, price, age);
                    rules.confidence = 1.0 - price;
                }
            }
            _ => self.apply_to_demands(snapshot),
        }
    }

    fn apply_to_zones(self, snapshot: &mut Snapshot) {
        for zone in snapshot.zones.values_mut() {
            let Outlook::Known(series) = &mut zone.outlook.carbon_intensity else {
                continue;
            };
            match self {
                Self::Pue(pue) => zone.pue = pue,
                Self::Capacity(amount) => zone.capacity = all(amount),
                Self::Values(value, every) => {
                    series
                        .points
                        .iter_mut()
                        .skip(1)
                        .step_by(every + 1)
                        .for_each(|point| point.value = value);
                }
                Self::Slots(start, end) => {
                    series
                        .points
                        .iter_mut()
                        .take(1)
                        .for_each(|point| point.slot = Slot { start, end });
                    let series = Outlook::Known(series.clone());
                    zone.outlook.set(Signal::RenewableShare, series);
                }
                _ => {}
            }
        }
    }

    fn apply_to_demands(self, snapshot: &mut Snapshot) {
        for demand in snapshot.demands.iter_mut().step_by(2) {
            match self {
                Self::Length(length) => (demand.length.expected, demand.length.upper) = (length, length),
                Self::Latest(latest) => demand.latest_start = latest,
                Self::Watts(watts) => demand.watts = Watts(watts),
                Self::Request(amount) => demand.request = all(amount),
                Self::Nowhere => demand.placement = Placement::Choose(Vec::new()),
                Self::Published(start) => {
                    demand
                        .published
                        .iter_mut()
                        .for_each(|published| published.start = start);
                }
                Self::Started(started) => demand.stage = Stage::Running { started, zone: None },
                _ => {}
            }
        }
    }
}

fn all(amount: i64) -> Resources {
    Resources {
        cpu_milli: amount,
        memory_bytes: amount,
        gpus: amount,
    }
}
