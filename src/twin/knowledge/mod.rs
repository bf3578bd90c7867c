//! What may be known at an instant: whoever decides sees the world through it, and nothing else.
//!
//! - Of a series: the rows that have begun, and the forecast as it stood then.
//! - Of a length: what the scenario allows ([`Lengths`](super::world::Lengths)), learned from jobs that had finished by then.
//!
//! Where a series ends is known: every window ends there.

mod foresight;
mod lengths;
mod teller;

use std::cell::RefCell;
use std::collections::BTreeMap;
use std::ops::Range;
use std::sync::Arc;

pub use lengths::Known;

use super::series::{Ms, Row, Series};
use super::sight::Sight;
use super::world::{Forecast, World};
use crate::planner::Survival;
use crate::units::Signal;
use foresight::Foresight;
use lengths::Learner;

const HOUR: Ms = 3_600_000;
const DAY: Ms = 24 * HOUR;
/// Forecasts further ahead than this say nothing.
const FAR: Ms = 30 * DAY;
/// Of what is past, whoever looks at a series sees so much.
const PAST: Ms = 8 * DAY;

/// A series as it is seen during a stretch of time.
type Seen = (Range<Ms>, Arc<Series>);

/// What may be known, of one world in one run.
#[derive(Debug)]
pub struct Knowledge<'w> {
    world: &'w World,
    lengths: Learner,
    /// By zone and signal.
    foresights: Vec<[Option<Foresight<'w>>; 3]>,
    /// How far ahead of its submission any job might end: nobody needs to see further.
    reach: Ms,
    /// By zone: the intensity as it was last seen, and while it looks so.
    seen: Vec<RefCell<Option<Seen>>>,
}

impl<'w> Knowledge<'w> {
    /// What is known before anything has happened.
    pub fn new(world: &'w World) -> Self {
        let furthest = world.jobs.iter().map(|job| job.max_delay.saturating_add(job.length));
        let reach = furthest.max().unwrap_or(0).min(FAR) + 2 * DAY;
        let hours = (reach / HOUR) as usize;
        let foresight = |zone: usize, signal| {
            let series = world.zones[zone].series(signal)?;
            Some(Foresight::of(forecast(world, zone, signal), series, world.start, hours))
        };
        let zones = 0..world.zones.len();
        Self {
            world,
            lengths: Learner::of(world),
            foresights: zones
                .map(|zone| Signal::ALL.map(|signal| foresight(zone, signal)))
                .collect(),
            reach,
            seen: world.zones.iter().map(|_| RefCell::default()).collect(),
        }
    }

    /// The rows of a zone's signal that hold from `now` on, up to `until` or the end of the series: the one that holds now,
    /// then what is forecast. Empty where nothing is known.
    pub fn rows(&self, zone: usize, signal: Signal, now: Ms, until: Ms) -> Vec<Row> {
        let foresight = self.foresights[zone][signal as usize].as_ref();
        foresight
            .map(|foresight| foresight.rows(now, until))
            .unwrap_or_default()
    }

    /// The next instant after `now` at which a forecast changes, of any zone and signal of these.
    pub fn next_forecast(&self, now: Ms, signals: &[Signal]) -> Option<Ms> {
        let all = self.foresights.iter();
        let foresights = all.flat_map(|zone| signals.iter().filter_map(|signal| zone[*signal as usize].as_ref()));
        foresights.filter_map(|foresight| foresight.next(now)).min()
    }

    /// How long a job runs, as far as it is known after it has done `done` of its work.
    pub fn length(&self, job: usize, done: Ms) -> Option<Known> {
        self.lengths.length(self.world, job, done)
    }

    /// The name of the curve that the job's length follows, where only that is known.
    pub fn curve(&self, job: usize) -> Option<String> {
        self.lengths.curve(job)
    }

    /// The curves of these jobs, by name.
    pub fn curves(&self, jobs: &[usize]) -> BTreeMap<String, Survival> {
        self.lengths.curves(jobs)
    }

    /// A job has finished: from now on its length is known.
    pub fn finished(&mut self, job: usize, now: Ms) {
        self.lengths.finished(self.world, job, now);
    }

    /// Learns from all that has finished, and from the unfinished jobs with the work that they have behind them.
    pub fn renew(&mut self, now: Ms, unfinished: impl Iterator<Item = (usize, Ms)>) {
        self.lengths.renew(self.world, now, unfinished);
    }

    /// The series of a zone's intensity as it is seen at `now`.
    fn as_seen(&self, zone: usize, now: Ms) -> Series {
        let truth = &self.world.zones[zone].intensity;
        let rows = self.rows(zone, Signal::CarbonIntensity, now, now.saturating_add(self.reach));
        let first = rows.first().map_or(truth.start(), |row| row.start);
        let past = truth.rows().skip_while(|(start, _)| *start < first - PAST);
        let past = past.take_while(|(start, _)| *start < first);
        let end = rows.last().map_or(first, |row| row.end);
        Series::of(past.chain(rows.iter().map(|row| (row.start, row.value))), end)
    }
}

/// A forecast that somebody issued is one of the intensity; of other signals there is none, so the profile tells.
fn forecast(world: &World, zone: usize, signal: Signal) -> &Forecast {
    match &world.zones[zone].forecast {
        Forecast::Issued(_) if signal != Signal::CarbonIntensity => &Forecast::Profile,
        forecast => forecast,
    }
}

impl Sight for Knowledge<'_> {
    fn forecast(&self, zone: usize, now: Ms) -> Arc<Series> {
        let mut seen = self.seen[zone].borrow_mut();
        if let Some((while_so, series)) = seen.as_ref()
            && while_so.contains(&now)
        {
            return series.clone();
        }
        let foresight = self.foresights[zone][Signal::CarbonIntensity as usize].as_ref();
        let until = foresight.and_then(|foresight| foresight.next(now));
        let perfect = self.world.zones[zone].forecast == Forecast::Perfect;
        let series = Arc::new(if perfect {
            self.world.zones[zone].intensity.clone()
        } else {
            self.as_seen(zone, now)
        });
        let from = if perfect { Ms::MIN } else { now };
        *seen = Some((from..until.unwrap_or(Ms::MAX), series.clone()));
        series
    }
}
