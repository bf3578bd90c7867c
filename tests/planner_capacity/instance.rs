//! Small instances in which all is whole: hours, cores, GiB and accelerators, and jobs that start on the hour.

use std::collections::BTreeMap;
use std::ops::{Range, RangeInclusive};

use alize::planner::{
    Certainty, Demand, Freedom, Length, LengthSource, Level, Outlook, Placement, Plan, Point, Progress, Rules, Series,
    Snapshot, Stage, Zone, ZoneOutlook,
};
use alize::units::{Basis, JobKey, Resources, Signal, Slot, Watts};
use fastrand::Rng;
use jiff::{SignedDuration, Timestamp};

/// Cores, GiB, accelerators, and those of each model.
pub type Amounts = [i64; 3 + MODELS.len()];

const MODELS: [&str; 2] = ["A100", "T4"];

/// What is drawn.
#[derive(Debug)]
pub struct Shape {
    pub zones: RangeInclusive<usize>,
    pub slots: RangeInclusive<usize>,
    pub jobs: RangeInclusive<usize>,
    /// What a zone holds.
    pub room: RangeInclusive<i64>,
    /// Slots that a job takes.
    pub length: RangeInclusive<usize>,
    /// Cores that a job takes.
    pub cores: RangeInclusive<i64>,
    /// Accelerators that a zone has; where it has any, memory is scarce too, else there is a GiB for each core.
    pub gpus: RangeInclusive<i64>,
}

/// Jobs of one core and one slot.
pub const SLOTS: Shape = Shape {
    zones: 1..=3,
    slots: 5..=12,
    jobs: 6..=24,
    room: 1..=4,
    length: 1..=1,
    cores: 1..=1,
    gpus: 0..=0,
};

/// Jobs of several cores and slots, few enough for whole numbers.
pub const BLOCKS: Shape = Shape {
    zones: 1..=2,
    slots: 6..=10,
    jobs: 4..=9,
    room: 3..=6,
    length: 1..=3,
    cores: 1..=2,
    gpus: 0..=0,
};

/// The same with memory and accelerators of two models, any of which may be what is short.
pub const MIXED: Shape = Shape {
    room: 4..=8,
    gpus: 1..=3,
    ..BLOCKS
};

#[derive(Debug)]
pub struct Place {
    pub holds: Amounts,
    /// By slot, gCO2e/kWh.
    intensity: Vec<f64>,
    pue: f64,
}

#[derive(Debug)]
pub struct Job {
    pub takes: Amounts,
    /// The model of accelerators that it asks for.
    model: Option<usize>,
    length: usize,
    watts: f64,
    /// The slots in which it may start.
    window: RangeInclusive<usize>,
    /// The zones that it may run in.
    zones: Vec<usize>,
}

/// A job in a zone from a slot on.
#[derive(Clone, Copy, Debug)]
pub struct Start {
    pub job: usize,
    pub zone: usize,
    pub slot: usize,
}

#[derive(Debug)]
pub struct Instance {
    pub zones: Vec<Place>,
    pub jobs: Vec<Job>,
}

impl Instance {
    /// The instance of a seed.
    pub fn drawn(shape: &Shape, seed: u64) -> Self {
        let mut lots = Rng::with_seed(seed);
        let (zones, slots) = (lots.usize(shape.zones.clone()), lots.usize(shape.slots.clone()));
        let mut place = |_| Place {
            holds: holds(&mut lots, shape),
            intensity: (0..slots).map(|_| (50.0 + 650.0 * lots.f64()).round()).collect(),
            pue: 1.0 + 0.5 * lots.f64(),
        };
        let zones: Vec<Place> = (0..zones).map(&mut place).collect();
        let jobs = lots.usize(shape.jobs.clone());
        Self {
            jobs: (0..jobs).map(|_| job(&mut lots, shape, slots, zones.len())).collect(),
            zones,
        }
    }

    /// Whether the vertices of its linear program are whole.
    pub fn is_whole(&self) -> bool {
        self.jobs
            .iter()
            .all(|job| job.length == 1 && job.takes == [1, 1, 0, 0, 0])
    }

