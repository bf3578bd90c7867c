//! The receipt: what a finished job used, what that emitted, and what it would have emitted had it started at submission.

use std::collections::BTreeMap;

use jiff::{SignedDuration, Timestamp};
use serde::{Deserialize, Serialize};

use super::history::{History, Observed};
use crate::planner::Certainty;
use crate::units::{Basis, Grams, Intensity, Signal, Slot, WattHours, Watts, ZoneName};

/// A finished run, as far as accounting cares.
#[derive(Clone, Debug)]
pub struct Run {
    /// The power of all its pods.
    pub watts: Watts,
    /// When the job was created.
    pub submitted: Timestamp,
    /// When it started.
    pub started: Timestamp,
    /// When it ended.
    pub finished: Timestamp,
    /// The zones it ran in, with weights that sum to 1.
    pub ran_in: Vec<(ZoneName, f64)>,
    /// The zones a carbon-blind scheduler would have used, with weights that sum to 1.
    pub baseline_in: Vec<(ZoneName, f64)>,
    /// The power usage effectiveness of each zone; 1 where it is not stated.
    pub pue: BTreeMap<ZoneName, f64>,
    /// What its policy minimised. Emissions are marginal only where that was the marginal intensity.
    pub signal: Signal,
}

/// How emissions were computed.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub enum Method {
    /// Declared, policy or assumed watts, and the average intensity.
    AverageEstimated,
    /// Declared, policy or assumed watts, and the marginal intensity.
    MarginalEstimated,
}

/// What a finished job used and emitted. All of it is estimated.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct Receipt {
    /// With the PUE of the zones that it ran in.
    pub energy: WattHours,
    /// Emissions; `None` where the intensity is not known for all of the run. Never a guess.
    pub emitted: Option<Grams>,
    /// The same run, started at submission.
    pub baseline: Option<Grams>,
    /// How the intensity counts emissions.
    pub basis: Option<Basis>,
    /// The least certain of all that went in.
    pub certainty: Option<Certainty>,
    /// How it was computed.
    pub method: Method,
    /// When it started.
    pub started: Timestamp,
    /// When it ended.
    pub finished: Timestamp,
}

impl Receipt {
    /// Baseline less emitted; negative is harm. `None` where either is unknown.
    pub fn saved(&self) -> Option<Grams> {
        Some(Grams(self.baseline?.0 - self.emitted?.0))
    }
}

/// The receipt of a run, by what the grids were.
///
/// Emissions are `watts x time x sum over zones of weight x PUE x mean intensity`, location-based (Software Carbon Intensity,
/// ISO/IEC 21031:2024, E x I). A baseline on another basis than the emissions is unknown: their difference would be no saving.
pub fn receipt(run: &Run, history: &History) -> Receipt {
    let (signal, method) = match run.signal {
        Signal::MarginalIntensity => (Signal::MarginalIntensity, Method::MarginalEstimated),
        // A share is no intensity: emissions come from the average, where it is known.
        Signal::CarbonIntensity | Signal::RenewableShare => (Signal::CarbonIntensity, Method::AverageEstimated),
    };
    let length = run.finished.duration_since(run.started).max(SignedDuration::ZERO);
    let emissions = |zones, start| emissions(run, zones, Slot::of(start, length), signal, history);
    let actual = emissions(&run.ran_in, run.started);
    let baseline = emissions(&run.baseline_in, run.submitted)
        .filter(|(_, base)| actual.is_none_or(|(_, observed)| observed.basis == base.basis));
    let pue = weighted(&run.ran_in, |zone| Some(pue(run, zone))).unwrap_or(1.0);
    Receipt {
        energy: WattHours(energy(run, length).0 * pue),
        emitted: actual.map(|(grams, _)| grams),
        baseline: baseline.map(|(grams, _)| grams),
        basis: actual.or(baseline).map(|(_, observed)| observed.basis),
        certainty: [actual, baseline]
            .into_iter()
            .flatten()
            .map(|(_, observed)| observed.certainty)
            .max(),
        method,
        started: run.started,
        finished: run.finished,
    }
}

