//! The zones of a scenario.

use std::path::Path;

use serde_saphyr::Spanned;

use super::file::{self, Method};
use super::place;
use super::rows::{CAPACITY, Files, INTENSITY, MARGINAL, SHARE};
use super::values::{Amount, Either};
use crate::twin::error::TwinError;
use crate::twin::series::Ms;
use crate::twin::world::{Amounts, Forecast, Zone};

/// Reads all zones.
pub(super) fn zones(path: &Path, zones: &[Spanned<file::Zone>], files: &mut Files) -> Result<Vec<Zone>, TwinError> {
    let mut read: Vec<Zone> = Vec::new();
    for spanned in zones {
        let zone = &spanned.value;
        let wrong = |what: String| Err(place(path, spanned.referenced).wrong(what));
        if zone.name.is_empty() || zone.name == "spread" || zone.name.contains([';', '@']) {
            return wrong(format!(
                "expected a name without ; and @ that is not \"spread\"; found {:?}",
                zone.name
            ));
        }
        if read.iter().any(|other| other.name == zone.name) {
            return wrong(format!(
                "two zones are called {:?}; expected different names",
                zone.name
            ));
        }
        if !(zone.pue.is_finite() && zone.pue >= 1.0) {
            return wrong(format!("expected a pue of at least 1; found {}", zone.pue));
        }
        read.push(one(zone, files)?);
    }
    Ok(read)
}

fn one(zone: &file::Zone, files: &mut Files) -> Result<Zone, TwinError> {
    let forecast = match &zone.forecast {
        None | Some(Either::Word(Method::Perfect)) => Forecast::Perfect,
        Some(Either::Word(Method::Persistence)) => Forecast::Persistence,
        Some(Either::Word(Method::Profile)) => Forecast::Profile,
        Some(Either::Word(Method::Ours)) => Forecast::Ours,
        Some(Either::Map(file)) => Forecast::Issued(files.forecast(file)?),
    };
    let mut series = |values: &Option<file::Values>, holds| {
        let values = values.as_ref();
        values.map(|values| files.series(values, holds)).transpose()
    };
    let (renewable_share, marginal) = (
        series(&zone.renewable_share, &SHARE)?,
        series(&zone.marginal_intensity, &MARGINAL)?,
    );
    let gpu_models = zone.capacity.gpu_models.iter();
    Ok(Zone {
        name: zone.name.clone(),
        intensity: files.series(&zone.intensity, &INTENSITY)?,
        renewable_share,
        marginal,
        pue: zone.pue,
        capacity: capacity(&zone.capacity, files)?,
        gpu_models: gpu_models.map(|(model, count)| (model.clone(), count.0)).collect(),
        forecast,
    })
}

/// What a zone holds, from each instant on at which any of it changes.
fn capacity(capacity: &file::Capacity, files: &mut Files) -> Result<Vec<(Ms, Amounts)>, TwinError> {
    let wanted = [&capacity.cpus, &capacity.memory_gib, &capacity.gpus];
    if wanted.iter().all(|amount| amount.is_none()) && capacity.gpu_models.is_empty() {
        return Ok(Vec::new());
    }
    let mut columns = Vec::new();
    for amount in wanted {
        columns.push(match amount {
            None => vec![(0, f64::INFINITY)],
            Some(Amount::Number(number)) => vec![(0, *number)],
            Some(Amount::Over(values)) => files.rows(values, &CAPACITY)?,
        });
    }
    let mut changes: Vec<Ms> = columns.iter().flatten().map(|(at, _)| *at).collect();
    changes.sort_unstable();
    changes.dedup();
    let value = |column: &[(Ms, f64)], at: Ms| {
        let after = column.partition_point(|(from, _)| *from <= at);
        column.get(after.saturating_sub(1)).map_or(0.0, |(_, value)| *value)
    };
    let amounts = |at: Ms| Amounts {
        cpus: value(&columns[0], at),
        memory_gib: value(&columns[1], at),
        gpus: value(&columns[2], at),
    };
    let mut rows: Vec<(Ms, Amounts)> = changes.into_iter().map(|at| (at, amounts(at))).collect();
    rows.dedup_by(|later, earlier| later.1 == earlier.1);
    Ok(rows)
}
