//! Forecasts of our own, for sources that give only the past or the present.
//!
//! ```text
//! points of the past --Hourly--> Forecaster::observe, hour by hour --forecast--> points of the future
//! ```
//!
//! Pure: the same past gives the same forecast, and nothing here knows what time it is. A [`Forecaster`] sees one hour after
//! the other, so it cannot look ahead, and what it has learned stays with it; [`forecast()`] makes one from a whole past.

mod accuracy;
mod bands;
mod features;
mod fit;
mod hourly;
mod kept;
mod learned;
mod ours;
mod prior;
mod regression;
mod simple;
mod spread;
mod symmetric;
mod trust;
mod week;

use std::fmt;

use jiff::{SignedDuration, Timestamp};

use crate::planner::{Band, Point};
use crate::units::Slot;
pub use accuracy::{Accuracy, DayAhead};
use bands::Bands;
pub use fit::fit_prior;
pub use hourly::Hourly;
pub use kept::{JobKind, Kept};
use ours::Ours;
pub use trust::Skill;
use trust::Trust;

/// Hours in a day.
const DAY: usize = 24;
/// Hours between the forecasts that a forecaster makes for itself, from midnight UTC on.
const REHEARSAL: usize = 6;
/// Hours of the past that every method can do with.
const REMEMBERED: usize = 40 * DAY;

/// How the future is told from the past.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Method {
    /// The last 24 hours, repeated.
    Persistence,
    /// The mean of the same hour of the day over the last seven days.
    Profile,
    /// The profile, and what the last hour was above or below it, fading within hours.
    Corrected,
    /// The corrected profile, and what was learned from the hours, days and weeks before of how hours rank and how high they
    /// lie, as far as that has ranked hours better lately.
    Ours,
}

impl Method {
    /// Every method, the plainest first.
    pub const ALL: [Self; 4] = [Self::Persistence, Self::Profile, Self::Corrected, Self::Ours];
}

impl fmt::Display for Method {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.pad(match self {
            Self::Persistence => "persistence",
            Self::Profile => "profile",
            Self::Corrected => "corrected",
            Self::Ours => "ours",
        })
    }
}

/// A method with the past it has seen, and what it has learned from it.
#[derive(Clone, Debug)]
pub struct Forecaster {
    method: Method,
    past: Hourly,
    ours: Option<(Ours, Trust)>,
    bands: Bands,
    /// Whether a value below zero was ever seen: if not, none is forecast.
    signed: bool,
}

impl Forecaster {
    /// One that has seen nothing, and will see the hour that begins at `start` first.
    pub fn new(method: Method, start: Timestamp) -> Self {
        let past = Hourly {
            start,
            values: Vec::new(),
        };
        Self {
            method,
            past,
            ours: (method == Method::Ours).then(Default::default),
            bands: Bands::default(),
            signed: false,
        }
    }

    /// Takes the value of the next hour; one that is not finite is missing.
    pub fn observe(&mut self, value: f64) {
        let now = self.now();
        if now.is_multiple_of(REHEARSAL) {
            self.rehearse(now);
        }
        if let Some((ours, trust)) = &mut self.ours {
            ours.observe(now, value);
            trust.observe(value);
        }
        self.bands.observe(now, value);
        self.signed |= value < 0.0;
        self.past.values.push(value);
        self.forget();
    }

    /// The `hours` that follow the past, one point each; none where nothing has been seen. Bands reach four days ahead, and
    /// are missing while too few errors are known.
    pub fn forecast(&self, hours: usize) -> Vec<Point> {
        let (now, hour) = (self.now(), SignedDuration::from_hours(1));
        // The plain methods say what their formulas say.
        let may_be_below = self.signed || self.method != Method::Ours;
        let above_zero = |value: f64| if may_be_below { value } else { value.max(0.0) };
        let point = |(ahead, value)| Point {
            slot: Slot::of(self.past.at(self.past.values.len() + ahead), hour),
            value: above_zero(value),
            band: self.bands.around(value, ahead, now + ahead).map(|band| Band {
                p10: above_zero(band.p10),
                p90: above_zero(band.p90),
            }),
        };
        self.values(hours).into_iter().enumerate().map(point).collect()
    }

    /// What the plain `corrected` says of the `hours` that follow, whatever the method is.
    pub fn corrected(&self, hours: usize) -> Vec<f64> {
        let past = &self.past.values;
        (0..hours).map_while(|ahead| simple::corrected(past, ahead)).collect()
    }

    /// How well `ours` and `corrected` would have done lately, and how far ours is trusted; `None` of other methods, and while
    /// nothing could have been saved.
    pub fn skill(&self) -> Option<Skill> {
        self.ours.as_ref()?.1.skill()
    }

    fn values(&self, hours: usize) -> Vec<f64> {
        let plain = self.plain(hours);
        match &self.ours {
            Some((ours, trust)) => trust.blend(&plain, &ours.improved(&self.past.values, self.now(), &plain)),
            None => plain,
        }
    }

    /// What the method says without what it has learned.
    fn plain(&self, hours: usize) -> Vec<f64> {
        let tell = match self.method {
            Method::Persistence => simple::persistence,
            Method::Profile => simple::profile,
            Method::Corrected | Method::Ours => simple::corrected,
        };
        (0..hours).map_while(|ahead| tell(&self.past.values, ahead)).collect()
    }

    /// Forecasts for itself, to learn from what then comes.
    fn rehearse(&mut self, now: usize) {
        let plain = self.plain(bands::AHEAD);
        let past = &self.past.values;
        let Some((ours, trust)) = self.ours.as_mut().filter(|_| ours::can_learn(past)) else {
            self.bands.rehearse(plain);
            return;
        };
        ours.note(past, now, &plain);
        let improved = ours.improved(past, now, &plain);
        self.bands.rehearse(trust.blend(&plain, &improved));
        trust.rehearse(&plain, &improved);
    }

    /// The hour that comes next, counted from 1970.
    fn now(&self) -> usize {
        let start = self.past.start.as_second().div_euclid(3600);
        usize::try_from(start).unwrap_or(0) + self.past.values.len()
    }

    /// Lets go of hours that no method looks at any more.
    fn forget(&mut self) {
        if self.past.values.len() >= 2 * REMEMBERED {
            self.past.start = self.past.at(REMEMBERED);
            self.past.values.drain(..REMEMBERED);
        }
    }
}

/// The `hours` that follow `history`, one point each; none where every value of it is missing.
pub fn forecast(method: Method, history: &Hourly, hours: usize) -> Vec<Point> {
    let mut forecaster = Forecaster::new(method, history.start);
    history.values.iter().for_each(|value| forecaster.observe(*value));
    forecaster.forecast(hours)
}

#[cfg(test)]
mod tests;
