//! The best of the starts that a rival considers.

use std::sync::Arc;

use super::asked::Asked;
use crate::twin::outcome::Outcome;
use crate::twin::series::{Ms, Series};
use crate::twin::sight::Sight;

/// Which starts are considered.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Starts {
    /// At submission and on the row borders of the series.
    #[default]
    Any,
    /// Every whole hour after submission.
    Hourly,
}

const HOUR: Ms = 3_600_000;

/// Plans are equal within this, absolute below 1 and relative above.
const EQUAL: f64 = 1e-9;

impl Starts {
    /// The starts from `ready` to `latest`, by time.
    fn between(self, series: &Series, ready: Ms, latest: Ms) -> Vec<Ms> {
        match self {
            Self::Hourly => (ready..=latest).step_by(HOUR as usize).collect(),
            Self::Any => {
                let borders = series.borders();
                let next = borders.partition_point(|border| *border <= ready);
                let later = borders[next..].iter().copied().take_while(|border| *border <= latest);
                std::iter::once(ready).chain(later).collect()
            }
        }
    }
}

/// Runs the job from the start whose `value` is lowest; of equals the earliest, then the zone that is listed first. `value` is
/// asked for a zone, its forecast and a start, and `None` where it is not known. Where nothing is, the job runs at once.
pub(super) fn best(
    asked: &Asked<'_>,
    sight: &dyn Sight,
    starts: Starts,
    value: impl Fn(usize, &Series, Ms) -> Option<f64>,
) -> Outcome {
    let mut found: Vec<(Ms, usize, f64)> = Vec::new();
    for (zone, latest) in asked.zones() {
        let forecast: Arc<Series> = sight.forecast(zone, asked.ready);
        let starts = starts.between(&forecast, asked.ready, latest).into_iter();
        found.extend(starts.filter_map(|start| Some((start, zone, value(zone, &forecast, start)?))));
    }
    let least = found.iter().map(|found| found.2).fold(f64::INFINITY, f64::min);
    let equal = found.iter().filter(|found| is_equal(found.2, least));
    match equal.min_by_key(|found| found.0) {
        Some((start, zone, _)) => asked.through(Some(*zone), *start),
        None => asked.at_once(),
    }
}

/// Whether a value is as low as the least one.
pub(super) fn is_equal(value: f64, least: f64) -> bool {
    value <= least + EQUAL * least.abs().max(1.0)
}
