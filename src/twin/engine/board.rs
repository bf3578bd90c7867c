//! The one snapshot of a run, kept up to date in place.

use jiff::Timestamp;

use super::demands::Demands;
use super::work::Work;
use crate::learn::{Arrivals, Sampling};
use crate::planner::{
    Certainty, Decision, Demand, Desk, Level, Outlook, Plan, Point, Series, Snapshot, Zone, ZoneOutlook,
};
use crate::twin::amounts::{capacity, capacity_at};
use crate::twin::knowledge::Knowledge;
use crate::twin::series::{Ms, Row, instant};
use crate::twin::world::{Lengths, World};
use crate::units::{Basis, Slot};

const DAY: Ms = 86_400_000;
/// No place on the board.
const NONE: u32 = u32::MAX;

/// The snapshot, and who is in it.
#[derive(Debug)]
pub(super) struct Board {
    pub(super) snapshot: Snapshot,
    /// By demand: the job.
    numbers: Vec<usize>,
    /// By job: its demand.
    places: Vec<u32>,
    /// By job: whether nothing is left to decide.
    settled: Vec<bool>,
    undecided: usize,
    /// Open since the last plan, as long as what it knows holds.
    desk: Option<Desk>,
    /// Whether running jobs keep others from running.
    limited: bool,
    /// Until when the outlooks are what is known, and how far they reach.
    seen: Option<(Ms, Ms)>,
    /// The latest end that anybody seen so far might have.
    reach: Ms,
    /// When submissions end.
    end: Timestamp,
}

impl Board {
    /// An empty board.
    pub(super) fn of(world: &World, demands: &Demands<'_>, limited: bool) -> Self {
        let zone = |(zone, name): (&crate::twin::world::Zone, &crate::units::ZoneName)| {
            let outlook = ZoneOutlook::unknown(name.clone(), "Nothing is known of it.");
            let mut seen = Zone::of(capacity(&capacity_at(zone, 0)), zone.pue, outlook);
            let models = zone.gpu_models.iter();
            seen.gpu_models = models.map(|(model, count)| (model.clone(), *count as i64)).collect();
            (name.clone(), seen)
        };
        Self {
            snapshot: Snapshot {
                now: world.start,
                seed: world.seed,
                rules: demands.rules().clone(),
                zones: world.zones.iter().zip(demands.zone_names()).map(zone).collect(),
                ..Snapshot::default()
            },
            numbers: Vec::new(),
            places: vec![NONE; world.jobs.len()],
            settled: vec![false; world.jobs.len()],
            undecided: 0,
            desk: None,
            limited,
            seen: None,
            reach: 0,
            end: instant(world.start, world.end),
        }
    }

    /// By demand: the job.
    pub(super) fn numbers(&self) -> &[usize] {
        &self.numbers
    }

    /// How many jobs on it there is something to decide for.
    pub(super) fn undecided(&self) -> usize {
        self.undecided
    }

    /// Puts a job on it.
    pub(super) fn add(
        &mut self,
        demands: &Demands<'_>,
        knowledge: &Knowledge<'_>,
        works: &[Work],
        job: usize,
        now: Ms,
    ) {
        self.places[job] = self.numbers.len() as u32;
        self.numbers.push(job);
        self.snapshot
            .demands
            .push(demands.demand(knowledge, &works[job], job, now));
        self.settled[job] = !demands.managed(job);
        self.undecided += usize::from(demands.managed(job));
        self.see(demands, knowledge, &works[job], job);
    }

    /// A job has started: if it runs to its end now, it only takes room, where that matters.
    pub(super) fn started(&mut self, demands: &Demands<'_>, job: usize) {
        if self.places[job] == NONE || self.settled[job] || demands.open_while_running(job) {
            return;
        }
        if self.limited {
            self.settled[job] = true;
            self.undecided -= 1;
        } else {
            self.remove(job);
        }
    }

    /// Takes a job off it.
    pub(super) fn remove(&mut self, job: usize) {
        let place = self.places[job];
        if place == NONE {
            return;
        }
        self.snapshot.demands.swap_remove(place as usize);
        self.numbers.swap_remove(place as usize);
        if let Some(moved) = self.numbers.get(place as usize) {
            self.places[*moved] = place;
        }
        self.places[job] = NONE;
        self.undecided -= usize::from(!self.settled[job]);
    }

    /// Jobs that may well come, and room for more, until submissions end.
    pub(super) fn expect(&mut self, arrivals: &mut Arrivals) {
        let (now, seed) = (self.snapshot.now, self.snapshot.seed);
        let sampling = Sampling {
            seed,
            ..Sampling::default()
        };
        self.snapshot.phantoms = arrivals.phantoms(now, &sampling).to_vec();
        self.snapshot.phantoms.extend(arrivals.reserve(&self.snapshot));
        self.snapshot.phantoms.retain(|phantom| phantom.submitted < self.end);
    }

