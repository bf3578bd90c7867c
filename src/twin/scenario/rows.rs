//! Series and forecasts from files.

use std::collections::BTreeMap;
use std::ops::RangeInclusive;
use std::path::{Path, PathBuf};
use std::rc::Rc;

use jiff::Timestamp;

use super::file::{ForecastFile, Values};
use super::times::since;
use super::values::Either;
use crate::twin::error::TwinError;
use crate::twin::series::{Ms, Row as Stretch, Series};
use crate::twin::table::{Column, Row, Table};
use crate::twin::written::instant;

const DAY: Ms = 86_400_000;
/// How long a row holds where a file has no other to tell.
const ALONE: Ms = 3_600_000;

/// What a column may hold, scaled, and how that is said.
#[derive(Debug)]
pub(super) struct Holds(RangeInclusive<f64>, &'static str);

/// Far above what any plant emits, and below what grams of a MWh come to.
pub(super) const INTENSITY: Holds = Holds(
    0.0..=20_000.0,
    "a number of gCO2e/kWh from 0 on; write a scale in the scenario where the column counts in another unit",
);
/// The next kWh may come from what would have been thrown away, and spare more than it emits.
pub(super) const MARGINAL: Holds = Holds(
    -20_000.0..=20_000.0,
    "a number of gCO2e/kWh; write a scale in the scenario where the column counts in another unit",
);
pub(super) const CAPACITY: Holds = Holds(0.0..=f64::MAX, "a number from 0 on");
/// Around what the grids of countries have, exports counted, and far from percentages.
pub(super) const SHARE: Holds = Holds(
    -0.5..=3.0,
    "a share: write 0.35, or scale: 0.01 in the scenario where the column counts percent",
);

/// The files of a scenario, each read once.
#[derive(Debug)]
pub(super) struct Files {
    folder: PathBuf,
    start: Timestamp,
    read: BTreeMap<PathBuf, Rc<Table>>,
}

impl Files {
    /// The files beside a scenario that starts then.
    pub(super) fn beside(scenario: &Path, start: Timestamp) -> Self {
        Self {
            folder: scenario.parent().map(Path::to_owned).unwrap_or_default(),
            start,
            read: BTreeMap::new(),
        }
    }

    /// Reads a table; its path is relative to the scenario.
    pub(super) fn table(&mut self, path: &Path) -> Result<Rc<Table>, TwinError> {
        let path = self.folder.join(path);
        if let Some(table) = self.read.get(&path) {
            return Ok(table.clone());
        }
        let table = Rc::new(Table::read(&path)?);
        self.read.insert(path, table.clone());
        Ok(table)
    }

    /// A column over time, as a step function; the last row holds as long as the one before.
    pub(super) fn series(&mut self, values: &Values, holds: &Holds) -> Result<Series, TwinError> {
        let rows = self.rows(values, holds)?;
        let step = match rows.as_slice() {
            [.., before, last] => last.0 - before.0,
            _ => ALONE,
        };
        let end = rows.last().map_or(0, |(at, _)| at + step);
        Ok(Series::of(rows, end))
    }

    /// A column over time: rising starts, each with its value.
    pub(super) fn rows(&mut self, values: &Values, holds: &Holds) -> Result<Vec<(Ms, f64)>, TwinError> {
        let table = self.table(&values.csv)?;
        let (time, value) = (table.column(&values.time)?, table.column(&values.value)?);
        let mut rows: Vec<(Ms, f64)> = Vec::new();
        for row in table.rows() {
            let at = self.instant(&row, time)?;
            if rows.last().is_some_and(|(before, _)| at <= *before) {
                return Err(row.wrong(time, "a later instant than in the row before"));
            }
            let scaled = row.number(value).map(|number| number * values.scale);
            let sound = scaled.filter(|scaled| holds.0.contains(scaled));
            rows.push((at, sound.ok_or_else(|| row.wrong(value, holds.1))?));
        }
        if rows.is_empty() {
            return Err(table.empty());
        }
        Ok(rows)
    }

    /// A forecast: by time of issue, the rows that stand from then on.
    pub(super) fn forecast(&mut self, file: &ForecastFile) -> Result<Vec<(Ms, Vec<Stretch>)>, TwinError> {
        let table = self.table(&file.csv)?;
        let (time, value) = (table.column(&file.time)?, table.column(&file.value)?);
        let issued = match &file.issued {
            Either::Word(_) => None,
            Either::Map(issued) => Some(table.column(&issued.column)?),
        };
        let midnight = since(self.start, Timestamp::UNIX_EPOCH).rem_euclid(DAY);
        let mut issues: BTreeMap<Ms, Vec<(Ms, f64)>> = BTreeMap::new();
        let mut step = DAY;
        for row in table.rows() {
            let at = self.instant(&row, time)?;
            let issue = match issued {
                Some(column) => self.instant(&row, column)?,
                None => at - (at - midnight).rem_euclid(DAY),
            };
            let rows = issues.entry(issue).or_default();
            if let Some((before, _)) = rows.last() {
                if at <= *before {
                    return Err(row.wrong(time, "a later instant than in the row before of the same issue"));
                }
                step = step.min(at - before);
            }
            let forecast = row
                .number(value)
                .ok_or_else(|| row.wrong(value, "the forecast, a number"))?;
            rows.push((at, forecast * file.scale));
        }
        if issues.is_empty() {
            return Err(table.empty());
        }
        Ok(standing(issues, step))
    }

    fn instant(&self, row: &Row<'_>, column: Column) -> Result<Ms, TwinError> {
        instant(row.text(column))
            .map(|at| since(self.start, at))
            .ok_or_else(|| {
                row.wrong(
                    column,
                    "an instant such as 2022-01-01T00:00:00Z, UTC where it names no time zone",
                )
            })
    }
}

/// Each issue with what older ones said of the rows that it does not speak of. A row holds until the next of its issue, the
/// last one for a step, and gives way to any that starts earlier than that.
fn standing(issues: BTreeMap<Ms, Vec<(Ms, f64)>>, step: Ms) -> Vec<(Ms, Vec<Stretch>)> {
    let mut stands: BTreeMap<Ms, (Ms, f64)> = BTreeMap::new();
    let mut merged = |(issue, rows): (Ms, Vec<(Ms, f64)>)| {
        let next = rows.iter().skip(1).map(|(start, _)| *start);
        let ends = next.chain(rows.last().map(|(start, _)| start + step));
        stands.extend(
            rows.iter()
                .zip(ends)
                .map(|((start, value), end)| (*start, (end, *value))),
        );
        stands.retain(|_, (end, _)| *end > issue);
        let next = stands.keys().skip(1).copied().chain([Ms::MAX]);
        let row = |((start, (end, value)), next): ((&Ms, &(Ms, f64)), Ms)| Stretch {
            start: *start,
            end: next.min(*end),
            value: *value,
            band: None,
        };
        (issue, stands.iter().zip(next).map(row).collect())
    };
    issues.into_iter().map(&mut merged).collect()
}
