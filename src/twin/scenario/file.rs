//! A scenario file as it is written: its keys, with their defaults. `docs/twin.md` explains them to users.

use std::collections::BTreeMap;
use std::path::PathBuf;

use serde::Deserialize;
use serde_saphyr::Spanned;

use super::numbers::{above_zero, from_zero, share, whole};
use super::values::{Amount, Either, Instant, Names};
use crate::api::Period;
use crate::twin::table::ColumnName;

/// A whole scenario.
#[derive(Debug, Deserialize)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub(super) struct File {
    pub version: Spanned<u32>,
    #[serde(default, deserialize_with = "whole")]
    pub seed: u64,
    pub start: Instant,
    pub end: Spanned<Instant>,
    pub slot: Option<Spanned<Period>>,
    pub zones: Spanned<Vec<Spanned<Zone>>>,
    pub jobs: Jobs,
    #[serde(default)]
    pub lengths: Lengths,
    #[serde(default)]
    pub arrivals: Arrivals,
    pub runs: Spanned<Vec<Spanned<Run>>>,
}

#[derive(Debug, Deserialize)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub(super) struct Zone {
    pub name: String,
    pub intensity: Values,
    pub renewable_share: Option<Values>,
    pub marginal_intensity: Option<Values>,
    pub forecast: Option<Either<Method, ForecastFile>>,
    #[serde(default)]
    pub capacity: Capacity,
    #[serde(default = "one")]
    pub pue: f64,
}

/// A column of a file, over time.
#[derive(Clone, Debug, Deserialize)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub(super) struct Values {
    pub csv: PathBuf,
    pub time: ColumnName,
    pub value: ColumnName,
    #[serde(default = "one", deserialize_with = "above_zero")]
    pub scale: f64,
}

/// A forecast that somebody issued.
#[derive(Debug, Deserialize)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub(super) struct ForecastFile {
    pub csv: PathBuf,
    pub time: ColumnName,
    pub value: ColumnName,
    #[serde(default = "one", deserialize_with = "above_zero")]
    pub scale: f64,
    pub issued: Either<Daily, IssuedColumn>,
}

/// A forecast that is made from the zone's own series.
#[derive(Clone, Copy, Debug, Deserialize)]
#[serde(rename_all = "camelCase")]
pub(super) enum Method {
    Perfect,
    Persistence,
    Profile,
    Ours,
}

/// At 00:00 UTC, for the day.
#[derive(Clone, Copy, Debug, Deserialize)]
#[serde(rename_all = "camelCase")]
pub(super) enum Daily {
    Daily,
}

#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct IssuedColumn {
    pub column: ColumnName,
}

#[derive(Debug, Default, Deserialize)]
#[serde(rename_all = "camelCase", deny_unknown_fields, default)]
pub(super) struct Capacity {
    pub cpus: Option<Amount>,
    #[serde(rename = "memoryGiB")]
    pub memory_gib: Option<Amount>,
    pub gpus: Option<Amount>,
    pub gpu_models: BTreeMap<String, Count>,
}

/// How many there are of something.
#[derive(Clone, Copy, Debug, Deserialize)]
pub(super) struct Count(#[serde(deserialize_with = "from_zero")] pub f64);

#[derive(Debug, Deserialize)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub(super) struct Jobs {
    pub csv: PathBuf,
    pub columns: Option<Columns>,
    #[serde(default)]
    pub unit: Unit,
    pub history: Option<PathBuf>,
    pub power: Option<Power>,
    #[serde(default)]
    pub max_delay: MaxDelay,
    #[serde(default)]
    pub interruptible: Interruptible,
    #[serde(default)]
    pub migration: Migration,
    #[serde(default)]
    pub scaling_curves: BTreeMap<String, Spanned<Curve>>,
    pub home: Option<Spanned<String>>,
}

/// Rows of pods, throughput and power.
pub(super) type Curve = Vec<(u32, f64, f64)>;