    /// Brings all of it up to date.
    pub(super) fn refresh(
        &mut self,
        world: &World,
        demands: &Demands<'_>,
        knowledge: &Knowledge<'_>,
        works: &[Work],
        now: Ms,
    ) {
        if world.lengths == Lengths::Learned {
            self.snapshot.curves = knowledge.curves(&self.numbers);
        }
        for (demand, job) in self.snapshot.demands.iter_mut().zip(&self.numbers) {
            demands.renew(demand, knowledge, &works[*job], *job, now);
        }
        self.look(world, demands, knowledge, now);
    }

    /// Plans all who are on it, and opens the desk for those who come until the next plan.
    pub(super) fn plan(&mut self) -> Plan {
        let (plan, desk) = Desk::open(&self.snapshot);
        self.desk = Some(desk);
        plan
    }

    /// A decision for a newcomer, beside whom nobody is planned anew; `None` where all have to be, because the last plan knows
    /// nothing of its time.
    pub(super) fn admit(&mut self, demand: &Demand) -> Option<Decision> {
        if !self.desk.as_ref().is_some_and(|desk| desk.reaches(demand)) {
            if self.limited {
                return None;
            }
            // Nobody stands in anybody's way: the newcomer alone says how far one has to see.
            let others = std::mem::replace(&mut self.snapshot.demands, vec![demand.clone()]);
            self.desk = Some(Desk::open(&self.snapshot).1);
            self.snapshot.demands = others;
        }
        let desk = self.desk.as_mut()?;
        Some(desk.admit(demand, &self.snapshot))
    }

    /// Whether all that was decided since the last news of grids and capacities is as good as if each job were alone.
    pub(super) fn is_ideal(&self) -> bool {
        self.desk.as_ref().is_some_and(Desk::is_ideal)
    }

    /// Remembers how far one would have to see for a job.
    pub(super) fn see(&mut self, demands: &Demands<'_>, knowledge: &Knowledge<'_>, work: &Work, job: usize) {
        self.snapshot.curves.extend(knowledge.curves(&[job]));
        let upper = demands.length(knowledge, job, work.done as Ms).upper;
        self.reach = self.reach.max(work.latest_start.max(work.ready).saturating_add(upper));
    }

    /// Sets the instant, and what is known then of grids and capacities, as far as anybody's window reaches.
    pub(super) fn look(&mut self, world: &World, demands: &Demands<'_>, knowledge: &Knowledge<'_>, now: Ms) {
        self.snapshot.now = demands.instant(now);
        // A day more, so that a plan can tell what waiting longer would bring.
        let wanted = self.reach.max(now).saturating_add(DAY);
        let enough = self.seen.is_some_and(|(news, until)| now < news && until >= wanted);
        if enough {
            return;
        }
        let until = wanted.saturating_add(DAY);
        let news = knowledge.next_forecast(now, demands.signals()).unwrap_or(Ms::MAX);
        self.seen = Some((news.min(now + DAY), until));
        self.desk = None;
        for (number, name) in demands.zone_names().iter().enumerate() {
            let Some(zone) = self.snapshot.zones.get_mut(name) else {
                continue;
            };
            for signal in demands.signals() {
                let rows = knowledge.rows(number, *signal, now, until);
                zone.outlook.set(*signal, outlook(&rows, demands, now));
            }
            let changes = &world.zones[number].capacity;
            zone.capacity = capacity(&capacity_at(&world.zones[number], now));
            let later = changes.iter().filter(|(from, _)| now < *from && *from < until);
            zone.capacity_from = later
                .map(|(from, amounts)| (demands.instant(*from), capacity(amounts)))
                .collect();
        }
    }
}

fn outlook(rows: &[Row], demands: &Demands<'_>, now: Ms) -> Outlook {
    if rows.is_empty() {
        return Outlook::Unknown("Nothing is known of it yet.".to_owned());
    }
    let point = |row: &Row| Point {
        slot: Slot {
            start: demands.instant(row.start),
            end: demands.instant(row.end),
        },
        value: row.value,
        band: row.band,
    };
    Outlook::Known(Series {
        points: rows.iter().map(point).collect(),
        basis: Basis::LifeCycle,
        flow: None,
        certainty: Certainty::Published,
        level: Level::Live,
        source: "twin".to_owned(),
        issued_at: demands.instant(now),
        fetched_at: demands.instant(now),
    })
}
