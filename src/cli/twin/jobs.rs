//! `alize twin jobs --from-cluster`: the finished Jobs of a cluster as the jobs of a scenario.

use std::collections::BTreeMap;
use std::sync::Arc;

use clap::Args;
use csv::Writer;
use jiff::Timestamp;
use kube::api::ListParams;
use kube::{Api, Client, Resource};
use serde::de::DeserializeOwned;

use crate::cli::CliError;
use crate::cli::cluster::user_client;
use crate::index::{CronEntry, JobEntry, Phase, SlimCronJob, SlimJob};

/// Objects asked for at a time.
const PAGE: u32 = 500;

/// The columns, named as the scenario's keys: it finds them without `columns`.
const HEADER: [&str; 13] = [
    "id",
    "namespace",
    "group",
    "labels",
    "submit",
    "duration",
    "cpus",
    "memoryGiB",
    "gpus",
    "watts",
    "maxDelay",
    "finishBy",
    "interruptible",
];

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
        let mut rows: Vec<(Timestamp, [String; 13])> = jobs
            .filter_map(|job| Some((job.created, row(&job, job.cron_job.as_ref().and_then(of_cron))?)))
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

/// The row of a job that has run; `None` of one that has not. A run of a CronJob is due at the next tick, where its runs may
/// not overlap.
fn row(job: &JobEntry, cron: Option<&CronEntry>) -> Option<[String; 13]> {
    let Phase::Finished {
        started: Some(started),
        at,
        ..
    } = job.phase
    else {
        return None;
    };
    let wishes = job.wishes.as_ref().ok();
    let tick = cron
        .filter(|cron| !cron.allows_overlap)
        .and_then(|cron| cron.next_tick(job.created));
    let finish_by = [wishes.and_then(|wishes| wishes.finish_by), tick]
        .into_iter()
        .flatten()
        .min();
    let max_delay = wishes.and_then(|wishes| wishes.max_delay);
    let labels = job.labels.iter().map(|(key, value)| format!("{key}={value}"));
    let seconds = |duration: jiff::SignedDuration| format!("{}s", duration.as_secs().max(0));
    let request = job.request;
    Some([
        format!("{}/{}", job.key.namespace, job.key.name),
        job.key.namespace.to_string(),
        job.kind.group.as_deref().unwrap_or_default().to_owned(),
        labels.collect::<Vec<_>>().join(";"),
        job.created.to_string(),
        seconds(at.duration_since(started)),
        (request.cpu_milli as f64 / 1000.0).to_string(),
        (request.memory_bytes as f64 / f64::from(1 << 30)).to_string(),
        request.gpus.to_string(),
        wishes
            .and_then(|wishes| wishes.watts)
            .map_or_else(String::new, |watts| watts.0.to_string()),
        max_delay.map_or_else(String::new, seconds),
        finish_by.map_or_else(String::new, |by| by.to_string()),
        wishes.is_some_and(|wishes| wishes.interruptible).to_string(),
    ])
}

fn csv(rows: impl Iterator<Item = [String; 13]>) -> Result<String, csv::Error> {
    let mut writer = Writer::from_writer(Vec::new());
    writer.write_record(HEADER)?;
    for row in rows {
        writer.write_record(row)?;
    }
    let bytes = writer.into_inner().map_err(csv::IntoInnerError::into_error)?;
    Ok(String::from_utf8_lossy(&bytes).into_owned())
}

#[cfg(test)]
mod tests {
    use super::*;

    fn job(status: &str) -> JobEntry {
        let yaml = format!(
            "metadata: {{name: render-1, namespace: video, uid: u, resourceVersion: '1', creationTimestamp: '2026-11-20T10:00:00Z', \
             labels: {{team: a}}, annotations: {{alize.dev/interruptible: 'true', alize.dev/max-delay: 6h}}}}\n\
             spec: {{parallelism: 2, template: {{spec: {{containers: [{{resources: {{requests: {{cpu: 1500m, memory: 2Gi}}}}}}]}}}}}}\n\
             status: {status}"
        );
        JobEntry::read(serde_saphyr::from_str(&yaml).unwrap()).unwrap()
    }

    const DONE: &str = "{startTime: '2026-11-20T11:00:00Z', completionTime: '2026-11-20T11:30:00Z', conditions: [{type: Complete, \
                        status: 'True', lastTransitionTime: '2026-11-20T11:30:00Z'}]}";

    fn cell(row: &[String; 13], name: &str) -> String {
        row[HEADER.iter().position(|column| *column == name).unwrap()].clone()
    }

    #[test]
    fn a_finished_job_becomes_a_row_with_what_all_its_pods_took() {
        let row = row(&job(DONE), None).unwrap();
        let cells = [
            "id",
            "labels",
            "submit",
            "duration",
            "cpus",
            "memoryGiB",
            "maxDelay",
            "finishBy",
            "interruptible",
        ];
        assert_eq!(
            cells.map(|name| cell(&row, name)),
            [
                "video/render-1",
                "team=a",
                "2026-11-20T10:00:00Z",
                "1800s",
                "3",
                "4",
                "21600s",
                "",
                "true"
            ]
        );
    }

    #[test]
    fn a_run_of_a_cron_job_that_forbids_overlap_is_due_at_the_next_tick() {
        let cron = |policy: &str| -> CronEntry {
            let yaml = format!(
                "metadata: {{name: c, namespace: video}}\nspec: {{schedule: '0 * * * *', concurrencyPolicy: {policy}}}"
            );
            CronEntry::read(&serde_saphyr::from_str(&yaml).unwrap())
        };
        assert_eq!(
            cell(&row(&job(DONE), Some(&cron("Forbid"))).unwrap(), "finishBy"),
            "2026-11-20T11:00:00Z"
        );
        assert_eq!(cell(&row(&job(DONE), Some(&cron("Allow"))).unwrap(), "finishBy"), "");
    }

    #[test]
    fn a_job_that_still_runs_has_no_row() {
        assert_eq!(row(&job("{startTime: '2026-11-20T11:00:00Z', active: 1}"), None), None);
    }
}
