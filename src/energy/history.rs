//! What each grid was: outlooks, kept after their time has passed.

use std::collections::HashMap;

use jiff::Timestamp;

use super::past::Past;
use crate::planner::{Certainty, ZoneOutlook};
use crate::units::{Basis, Intensity, Signal, Slot, ZoneName};

/// Signals that emissions are computed from.
const INTENSITIES: [Signal; 2] = [Signal::CarbonIntensity, Signal::MarginalIntensity];

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

impl History {
    /// Takes in what is known of a zone. What it says replaces what was known of the same instants, all else stays; but of the
    /// time before it was made, nothing certain gives way to something less certain: a constant that stands in for a source
    /// does not rewrite the past.
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
        self.grids.get(&(zone.clone(), signal))?.mean(window)
    }

    /// Forgets what ended before `instant`.
    pub fn forget_before(&mut self, instant: Timestamp) {
        for past in self.grids.values_mut() {
            past.forget_before(instant);
        }
        self.grids.retain(|_, past| !past.is_empty());
    }
}

#[cfg(test)]
mod tests {
    use jiff::SignedDuration;

    use super::super::past::MOST_POINTS;
    use super::*;
    use crate::planner::{Level, Outlook, Point, Series};

    fn at(hour: i64) -> Timestamp {
        Timestamp::from_second(hour * 3600).unwrap()
    }

    fn series(issued: i64, from: i64, values: &[f64]) -> Series {
        let slot = |start| Slot::of(at(start), SignedDuration::from_hours(1));
        let point = |(start, value): (i64, &f64)| Point::of(slot(start), *value);
        Series {
            points: (from..).zip(values).map(point).collect(),
            basis: Basis::LifeCycle,
            flow: None,
            certainty: Certainty::Published,
            level: Level::Live,
            source: "test".into(),
            issued_at: at(issued),
            fetched_at: at(issued),
        }
    }

    fn of(series: Series) -> ZoneOutlook {
        let mut outlook = ZoneOutlook::unknown("ma".into(), "");
        outlook.set(Signal::CarbonIntensity, Outlook::Known(series));
        outlook
    }

    fn outlook(issued: i64, from: i64, values: &[f64]) -> ZoneOutlook {
        of(series(issued, from, values))
    }

    /// One value over `[from, to)`, for want of anything better.
    fn constant(issued: i64, from: i64, to: i64, value: f64) -> ZoneOutlook {
        let mut series = series(issued, from, &[value]);
        series.points[0].slot.end = at(to);
        series.certainty = Certainty::Assumed;
        of(series)
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
    fn slots_that_lie_differently_leave_no_gap() {
        let mut history = History::default();
        history.learn(&constant(0, 0, 4, 100.0));
        history.learn(&outlook(0, 1, &[300.0, 500.0]));
        assert_eq!(mean(&history, 0, 4), Some(250.0));
    }

    #[test]
    fn a_constant_that_stands_in_does_not_rewrite_the_past() {
        let mut history = History::default();
        history.learn(&outlook(0, 0, &[100.0, 200.0, 300.0, 400.0]));
        history.learn(&constant(2, -5, 10, 600.0));
        assert_eq!(
            mean(&history, 0, 2),
            Some(150.0),
            "what was published of the past stays"
        );
        assert_eq!(mean(&history, 2, 4), Some(600.0), "from now on the newer one counts");
        assert_eq!(mean(&history, -5, 0), Some(600.0), "and where nothing was known");
    }

    #[test]
    fn a_revised_past_replaces_what_was_published_of_it() {
        let mut history = History::default();
        history.learn(&outlook(0, 0, &[100.0, 200.0]));
        history.learn(&outlook(2, 0, &[110.0, 210.0]));
        assert_eq!(mean(&history, 0, 2), Some(160.0));
    }

    #[test]
    fn a_window_of_two_bases_is_unknown() {
        let mut history = History::default();
        history.learn(&outlook(0, 0, &[100.0]));
        let mut direct = series(0, 1, &[80.0]);
        direct.basis = Basis::Direct;
        history.learn(&of(direct));
        assert_eq!((mean(&history, 0, 2), mean(&history, 1, 2)), (None, Some(80.0)));
    }

    #[test]
    fn memory_is_bounded_and_the_past_goes_first() {
        let mut history = History::default();
        history.learn(&outlook(0, 0, &vec![1.0; MOST_POINTS]));
        let end = i64::try_from(MOST_POINTS).unwrap();
        history.learn(&outlook(1, end, &[7.0; 24]));
        assert_eq!((mean(&history, 0, 1), mean(&history, end, end + 24)), (None, Some(7.0)));
    }

    #[test]
    fn it_forgets_what_nobody_can_ask_for_any_more() {
        let mut history = History::default();
        history.learn(&outlook(0, 0, &[100.0, 200.0]));
        history.forget_before(at(2) - SignedDuration::from_secs(1));
        assert_eq!((mean(&history, 0, 1), mean(&history, 1, 2)), (None, Some(200.0)));
    }
}
