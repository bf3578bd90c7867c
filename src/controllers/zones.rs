//! GridZones: what the grid room knows of them comes back as their status.

use std::collections::BTreeMap;

use jiff::Timestamp;
use k8s_openapi::apimachinery::pkg::apis::meta::v1::{Condition, Time};
use kube::{Api, Client};

use super::events::Events;
use super::guard::Guard;
use super::rungs::Rungs;
use super::status::{Spacing, write};
use crate::api::{GridZone, GridZoneStatus, SignalStatus, condition, set_condition};
use crate::grid::{Board, SignalReport};
use crate::index::{Picture, ZoneEntry};
use crate::metrics::Resource;
use crate::planner::Level;
use crate::units::{Clock, ZoneName};

/// Writes the status of zones.
pub struct ZoneStatuses {
    api: Api<GridZone>,
    guard: Guard,
    spacing: Spacing<ZoneName>,
    rungs: Rungs,
}

impl ZoneStatuses {
    /// Writes within `guard`, and tells by `events`.
    pub fn new(client: Client, guard: Guard, events: Events) -> Self {
        Self {
            api: Api::all(client),
            guard,
            spacing: Spacing::default(),
            rungs: Rungs::new(events),
        }
    }

    /// Writes what changed.
    pub async fn keep(&mut self, picture: &Picture, zones: &[ZoneEntry], board: &Board, clock: &dyn Clock) {
        let exists = |name: &ZoneName| zones.iter().any(|zone| zone.name == *name);
        self.spacing.keep_only(exists);
        self.rungs.keep_only(exists);
        for zone in zones {
            let old = zone.object.status.clone().unwrap_or_default();
            // An answer that came since the picture was taken may begin after it.
            let reports = board.report(&zone.name, clock.now());
            // After a start, what was known before it stands until all have been asked.
            if !old.signals.is_empty() && !reports.iter().all(|report| report.asked) {
                continue;
            }
            let new = status(zone, &old, picture, &reports);
            self.rungs
                .tell((&zone.name, &zone.object), &old.signals, &new.signals, clock)
                .await;
            let version = zone.object.metadata.resource_version.as_deref().unwrap_or_default();
            if new != old && self.spacing.take(&zone.name, clock.monotonic()) {
                write(
                    &self.guard,
                    &self.api,
                    Resource::GridZone,
                    zone.name.as_str(),
                    version,
                    &old,
                    &new,
                )
                .await;
            }
        }
    }
}

fn status(zone: &ZoneEntry, old: &GridZoneStatus, picture: &Picture, reports: &[SignalReport]) -> GridZoneStatus {
    let generation = zone.object.metadata.generation;
    let mut conditions = old.conditions.clone();
    set_condition(&mut conditions, ready(zone, picture, reports), picture.snapshot.now);
    GridZoneStatus {
        observed_generation: generation,
        conditions,
        signals: signals(reports),
        nodes: picture.node_counts.get(&zone.name).copied().unwrap_or(0),
    }
}

fn ready(zone: &ZoneEntry, picture: &Picture, reports: &[SignalReport]) -> Condition {
    let generation = zone.object.metadata.generation;
    let no = |reason, message: String| condition("Ready", false, reason, message, generation);
    let disputed: BTreeMap<&str, String> = picture
        .disputed
        .iter()
        .filter(|(_, zones)| zones.contains(&zone.name))
        .map(|(node, zones)| {
            (
                &**node,
                zones.iter().map(ToString::to_string).collect::<Vec<_>>().join(", "),
            )
        })
        .collect();
    if let Some((node, zones)) = disputed.first_key_value() {
        let count = disputed.len();
        return no(
            "NodeInSeveralZones",
            format!(
                "{count} nodes lie in more than one zone, among them {node} ({zones}); it counts for the first. Make the nodeSelectors exclusive"
            ),
        );
    }
    if reports.iter().all(|report| report.level == Level::None) {
        let why: Vec<&str> = reports.iter().filter_map(|report| report.message.as_deref()).collect();
        return no(
            "NoForecast",
            format!(
                "no source gives a usable forecast, so no job waits for this zone: {}",
                why.join("; ")
            ),
        );
    }
    condition(
        "Ready",
        true,
        "ForecastUsable",
        "At least one signal has a usable forecast.",
        generation,
    )
}

/// The signals of which all sources have been asked: that a new zone has none before that is no rung from which it could step up.
fn signals(reports: &[SignalReport]) -> Vec<SignalStatus> {
    reports.iter().filter(|report| report.asked).map(signal).collect()
}

fn signal(report: &SignalReport) -> SignalStatus {
    let second = |instant: Timestamp| Timestamp::from_second(instant.as_second()).ok().map(Time);
    SignalStatus {
        signal: report.signal,
        level: format!("{:?}", report.level),
        source: report.source.clone(),
        value: report
            .value
            .map(|value| format!("{}", (value * 1000.0).round() / 1000.0)),
        unit: report.signal.unit().into(),
        certainty: report.certainty.map(|certainty| format!("{certainty:?}")),
        basis: report.basis.map(|basis| format!("{basis:?}")),
        flow: report.flow.map(|flow| format!("{flow:?}")),
        issued_at: report.issued_at.and_then(second),
        fetched_at: report.fetched_at.and_then(second),
        horizon: report.horizon.and_then(second),
        distrusted: report.distrusted,
        message: report.message.clone(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::units::Signal;

    #[test]
    fn a_signal_stands_on_no_rung_before_its_sources_have_been_asked() {
        let report = |signal, asked| SignalReport {
            signal,
            level: Level::None,
            source: None,
            value: None,
            certainty: None,
            basis: None,
            flow: None,
            issued_at: None,
            fetched_at: None,
            horizon: None,
            message: Some("it has not been asked yet".into()),
            distrusted: false,
            asked,
        };
        let (intensity, share) = (Signal::CarbonIntensity, Signal::RenewableShare);
        let shown = signals(&[report(intensity, false), report(share, true)]);
        let shown: Vec<_> = shown.iter().map(|shown| (shown.signal, &*shown.level)).collect();
        assert_eq!(
            shown,
            [(share, "None")],
            "one that was asked in vain stands on the lowest"
        );
    }
}
