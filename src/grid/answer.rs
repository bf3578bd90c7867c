//! What a source says, once it has been checked: the edge at which a series becomes trusted.

use jiff::{SignedDuration, Timestamp};

use super::error::SourceError;
use crate::planner::{Certainty, Point};
use crate::units::Signal;

/// A year of quarter hours is 35,040.
const MOST_POINTS: usize = 100_000;
/// The dirtiest plant on earth emits less a kWh.
const MOST_INTENSITY: f64 = 5_000.0;
/// Shares beyond 1 are real (export); far beyond it somebody wrote percent.
const SHARES: std::ops::RangeInclusive<f64> = -0.5..=5.0;
/// Clocks differ; beyond this an answer from the future is a mistake.
const CLOCK_SKEW: SignedDuration = SignedDuration::from_mins(5);

/// A series as a source gave it, checked and sorted.
#[derive(Clone, Debug, PartialEq)]
pub(super) struct Answer {
    /// Sorted by start, without overlaps, every value finite and plausible.
    pub(super) points: Vec<Point>,
    /// When the source made it, where it says so.
    pub(super) issued_at: Option<Timestamp>,
    /// How far it can be trusted.
    pub(super) certainty: Certainty,
    /// The source's own name for it.
    pub(super) source: Option<String>,
}

impl Answer {
    /// Checks a series for `signal`.
    ///
    /// # Errors
    /// [`SourceError::Implausible`], with the first point that is wrong and what to do.
    pub(super) fn check(mut self, signal: Signal, now: Timestamp) -> Result<Self, SourceError> {
        let wrong = |text: String| Err(SourceError::Implausible(text));
        if self.points.is_empty() {
            return wrong("the series has no points".into());
        }
        if self.points.len() > MOST_POINTS {
            return wrong(format!(
                "the series has {} points, more than {MOST_POINTS}; give fewer or longer slots",
                self.points.len()
            ));
        }
        if let Some(issued) = self.issued_at.filter(|issued| issued.duration_since(now) > CLOCK_SKEW) {
            return wrong(format!(
                "the series was issued at {issued:.0}, in the future; check the clock of whoever made it"
            ));
        }
        self.points.sort_by_key(|point| point.slot.start);
        for point in &self.points {
            let (start, end, value) = (point.slot.start, point.slot.end, point.value);
            if end <= start {
                return wrong(format!(
                    "the slot that starts at {start} ends at {end}; an end lies after its start"
                ));
            }
            if !is_plausible(signal, value) {
                return wrong(format!("{value} at {start} is no {}", meaning(signal)));
            }
        }
        if let Some(pair) = self
            .points
            .windows(2)
            .find(|pair| pair[0].slot.end > pair[1].slot.start)
        {
            return wrong(format!(
                "the slots that start at {} and {} overlap; give each instant one value",
                pair[0].slot.start, pair[1].slot.start
            ));
        }
        let end = self.points[self.points.len() - 1].slot.end;
        if end <= now {
            return wrong(format!("the series ended at {end:.0}; it says nothing of the future"));
        }
        Ok(self)
    }
}

fn is_plausible(signal: Signal, value: f64) -> bool {
    match signal {
        Signal::RenewableShare => SHARES.contains(&value),
        Signal::CarbonIntensity => (0.0..=MOST_INTENSITY).contains(&value),
        // More wind can lower what the next plant emits below nothing.
        Signal::MarginalIntensity => (-MOST_INTENSITY..=MOST_INTENSITY).contains(&value),
    }
}

fn meaning(signal: Signal) -> &'static str {
    match signal {
        Signal::RenewableShare => "renewable share: write 0.35 for 35 %",
        Signal::CarbonIntensity | Signal::MarginalIntensity => "intensity in gCO2e/kWh, 0 to 5000",
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::units::Slot;

    fn at(second: i64) -> Timestamp {
        Timestamp::from_second(second).unwrap()
    }

    fn check(signal: Signal, points: &[(i64, i64, f64)]) -> Result<Answer, SourceError> {
        let points = points.iter().map(|(start, end, value)| Point {
            slot: Slot {
                start: at(*start),
                end: at(*end),
            },
            value: *value,
        });
        let answer = Answer {
            points: points.collect(),
            issued_at: None,
            certainty: Certainty::Published,
            source: None,
        };
        answer.check(signal, at(50))
    }

    #[test]
    fn points_come_in_any_order_and_leave_in_theirs() {
        let answer = check(Signal::CarbonIntensity, &[(60, 120, 2.0), (0, 60, 1.0)]).unwrap();
        assert_eq!(answer.points[0].value, 1.0);
    }

    /// A signal, its points, and the words of the fault.
    type Case<'a> = (Signal, &'a [(i64, i64, f64)], &'a str);

    #[test]
    fn each_fault_names_itself_and_what_to_do() {
        let intensity = Signal::CarbonIntensity;
        let cases: [Case<'_>; 8] = [
            (intensity, &[], "no points"),
            (intensity, &[(60, 60, 1.0)], "an end lies after its start"),
            (intensity, &[(0, 60, f64::NAN)], "gCO2e/kWh"),
            (intensity, &[(0, 60, -1.0)], "gCO2e/kWh"),
            (intensity, &[(0, 60, 1e9)], "gCO2e/kWh"),
            (Signal::RenewableShare, &[(0, 60, 35.0)], "write 0.35 for 35 %"),
            (intensity, &[(0, 60, 1.0), (59, 90, 1.0)], "overlap"),
            (intensity, &[(0, 50, 1.0)], "nothing of the future"),
        ];
        for (signal, points, words) in cases {
            let error = check(signal, points).unwrap_err().to_string();
            assert!(error.contains(words), "{error}");
        }
    }

    #[test]
    fn more_than_all_of_it_is_a_real_share() {
        assert!(check(Signal::RenewableShare, &[(0, 60, 1.04)]).is_ok());
    }

    #[test]
    fn an_answer_from_the_future_is_a_mistake() {
        let answer = check(Signal::CarbonIntensity, &[(0, 60, 1.0)]).unwrap();
        let future = Answer {
            issued_at: Some(at(50 + 3600)),
            ..answer
        };
        assert!(future.check(Signal::CarbonIntensity, at(50)).is_err());
    }
}
