//! The EmissionsReports: a namespace's ledger of one month.

use k8s_openapi::apimachinery::pkg::apis::meta::v1::Time;
use kube::api::{ObjectMeta, PostParams};
use kube::{Api, Client};
use tracing::warn;

use super::finished::Finished;
use super::guard::{Guard, WriteError};
use super::status::write;
use crate::api::{EmissionsReport, EmissionsReportSpec, EmissionsReportStatus, ReportEntry};
use crate::metrics::{Resource, Verb, WriteOutcome};

/// Entries kept in a report, and so the most jobs added at a time: a lost answer must not count a job twice.
pub const RECENT: usize = 100;
const METHOD: &str = "Estimated: declared, policy or assumed watts x time x PUE x average intensity of the grid. Baseline: the same job started at submission, spread over the zones that it may use by their capacity.";

/// Writes the reports.
pub struct Reports {
    client: Client,
    guard: Guard,
}

impl Reports {
    /// Writes within `guard`.
    pub fn new(client: Client, guard: Guard) -> Self {
        Self { client, guard }
    }

    /// Adds finished jobs to the report of their namespace and month; true once it is written.
    pub async fn add(&self, namespace: &str, month: &str, finished: &[Finished]) -> bool {
        match self.try_add(namespace, month, finished).await {
            Ok(written) => written,
            Err(WriteError::NotLeading) => false,
            // A namespace on its way out takes no new objects, and nobody will read its report.
            Err(error) if error.outcome() == WriteOutcome::Gone => true,
            Err(error) => {
                warn!(namespace, month, %error, "an EmissionsReport could not be written; it is tried again");
                false
            }
        }
    }

    async fn try_add(&self, namespace: &str, month: &str, finished: &[Finished]) -> Result<bool, WriteError> {
        let api: Api<EmissionsReport> = Api::namespaced(self.client.clone(), namespace);
        let report = if let Some(report) = self.guard.read(api.get_opt(month)).await? {
            report
        } else {
            let (params, empty) = (PostParams::default(), empty(month));
            let create = api.create(&params, &empty);
            self.guard
                .write(Verb::Create, Resource::EmissionsReport, create)
                .await?
        };
        let old = report.status.unwrap_or_default();
        let mut new = old.clone();
        for one in finished {
            add(&mut new, one);
        }
        let version = report.metadata.resource_version.unwrap_or_default();
        Ok(new == old
            || write(
                &self.guard,
                &api,
                Resource::EmissionsReport,
                month,
                &version,
                &old,
                &new,
            )
            .await)
    }
}

fn empty(month: &str) -> EmissionsReport {
    EmissionsReport {
        metadata: ObjectMeta {
            name: Some(month.to_owned()),
            ..ObjectMeta::default()
        },
        spec: EmissionsReportSpec {
            month: month.to_owned(),
        },
        status: None,
    }
}

/// Adds one job, unless it is there already.
fn add(status: &mut EmissionsReportStatus, finished: &Finished) {
    let uid = &*finished.job.key.uid;
    if status.recent.iter().any(|entry| entry.uid == uid) {
        return;
    }
    let receipt = &finished.receipt;
    status.jobs += 1;
    status.missed_starts += i64::from(finished.missed_start);
    status.missed_finishes += i64::from(finished.missed_finish);
    status.energy_watt_hours = sum(&status.energy_watt_hours, receipt.energy.0);
    match receipt.emitted.zip(receipt.baseline) {
        Some((emitted, baseline)) => {
            status.emitted_grams = sum(&status.emitted_grams, emitted.0);
            status.baseline_grams = sum(&status.baseline_grams, baseline.0);
            status.saved_grams = sum(&status.saved_grams, baseline.0 - emitted.0);
            status.added_grams = sum(&status.added_grams, (emitted.0 - baseline.0).max(0.0));
        }
        None => status.unknown += 1,
    }
    METHOD.clone_into(&mut status.method);
    let entry = ReportEntry {
        job: finished.job.key.name.to_string(),
        uid: uid.to_owned(),
        finished: Time(finished.at),
        emitted_grams: receipt.emitted.map(|grams| decimal(grams.0)),
        saved_grams: receipt.saved().map(|grams| decimal(grams.0)),
    };
    status.recent.insert(0, entry);
    status.recent.truncate(RECENT);
}

fn sum(text: &str, more: f64) -> String {
    decimal(text.parse::<f64>().unwrap_or(0.0) + more)
}

/// Four decimals are a tenth of a milligram: sums of many small jobs stay exact enough.
fn decimal(value: f64) -> String {
    format!("{value:.4}")
}
