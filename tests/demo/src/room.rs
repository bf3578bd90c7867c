//! Whether every zone had room for what ran in it, slot by slot.

use std::collections::{BTreeMap, BTreeSet};

use jiff::Timestamp;

use crate::day::Day;
use crate::log::{Log, PodSight};
use crate::site::Site;

/// The zone-slots in which a job's pod found no node, or in which the pods of a zone asked for more than its nodes have.
pub fn overbooked(log: &Log, day: &Day, site: &Site, now: Timestamp) -> BTreeSet<(String, i64)> {
    let mut found = BTreeSet::new();
    for pod in log
        .pods
        .values()
        .filter(|pod| pod.job.as_ref().is_some_and(|job| log.jobs.contains_key(job)))
    {
        if let Some((since, _)) = pod.refused {
            let until = pod.bound.as_ref().map_or(now, |(_, at)| *at);
            found.extend(slots(day, since, until).map(|slot| (zone_wanted(log, pod), slot)));
        }
    }
    for (name, zone) in &site.zones {
        for (from, to, used) in usage(log, name, now) {
            if used.cores > zone.cores + 1e-6 || used.gpus > zone.gpus + 1e-6 {
                found.extend(slots(day, from, to).map(|slot| (name.clone(), slot)));
            }
        }
    }
    found
}

/// The most cores in use at a time in a zone.
pub fn peak(log: &Log, zone: &str, now: Timestamp) -> f64 {
    usage(log, zone, now)
        .iter()
        .map(|(_, _, used)| used.cores)
        .fold(0.0, f64::max)
}

/// Where a pod that found no node should have gone.
fn zone_wanted(log: &Log, pod: &PodSight) -> String {
    let bound = pod.bound.as_ref().map(|(zone, _)| zone.clone());
    let sight = pod.job.as_ref().and_then(|job| log.jobs.get(job));
    let planned = sight.and_then(|sight| Some(sight.plan.as_ref()?.chosen.zones.join(",")));
    bound.or(planned).unwrap_or_default()
}

fn slots(day: &Day, from: Timestamp, to: Timestamp) -> std::ops::RangeInclusive<i64> {
    let slot = |at| day.hours(at).floor() as i64;
    slot(from)..=slot(to)
}

#[derive(Clone, Copy, Debug, Default)]
struct Used {
    cores: f64,
    gpus: f64,
}

/// What the pods of a zone asked for, as a step function of time. A pod takes its room from its binding to its end.
fn usage(log: &Log, zone: &str, now: Timestamp) -> Vec<(Timestamp, Timestamp, Used)> {
    let mut changes: BTreeMap<Timestamp, Used> = BTreeMap::new();
    for pod in log.pods.values() {
        let Some((_, from)) = pod.bound.as_ref().filter(|(own, _)| own == zone) else {
            continue;
        };
        for (at, sign) in [(*from, 1.0), (pod.ended.unwrap_or(now), -1.0)] {
            let change = changes.entry(at).or_default();
            change.cores += sign * pod.cores;
            change.gpus += sign * pod.gpus;
        }
    }
    let ends: Vec<Timestamp> = changes.keys().skip(1).copied().chain([now]).collect();
    let mut used = Used::default();
    let steps = changes.into_iter().zip(ends).map(|((from, change), to)| {
        used.cores += change.cores;
        used.gpus += change.gpus;
        (from, to, used)
    });
    steps.collect()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::day::HOUR;
    use crate::log::tests::at;
    use crate::site::tests::site;

    fn day() -> Day {
        Day::beginning(at(1000))
    }

    fn pod(cores: f64, from: i64, to: i64) -> PodSight {
        PodSight {
            cores,
            bound: Some(("ma".into(), at(from))),
            started: Some(at(from)),
            ended: Some(at(to)),
            ..PodSight::default()
        }
    }

    fn log(pods: &[PodSight]) -> Log {
        let pods = pods.iter().enumerate().map(|(i, pod)| (i.to_string(), pod.clone()));
        Log {
            pods: pods.collect(),
            ..Log::default()
        }
    }

    #[test]
    fn more_than_the_nodes_have_at_one_time_is_overbooked_and_one_after_another_is_not() {
        let count = |log: Log| overbooked(&log, &day(), &site(), at(2000)).len();
        assert_eq!(count(log(&[pod(5.0, 1000, 1004), pod(5.0, 1004, 1008)])), 0);
        assert_eq!(
            count(log(&[pod(5.0, 1000, 1004), pod(5.0, 1003, 1008)])),
            1,
            "from 1003 to 1004"
        );
        let peak = peak(&log(&[pod(5.0, 1000, 1004), pod(2.5, 1003, 1008)]), "ma", at(2000));
        assert!((peak - 7.5).abs() < 1e-9);
    }

    #[test]
    fn a_pod_that_found_no_node_makes_every_slot_of_its_wait_overbooked() {
        use crate::site::tests::job;
        let mut log = log(&[pod(1.0, 1012, 1014)]);
        log.job(&job("bank", &serde_json::json!({})), &site(), at(1000));
        let waiting = log.pods.get_mut("0").unwrap();
        (waiting.job, waiting.refused) = (Some("bank/j".into()), Some((day().start + HOUR, String::new())));
        let found = overbooked(&log, &day(), &site(), at(2000));
        assert_eq!(found, BTreeSet::from([("ma".to_owned(), 1), ("ma".to_owned(), 2)]));
    }
}
