//! What a grid will be: one zone's forecast with its age and certainty.

use jiff::{SignedDuration, Timestamp};
use serde::{Deserialize, Serialize};

use crate::units::{Basis, Flow, Signal, Slot, ZoneName};

/// How far a value can be trusted (P7).
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
pub enum Certainty {
    /// Published by the source as its forecast or measurement.
    Published,
    /// The source itself calls it an estimate or a substitute, or says of what it models elsewhere not what it is here.
    Estimated,
    /// A profile or constant of ours.
    Assumed,
}

/// The rung of the fallback ladder (P9) that an outlook stands on.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
pub enum Level {
    /// The first source, fresh.
    Live,
    /// The first source's last good answer, within its age limit.
    Cached,
    /// A later source.
    NextSource,
    /// A forecast of our own, made from what a source says of the past.
    Profile,
    /// A constant: it cannot rank slots.
    Constant,
    /// Nothing: jobs run now.
    None,
}

/// One value that holds throughout a slot.
#[derive(Clone, Copy, Debug, PartialEq, Serialize, Deserialize)]
pub struct Point {
    /// When.
    pub slot: Slot,
    /// In the signal's own unit: gCO2e/kWh, or a share 0..1 (raw, may lie outside).
    pub value: f64,
    /// Between which values it will lie with a probability of 80 %, where its maker says so.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub band: Option<Band>,
}

impl Point {
    /// A value without a band.
    pub fn of(slot: Slot, value: f64) -> Self {
        Self {
            slot,
            value,
            band: None,
        }
    }
}

/// An interval of 80 %: a tenth of outcomes lie below it, a tenth above.
#[derive(Clone, Copy, Debug, PartialEq, Serialize, Deserialize)]
pub struct Band {
    /// The tenth percentile, in the unit of the value.
    pub p10: f64,
    /// The ninetieth percentile, in the unit of the value.
    pub p90: f64,
}

/// What is known of one signal in one zone.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub enum Outlook {
    /// A series, sorted by time, without overlaps. Gaps are unknown.
    Known(Series),
    /// Nothing that may be used; the text says why. The rule is *run on time*.
    Unknown(String),
}

/// A forecast with its provenance.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct Series {
    /// Sorted by start, no overlaps, every value finite.
    pub points: Vec<Point>,
    /// How emissions are counted.
    pub basis: Basis,
    /// Whose energy it speaks of, where anybody says so; zones are compared whatever it is.
    pub flow: Option<Flow>,
    /// How far it can be trusted.
    pub certainty: Certainty,
    /// The rung of the ladder.
    pub level: Level,
    /// The source's name, for people.
    pub source: String,
    /// When the source made it, or when we last read it if the source does not say. Ages are counted from here.
    pub issued_at: Timestamp,
    /// When it was first read as it is: whoever says the same again gives nothing new.
    pub fetched_at: Timestamp,
}

impl Outlook {
    /// The series, where one is known.
    pub fn series(&self) -> Option<&Series> {
        match self {
            Self::Known(series) => Some(series),
            Self::Unknown(_) => None,
        }
    }
}

impl Series {
    /// The value at `instant`, if one is known there.
    pub fn at(&self, instant: Timestamp) -> Option<f64> {
        let after = self.points.partition_point(|p| p.slot.start <= instant);
        let point = self.points.get(after.checked_sub(1)?)?;
        point.slot.contains(instant).then_some(point.value)
    }

    /// The end of the stretch without gaps that covers `instant`, or `None` where nothing does.
    pub fn known_until(&self, instant: Timestamp) -> Option<Timestamp> {
        self.at(instant)?;
        let first = self.points.partition_point(|p| p.slot.end <= instant);
        let mut end = self.points.get(first)?.slot.end;
        for point in &self.points[first + 1..] {
            if point.slot.start != end {
                break;
            }
            end = point.slot.end;
        }
        Some(end)
    }

    /// The shortest slot of the series: its resolution.
    pub fn resolution(&self) -> Option<SignedDuration> {
        self.points.iter().map(|p| p.slot.length()).min()
    }

    /// The mean over `window`, weighted by time; `None` unless all of it is known.
    pub fn mean(&self, window: Slot) -> Option<f64> {
        let total = window.length().as_secs_f64();
        if total <= 0.0 {
            return self.at(window.start);
        }
        let (mut sum, mut covered) = (0.0, 0.0);
        let first = self.points.partition_point(|p| p.slot.end <= window.start);
        for point in self.points[first..].iter().take_while(|p| p.slot.start < window.end) {
            if let Some(part) = point.slot.overlap(&window) {
                let seconds = part.length().as_secs_f64();
                sum += point.value * seconds;
                covered += seconds;
            }
        }
        (covered >= total - 1e-6).then_some(sum / total)
    }
}

/// All that is known of one zone's grid.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct ZoneOutlook {
    /// Which zone.
    pub zone: ZoneName,
    /// Average carbon intensity.
    pub carbon_intensity: Outlook,
    /// Renewable share.
    pub renewable_share: Outlook,
    /// Marginal carbon intensity.
    pub marginal_intensity: Outlook,
}

impl ZoneOutlook {
    /// A zone of which nothing is known, and why.
    pub fn unknown(zone: ZoneName, why: &str) -> Self {
        let nothing = || Outlook::Unknown(why.to_owned());
        Self {
            zone,
            carbon_intensity: nothing(),
            renewable_share: nothing(),
            marginal_intensity: nothing(),
        }
    }

    /// The outlook of one signal.
    pub fn signal(&self, signal: Signal) -> &Outlook {
        match signal {
            Signal::CarbonIntensity => &self.carbon_intensity,
            Signal::RenewableShare => &self.renewable_share,
            Signal::MarginalIntensity => &self.marginal_intensity,
        }
    }

    /// Replaces the outlook of one signal.
    pub fn set(&mut self, signal: Signal, outlook: Outlook) {
        match signal {
            Signal::CarbonIntensity => self.carbon_intensity = outlook,
            Signal::RenewableShare => self.renewable_share = outlook,
            Signal::MarginalIntensity => self.marginal_intensity = outlook,
        }
    }
}
