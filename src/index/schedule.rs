//! A CronJob's schedule as Kubernetes reads it: as the standard parser of robfig/cron v3, from which other readers differ.

use std::collections::BTreeSet;
use std::num::NonZeroUsize;

use jiff::Timestamp;
use jiff::tz::TimeZone;

use crate::units::parse_duration;

const MONTHS: [&str; 12] = [
    "jan", "feb", "mar", "apr", "may", "jun", "jul", "aug", "sep", "oct", "nov", "dec",
];
const WEEKDAYS: [&str; 7] = ["sun", "mon", "tue", "wed", "thu", "fri", "sat"];

/// When runs come.
#[derive(Clone, Debug)]
pub enum Schedule {
    /// By the wall clock of a time zone.
    Clock(Box<cronexpr::Crontab>, TimeZone),
    /// So many seconds after one another.
    Every {
        /// Between two ticks.
        seconds: i64,
        /// A tick, or the instant from which they are counted.
        since: Option<Timestamp>,
    },
}

impl Schedule {
    /// Reads a schedule whose clock is that of `zone`; `since` is its last tick, or its birth. `None` where it cannot be read.
    pub fn read(text: &str, zone: TimeZone, since: Option<Timestamp>) -> Option<Self> {
        let text = text.trim();
        if let Some(period) = text.strip_prefix("@every ") {
            let seconds = parse_duration(period.trim()).ok()?.as_secs().max(1);
            return Some(Self::Every { seconds, since });
        }
        let fields: Vec<&str> = expand(text).split_ascii_whitespace().collect();
        let &[minute, hour, day, month, weekday] = fields.as_slice() else {
            return None;
        };
        let plain = format!(
            "{} {} {} {} {} UTC",
            field(minute, 0, 59, &[])?,
            field(hour, 0, 23, &[])?,
            field(day, 1, 31, &[])?,
            field(month, 1, 12, &MONTHS)?,
            field(weekday, 0, 6, &WEEKDAYS)?,
        );
        let crontab = cronexpr::parse_crontab(&plain).ok()?;
        Some(Self::Clock(Box::new(crontab), zone))
    }

    /// The first tick after `instant`; `None` where there will be none.
    pub fn next(&self, instant: Timestamp) -> Option<Timestamp> {
        match self {
            Self::Clock(crontab, zone) => next_by_clock(crontab, zone, instant),
            Self::Every { seconds, since } => {
                let since = since.unwrap_or(instant).as_second();
                let past = instant.as_second().checked_sub(since)?.div_euclid(*seconds);
                let next = past.checked_add(1)?.checked_mul(*seconds)?.checked_add(since)?;
                Timestamp::from_second(next).ok()
            }
        }
    }
}

fn next_by_clock(crontab: &cronexpr::Crontab, zone: &TimeZone, instant: Timestamp) -> Option<Timestamp> {
    // The expression speaks of wall-clock times: walk it on the local civil clock, written as if it were UTC, so that
    // the one time-zone database of ours decides what that means.
    let mut next = zone.to_datetime(instant).to_zoned(TimeZone::UTC).ok()?.timestamp();
    // At a fall-back hour the civil clock repeats, and a tick may map to an instant that has passed: try the one after.
    for _ in 0..4 {
        next = crontab.find_next(next).ok()?.timestamp();
        let tick = TimeZone::UTC.to_datetime(next).to_zoned(zone.clone()).ok()?.timestamp();
        if tick > instant {
            return Some(tick);
        }
    }
    None
}

fn expand(schedule: &str) -> &str {
    match schedule {
        "@hourly" => "0 * * * *",
        "@daily" | "@midnight" => "0 0 * * *",
        "@weekly" => "0 0 * * 0",
        "@monthly" => "0 0 1 * *",
        "@yearly" | "@annually" => "0 0 1 1 *",
        other => other,
    }
}

