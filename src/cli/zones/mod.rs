//! Zones and all that their sources need, from files or from a cluster, ready to be asked once.
//!
//! ```text
//! --file zone.yaml | the cluster  -->  GridZones, ConfigMaps, Secrets  -->  Board
//! ```

mod cluster;
mod files;

use std::collections::BTreeMap;
use std::path::PathBuf;
use std::sync::Arc;

use clap::Args;
use k8s_openapi::api::core::v1::{ConfigMap, Secret};

use super::{CliError, named};
use crate::api::{GridZone, SignalStatus, Source};
use crate::controllers::sources::sources;
use crate::controllers::{keys, texts};
use crate::grid::{Board, GridError, Secrets, Settings, SourceSpec, Texts};
use crate::planner::Level;
use crate::units::{Signal, SystemClock, ZoneName};

/// Where zones come from, and what their sources may reach.
#[derive(Args, Debug)]
pub(super) struct Reach {
    /// A YAML file of GridZones, with the ConfigMaps and Secrets that they name; may be given several times. Without it, those
    /// of the cluster.
    #[arg(long = "file", value_name = "FILE")]
    files: Vec<PathBuf>,
    /// The namespace of the operator: its ConfigMaps and Secrets.
    #[arg(long, env = "POD_NAMESPACE", default_value = "alize-system")]
    namespace: String,
    /// The directory that file sources lie in; with --file, where that file lies.
    #[arg(long, env = "ALIZE_DATA_DIR")]
    data_dir: Option<PathBuf>,
    /// An origin that a GridZone may name as endpoint, as for `alize run`; may be given several times.
    #[arg(long = "allow-endpoint", env = "ALIZE_ALLOWED_ENDPOINTS", value_delimiter = ',')]
    allowed_endpoints: Vec<String>,
    /// PEM certificates of authorities that vouch for such origins, as for `alize run`.
    #[arg(long, env = "ALIZE_CA_FILE", value_name = "FILE")]
    ca_file: Option<PathBuf>,
}

/// The objects of the API server, or of files that would be applied to it.
#[derive(Debug, Default)]
pub(super) struct Objects {
    zones: Vec<GridZone>,
    maps: Vec<ConfigMap>,
    secrets: Vec<Secret>,
}

/// Zones whose sources can be asked.
pub(super) struct Asked {
    /// Whom to ask.
    pub(super) board: Board,
    /// The sources of each zone, in their order.
    pub(super) zones: BTreeMap<ZoneName, Vec<SourceSpec>>,
    /// What the operator makes of each signal, as the status of the zones has it.
    statuses: BTreeMap<(ZoneName, Signal), SignalStatus>,
}

impl Asked {
    /// What the operator knows of a signal and asking once cannot tell, a sentence each; `level` is what asking gave.
    pub(super) fn remembered(&self, zone: &ZoneName, signal: Signal, level: Level) -> Vec<String> {
        let Some(status) = self.statuses.get(&(zone.clone(), signal)) else {
            return Vec::new();
        };
        let source = status.source.as_deref().unwrap_or_default();
        let distrust = status.distrusted.then(|| {
            format!(
                "the operator distrusts the forecast behind {source}: it has ranked the hours worse than a plain profile for weeks; \
                 put another source before it"
            )
        });
        let knows_more =
            matches!(level, Level::Constant | Level::None) && status.level == format!("{:?}", Level::Profile);
        let past = knows_more.then(|| format!("the operator remembers more of the past, and there {source} counts"));
        distrust.into_iter().chain(past).collect()
    }
}

/// Why there are no zones to ask.
#[derive(Debug, thiserror::Error)]
pub enum ZonesError {
    /// A file cannot be read.
    #[error("reading {0}; is the path right?")]
    NotRead(PathBuf, #[source] std::io::Error),
    /// A file is no YAML, or an object in it is not as its kind wants it.
    #[error("reading {0} as YAML of Kubernetes objects; correct it there")]
    NotYaml(PathBuf, #[source] Box<serde_saphyr::Error>),
    /// What may be a Secret is not as its kind wants it; nothing of it is shown.
    #[error(
        "{0}, line {1}: this is no Secret as it should be; under data write base64, under stringData plain text in quotes"
    )]
    NoSecret(PathBuf, u64),
    /// Several objects in one.
    #[error("{0} has a List; write its items one by one, with --- between them")]
    List(PathBuf),
    /// An object is of another version than ours.
    #[error("{0} has a {1} of apiVersion {2:?}; write apiVersion: {3}")]
    Version(PathBuf, String, String, String),
    /// A zone is there twice.
    #[error("{0} has a second GridZone {1}; keep one of them, or give it another name")]
    Twice(PathBuf, String),
    /// An object lies where the operator does not look for it.
    #[error("the {0} {1} lies in the namespace {2}, but the operator reads {3}; move it there, or say --namespace {2}")]
    Elsewhere(String, String, String, String),
    /// A zone is not there.
    #[error("there is no GridZone {0} among {1}")]
    NoZone(String, String),
    /// There is no zone at all.
    #[error("there are no GridZones; docs/providers.md has some that are ready")]
    None,
    /// A source is of no kind, or of several.
    #[error("source {1} of the GridZone {0} names {2} kinds of source; name exactly one, for example configMap")]
    Kinds(String, usize, usize),
    /// An endpoint holds what nobody may see.
    #[error(
        "the endpoint of source {1} of the GridZone {0} names a user; write it without, and put what it needs into a Secret"
    )]
    User(String, usize),
    /// The sources cannot be asked.
    #[error(transparent)]
    Grid(#[from] GridError),
}

