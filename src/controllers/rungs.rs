//! News of the ladder: an event on the GridZone when a signal steps to another rung.

use std::collections::BTreeMap;
use std::time::{Duration, Instant};

use super::events::Events;
use crate::api::{GridZone, SignalStatus};
use crate::units::{Clock, Signal, ZoneName};

/// Of one signal of a zone no more is told than one step in this time; then where it stands by that.
const SPACING: Duration = Duration::from_secs(60);
/// The rungs as the status spells them, the best first.
const RUNGS: [&str; 6] = ["Live", "Cached", "NextSource", "Profile", "Constant", "None"];

/// What was told of each signal of each zone.
pub struct Rungs {
    events: Events,
    told: BTreeMap<(ZoneName, Signal), Told>,
}

/// The rung that was told last, and when; before that, the one that the status had.
#[derive(Clone, Debug, PartialEq)]
struct Told {
    level: String,
    at: Option<Instant>,
}

impl Rungs {
    /// Tells by `events`.
    pub fn new(events: Events) -> Self {
        Self {
            events,
            told: BTreeMap::new(),
        }
    }

    /// Tells of what stands elsewhere now than it was told; `was` is the status of before.
    pub async fn tell(
        &mut self,
        (name, zone): (&ZoneName, &GridZone),
        was: &[SignalStatus],
        is: &[SignalStatus],
        clock: &dyn Clock,
    ) {
        for signal in is {
            let before = was
                .iter()
                .find(|before| before.signal == signal.signal)
                .unwrap_or(signal);
            let told = self.told.entry((name.clone(), signal.signal)).or_insert_with(|| Told {
                level: before.level.clone(),
                at: None,
            });
            if let Some((is_worse, note)) = told.step(signal, clock.monotonic()) {
                self.events.tell_of_zone(zone, is_worse, note, clock).await;
            }
        }
    }

    /// Forgets zones that are gone.
    pub fn keep_only(&mut self, exists: impl Fn(&ZoneName) -> bool) {
        self.told.retain(|(zone, _), _| exists(zone));
    }
}

impl Told {
    /// What is to be told, if it is time for it, and whether it is bad news; then it counts as told.
    fn step(&mut self, is: &SignalStatus, now: Instant) -> Option<(bool, String)> {
        let is_time = self.at.is_none_or(|at| now.saturating_duration_since(at) >= SPACING);
        if is.level == self.level || !is_time {
            return None;
        }
        let rung = |level: &str| RUNGS.iter().position(|rung| *rung == level);
        let is_worse = rung(&is.level) > rung(&self.level);
        let (signal, source) = (is.signal, is.source.as_deref().unwrap_or("no source"));
        let why = is.message.as_ref().map_or_else(String::new, |why| format!(": {why}"));
        let note = format!("{signal:?} goes from {} to {}, by {source}{why}", self.level, is.level);
        *self = Self {
            level: is.level.clone(),
            at: Some(now),
        };
        Some((is_worse, note))
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::planner::Level;
    use crate::units::SystemClock;

    fn at(level: Level) -> SignalStatus {
        SignalStatus {
            signal: Signal::CarbonIntensity,
            level: format!("{level:?}"),
            source: Some("file a.csv".into()),
            value: None,
            unit: "gCO2e/kWh".into(),
            certainty: None,
            basis: None,
            flow: None,
            issued_at: None,
            fetched_at: None,
            horizon: None,
            message: (level != Level::Live).then(|| "it is gone".into()),
        }
    }

    #[test]
    fn each_step_is_told_once_and_a_source_that_comes_and_goes_once_a_minute() {
        let begin = SystemClock.monotonic();
        let mut told = Told {
            level: "Live".into(),
            at: None,
        };
        let mut step = |level, second| told.step(&at(level), begin + Duration::from_secs(second));
        assert_eq!(step(Level::Live, 0), None);
        let (is_worse, note) = step(Level::Cached, 1).unwrap();
        assert!(
            is_worse && note == "CarbonIntensity goes from Live to Cached, by file a.csv: it is gone",
            "{note}"
        );
        for second in 2..61 {
            assert_eq!(
                step(if second % 2 == 0 { Level::Live } else { Level::Cached }, second),
                None
            );
        }
        let (is_worse, note) = step(Level::Live, 61).unwrap();
        assert!(!is_worse && note.contains("from Cached to Live"), "{note}");
    }

    #[test]
    fn every_rung_has_its_place() {
        use Level::{Cached, Constant, Live, NextSource, None, Profile};
        let all = [Live, Cached, NextSource, Profile, Constant, None];
        assert_eq!(all.map(|level| format!("{level:?}")), RUNGS);
    }
}
