//! Zones of a test's own, each with a node and with the sources that the test is about.

use std::time::{Duration, Instant};

use kube::Api;
use serde_json::{Value, json};
use testbed::product::Operator;

use super::jobs::{Draft, job};
use super::scene::{SOON, Scene};
use alize::api::{GridZone, SignalStatus};

/// Goes before the scene, and takes its zones and nodes with it.
pub struct Zones<'a>(&'a Scene);

impl Drop for Zones<'_> {
    fn drop(&mut self) {
        let product = &self.0.stage.product;
        let _ = product.kubectl(&["delete", "gridzones,nodes", "--selector", "test=faults", "--wait=false"]);
    }
}

/// Makes zones of these names, with these sources.
pub fn zones<'a>(scene: &'a Scene, zones: &[(&str, Vec<Value>)]) -> Zones<'a> {
    let objects = zones.iter().flat_map(|(name, sources)| {
        let place = json!({"topology.kubernetes.io/zone": name});
        let room = json!({"cpu": "8", "memory": "32Gi", "pods": "110"});
        [
            json!({"apiVersion": "v1", "kind": "Node",
                "metadata": {"name": name, "labels": {"topology.kubernetes.io/zone": name, "kubernetes.io/hostname": name, "test": "faults"}},
                "status": {"capacity": room, "allocatable": room}}),
            json!({"apiVersion": "alize.dev/v1alpha1", "kind": "GridZone",
                "metadata": {"name": name, "labels": {"test": "faults"}},
                "spec": {"nodeSelector": {"matchLabels": place}, "sources": sources}}),
        ]
    });
    let made = Zones(scene);
    let manifests: Vec<String> = objects.map(|object| object.to_string()).collect();
    scene.stage.product.apply(&manifests.join("\n---\n")).unwrap();
    made
}

/// A source of this zone: a Carbon Aware SDK at an origin, asked each second.
pub fn carbon_aware(zone: &str, origin: &str) -> Value {
    json!({"signal": "CarbonIntensity", "refresh": "1s", "carbonAware": {"location": zone, "endpoint": origin}})
}

/// A job that may run in this zone and nowhere else, named after it.
pub fn job_in(zone: &str) -> Draft {
    job(zone).set(
        "/spec/template/spec/nodeSelector",
        json!({"topology.kubernetes.io/zone": zone}),
    )
}

/// Waits until the zone's status shows this level, with these words for why it is no better; without words, with nothing to say.
pub async fn shows(scene: &Scene, zone: &str, level: &str, words: &str) -> SignalStatus {
    let api: Api<GridZone> = Api::all(scene.client.clone());
    let started = Instant::now();
    loop {
        let status = api.get(zone).await.unwrap().status;
        if let Some(signal) = status.iter().flat_map(|status| &status.signals).next() {
            let message = signal.message.as_deref().unwrap_or_default();
            let is_said = message.contains(words) && (message.is_empty() == words.is_empty());
            if signal.level == level && is_said {
                return signal.clone();
            }
        }
        let wanted = format!("{zone} shows {level} and says {words:?}");
        assert!(
            started.elapsed() < 2 * SOON,
            "waited in vain: {wanted}, and not {status:?}"
        );
        tokio::time::sleep(Duration::from_millis(200)).await;
    }
}

/// Kilobytes of memory that the operator's process has: now (`VmRSS`) or at most (`VmHWM`).
pub fn memory(operator: &Operator, which: &str) -> u64 {
    let status = std::fs::read_to_string(format!("/proc/{}/status", operator.id())).unwrap();
    let line = status.lines().find_map(|line| line.strip_prefix(which)).unwrap();
    line.trim_matches(|c: char| !c.is_ascii_digit()).parse().unwrap()
}

/// It is still the process that was started, it leads, and nothing in it broke.
pub fn is_unharmed(operator: &Operator) {
    let program = std::fs::read_to_string(format!("/proc/{}/comm", operator.id())).unwrap();
    assert_eq!(program.trim(), "alize");
    assert!(operator.get("/readyz").unwrap().1.contains("leading"));
    assert!(!operator.logged().contains("panicked"), "{}", operator.logged());
}
