//! CronJobs: a held run starts before the next tick would skip it (Forbid) or delete it (Replace).

use std::time::Duration;

use k8s_openapi::api::batch::v1::CronJob;
use kube::Api;
use kube::api::PostParams;
use serde_json::json;

use super::jobs::job;
use super::scene::Scene;
use super::watching::eventually;

#[tokio::test(flavor = "multi_thread")]
async fn a_cron_job_that_forbids_or_replaces_never_loses_a_run() {
    let scene = Scene::new("cron").await;
    let _operator = scene.operator();
    scene.greener_later().await;
    scene.enforce(json!({"delay": {"max": "10m"}})).await;
    let cron_jobs: Api<CronJob> = Api::namespaced(scene.client.clone(), "cron");
    for policy in ["Forbid", "Replace"] {
        let template = job("unused").json().clone();
        let mut metadata = template["metadata"].clone();
        metadata.as_object_mut().unwrap().remove("name");
        let cron = json!({
            "apiVersion": "batch/v1",
            "kind": "CronJob",
            "metadata": {"name": policy.to_lowercase()},
            "spec": {
                "schedule": "* * * * *",
                "concurrencyPolicy": policy,
                "jobTemplate": {"metadata": metadata, "spec": template["spec"]},
            },
        });
        cron_jobs
            .create(&PostParams::default(), &serde_json::from_value(cron).unwrap())
            .await
            .unwrap();
    }
    // Two whole ticks of each: the second comes only if the first was over in time.
    eventually("two runs of each have completed", Duration::from_secs(200), || async {
        let done = |prefix: &str| {
            let all = scene.observer.all();
            let runs = all
                .iter()
                .filter(|(name, sight)| name.starts_with(prefix) && sight.completed);
            runs.count() >= 2
        };
        (done("forbid-") && done("replace-")).then_some(())
    })
    .await;
    for (name, sight) in scene.observer.all() {
        assert!(
            !sight.deleted_unfinished,
            "{name} was replaced before it ran: {sight:?}"
        );
        assert!(
            sight.suspend.first().is_some_and(|(_, suspended)| *suspended),
            "{name} was held: {sight:?}"
        );
    }
}
