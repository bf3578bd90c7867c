//! What a job emitted and what it would have emitted without Alizé, computed from the true curves.
//!
//! The baseline is the same run, pod for pod, started at the job's submission and spread over the zones that its owner and
//! its policy allow, by the cores of their nodes: where a scheduler that knows nothing of carbon would put it. A job that
//! was never held ran where and when it would have run anyway, so it saves nothing, whatever its luck.

use std::collections::BTreeMap;

use jiff::Timestamp;

use crate::day::Day;
use crate::log::{Log, PodSight, Sight};
use crate::site::{Site, Terms};

/// What a completed job emitted.
#[derive(Clone, Debug, PartialEq)]
pub struct Account {
    /// The zone of its first pod.
    pub zone: String,
    /// The energy, with the PUE of the zones that it ran in.
    pub watt_hours: f64,
    /// Emissions in gCO2e.
    pub emitted: f64,
    /// What the same run would have emitted without Alizé.
    pub baseline: f64,
}

impl Account {
    /// Baseline less emitted; negative is harm.
    pub fn saved(&self) -> f64 {
        self.baseline - self.emitted
    }
}

/// One pod's run.
struct Run<'a> {
    zone: &'a str,
    from: Timestamp,
    to: Timestamp,
}

/// The accounts of all completed jobs, by namespace/name.
pub fn accounts(log: &Log, day: &Day, site: &Site) -> BTreeMap<String, Account> {
    let completed = log.jobs.iter().filter(|(_, sight)| sight.completed.is_some());
    let accounts = completed.filter_map(|(name, sight)| {
        let mut runs: Vec<Run<'_>> = log.pods_of(name).filter_map(run).collect();
        runs.sort_by_key(|run| run.from);
        Some((name.clone(), account(sight, &runs, day, site)?))
    });
    accounts.collect()
}

fn run(pod: &PodSight) -> Option<Run<'_>> {
    Some(Run {
        zone: &pod.bound.as_ref()?.0,
        from: pod.started?,
        to: pod.ended?,
    })
}

fn account(sight: &Sight, runs: &[Run<'_>], day: &Day, site: &Site) -> Option<Account> {
    let first = runs.first()?;
    let pue = |zone: &str| site.zones.get(zone).map_or(1.0, |zone| zone.pue);
    let energy = |run: &Run<'_>| sight.terms.watts_a_pod * run.to.duration_since(run.from).as_secs_f64() / 3600.0;
    let (mut watt_hours, mut emitted, mut blind) = (0.0, 0.0, 0.0);
    // The whole run, moved to where it would have begun: at the submission.
    let earlier = first.from.duration_since(sight.created);
    for run in runs {
        watt_hours += energy(run) * pue(run.zone);
        emitted += energy(run) / 1000.0 * day.mean(run.zone, run.from, run.to) * pue(run.zone);
        let (from, to) = (run.from - earlier, run.to - earlier);
        blind += energy(run) / 1000.0 * spread(&sight.terms, site, |zone| day.mean(zone, from, to) * pue(zone));
    }
    Some(Account {
        zone: first.zone.to_owned(),
        watt_hours,
        emitted,
        baseline: if sight.held { blind } else { emitted },
    })
}

/// The mean over the allowed zones, by the cores of their nodes.
fn spread(terms: &Terms, site: &Site, of: impl Fn(&str) -> f64) -> f64 {
    let (mut sum, mut weights) = (0.0, 0.0);
    for name in &terms.zones {
        let cores = site.zones.get(name).map_or(0.0, |zone| zone.cores);
        sum += cores * of(name);
        weights += cores;
    }
    if weights > 0.0 { sum / weights } else { 0.0 }
}

#[cfg(test)]
mod tests {
    use jiff::SignedDuration;

    use super::*;
    use crate::day::{HOUR, intensity};
    use crate::site::tests::site;

    fn day() -> Day {
        Day::beginning(Timestamp::from_second(1_000_000).unwrap())
    }

    /// 3600 W for one slot at noon in `ma`, submitted at midnight: 5 Wh.
    fn seen(held: bool) -> Log {
        let (mut log, day) = (Log::default(), day());
        let noon = day.start + HOUR * 12;
        let terms = Terms {
            zones: vec!["es".into(), "ma".into()],
            watts_a_pod: 3600.0,
            ..Terms::default()
        };
        let sight = Sight {
            terms,
            created: day.start,
            held,
            released: None,
            plan: None,
            promised: None,
            completed: Some(noon + HOUR),
            failed: false,
        };
        log.jobs.insert("a/j".into(), sight);
        let pod = PodSight {
            job: Some("a/j".into()),
            bound: Some(("ma".into(), noon)),
            started: Some(noon),
            ended: Some(noon + HOUR),
            ..PodSight::default()
        };
        log.pods.insert("p".into(), pod);
        log
    }

    #[test]
    fn emissions_follow_the_curve_of_the_zone_and_its_pue() {
        let account = &accounts(&seen(true), &day(), &site())["a/j"];
        assert!((account.watt_hours - 5.0 * 1.5).abs() < 1e-9);
        assert!((account.emitted - 0.005 * 1.5 * intensity("ma", 12.0)).abs() < 1e-9);
    }

    #[test]
    fn the_baseline_is_the_same_run_at_submission_spread_by_cores() {
        let account = &accounts(&seen(true), &day(), &site())["a/j"];
        // 8 cores in ma with a PUE of 1.5, 24 in es with one of 1.
        let blind = 0.005 * (0.25 * 1.5 * intensity("ma", 0.0) + 0.75 * intensity("es", 0.0));
        assert!((account.baseline - blind).abs() < 1e-9);
    }

    #[test]
    fn a_job_that_was_never_held_saves_nothing() {
        let account = &accounts(&seen(false), &day(), &site())["a/j"];
        assert!(account.saved().abs() < 1e-12 && account.emitted > 0.0);
    }

    #[test]
    fn a_later_wave_of_pods_is_moved_by_the_same_time() {
        let mut log = seen(true);
        let second = log.pods["p"].clone();
        let later = |t: Option<Timestamp>| t.map(|t| t + SignedDuration::from_secs(5));
        let second = PodSight {
            started: later(second.started),
            ended: later(second.ended),
            ..second
        };
        log.pods.insert("q".into(), second);
        let (one, two) = (accounts(&seen(true), &day(), &site()), accounts(&log, &day(), &site()));
        let wave = 0.005 * (0.25 * 1.5 * intensity("ma", 1.0) + 0.75 * intensity("es", 1.0));
        assert!((two["a/j"].baseline - one["a/j"].baseline - wave).abs() < 1e-9);
    }
}
