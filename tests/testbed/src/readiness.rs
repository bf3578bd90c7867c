//! Says when a starting cluster may be used, asking through kubectl so that no client library is needed here.

use std::path::Path;
use std::process::Command;
use std::thread;
use std::time::{Duration, Instant};

use serde_json::Value;

use crate::error::Error;

/// How long anything may take; generous, because two clusters may start beside a build on two cores.
const LIMIT: Duration = Duration::from_secs(120);
const PAUSE: Duration = Duration::from_millis(150);

/// Asks one cluster questions.
pub(crate) struct Probe<'a> {
    /// The program.
    pub kubectl: &'a Path,
    /// The administrator's kubeconfig.
    pub kubeconfig: &'a Path,
}

impl Probe<'_> {
    /// Runs kubectl and returns what it printed.
    ///
    /// # Errors
    /// When it does not run, or says no.
    pub(crate) fn kubectl(&self, args: &[&str]) -> Result<String, Error> {
        let output = Command::new(self.kubectl)
            .env_remove("KUBECONFIG")
            .arg("--kubeconfig")
            .arg(self.kubeconfig)
            .arg("--request-timeout=10s")
            .args(args)
            .output()
            .map_err(Error::run("kubectl"))?;
        if output.status.success() {
            return Ok(String::from_utf8_lossy(&output.stdout).into_owned());
        }
        Err(Error::Failed {
            command: format!("kubectl {}", args.join(" ")),
            status: output.status.to_string(),
            output: String::from_utf8_lossy(&output.stderr).trim().to_owned(),
        })
    }

    /// Tells why the API server is not ready, or `None` if it is.
    pub(crate) fn api_missing(&self) -> Option<String> {
        self.kubectl(&["get", "--raw", "/readyz"])
            .err()
            .map(|error| error.to_string())
    }

    /// Tells what keeps pods from running, or `None` if nothing does: every node Ready and without taint, and the
    /// account that pods run as in `default`.
    pub(crate) fn workloads_missing(&self, nodes: usize) -> Option<String> {
        let listed = match self.kubectl(&["get", "nodes", "--output=json"]) {
            Ok(text) => text,
            Err(error) => return Some(error.to_string()),
        };
        let ready = serde_json::from_str(&listed)
            .map(|list| usable_nodes(&list))
            .unwrap_or_default();
        if ready < nodes {
            return Some(format!("{ready} of {nodes} nodes ready"));
        }
        self.kubectl(&["get", "serviceaccount", "default"])
            .err()
            .map(|error| error.to_string())
    }
}

/// Counts the nodes that are Ready and that no taint closes.
fn usable_nodes(list: &Value) -> usize {
    let ready = |node: &Value| {
        let conditions = node["status"]["conditions"].as_array();
        conditions.is_some_and(|all| all.iter().any(|one| one["type"] == "Ready" && one["status"] == "True"))
    };
    let open = |node: &Value| node["spec"]["taints"].as_array().is_none_or(Vec::is_empty);
    list["items"]
        .as_array()
        .map_or(0, |nodes| nodes.iter().filter(|node| ready(node) && open(node)).count())
}

/// Waits until `missing` says `None`. `alive` is asked in between and ends the wait with its error.
///
/// # Errors
/// What `alive` says, or that time is over and what was missing last.
pub(crate) fn wait(
    what: &str,
    mut missing: impl FnMut() -> Option<String>,
    mut alive: impl FnMut() -> Result<(), Error>,
) -> Result<(), Error> {
    let begin = Instant::now();
    while let Some(last) = missing() {
        alive()?;
        if begin.elapsed() > LIMIT {
            return Err(Error::Timeout {
                what: what.to_owned(),
                seconds: LIMIT.as_secs(),
                last,
            });
        }
        thread::sleep(PAUSE);
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    #[test]
    fn a_tainted_node_does_not_count() {
        let ready = json!({"conditions": [{"type": "Ready", "status": "True"}]});
        let list = json!({"items": [
            {"spec": {}, "status": ready},
            {"spec": {"taints": [{"key": "node.kubernetes.io/not-ready"}]}, "status": ready},
            {"spec": {}, "status": {"conditions": [{"type": "Ready", "status": "False"}]}},
        ]});
        assert_eq!(usable_nodes(&list), 1);
    }
}