/// One field as plain numbers, which every reader of cron takes for the same; `*` where it is open, as days of the month and of
/// the week must both match only where one of them is open. Names count from `min`.
fn field(text: &str, min: usize, max: usize, names: &[&str]) -> Option<String> {
    let number = |text: &str| match names.iter().position(|name| name.eq_ignore_ascii_case(text)) {
        Some(place) => Some(place + min),
        None => text.parse().ok(),
    };
    let mut values = BTreeSet::new();
    for item in text.split(',').filter(|item| !item.is_empty()) {
        let (range, step) = match item.split_once('/') {
            Some((range, step)) => (range, Some(step.parse::<NonZeroUsize>().ok()?.get())),
            None => (item, None),
        };
        let (low, high) = match range.split_once('-') {
            Some((low, high)) => (low, Some(high)),
            None => (range, None),
        };
        let open = matches!(low, "*" | "?");
        if open && step.unwrap_or(1) == 1 {
            return Some("*".into());
        }
        let start = if open { min } else { number(low)? };
        let end = match high {
            _ if open => max,
            Some(high) => number(high)?,
            // From there on, as often as the step says.
            None if step.is_some() => max,
            None => start,
        };
        if start < min || start > end || end > max {
            return None;
        }
        values.extend((start..=end).step_by(step.unwrap_or(1)));
    }
    let values: Vec<String> = values.iter().map(ToString::to_string).collect();
    Some(values.join(","))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn next(schedule: &str, after: &str) -> Option<String> {
        let since = Some("2026-11-25T09:20:07Z".parse().unwrap());
        let schedule = Schedule::read(schedule, TimeZone::UTC, since)?;
        schedule.next(after.parse().unwrap()).map(|tick| tick.to_string())
    }

    /// What robfig/cron v3.0.1 says of the same schedules after the same instant, a Wednesday.
    #[test]
    fn a_schedule_means_what_it_means_to_kubernetes() {
        for (schedule, tick) in [
            ("*/5 * * * *", "2026-11-25T10:05:00Z"),
            ("? * * * ?", "2026-11-25T10:03:00Z"),
            ("0 4 ? * MON", "2026-11-30T04:00:00Z"),
            ("0 4 1 * ?", "2026-12-01T04:00:00Z"),
            ("?/20 * * * *", "2026-11-25T10:20:00Z"),
            ("7/20 * * * *", "2026-11-25T10:07:00Z"),
            ("*/90 * * * *", "2026-11-25T11:00:00Z"),
            (",5,,59 * * * *", "2026-11-25T10:05:00Z"),
            ("0 0 * jan-Mar fri", "2027-01-01T00:00:00Z"),
            ("0 0 * * mon/2", "2026-11-27T00:00:00Z"),
            // A step is not open: any odd day, and any Monday.
            ("0 0 */2 * 1", "2026-11-27T00:00:00Z"),
            ("0 0 */1 * 1", "2026-11-30T00:00:00Z"),
            ("0 0 1-31 * 1", "2026-11-26T00:00:00Z"),
            ("@hourly", "2026-11-25T11:00:00Z"),
            ("@midnight", "2026-11-26T00:00:00Z"),
            ("@daily", "2026-11-26T00:00:00Z"),
            ("@weekly", "2026-11-29T00:00:00Z"),
            ("@monthly", "2026-12-01T00:00:00Z"),
            ("@yearly", "2027-01-01T00:00:00Z"),
            ("@annually", "2027-01-01T00:00:00Z"),
        ] {
            assert_eq!(
                next(schedule, "2026-11-25T10:02:00Z").as_deref(),
                Some(tick),
                "{schedule}"
            );
        }
    }

    #[test]
    fn every_so_often_is_counted_from_the_last_tick_or_the_birth() {
        let after = "2026-11-25T10:20:09Z";
        assert_eq!(next("@every 1h", after).as_deref(), Some("2026-11-25T11:20:07Z"));
        assert_eq!(next("@every 1h30m", after).as_deref(), Some("2026-11-25T10:50:07Z"));
        assert_eq!(next("@every 1ms", after).as_deref(), Some("2026-11-25T10:20:10Z"));
        // The last tick may be later than the run that is asked for.
        let before = "2026-11-25T08:20:09Z";
        assert_eq!(next("@every 1h", before).as_deref(), Some("2026-11-25T09:20:07Z"));
    }

    #[test]
    fn what_kubernetes_refuses_has_no_next_tick() {
        for schedule in [
            "",
            "not a schedule",
            "* * * *",
            "*/0 * * * *",
            "60 * * * *",
            "0 0 * * 7",
            "5-1 * * * *",
            "1-2-3 * * * *",
            "@every",
            "@every soon",
            ", * * * *",
        ] {
            assert_eq!(next(schedule, "2026-11-25T10:02:00Z"), None, "{schedule}");
        }
    }
}
