//! The record of a source: the hours that are over as it told them, the forecast that can be made from them, and how well its
//! own forecast did.
//!
//! Bounded: the hours of eighty days at most, and what was learned from them; about 100 KiB a source.

use jiff::{SignedDuration, Timestamp};

use super::answer::Answer;
use super::forecast::{Forecaster, Hourly, Method};
use super::score::{AHEAD, Score, Scores};
use crate::planner::{Band, Point};
use crate::units::Signal;

const HOUR: SignedDuration = SignedDuration::from_hours(1);
/// Between two forecasts that are compared with what comes.
const APART: SignedDuration = SignedDuration::from_hours(6);
/// How far back the first answer is followed, and the longest gap that is bridged.
const LONGEST: SignedDuration = SignedDuration::from_hours(60 * 24);
/// Hours that must be known before a forecast of our own counts: a profile is the mean of a week.
const ENOUGH: u32 = 7 * 24;
/// A past that ended longer ago says too little of now; some services lag a day and more.
const OLD: SignedDuration = SignedDuration::from_hours(48);
/// Hours that a forecast of our own reaches from the end of the past.
const REACH: usize = 96;

/// What is kept of one source.
#[derive(Debug)]
pub(super) struct Record {
    signal: Signal,
    /// Has seen every hour up to `end`.
    forecaster: Option<Forecaster>,
    end: Timestamp,
    known: u32,
    noted: Timestamp,
    scores: Scores,
}

impl Record {
    /// An empty record.
    pub(super) fn new(signal: Signal) -> Self {
        Self {
            signal,
            forecaster: None,
            end: Timestamp::MIN,
            known: 0,
            noted: Timestamp::MIN,
            scores: Scores::default(),
        }
    }

    /// Takes in the hours of `answer` that are over at `now` and were not before, and notes what it says of those to come.
    pub(super) fn follow(&mut self, answer: &Answer, now: Timestamp) {
        let present = floor(now);
        if present <= self.end {
            return;
        }
        if present.duration_since(self.end) > LONGEST {
            let scores = std::mem::take(&mut self.scores);
            *self = Self::new(self.signal);
            self.recall(&scores);
            self.end = present.saturating_sub(LONGEST).unwrap_or(Timestamp::MIN);
        }
        let Some(hours) = hours(&answer.points, self.end, present) else {
            return;
        };
        let start = if self.forecaster.is_some() {
            self.end
        } else {
            hours.start
        };
        let forecaster = self
            .forecaster
            .get_or_insert_with(|| Forecaster::new(Method::Ours, start));
        let mut at = start;
        while at < hours.end() {
            let value = hours.value(at).map_or(f64::NAN, |value| cost(self.signal, value));
            forecaster.observe(value);
            self.scores.observe(value);
            self.known = self.known.saturating_add(u32::from(value.is_finite()));
            at += HOUR;
        }
        self.end = at;
        self.note(answer, now);
    }

    /// Whether a forecast of our own can be made at `now`.
    pub(super) fn tells(&self, now: Timestamp) -> bool {
        self.known >= ENOUGH && now.duration_since(self.end) <= OLD
    }

    /// The end of the past that it knows.
    pub(super) fn end(&self) -> Timestamp {
        self.end
    }

    /// What `ours` says of the hours after the past.
    pub(super) fn forecast(&self) -> Vec<Point> {
        let told = self.forecaster.iter().flat_map(|forecaster| forecaster.forecast(REACH));
        told.map(|point| self.signal_of(point)).collect()
    }

    /// How well the source told, or `ours` where it tells nothing of the future.
    pub(super) fn score(&self) -> Option<Score> {
        self.scores.score()
    }

    /// What it told by, to be kept across a restart; `None` where that is nothing.
    pub(super) fn scores(&self) -> Option<&Scores> {
        (!self.scores.is_blank()).then_some(&self.scores)
    }

    /// Goes on with what was counted before a restart, where nothing has been counted since.
    pub(super) fn recall(&mut self, scores: &Scores) {
        if self.scores.is_blank() && scores.is_sound() {
            self.scores = scores.clone();
        }
    }

    fn note(&mut self, answer: &Answer, now: Timestamp) {
        let Some(forecaster) = self.forecaster.as_ref().filter(|_| self.known >= ENOUGH) else {
            return;
        };
        if self.end.duration_since(self.noted) < APART {
            return;
        }
        self.noted = self.end;
        let corrected = forecaster.corrected(AHEAD);
        let until = self.end.saturating_add(HOUR * AHEAD as i32).unwrap_or(Timestamp::MAX);
        let (values, bands) = if answer.looks_ahead(now) {
            self.said(&answer.points, until)
        } else {
            let told = forecaster.forecast(AHEAD).into_iter();
            told.map(|point| (point.value, point.band)).unzip()
        };
        self.scores.note(values, bands, corrected);
    }

    /// The costs that `points` say of the hours from the end of the past on, as far as they go without a gap.
    fn said(&self, points: &[Point], until: Timestamp) -> (Vec<f64>, Vec<Option<Band>>) {
        let edge = |of: fn(Band) -> f64| {
            let edges = points.iter().filter_map(|p| Some(Point::of(p.slot, of(p.band?))));
            hours(&edges.collect::<Vec<_>>(), self.end, until)
        };
        let (low, high) = (edge(|band| band.p10), edge(|band| band.p90));
        let at = |hours: Option<&Hourly>, instant| Some(cost(self.signal, hours?.value(instant)?));
        let values = hours(points, self.end, until);
        let instants = (0..AHEAD).map(|hour| self.end + HOUR * hour as i32);
        let told = instants.map_while(|instant| {
            let (low, high) = (at(low.as_ref(), instant), at(high.as_ref(), instant));
            let band = low.zip(high).map(|(one, other)| Band {
                p10: one.min(other),
                p90: one.max(other),
            });
            Some((at(values.as_ref(), instant)?, band))
        });
        told.unzip()
    }