impl Reach {
    /// The zones of these names, or all where none is named, ready to be asked.
    ///
    /// # Errors
    /// [`ZonesError`]; or [`CliError`] where the cluster does not answer.
    pub(super) async fn zones(&self, names: &[String]) -> Result<Asked, CliError> {
        let objects = if self.files.is_empty() {
            cluster::read(&self.namespace, names).await?
        } else {
            files::read(&self.files, &self.namespace)?.only(names)?
        };
        Ok(self.asked(&objects)?)
    }

    fn asked(&self, objects: &Objects) -> Result<Asked, ZonesError> {
        let zones = objects.sources()?;
        let beside = self.files.first().and_then(|file| file.parent());
        let settings = Settings {
            data_dir: self.data_dir.clone().or(beside.map(|folder| folder.join("."))),
            allowed_endpoints: named(&self.allowed_endpoints),
            // A port-forward ends here.
            loopback: true,
            ca_file: self.ca_file.clone(),
            secrets: Arc::new(objects.secrets(&zones)),
        };
        let all = Texts::default();
        all.replace_all(objects.maps.iter().cloned().map(texts::read).collect());
        let board = Board::new(settings, Arc::new(SystemClock), Arc::new(all), Arc::new(|_| {}))?;
        board.set_zones(zones.clone());
        Ok(Asked {
            board,
            zones,
            statuses: objects.statuses(),
        })
    }
}

impl Objects {
    /// Of the zones only those of these names, or all where none is named.
    fn only(mut self, names: &[String]) -> Result<Self, ZonesError> {
        let known: Vec<String> = self.zones.iter().map(name).collect();
        if known.is_empty() {
            return Err(ZonesError::None);
        }
        if let Some(missing) = names.iter().find(|name| !known.contains(name)) {
            return Err(ZonesError::NoZone(missing.clone(), known.join(", ")));
        }
        self.zones
            .retain(|zone| names.is_empty() || names.contains(&name(zone)));
        Ok(self)
    }

    fn sources(&self) -> Result<BTreeMap<ZoneName, Vec<SourceSpec>>, ZonesError> {
        let of = |zone: &GridZone| {
            // The API server refuses this; a file has not been there yet.
            let kinds = zone.spec.sources.iter().map(kinds).zip(1..);
            if let Some((kinds, place)) = kinds.into_iter().find(|(kinds, _)| *kinds != 1) {
                return Err(ZonesError::Kinds(name(zone), place, kinds));
            }
            let mut places = zone.spec.sources.iter().zip(1..);
            if let Some((_, place)) = places.find(|(source, _)| names_a_user(source)) {
                return Err(ZonesError::User(name(zone), place));
            }
            Ok((name(zone).as_str().into(), sources(&zone.spec)))
        };
        self.zones.iter().map(of).collect()
    }

    fn statuses(&self) -> BTreeMap<(ZoneName, Signal), SignalStatus> {
        let signals = self.zones.iter().flat_map(|zone| {
            let signals = zone.status.iter().flat_map(|status| &status.signals);
            signals.map(move |status| ((name(zone).as_str().into(), status.signal), status.clone()))
        });
        signals.collect()
    }

    /// The Secrets that the sources name, and no others.
    fn secrets(&self, zones: &BTreeMap<ZoneName, Vec<SourceSpec>>) -> Secrets {
        let named = zones.values().flatten().filter_map(SourceSpec::secret);
        let secrets = Secrets::new(named.map(str::to_owned));
        for secret in &self.secrets {
            let name = secret.metadata.name.clone().unwrap_or_default();
            secrets.set(&name, keys::tokens(secret.clone()));
        }
        secrets
    }
}

fn name(zone: &GridZone) -> String {
    zone.metadata.name.clone().unwrap_or_default()
}

/// Whether its endpoint names a user, and perhaps a password.
fn names_a_user(source: &Source) -> bool {
    let fields = serde_json::to_value(source).unwrap_or_default();
    let mut kinds = fields.as_object().into_iter().flat_map(|fields| fields.values());
    kinds.any(|kind| kind["endpoint"].as_str().is_some_and(|endpoint| endpoint.contains('@')))
}

/// How many kinds of source it names.
fn kinds(source: &Source) -> usize {
    let fields = serde_json::to_value(source).unwrap_or_default();
    let fields = fields.as_object().into_iter().flat_map(|fields| fields.keys());
    let common = ["signal", "basis", "flow", "refresh"];
    fields.filter(|field| !common.contains(&field.as_str())).count()
}
