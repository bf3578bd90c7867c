//! What may be known at an instant: whoever decides sees the world through it, and nothing else.
//!
//! - Of a series: the rows that have begun, and the forecast as it stood then.
//! - Of a length: what the scenario allows ([`Lengths`]), learned from jobs that had finished by then.
//!
//! Where a series ends is known: every window ends there.

mod foresight;
mod lengths;

use std::cell::RefCell;
use std::collections::BTreeMap;
use std::ops::Range;
use std::sync::Arc;

pub use foresight::{Foresight, Row};
pub use lengths::Known;

use super::series::{Ms, Series};
use super::sight::Sight;
use super::world::{Forecast, World};
use crate::planner::Survival;
use crate::units::Signal;
use lengths::Learner;

const DAY: Ms = 86_400_000;
/// Forecasts further ahead than this say nothing.
const FAR: Ms = 30 * DAY;

/// A series as it is seen during a stretch of time.
type Seen = (Range<Ms>, Arc<Series>);

/// What may be known, of one world in one run.
#[derive(Debug)]
pub struct Knowledge<'w> {
    world: &'w World,
    lengths: Learner,
    /// How far ahead of its submission any job might end: nobody needs to see further.
    reach: Ms,
    /// By zone: the intensity as it was last seen, and until when it looks so.
    seen: Vec<RefCell<Option<Seen>>>,
}

impl<'w> Knowledge<'w> {
    /// What is known before anything has happened.
    pub fn new(world: &'w World) -> Self {
        Self {
            world,
            lengths: Learner::of(world),
            reach: world
                .jobs
                .iter()
                .map(|job| job.max_delay.min(FAR) + job.length)
                .max()
                .unwrap_or(0)
                + DAY,
            seen: world.zones.iter().map(|_| RefCell::default()).collect(),
        }
    }

    /// The rows of a zone's signal that hold from `now` on, up to `until` or the end of the series: the one that holds now,
    /// then what is forecast. Empty where nothing is known.
    pub fn rows(&self, zone: usize, signal: Signal, now: Ms, until: Ms) -> Vec<Row> {
        match self.series(zone, signal) {
            Some(series) => Foresight::of(self.forecast(zone, signal), series).rows(now, until),
            None => Vec::new(),
        }
    }

    /// The next instant after `now` at which a forecast changes, of any zone and signal of these.
    pub fn next_forecast(&self, now: Ms, signals: &[Signal]) -> Option<Ms> {
        let zones = 0..self.world.zones.len();
        let all = zones.flat_map(|zone| signals.iter().map(move |signal| (zone, *signal)));
        all.filter_map(|(zone, signal)| {
            let series = self.series(zone, signal)?;
            Foresight::of(self.forecast(zone, signal), series).next(now)
        })
        .min()
    }

    /// How long a job runs, as far as it is known after it has done `done` of its work.
    pub fn length(&self, job: usize, done: Ms) -> Option<Known> {
        self.lengths.length(self.world, job, done)
    }

    /// The name of the curve that the job's length follows, where only that is known.
    pub fn curve(&self, job: usize) -> Option<String> {
        self.lengths.curve(self.world, job)
    }

    /// All curves, by name.
    pub fn curves(&self) -> BTreeMap<String, Survival> {
        self.lengths.curves(self.world)
    }

    /// A job has finished: from now on its length is known.
    pub fn finished(&mut self, job: usize) {
        self.lengths.finished(self.world, job);
    }

    /// The series of a zone's intensity as it is seen at `now`.
    fn seen(&self, zone: usize, now: Ms) -> Series {
        let truth = &self.world.zones[zone].intensity;
        let mut rows = self.rows(zone, Signal::CarbonIntensity, now, now.saturating_add(self.reach));
        let first = rows.first().map_or(truth.start(), |row| row.start);
        let past = truth.rows().take_while(|(start, _)| *start < first);
        let end = rows.last().map_or(first, |row| row.end);
        Series::of(
            past.collect::<Vec<_>>()
                .into_iter()
                .chain(rows.drain(..).map(|row| (row.start, row.value))),
            end,
        )
    }

    /// A forecast that somebody issued is one of the intensity; of other signals there is none, so the profile tells.
    fn forecast(&self, zone: usize, signal: Signal) -> &'w Forecast {
        match &self.world.zones[zone].forecast {
            Forecast::Issued(_) if signal != Signal::CarbonIntensity => &Forecast::Profile,
            forecast => forecast,
        }
    }

    fn series(&self, zone: usize, signal: Signal) -> Option<&'w Series> {
        let zone = &self.world.zones[zone];
        match signal {
            Signal::CarbonIntensity => Some(&zone.intensity),
            Signal::RenewableShare => zone.renewable_share.as_ref(),
            Signal::MarginalIntensity => zone.marginal.as_ref(),
        }
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
        let truth = &self.world.zones[zone].intensity;
        let until = Foresight::of(&self.world.zones[zone].forecast, truth).next(now);
        let series = Arc::new(match self.world.zones[zone].forecast {
            Forecast::Perfect => truth.clone(),
            _ => self.seen(zone, now),
        });
        *seen = Some((now..until.unwrap_or(Ms::MAX), series.clone()));
        series
    }
}