    /// A forecast cost as a value of the signal.
    fn signal_of(&self, point: Point) -> Point {
        let value = |value| cost(self.signal, value);
        Point {
            value: value(point.value),
            band: point.band.map(|band| {
                let (one, other) = (value(band.p10), value(band.p90));
                Band {
                    p10: one.min(other),
                    p90: one.max(other),
                }
            }),
            ..point
        }
    }
}

/// What is to be made small: an intensity itself, and of a share what is not renewable. Its own inverse.
fn cost(signal: Signal, value: f64) -> f64 {
    match signal {
        Signal::RenewableShare => 1.0 - value,
        Signal::CarbonIntensity | Signal::MarginalIntensity => value,
    }
}

/// The hours from `from` on and before `until` that sorted points know.
fn hours(points: &[Point], from: Timestamp, until: Timestamp) -> Option<Hourly> {
    let first = points.partition_point(|point| point.slot.end <= from);
    let last = points.partition_point(|point| point.slot.start < until);
    let hours = Hourly::of(points.get(first..last)?)?.between(Some(from), Some(until));
    (!hours.values.is_empty()).then_some(hours)
}

/// The beginning of the hour that an instant lies in.
pub(super) fn floor(instant: Timestamp) -> Timestamp {
    let seconds = instant.as_second();
    Timestamp::from_second(seconds - seconds.rem_euclid(3600)).unwrap_or(Timestamp::MIN)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::planner::Certainty;
    use crate::units::Slot;

    fn at(hour: i64) -> Timestamp {
        Timestamp::UNIX_EPOCH + SignedDuration::from_hours(24 * 365 * 50 + hour)
    }

    /// A day that repeats, best at nine.
    fn value(hour: i64) -> f64 {
        if hour.rem_euclid(24) == 9 { 0.2 } else { 0.5 }
    }

    fn answer(hours: std::ops::Range<i64>, value: impl Fn(i64) -> f64) -> Answer {
        let point = |hour| Point::of(Slot::of(at(hour), HOUR), value(hour));
        Answer {
            points: hours.map(point).collect(),
            issued_at: None,
            certainty: Certainty::Published,
            source: None,
            weakness: None,
        }
    }

    #[test]
    fn a_week_of_past_makes_a_forecast_for_two_days_after_its_end() {
        let mut record = Record::new(Signal::CarbonIntensity);
        record.follow(&answer(0..167, value), at(167));
        assert!(!record.tells(at(167)));
        record.follow(&answer(100..168, value), at(168));
        assert!(record.tells(at(168)) && record.tells(at(216)) && !record.tells(at(217)));
        let forecast = record.forecast();
        assert_eq!((forecast[0].slot.start, forecast.len()), (at(168), REACH));
        assert!((forecast[9].value - 0.2).abs() < 1e-9, "{forecast:?}");
    }

    #[test]
    fn a_share_is_forecast_as_a_share() {
        let mut record = Record::new(Signal::RenewableShare);
        record.follow(&answer(0..400, value), at(400));
        let forecast = record.forecast();
        let nine = forecast.iter().find(|p| p.slot.start == at(24 * 17 + 9)).unwrap();
        assert!((nine.value - 0.2).abs() < 0.1, "{nine:?}");
        assert!(
            nine.band
                .is_none_or(|band| band.p10 <= nine.value && nine.value <= band.p90)
        );
    }

    #[test]
    fn hours_that_only_the_answer_before_knew_are_not_lost_and_none_counts_twice() {
        let mut record = Record::new(Signal::CarbonIntensity);
        record.follow(&answer(0..200, value), at(100));
        record.follow(&answer(0..200, value), at(150));
        record.follow(&answer(150..300, value), at(150));
        record.follow(&answer(150..300, value), at(168));
        assert_eq!((record.known, record.end()), (168, at(168)));
    }

    #[test]
    fn the_present_hour_is_not_over_and_a_gap_is_missing() {
        let mut record = Record::new(Signal::CarbonIntensity);
        record.follow(&answer(0..20, value), at(10) + SignedDuration::from_mins(59));
        assert_eq!((record.known, record.end()), (10, at(10)));
        record.follow(&answer(15..30, value), at(20));
        assert_eq!((record.known, record.end()), (15, at(20)));
        record.follow(&answer(2000..2010, value), at(2010));
        assert_eq!(
            (record.known, record.end()),
            (10, at(2010)),
            "after months it begins anew"
        );
    }

    /// After weeks in which `source` was said of hours that came as [`value`] says.
    fn scored(source: impl Fn(i64) -> f64) -> Score {
        let mut record = Record::new(Signal::CarbonIntensity);
        for hour in (200..1000).step_by(3) {
            let mut said = answer(0..hour, value);
            said.points.extend(answer(hour..hour + 60, &source).points);
            record.follow(&said, at(hour));
        }
        record.score().unwrap()
    }

    #[test]
    fn a_source_that_names_the_wrong_hours_is_distrusted_and_one_that_is_right_is_not() {
        let right = scored(value);
        assert!((right.kept - 1.0).abs() < 1e-9 && !right.distrusted, "{right:?}");
        let wrong = scored(|hour| value(hour + 5));
        assert!(
            wrong.kept < 0.3 && wrong.corrected > 0.9 && wrong.distrusted,
            "{wrong:?}"
        );
    }
}
