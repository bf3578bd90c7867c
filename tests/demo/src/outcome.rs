//! How the day ended: the figures of `target/demo/result.json`, and the promises that broke.

use std::collections::BTreeMap;
use std::fs;
use std::path::Path;

use jiff::{SignedDuration, Timestamp};
use serde::Serialize;

use crate::account::Account;
use crate::day::Day;
use crate::error::Error;
use crate::log::{Log, Sight};
use crate::room::overbooked;
use crate::site::Site;

/// Fewer jobs than this show nothing.
const ENOUGH: usize = 60;

/// The figures, all as seen on the API server by somebody who is not the operator.
#[derive(Clone, Debug, Default, PartialEq, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct Outcome {
    /// Jobs seen.
    pub jobs: usize,
    /// Jobs that were born held.
    pub held: usize,
    /// Jobs that completed.
    pub completed: usize,
    /// Baseline less emissions, in gCO2e.
    pub saved_grams: f64,
    /// What the completed jobs would have emitted, started at submission.
    pub baseline_grams: f64,
    /// Saved as a share of the baseline, 0 to 1.
    pub saved_share: f64,
    /// Starts after the latest start, and finishes after finish-by.
    pub deadline_misses: usize,
    /// Pods outside the zones that their job may run in.
    pub residency_violations: usize,
    /// Zone-slots in which a job's pod found no node, or in which pods asked for more than there is.
    pub overbooked_slots: usize,
    /// From the planned start to the first running pod; the 95th percentile over all held jobs.
    pub start_delay_p95_seconds: f64,
    /// Which zone-slots those are.
    #[serde(skip)]
    pub overbooked: Vec<String>,
    /// Jobs with a pod before their release.
    #[serde(skip)]
    pub early_pods: Vec<String>,
    /// Jobs that have not completed.
    #[serde(skip)]
    pub unfinished: Vec<String>,
}

impl Outcome {
    /// Counts.
    pub fn of(log: &Log, accounts: &BTreeMap<String, Account>, day: &Day, site: &Site, now: Timestamp) -> Self {
        let names = |wanted: &dyn Fn(&str, &Sight) -> bool| -> Vec<String> {
            let found = log.jobs.iter().filter(|(name, sight)| wanted(name, sight));
            found.map(|(name, _)| name.clone()).collect()
        };
        let baseline: f64 = accounts.values().map(|account| account.baseline).sum();
        let saved: f64 = accounts.values().map(Account::saved).sum();
        let misses = log.jobs.iter().map(|(name, sight)| misses(log, name, sight));
        let outside = log.jobs.iter().map(|(name, sight)| outside(log, name, sight));
        let delays = log
            .jobs
            .iter()
            .filter_map(|(name, sight)| start_delay(log, name, sight));
        let full = overbooked(log, day, site, now);
        Self {
            jobs: log.jobs.len(),
            held: log.jobs.values().filter(|sight| sight.held).count(),
            completed: log.jobs.values().filter(|sight| sight.completed.is_some()).count(),
            saved_grams: round(saved),
            baseline_grams: round(baseline),
            saved_share: if baseline > 0.0 { round(saved / baseline) } else { 0.0 },
            deadline_misses: misses.sum(),
            residency_violations: outside.sum(),
            overbooked_slots: full.len(),
            overbooked: full
                .iter()
                .map(|(zone, slot)| format!("{zone} at {:02}:00", slot.rem_euclid(24)))
                .collect(),
            start_delay_p95_seconds: percentile(delays.map(|delay| delay.as_secs_f64()).collect(), 0.95),
            early_pods: names(&|name, sight| has_early_pod(log, name, sight)),
            unfinished: names(&|_, sight| sight.completed.is_none()),
        }
    }

