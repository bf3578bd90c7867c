//! Room that is kept for more work than is expected, where else a day of much work would make somebody late.
//!
//! Phantoms are right on average and not on a day. If all that may wait waits for the greenest hours up to its deadline, and then
//! more comes than was expected, both are due at once. So next to the phantoms a plan holds a *reserve*: light phantoms that have
//! to fit somewhere, wherever that is, and that leave the greenest room to others. It grows with the lead: what is kept free
//! tomorrow is free for those who come until then.

use jiff::{SignedDuration, Timestamp};

use super::history::hour_of;
use super::phantoms::named;
use super::pool::Pool;
use crate::planner::{Demand, Freedom, Length, Placement, Snapshot};
use crate::units::{Resources, ZoneName};

/// A day of so many standard deviations more work than usual hardly ever comes; what of it finds no room is kept ...
const HARDLY_EVER: f64 = 2.5;
/// ... but no more than so many standard deviations.
const MOST: f64 = 0.85;
/// Hours ahead for which anything is kept; its share of the room grows evenly up to the last.
const AHEAD: i64 = 24;
/// What is kept of a zone in an hour is cut into so many parts, each of which finds its own place.
const PARTS: i64 = 3;
/// The power of a part, as a share of that of a job: so little that it does not compete for the greenest room.
const LIGHT: f64 = 1e-3;
/// What of the jobs may wait less than a part of the reserve.
const QUANTILE: f64 = 0.25;

/// Cores, memory and accelerators.
type Each = [f64; 3];

/// How much work comes on a day, and how it scatters.
#[derive(Clone, Debug)]
pub(super) struct Scatter {
    /// Resource times hours.
    mean: Each,
    /// The standard deviation of the same: that of a compound Poisson process.
    deviation: Each,
    /// How long most jobs may wait at least.
    slack: SignedDuration,
}

impl Scatter {
    /// That of the hours of a pool, the fresher the more.
    pub(super) fn of(pool: &Pool<'_>) -> Self {
        let hours = pool.fresh_hours();
        let (mut mean, mut square) = ([0.0; 3], [0.0; 3]);
        let mut slacks = Vec::with_capacity(pool.templates.len());
        for template in &pool.templates {
            let (demand, a_day) = (template.demand, 24.0 * template.jobs / hours);
            let length = demand.length.expected.as_secs_f64() / 3600.0;
            for (at, amount) in each(&demand.request).into_iter().enumerate() {
                mean[at] += a_day * amount * length;
                square[at] += a_day * (amount * length).powi(2);
            }
            slacks.push((demand.latest_start.duration_since(demand.submitted), a_day));
        }
        Self {
            mean,
            deviation: square.map(f64::sqrt),
            slack: quantile(slacks),
        }
    }

    /// The share of all room that is kept at a day's lead: none where a day of much work fits into a day.
    fn kept(&self, room: &Each) -> Each {
        let share = |at: usize| {
            let day = 24.0 * room[at];
            let short = self.mean[at] + HARDLY_EVER * self.deviation[at] - day;
            let kept = short.clamp(0.0, MOST * self.deviation[at]);
            if day > 0.0 { kept / day } else { 0.0 }
        };
        [0, 1, 2].map(share)
    }

    /// The reserve beside the phantoms of a snapshot; none where it expects nobody of a policy in force, whose rules it follows.
    pub(super) fn reserve(&self, snapshot: &Snapshot) -> Vec<Demand> {
        let in_force = |phantom: &&Demand| snapshot.rules.contains_key(&phantom.policy);
        let Some(like) = snapshot.phantoms.iter().find(in_force) else {
            return Vec::new();
        };
        let room: Resources = snapshot.zones.values().map(|zone| zone.capacity).sum();
        let kept = self.kept(&each(&room));
        let first = hour_of(snapshot.now) + 1;
        let mut reserve = Vec::new();
        for (hour, start) in (first..first + AHEAD).filter_map(|hour| Some((hour, begin_of(hour)?))) {
            let lead = start.duration_since(snapshot.now).as_secs_f64() / (3600 * AHEAD) as f64;
            let share = kept.map(|kept| kept * lead / PARTS as f64);
            for (zone, seen) in &snapshot.zones {
                let request = share_of(&seen.capacity, &share);
                if request != Resources::default() {
                    reserve.extend((0..PARTS).filter_map(|part| self.part(like, (hour, part), (start, zone), request)));
                }
            }
        }
        reserve
    }

    /// An hour of this request, at this instant or as much later as jobs may wait; `None` beyond the end of time.
    fn part(
        &self,
        like: &Demand,
        (hour, part): (i64, i64),
        (start, zone): (Timestamp, &ZoneName),
        request: Resources,
    ) -> Option<Demand> {
        let name = format!("reserve-{hour}-{zone}-{part}");
        let hour = SignedDuration::from_hours(1);
        Some(Demand {
            job: named(like, &name),
            submitted: start,
            latest_start: start.checked_add(self.slack).ok()?,
            finish_by: None,
            length: Length {
                expected: hour,
                upper: hour,
                ..like.length
            },
            watts: like.watts * LIGHT,
            request,
            placement: Placement::Choose(vec![zone.clone()]),
            curve: None,
            gpu_model: None,
            freedom: Freedom::default(),
            ..like.clone()
        })
    }
}

