//! The instances that are planned: a fleet of deferrable jobs over 96 hours in ten zones.

mod curves;

use std::collections::BTreeMap;

use alize::planner::{
    Demand, Freedom, Length, LengthSource, Placement, Progress, Rules, Snapshot, Stage, Survival, Zone, ZoneOutlook,
    plan,
};
use alize::units::{JobKey, Resources, Signal, Watts, ZoneName};
use jiff::{SignedDuration, Timestamp};

/// Slots of an hour.
const SLOTS: usize = 96;
const ZONES: usize = 10;

/// A fleet whose work fills this share of all capacity, on generated grids.
pub fn generated(jobs: usize, full: f64) -> Snapshot {
    fleet(jobs, full, curves::generated(ZONES, SLOTS, now()))
}

/// The same fleet on real grids; `None`, with a line that says so, where there are none.
pub fn real(jobs: usize, full: f64) -> Option<Snapshot> {
    Some(fleet(jobs, full, curves::real(ZONES, SLOTS, now())?))
}

/// The same fleet a second later, with its plan published and its prices known: what every cycle but the first sees.
pub fn replanned(jobs: usize, full: f64) -> Snapshot {
    let mut snapshot = generated(jobs, full);
    let before = plan(&snapshot);
    for (demand, decision) in snapshot.demands.iter_mut().zip(before.decisions) {
        demand.published = Some((&decision.chosen).into());
    }
    snapshot.prices = Some(before.prices);
    snapshot.now += SignedDuration::from_secs(1);
    snapshot
}

/// The same fleet as it looks after weeks: of the lengths only the curves of forty kinds are known, and a tenth as many jobs may
/// well come.
pub fn learned(jobs: usize, full: f64) -> Snapshot {
    const KINDS: usize = 40;
    let mut snapshot = generated(jobs, full);
    let phantoms = snapshot.demands.iter().take(jobs / 10).enumerate();
    snapshot.phantoms = phantoms.map(|(number, demand)| phantom(number, demand)).collect();
    for (number, demand) in snapshot.demands.iter_mut().chain(&mut snapshot.phantoms).enumerate() {
        let kind = number % KINDS;
        let shares = (1..=64).map(|step| f64::from(step) / 64.0);
        // From ten minutes on, the longer the fewer, up to a day.
        let scale = 600.0 * (1.0 + kind as f64 / 4.0);
        let steps = shares.map(|share| (seconds(scale * (1.0 + 8.0 * share * share)), 1.0 - share));
        let curve = Survival::of(steps);
        demand.length.expected = curve.mean(SignedDuration::ZERO);
        demand.length.upper = curve.quantile(0.95, SignedDuration::ZERO);
        demand.curve = Some(format!("team/{kind}"));
        snapshot.curves.insert(format!("team/{kind}"), curve);
    }
    snapshot
}

/// A job like this one that may come within the day.
fn phantom(number: usize, like: &Demand) -> Demand {
    let later = SignedDuration::from_mins((number as i64 * 97) % 1440);
    let mut phantom = like.clone();
    phantom.job.uid = format!("phantom-{number}").into();
    phantom.submitted += later;
    phantom.latest_start += later;
    phantom
}

/// A fleet, and as many more jobs of its kind, which it knows nothing of.
pub fn newcomers(jobs: usize, more: usize, full: f64) -> (Snapshot, Vec<Demand>) {
    let snapshot = generated(jobs, full);
    let later = |(number, demand): (usize, &Demand)| {
        let mut newcomer = demand.clone();
        newcomer.job.uid = format!("newcomer-{number}").into();
        newcomer
    };
    let newcomers = snapshot.demands.iter().take(more).enumerate().map(later).collect();
    (snapshot, newcomers)
}

fn seconds(seconds: f64) -> SignedDuration {
    SignedDuration::from_secs(seconds as i64)
}

fn now() -> Timestamp {
    // 2026-11-25, a little after midnight: the first slot has begun.
    Timestamp::UNIX_EPOCH + SignedDuration::from_secs(1_795_564_800 + 137)
}

