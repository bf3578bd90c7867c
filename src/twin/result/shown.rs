//! What the page shows of a scenario's results.

use jiff::SignedDuration;

use super::load::{hours, load};
use super::{Done, Results, sure};
use crate::twin::account::Tally;
use crate::twin::page::{Bin, By, Page, Shown, Zone};
use crate::twin::rivals::Rival;
use crate::twin::scenario::{Kind, Scenario};
use crate::twin::series::{HOUR, Ms, instant};
use crate::twin::world::{Lengths, World};

/// Shares that differ by less than this are equal.
const EQUAL: f64 = 1e-9;
/// Where waits are told apart, hours.
const WAITS: [f64; 14] = [
    0.0, 0.5, 1.0, 2.0, 4.0, 6.0, 8.0, 12.0, 18.0, 24.0, 36.0, 48.0, 96.0, 168.0,
];

/// The page.
pub(super) fn shown(results: &Results, scenario: &Scenario) -> Page {
    let world = &scenario.world;
    let about = about(scenario);
    let Some(done) = results.runs.get(about) else {
        return Page::default();
    };
    let end = instant(world.start, world.end);
    let first = -world.start.as_millisecond().rem_euclid(HOUR as Ms);
    let pairs: Vec<(&Tally, &Tally)> = done.tallies.iter().zip(&results.run_now_tallies).collect();
    let harm = |sum: f64, (after, before): &(&Tally, &Tally)| sum + (after.grams - before.grams).max(0.0);
    Page {
        scenario: scenario.name.clone(),
        period: (world.start, end),
        runs: results
            .runs
            .iter()
            .zip(&scenario.runs)
            .map(|(done, spec)| run(world, done, &spec.kind))
            .collect(),
        about,
        run_now_grams: results.run_now_tallies.iter().fold(0.0, |sum, tally| sum + tally.grams),
        harmed_grams: Some(pairs.iter().fold(0.0, harm)),
        hours_from: instant(world.start, first),
        zones: zones(world, results, done, first),
        waits: waits(&done.tallies),
        savings: savings(&pairs),
        uncertainty: sure::interval(world, results, done),
        facts: facts(world),
        warnings: results.warnings.clone(),
    }
}

/// The run that the page is about: the first of Alizé, else the first whose jobs are known.
fn about(scenario: &Scenario) -> usize {
    let first = |is: fn(&Kind) -> bool| scenario.runs.iter().position(|run| is(&run.kind));
    let ours = first(|kind| matches!(kind, Kind::Policies(_)));
    ours.or_else(|| first(|kind| !matches!(kind, Kind::Optimum { .. })))
        .unwrap_or(0)
}

fn run(world: &World, done: &Done, kind: &Kind) -> Shown {
    Shown {
        by: match kind {
            Kind::Policies(_) => By::Policy,
            Kind::RunNow | Kind::Fifo | Kind::Rival(..) => By::Rival,
            Kind::Optimum { .. } => By::Bound,
        },
        knows_more: world.lengths != Lengths::Known && matches!(kind, Kind::Rival(Rival::WaitAwhile, _)),
        figures: done.figures.clone(),
    }
}

fn zones(world: &World, results: &Results, done: &Done, first: Ms) -> Vec<Zone> {
    let all = hours(&[&done.run.outcomes, &results.run_now.outcomes], first);
    let before = load(world, &results.run_now.outcomes, first, all);
    let after = load(world, &done.run.outcomes, first, all);
    let hourly = |series: &crate::twin::Series| {
        let mean = |hour: usize| {
            let from = first + hour as Ms * HOUR as Ms;
            series.integral(from, from + HOUR as Ms).unwrap_or(f64::NAN)
        };
        (0..all).map(mean).collect()
    };
    let zones = world.zones.iter().zip(before.into_iter().zip(after));
    zones
        .map(|(zone, (before, after))| Zone {
            name: zone.name.clone(),
            intensity: hourly(&zone.intensity),
            renewable_share: zone.renewable_share.as_ref().map(hourly).unwrap_or_default(),
            before,
            after,
        })
        .collect()
}

