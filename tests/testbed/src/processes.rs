//! The command lines of the cluster's processes.

use std::net::TcpListener;
use std::path::{Path, PathBuf};

use crate::error::Error;

/// Where the processes find each other and their files.
#[derive(Debug, Clone)]
pub(crate) struct Layout {
    dir: PathBuf,
    etcd_clients: u16,
    etcd_peers: u16,
    api: u16,
}

impl Layout {
    /// Picks free ports. They are free now; whoever takes one first later is noticed when the process that should
    /// have it ends early.
    ///
    /// # Errors
    /// When loopback has no port left.
    pub(crate) fn new(dir: &Path) -> Result<Self, Error> {
        // All are held at once, so that they differ.
        let listeners: Vec<TcpListener> = (0..3)
            .map(|_| TcpListener::bind(("127.0.0.1", 0)))
            .collect::<Result<_, _>>()
            .map_err(Error::NoPort)?;
        let ports: Vec<u16> = listeners
            .iter()
            .map(|listener| listener.local_addr().map(|address| address.port()))
            .collect::<Result<_, _>>()
            .map_err(Error::NoPort)?;
        Ok(Self {
            dir: dir.to_path_buf(),
            etcd_clients: ports[0],
            etcd_peers: ports[1],
            api: ports[2],
        })
    }

    /// Returns the API server's URL.
    pub(crate) fn server(&self) -> String {
        format!("https://127.0.0.1:{}", self.api)
    }

    /// Returns the path of a file in the cluster's directory.
    pub(crate) fn path(&self, name: &str) -> PathBuf {
        self.dir.join(name)
    }

    fn file(&self, flag: &str, name: &str) -> String {
        format!("--{flag}={}", self.path(name).display())
    }

    /// etcd without fsync: nothing here outlives the machine.
    pub(crate) fn etcd(&self) -> Vec<String> {
        let clients = format!("http://127.0.0.1:{}", self.etcd_clients);
        let peers = format!("http://127.0.0.1:{}", self.etcd_peers);
        vec![
            "--name=testbed".into(),
            self.file("data-dir", "etcd"),
            format!("--listen-client-urls={clients}"),
            format!("--advertise-client-urls={clients}"),
            format!("--listen-peer-urls={peers}"),
            format!("--initial-advertise-peer-urls={peers}"),
            format!("--initial-cluster=testbed={peers}"),
            "--unsafe-no-fsync".into(),
            "--log-level=warn".into(),
        ]
    }

    /// The API server: TLS by our authority, one administrator by token, RBAC for all others, every request audited.
    pub(crate) fn apiserver(&self) -> Vec<String> {
        vec![
            format!("--etcd-servers=http://127.0.0.1:{}", self.etcd_clients),
            "--bind-address=127.0.0.1".into(),
            "--advertise-address=127.0.0.1".into(),
            format!("--secure-port={}", self.api),
            self.file("cert-dir", "apiserver"),
            self.file("tls-cert-file", "server.crt"),
            self.file("tls-private-key-file", "server.key"),
            self.file("token-auth-file", "tokens.csv"),
            "--service-account-issuer=https://kubernetes.default.svc".into(),
            self.file("service-account-signing-key-file", "accounts.key"),
            self.file("service-account-key-file", "accounts.pub"),
            "--service-cluster-ip-range=10.0.0.0/16".into(),
            "--authorization-mode=RBAC".into(),
            "--endpoint-reconciler-type=none".into(),
            "--allow-privileged".into(),
            self.file("audit-policy-file", "audit-policy.yaml"),
            self.file("audit-log-path", "audit.log"),
        ]
    }

    /// The default set of controllers. With the default client limits a thousand released Jobs take minutes.
    pub(crate) fn controller_manager(&self) -> Vec<String> {
        let mut args = self.client("controller-manager.kubeconfig");
        args.extend([
            "--concurrent-job-syncs=20".into(),
            self.file("service-account-private-key-file", "accounts.key"),
            self.file("root-ca-file", "ca.crt"),
        ]);
        args
    }

    /// The scheduler, with the same client limits.
    pub(crate) fn scheduler(&self) -> Vec<String> {
        self.client("scheduler.kubeconfig")
    }

    /// What is common to the two clients that would otherwise elect a leader and serve a port.
    fn client(&self, kubeconfig: &str) -> Vec<String> {
        vec![
            self.file("kubeconfig", kubeconfig),
            "--leader-elect=false".into(),
            "--secure-port=0".into(),
            "--kube-api-qps=2000".into(),
            "--kube-api-burst=4000".into(),
        ]
    }

    /// KWOK as every node's kubelet.
    pub(crate) fn kwok(&self) -> Vec<String> {
        vec![
            self.file("kubeconfig", "kwok.kubeconfig"),
            self.file("config", "stages.yaml"),
            "--manage-all-nodes=true".into(),
            "--node-lease-duration-seconds=40".into(),
        ]
    }
}
