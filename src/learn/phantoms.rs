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
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Sampling {
    /// The lots. The same seed draws the same jobs for the same hour; another seed is another scenario.
    pub seed: u64,
    /// How far ahead.
    pub horizon: SignedDuration,
    /// About how many phantoms at most. Where more jobs are expected, each stands for several of its kind.
    pub most: usize,
}

impl Default for Sampling {
    /// A day ahead, about a thousand at most.
    fn default() -> Self {
        Self {
            seed: 0,
            horizon: SignedDuration::from_hours(24),
            most: 1000,
        }
    }
}

/// The phantoms of an hour in which so many jobs are `expected`.
///
/// Systematic sampling along the sizes, from an offset that spreads evenly from hour to hour (Weyl's sequence), so that few
/// phantoms hold as much energy as the many jobs that they stand for.
pub(super) fn draw(pool: &Pool, hour: HourIndex, expected: f64, sampling: &Sampling) -> Vec<Demand> {
    let lot = fastrand::Rng::with_seed(sampling.seed).f64();
    let offset = (lot + (hour as f64 * GOLDEN_RATIO).fract()).fract();
    let place = Place::of(hour);
    let all: f64 = pool.templates.iter().map(|template| template.weight(place)).sum();
    let (mut drawn, mut passed, mut next) = (Vec::new(), 0.0, offset);
    for template in &pool.templates {
        passed += expected * template.weight(place) / all / template.size();
        while next < passed {
            drawn.extend(phantom(template, hour, drawn.len()));
            next += 1.0;
        }
    }
    drawn
}

/// The key of a phantom of this name that is like a demand.
pub(super) fn named(like: &Demand, name: &str) -> JobKey {
    JobKey {
        namespace: like.job.namespace.clone(),
        uid: name.into(),
        name: name.into(),
    }
}

/// A job like the template, as many times as wide as it stands for jobs, at the same minute of another hour; `None` beyond the
/// end of time.
fn phantom(template: &Template, hour: HourIndex, number: usize) -> Option<Demand> {
    let Template {
        demand, wide, parts, ..
    } = template;
    let later = SignedDuration::from_hours(hour - hour_of(demand.submitted));
    let shifted = |at: Timestamp| at.checked_add(later).ok();
    let name = format!("phantom-{hour}-{number}");
    Some(Demand {
        job: named(demand, &name),
        stage: Stage::Held,
        submitted: shifted(demand.submitted)?,
        latest_start: shifted(demand.latest_start)?,
        finish_by: demand.finish_by.and_then(shifted),
        watts: demand.watts * template.size(),
        request: demand.request.times(*wide).part_of(*parts),
        published: None,
        progress: Progress::default(),
        ..(*demand).clone()
    })
}