fn begin_of(hour: i64) -> Option<Timestamp> {
    Timestamp::from_second(hour.checked_mul(3600)?).ok()
}

fn each(resources: &Resources) -> Each {
    let Resources {
        cpu_milli,
        memory_bytes,
        gpus,
    } = *resources;
    [cpu_milli as f64, memory_bytes as f64, gpus as f64]
}

fn share_of(room: &Resources, share: &Each) -> Resources {
    let [cpu_milli, memory_bytes, gpus] = [0, 1, 2].map(|at| (each(room)[at] * share[at]) as i64);
    Resources {
        cpu_milli,
        memory_bytes,
        gpus,
    }
}

/// The least value that is not below the quantile of the weights.
fn quantile(mut values: Vec<(SignedDuration, f64)>) -> SignedDuration {
    values.sort_by_key(|(value, _)| *value);
    let mut left = QUANTILE * values.iter().map(|(_, weight)| weight).sum::<f64>();
    let reached = values.iter().find(|(_, weight)| {
        left -= weight;
        left <= 0.0
    });
    reached.map_or(SignedDuration::ZERO, |(value, _)| *value)
}

#[cfg(test)]
mod tests {
    use super::super::testing::{at, demand};
    use super::super::{Arrivals, Sampling};
    use super::*;
    use crate::planner::{Rules, Zone, ZoneOutlook};
    use crate::units::Signal;

    const DAY: i64 = 1440;

    /// Two weeks of eight jobs a day of two cores for an hour, and the plan of the day after for a zone of so many cores.
    fn expecting(cores: i64) -> (Arrivals, Snapshot) {
        let mut arrivals = Arrivals::default();
        for minute in (0..14 * DAY).step_by(180) {
            arrivals.submitted(&demand(minute, 2, 60));
        }
        let capacity = Resources {
            cpu_milli: 1000 * cores,
            memory_bytes: 1 << 50,
            gpus: 0,
        };
        let zone = Zone::of(capacity, 1.0, ZoneOutlook::unknown("a".into(), "nothing is known"));
        let rules = Rules {
            signal: Signal::CarbonIntensity,
            minimum_saving: 0.0,
            price_per_hour: 0.0,
            cost_per_hour: 0.0,
            confidence: 0.0,
            max_age: SignedDuration::from_hours(24),
            priority: 0,
        };
        let mut snapshot = Snapshot {
            now: at(14 * DAY),
            rules: [("policy".into(), rules)].into(),
            zones: [("a".into(), zone)].into(),
            ..Snapshot::default()
        };
        snapshot.phantoms = arrivals.phantoms(snapshot.now, &Sampling::default()).to_vec();
        (arrivals, snapshot)
    }

    fn milli_cores(reserve: &[Demand], hours_ahead: i64) -> i64 {
        let at_that_time = |part: &&Demand| part.submitted == at(14 * DAY + 60 * hours_ahead);
        reserve
            .iter()
            .filter(at_that_time)
            .map(|part| part.request.cpu_milli)
            .sum()
    }

    #[test]
    fn the_reserve_grows_with_the_lead_to_its_share_of_a_days_scatter() {
        let (arrivals, snapshot) = expecting(1);
        let reserve = arrivals.reserve(&snapshot);
        // Sixteen core hours a day, eight times two squared is the variance, and a day has 24 core hours of room.
        let kept = 1000.0 * MOST * 32_f64.sqrt() / 24.0;
        for hours in [1, 12, 24] {
            let (seen, due) = (milli_cores(&reserve, hours), kept * hours as f64 / 24.0);
            assert!((seen as f64 - due).abs() <= 5.0, "{hours}: {seen} and {due}");
        }
        assert!(
            reserve.iter().all(|part| part.request.memory_bytes == 0),
            "that is plenty"
        );
    }

    #[test]
    fn nothing_is_kept_where_a_day_of_much_work_has_room_or_nobody_is_expected() {
        let (arrivals, snapshot) = expecting(2);
        assert!(arrivals.reserve(&snapshot).is_empty());
        let (arrivals, snapshot) = expecting(1);
        let nobody = Snapshot {
            phantoms: Vec::new(),
            ..snapshot
        };
        assert!(arrivals.reserve(&nobody).is_empty());
    }

    #[test]
    fn the_reserve_follows_a_policy_in_force() {
        let (arrivals, mut snapshot) = expecting(1);
        snapshot.phantoms[0].policy = "none".into();
        let reserve = arrivals.reserve(&snapshot);
        assert!(!reserve.is_empty() && reserve.iter().all(|part| part.policy == "policy".into()));
        snapshot.rules.clear();
        assert!(arrivals.reserve(&snapshot).is_empty());
    }

    #[test]
    fn a_part_may_wait_as_long_as_most_jobs_and_hardly_weighs() {
        let (arrivals, snapshot) = expecting(1);
        let (reserve, job) = (arrivals.reserve(&snapshot), &snapshot.phantoms[0]);
        for part in &reserve {
            assert_eq!(
                part.latest_start.duration_since(part.submitted),
                SignedDuration::from_hours(6)
            );
            assert!(part.watts.0 < 0.01 * job.watts.0 && part.submitted > snapshot.now);
        }
        let names: std::collections::BTreeSet<_> = reserve.iter().map(|part| &part.job).collect();
        assert_eq!(names.len(), 3 * 24);
    }
}
