//! One series as it is seen at an instant: what has begun, and what is forecast.

use crate::planner::Band;
use crate::twin::series::{Ms, Series};
use crate::twin::world::Forecast;

const HOUR: Ms = 3_600_000;
const DAY: usize = 24;

/// A stretch of time with one value.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Row {
    /// From when.
    pub start: Ms,
    /// Until when.
    pub end: Ms,
    /// The value, or what to expect of it.
    pub value: f64,
    /// Where it will lie with a probability of 80 %, where the forecast says so.
    pub band: Option<Band>,
}

/// A series with the way its future is told.
#[derive(Clone, Copy, Debug)]
pub struct Foresight<'w> {
    forecast: &'w Forecast,
    truth: &'w Series,
}

impl<'w> Foresight<'w> {
    /// A series that is forecast in this way.
    pub fn of(forecast: &'w Forecast, truth: &'w Series) -> Self {
        Self { forecast, truth }
    }

    /// The row that holds now, and what is forecast from its end on; up to `until` or the end of the series.
    pub fn rows(&self, now: Ms, until: Ms) -> Vec<Row> {
        let until = until.min(self.truth.end());
        if *self.forecast == Forecast::Perfect {
            return between(self.truth, now, until);
        }
        let borders = self.truth.borders();
        let begun = borders.partition_point(|start| *start <= now);
        if begun == 0 || begun == borders.len() {
            return Vec::new();
        }
        let mut rows = between(self.truth, now, borders[begun]);
        if let Forecast::Issued(issues) = self.forecast {
            let issued = issues.partition_point(|(issue, _)| *issue <= now);
            if let Some((_, issue)) = issued.checked_sub(1).map(|last| &issues[last]) {
                let known = borders[begun];
                let told = between(issue, known, until).into_iter();
                rows.extend(told.map(|row| Row {
                    start: row.start.max(known),
                    ..row
                }));
            }
        }
        let known = rows.last().map_or(borders[begun], |row| row.end);
        rows.extend(self.told(now, known, until));
        rows
    }

    /// The next instant after `now` at which more is known; a perfect forecast never changes.
    pub fn next(&self, now: Ms) -> Option<Ms> {
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

    /// What the rows that have begun tell of the time from `from` on.
    fn told(&self, now: Ms, from: Ms, until: Ms) -> Vec<Row> {
        let past: Vec<(Ms, f64)> = self.truth.rows().take_while(|(start, _)| *start <= now).collect();
        let mut rows = Vec::new();
        let mut start = from;
        while start < until {
            let end = (start + HOUR).min(until);
            let mut before = start;
            while before > now {
                before -= DAY as Ms * HOUR;
            }
            let row = past.partition_point(|(at, _)| *at <= before).saturating_sub(1);
            let Some((_, value)) = past.get(row) else { break };
            rows.push(Row {
                start,
                end,
                value: *value,
                band: None,
            });
            start = end;
        }
        rows
    }
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