/// Which column says what.
#[derive(Clone, Debug, Default, Deserialize)]
#[serde(rename_all = "camelCase", deny_unknown_fields, default)]
pub(super) struct Columns {
    pub submit: Option<ColumnName>,
    pub duration: Option<ColumnName>,
    pub cpus: Option<ColumnName>,
    pub id: Option<ColumnName>,
    pub namespace: Option<ColumnName>,
    pub group: Option<ColumnName>,
    pub labels: Option<ColumnName>,
    pub pods: Option<ColumnName>,
    #[serde(rename = "memoryGiB")]
    pub memory_gib: Option<ColumnName>,
    pub gpus: Option<ColumnName>,
    pub gpu_model: Option<ColumnName>,
    pub watts: Option<ColumnName>,
    pub priority: Option<ColumnName>,
    pub max_delay: Option<ColumnName>,
    pub finish_by: Option<ColumnName>,
    pub interruptible: Option<ColumnName>,
    pub zones: Option<ColumnName>,
    pub home: Option<ColumnName>,
    pub min_scale: Option<ColumnName>,
    pub max_scale: Option<ColumnName>,
    pub scaling: Option<ColumnName>,
    pub after: Option<ColumnName>,
}

/// The unit of times that are written as numbers.
#[derive(Clone, Copy, Debug, Default, Deserialize)]
pub(super) enum Unit {
    #[default]
    #[serde(rename = "s")]
    Seconds,
    #[serde(rename = "min")]
    Minutes,
    #[serde(rename = "h")]
    Hours,
}

/// Watts of a core, a GiB and an accelerator.
#[derive(Clone, Copy, Debug, Default, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub(super) struct Power {
    #[serde(rename = "wattsPerCpu", deserialize_with = "from_zero")]
    pub cpu: f64,
    #[serde(rename = "wattsPerGiB", deserialize_with = "from_zero")]
    pub gib: f64,
    #[serde(rename = "wattsPerGpu", deserialize_with = "from_zero")]
    pub gpu: f64,
}

#[derive(Clone, Debug, Default, Deserialize)]
#[serde(rename_all = "camelCase", deny_unknown_fields, default)]
pub(super) struct MaxDelay {
    pub default: Option<Period>,
    pub classes: Vec<Spanned<Class>>,
}

#[derive(Clone, Debug, Deserialize)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub(super) struct Class {
    pub name: Option<String>,
    pub shorter_than: Period,
    pub max_delay: Period,
}

#[derive(Clone, Debug, Deserialize)]
#[serde(rename_all = "camelCase", deny_unknown_fields, default)]
pub(super) struct Interruptible {
    #[serde(deserialize_with = "share")]
    pub share: f64,
    pub resume_cost: Period,
    pub minimum_run: Period,
    pub maximum: u32,
}

#[derive(Clone, Debug, Deserialize)]
#[serde(rename_all = "camelCase", deny_unknown_fields, default)]
pub(super) struct Migration {
    pub allowed: bool,
    pub cost: Period,
}

#[derive(Clone, Copy, Debug, Default, Deserialize)]
#[serde(rename_all = "camelCase")]
pub(super) enum Lengths {
    #[default]
    Known,
    Learned,
    Mean,
}

#[derive(Clone, Copy, Debug, Default, Deserialize, PartialEq, Eq)]
#[serde(rename_all = "camelCase")]
pub(super) enum Arrivals {
    #[default]
    Online,
    Known,
}

/// One run: a policy, a rival or a bound.
#[derive(Clone, Debug, Deserialize)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub(super) struct Run {
    pub name: Option<String>,
    pub policy: Option<Names>,
    pub rival: Option<String>,
    pub bound: Option<String>,
    pub starts: Option<String>,
    pub hours: Option<String>,
    pub interruptible: Option<bool>,
}

impl Default for Interruptible {
    fn default() -> Self {
        Self {
            share: 0.0,
            resume_cost: zero(),
            minimum_run: zero(),
            maximum: u32::MAX,
        }
    }
}

impl Default for Migration {
    fn default() -> Self {
        Self {
            allowed: false,
            cost: zero(),
        }
    }
}

impl Unit {
    /// Milliseconds of one unit.
    pub(super) fn ms(self) -> f64 {
        match self {
            Self::Seconds => 1e3,
            Self::Minutes => 6e4,
            Self::Hours => 3.6e6,
        }
    }

    /// Its name, as it is written.
    pub(super) fn name(self) -> &'static str {
        match self {
            Self::Seconds => "s",
            Self::Minutes => "min",
            Self::Hours => "h",
        }
    }
}

fn zero() -> Period {
    Period(jiff::SignedDuration::ZERO)
}

fn one() -> f64 {
    1.0
}
