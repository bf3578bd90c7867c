//! Grids: what each zone shows now, how old that is, how far it reaches, and how far down the ladder it stands.

use jiff::Timestamp;
use prometheus::Result;

use super::Metrics;
use super::families::Families;
use super::zones::{Board, Sheet, label, named, signal_label};
use crate::planner::{Level, Outlook};
use crate::units::{Basis, Signal, ZoneName};

/// What is known of one signal that a zone has a source for.
#[derive(Clone, Copy, Debug)]
pub struct Reading<'a> {
    /// The zone.
    pub zone: &'a ZoneName,
    /// The signal.
    pub signal: Signal,
    /// What is known of it.
    pub outlook: &'a Outlook,
}

#[derive(Debug)]
pub(super) struct GridFamilies {
    intensity: Board,
    share: Board,
    age: Board,
    horizon: Board,
    level: Board,
}

impl GridFamilies {
    pub(super) fn register(families: &mut Families) -> Result<Self> {
        let mut board = |name, help, labels: &[&str], worse| Board::register(families, name, help, labels, worse);
        Ok(Self {
            intensity: board(
                "grid_carbon_intensity_grams_per_kilowatt_hour",
                "gCO2e/kWh now; the kind says average or marginal, and how emissions are counted. Absent where unknown.",
                &["zone", "kind"],
                f64::max,
            )?,
            share: board(
                "grid_renewable_share_ratio",
                "Renewable share of energy now, 0 to 1. Absent where unknown.",
                &["zone"],
                f64::min,
            )?,
            age: board(
                "forecast_age_seconds",
                "Since the forecast in use was made. Absent where there is none.",
                &["zone", "signal"],
                f64::max,
            )?,
            horizon: board(
                "forecast_horizon_seconds",
                "From now to the end of the forecast, without gaps.",
                &["zone", "signal"],
                f64::min,
            )?,
            level: board(
                "fallback_level",
                "The rung of the ladder: 0 live, 1 cached, 2 next source, 3 a profile of our own, 4 constant, 5 nothing \
                 (jobs run at once).",
                &["zone", "signal"],
                f64::max,
            )?,
        })
    }
}

impl Metrics {
    /// Shows all zones as of `now`, and forgets those that are not among the readings.
    pub fn grids(&self, readings: &[Reading<'_>], now: Timestamp) {
        let named = named(readings.iter().map(|reading| reading.zone));
        let boards = &self.grid;
        let [mut intensity, mut share, mut age, mut horizon, mut level] = [
            &boards.intensity,
            &boards.share,
            &boards.age,
            &boards.horizon,
            &boards.level,
        ]
        .map(Sheet::of);
        for reading in readings {
            let zone = label(reading.zone, &named);
            let signal = signal_label(reading.signal);
            let series = reading.outlook.series();
            level.write(&[zone, signal], rung(series.map_or(Level::None, |s| s.level)));
            let reach = series
                .and_then(|s| s.known_until(now))
                .map_or(0.0, |end| seconds(now, end));
            horizon.write(&[zone, signal], reach);
            let Some(series) = series else { continue };
            age.write(&[zone, signal], seconds(series.issued_at, now));
            if let Some(value) = series.at(now) {
                match intensity_kind(reading.signal, series.basis) {
                    Some(kind) => intensity.write(&[zone, kind], value),
                    None => share.write(&[zone], value),
                }
            }
        }
        for sheet in [intensity, share, age, horizon, level] {
            sheet.show();
        }
    }
}

fn seconds(from: Timestamp, to: Timestamp) -> f64 {
    to.duration_since(from).as_secs_f64().max(0.0)
}

fn rung(level: Level) -> f64 {
    match level {
        Level::Live => 0.0,
        Level::Cached => 1.0,
        Level::NextSource => 2.0,
        Level::Profile => 3.0,
        Level::Constant => 4.0,
        Level::None => 5.0,
    }
}

/// Which intensity it is, and how it was counted; `None` for a share.
fn intensity_kind(signal: Signal, basis: Basis) -> Option<&'static str> {
    match (signal, basis) {
        (Signal::CarbonIntensity, Basis::LifeCycle) => Some("average_life_cycle"),
        (Signal::CarbonIntensity, Basis::Direct) => Some("average_direct"),
        (Signal::CarbonIntensity, Basis::Unstated) => Some("average_unstated"),
        (Signal::MarginalIntensity, Basis::LifeCycle) => Some("marginal_life_cycle"),
        (Signal::MarginalIntensity, Basis::Direct) => Some("marginal_direct"),
        (Signal::MarginalIntensity, Basis::Unstated) => Some("marginal_unstated"),
        (Signal::RenewableShare, _) => None,
    }
}

