//! What a source says: the edge at which a series becomes trusted.

use std::ops::RangeInclusive;

use jiff::{SignedDuration, Timestamp};

use super::error::SourceError;
use crate::planner::{Band, Certainty, Point};
use crate::units::Signal;

/// Of a series. A year of quarter hours is 35,040.
pub(super) const MOST_POINTS: usize = 100_000;
/// gCO2e/kWh. The dirtiest plant on earth emits less.
const INTENSITIES: RangeInclusive<f64> = 0.0..=2_000.0;
/// No grid changes so from one slot to the next, but who writes grams after kilograms does.
const A_THOUSAND: RangeInclusive<f64> = 900.0..=1_100.0;
/// Beyond 1 lies export, below 0 pumping; far outside somebody wrote percent.
const SHARES: RangeInclusive<f64> = -0.05..=3.0;
/// Clocks differ; an answer from further in the future is a mistake.
const CLOCK_SKEW: SignedDuration = SignedDuration::from_mins(5);
/// What outlooks show of a long series. Behind: no job is assumed to run longer, and receipts need what was. Ahead: none waits
/// longer.
const BEHIND: SignedDuration = SignedDuration::from_hours(7 * 24);
const AHEAD: SignedDuration = SignedDuration::from_hours(31 * 24);

/// A series as a source gave it.
#[derive(Clone, Debug, PartialEq)]
pub(super) struct Answer {
    /// After [`Self::checked`]: sorted by start, without overlaps, every value plausible; the last slot not over yet, where the
    /// series may not be over.
    pub(super) points: Vec<Point>,
    /// When it was made, where anybody says so.
    pub(super) issued_at: Option<Timestamp>,
    /// How far it can be trusted.
    pub(super) certainty: Certainty,
    /// What the text itself names as its source.
    pub(super) source: Option<String>,
    /// What keeps it from being the best there could be, and what to do, where whoever gave it says so.
    pub(super) weakness: Option<String>,
}

impl Answer {
    /// Accepts the whole series for `signal` or none of it: half a feed that went wrong is no better than the rest of it.
    ///
    /// # Errors
    /// [`SourceError::Implausible`], with the first thing that is wrong and what to do.
    pub(super) fn checked(self, signal: Signal, now: Timestamp) -> Result<Self, SourceError> {
        let answer = self.checked_past(signal, now)?;
        match answer.fault_in_time(now) {
            Some(fault) => Err(SourceError::Implausible(fault)),
            None => Ok(answer),
        }
    }

    /// The same for a series that may be over: of a text, or of a service that only says what was.
    ///
    /// # Errors
    /// [`SourceError::Implausible`], as above.
    pub(super) fn checked_past(mut self, signal: Signal, now: Timestamp) -> Result<Self, SourceError> {
        // In whichever order they come, and what is said twice is said.
        self.points.sort_by_key(|point| point.slot);
        self.points.dedup();
        let fault = self
            .fault_as_a_whole(now)
            .or_else(|| self.points.iter().find_map(|point| fault_of(point, signal)))
            .or_else(|| self.points.windows(2).find_map(|pair| fault_between(pair, signal)));
        match fault {
            Some(fault) => Err(SourceError::Implausible(fault)),
            None => Ok(self),
        }
    }

    /// The points around `now`: of a long series only a week behind and a month ahead.
    pub(super) fn around(&self, now: Timestamp) -> &[Point] {
        let from = now.saturating_sub(BEHIND).unwrap_or(Timestamp::MIN);
        let until = now.saturating_add(AHEAD).unwrap_or(Timestamp::MAX);
        let first = self.points.partition_point(|point| point.slot.end <= from);
        let last = self.points.partition_point(|point| point.slot.start < until);
        self.points.get(first..last).unwrap_or_default()
    }

    /// Whether every value of it is 0.
    pub(super) fn is_nothing(&self) -> bool {
        self.points.iter().all(|point| point.value == 0.0)
    }

