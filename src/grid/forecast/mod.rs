//! Forecasts of our own, for sources that give only the past or the present.
//!
//! ```text
//! points of the past --Hourly--> Forecaster::observe, hour by hour --forecast--> points of the future
//! ```
//!
//! Pure: the same past gives the same forecast, and nothing here knows what time it is. A [`Forecaster`] sees one hour after
//! the other, so it cannot look ahead, and what it has learned stays with it; [`forecast()`] makes one from a whole past.

mod hourly;
mod simple;

use std::fmt;

use jiff::{SignedDuration, Timestamp};

use crate::planner::Point;
use crate::units::Slot;
pub use hourly::Hourly;

/// Hours in a day.
const DAY: usize = 24;

/// How the future is told from the past.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Method {
    /// The last 24 hours, repeated.
    Persistence,
    /// The mean of the same hour of the day over the last seven days.
    Profile,
    /// The profile, and what the last hour was above or below it, fading within hours.
    Corrected,
}

impl Method {
    /// Every method, the plainest first.
    pub const ALL: [Self; 3] = [Self::Persistence, Self::Profile, Self::Corrected];
}

impl fmt::Display for Method {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.pad(match self {
            Self::Persistence => "persistence",
            Self::Profile => "profile",
            Self::Corrected => "corrected",
        })
    }
}

/// A method with the past it has seen.
#[derive(Clone, Debug)]
pub struct Forecaster {
    method: Method,
    past: Hourly,
}

impl Forecaster {
    /// One that has seen nothing, and will see the hour that begins at `start` first.
    pub fn new(method: Method, start: Timestamp) -> Self {
        let past = Hourly {
            start,
            values: Vec::new(),
        };
        Self { method, past }
    }

    /// Takes the value of the next hour; one that is not finite is missing.
    pub fn observe(&mut self, value: f64) {
        self.past.values.push(value);
    }

    /// The `hours` that follow the past, one point each; none where nothing has been seen.
    pub fn forecast(&self, hours: usize) -> Vec<Point> {
        let past = &self.past.values;
        let tell = match self.method {
            Method::Persistence => simple::persistence,
            Method::Profile => simple::profile,
            Method::Corrected => simple::corrected,
        };
        let values = (0..hours).map_while(|ahead| tell(past, ahead));
        let hour = SignedDuration::from_hours(1);
        let mut start = self.past.end();
        let points = values.map(|value| {
            let slot = Slot::of(start, hour);
            start = slot.end;
            Point::of(slot, value)
        });
        points.collect()
    }
}

/// The `hours` that follow `history`, one point each; none where every value of it is missing.
pub fn forecast(method: Method, history: &Hourly, hours: usize) -> Vec<Point> {
    let mut forecaster = Forecaster::new(method, history.start);
    history.values.iter().for_each(|value| forecaster.observe(*value));
    forecaster.forecast(hours)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_forecast_begins_where_the_past_ends_and_has_a_slot_for_every_hour() {
        let history = Hourly {
            start: "2026-11-25T10:00:00Z".parse().unwrap(),
            values: vec![5.0; 30],
        };
        for method in Method::ALL {
            let points = forecast(method, &history, 96);
            assert_eq!(points.len(), 96);
            assert_eq!(points[0].slot.start, "2026-11-26T16:00:00Z".parse().unwrap());
            assert!(points.windows(2).all(|two| two[0].slot.end == two[1].slot.start));
            assert!(points.iter().all(|point| (point.value - 5.0).abs() < 1e-9), "{method}");
        }
    }

    #[test]
    fn where_nothing_is_known_nothing_is_forecast() {
        let start = Timestamp::UNIX_EPOCH;
        for values in [vec![], vec![f64::NAN; 100]] {
            let history = Hourly { start, values };
            for method in Method::ALL {
                assert!(forecast(method, &history, 24).is_empty(), "{method}");
            }
        }
    }
}