/// Emissions of the run, had it run over `window` in these zones; `None` unless every zone's intensity is known throughout, all
/// on one basis.
fn emissions(
    run: &Run,
    zones: &[(ZoneName, f64)],
    window: Slot,
    signal: Signal,
    history: &History,
) -> Option<(Grams, Observed)> {
    let mut worst: Option<Observed> = None;
    let intensity = weighted(zones, |zone| {
        let observed = history.mean(zone, signal, window)?;
        let known = worst.get_or_insert(observed);
        known.certainty = known.certainty.max(observed.certainty);
        (known.basis == observed.basis).then_some(observed.intensity.0 * pue(run, zone))
    })?;
    Some((energy(run, window.length()).at(Intensity(intensity)), worst?))
}

/// Without PUE. A power that is no number above zero draws nothing.
fn energy(run: &Run, length: SignedDuration) -> WattHours {
    let watts = if run.watts.0.is_finite() {
        run.watts.0.max(0.0)
    } else {
        0.0
    };
    Watts(watts).over(length)
}

fn pue(run: &Run, zone: &ZoneName) -> f64 {
    let stated = run.pue.get(zone).filter(|pue| pue.is_finite());
    stated.map_or(1.0, |pue| pue.max(1.0))
}

fn weighted(zones: &[(ZoneName, f64)], mut of: impl FnMut(&ZoneName) -> Option<f64>) -> Option<f64> {
    let (mut sum, mut weights) = (0.0, 0.0);
    for (zone, weight) in zones.iter().filter(|(_, weight)| *weight > 0.0) {
        sum += of(zone)? * weight;
        weights += weight;
    }
    (weights > 0.0).then_some(sum / weights)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::planner::{Level, Outlook, Point, Series, ZoneOutlook};

    fn at(hour: i64) -> Timestamp {
        Timestamp::from_second(hour * 3600).unwrap()
    }

    fn learn(history: &mut History, zone: &str, signal: Signal, basis: Basis, values: &[f64]) {
        let slot = |hour| Slot::of(at(hour), SignedDuration::from_hours(1));
        let point = |(hour, value): (i64, &f64)| Point::of(slot(hour), *value);
        let series = Series {
            points: (0..).zip(values).map(point).collect(),
            basis,
            flow: None,
            certainty: Certainty::Published,
            level: Level::Live,
            source: "test".into(),
            issued_at: at(0),
            fetched_at: at(0),
        };
        let mut outlook = ZoneOutlook::unknown(zone.into(), "");
        outlook.set(signal, Outlook::Known(series));
        history.learn(&outlook);
    }

    fn history(zones: &[(&str, &[f64])]) -> History {
        let mut history = History::default();
        for (zone, values) in zones {
            learn(&mut history, zone, Signal::CarbonIntensity, Basis::LifeCycle, values);
        }
        history
    }

    /// One hour of 1 kW, submitted at 0 and started at 2.
    fn run() -> Run {
        Run {
            watts: Watts(1000.0),
            submitted: at(0),
            started: at(2),
            finished: at(3),
            ran_in: vec![("es".into(), 1.0)],
            baseline_in: vec![("ma".into(), 0.75), ("es".into(), 0.25)],
            pue: BTreeMap::from([("ma".into(), 1.2)]),
            signal: Signal::CarbonIntensity,
        }
    }

    #[test]
    fn the_baseline_is_the_same_run_at_submission_where_a_blind_scheduler_would_put_it() {
        let receipt = receipt(
            &run(),
            &history(&[("ma", &[600.0, 600.0, 600.0]), ("es", &[200.0, 200.0, 100.0])]),
        );
        assert_eq!(receipt.energy, WattHours(1000.0));
        assert_eq!(receipt.emitted, Some(Grams(100.0)));
        assert_eq!(receipt.baseline, Some(Grams(0.75 * 1.2 * 600.0 + 0.25 * 200.0)));
        assert_eq!(receipt.saved(), Some(Grams(490.0)));
    }

    #[test]
    fn harm_counts_as_harm() {
        let mut run = run();
        run.baseline_in = vec![("es".into(), 1.0)];
        let receipt = receipt(&run, &history(&[("es", &[100.0, 100.0, 300.0])]));
        assert_eq!(receipt.saved(), Some(Grams(-200.0)));
    }

    #[test]
    fn what_is_not_known_is_unknown_and_never_zero() {
        let mut run = run();
        run.started = at(3);
        run.finished = at(4);
        let receipt = receipt(&run, &history(&[("ma", &[600.0]), ("es", &[200.0])]));
        assert_eq!((receipt.emitted, receipt.saved()), (None, None));
        assert!(receipt.baseline.is_some() && receipt.energy == WattHours(1000.0));
    }

    #[test]
    fn a_start_of_the_operator_after_the_submission_leaves_the_baseline_unknown() {
        let mut run = run();
        run.submitted = at(-1);
        let values = [100.0; 3];
        let receipt = receipt(&run, &history(&[("ma", &values), ("es", &values)]));
        assert_eq!((receipt.emitted, receipt.baseline), (Some(Grams(100.0)), None));
        assert_eq!(receipt.saved(), None);
    }

    #[test]
    fn numbers_of_different_bases_are_never_subtracted_or_added() {
        let mut grids = history(&[("es", &[200.0, 200.0, 100.0])]);
        learn(&mut grids, "ma", Signal::CarbonIntensity, Basis::Direct, &[600.0; 3]);
        let mut run = run();
        assert_eq!(receipt(&run, &grids).baseline, None, "one zone each");
        run.baseline_in = vec![("ma".into(), 1.0)];
        let other = receipt(&run, &grids);
        assert_eq!((other.emitted, other.baseline), (Some(Grams(100.0)), None));
        assert_eq!(other.basis, Some(Basis::LifeCycle));
    }

    #[test]
    fn emissions_are_marginal_only_for_a_policy_that_minimises_the_margin() {
        let mut grids = history(&[("es", &[100.0; 3]), ("ma", &[100.0; 3])]);
        for zone in ["es", "ma"] {
            learn(
                &mut grids,
                zone,
                Signal::MarginalIntensity,
                Basis::LifeCycle,
                &[700.0; 3],
            );
        }
        let mut run = run();
        for (signal, grams, method) in [
            (Signal::CarbonIntensity, 100.0, Method::AverageEstimated),
            (Signal::RenewableShare, 100.0, Method::AverageEstimated),
            (Signal::MarginalIntensity, 700.0, Method::MarginalEstimated),
        ] {
            run.signal = signal;
            let receipt = receipt(&run, &grids);
            assert_eq!((receipt.emitted, receipt.method), (Some(Grams(grams)), method));
        }
    }

    #[test]
    fn a_zone_of_which_only_the_renewable_share_is_known_has_no_emissions() {
        let mut grids = History::default();
        learn(&mut grids, "es", Signal::RenewableShare, Basis::LifeCycle, &[0.5; 3]);
        let mut run = run();
        run.signal = Signal::RenewableShare;
        let receipt = receipt(&run, &grids);
        assert_eq!((receipt.emitted, receipt.baseline, receipt.basis), (None, None, None));
    }

    #[test]
    fn odd_numbers_give_no_odd_receipt() {
        let mut run = run();
        run.watts = Watts(f64::NAN);
        run.pue.insert("es".into(), f64::NAN);
        run.finished = at(1);
        let receipt = receipt(&run, &history(&[("es", &[100.0; 3])]));
        assert_eq!((receipt.energy, receipt.emitted), (WattHours(0.0), Some(Grams(0.0))));
        let text = serde_json::to_string(&receipt).unwrap();
        assert_eq!(serde_json::from_str::<Receipt>(&text).unwrap(), receipt);
    }

    #[test]
    fn the_pue_of_the_zone_multiplies_the_energy() {
        let mut run = run();
        run.ran_in = vec![("ma".into(), 1.0)];
        assert_eq!(receipt(&run, &History::default()).energy, WattHours(1200.0));
    }
}