    /// All starts of a job.
    pub fn possible(&self, job: usize) -> Vec<Start> {
        let of_zone = |zone: &usize| {
            let zone = *zone;
            self.jobs[job].window.clone().map(move |slot| Start { job, zone, slot })
        };
        self.jobs[job].zones.iter().flat_map(of_zone).collect()
    }

    /// The slots that a job takes.
    pub fn slots(&self, start: &Start) -> Range<usize> {
        start.slot..start.slot + self.jobs[start.job].length
    }

    /// Grams, by the definition.
    pub fn cost(&self, start: &Start) -> f64 {
        let zone = &self.zones[start.zone];
        let intensity: f64 = zone.intensity[self.slots(start)].iter().sum();
        intensity * zone.pue * self.jobs[start.job].watts / 1000.0
    }

    /// What all jobs cost as soon as they may start, each in its first zone, whatever the room.
    pub fn at_once(&self) -> f64 {
        (0..self.jobs.len()).map(|job| self.cost(&self.possible(job)[0])).sum()
    }

    /// What all jobs cost where each has all room to itself.
    pub fn alone(&self) -> f64 {
        let least = |job| {
            self.possible(job)
                .iter()
                .map(|start| self.cost(start))
                .fold(f64::INFINITY, f64::min)
        };
        (0..self.jobs.len()).map(least).sum()
    }

    /// The first zone and slot that hold more than they can, and how much.
    pub fn overbooked(&self, starts: &[Start]) -> Option<(usize, usize, Amounts)> {
        let mut used: BTreeMap<(usize, usize), Amounts> = BTreeMap::new();
        for start in starts {
            for slot in self.slots(start) {
                let used = used.entry((start.zone, slot)).or_default();
                used.iter_mut()
                    .zip(self.jobs[start.job].takes)
                    .for_each(|(used, more)| *used += more);
            }
        }
        let is_over = |zone: usize, used: &Amounts| {
            used.iter()
                .zip(self.zones[zone].holds)
                .any(|(used, whole)| *used > whole)
        };
        used.into_iter()
            .map(|((zone, slot), used)| (zone, slot, used))
            .find(|(zone, _, used)| is_over(*zone, used))
    }

    /// The jobs that start outside their windows or zones.
    pub fn late(&self, starts: &[Start]) -> Vec<Start> {
        let allowed = |start: &&Start| {
            let job = &self.jobs[start.job];
            job.window.contains(&start.slot) && job.zones.contains(&start.zone)
        };
        starts.iter().filter(|start| !allowed(start)).copied().collect()
    }

    /// What a plan chose, by job.
    pub fn starts(&self, plan: &Plan) -> Vec<Start> {
        let start = |(job, decision): (usize, &alize::planner::Decision)| {
            let seconds = decision.chosen.start.duration_since(at(0)).as_secs();
            assert_eq!(seconds % 3600, 0, "starts are on the hour: {decision:?}");
            let zone = decision.chosen.zones[0].to_string();
            let zone = (0..self.zones.len()).find(|number| name(*number) == zone);
            Start {
                job,
                zone: zone.unwrap(),
                slot: (seconds / 3600) as usize,
            }
        };
        assert_eq!(plan.decisions.len(), self.jobs.len());
        plan.decisions.iter().enumerate().map(start).collect()
    }

    /// The same for the planner.
    pub fn snapshot(&self) -> Snapshot {
        let rules = Rules {
            signal: Signal::CarbonIntensity,
            minimum_saving: 0.0,
            price_per_hour: 0.0,
            cost_per_hour: 0.0,
            confidence: 0.0,
            max_age: SignedDuration::from_hours(6),
            priority: 0,
        };
        let zones = self.zones.iter().enumerate();
        Snapshot {
            now: at(0),
            seed: 1,
            rules: BTreeMap::from([("p".into(), rules)]),
            zones: zones
                .map(|(number, zone)| (name(number).as_str().into(), offered(zone)))
                .collect(),
            demands: self
                .jobs
                .iter()
                .enumerate()
                .map(|(number, job)| demand(number, job))
                .collect(),
            ..Snapshot::default()
        }
    }
}