    /// Whether it says anything of the time after `now`.
    pub(super) fn looks_ahead(&self, now: Timestamp) -> bool {
        self.around(now).last().is_some_and(|point| point.slot.end > now)
    }

    fn fault_as_a_whole(&self, now: Timestamp) -> Option<String> {
        let count = self.points.len();
        if count == 0 {
            return Some("the series has no points; give at least one slot with a value".into());
        }
        if count > MOST_POINTS {
            return Some(format!(
                "the series has {count} points, more than {MOST_POINTS}; give fewer or longer slots"
            ));
        }
        let issued = self.issued_at?;
        (issued.duration_since(now) > CLOCK_SKEW)
            .then(|| format!("the series was issued at {issued:.0}, in the future; check the clock of whoever made it"))
    }

    fn fault_in_time(&self, now: Timestamp) -> Option<String> {
        let end = self.points.last()?.slot.end;
        (end <= now).then(|| format!("the series ended at {end:.0}; renew it, it says nothing of the future"))
    }
}

fn fault_of(point: &Point, signal: Signal) -> Option<String> {
    let (start, end, value) = (point.slot.start, point.slot.end, point.value);
    if end <= start {
        return Some(format!(
            "the slot that starts at {start} ends at {end}; an end lies after its start"
        ));
    }
    if let Some(Band { p10, p90 }) = point.band
        && !(p10.is_finite() && p90.is_finite() && p10 <= p90)
    {
        return Some(format!(
            "the band at {start} goes from {p10} to {p90}; give p10 below p90"
        ));
    }
    // No range holds NaN, nor what is infinite.
    let (range, meaning) = match signal {
        Signal::RenewableShare => (SHARES, "a renewable share from -0.05 to 3; write 0.35 for 35 %"),
        Signal::CarbonIntensity | Signal::MarginalIntensity => {
            (INTENSITIES, "an intensity from 0 to 2000; write gCO2e/kWh")
        }
    };
    // As `{value:?}`: 1e308 has 309 digits otherwise.
    (!range.contains(&value)).then(|| format!("the value {value:?} at {start} is not {meaning}"))
}

