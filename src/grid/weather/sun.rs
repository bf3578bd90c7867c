//! Where the sun stands, and what of its light comes straight from it.
//!
//! Formulas: declination and hour angle of Cooper (1969) and the equation of time of Spencer (1971), both as in Duffie and
//! Beckman, *Solar Engineering of Thermal Processes*, 4th ed., §1.5-1.6; the diffuse fraction of Erbs, Klein and Duffie (1982).

use std::f64::consts::{PI, TAU};

use jiff::Timestamp;
use jiff::tz::TimeZone;

/// W/m² above the atmosphere at the mean distance.
const SOLAR_CONSTANT: f64 = 1367.0;
/// Below 3° nothing useful is collected, and divisions by the cosine explode.
const LOWEST: f64 = 0.052;
/// W/m²: more than this never reaches the ground directly.
const BRIGHTEST: f64 = 1100.0;
/// The share of its ground that a plant of tracking panels covers, as is usual.
const PANEL_COVER: f64 = 0.4;

/// The sun over one place at one instant.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(super) struct Sun {
    /// Cosine of the zenith angle; negative at night.
    pub(super) cos_zenith: f64,
    /// W/m² on a horizontal surface above the atmosphere.
    pub(super) outside: f64,
    /// Cosine of the angle on a surface that turns about a horizontal axis from north to south (Duffie and Beckman, 1.6.3).
    cos_tracked: f64,
}

impl Sun {
    /// The sun at `instant` over a place in degrees north and east.
    pub(super) fn over(latitude: f64, longitude: f64, instant: Timestamp) -> Self {
        let utc = instant.to_zoned(TimeZone::UTC);
        let day = f64::from(utc.day_of_year());
        let clock = f64::from(utc.hour()) + f64::from(utc.minute()) / 60.0;
        let year = TAU * (day - 1.0) / 365.0;
        let equation_of_time = 229.2
            * (0.000_075 + 0.001_868 * year.cos()
                - 0.032_077 * year.sin()
                - 0.014_615 * (2.0 * year).cos()
                - 0.040_89 * (2.0 * year).sin());
        let solar_hour = clock + longitude / 15.0 + equation_of_time / 60.0;
        let hour_angle = (solar_hour - 12.0) * PI / 12.0;
        let declination = (23.45f64).to_radians() * (TAU * (284.0 + day) / 365.0).sin();
        let latitude = latitude.to_radians();
        let cos_zenith = latitude.sin() * declination.sin() + latitude.cos() * declination.cos() * hour_angle.cos();
        let distance = 1.0 + 0.033 * (TAU * day / 365.0).cos();
        let across = declination.cos() * hour_angle.sin();
        Self {
            cos_zenith,
            outside: SOLAR_CONSTANT * distance * cos_zenith.max(0.0),
            cos_tracked: (cos_zenith * cos_zenith + across * across).sqrt(),
        }
    }

    /// Direct normal irradiance, W/m², from the global horizontal one.
    pub(super) fn direct(&self, global: f64) -> f64 {
        if self.cos_zenith < LOWEST || self.outside <= 0.0 {
            return 0.0;
        }
        let clearness = (global / self.outside).clamp(0.0, 1.0);
        let diffuse = if clearness <= 0.22 {
            1.0 - 0.09 * clearness
        } else if clearness <= 0.8 {
            let k = clearness;
            0.9511 - 0.1604 * k + 4.388 * k * k - 16.638 * k.powi(3) + 12.336 * k.powi(4)
        } else {
            0.165
        };
        (global * (1.0 - diffuse) / self.cos_zenith).clamp(0.0, BRIGHTEST)
    }

    /// What rows that follow the sun from east to west receive of its direct light, by their own area, where they cover this
    /// share of the ground. When the sun is low the rows shade each other: together they cannot receive more than falls onto
    /// their ground.
    pub(super) fn tracked(&self, cover: f64) -> f64 {
        self.cos_tracked.min(self.cos_zenith.max(0.0) / cover)
    }

    /// W/m² on panels that follow the sun from east to west: the direct part as it falls, the diffuse part as on the ground.
    pub(super) fn on_tracker(&self, global: f64, direct: f64) -> f64 {
        if self.cos_zenith < LOWEST {
            return global;
        }
        let diffuse = (global - direct * self.cos_zenith).max(0.0);
        diffuse + direct * self.tracked(PANEL_COVER)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn over_ouarzazate(instant: &str) -> Sun {
        Sun::over(31.0, -6.86, instant.parse().unwrap())
    }

    #[test]
    fn the_sun_stands_highest_at_solar_noon_of_midsummer() {
        // Solar noon at 6.86° west is 27 minutes after 12:00 UTC; latitude 31.0 less declination 23.4 leaves 7.6°.
        let noon = over_ouarzazate("2024-06-21T12:29:00Z").cos_zenith;
        assert!(
            (noon.acos().to_degrees() - 7.6).abs() < 0.3,
            "{}",
            noon.acos().to_degrees()
        );
        assert!(noon > over_ouarzazate("2024-06-21T11:29:00Z").cos_zenith);
        assert!(over_ouarzazate("2024-06-21T00:29:00Z").cos_zenith < 0.0);
    }

    #[test]
    fn a_clear_sky_is_mostly_direct_and_a_grey_one_is_not() {
        let sun = over_ouarzazate("2024-06-21T12:29:00Z");
        assert!(sun.direct(1000.0) > 750.0, "{}", sun.direct(1000.0));
        assert!(sun.direct(250.0) < 30.0, "{}", sun.direct(250.0));
        assert_eq!(over_ouarzazate("2024-06-21T00:29:00Z").direct(0.0), 0.0);
    }

    #[test]
    fn rows_that_shade_each_other_receive_no_more_than_their_ground() {
        let early = over_ouarzazate("2024-06-21T06:00:00Z");
        assert!(early.cos_zenith > LOWEST && early.cos_zenith < 0.2, "{early:?}");
        assert_eq!(early.tracked(0.4), early.cos_zenith / 0.4);
        assert!(early.tracked(0.001) > 0.9);
    }

    #[test]
    fn a_tracker_gains_in_the_morning_and_nothing_at_noon_of_midsummer() {
        let morning = over_ouarzazate("2024-06-21T08:00:00Z");
        assert!(morning.on_tracker(500.0, 700.0) > 600.0);
        let noon = over_ouarzazate("2024-06-21T12:29:00Z");
        assert!((noon.on_tracker(1000.0, 850.0) - 1000.0).abs() < 20.0);
    }
}