fn job(lots: &mut Rng, shape: &Shape, slots: usize, zones: usize) -> Job {
    let length = lots.usize(shape.length.clone());
    let first = lots.usize(0..=(slots - length) / 2);
    let mut allowed: Vec<usize> = (0..zones).collect();
    lots.shuffle(&mut allowed);
    allowed.truncate(lots.usize(1..=zones));
    let cores = lots.i64(shape.cores.clone());
    let mut takes = [cores, cores, 0, 0, 0];
    let mut model = None;
    if *shape.gpus.end() > 0 {
        takes[1] = lots.i64(0..=3);
        takes[2] = lots.i64(0..=1);
        model = (takes[2] > 0 && lots.bool()).then(|| lots.usize(0..MODELS.len()));
        if let Some(model) = model {
            takes[3 + model] = takes[2];
        }
    }
    Job {
        takes,
        model,
        length,
        watts: (100.0 + 900.0 * lots.f64()).round() * cores as f64,
        // What is due now starts now, room or not: there is nothing to judge.
        window: first..=lots.usize(first.max(1)..=slots - length),
        zones: allowed,
    }
}

fn holds(lots: &mut Rng, shape: &Shape) -> Amounts {
    let cores = lots.i64(shape.room.clone());
    if *shape.gpus.end() == 0 {
        return [cores, cores, 0, 0, 0];
    }
    let (memory, gpus) = (lots.i64(4..=10), lots.i64(shape.gpus.clone()));
    let of_first = lots.i64(0..=gpus);
    [cores, memory, gpus, of_first, gpus - of_first]
}

fn offered(zone: &Place) -> Zone {
    let slot = |number: usize| Slot::of(at(number), SignedDuration::from_hours(1));
    let points = zone.intensity.iter().enumerate();
    let mut outlook = ZoneOutlook::unknown("z".into(), "nobody asked");
    outlook.carbon_intensity = Outlook::Known(Series {
        points: points.map(|(number, value)| Point::of(slot(number), *value)).collect(),
        basis: Basis::LifeCycle,
        flow: None,
        certainty: Certainty::Published,
        level: Level::Live,
        source: "drawn".into(),
        issued_at: at(0),
        fetched_at: at(0),
    });
    let of_model = |(name, count): (&str, i64)| (name.to_owned(), count);
    Zone {
        gpu_models: MODELS
            .into_iter()
            .zip(zone.holds[3..].iter().copied())
            .map(of_model)
            .collect(),
        ..Zone::of(resources(&zone.holds), zone.pue, outlook)
    }
}

fn demand(number: usize, job: &Job) -> Demand {
    let length = SignedDuration::from_hours(job.length as i64);
    let id = format!("job-{number}");
    Demand {
        job: JobKey {
            namespace: "n".into(),
            name: id.as_str().into(),
            uid: id.into(),
        },
        policy: "p".into(),
        stage: Stage::Held,
        submitted: at(*job.window.start()),
        latest_start: at(*job.window.end()),
        finish_by: None,
        length: Length {
            expected: length,
            upper: length,
            source: LengthSource::Annotation,
        },
        watts: Watts(job.watts),
        request: resources(&job.takes),
        placement: Placement::Choose(job.zones.iter().map(|zone| name(*zone).as_str().into()).collect()),
        published: None,
        curve: None,
        gpu_model: job.model.map(|model| MODELS[model].to_owned()),
        freedom: Freedom::default(),
        progress: Progress::default(),
    }
}

fn name(zone: usize) -> String {
    format!("zone-{zone}")
}

fn resources(amounts: &Amounts) -> Resources {
    Resources {
        cpu_milli: 1000 * amounts[0],
        memory_bytes: amounts[1] << 30,
        gpus: amounts[2],
    }
}

/// The beginning of a slot.
fn at(slot: usize) -> Timestamp {
    Timestamp::UNIX_EPOCH + SignedDuration::from_hours(500_000 + slot as i64)
}
