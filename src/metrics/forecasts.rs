//! Forecasts: how well each source of a zone has told, whether it is in use or not.

use prometheus::Result;

use super::families::Families;
use super::zones::{Board, Sheet, label, named, signal_label};
use super::{Metrics, Provider};
use crate::units::{Signal, ZoneName};

/// How well one source of a zone has told lately.
#[derive(Clone, Copy, Debug)]
pub struct Told<'a> {
    /// The zone.
    pub zone: &'a ZoneName,
    /// The signal.
    pub signal: Signal,
    /// Where the source stands in the zone's list, from 1 on.
    pub place: usize,
    /// What kind of source it is.
    pub provider: Provider,
    /// Whether it is the one that counts.
    pub in_use: bool,
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
pub(super) struct ForecastFamilies {
    kept: Board,
    coverage: Board,
    distrusted: Board,
    source_kept: Board,
    source_coverage: Board,
}

impl ForecastFamilies {
    pub(super) fn register(families: &mut Families) -> Result<Self> {
        let mut board = |name, help, labels: &[&str], worse| Board::register(families, name, help, labels, worse);
        Ok(Self {
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
            source_kept: board(
                "source_kept_ratio",
                "The same as alize_forecast_kept_ratio of every source that is asked, whether in use or not: the source is its \
                 place in the zone's list, from 1. Each is judged by what it says itself of the hours that are over.",
                &["zone", "signal", "source", "provider", "forecast"],
                f64::min,
            )?,
            source_coverage: board(
                "source_coverage_ratio",
                "Share of hours that lay in the 80 % band of a source that is asked, whether in use or not. Absent where it gives none.",
                &["zone", "signal", "source", "provider"],
                f64::min,
            )?,
        })
    }
}

impl Metrics {
    /// Shows how well all sources have told, and forgets those that are not among them.
    pub fn forecasts(&self, told: &[Told<'_>]) {
        let named = named(told.iter().map(|told| told.zone));
        let boards = &self.forecasts;
        let [
            mut kept,
            mut coverage,
            mut distrusted,
            mut source_kept,
            mut source_coverage,
        ] = [
            &boards.kept,
            &boards.coverage,
            &boards.distrusted,
            &boards.source_kept,
            &boards.source_coverage,
        ]
        .map(Sheet::of);
        for told in told {
            let (zone, signal) = (label(told.zone, &named), signal_label(told.signal));
            let (source, provider) = (&*told.place.to_string(), told.provider.as_str());
            source_kept.write(&[zone, signal, source, provider, "source"], told.kept);
            source_kept.write(&[zone, signal, source, provider, "corrected"], told.corrected);
            if let Some(share) = told.coverage {
                source_coverage.write(&[zone, signal, source, provider], share);
            }
            if !told.in_use {
                continue;
            }
            kept.write(&[zone, signal, "in_use"], told.kept);
            kept.write(&[zone, signal, "corrected"], told.corrected);
            if let Some(share) = told.coverage {
                coverage.write(&[zone, signal], share);
            }
            distrusted.write(&[zone, signal], f64::from(u8::from(told.distrusted)));
        }
        for sheet in [kept, coverage, distrusted, source_kept, source_coverage] {
            sheet.show();
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn lines(metrics: &Metrics) -> Vec<String> {
        let text = metrics.render();
        let ours = |line: &&str| line.starts_with("alize_forecast") || line.starts_with("alize_source");
        text.lines().filter(ours).map(str::to_owned).collect()
    }

    fn told(zone: &ZoneName, place: usize, in_use: bool) -> Told<'_> {
        Told {
            zone,
            signal: Signal::CarbonIntensity,
            place,
            provider: Provider::Eia,
            in_use,
            kept: 0.5,
            corrected: 0.75,
            coverage: None,
            distrusted: true,
        }
    }

    #[test]
    fn a_forecast_shows_what_it_keeps_beside_the_plain_one_and_whether_it_is_distrusted() {
        let metrics = Metrics::new("a").unwrap();
        let zone = ZoneName::from("es");
        metrics.forecasts(&[told(&zone, 1, true)]);
        let labels = "signal=\"CarbonIntensity\",zone=\"es\"";
        assert_eq!(
            lines(&metrics)[..3],
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
    fn every_source_is_shown_with_its_place_whether_it_is_in_use_or_not_and_gone_when_it_is_gone() {
        let metrics = Metrics::new("a").unwrap();
        let zone = ZoneName::from("es");
        let second = Told {
            coverage: Some(0.8),
            ..told(&zone, 2, false)
        };
        let of_second = || {
            let all = lines(&metrics).into_iter();
            all.filter(|line| line.contains("source=\"2\"")).collect::<Vec<_>>()
        };
        metrics.forecasts(&[told(&zone, 1, true), second]);
        let labels = "signal=\"CarbonIntensity\",source=\"2\",zone=\"es\"";
        assert_eq!(
            of_second(),
            [
                format!("alize_source_coverage_ratio{{provider=\"eia\",{labels}}} 0.8"),
                format!("alize_source_kept_ratio{{forecast=\"corrected\",provider=\"eia\",{labels}}} 0.75"),
                format!("alize_source_kept_ratio{{forecast=\"source\",provider=\"eia\",{labels}}} 0.5"),
            ]
        );
        assert!(
            !metrics.render().contains("alize_forecast_coverage_ratio{"),
            "it is not in use"
        );
        metrics.forecasts(&[told(&zone, 1, true)]);
        assert_eq!(of_second(), [""; 0]);
    }
}
