//! At which widths a job may run, by its scaling curve.

use std::collections::BTreeMap;

use serde_saphyr::Spanned;

use super::columns::Found;
use super::file::Curve;
use super::jobs::whole;
use crate::planner::Step;
use crate::twin::error::TwinError;
use crate::twin::series::Ms;
use crate::twin::table::Row;
use crate::twin::world::Job;

/// Gives a job its widths: those rows of its curve that lie within its bounds; what it takes is that of the first.
///
/// # Errors
/// A curve that is not there, bounds that let a job without a curve be wider, and bounds within which there is none of its rows.
pub(super) fn scale(
    row: &Row<'_>,
    found: &Found,
    curves: &BTreeMap<String, Spanned<Curve>>,
    job: &mut Job,
) -> Result<(), TwinError> {
    let [least, most] =
        [(found.min_scale, 0), (found.max_scale, 1)].map(|(bound, from)| whole(row, bound, from..=i32::MAX));
    let (least, most) = (least?, most?);
    let Some(column) = found.scaling.filter(|column| !row.text(*column).is_empty()) else {
        let expected = "no more than minScale where the job names no curve in the column scaling";
        let wider = found
            .max_scale
            .filter(|_| most.unwrap_or(1) > least.unwrap_or(1).max(1));
        return wider.map_or(Ok(()), |bound| Err(row.wrong(bound, expected)));
    };
    let Some(curve) = curves.get(row.text(column)) else {
        let names: Vec<_> = curves.keys().map(String::as_str).collect();
        return Err(row.wrong(column, &format!("one of the scalingCurves ({})", names.join(", "))));
    };
    let (least, most) = (least.unwrap_or(0), most.unwrap_or(i32::MAX));
    if let Some(bound) = found.max_scale.filter(|_| least > most) {
        return Err(row.wrong(bound, &format!("a number of pods from minScale, {least}, on")));
    }
    let within = |pods: u32| (i64::from(least)..=i64::from(most)).contains(&i64::from(pods));
    let steps: Vec<_> = curve.value.iter().filter(|(pods, ..)| within(*pods)).collect();
    let (Some((first, speed, power)), Some(base)) = (steps.first(), curve.value.first()) else {
        let rows: Vec<String> = curve.value.iter().map(|(pods, ..)| pods.to_string()).collect();
        let expected = format!(
            "a curve with a row from minScale to maxScale; this one has {} pods",
            rows.join(", ")
        );
        return Err(row.wrong(column, &expected));
    };
    let wider = f64::from(*first) / f64::from(base.0);
    job.length = (job.length as f64 * base.1 / speed).round() as Ms;
    job.kilowatts *= power / base.2;
    for amount in [&mut job.need.cpus, &mut job.need.memory_gib, &mut job.need.gpus] {
        *amount *= wider;
    }
    let step = |(pods, throughput, draw): &&(u32, f64, f64)| Step {
        pods: *pods,
        throughput: throughput / speed,
        power: draw / power,
    };
    job.scaling = steps.iter().map(step).collect();
    Ok(())
}
