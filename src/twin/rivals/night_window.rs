//! Night-window: what many teams do by hand. A job waits for the night, if one comes within its waiting; else it runs at once.
//! It looks at no forecast and no length, and runs where it would anyway.

use jiff::civil::Time;

use super::queue::each;
use crate::twin::outcome::Run;
use crate::twin::series::Ms;
use crate::twin::world::World;

const DAY: Ms = 86_400_000;

/// A part of every day, UTC; over midnight where it starts later than it ends, and all of the day where both are one.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Hours {
    /// Milliseconds after midnight.
    start: Ms,
    /// Its length in milliseconds.
    length: Ms,
}

impl Default for Hours {
    fn default() -> Self {
        Self {
            start: DAY / 24 * 22,
            length: DAY / 24 * 8,
        }
    }
}

/// Hours that cannot be read.
#[derive(Debug, thiserror::Error)]
#[error("the hours {text:?} cannot be read; write them as \"22-06\" or \"22:30-06:15\", UTC")]
pub struct HoursError {
    text: String,
}

impl std::str::FromStr for Hours {
    type Err = HoursError;

    fn from_str(text: &str) -> Result<Self, Self::Err> {
        let read = || {
            let (start, end) = text.split_once('-')?;
            let (start, end) = (of_day(start.trim())?, of_day(end.trim())?);
            let length = (end - start).rem_euclid(DAY);
            Some(Self {
                start,
                length: if length == 0 { DAY } else { length },
            })
        };
        read().ok_or_else(|| HoursError { text: text.to_owned() })
    }
}

/// Reads `HH` or `HH:MM` as milliseconds after midnight; `24` is midnight too.
fn of_day(text: &str) -> Option<Ms> {
    let (hour, minute) = text.split_once(':').unwrap_or((text, "0"));
    let (hour, minute): (i8, i8) = (hour.parse().ok()?, minute.parse().ok()?);
    let time = Time::new(hour % 24, minute, 0, 0)
        .ok()
        .filter(|_| (0..=24).contains(&hour))?;
    Some(Ms::from(time.hour()) * 3_600_000 + Ms::from(time.minute()) * 60_000)
}

impl Hours {
    /// The first instant from `at` on that lies inside; `midnight` is one midnight of many.
    fn first(self, at: Ms, midnight: Ms) -> Ms {
        let into = (at - midnight - self.start).rem_euclid(DAY);
        if into < self.length { at } else { at + DAY - into }
    }
}

/// What it would have made of a world.
pub(super) fn run(world: &World, hours: Hours) -> Run {
    let since_midnight = world.start.as_millisecond().rem_euclid(DAY);
    each(world, |asked| {
        let zone = asked.home();
        let start = hours.first(asked.ready, -since_midnight);
        let latest = match zone {
            Some(zone) => asked.latest(zone),
            None => asked.job.zones.iter().map(|zone| asked.latest(*zone)).min().flatten(),
        };
        if latest.is_some_and(|latest| start <= latest) {
            asked.through(zone, start)
        } else {
            asked.at_once()
        }
    })
}

#[cfg(test)]
mod tests {
    use super::super::testing::*;
    use super::super::{Options, Rival};
    use super::*;

    fn night(hours: &str) -> Options {
        Options {
            hours: hours.parse().unwrap(),
            ..Options::default()
        }
    }

    #[test]
    fn a_job_waits_for_the_night_and_at_night_for_nothing() {
        let jobs = vec![
            job(12.0, 1.0, 24.0),
            job(22.0, 9.0, 24.0),
            job(29.5, 1.0, 24.0),
            job(30.0, 1.0, 24.0),
        ];
        let world = world(&[100.0; 72], jobs);
        assert_eq!(
            starts_with(&world, Rival::NightWindow, &night("22-06")),
            [22.0, 22.0, 29.5, 46.0]
        );
    }

    #[test]
    fn a_night_that_comes_too_late_is_not_waited_for() {
        let world = world(&[100.0; 72], vec![job(12.0, 1.0, 9.9), job(12.0, 1.0, 10.0)]);
        assert_eq!(
            starts_with(&world, Rival::NightWindow, &Options::default()),
            [12.0, 22.0]
        );
    }

    #[test]
    fn hours_are_of_the_day_and_not_of_the_scenario() {
        let mut world = world(&[100.0; 72], vec![job(0.0, 1.0, 24.0)]);
        world.start = "2022-01-01T18:30:00Z".parse().unwrap();
        assert_eq!(starts_with(&world, Rival::NightWindow, &night("22:15-06")), [3.75]);
        assert_eq!(starts_with(&world, Rival::NightWindow, &night("09-17")), [14.5]);
        assert_eq!(starts_with(&world, Rival::NightWindow, &night("18-19")), [0.0]);
    }

    #[test]
    fn hours_that_cannot_be_read_say_how_to_write_them() {
        for text in ["22", "22-", "25-06", "22:60-06", "-1-6", "night"] {
            let error = text.parse::<Hours>().unwrap_err().to_string();
            assert!(error.contains(text) && error.contains("22-06"), "{error}");
        }
        assert_eq!("00-24".parse::<Hours>().unwrap().length, DAY);
    }
}
