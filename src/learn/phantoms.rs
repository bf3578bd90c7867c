//! Jobs that may well come, drawn from those that came.

use jiff::{SignedDuration, Timestamp};

use super::alike::Place;
use super::history::{HourIndex, hour_of};
use super::pool::{Pool, Template};
use crate::planner::{Demand, Progress, Stage};
use crate::units::JobKey;

/// The step of the sequence that spreads most evenly.
const GOLDEN_RATIO: f64 = 1.618_033_988_749_895;

/// What is drawn.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Sampling {
    /// The lots. The same seed draws the same jobs for the same hour; another seed is another scenario.
    pub seed: u64,
    /// How far ahead.
    pub horizon: SignedDuration,
    /// About how many phantoms at most. Where more jobs are expected, each stands for several of its kind.
    pub most: usize,
    /// How much of the past's ups and downs from hour to hour is drawn too: 0 draws the mean of every hour, 1 bursts as they
    /// came.
    pub dispersion: f64,
}

impl Default for Sampling {
    /// A day ahead, at most a thousand, without bursts.
    fn default() -> Self {
        Self {
            seed: 0,
            horizon: SignedDuration::from_hours(24),
            most: 1000,
            dispersion: 0.0,
        }
    }
}

/// The phantoms of an hour in which so many jobs are `expected`.
///
/// Systematic sampling along the sizes, from an offset that spreads evenly from hour to hour (Weyl's sequence), so that few
/// phantoms hold as much energy as the many jobs that they stand for.
pub(super) fn draw(pool: &Pool, hour: HourIndex, expected: f64, sampling: &Sampling) -> Vec<Demand> {
    let mut lots = fastrand::Rng::with_seed(sampling.seed);
    let offset = (lots.f64() + (hour as f64 * GOLDEN_RATIO).fract()).fract();
    let burst = fastrand::Rng::with_seed(lots.u64(..) ^ hour as u64).f64();
    let jobs = expected + sampling.dispersion * (pool.count_of_an_hour_alike(hour, burst) - expected);
    let place = Place::of(hour);
    let all: f64 = pool.templates.iter().map(|template| template.weight(place)).sum();
    let (mut drawn, mut passed, mut next) = (Vec::new(), 0.0, offset);
    for template in &pool.templates {
        passed += jobs * template.weight(place) / all / template.wide as f64;
        while next < passed {
            drawn.extend(phantom(template, hour, drawn.len()));
            next += 1.0;
        }
    }
    drawn
}

/// A job like the template, as many times as wide as it stands for jobs, at the same minute of another hour; `None` beyond
/// the end of time.
fn phantom(template: &Template, hour: HourIndex, number: usize) -> Option<Demand> {
    let Template { demand, wide, .. } = template;
    let later = SignedDuration::from_hours(hour - hour_of(demand.submitted));
    let shifted = |at: Timestamp| at.checked_add(later).ok();
    let name = format!("phantom-{hour}-{number}");
    Some(Demand {
        job: JobKey {
            namespace: demand.job.namespace.clone(),
            uid: name.as_str().into(),
            name: name.into(),
        },
        stage: Stage::Held,
        submitted: shifted(demand.submitted)?,
        latest_start: shifted(demand.latest_start)?,
        finish_by: demand.finish_by.and_then(shifted),
        watts: demand.watts * *wide as f64,
        request: demand.request.times(*wide),
        published: None,
        progress: Progress::default(),
        ..(*demand).clone()
    })
}
