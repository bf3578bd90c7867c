//! Zones from the cluster, as the operator reads them, but with the rights of whoever asks.

use k8s_openapi::api::core::v1::{ConfigMap, Secret};
use kube::api::ListParams;
use kube::{Api, Client};

use super::Objects;
use crate::api::GridZone;
use crate::cli::CliError;
use crate::cli::cluster::user_client;

/// The GridZones of these `names`, or all where none is named, and the ConfigMaps and Secrets of `namespace` that their sources
/// may name.
///
/// # Errors
/// [`CliError`] where the cluster does not answer, or not to this user, or has no such zone.
pub(super) async fn read(namespace: &str, names: &[String]) -> Result<Objects, CliError> {
    let (client, _) = user_client().await?;
    let zones: Api<GridZone> = Api::all(client.clone());
    let maps: Api<ConfigMap> = Api::namespaced(client.clone(), namespace);
    let all = ListParams::default();
    let objects = Objects {
        zones: zones.list(&all).await.map_err(CliError::Kube)?.items,
        maps: maps.list(&all).await.map_err(CliError::Kube)?.items,
        secrets: Vec::new(),
    };
    let mut objects = objects.only(names)?;
    objects.secrets = secrets(&client, namespace, &objects).await?;
    Ok(objects)
}

/// The Secrets that are named. One that this user may not read is none: its source says so.
async fn secrets(client: &Client, namespace: &str, objects: &Objects) -> Result<Vec<Secret>, CliError> {
    let sources = objects.sources()?;
    let mut names: Vec<&str> = sources
        .values()
        .flatten()
        .filter_map(|source| source.secret())
        .collect();
    names.sort_unstable();
    names.dedup();
    let api: Api<Secret> = Api::namespaced(client.clone(), namespace);
    let mut secrets = Vec::new();
    for name in names {
        match api.get_opt(name).await {
            Ok(secret) => secrets.extend(secret),
            Err(kube::Error::Api(refusal)) if refusal.code == 403 => {}
            Err(error) => return Err(CliError::Kube(error)),
        }
    }
    Ok(secrets)
}
