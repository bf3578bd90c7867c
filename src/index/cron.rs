//! CronJobs: a held run must start before the next tick would skip it (Forbid) or delete it (Replace).

use jiff::Timestamp;
use jiff::tz::{TimeZone, TimeZoneDatabase};

use super::schedule::Schedule;
use super::slim::SlimCronJob;

/// What a CronJob's runs are bound by.
#[derive(Clone, Debug)]
pub struct CronEntry {
    schedule: Option<Schedule>,
    /// Whether runs may overlap: then the next tick does no harm to a held run.
    pub allows_overlap: bool,
    suspended: bool,
}

impl CronEntry {
    /// Reads a CronJob. The controller-manager's own zone is taken as UTC where none is given.
    pub fn read(cron: &SlimCronJob) -> Self {
        let spec = &cron.spec;
        let (prefix, schedule) = split_zone(&spec.schedule);
        // The bundled database: an image's own may be years old, and Casablanca changed its clock in 2026.
        let zone = prefix
            .or(spec.time_zone.as_deref())
            .and_then(|name| TimeZoneDatabase::bundled().get(name).ok());
        let since = cron.status.last_schedule_time.as_ref();
        let since = since.or(cron.metadata.creation_timestamp.as_ref()).map(|time| time.0);
        Self {
            schedule: Schedule::read(schedule, zone.unwrap_or(TimeZone::UTC), since),
            allows_overlap: matches!(spec.concurrency_policy.as_deref(), None | Some("Allow")),
            suspended: spec.suspend == Some(true),
        }
    }

    /// The first tick after `instant`; `None` where there will be none, or the schedule cannot be read.
    pub fn next_tick(&self, instant: Timestamp) -> Option<Timestamp> {
        self.schedule.as_ref().filter(|_| !self.suspended)?.next(instant)
    }
}

/// The time zone that a schedule itself names, and the rest: Kubernetes takes no new ones of these, and keeps to the old ones.
fn split_zone(schedule: &str) -> (Option<&str>, &str) {
    let named = schedule
        .strip_prefix("CRON_TZ=")
        .or_else(|| schedule.strip_prefix("TZ="));
    match named.and_then(|named| named.split_once(' ')) {
        Some((zone, rest)) => (Some(zone), rest),
        None => (None, schedule),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn next(schedule: &str, zone: Option<&str>, after: &str) -> Option<String> {
        let mut cron = SlimCronJob::default();
        cron.spec.schedule = schedule.to_owned();
        cron.spec.time_zone = zone.map(str::to_owned);
        CronEntry::read(&cron)
            .next_tick(after.parse().unwrap())
            .map(|t| t.to_string())
    }

    #[test]
    fn the_next_tick_is_the_next_tick() {
        assert_eq!(
            next("*/5 * * * *", None, "2026-11-25T10:02:00Z").as_deref(),
            Some("2026-11-25T10:05:00Z")
        );
        assert_eq!(
            next("@daily", None, "2026-11-25T10:02:00Z").as_deref(),
            Some("2026-11-26T00:00:00Z")
        );
        assert_eq!(next("not a schedule", None, "2026-11-25T10:02:00Z"), None);
    }

    #[test]
    fn a_zone_in_the_schedule_itself_goes_before_the_one_beside_it() {
        for schedule in ["TZ=Europe/Paris 0 2 * * *", "CRON_TZ=Europe/Paris 0 2 * * *"] {
            assert_eq!(
                next(schedule, Some("Asia/Tokyo"), "2026-11-25T10:00:00Z").as_deref(),
                Some("2026-11-26T01:00:00Z")
            );
        }
    }

    #[test]
    fn every_so_often_is_counted_from_the_last_tick() {
        let cron = r#"
metadata: {name: c, creationTimestamp: "2026-11-25T09:00:00Z"}
spec: {schedule: "@every 1h"}
status: {lastScheduleTime: "2026-11-25T10:30:00Z"}
"#;
        let cron = CronEntry::read(&serde_saphyr::from_str(cron).unwrap());
        let tick = cron.next_tick("2026-11-25T10:30:04Z".parse().unwrap());
        assert_eq!(tick, Some("2026-11-25T11:30:00Z".parse().unwrap()));
    }

    #[test]
    fn casablanca_keeps_utc_since_september_2026() {
        let zone = Some("Africa/Casablanca");
        assert_eq!(
            next("0 2 * * *", zone, "2026-11-25T10:00:00Z").as_deref(),
            Some("2026-11-26T02:00:00Z")
        );
        assert_eq!(
            next("0 2 * * *", zone, "2026-08-01T10:00:00Z").as_deref(),
            Some("2026-08-02T01:00:00Z")
        );
    }

    #[test]
    fn a_tick_in_the_hour_that_a_clock_change_skips_comes_after_it() {
        let tick = next("30 2 * * *", Some("Europe/Paris"), "2026-03-28T23:00:00Z");
        assert_eq!(tick.as_deref(), Some("2026-03-29T01:30:00Z"));
    }
}