fn waits(tallies: &[Tally]) -> Vec<Bin> {
    let waits: Vec<f64> = tallies.iter().map(|tally| tally.wait.max(0) as f64 / HOUR).collect();
    let most = waits.iter().copied().fold(0.5, f64::max);
    let mut edges: Vec<f64> = WAITS.iter().copied().take_while(|edge| *edge <= most).collect();
    let above = WAITS.iter().copied().find(|edge| *edge > most);
    edges.push(above.unwrap_or_else(|| most.floor() + 1.0));
    bins(&edges, &waits)
}

/// Of their own emissions, in tenths; whoever lost more than all of them stands in the first bin.
fn savings(pairs: &[(&Tally, &Tally)]) -> Vec<Bin> {
    let saved = |(after, before): &(&Tally, &Tally)| {
        let share = 1.0 - after.grams / before.grams;
        (before.grams > 0.0).then_some(if share.abs() < EQUAL { 0.0 } else { share })
    };
    let shares: Vec<f64> = pairs.iter().filter_map(saved).collect();
    let least = shares.iter().copied().fold(0.0, f64::min);
    let most = shares.iter().copied().fold(0.0, f64::max);
    let (first, last) = (
        (least * 10.0).floor().max(-10.0) as i32,
        (most * 10.0).floor() as i32 + 1,
    );
    let mut edges: Vec<f64> = (first..=last).map(|tenth| f64::from(tenth) / 10.0).collect();
    if least < -1.0 {
        edges.insert(0, least.floor());
    }
    bins(&edges, &shares)
}

/// How many values lie between each edge and the next.
fn bins(edges: &[f64], values: &[f64]) -> Vec<Bin> {
    let mut bins: Vec<Bin> = edges
        .windows(2)
        .map(|pair| Bin {
            from: pair[0],
            to: pair[1],
            jobs: 0,
        })
        .collect();
    for value in values {
        let after = edges.partition_point(|edge| edge <= value);
        if let Some(bin) = after.checked_sub(1).and_then(|number| bins.get_mut(number)) {
            bin.jobs += 1;
        }
    }
    bins
}

/// What a reader must know to judge the figures.
fn facts(world: &World) -> Vec<(String, String)> {
    let lengths = match world.lengths {
        Lengths::Known => "known",
        Lengths::Learned => "learned from finished jobs and the age of unfinished ones",
        Lengths::Mean => "the mean of the job's class over the whole file",
    };
    let arrivals = if world.arrivals_known {
        "all known from the start"
    } else {
        "online: no job is seen before its submission"
    };
    let forecasts = world
        .zones
        .iter()
        .map(|zone| format!("{}: {}", zone.name, zone.forecast));
    let jobs = world.jobs.len();
    let pausable = world.jobs.iter().filter(|job| job.pausing.is_some()).count();
    let limited = world.zones.iter().filter(|zone| !zone.capacity.is_empty()).count();
    let facts = [
        ("Jobs", format!("{jobs}, and {} of history", world.history.len())),
        ("Lengths", lengths.to_owned()),
        ("Arrivals", arrivals.to_owned()),
        ("Forecasts", forecasts.collect::<Vec<_>>().join(", ")),
        ("May be paused", format!("{pausable} of {jobs} jobs")),
        (
            "Capacity",
            format!("limited in {limited} of {} zones", world.zones.len()),
        ),
        (
            "Slot",
            crate::units::format_duration(SignedDuration::from_millis(world.slot)),
        ),
        ("Seed", world.seed.to_string()),
    ];
    facts.map(|(what, how)| (what.to_owned(), how)).into()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_bin_holds_its_lower_edge_and_no_value_is_lost() {
        let bins = bins(&[0.0, 0.5, 1.0], &[0.0, 0.49, 0.5, 0.99]);
        assert_eq!(bins.iter().map(|bin| bin.jobs).collect::<Vec<_>>(), [2, 2]);
        let tally = |grams| Tally {
            grams,
            ..Tally::default()
        };
        let (one, lost, gained) = (tally(1.0), tally(4.5), tally(0.0));
        let bins = savings(&[(&one, &one), (&lost, &one), (&gained, &one)]);
        assert_eq!((bins[0].from, bins[0].jobs), (-4.0, 1), "{bins:?}");
        assert_eq!(bins.iter().map(|bin| bin.jobs).sum::<usize>(), 3, "{bins:?}");
        let kept = bins.iter().find(|bin| bin.from == 0.0).unwrap();
        assert_eq!(kept.jobs, 1, "who emits as much as at once is not harmed");
    }
}
