//! Weather at places, hour by hour: what a forecast is made from, whoever forecast it.

use jiff::{SignedDuration, Timestamp};

use crate::units::Slot;

/// Hourly values; `None` is missing, never zero.
pub type Hours = Vec<Option<f64>>;

/// Weather at places. All columns begin with the hour from `start` on and are equally long.
#[derive(Clone, Debug, PartialEq)]
pub struct Weather {
    /// The start of the first hour.
    pub start: Timestamp,
    /// How many hours there are.
    pub hours: usize,
    /// Where.
    pub places: Vec<Place>,
}

/// The weather at one place.
#[derive(Clone, Debug, PartialEq)]
pub struct Place {
    /// Degrees north.
    pub latitude: f64,
    /// Degrees east.
    pub longitude: f64,
    /// One forecast, or the members of an ensemble, the control first.
    pub members: Vec<Member>,
}

/// One forecast of the weather at one place: means over each hour.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Member {
    /// Wind speed 100 m above the ground, m/s.
    pub wind: Hours,
    /// Global horizontal irradiance, W/m².
    pub global: Hours,
    /// Direct normal irradiance, W/m².
    pub direct: Hours,
    /// Air temperature, °C.
    pub air: Hours,
}

/// Answers are asked for with `past_days=1`: they begin with the midnight before that of the day on which they are made.
const DAYS_KNOWN: SignedDuration = SignedDuration::from_hours(2 * 24);

/// What a plant needs to know.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Need {
    /// Wind farms.
    Wind,
    /// Solar plants.
    Light,
}

impl Weather {
    /// The hour `index`.
    pub fn slot(&self, index: usize) -> Slot {
        let start = self.start.saturating_add(SignedDuration::from_hours(index as i64));
        Slot::of(start.unwrap_or(Timestamp::MAX), SignedDuration::from_hours(1))
    }

    /// When it was made, as of `now`, where it begins with the day before: at the end of its second day at the latest. An answer
    /// that a cache kept is older than whoever hands it out says.
    pub fn made(&self, now: Timestamp) -> Timestamp {
        let latest = self.start.saturating_add(DAYS_KNOWN).unwrap_or(Timestamp::MAX);
        latest.min(now)
    }

    /// Whether it is an ensemble.
    pub fn is_ensemble(&self) -> bool {
        self.members() > 1
    }

    /// How many members every place has.
    pub(super) fn members(&self) -> usize {
        self.places.iter().map(|place| place.members.len()).min().unwrap_or(0)
    }

    /// The nearest place that knows what is needed, and its distance in km.
    pub(super) fn nearest(&self, latitude: f64, longitude: f64, need: Need) -> Option<(&Place, f64)> {
        let knowing = self.places.iter().filter(|place| place.knows(need));
        let distances = knowing.map(|place| (place, place.distance(latitude, longitude)));
        distances.min_by(|(_, one), (_, other)| one.total_cmp(other))
    }
}

impl Place {
    fn knows(&self, need: Need) -> bool {
        let column = |member: &Member| match need {
            Need::Wind => member.wind.iter().any(Option::is_some),
            Need::Light => member.global.iter().any(Option::is_some),
        };
        self.members.first().is_some_and(column)
    }

    /// Kilometres, on a plane that touches the earth here: right to a percent within some hundred of them.
    fn distance(&self, latitude: f64, longitude: f64) -> f64 {
        const PER_DEGREE: f64 = 111.2;
        let east = (self.longitude - longitude) * latitude.to_radians().cos();
        (self.latitude - latitude).hypot(east) * PER_DEGREE
    }
}

/// The value of an hour, where there is one.
pub(super) fn at(hours: &[Option<f64>], index: usize) -> Option<f64> {
    hours.get(index).copied().flatten()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn place(latitude: f64, longitude: f64, wind: Option<f64>) -> Place {
        let member = Member {
            wind: vec![wind],
            ..Member::default()
        };
        Place {
            latitude,
            longitude,
            members: vec![member],
        }
    }

    #[test]
    fn weather_that_begins_yesterday_is_of_now_and_weather_that_begins_earlier_is_of_the_end_of_its_second_day() {
        let weather = Weather {
            start: "2026-11-19T00:00:00Z".parse().unwrap(),
            hours: 191,
            places: Vec::new(),
        };
        for (now, made) in [
            ("2026-11-20T00:00:00Z", "2026-11-20T00:00:00Z"),
            ("2026-11-20T23:59:59Z", "2026-11-20T23:59:59Z"),
            // Its clock is a little behind ours.
            ("2026-11-21T00:00:10Z", "2026-11-21T00:00:00Z"),
            // Its clock is a little ahead of ours.
            ("2026-11-18T23:59:50Z", "2026-11-18T23:59:50Z"),
            ("2026-11-25T12:00:00Z", "2026-11-21T00:00:00Z"),
        ] {
            let at = |text: &str| text.parse::<Timestamp>().unwrap();
            assert_eq!(weather.made(at(now)), at(made), "{now}");
        }
    }

    #[test]
    fn a_plant_looks_to_the_nearest_place_that_knows_its_weather() {
        let weather = Weather {
            start: "2024-01-01T00:00:00Z".parse().unwrap(),
            hours: 1,
            places: vec![
                place(35.0, -5.0, Some(1.0)),
                place(28.0, -12.5, Some(2.0)),
                place(27.9, -12.9, None),
            ],
        };
        let (near, distance) = weather.nearest(27.9, -12.9, Need::Wind).unwrap();
        assert_eq!(near.latitude, 28.0);
        assert!((distance - 40.9).abs() < 1.0, "{distance}");
        assert_eq!(weather.nearest(27.9, -12.9, Need::Light), None);
    }
}