    /// The promises that broke, a sentence each.
    pub fn broken(&self) -> Vec<String> {
        let list = |names: &[String]| names.iter().take(5).cloned().collect::<Vec<_>>().join(", ");
        let checks = [
            (
                self.jobs < ENOUGH,
                format!("only {} jobs were seen, fewer than {ENOUGH}", self.jobs),
            ),
            (self.held == 0, "no job was held".to_owned()),
            (
                self.completed < self.jobs,
                format!(
                    "{} jobs have not completed: {}",
                    self.unfinished.len(),
                    list(&self.unfinished)
                ),
            ),
            (
                self.deadline_misses > 0,
                format!("{} deadlines were missed", self.deadline_misses),
            ),
            (
                self.residency_violations > 0,
                format!(
                    "{} pods ran outside the zones that their job is allowed",
                    self.residency_violations
                ),
            ),
            (
                self.overbooked_slots > 0,
                format!(
                    "{} zone-slots were overbooked: {}",
                    self.overbooked_slots,
                    list(&self.overbooked)
                ),
            ),
            (
                !self.early_pods.is_empty(),
                format!(
                    "{} jobs had a pod before their release: {}",
                    self.early_pods.len(),
                    list(&self.early_pods)
                ),
            ),
            (
                self.saved_grams <= 0.0,
                "nothing was saved against the baseline".to_owned(),
            ),
        ];
        checks
            .into_iter()
            .filter(|(broke, _)| *broke)
            .map(|(_, sentence)| sentence)
            .collect()
    }

    /// Writes `result.json` into the directory, and beside it in `observed.json` all that the figures were made from.
    ///
    /// # Errors
    /// When one of them cannot be written.
    pub fn write(&self, log: &Log, directory: &Path) -> Result<(), Error> {
        fs::create_dir_all(directory).map_err(Error::file("create", directory))?;
        save(&directory.join("result.json"), self)?;
        save(&directory.join("observed.json"), log)
    }
}

fn save(path: &Path, value: &impl Serialize) -> Result<(), Error> {
    let text = serde_json::to_string_pretty(value).map_err(|source| Error::file("write", path)(source.into()))?;
    fs::write(path, text + "\n").map_err(Error::file("write", path))
}

/// How many of a job's two deadlines were missed.
fn misses(log: &Log, name: &str, sight: &Sight) -> usize {
    let late = log
        .started(name)
        .is_some_and(|started| started > sight.terms.latest_start);
    let overrun = sight
        .terms
        .finish_by
        .zip(sight.completed)
        .is_some_and(|(end, at)| at > end);
    usize::from(late) + usize::from(overrun)
}

fn outside(log: &Log, name: &str, sight: &Sight) -> usize {
    let zones = log
        .pods_of(name)
        .filter_map(|pod| pod.bound.as_ref().map(|(zone, _)| zone));
    zones.filter(|zone| !sight.terms.zones.contains(zone)).count()
}

fn start_delay(log: &Log, name: &str, sight: &Sight) -> Option<SignedDuration> {
    let promised = sight.promised.filter(|_| sight.held)?;
    Some(log.started(name)?.duration_since(promised).max(SignedDuration::ZERO))
}

/// By the API server's revisions, since two watches have no common order.
fn has_early_pod(log: &Log, name: &str, sight: &Sight) -> bool {
    let released = sight.released.map_or(u64::MAX, |release| release.version);
    sight.held && log.pods_of(name).any(|pod| pod.version < released)
}

/// By nearest rank; 0 where there is nothing.
fn percentile(mut values: Vec<f64>, share: f64) -> f64 {
    values.sort_by(f64::total_cmp);
    let rank = (values.len() as f64 * share).ceil() as usize;
    round(values.get(rank.saturating_sub(1)).copied().unwrap_or(0.0))
}

