//! One series as it is seen at an instant: what has begun, and what is forecast.

use std::cell::RefCell;

use jiff::Timestamp;

use super::DAY;
use super::teller::Teller;
use crate::grid::forecast::{Hourly, Method};
use crate::planner::Point;
use crate::twin::series::{Ms, Row, Series, instant};
use crate::twin::world::Forecast;
use crate::units::Slot;

/// A series with the way its future is told.
#[derive(Debug)]
pub(super) struct Foresight<'w> {
    forecast: &'w Forecast,
    truth: &'w Series,
    /// The start of the scenario.
    zero: Timestamp,
    /// Tells what nobody has issued, where that takes more than to look or to repeat.
    teller: Option<RefCell<Teller>>,
}

impl<'w> Foresight<'w> {
    /// A series that is forecast in this way, `hours` ahead where the past tells of the future.
    pub(super) fn of(forecast: &'w Forecast, truth: &'w Series, zero: Timestamp, hours: usize) -> Self {
        let method = match forecast {
            Forecast::Perfect | Forecast::Persistence => None,
            Forecast::Profile | Forecast::Issued(_) => Some(Method::Corrected),
            Forecast::Ours => Some(Method::Ours),
        };
        let teller = method.and_then(|method| Some(Teller::of(method, hourly(truth, zero)?, hours)));
        Self {
            forecast,
            truth,
            zero,
            teller: teller.map(RefCell::new),
        }
    }

    /// The row that holds now, and what is forecast from its end on; up to `until` or the end of the series.
    pub(super) fn rows(&self, now: Ms, until: Ms) -> Vec<Row> {
        let until = until.min(self.truth.end());
        if *self.forecast == Forecast::Perfect {
            return between(self.truth, now, until);
        }
        let borders = self.truth.borders();
        let begun = borders.partition_point(|start| *start <= now);
        if begun == 0 || begun == borders.len() {
            return Vec::new();
        }
        let mut known = borders[begun];
        let mut rows = between(self.truth, now, known);
        let told = self.told(known, until);
        let begun = known;
        let to_come = self.issued(now).iter().filter(|row| row.end > begun);
        for row in to_come.take_while(|row| row.start < until) {
            // Where no issue speaks the past tells; where that is silent too, nothing is known of all that comes after.
            if row.start > known {
                rows.extend(cut(&told, known, row.start));
                known = rows.last().map_or(known, |row| row.end);
            }
            if known < row.start {
                return rows;
            }
            rows.extend(cut(std::slice::from_ref(row), known, row.end));
            known = known.max(row.end);
        }
        rows.extend(cut(&told, known, Ms::MAX));
        rows
    }

    /// The rows of all issues that are known at `now`.
    fn issued(&self, now: Ms) -> &[Row] {
        let Forecast::Issued(issues) = self.forecast else {
            return &[];
        };
        let issued = issues.partition_point(|(issue, _)| *issue <= now);
        issued.checked_sub(1).map_or(&[], |last| &issues[last].1)
    }

    /// The next instant after `now` at which more is known; a perfect forecast never changes.
    pub(super) fn next(&self, now: Ms) -> Option<Ms> {
        let rows = self.truth.borders();
        let row = rows.get(rows.partition_point(|start| *start <= now)).copied();
        match self.forecast {
            Forecast::Perfect => None,
            Forecast::Issued(issues) => {
                let next = issues.partition_point(|(issue, _)| *issue <= now);
                [row, issues.get(next).map(|(issue, _)| *issue)]
                    .into_iter()
                    .flatten()
                    .min()
            }
            _ => row,
        }
    }

    /// What all that was over at `known` tells of what follows.
    fn told(&self, known: Ms, until: Ms) -> Vec<Row> {
        let Some(teller) = &self.teller else {
            return self.repeated(known, until);
        };
        let zero = self.zero.as_millisecond();
        let told = teller.borrow_mut().told(instant(self.zero, known));
        let row = |point: &Point| Row {
            start: point.slot.start.as_millisecond() - zero,
            end: point.slot.end.as_millisecond() - zero,
            value: point.value,
            band: point.band,
        };
        told.iter().map(row).take_while(|row| row.start < until).collect()
    }

