//! What each grid was: outlooks, kept after their time has passed.

use std::collections::{BTreeMap, HashMap};

use jiff::Timestamp;

use crate::planner::{Certainty, Series, ZoneOutlook};
use crate::units::{Basis, Intensity, Signal, Slot, ZoneName};

/// Signals that emissions are computed from.
const INTENSITIES: [Signal; 2] = [Signal::CarbonIntensity, Signal::MarginalIntensity];
/// Points kept a zone and signal: two weeks of minutes.
const MOST_POINTS: usize = 14 * 24 * 60;

/// The intensity over a window, and how far it can be trusted.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Observed {
    /// Mean by time.
    pub intensity: Intensity,
    /// How emissions are counted.
    pub basis: Basis,
    /// The least certain of all points.
    pub certainty: Certainty,
}

/// What each grid was.
#[derive(Debug, Default)]
pub struct History {
    grids: HashMap<(ZoneName, Signal), Past>,
}

#[derive(Debug, Default)]
struct Past {
    points: BTreeMap<Timestamp, Kept>,
    issued_at: Option<(Timestamp, String)>,
}

#[derive(Clone, Copy, Debug)]
struct Kept {
    slot: Slot,
    value: f64,
    basis: Basis,
    certainty: Certainty,
}

impl History {
    /// Takes in what is known of a zone: newer points replace older ones that overlap them, all others stay.
    pub fn learn(&mut self, outlook: &ZoneOutlook) {
        for signal in INTENSITIES {
            if let Some(series) = outlook.signal(signal).series() {
                self.grids
                    .entry((outlook.zone.clone(), signal))
                    .or_default()
                    .learn(series);
            }
        }
    }

    /// The mean intensity over `window`; `None` unless all of it is known, on one basis.
    pub fn mean(&self, zone: &ZoneName, signal: Signal, window: Slot) -> Option<Observed> {
        let past = self.grids.get(&(zone.clone(), signal))?;
        // A job that ends in the second in which it started still ran in some slot.
        let until = if window.end > window.start {
            window.end
        } else {
            window.start.checked_add(jiff::SignedDuration::from_nanos(1)).ok()?
        };
        let window = Slot {
            start: window.start,
            end: until,
        };
        let first = past.points.range(..=window.start).next_back()?.0;
        let (mut sum, mut covered) = (0.0, 0.0);
        let mut trust: Option<(Basis, Certainty)> = None;
        for kept in past
            .points
            .range(first..)
            .map(|(_, kept)| kept)
            .take_while(|kept| kept.slot.start < window.end)
        {
            let Some(shared) = kept.slot.overlap(&window) else {
                continue;
            };
            let seconds = shared.length().as_secs_f64();
            sum += kept.value * seconds;
            covered += seconds;
            let (basis, certainty) = trust.get_or_insert((kept.basis, kept.certainty));
            if *basis != kept.basis {
                return None;
            }
            *certainty = (*certainty).max(kept.certainty);
        }
        let total = window.length().as_secs_f64();
        let (basis, certainty) = trust?;
        let whole = covered >= total * (1.0 - 1e-9);
        whole.then_some(Observed {
            intensity: Intensity(sum / covered),
            basis,
            certainty,
        })
    }

    /// Forgets what ended before `instant`.
    pub fn forget_before(&mut self, instant: Timestamp) {
        for past in self.grids.values_mut() {
            while past.points.len() > MOST_POINTS
                || past
                    .points
                    .first_key_value()
                    .is_some_and(|(_, kept)| kept.slot.end < instant)
            {
                past.points.pop_first();
            }
        }
        self.grids.retain(|_, past| !past.points.is_empty());
    }
}

impl Past {
    fn learn(&mut self, series: &Series) {
        let issue = (series.issued_at, series.source.clone());
        let same_end =
            self.points.last_key_value().map(|(_, kept)| kept.slot.end) == series.points.last().map(|p| p.slot.end);
        if same_end && self.issued_at.as_ref() == Some(&issue) {
            return;
        }
        self.issued_at = Some(issue);
        let Some((first, last)) = series.points.first().zip(series.points.last()) else {
            return;
        };
        let (start, end) = (first.slot.start, last.slot.end);
        // Whatever the new series speaks of is replaced, also where its slots lie differently.
        self.points
            .retain(|_, kept| kept.slot.end <= start || kept.slot.start >= end);
        for point in &series.points {
            let kept = Kept {
                slot: point.slot,
                value: point.value,
                basis: series.basis,
                certainty: series.certainty,
            };
            self.points.insert(point.slot.start, kept);
        }
    }
}

#[cfg(test)]
mod tests {
    use jiff::SignedDuration;

    use super::*;
    use crate::planner::{Level, Outlook, Point};

    fn at(hour: i64) -> Timestamp {
        Timestamp::from_second(hour * 3600).unwrap()
    }

    fn outlook(issued: i64, from: i64, values: &[f64]) -> ZoneOutlook {
        let points = values.iter().enumerate().map(|(i, value)| {
            let start = from + i64::try_from(i).unwrap();
            Point {
                slot: Slot {
                    start: at(start),
                    end: at(start + 1),
                },
                value: *value,
            }
        });
        let series = Series {
            points: points.collect(),
            basis: Basis::LifeCycle,
            certainty: Certainty::Published,
            level: Level::Live,
            source: "test".into(),
            issued_at: at(issued),
        };
        let mut outlook = ZoneOutlook::unknown("ma".into(), "");
        outlook.set(Signal::CarbonIntensity, Outlook::Known(series));
        outlook
    }

    fn mean(history: &History, from: i64, to: i64) -> Option<f64> {
        let window = Slot {
            start: at(from),
            end: at(to),
        };
        history
            .mean(&"ma".into(), Signal::CarbonIntensity, window)
            .map(|observed| observed.intensity.0)
    }

    #[test]
    fn what_a_newer_forecast_no_longer_speaks_of_is_remembered() {
        let mut history = History::default();
        history.learn(&outlook(0, 0, &[100.0, 200.0, 300.0]));
        history.learn(&outlook(1, 1, &[250.0, 350.0, 450.0]));
        assert_eq!(mean(&history, 0, 1), Some(100.0));
        assert_eq!(
            mean(&history, 1, 3),
            Some(300.0),
            "the newer forecast counts where both speak"
        );
    }

    #[test]
    fn a_window_with_a_gap_is_unknown() {
        let mut history = History::default();
        history.learn(&outlook(0, 0, &[100.0]));
        history.learn(&outlook(1, 2, &[300.0]));
        assert_eq!(mean(&history, 0, 3), None);
        assert_eq!(mean(&history, 2, 3), Some(300.0));
        assert_eq!(mean(&history, 2, 2), Some(300.0), "an instant lies in a slot too");
        assert_eq!(mean(&History::default(), 0, 1), None);
    }

    #[test]
    fn it_forgets_what_nobody_can_ask_for_any_more() {
        let mut history = History::default();
        history.learn(&outlook(0, 0, &[100.0, 200.0]));
        history.forget_before(at(2) - SignedDuration::from_secs(1));
        assert_eq!((mean(&history, 0, 1), mean(&history, 1, 2)), (None, Some(200.0)));
    }
}
