//! Gauges by zone, of as many zones as Prometheus should bear, and of none that went away.

use std::collections::{BTreeMap, BTreeSet};
use std::sync::{Mutex, PoisonError};

use prometheus::{GaugeVec, Result};

use super::families::{Families, opts};
use crate::units::{Signal, ZoneName};

/// More zones than this share one label, so that no cluster can flood Prometheus.
const MOST_ZONES: usize = 100;
/// The label they share. Its gauges show the worst of them, so that an alert still fires.
const OTHER: &str = "other";

/// The zones that have a label of their own.
pub(super) fn named<'a>(zones: impl Iterator<Item = &'a ZoneName>) -> BTreeSet<&'a ZoneName> {
    let zones: BTreeSet<_> = zones.collect();
    zones.into_iter().take(MOST_ZONES).collect()
}

pub(super) fn label<'a>(zone: &'a ZoneName, named: &BTreeSet<&ZoneName>) -> &'a str {
    if named.contains(zone) { zone.as_str() } else { OTHER }
}

/// A gauge for each zone, without those of zones that went away.
#[derive(Debug)]
pub(super) struct Board {
    gauge: GaugeVec,
    worse: fn(f64, f64) -> f64,
    shown: Mutex<BTreeSet<Vec<String>>>,
}

impl Board {
    /// Zones that share a label show the worst of them.
    pub(super) fn register(
        families: &mut Families,
        name: &str,
        help: &str,
        labels: &[&str],
        worse: fn(f64, f64) -> f64,
    ) -> Result<Self> {
        Ok(Self {
            gauge: families.add(GaugeVec::new(opts(name, help), labels)?)?,
            worse,
            shown: Mutex::default(),
        })
    }
}

/// The values that a board is to show next; nothing is visible before all are written.
pub(super) struct Sheet<'a> {
    board: &'a Board,
    values: BTreeMap<Vec<String>, f64>,
}

impl<'a> Sheet<'a> {
    pub(super) fn of(board: &'a Board) -> Self {
        Self {
            board,
            values: BTreeMap::new(),
        }
    }

    pub(super) fn write(&mut self, labels: &[&str], value: f64) {
        let worse = self.board.worse;
        self.values
            .entry(labels.iter().map(|&label| label.to_owned()).collect())
            .and_modify(|known| *known = worse(*known, value))
            .or_insert(value);
    }

    /// Sets what is there before it removes what is gone, so that a scrape in between misses nothing.
    pub(super) fn show(self) {
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

/// The signal as the API spells it.
pub(super) fn signal_label(signal: Signal) -> &'static str {
    match signal {
        Signal::CarbonIntensity => "CarbonIntensity",
        Signal::RenewableShare => "RenewableShare",
        Signal::MarginalIntensity => "MarginalIntensity",
    }
}
