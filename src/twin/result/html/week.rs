//! Intensity, and the power that was drawn before and after: the busiest week, and the mean day.

use super::draw::{Frame, WIDTH, line, picture, text};
use super::load::{hours, load};
use crate::twin::result::{Done, Results};
use crate::twin::series::{HOUR, Ms};
use crate::twin::world::{World, Zone};

const DAY: usize = 24;
const WEEK: usize = 7 * DAY;
/// More zones than this are not drawn.
const ZONES: usize = 8;

/// The busiest week, zone by zone.
pub(super) fn weeks(world: &World, results: &Results, done: &Done) -> String {
    let all = hours(&[&done.run.outcomes, &results.run_now.outcomes]);
    let (before, after) = (
        load(world, &results.run_now.outcomes, all),
        load(world, &done.run.outcomes, all),
    );
    let first = busiest(&before);
    let last = (first + WEEK).min(all);
    let zones = world.zones.iter().zip(before.iter().zip(&after)).take(ZONES);
    zones
        .map(|(zone, (before, after))| {
            let intensity = |hour: usize| mean(zone, hour);
            let values: Vec<f64> = (first..last).map(intensity).collect();
            let days = (0..=(last - first) / DAY).map(|day| (day * DAY, date(world, first + day * DAY)));
            panel(
                zone,
                &values,
                (&before[first..last], &after[first..last]),
                &days.collect::<Vec<_>>(),
            )
        })
        .collect()
}

/// The mean of all days, zone by zone.
pub(super) fn day(world: &World, results: &Results, done: &Done) -> String {
    let all = hours(&[&done.run.outcomes, &results.run_now.outcomes]);
    let (before, after) = (
        load(world, &results.run_now.outcomes, all),
        load(world, &done.run.outcomes, all),
    );
    let offset = (world.start.as_second() / 3600).rem_euclid(DAY as i64) as usize;
    let folded = |values: &mut dyn Iterator<Item = f64>| {
        let (mut sums, mut counts) = ([0.0; DAY], [0.0_f64; DAY]);
        for (hour, value) in values.enumerate() {
            sums[(hour + offset) % DAY] += value;
            counts[(hour + offset) % DAY] += 1.0;
        }
        let mean = |hour: usize| sums[hour] / counts[hour].max(1.0);
        (0..DAY).map(mean).collect::<Vec<f64>>()
    };
    let hours: Vec<_> = (0..DAY)
        .step_by(6)
        .map(|hour| (hour, format!("{hour:02}:00")))
        .collect();
    let zones = world.zones.iter().zip(before.iter().zip(&after)).take(ZONES);
    zones
        .map(|(zone, (before, after))| {
            let intensity = folded(&mut (0..all).map(|hour| mean(zone, hour)));
            let (before, after) = (folded(&mut before.iter().copied()), folded(&mut after.iter().copied()));
            panel(zone, &intensity, (&before, &after), &hours)
        })
        .collect()
}

/// One zone: intensity above, power below.
fn panel(zone: &Zone, intensity: &[f64], (before, after): (&[f64], &[f64]), marks: &[(usize, String)]) -> String {
    let frame = |top: f64, height: f64, values: &mut dyn Iterator<Item = f64>| Frame {
        left: 70.0,
        top,
        width: WIDTH - 90.0,
        height,
        most: values.fold(1e-6, f64::max) * 1.05,
    };
    let grid = frame(22.0, 80.0, &mut intensity.iter().copied());
    let power = frame(122.0, 90.0, &mut before.iter().chain(after).copied());
    let mut body = text(
        grid.left,
        14.0,
        "start",
        "",
        &format!("{}: gCO2e/kWh above, kW below", zone.name),
    );
    for (number, words) in marks {
        let x = grid.x(*number, intensity.len());
        body += &line((x, grid.top), (x, power.top + power.height), "rule");
        body += &text(x + 2.0, power.top + power.height + 15.0, "start", "soft", words);
    }
    body += &(grid.rules("") + &grid.steps(intensity, "line", false));
    body += &(power.rules("") + &power.steps(before, "before", true) + &power.steps(after, "after", true));
    picture(234.0, &format!("Intensity and power in {}", zone.name), &body)
}

/// The first hour of the seven days with most work.
fn busiest(load: &[Vec<f64>]) -> usize {
    let hours = load.first().map_or(0, Vec::len);
    let work = |first: usize| -> f64 {
        load.iter()
            .flat_map(|zone| &zone[first..(first + WEEK).min(hours)])
            .sum()
    };
    let days = (0..=hours.saturating_sub(WEEK)).step_by(DAY);
    days.max_by(|a, b| work(*a).total_cmp(&work(*b))).unwrap_or(0)
}

fn mean(zone: &Zone, hour: usize) -> f64 {
    let from = hour as Ms * HOUR as Ms;
    zone.intensity.integral(from, from + HOUR as Ms).unwrap_or(0.0)
}

fn date(world: &World, hour: usize) -> String {
    let after = jiff::SignedDuration::from_hours(hour as i64);
    world
        .start
        .saturating_add(after)
        .map_or_else(|_| String::new(), |at| at.strftime("%d %b").to_string())
}
