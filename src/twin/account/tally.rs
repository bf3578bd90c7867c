//! What became of one job, in figures.

use crate::twin::amounts::parts;
use crate::twin::outcome::{Outcome, Segment};
use crate::twin::series::{HOUR, Ms, Series, ms};
use crate::twin::world::{Job, World};

/// What one job used, emitted and waited.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Tally {
    /// When it could have started: at its submission, or when the job before it was done.
    pub ready: Ms,
    /// When it first started.
    pub start: Ms,
    /// When it ended.
    pub end: Ms,
    /// `end - ready - length`.
    pub wait: Ms,
    /// Energy with PUE and resumes, kWh.
    pub kwh: f64,
    /// Emissions of that energy, g.
    pub grams: f64,
    /// The renewable part of that energy, kWh; `None` where it is not known of all of it.
    pub renewable: Option<f64>,
    /// How often it was paused.
    pub pauses: usize,
    /// How often it was resumed in another zone than before.
    pub migrations: usize,
    /// Whether it ran outside the zones that it may run in.
    pub outside: bool,
    /// Whether some of it lies beyond the end of a series, whose last row is taken to hold on.
    pub beyond: bool,
}

/// The tallies of all jobs, by number.
pub fn tallies(world: &World, outcomes: &[Outcome]) -> Vec<Tally> {
    let end = |number: usize| {
        outcomes
            .get(number)
            .and_then(|outcome| outcome.segments.last())
            .map(|last| last.end)
    };
    let tally = |(job, outcome): (&Job, &Outcome)| {
        let done = job.after.and_then(end);
        let ready = done.map_or(job.submit, |done| done.max(job.submit));
        tally(world, job, outcome, ready)
    };
    world.jobs.iter().zip(outcomes).map(tally).collect()
}

fn tally(world: &World, job: &Job, outcome: &Outcome, ready: Ms) -> Tally {
    let (Some(first), Some(last)) = (outcome.segments.first(), outcome.segments.last()) else {
        return Tally::default();
    };
    let mut tally = Tally {
        ready,
        start: first.start,
        end: last.end,
        wait: last.end - ready - job.length,
        renewable: Some(0.0),
        ..Tally::default()
    };
    let mut before: Option<&Segment> = None;
    for segment in &outcome.segments {
        tally.run(world, job, segment);
        if let Some(before) = before {
            tally.resume(world, job, before, segment);
        }
        before = Some(segment);
    }
    tally
}

impl Tally {
    /// Adds the energy of a stretch.
    fn run(&mut self, world: &World, job: &Job, segment: &Segment) {
        let kilowatts = power(job, segment);
        for (zone, share) in parts(job, &world.zones, segment.zone, segment.start) {
            self.outside |= share > 0.0 && !job.zones.contains(&zone);
            let zone = &world.zones[zone];
            let draw = kilowatts * share * zone.pue;
            let beyond = segment.end > zone.intensity.end() || segment.start < zone.intensity.start();
            self.beyond |= beyond && share > 0.0;
            let hours = (segment.end - segment.start) as f64 / HOUR;
            let renewable = zone.renewable_share.as_ref();
            self.add(
                draw * hours,
                draw * held_on(&zone.intensity, segment.start, segment.end),
                renewable.map(|series| draw * held_on(series, segment.start, segment.end)),
            );
        }
    }

    /// Adds the energy of a resume, at the intensity of its instant.
    fn resume(&mut self, world: &World, job: &Job, before: &Segment, segment: &Segment) {
        let migrated = before.zone != segment.zone;
        if segment.start <= before.end && !migrated {
            return;
        }
        self.pauses += 1;
        self.migrations += usize::from(migrated);
        let pausing = job.pausing.unwrap_or_default();
        let cost = if migrated {
            pausing.migration_cost.unwrap_or(pausing.resume_cost)
        } else {
            pausing.resume_cost
        };
        let hours = ms(cost) as f64 / HOUR;
        for (zone, share) in parts(job, &world.zones, segment.zone, segment.start) {
            let zone = &world.zones[zone];
            let energy = power(job, segment) * share * zone.pue * hours;
            let renewable = zone.renewable_share.as_ref();
            self.add(
                energy,
                energy * then(&zone.intensity, segment.start),
                renewable.map(|series| energy * then(series, segment.start)),
            );
        }
    }

    fn add(&mut self, kwh: f64, grams: f64, renewable: Option<f64>) {
        self.kwh += kwh;
        self.grams += grams;
        self.renewable = match (self.renewable, renewable) {
            (Some(sum), Some(more)) => Some(sum + more),
            (sum, None) if kwh == 0.0 => sum,
            _ => None,
        };
    }
}

fn power(job: &Job, segment: &Segment) -> f64 {
    let relative = job.scaling.get(segment.step).map_or(1.0, |step| step.power);
    job.kilowatts * relative
}

/// The integral over `[from, to)` in value hours, the first and the last value held on where the series does not reach.
fn held_on(series: &Series, from: Ms, to: Ms) -> f64 {
    let (first, last) = (series.start(), series.end());
    let (inner, outer) = (from.clamp(first, last), to.clamp(first, last));
    let known = series.integral(inner, outer).unwrap_or(0.0);
    let early = (to.min(first) - from).max(0) as f64 / HOUR * then(series, first);
    let late = (to - from.max(last)).max(0) as f64 / HOUR * then(series, last - 1);
    known + early + late
}

fn then(series: &Series, at: Ms) -> f64 {
    series.value(at.clamp(series.start(), series.end() - 1)).unwrap_or(0.0)
}