fn fault_between(pair: &[Point], signal: Signal) -> Option<String> {
    let [before, after] = pair else { return None };
    let (one, other) = (before.slot.start, after.slot.start);
    let (least, most) = (before.value.min(after.value), before.value.max(after.value));
    if signal != Signal::RenewableShare && least > 0.0 && A_THOUSAND.contains(&(most / least)) {
        return Some(format!(
            "the values of {one} and {other} lie a thousand times apart; write all of them in gCO2e/kWh"
        ));
    }
    (other < before.slot.end)
        .then(|| format!("the slots that start at {one} and {other} overlap; give each instant one value"))
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;
    use crate::units::Slot;

    type Points = &'static [(i64, i64, f64)];

    const INTENSITY: Signal = Signal::CarbonIntensity;

    fn at(second: i64) -> Timestamp {
        Timestamp::from_second(second).unwrap()
    }

    fn answer(points: impl IntoIterator<Item = (i64, i64, f64)>) -> Answer {
        let slot = |start, end| Slot {
            start: at(start),
            end: at(end),
        };
        let point = |(start, end, value)| Point::of(slot(start, end), value);
        Answer {
            points: points.into_iter().map(point).collect(),
            issued_at: None,
            certainty: Certainty::Published,
            source: None,
            weakness: None,
        }
    }

    #[test]
    fn slots_come_in_whichever_order_and_one_that_comes_twice_counts_once() {
        let rows = [(60, 120, 2.0), (0, 60, 1.0), (60, 120, 2.0)];
        let checked = answer(rows).checked(INTENSITY, at(50)).unwrap();
        assert_eq!(checked.points, answer([(0, 60, 1.0), (60, 120, 2.0)]).points);
    }

    #[test]
    fn each_fault_names_itself_and_what_to_do() {
        let cases: [(Signal, Points, &str); 14] = [
            (INTENSITY, &[], "give at least one slot"),
            (INTENSITY, &[(60, 60, 1.0)], "an end lies after its start"),
            (INTENSITY, &[(0, 60, f64::NAN)], "write gCO2e/kWh"),
            (INTENSITY, &[(0, 60, f64::INFINITY)], "write gCO2e/kWh"),
            (INTENSITY, &[(0, 60, -1.0)], "write gCO2e/kWh"),
            (INTENSITY, &[(0, 60, 1e9)], "write gCO2e/kWh"),
            (INTENSITY, &[(0, 60, 2000.1)], "write gCO2e/kWh"),
            (Signal::RenewableShare, &[(0, 60, 35.0)], "write 0.35 for 35 %"),
            (Signal::RenewableShare, &[(0, 60, 3.01)], "write 0.35 for 35 %"),
            (Signal::RenewableShare, &[(0, 60, -0.051)], "write 0.35 for 35 %"),
            (
                INTENSITY,
                &[(60, 90, 1.0), (60, 90, 2.0)],
                "give each instant one value",
            ),
            (INTENSITY, &[(0, 60, 1.0), (59, 90, 1.0)], "give each instant one value"),
            (INTENSITY, &[(0, 50, 1.0)], "renew it"),
            (INTENSITY, &[(0, 60, 410.0), (60, 120, 0.41)], "a thousand times apart"),
        ];
        for (signal, points, words) in cases {
            let error = answer(points.iter().copied()).checked(signal, at(50)).unwrap_err();
            assert!(error.to_string().contains(words), "{error}");
        }
    }

    #[test]
    fn more_than_a_hundred_thousand_points_are_too_many() {
        let points = |count: i64| answer((0..count).map(|i| (i, i + 1, 1.0)));
        assert!(points(100_000).checked(INTENSITY, at(0)).is_ok());
        assert!(points(100_001).checked(INTENSITY, at(0)).is_err());
    }

    #[test]
    fn more_than_all_and_less_than_nothing_are_real_shares() {
        let shares = answer([(0, 60, 1.04), (60, 120, -0.05), (120, 180, 3.0)]);
        assert_eq!(shares.clone().checked(Signal::RenewableShare, at(0)), Ok(shares));
    }

    #[test]
    fn an_answer_from_the_future_is_a_mistake_but_clocks_differ_a_little() {
        let issued = |second| Answer {
            issued_at: Some(at(second)),
            ..answer([(0, 60, 1.0)])
        };
        assert!(issued(300).checked(INTENSITY, at(0)).is_ok());
        assert!(issued(301).checked(INTENSITY, at(0)).is_err());
    }

    #[test]
    fn of_a_long_series_only_the_days_around_now_are_shown() {
        let day = 86_400;
        let year = answer((0..365).map(|i| (i * day, (i + 1) * day, 1.0)));
        let shown = year.around(at(100 * day));
        assert_eq!(shown.first().map(|p| p.slot.start), Some(at(93 * day)));
        assert_eq!(shown.last().map(|p| p.slot.end), Some(at(131 * day)));
        assert!(year.looks_ahead(at(100 * day)));
        assert!(!year.looks_ahead(at(365 * day)), "it is over");
        assert!(!year.looks_ahead(at(-100 * day)), "it begins too late");
    }

    proptest! {
        #[test]
        fn what_passes_is_sorted_apart_and_plausible(
            points in proptest::collection::vec((0i64..50, 0i64..50, -1e4f64..1e4), 0..6)
        ) {
            if let Ok(passed) = answer(points).checked(INTENSITY, at(10)) {
                for point in &passed.points {
                    prop_assert!(point.slot.start < point.slot.end && (0.0..=2_000.0).contains(&point.value));
                }
                prop_assert!(passed.points.windows(2).all(|pair| pair[0].slot.end <= pair[1].slot.start));
                prop_assert!(passed.looks_ahead(at(10)));
            }
        }
    }
}
