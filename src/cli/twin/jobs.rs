//! `alize twin jobs --from-cluster`: the finished Jobs of a cluster as the jobs of a scenario.

use std::collections::BTreeMap;
use std::sync::Arc;

use clap::Args;
use jiff::Timestamp;
use kube::api::ListParams;
use kube::{Api, Client, Resource};
use serde::de::DeserializeOwned;

use super::rows::{Row, csv, row};
use crate::api::GridZone;
use crate::cli::cluster::user_client;
use crate::cli::{CliError, say};
use crate::index::{CronEntry, JobEntry, NodeEntry, SlimCronJob, SlimJob, SlimNode, ZoneEntry, Zones};

/// Objects asked for at a time.
const PAGE: u32 = 500;

/// Write the jobs of a scenario from a cluster's own finished Jobs, so that you can replay its last weeks.
#[derive(Args, Debug)]
pub struct Jobs {
    /// Read the cluster of your kubectl context; required, so that nobody does it by accident.
    #[arg(long, required = true)]
    from_cluster: bool,
}

impl Jobs {
    /// Reads the cluster; gives the CSV.
    pub(in crate::cli) async fn execute(&self) -> Result<String, CliError> {
        let (client, _) = user_client().await?;
        let crons: BTreeMap<String, CronEntry> = all::<SlimCronJob>(&client)
            .await?
            .into_iter()
            .filter_map(|cron| Some((cron.metadata.uid.clone()?, CronEntry::read(&cron))))
            .collect();
        let jobs = all::<SlimJob>(&client).await?.into_iter().filter_map(JobEntry::read);
        let of_cron = |uid: &Arc<str>| crons.get(uid.as_ref());
        let (zones, nodes) = ground(&client).await?;
        let mut zones = Zones::new(zones.iter(), nodes.iter());
        let mut rows: Vec<(Timestamp, Row)> = jobs
            .filter_map(|job| {
                Some((
                    job.created,
                    row(&job, job.cron_job.as_ref().and_then(of_cron), &mut zones)?,
                ))
            })
            .collect();
        rows.sort();
        csv(rows.into_iter().map(|(_, row)| row)).map_err(CliError::Csv)
    }
}

async fn all<K>(client: &Client) -> Result<Vec<K>, CliError>
where
    K: Resource<DynamicType = ()> + Clone + DeserializeOwned + std::fmt::Debug,
{
    let api: Api<K> = Api::all(client.clone());
    let (mut found, mut page) = (Vec::new(), ListParams::default().limit(PAGE));
    loop {
        let list = api.list(&page).await.map_err(CliError::Kube)?;
        found.extend(list.items);
        match list.metadata.continue_ {
            Some(next) if !next.is_empty() => page = page.continue_token(&next),
            _ => return Ok(found),
        }
    }
}

/// The zones of a cluster and its nodes; none where they cannot be read: not everybody may, and Alizé may not be there.
async fn ground(client: &Client) -> Result<(Vec<ZoneEntry>, Vec<NodeEntry>), CliError> {
    let zones = if_there(all::<GridZone>(client).await)?;
    let nodes = if_there(all::<SlimNode>(client).await)?;
    let (Some(zones), Some(nodes)) = (zones, nodes) else {
        say("GridZones or nodes cannot be read here: the column zones stays empty, as if every job could run anywhere");
        return Ok((Vec::new(), Vec::new()));
    };
    Ok((
        zones.into_iter().filter_map(ZoneEntry::read).collect(),
        nodes.into_iter().map(NodeEntry::read).collect(),
    ))
}

/// `None` of a kind that is not there, or that this user may not read.
fn if_there<K>(found: Result<Vec<K>, CliError>) -> Result<Option<Vec<K>>, CliError> {
    match found {
        Err(CliError::Kube(kube::Error::Api(status))) if matches!(status.code, 403 | 404) => Ok(None),
        found => found.map(Some),
    }
}