    /// The 24 hours that end at `known`, again and again, row by row; what lies before the series is as the last that is known.
    fn repeated(&self, known: Ms, until: Ms) -> Vec<Row> {
        let rows = between(self.truth, known - DAY, known);
        let mut day: Vec<Row> = cut(&rows, known - DAY, known).collect();
        let (Some(first), Some(last)) = (day.first().copied(), day.last().copied()) else {
            return Vec::new();
        };
        if first.start > known - DAY {
            let before = Row {
                start: known - DAY,
                end: first.start,
                ..last
            };
            day.insert(0, before);
        }
        let days = (1..)
            .map(|days| days * DAY)
            .take_while(|later| known - DAY + later < until);
        let later = |row: &Row, by: Ms| Row {
            start: row.start + by,
            end: row.end + by,
            ..*row
        };
        let all = days.flat_map(|by| day.iter().map(move |row| later(row, by)));
        all.take_while(|row| row.start < until).collect()
    }
}

/// The hours of a series; `None` of an empty one.
fn hourly(truth: &Series, zero: Timestamp) -> Option<Hourly> {
    let rows = truth.rows().zip(&truth.borders()[1..]);
    let point = |((start, value), end): ((Ms, f64), &Ms)| {
        let slot = Slot {
            start: instant(zero, start),
            end: instant(zero, *end),
        };
        Point::of(slot, value)
    };
    Hourly::of(&rows.map(point).collect::<Vec<_>>())
}

/// The parts of rows that lie in `[from, until)`.
fn cut(rows: &[Row], from: Ms, until: Ms) -> impl Iterator<Item = Row> {
    let within = rows.iter().filter(move |row| row.end > from && row.start < until);
    within.map(move |row| Row {
        start: row.start.max(from),
        end: row.end.min(until),
        ..*row
    })
}

