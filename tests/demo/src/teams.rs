//! What the teams do: they submit the examples and the made-up jobs, each at its time.

use std::time::{Duration, Instant};

use k8s_openapi::api::batch::v1::{CronJob, Job};
use kube::api::{ListParams, Patch, PatchParams, PostParams};
use kube::{Api, Client, ResourceExt as _};
use serde_json::{Value, json};
use testbed::product::Product;
use tokio::time::sleep;

use crate::error::Error;
use crate::{examples, workload};

/// New jobs are held this soon after the operator's start.
const ARMED_WITHIN: Duration = Duration::from_secs(20);
/// CronJobs are suspended after this time, so that their last run is over before the day is.
const CRON_JOBS_FOR: Duration = Duration::from_secs(60);

/// The teams.
pub struct Teams<'a> {
    /// Their client; an administrator's.
    pub client: &'a Client,
    /// Applies manifests.
    pub product: &'a Product,
}

impl Teams<'_> {
    /// Waits until a job created now would be held, in every namespace of an Enforce policy; asked by dry runs.
    ///
    /// # Errors
    /// When none is held in time.
    pub async fn until_armed(&self) -> Result<(), Error> {
        let begin = Instant::now();
        let dry_run = PostParams {
            dry_run: true,
            ..PostParams::default()
        };
        for namespace in ["analytics", "ml", "payments"] {
            let api: Api<Job> = Api::namespaced(self.client.clone(), namespace);
            loop {
                let born = api.create(&dry_run, &workload::probe()).await;
                let born = born.map_err(Error::kube("try to create a job"))?;
                if born.spec.and_then(|spec| spec.suspend) == Some(true) {
                    break;
                }
                if begin.elapsed() > ARMED_WITHIN {
                    return Err(Error::NotArmed {
                        namespace: namespace.to_owned(),
                        seconds: ARMED_WITHIN.as_secs(),
                    });
                }
                sleep(Duration::from_millis(100)).await;
            }
        }
        Ok(())
    }

    /// Applies the examples, then creates the made-up jobs, each at its time.
    ///
    /// # Errors
    /// When the API server refuses one of them.
    pub async fn submit(&self, examples: &[Value]) -> Result<(), Error> {
        let manifests = examples::manifests(examples);
        tokio::task::block_in_place(|| self.product.apply(&manifests))?;
        let begin = tokio::time::Instant::now();
        for submission in workload::submissions() {
            tokio::time::sleep_until(begin + submission.after).await;
            let job: Job = serde_json::from_value(submission.job).map_err(Error::kube("read a made-up job"))?;
            let api: Api<Job> = Api::namespaced(self.client.clone(), &job.namespace().unwrap_or_default());
            let created = api.create(&PostParams::default(), &job).await;
            created.map_err(Error::kube("create a job"))?;
        }
        Ok(())
    }

    /// Suspends the CronJobs once they have run a few times.
    ///
    /// # Errors
    /// When the API server refuses.
    pub async fn stop_cron_jobs(&self) -> Result<(), Error> {
        sleep(CRON_JOBS_FOR).await;
        let all: Api<CronJob> = Api::namespaced(self.client.clone(), "analytics");
        let list = all.list(&ListParams::default()).await;
        for cron_job in list.map_err(Error::kube("list the CronJobs"))? {
            let patch = Patch::Merge(json!({"spec": {"suspend": true}}));
            let done = all.patch(&cron_job.name_any(), &PatchParams::default(), &patch).await;
            done.map_err(Error::kube("suspend a CronJob"))?;
        }
        Ok(())
    }
}
