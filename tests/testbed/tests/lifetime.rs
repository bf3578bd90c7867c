//! Nothing survives: neither the drop of a cluster nor the murder of its supervisor leaves a process.

#![allow(clippy::expect_used, reason = "a test ends with what it did not expect")]

mod common;

use std::fs;

use common::wait_for;
use rustix::process::{Pid, Signal, kill_process};
use testbed::{Cluster, ProcessInfo};

/// Tells whether a process runs: it is listed and not merely waiting to be reaped.
fn runs(process: &ProcessInfo) -> bool {
    let status = fs::read_to_string(format!("/proc/{}/status", process.pid)).unwrap_or_default();
    status
        .lines()
        .any(|line| line.starts_with("State:") && !line.contains("zombie"))
}

fn kill(pid: u32) {
    let pid = Pid::from_raw(i32::try_from(pid).expect("a process id")).expect("not zero");
    kill_process(pid, Signal::KILL).expect("it is ours");
}

#[test]
fn a_dropped_cluster_leaves_no_process_and_no_file() {
    let cluster = Cluster::start().expect("a cluster starts");
    let (processes, dir) = (cluster.processes.clone(), cluster.dir.clone());
    assert_eq!(processes.len(), 6, "{processes:?}");
    assert!(processes.iter().all(runs), "{processes:?}");
    drop(cluster);
    assert!(!processes.iter().any(runs), "{processes:?}");
    assert!(!dir.exists(), "{}", dir.display());
}

#[test]
fn a_killed_supervisor_takes_its_processes_with_it() {
    let cluster = Cluster::start().expect("a cluster starts");
    let (processes, dir) = (cluster.processes.clone(), cluster.dir.clone());
    kill(cluster.processes[0].pid);
    wait_for("the processes to end", || !processes.iter().any(runs));
    drop(cluster);
    assert!(!dir.exists(), "{}", dir.display());
}

#[test]
fn a_process_that_dies_early_ends_the_cluster() {
    let cluster = Cluster::start().expect("a cluster starts");
    let (processes, dir) = (cluster.processes.clone(), cluster.dir.clone());
    let scheduler = processes
        .iter()
        .find(|process| process.name == "kube-scheduler")
        .expect("a scheduler");
    kill(scheduler.pid);
    wait_for("the cluster to end", || !processes.iter().any(runs));
    drop(cluster);
    assert!(dir.join("kube-scheduler.log").exists(), "its logs are kept");
    fs::remove_dir_all(dir).expect("they are ours to remove");
}
