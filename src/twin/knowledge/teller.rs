//! What the past tells of the future, hour by hour, kept for whoever looks back a little.

use std::collections::BTreeMap;
use std::sync::Arc;

use jiff::Timestamp;

use crate::grid::forecast::{Forecaster, Hourly, Method};
use crate::planner::Point;

/// A forecaster that has seen the hours up to an instant, and what it said at the last ones.
#[derive(Debug)]
pub(super) struct Teller {
    method: Method,
    /// All hours of the series; those beyond `seen` have been shown to nobody.
    hours: Hourly,
    forecaster: Forecaster,
    /// How many hours the forecaster has seen.
    seen: usize,
    /// How far it tells.
    ahead: usize,
    /// By hours seen: what was told then.
    told: BTreeMap<usize, Arc<[Point]>>,
}

impl Teller {
    /// One that has seen nothing of these hours, and will tell so many ahead.
    pub(super) fn of(method: Method, hours: Hourly, ahead: usize) -> Self {
        Self {
            method,
            forecaster: Forecaster::new(method, hours.start),
            hours,
            seen: 0,
            ahead,
            told: BTreeMap::new(),
        }
    }

    /// What the hours that are over at `end` tell of the hours after them.
    pub(super) fn told(&mut self, end: Timestamp) -> Arc<[Point]> {
        let over = end
            .as_second()
            .saturating_sub(self.hours.start.as_second())
            .div_euclid(3600);
        let over = usize::try_from(over).unwrap_or(0).min(self.hours.values.len());
        if let Some(told) = self.told.get(&over) {
            return told.clone();
        }
        if over < self.seen {
            // Further back than anybody was expected to look.
            (self.forecaster, self.seen) = (Forecaster::new(self.method, self.hours.start), 0);
            self.told.clear();
        }
        // From the first question on everything is kept that was said within as many hours as anybody looks ahead.
        let first = if self.told.is_empty() { over } else { self.seen };
        while self.seen < over {
            self.forecaster.observe(self.hours.values[self.seen]);
            self.seen += 1;
            if self.seen > first && self.seen < over {
                self.tell();
            }
        }
        self.tell()
    }

    fn tell(&mut self) -> Arc<[Point]> {
        let told: Arc<[Point]> = self.forecaster.forecast(self.ahead).into();
        self.told.insert(self.seen, told.clone());
        while self.told.len() > 2 * self.ahead.max(1) {
            self.told.pop_first();
        }
        told
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn hours(count: i32) -> Hourly {
        Hourly {
            start: Timestamp::UNIX_EPOCH,
            values: (0..count).map(|hour| f64::from(hour * 7 % 31)).collect(),
        }
    }

    fn at(hour: i64) -> Timestamp {
        Timestamp::from_second(hour * 3600).unwrap()
    }

    #[test]
    fn it_says_the_same_whoever_asks_first_and_however_far_back() {
        for method in Method::ALL {
            let straight: Vec<_> = (100..160)
                .map(|hour| Teller::of(method, hours(200), 12).told(at(hour)))
                .collect();
            let mut teller = Teller::of(method, hours(200), 12);
            for hour in [120, 130, 121, 159, 100, 158, 100] {
                assert_eq!(teller.told(at(hour)), straight[hour as usize - 100], "{method} {hour}");
            }
        }
    }

    #[test]
    fn what_comes_later_changes_nothing() {
        let mut longer = hours(200);
        longer.values[150..].fill(9999.0);
        for method in Method::ALL {
            let told = |hours| Teller::of(method, hours, 24).told(at(150));
            assert_eq!(told(hours(200)), told(longer.clone()), "{method}");
        }
    }
}