/// The rows of a series that hold from `from` on and begin before `until`, whole: shorter ones would only look finer.
fn between(series: &Series, from: Ms, until: Ms) -> Vec<Row> {
    let borders = series.borders();
    let first = borders.partition_point(|start| *start <= from).saturating_sub(1);
    let rows = series.rows().zip(&borders[1..]).skip(first);
    let whole = |((start, value), end): ((Ms, f64), &Ms)| Row {
        start,
        end: *end,
        value,
        band: None,
    };
    rows.take_while(|((start, _), _)| *start < until)
        .map(whole)
        .filter(|row| row.end > from)
        .collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    const HOUR: Ms = 3_600_000;

    /// Two days of hours whose value is their number.
    fn truth() -> Series {
        Series::of((0..48).map(|hour| (hour * HOUR, hour as f64)), 48 * HOUR)
    }

    fn seen(forecast: &Forecast, now: Ms) -> Vec<(Ms, f64)> {
        let truth = truth();
        let foresight = Foresight::of(forecast, &truth, Timestamp::UNIX_EPOCH, 30);
        let rows = foresight.rows(now, 48 * HOUR);
        rows.iter().map(|row| (row.start / HOUR, row.value)).collect()
    }

    #[test]
    fn persistence_repeats_the_day_that_ends_with_the_row_of_now() {
        let rows = seen(&Forecast::Persistence, 30 * HOUR + HOUR / 2);
        assert_eq!(rows[..4], [(30, 30.0), (31, 7.0), (32, 8.0), (33, 9.0)]);
        assert_eq!(rows.last(), Some(&(47, 23.0)), "no further than the series");
    }

    #[test]
    fn persistence_repeats_what_is_shorter_than_an_hour_too() {
        // Two days of half hours, of which one is clean each day.
        let half = HOUR / 2;
        let value = |row: i64| if row % 48 == 21 { 1.0 } else { 100.0 };
        let truth = Series::of((0..96).map(|row| (row * half, value(row))), 96 * half);
        let foresight = Foresight::of(&Forecast::Persistence, &truth, Timestamp::UNIX_EPOCH, 30);
        let rows = foresight.rows(60 * half, 96 * half);
        let clean: Vec<Ms> = rows
            .iter()
            .filter(|row| row.value < 2.0)
            .map(|row| row.start / half)
            .collect();
        assert_eq!((clean, rows.len()), (vec![69], 36));
        // Before the first day is over, what lies before it is as the last row.
        let early = foresight.rows(0, 96 * half);
        assert!(early.iter().all(|row| row.value > 99.0), "{early:?}");
        assert_eq!(early.last().map(|row| row.end >= 96 * half), Some(true));
    }

    fn said(start: Ms, end: Ms, value: f64) -> Row {
        Row {
            start: start * HOUR,
            end: end * HOUR,
            value,
            band: None,
        }
    }

    #[test]
    fn an_issue_is_seen_when_it_is_made_and_goes_on_as_profile() {
        let issued = Forecast::Issued(vec![(24 * HOUR, vec![said(25, 26, 100.0), said(26, 27, 200.0)])]);
        assert!(seen(&issued, 24 * HOUR - 1).iter().all(|(_, value)| *value < 100.0));
        let rows = seen(&issued, 24 * HOUR);
        assert_eq!(rows[..3], [(24, 24.0), (25, 100.0), (26, 200.0)]);
        assert!(rows.len() > 20 && rows[3].1 < 100.0, "{rows:?}");
    }

    #[test]
    fn where_an_issue_is_silent_the_profile_tells() {
        let issued = Forecast::Issued(vec![(24 * HOUR, vec![said(26, 27, 100.0), said(29, 30, 200.0)])]);
        let (rows, profile) = (seen(&issued, 24 * HOUR), seen(&Forecast::Profile, 24 * HOUR));
        assert_eq!((rows[2], rows[5]), ((26, 100.0), (29, 200.0)));
        for hour in [0, 1, 3, 4, 6, 23] {
            assert_eq!(rows[hour], profile[hour]);
        }
        assert_eq!(rows.len(), profile.len());
    }

    #[test]
    fn rows_of_an_issue_that_are_over_say_nothing() {
        // Rows of a quarter of an hour, and an issue that says of each what comes.
        let quarter = HOUR / 4;
        let rows = |from: i64| (from..192).map(move |row| (row * quarter, (row % 7) as f64));
        let truth = Series::of(rows(0), 192 * quarter);
        let issue = rows(96).map(|(start, value)| Row {
            start,
            end: start + quarter,
            value,
            band: None,
        });
        let issued = Forecast::Issued(vec![(96 * quarter, issue.collect())]);
        let foresight = Foresight::of(&issued, &truth, Timestamp::UNIX_EPOCH, 30);
        for minutes in [0, 7, 16, 44, 61] {
            let now = 96 * quarter + minutes * 60_000;
            let seen: Vec<(Ms, f64)> = foresight
                .rows(now, Ms::MAX)
                .iter()
                .map(|row| (row.start, row.value))
                .collect();
            let all: Vec<(Ms, f64)> = rows(now / quarter).collect();
            assert_eq!(seen, all, "{minutes} minutes after the issue");
        }
    }

    #[test]
    fn behind_a_hole_that_nothing_fills_nothing_is_known() {
        let truth = Series::of([(0, 1.0), (HOUR / 2, 2.0)], 48 * HOUR);
        let issued = Forecast::Issued(vec![(0, vec![said(3, 4, 100.0)])]);
        let foresight = Foresight::of(&issued, &truth, Timestamp::UNIX_EPOCH, 30);
        assert_eq!(foresight.rows(0, 48 * HOUR).len(), 1, "no hour is over yet");
    }

    #[test]
    fn the_next_row_or_issue_is_news_and_a_perfect_forecast_has_none() {
        let truth = truth();
        let next = |forecast: &Forecast, now| Foresight::of(forecast, &truth, Timestamp::UNIX_EPOCH, 1).next(now);
        assert_eq!(next(&Forecast::Profile, HOUR), Some(2 * HOUR));
        let issued = Forecast::Issued(vec![(HOUR + 1, Vec::new())]);
        assert_eq!(next(&issued, HOUR), Some(HOUR + 1));
        assert_eq!(next(&Forecast::Perfect, HOUR), None);
    }
}
