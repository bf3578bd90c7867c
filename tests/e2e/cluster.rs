//! One cluster for all tests, and one test at a time.

use std::path::{Path, PathBuf};
use std::sync::OnceLock;

use kube::config::{KubeConfigOptions, Kubeconfig};
use kube::{Client, Config};
use testbed::Cluster;
use testbed::product::Product;
use tokio::sync::{Mutex, MutexGuard};

static TURN: Mutex<()> = Mutex::const_new(());
static STAGE: OnceLock<Stage> = OnceLock::new();

/// The cluster with the product on it.
pub struct Stage {
    pub cluster: Cluster,
    pub product: Product,
}

/// The stage, once it is this test's turn. The turn ends with the guard.
pub async fn turn() -> (&'static Stage, MutexGuard<'static, ()>) {
    let turn = TURN.lock().await;
    (STAGE.get_or_init(start), turn)
}

fn start() -> Stage {
    let _ = rustls::crypto::aws_lc_rs::default_provider().install_default();
    let cluster = Cluster::start().expect("the test cluster starts");
    let root = PathBuf::from(env!("CARGO_MANIFEST_DIR"));
    let program = Path::new(env!("CARGO_BIN_EXE_alize"));
    let product = Product::install(&cluster, &root, program).expect("the chart installs");
    product.apply(ZONES).expect("the zones apply");
    Stage { cluster, product }
}

/// An administrator's client. Each test runs on a runtime of its own, so each makes its own.
pub async fn client(stage: &Stage) -> Client {
    client_of(&stage.cluster.kubeconfig).await
}

/// A client of the user of this kubeconfig.
pub async fn client_of(kubeconfig: &Path) -> Client {
    let kubeconfig = Kubeconfig::read_from(kubeconfig).unwrap();
    let config = Config::from_custom_kubeconfig(kubeconfig, &KubeConfigOptions::default())
        .await
        .unwrap();
    Client::try_from(config).unwrap()
}

/// Three zones over the twelve nodes; each test writes its own forecasts into their ConfigMaps.
const ZONES: &str = r"
apiVersion: alize.dev/v1alpha1
kind: GridZone
metadata: {name: ma}
spec:
  nodeSelector: {matchLabels: {topology.kubernetes.io/zone: ma}}
  sources:
  - {signal: CarbonIntensity, basis: LifeCycle, refresh: 1s, configMap: {name: forecast, key: ma.json}}
---
apiVersion: alize.dev/v1alpha1
kind: GridZone
metadata: {name: es}
spec:
  nodeSelector: {matchLabels: {topology.kubernetes.io/zone: es}}
  sources:
  - {signal: CarbonIntensity, basis: LifeCycle, refresh: 1s, configMap: {name: forecast, key: es.json}}
---
apiVersion: alize.dev/v1alpha1
kind: GridZone
metadata: {name: fr}
spec:
  nodeSelector: {matchLabels: {topology.kubernetes.io/zone: fr}}
  sources:
  - {signal: CarbonIntensity, basis: LifeCycle, refresh: 1s, configMap: {name: forecast, key: fr.json}}
";