fn fleet(jobs: usize, full: f64, outlooks: Vec<ZoneOutlook>) -> Snapshot {
    let names: Vec<ZoneName> = outlooks.iter().map(|outlook| outlook.zone.clone()).collect();
    let mut dice = Dice(2026);
    let demands: Vec<Demand> = (0..jobs).map(|number| demand(number, &names, &mut dice)).collect();
    let slots: f64 = demands
        .iter()
        .map(|demand| demand.length.expected.as_secs_f64() / 3600.0 + 1.0)
        .sum();
    let mean = demands.iter().map(|demand| demand.request).sum::<Resources>();
    // On average as much is asked for in every slot and zone; a GPU job must fit somewhere, however few there are.
    let share = slots / jobs as f64 / full / (SLOTS * ZONES) as f64;
    let capacity = Resources {
        cpu_milli: (mean.cpu_milli as f64 * share) as i64,
        memory_bytes: (mean.memory_bytes as f64 * share) as i64,
        gpus: (mean.gpus as f64 * share) as i64,
    };
    let zone = |outlook: ZoneOutlook| (outlook.zone.clone(), Zone::of(capacity, 1.2, outlook));
    let rules = Rules {
        signal: Signal::CarbonIntensity,
        minimum_saving: 0.02,
        price_per_hour: 0.0,
        cost_per_hour: 0.0,
        confidence: 0.0,
        max_age: SignedDuration::from_hours(6),
        priority: 0,
    };
    Snapshot {
        now: now(),
        seed: 1,
        rules: BTreeMap::from([("batch".into(), rules)]),
        zones: outlooks.into_iter().map(zone).collect(),
        demands,
        releases_per_second: Some(20.0),
        release_lead: SignedDuration::from_secs(30),
        ..Snapshot::default()
    }
}

/// Ten minutes to eight hours long, one to eight cores, every tenth with a GPU; most may run anywhere, some in three zones,
/// some are shifted in time only. They may wait up to four days.
fn demand(number: usize, zones: &[ZoneName], dice: &mut Dice) -> Demand {
    let hours = (10.0_f64 / 60.0) * 48.0_f64.powf(dice.roll());
    let expected = SignedDuration::from_secs((hours * 3600.0) as i64);
    let wait = SignedDuration::from_secs((dice.roll() * (SLOTS as f64 - hours - 1.0) * 3600.0) as i64);
    let cores = 1 + (dice.roll() * 8.0) as i64;
    let gpus = i64::from(dice.roll() < 0.1);
    let placement = match dice.roll() {
        lot if lot < 0.6 => Placement::Choose(zones.to_vec()),
        lot if lot < 0.9 => Placement::Choose((0..3).map(|_| zones[dice.below(zones.len())].clone()).collect()),
        _ => Placement::Somewhere(zones.to_vec()),
    };
    Demand {
        job: JobKey {
            namespace: format!("team-{}", number % 20).into(),
            name: format!("job-{number}").into(),
            uid: format!("uid-{number}").into(),
        },
        policy: "batch".into(),
        stage: Stage::Held,
        submitted: now(),
        latest_start: now() + wait,
        finish_by: None,
        length: Length {
            expected,
            upper: expected * 2,
            source: LengthSource::Learned,
        },
        watts: Watts(2.5 * cores as f64 + 180.0 * gpus as f64),
        request: Resources {
            cpu_milli: cores * 1000,
            memory_bytes: cores << 32,
            gpus,
        },
        placement,
        published: None,
        curve: None,
        gpu_model: None,
        freedom: Freedom::default(),
        progress: Progress::default(),
    }
}

/// Draws lots, always the same: the generator of Steele, Lea and Flood, "Fast splittable pseudorandom number generators",
/// OOPSLA 2014.
pub struct Dice(pub u64);

impl Dice {
    /// A number from 0 up to 1.
    pub fn roll(&mut self) -> f64 {
        self.0 = self.0.wrapping_add(0x9e37_79b9_7f4a_7c15);
        let mut bits = self.0;
        bits = (bits ^ (bits >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
        bits = (bits ^ (bits >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
        ((bits ^ (bits >> 31)) >> 11) as f64 / (1_u64 << 53) as f64
    }

    /// A whole number below `end`.
    pub fn below(&mut self, end: usize) -> usize {
        (self.roll() * end as f64) as usize
    }
}
