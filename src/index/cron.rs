//! CronJobs: a held run must start before the next tick would skip it (Forbid) or delete it (Replace).

use jiff::Timestamp;
use jiff::tz::{TimeZone, TimeZoneDatabase};

use super::slim::SlimCronJob;

/// What a CronJob's runs are bound by.
#[derive(Clone, Debug)]
pub struct CronEntry {
    schedule: Option<cronexpr::Crontab>,
    time_zone: TimeZone,
    /// Whether runs may overlap: then the next tick does no harm to a held run.
    pub allows_overlap: bool,
    suspended: bool,
}

impl CronEntry {
    /// Reads a CronJob. The controller-manager's own zone is taken as UTC where none is given.
    pub fn read(cron: &SlimCronJob) -> Self {
        let spec = &cron.spec;
        // The bundled database: an image's own may be years old, and Casablanca changed its clock in 2026.
        let zone = spec
            .time_zone
            .as_deref()
            .and_then(|name| TimeZoneDatabase::bundled().get(name).ok());
        Self {
            schedule: cronexpr::parse_crontab(&format!("{} UTC", expand(&spec.schedule))).ok(),
            time_zone: zone.unwrap_or(TimeZone::UTC),
            allows_overlap: matches!(spec.concurrency_policy.as_deref(), None | Some("Allow")),
            suspended: spec.suspend == Some(true),
        }
    }

    /// The first tick after `instant`; `None` where there will be none, or the schedule cannot be read.
    pub fn next_tick(&self, instant: Timestamp) -> Option<Timestamp> {
        if self.suspended {
            return None;
        }
        // The expression speaks of wall-clock times: walk it on the local civil clock, written as if it were UTC, so that
        // the one time-zone database of ours decides what that means.
        let local = self
            .time_zone
            .to_datetime(instant)
            .to_zoned(TimeZone::UTC)
            .ok()?
            .timestamp();
        let mut next = local;
        // At a fall-back hour the civil clock repeats, and a tick may map to an instant that has passed: try the one after.
        for _ in 0..4 {
            next = self.schedule.as_ref()?.find_next(next).ok()?.timestamp();
            let tick = TimeZone::UTC
                .to_datetime(next)
                .to_zoned(self.time_zone.clone())
                .ok()?
                .timestamp();
            if tick > instant {
                return Some(tick);
            }
        }
        None
    }
}

fn expand(schedule: &str) -> &str {
    match schedule.trim() {
        "@hourly" => "0 * * * *",
        "@daily" | "@midnight" => "0 0 * * *",
        "@weekly" => "0 0 * * 0",
        "@monthly" => "0 0 1 * *",
        "@yearly" | "@annually" => "0 0 1 1 *",
        other => other,
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