fn round(value: f64) -> f64 {
    (value * 1e4).round() / 1e4
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;
    use crate::account::accounts;
    use crate::log::tests::at;
    use crate::log::{PodSight, Release};
    use crate::site::Terms;
    use crate::site::tests::site;

    /// One job, held at 1000, released at 1010, that ran in `ma` from 1011 to 1015.
    fn log() -> Log {
        let terms = Terms {
            zones: vec!["ma".into()],
            latest_start: at(1020),
            finish_by: Some(at(1030)),
            watts_a_pod: 100.0,
        };
        let sight = Sight {
            terms,
            created: at(1000),
            held: true,
            released: Some(Release {
                at: at(1010),
                version: 5,
            }),
            plan: None,
            promised: Some(at(1010)),
            completed: Some(at(1016)),
            failed: false,
        };
        let pod = PodSight {
            job: Some("a/j".into()),
            version: 6,
            bound: Some(("ma".into(), at(1010))),
            started: Some(at(1011)),
            ended: Some(at(1015)),
            ..PodSight::default()
        };
        Log {
            jobs: BTreeMap::from([("a/j".to_owned(), sight)]),
            pods: BTreeMap::from([("p".to_owned(), pod)]),
        }
    }

    fn outcome(change: impl FnOnce(&mut Sight, &mut PodSight)) -> Outcome {
        let mut log = log();
        change(log.jobs.get_mut("a/j").unwrap(), log.pods.get_mut("p").unwrap());
        let day = Day::beginning(at(1000));
        let accounts = accounts(&log, &day, &site());
        Outcome::of(&log, &accounts, &day, &site(), at(2000))
    }

    #[test]
    fn a_job_that_kept_all_promises_breaks_only_the_number_of_jobs() {
        let outcome = outcome(|_, _| {});
        assert_eq!((outcome.jobs, outcome.held, outcome.completed), (1, 1, 1));
        assert_eq!(outcome.start_delay_p95_seconds.to_bits(), 1.0_f64.to_bits());
        assert!(outcome.saved_grams > 0.0, "{outcome:?}");
        assert_eq!(outcome.broken(), ["only 1 jobs were seen, fewer than 60"]);
    }

    #[test]
    fn starts_after_the_latest_start_and_finishes_after_finish_by_both_count() {
        let late = outcome(|sight, pod| {
            pod.started = Some(at(1021));
            sight.completed = Some(at(1031));
        });
        assert_eq!(late.deadline_misses, 2);
        assert_eq!(outcome(|sight, _| sight.completed = Some(at(1031))).deadline_misses, 1);
    }

    #[test]
    fn a_pod_outside_its_zones_and_a_pod_before_the_release_are_seen() {
        let away = outcome(|_, pod| pod.bound = Some(("es".into(), at(1010))));
        assert_eq!(away.residency_violations, 1);
        assert_eq!(outcome(|_, pod| pod.version = 4).early_pods, ["a/j"]);
        assert_eq!(outcome(|sight, _| sight.released = None).early_pods, ["a/j"]);
    }

    #[test]
    fn a_job_that_has_not_completed_is_named() {
        let broken = outcome(|sight, _| sight.completed = None).broken();
        assert!(
            broken.contains(&"1 jobs have not completed: a/j".to_owned()),
            "{broken:?}"
        );
        assert!(
            broken.contains(&"nothing was saved against the baseline".to_owned()),
            "{broken:?}"
        );
    }

    #[test]
    fn the_95th_percentile_is_the_nearest_rank() {
        let values = (1..=20).map(f64::from).collect();
        assert_eq!(percentile(values, 0.95).to_bits(), 19.0_f64.to_bits());
        assert_eq!(percentile(Vec::new(), 0.95).to_bits(), 0.0_f64.to_bits());
    }

    #[test]
    fn the_result_has_exactly_the_keys_that_were_agreed() {
        let value = json!(Outcome::default());
        let keys: Vec<_> = value.as_object().unwrap().keys().map(String::as_str).collect();
        let mut agreed = [
            "jobs",
            "held",
            "completed",
            "savedGrams",
            "baselineGrams",
            "savedShare",
            "deadlineMisses",
            "residencyViolations",
            "overbookedSlots",
            "startDelayP95Seconds",
        ];
        agreed.sort_unstable();
        let mut keys = keys;
        keys.sort_unstable();
        assert_eq!(keys, agreed);
    }
}
