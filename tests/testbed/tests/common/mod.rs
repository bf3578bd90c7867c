//! What the tests of the test cluster share.

#![allow(clippy::missing_panics_doc, missing_docs, reason = "for tests only")]
#![allow(dead_code, reason = "each test file uses its part")]

use std::io::Write as _;
use std::path::PathBuf;
use std::process::{Command, Output, Stdio};
use std::thread;
use std::time::{Duration, Instant};

use testbed::Cluster;

/// kubectl against one cluster.
pub struct Kubectl {
    program: PathBuf,
    kubeconfig: PathBuf,
}

impl Kubectl {
    pub fn new(cluster: &Cluster) -> Self {
        let tools = testbed::tools().expect("the programs are built");
        Self {
            program: tools.kubectl,
            kubeconfig: cluster.kubeconfig.clone(),
        }
    }

    fn command(&self) -> Command {
        let mut command = Command::new(&self.program);
        command.arg("--kubeconfig").arg(&self.kubeconfig);
        command
    }

    /// Returns what kubectl prints.
    pub fn ask(&self, args: &[&str]) -> String {
        printed(self.command().args(args).output().expect("kubectl runs"))
    }

    /// Creates an object in the namespace `default`.
    pub fn create(&self, object: &serde_json::Value) {
        let mut command = self.command();
        command
            .args(["create", "--filename=-"])
            .stdin(Stdio::piped())
            .stdout(Stdio::piped())
            .stderr(Stdio::piped());
        let mut child = command.spawn().expect("kubectl runs");
        let mut stdin = child.stdin.take().expect("a pipe");
        stdin.write_all(object.to_string().as_bytes()).expect("kubectl reads");
        drop(stdin);
        printed(child.wait_with_output().expect("kubectl ends"));
    }
}

fn printed(output: Output) -> String {
    assert!(
        output.status.success(),
        "kubectl: {}",
        String::from_utf8_lossy(&output.stderr)
    );
    String::from_utf8(output.stdout).expect("kubectl prints UTF-8")
}

/// Waits until `done`, a minute at most.
pub fn wait_for(what: &str, mut done: impl FnMut() -> bool) {
    let begin = Instant::now();
    while !done() {
        assert!(begin.elapsed() < Duration::from_secs(60), "waited in vain for {what}");
        thread::sleep(Duration::from_millis(100));
    }
}
