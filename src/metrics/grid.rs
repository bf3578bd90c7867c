//! Grids: what each zone shows now, how old that is, how far it reaches, and how far down the ladder it stands.

use std::collections::{BTreeMap, BTreeSet};
use std::sync::{Mutex, PoisonError};

use jiff::Timestamp;
use prometheus::{GaugeVec, Result};

use super::Metrics;
use super::families::{Families, opts};
use crate::planner::{Level, Outlook};
use crate::units::{Basis, Signal, ZoneName};

/// More zones than this share one label, so that no cluster can flood Prometheus.
const MOST_ZONES: usize = 100;
/// The label they share. Its gauges show the worst of them, so that an alert still fires.
const OTHER: &str = "other";

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

/// How well the forecast in use has told one signal of a zone lately.
#[derive(Clone, Copy, Debug)]
pub struct Told<'a> {
    /// The zone.
    pub zone: &'a ZoneName,
    /// The signal.
    pub signal: Signal,
    /// The share of the possible saving that plans made on it would have kept.
    pub kept: f64,
    /// The same of the plain `corrected`.
    pub corrected: f64,
    /// The share of hours that lay in its band, where it gives one.
    pub coverage: Option<f64>,
    /// Whether it has ranked the hours worse than `corrected` for weeks.
    pub distrusted: bool,
}

#[derive(Debug)]
pub(super) struct GridFamilies {
    intensity: Board,
    share: Board,
    age: Board,
    horizon: Board,
    level: Board,
    kept: Board,
    coverage: Board,
    distrusted: Board,
}

impl GridFamilies {
    pub(super) fn register(families: &mut Families) -> Result<Self> {
        let mut board = |name, help, labels: &[&str], worse| -> Result<Board> {
            let gauge = families.add(GaugeVec::new(opts(name, help), labels)?)?;
            Ok(Board::new(gauge, worse))
        };
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
            kept: board(
                "forecast_kept_ratio",
                "Share of the possible saving that plans made on the forecast in use would have kept lately, and that plans on \
                 the plain corrected profile would have. Absent before two days can be compared.",
                &["zone", "signal", "forecast"],
                f64::min,
            )?,
            coverage: board(
                "forecast_coverage_ratio",
                "Share of hours that lay in the 80 % band of the forecast in use. Absent where it gives none.",
                &["zone", "signal"],
                f64::min,
            )?,
            distrusted: board(
                "forecast_distrusted",
                "1 where the forecast of the source in use has ranked the hours worse than the plain corrected profile for weeks, else 0.",
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

    /// Shows how well the forecasts in use have told, and forgets those that are not among them.
    pub fn forecasts(&self, told: &[Told<'_>]) {
        let named = named(told.iter().map(|told| told.zone));
        let boards = &self.grid;
        let [mut kept, mut coverage, mut distrusted] =
            [&boards.kept, &boards.coverage, &boards.distrusted].map(Sheet::of);
        for told in told {
            let (zone, signal) = (label(told.zone, &named), signal_label(told.signal));
            kept.write(&[zone, signal, "in_use"], told.kept);
            kept.write(&[zone, signal, "corrected"], told.corrected);
            if let Some(share) = told.coverage {
                coverage.write(&[zone, signal], share);
            }
            distrusted.write(&[zone, signal], f64::from(u8::from(told.distrusted)));
        }
        for sheet in [kept, coverage, distrusted] {
            sheet.show();
        }
    }
}

/// The zones that have a label of their own.
fn named<'a>(zones: impl Iterator<Item = &'a ZoneName>) -> BTreeSet<&'a ZoneName> {
    let zones: BTreeSet<_> = zones.collect();
    zones.into_iter().take(MOST_ZONES).collect()
}

fn label<'a>(zone: &'a ZoneName, named: &BTreeSet<&ZoneName>) -> &'a str {
    if named.contains(zone) { zone.as_str() } else { OTHER }
}

/// A gauge for each zone, without those of zones that went away.
#[derive(Debug)]
struct Board {
    gauge: GaugeVec,
    worse: fn(f64, f64) -> f64,
    shown: Mutex<BTreeSet<Vec<String>>>,
}

impl Board {
    fn new(gauge: GaugeVec, worse: fn(f64, f64) -> f64) -> Self {
        Self {
            gauge,
            worse,
            shown: Mutex::default(),
        }
    }
}

/// The values that a board is to show next; nothing is visible before all are written.
struct Sheet<'a> {
    board: &'a Board,
    values: BTreeMap<Vec<String>, f64>,
}

impl<'a> Sheet<'a> {
    fn of(board: &'a Board) -> Self {
        Self {
            board,
            values: BTreeMap::new(),
        }
    }

    fn write(&mut self, labels: &[&str], value: f64) {
        let worse = self.board.worse;
        self.values
            .entry(labels.iter().map(|&label| label.to_owned()).collect())
            .and_modify(|known| *known = worse(*known, value))
            .or_insert(value);
    }

    /// Sets what is there before it removes what is gone, so that a scrape in between misses nothing.
    fn show(self) {
        for (labels, value) in &self.values {
            self.board.gauge.with_label_values(labels).set(*value);
        }
        let mut shown = self.board.shown.lock().unwrap_or_else(PoisonError::into_inner);
        for gone in shown.iter().filter(|labels| !self.values.contains_key(*labels)) {
            // An error says that it is gone already.
            let _ = self.board.gauge.remove_label_values(gone);
        }
        *shown = self.values.into_keys().collect();
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

/// The signal as the API spells it.
fn signal_label(signal: Signal) -> &'static str {
    match signal {
        Signal::CarbonIntensity => "CarbonIntensity",
        Signal::RenewableShare => "RenewableShare",
        Signal::MarginalIntensity => "MarginalIntensity",
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
    fn a_forecast_shows_what_it_keeps_beside_the_plain_one_and_whether_it_is_distrusted() {
        let metrics = Metrics::new("a").unwrap();
        let zone = ZoneName::from("es");
        let told = Told {
            zone: &zone,
            signal: Signal::CarbonIntensity,
            kept: 0.5,
            corrected: 0.75,
            coverage: None,
            distrusted: true,
        };
        metrics.forecasts(&[told]);
        let labels = "signal=\"CarbonIntensity\",zone=\"es\"";
        assert_eq!(
            lines(&metrics),
            [
                format!("alize_forecast_distrusted{{{labels}}} 1"),
                format!("alize_forecast_kept_ratio{{forecast=\"corrected\",{labels}}} 0.75"),
                format!("alize_forecast_kept_ratio{{forecast=\"in_use\",{labels}}} 0.5"),
            ]
        );
        metrics.forecasts(&[]);
        assert_eq!(lines(&metrics), [""; 0]);
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
