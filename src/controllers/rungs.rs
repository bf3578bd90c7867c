//! News of the ladder: an event on the GridZone when a signal steps to another rung, or its forecast is distrusted or trusted again.

use std::collections::BTreeMap;
use std::time::{Duration, Instant};

use super::events::{Events, News};
use crate::api::{GridZone, SignalStatus};
use crate::units::{Clock, Signal, ZoneName};

/// Of one signal of a zone no more is told than one thing in this time; then how it is by that.
const SPACING: Duration = Duration::from_secs(60);
/// The rungs as the status spells them, the best first.
const RUNGS: [&str; 6] = ["Live", "Cached", "NextSource", "Profile", "Constant", "None"];

/// What was told of each signal of each zone.
pub struct Rungs {
    events: Events,
    told: BTreeMap<(ZoneName, Signal), Told>,
}

/// The rung and the trust that were told last, and when; before that, those that the status had.
#[derive(Clone, Debug, PartialEq)]
struct Told {
    level: String,
    distrusted: bool,
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
                distrusted: before.distrusted,
                at: None,
            });
            if let Some((news, note)) = told.step(signal, clock.monotonic()) {
                self.events.tell_of_zone(zone, news, note, clock).await;
            }
        }
    }

    /// Forgets zones that are gone.
    pub fn keep_only(&mut self, exists: impl Fn(&ZoneName) -> bool) {
        self.told.retain(|(zone, _), _| exists(zone));
    }
}

impl Told {
    /// What is to be told, if it is time for it; then it counts as told.
    fn step(&mut self, is: &SignalStatus, now: Instant) -> Option<(News, String)> {
        if self.at.is_some_and(|at| now.saturating_duration_since(at) < SPACING) {
            return None;
        }
        let news = self.rung(is).or_else(|| self.trust(is))?;
        self.at = Some(now);
        Some(news)
    }

    fn rung(&mut self, is: &SignalStatus) -> Option<(News, String)> {
        if is.level == self.level {
            return None;
        }
        let rung = |level: &str| RUNGS.iter().position(|rung| *rung == level);
        let news = if rung(&is.level) > rung(&self.level) {
            News::FellBack
        } else {
            News::IsBack
        };
        let (signal, source) = (is.signal, is.source.as_deref().unwrap_or("no source"));
        let made = is
            .issued_at
            .as_ref()
            .map_or_else(String::new, |made| format!(", made at {}", made.0));
        let why = is.message.as_ref().map_or_else(String::new, |why| format!(": {why}"));
        let before = std::mem::replace(&mut self.level, is.level.clone());
        Some((
            news,
            format!("{signal:?} goes from {before} to {}, by {source}{made}{why}", is.level),
        ))
    }

    fn trust(&mut self, is: &SignalStatus) -> Option<(News, String)> {
        if is.distrusted == self.distrusted {
            return None;
        }
        self.distrusted = is.distrusted;
        let (signal, source) = (is.signal, is.source.as_deref().unwrap_or("no source"));
        Some(if is.distrusted {
            let what = "has ranked the hours worse than a plain profile for weeks";
            (
                News::Distrusted,
                format!("The forecast of {signal:?} behind {source} {what}"),
            )
        } else {
            // Maybe because another counts now: of the one before, nothing is said.
            (
                News::Trusted,
                format!("The forecast of {signal:?} by {source} is not distrusted"),
            )
        })
    }
}

#[cfg(test)]
mod tests {
    use k8s_openapi::apimachinery::pkg::apis::meta::v1::Time;

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
            issued_at: "2026-11-25T12:00:00Z".parse().ok().map(Time),
            fetched_at: None,
            horizon: None,
            distrusted: false,
            message: (level != Level::Live).then(|| "it is gone".into()),
        }
    }

    #[test]
    fn each_step_is_told_once_and_a_source_that_comes_and_goes_once_a_minute() {
        let begin = SystemClock.monotonic();
        let mut told = Told {
            level: "Live".into(),
            distrusted: false,
            at: None,
        };
        let mut step = |level, second| told.step(&at(level), begin + Duration::from_secs(second));
        assert_eq!(step(Level::Live, 0), None);
        let (news, note) = step(Level::Cached, 1).unwrap();
        assert!(
            news == News::FellBack
                && note
                    == "CarbonIntensity goes from Live to Cached, by file a.csv, made at 2026-11-25T12:00:00Z: it is gone",
            "{note}"
        );
        for second in 2..61 {
            assert_eq!(
                step(if second % 2 == 0 { Level::Live } else { Level::Cached }, second),
                None
            );
        }
        let (news, note) = step(Level::Live, 61).unwrap();
        assert!(news == News::IsBack && note.contains("from Cached to Live"), "{note}");
    }

    #[test]
    fn that_a_forecast_is_distrusted_is_told_once_and_so_is_the_end_of_it() {
        let begin = SystemClock.monotonic();
        let mut told = Told {
            level: "Live".into(),
            distrusted: false,
            at: None,
        };
        let mut step = |level, distrusted, minute| {
            let is = SignalStatus {
                distrusted,
                ..at(level)
            };
            told.step(&is, begin + SPACING * minute)
        };
        assert_eq!(
            step(Level::Cached, true, 0).unwrap().0,
            News::FellBack,
            "one thing at a time"
        );
        let (news, note) = step(Level::Cached, true, 1).unwrap();
        assert!(
            news == News::Distrusted && note.contains("behind file a.csv has ranked"),
            "{note}"
        );
        assert_eq!(step(Level::Cached, true, 2), None);
        assert_eq!(step(Level::Cached, false, 3).unwrap().0, News::Trusted);
    }

    #[test]
    fn every_rung_has_its_place() {
        use Level::{Cached, Constant, Live, NextSource, None, Profile};
        let all = [Live, Cached, NextSource, Profile, Constant, None];
        assert_eq!(all.map(|level| format!("{level:?}")), RUNGS);
    }
}