#[cfg(test)]
mod tests {
    use jiff::SignedDuration;

    use super::*;
    use crate::planner::{Certainty, Point, Series};
    use crate::units::Slot;

    const NOON: Timestamp = Timestamp::constant(1_000_000, 0);

    /// An hour from noon at `value`, issued ten minutes before.
    fn known(value: f64, basis: Basis) -> Outlook {
        let slot = Slot::of(NOON, SignedDuration::from_hours(1));
        Outlook::Known(Series {
            points: vec![Point::of(slot, value)],
            basis,
            flow: None,
            certainty: Certainty::Published,
            level: Level::Cached,
            source: "test".to_owned(),
            issued_at: NOON - SignedDuration::from_mins(10),
            fetched_at: NOON - SignedDuration::from_mins(10),
        })
    }

    fn lines(metrics: &Metrics) -> Vec<String> {
        let text = metrics.render();
        let grid = |line: &&str| {
            ["alize_grid", "alize_fore", "alize_fall"]
                .iter()
                .any(|p| line.starts_with(p))
        };
        text.lines().filter(grid).map(str::to_owned).collect()
    }

    #[test]
    fn a_zone_shows_value_age_horizon_and_level() {
        let metrics = Metrics::new("a").unwrap();
        let (zone, outlook) = (ZoneName::from("ma"), known(568.0, Basis::LifeCycle));
        let signal = Signal::CarbonIntensity;
        let readings = [Reading {
            zone: &zone,
            signal,
            outlook: &outlook,
        }];
        metrics.grids(&readings, NOON);
        assert_eq!(
            lines(&metrics),
            [
                "alize_fallback_level{signal=\"CarbonIntensity\",zone=\"ma\"} 1",
                "alize_forecast_age_seconds{signal=\"CarbonIntensity\",zone=\"ma\"} 600",
                "alize_forecast_horizon_seconds{signal=\"CarbonIntensity\",zone=\"ma\"} 3600",
                "alize_grid_carbon_intensity_grams_per_kilowatt_hour{kind=\"average_life_cycle\",zone=\"ma\"} 568",
            ]
        );
    }

    #[test]
    fn an_unknown_signal_shows_the_last_rung_and_no_value() {
        let metrics = Metrics::new("a").unwrap();
        let (zone, outlook) = (ZoneName::from("es"), Outlook::Unknown("no source".to_owned()));
        let signal = Signal::RenewableShare;
        let readings = [Reading {
            zone: &zone,
            signal,
            outlook: &outlook,
        }];
        metrics.grids(&readings, NOON);
        assert_eq!(
            lines(&metrics),
            [
                "alize_fallback_level{signal=\"RenewableShare\",zone=\"es\"} 5",
                "alize_forecast_horizon_seconds{signal=\"RenewableShare\",zone=\"es\"} 0",
            ]
        );
    }

    #[test]
    fn a_zone_that_went_away_leaves_no_series_behind() {
        let metrics = Metrics::new("a").unwrap();
        let (zone, outlook) = (ZoneName::from("es"), known(0.6, Basis::Unstated));
        let signal = Signal::RenewableShare;
        let readings = [Reading {
            zone: &zone,
            signal,
            outlook: &outlook,
        }];
        metrics.grids(&readings, NOON);
        assert_eq!(lines(&metrics).len(), 4);
        metrics.grids(&[], NOON);
        assert!(lines(&metrics).is_empty());
    }

    #[test]
    fn the_zones_after_the_hundredth_share_one_label_that_shows_the_worst() {
        let metrics = Metrics::new("a").unwrap();
        let zones: Vec<_> = (0..103).map(|n| ZoneName::from(format!("z{n:03}"))).collect();
        let outlooks: Vec<_> = (0..103).map(|n| known(f64::from(n), Basis::Direct)).collect();
        let readings: Vec<_> = zones
            .iter()
            .zip(&outlooks)
            .map(|(zone, outlook)| Reading {
                zone,
                signal: Signal::MarginalIntensity,
                outlook,
            })
            .collect();
        metrics.grids(&readings, NOON);
        let all = lines(&metrics);
        assert_eq!(all.len(), 4 * 101);
        assert!(
            all.iter()
                .any(|line| line.ends_with("{kind=\"marginal_direct\",zone=\"other\"} 102"))
        );
        assert!(all.iter().any(|line| line.contains("zone=\"z099\"")));
        assert!(!all.iter().any(|line| line.contains("zone=\"z100\"")));
    }
}
