//! Starts the processes of one cluster in their order, and ends them in the opposite one.

use std::fs;
use std::path::Path;
use std::sync::mpsc::Receiver;

use crate::binaries::Tools;
use crate::certificates;
use crate::child::Child;
use crate::error::Error;
use crate::kubeconfig::{self, USERS};
use crate::processes::Layout;
use crate::readiness::{self, Probe};

const STAGES: &str = include_str!("../../cluster/stages.yaml");
const AUDIT_POLICY: &str = include_str!("../../cluster/audit-policy.yaml");
const NODES: &str = include_str!("../../cluster/nodes.yaml");

/// How often a start is tried: a port may be taken between its choice and its use.
const ATTEMPTS: usize = 3;

/// A cluster whose processes run.
pub(crate) struct Running {
    /// Where everything is.
    pub layout: Layout,
    /// In the order of their start; dropped in the opposite one.
    pub children: Vec<Child>,
}

impl Running {
    /// Fails if one of the processes has ended.
    ///
    /// # Errors
    /// Which one, and the tail of its log.
    pub(crate) fn check(&mut self) -> Result<(), Error> {
        self.children.iter_mut().try_for_each(Child::check)
    }
}

impl Drop for Running {
    /// Clients first: none of them shall complain in its log about a server that has gone.
    fn drop(&mut self) {
        while self.children.pop().is_some() {}
    }
}

/// Starts a cluster; `None` if it should stop before it is ready. A lost race for a port is tried again.
///
/// # Errors
/// When a process ends early or something does not become ready in time.
pub(crate) fn start(
    tools: &Tools,
    nodes: Option<&Path>,
    dir: &Path,
    stop: &Receiver<()>,
) -> Result<Option<Running>, Error> {
    let mut attempt = 1;
    loop {
        let mut stopped = false;
        match start_once(tools, nodes, dir, stop, &mut stopped) {
            Err(_) if stopped => return Ok(None),
            Err(Error::ChildDied { tail, .. }) if tail.contains("address already in use") && attempt < ATTEMPTS => {
                let _ = fs::remove_dir_all(dir.join("etcd"));
                attempt += 1;
            }
            Err(error) => return Err(error),
            Ok(running) => return Ok(Some(running)),
        }
    }
}

fn start_once(
    tools: &Tools,
    nodes: Option<&Path>,
    dir: &Path,
    stop: &Receiver<()>,
    stopped: &mut bool,
) -> Result<Running, Error> {
    let layout = Layout::new(dir)?;
    write_files(&layout, nodes)?;
    let (kubeconfig, manifest) = (layout.path("kubeconfig"), layout.path("nodes.yaml"));
    let probe = Probe {
        kubectl: &tools.kubectl,
        kubeconfig: &kubeconfig,
    };
    let mut running = Running {
        layout,
        children: Vec::new(),
    };

    let etcd = Child::start("etcd", &tools.etcd, &running.layout.etcd(), dir)?;
    running.children.push(etcd);
    let api = Child::start(
        "kube-apiserver",
        &tools.kube_apiserver,
        &running.layout.apiserver(),
        dir,
    )?;
    running.children.push(api);
    // Only a stop is an error that is not the cluster's fault; `stopped` tells it apart.
    let mut alive = |running: &mut Running| {
        *stopped = stop.try_recv().is_ok();
        if *stopped {
            Err(Error::NotStarted {
                report: "asked to stop".into(),
            })
        } else {
            running.check()
        }
    };
    readiness::wait("the API server", || probe.api_missing(), || alive(&mut running))?;

    let clients = [
        (
            "kube-controller-manager",
            &tools.kube_controller_manager,
            running.layout.controller_manager(),
        ),
        ("kube-scheduler", &tools.kube_scheduler, running.layout.scheduler()),
        ("kwok", &tools.kwok, running.layout.kwok()),
    ];
    for (name, program, args) in clients {
        running.children.push(Child::start(name, program, &args, dir)?);
    }
    let created = probe.kubectl(&["create", "--output=name", "--filename", &manifest.to_string_lossy()])?;
    let count = created.lines().filter(|line| line.starts_with("node/")).count();
    readiness::wait(
        "nodes and accounts",
        || probe.workloads_missing(count),
        || alive(&mut running),
    )?;
    Ok(running)
}

/// Writes everything that the processes read.
fn write_files(layout: &Layout, nodes: Option<&Path>) -> Result<(), Error> {
    let secrets = certificates::make()?;
    let nodes = match nodes {
        Some(path) => fs::read_to_string(path).map_err(Error::file("read", path))?,
        None => NODES.to_owned(),
    };
    let mut files = vec![
        ("stages.yaml", STAGES.to_owned()),
        ("audit-policy.yaml", AUDIT_POLICY.to_owned()),
        ("nodes.yaml", nodes),
        ("server.crt", secrets.server),
        ("server.key", secrets.server_key),
        ("accounts.key", secrets.accounts_key),
        ("accounts.pub", secrets.accounts_public),
    ];
    let mut tokens = String::new();
    for user in &USERS {
        let token = kubeconfig::token()?;
        tokens.push_str(&user.token_line(&token));
        files.push((
            user.file,
            kubeconfig::render(&layout.server(), &secrets.authority, &token),
        ));
    }
    files.push(("tokens.csv", tokens));
    files.push(("ca.crt", secrets.authority));
    files.into_iter().try_for_each(|(name, content)| {
        let path = layout.path(name);
        fs::write(&path, content).map_err(Error::file("write", &path))
    })
}
