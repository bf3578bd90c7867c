//! Pods do what their annotations say. All tests here share one cluster, which ends with their process.

#![allow(clippy::expect_used, reason = "a test ends with what it did not expect")]

mod common;

use std::sync::OnceLock;
use std::time::{Duration, Instant};

use common::{Kubectl, wait_for};
use serde_json::json;
use testbed::Cluster;

static CLUSTER: OnceLock<Cluster> = OnceLock::new();

fn kubectl() -> Kubectl {
    Kubectl::new(CLUSTER.get_or_init(|| Cluster::start().expect("a cluster starts")))
}

/// Creates a Job of one pod with these annotations in its template.
fn create_job(name: &str, annotations: &serde_json::Value) {
    kubectl().create(&json!({
        "apiVersion": "batch/v1",
        "kind": "Job",
        "metadata": {"name": name},
        "spec": {
            "backoffLimit": 0,
            "template": {
                "metadata": {"annotations": annotations, "finalizers": ["testbed.alize.dev/look"]},
                "spec": {"restartPolicy": "Never", "containers": [{"name": "main", "image": "none"}]},
            },
        },
    }));
}

/// Reads a field of the Job's only pod.
fn pod_field(job: &str, path: &str) -> String {
    let selector = format!("--selector=job-name={job}");
    kubectl().ask(&[
        "get",
        "pods",
        &selector,
        &format!("--output=jsonpath={{.items[*]{path}}}"),
    ])
}

fn job_field(job: &str, path: &str) -> String {
    kubectl().ask(&["get", "job", job, &format!("--output=jsonpath={{{path}}}")])
}

/// Deletes the Job's only pod. It stays visible, for the tests hold it by a finalizer of their own.
fn delete_pod(job: &str) {
    kubectl().ask(&["delete", "pods", "--wait=false", &format!("--selector=job-name={job}")]);
}

#[test]
fn a_fresh_cluster_has_four_nodes_in_each_of_three_zones() {
    let zones = kubectl().ask(&[
        "get",
        "nodes",
        r"--output=jsonpath={range .items[*]}{.metadata.labels.topology\.kubernetes\.io/zone} {end}",
    ]);
    for zone in ["ma", "es", "fr"] {
        assert_eq!(
            zones.split_whitespace().filter(|found| *found == zone).count(),
            4,
            "{zones}"
        );
    }
}

#[test]
fn a_job_completes_after_the_time_its_template_says_and_not_before() {
    let begin = Instant::now();
    create_job("three-seconds", &json!({"testbed.alize.dev/runs-for": "3s"}));
    wait_for("the Job to complete", || {
        job_field("three-seconds", ".status.succeeded") == "1"
    });
    assert!(begin.elapsed() >= Duration::from_secs(3), "after {:?}", begin.elapsed());
}

#[test]
fn a_change_to_a_running_pod_does_not_make_it_run_longer() {
    create_job("touched", &json!({"testbed.alize.dev/runs-for": "20s"}));
    wait_for("the pod to run", || pod_field("touched", ".status.phase") == "Running");
    let end = || {
        pod_field(
            "touched",
            r#".status.conditions[?(@.type=="testbed.alize.dev/WorkEnds")].message"#,
        )
    };
    let promised = end();
    kubectl().ask(&["annotate", "pods", "--selector=job-name=touched", "touched=yes"]);
    assert!(!promised.is_empty());
    assert_eq!(end(), promised);
}

#[test]
fn a_job_that_is_told_to_fail_fails_with_its_exit_code() {
    create_job(
        "fails",
        &json!({"testbed.alize.dev/exit": "fail", "testbed.alize.dev/exit-code": "42"}),
    );
    wait_for("the Job to fail", || job_field("fails", ".status.failed") == "1");
    assert_eq!(
        pod_field("fails", ".status.containerStatuses[0].state.terminated.exitCode"),
        "42"
    );
}

#[test]
fn a_deleted_pod_that_minds_sigterm_fails_with_code_143_first() {
    create_job(
        "sigterm",
        &json!({"testbed.alize.dev/runs-for": "1h", "testbed.alize.dev/on-sigterm": "fail"}),
    );
    wait_for("the pod to run", || pod_field("sigterm", ".status.phase") == "Running");
    delete_pod("sigterm");
    wait_for("the pod to fail", || pod_field("sigterm", ".status.phase") == "Failed");
    assert_eq!(
        pod_field("sigterm", ".status.containerStatuses[0].state.terminated.exitCode"),
        "143"
    );
}

#[test]
fn a_deleted_pod_that_makes_a_checkpoint_goes_after_it_with_code_0() {
    let begin = Instant::now();
    create_job(
        "checkpoint",
        &json!({
            "testbed.alize.dev/runs-for": "1h",
            "testbed.alize.dev/on-sigterm": "checkpoint",
            "testbed.alize.dev/checkpoint-takes": "3s",
        }),
    );
    wait_for("the pod to run", || {
        pod_field("checkpoint", ".status.phase") == "Running"
    });
    delete_pod("checkpoint");
    wait_for("the checkpoint", || {
        pod_field("checkpoint", ".status.phase") == "Succeeded"
    });
    assert!(begin.elapsed() >= Duration::from_secs(3), "after {:?}", begin.elapsed());
    assert_eq!(
        pod_field("checkpoint", ".status.containerStatuses[0].state.terminated.exitCode"),
        "0"
    );
}

#[test]
fn the_pod_of_a_deployment_stays() {
    kubectl().create(&json!({
        "apiVersion": "apps/v1",
        "kind": "Deployment",
        "metadata": {"name": "web"},
        "spec": {
            "selector": {"matchLabels": {"app": "web"}},
            "template": {
                "metadata": {"labels": {"app": "web"}},
                "spec": {"containers": [{"name": "main", "image": "none"}]},
            },
        },
    }));
    kubectl().ask(&["rollout", "status", "deployment/web", "--timeout=60s"]);
    // Longer than a Job's pod would live.
    std::thread::sleep(Duration::from_millis(2500));
    assert_eq!(
        kubectl().ask(&["get", "deployment", "web", "--output=jsonpath={.status.readyReplicas}"]),
        "1"
    );
}

#[test]
fn the_audit_log_tells_who_asked_for_what() {
    create_job("audited", &json!({}));
    let log = CLUSTER.get().expect("the cluster runs").dir.join("audit.log");
    wait_for("the scheduler's binding in the audit log", || {
        let text = std::fs::read_to_string(&log).unwrap_or_default();
        text.lines()
            .any(|line| line.contains("system:kube-scheduler") && line.contains("\"subresource\":\"binding\""))
    });
}
