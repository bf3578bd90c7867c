//! The cluster with the product on it, as processes of this machine.

use std::env;
use std::fs;
use std::path::{Path, PathBuf};
use std::process::Command;

use kube::config::{KubeConfigOptions, Kubeconfig};
use kube::{Client, Config};
use testbed::Cluster;
use testbed::detached::Home;
use testbed::product::{ACCOUNTS, Operator, Product};

use crate::error::Error;

/// The name of the operator's replica, and of its log.
const IDENTITY: &str = "alize-demo";

/// The cluster. Dropping it ends everything on it, the operator first.
pub struct Stage {
    operator: Option<Operator>,
    cluster: Cluster,
    /// Where a cluster lives that may outlive the demo.
    home: Option<Home>,
    /// Whether it shall.
    keeps: bool,
    root: PathBuf,
    program: PathBuf,
}

impl Stage {
    /// Starts a cluster; with `keep` one that can be left running.
    ///
    /// # Errors
    /// When the operator's binary is missing, the cluster does not start, or one that is kept runs already.
    pub fn up(keep: bool) -> Result<Self, Error> {
        let root = PathBuf::from(env!("CARGO_MANIFEST_DIR")).join("../..");
        let own = env::current_exe().map_err(Error::file("find", Path::new("the demo's own binary")))?;
        let program = own.with_file_name("alize");
        if !program.is_file() {
            return Err(Error::NoProgram(program));
        }
        let home = keep.then(Home::new).transpose()?;
        if home.as_ref().is_some_and(|home| home.announcement().is_some()) {
            return Err(Error::InTheWay);
        }
        let cluster = match &home {
            Some(home) => Cluster::staying(home.up()?),
            None => Cluster::start()?,
        };
        Ok(Self {
            operator: None,
            cluster,
            home,
            keeps: false,
            root: fs::canonicalize(&root).map_err(Error::file("find", &root))?,
            program,
        })
    }

    /// Installs the product from its chart.
    ///
    /// # Errors
    /// When Helm or the API server refuse it.
    pub fn install(&self) -> Result<Product, Error> {
        Ok(Product::install(&self.cluster, &self.root, &self.program)?)
    }

    /// Starts the operator, as its own ServiceAccount, and waits until it is ready. It ends with the thread that calls.
    ///
    /// # Errors
    /// When it does not become ready.
    pub fn start_operator(&mut self, product: &Product) -> Result<(), Error> {
        self.operator = Some(product.operator(IDENTITY, &["--release-rate", "20"])?);
        Ok(())
    }

    /// A folder of the repository.
    pub fn path(&self, part: &str) -> PathBuf {
        self.root.join(part)
    }

    /// An administrator's kubeconfig.
    pub fn kubeconfig(&self) -> &Path {
        &self.cluster.kubeconfig
    }

    /// An administrator's client.
    ///
    /// # Errors
    /// When the kubeconfig cannot be used.
    pub async fn client(&self) -> Result<Client, Error> {
        let kubeconfig = Kubeconfig::read_from(self.kubeconfig()).map_err(Error::kube("read the kubeconfig"))?;
        let config = Config::from_custom_kubeconfig(kubeconfig, &KubeConfigOptions::default()).await;
        let config = config.map_err(Error::kube("use the kubeconfig"))?;
        Client::try_from(config).map_err(Error::kube("make a client"))
    }

    /// What `alize explain job` says of a job.
    pub fn explain(&self, job: &str) -> Option<String> {
        let (namespace, name) = job.split_once('/')?;
        let mut command = Command::new(&self.program);
        command
            .args(["explain", "job", name, "--namespace", namespace])
            .env("KUBECONFIG", self.kubeconfig());
        let output = command.output().ok().filter(|output| output.status.success())?;
        String::from_utf8(output.stdout).ok()
    }

    /// Copies what people look at afterwards into `directory`: the operator's log and its metrics.
    pub fn save(&self, directory: &Path) {
        let _ = fs::create_dir_all(directory);
        let _ = fs::copy(
            self.cluster.dir.join(format!("{IDENTITY}.log")),
            directory.join("operator.log"),
        );
        if let Some((_, metrics)) = self
            .operator
            .as_ref()
            .and_then(|operator| operator.get("/metrics").ok())
        {
            let _ = fs::write(directory.join("metrics.txt"), metrics);
        }
    }

    /// Leaves the cluster running, without operator and with nothing that would be held: the fail-safe has disarmed it.
    /// Returns how to go on.
    ///
    /// # Errors
    /// When the operator does not end, or the fail-safe fails.
    pub fn leave(&mut self, product: &Product) -> Result<String, Error> {
        if let Some(operator) = self.operator.take() {
            operator.terminate()?;
        }
        product.run(&["failsafe"], ACCOUNTS[1])?;
        self.keeps = true;
        let account = product.account(ACCOUNTS[0])?;
        let relative = |path: &Path| path.strip_prefix(&self.root).unwrap_or(path).display().to_string();
        Ok(format!(
            "The cluster stays; its operator has ended and nothing new is held:\n  \
             export KUBECONFIG={}\n  \
             alias kubectl={} alize={}\n  \
             KUBECONFIG={} {} run --listen 127.0.0.1:8080   # the operator again\n  \
             make cluster-down   # ends the cluster",
            self.kubeconfig().display(),
            testbed::tools()?.kubectl.display(),
            self.program.display(),
            relative(&account),
            relative(&self.program),
        ))
    }
}

impl Drop for Stage {
    fn drop(&mut self) {
        drop(self.operator.take());
        if let Some(home) = self.home.as_ref().filter(|_| !self.keeps) {
            let _ = home.down();
        }
    }
}
