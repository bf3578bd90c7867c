//! What the platform team says of the cluster: zones, nodes and policies. Read from the manifests and the nodes, never
//! from the operator, so that its promises are checked against somebody else's reading of them.

use std::collections::BTreeMap;

use jiff::{SignedDuration, Timestamp};
use k8s_openapi::api::batch::v1::Job;
use k8s_openapi::api::core::v1::Node;
use kube::ResourceExt as _;
use serde::Serialize;
use serde_json::Value;

use crate::examples::seconds;
use crate::quantity::{cores, units};

/// The label that says which zone a node lies in.
const ZONE: &str = "topology.kubernetes.io/zone";
/// How pods ask for accelerators.
pub const GPU: &str = "nvidia.com/gpu";

/// A zone as its nodes and its GridZone describe it.
#[derive(Clone, Debug, Default)]
pub struct Zone {
    /// Power usage effectiveness.
    pub pue: f64,
    /// The cores that its GridZone offers to deferrable jobs.
    pub offered: f64,
    /// The cores that its nodes have.
    pub cores: f64,
    /// The accelerators that its nodes have.
    pub gpus: f64,
}

/// A policy, as far as a promise hangs on it.
#[derive(Clone, Debug)]
struct Policy {
    namespace_labels: BTreeMap<String, String>,
    longest_wait: SignedDuration,
    zones: Option<Vec<String>>,
}

/// The cluster.
#[derive(Clone, Debug, Default)]
pub struct Site {
    /// The zones by name.
    pub zones: BTreeMap<String, Zone>,
    nodes: BTreeMap<String, BTreeMap<String, String>>,
    namespaces: BTreeMap<String, BTreeMap<String, String>>,
    policies: Vec<Policy>,
}

/// What a job may expect and what it is allowed: the promises that are checked on it.
#[derive(Clone, Debug, Default, PartialEq, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct Terms {
    /// The zones that its own node selector and its policy allow.
    pub zones: Vec<String>,
    /// When it must have started.
    pub latest_start: Timestamp,
    /// When it must have finished, where its owner said so.
    pub finish_by: Option<Timestamp>,
    /// The power of one of its pods.
    pub watts_a_pod: f64,
}

impl Site {
    /// Reads the manifests of the platform team and the nodes.
    pub fn read(manifests: &[Value], nodes: &[Node]) -> Self {
        let mut site = Self::default();
        for object in manifests {
            let (name, spec) = (object["metadata"]["name"].as_str().unwrap_or_default(), &object["spec"]);
            match object["kind"].as_str() {
                Some("Namespace") => {
                    site.namespaces
                        .insert(name.to_owned(), texts(&object["metadata"]["labels"]));
                }
                Some("GridZone") => {
                    let zone = Zone {
                        pue: spec["pue"].as_str().and_then(|pue| pue.parse().ok()).unwrap_or(1.0),
                        offered: spec["capacity"]["cpu"].as_str().map_or(0.0, cores),
                        ..Zone::default()
                    };
                    site.zones.insert(name.to_owned(), zone);
                }
                Some("CarbonPolicy") => site.policies.push(Policy::read(spec)),
                _ => {}
            }
        }
        for node in nodes {
            if let Some(zone) = node.labels().get(ZONE).and_then(|zone| site.zones.get_mut(zone)) {
                let has = node.status.as_ref().and_then(|status| status.allocatable.as_ref());
                let amount = |key: &str| has.and_then(|has| has.get(key));
                zone.cores += amount("cpu").map_or(0.0, |q| cores(&q.0));
                zone.gpus += amount(GPU).map_or(0.0, |q| units(&q.0));
                site.nodes.insert(node.name_any(), node.labels().clone());
            }
        }
        site
    }

    /// The zone that a node lies in.
    pub fn zone_of(&self, node: &str) -> Option<&str> {
        self.nodes.get(node)?.get(ZONE).map(String::as_str)
    }

    /// What was promised to a job as it was created. Its pod template may name nodes by `nodeSelector` only.
    pub fn terms(&self, job: &Job) -> Terms {
        let namespace = job.namespace().unwrap_or_default();
        let labels = self.namespaces.get(&namespace);
        let policy = self
            .policies
            .iter()
            .find(|p| labels.is_some_and(|labels| within(&p.namespace_labels, labels)));
        let created = job
            .metadata
            .creation_timestamp
            .as_ref()
            .map_or(Timestamp::UNIX_EPOCH, |t| t.0);
        let annotation = |key: &str| job.annotations().get(&format!("alize.dev/{key}")).map(String::as_str);
        let duration = |key: &str| annotation(key).and_then(seconds).map(whole);

        let finish_by = duration("finish-by").map(|after| created + after);
        let expected = duration("expected-duration").unwrap_or_default();
        let longest = policy.map_or(SignedDuration::MAX, |policy| policy.longest_wait);
        let wait = duration("max-delay").map_or(longest, |own| own.min(longest));
        let by_wait = created.saturating_add(wait).unwrap_or(Timestamp::MAX);
        let spec = job.spec.clone().unwrap_or_default();
        let at_a_time = spec
            .parallelism
            .unwrap_or(1)
            .min(spec.completions.unwrap_or(i32::MAX))
            .max(1);
        let watts: f64 = annotation("watts").and_then(|watts| watts.parse().ok()).unwrap_or(0.0);
        let selector = spec.template.spec.and_then(|pod| pod.node_selector).unwrap_or_default();
        let mut zones: Vec<String> = self
            .zones
            .keys()
            .filter(|zone| self.reaches(&selector, zone))
            .cloned()
            .collect();
        if let Some(wall) = policy.and_then(|policy| policy.zones.as_ref()) {
            zones.retain(|zone| wall.contains(zone));
        }
        Terms {
            zones,
            latest_start: finish_by.map_or(by_wait, |end| by_wait.min(end - expected)),
            finish_by,
            watts_a_pod: watts / f64::from(at_a_time),
        }
    }

    fn reaches(&self, selector: &BTreeMap<String, String>, zone: &str) -> bool {
        self.nodes
            .values()
            .any(|labels| labels.get(ZONE).is_some_and(|own| own == zone) && within(selector, labels))
    }
}

impl Policy {
    fn read(spec: &Value) -> Self {
        let zones = spec["placement"]["zones"].as_array();
        let names = |zones: &Vec<Value>| {
            zones
                .iter()
                .filter_map(|zone| zone.as_str().map(str::to_owned))
                .collect()
        };
        Self {
            namespace_labels: texts(&spec["namespaceSelector"]["matchLabels"]),
            longest_wait: spec["delay"]["max"]
                .as_str()
                .and_then(seconds)
                .map_or(SignedDuration::MAX, whole),
            zones: zones.map(names),
        }
    }
}

fn texts(object: &Value) -> BTreeMap<String, String> {
    let pairs = object.as_object().into_iter().flatten();
    pairs
        .filter_map(|(key, value)| Some((key.clone(), value.as_str()?.to_owned())))
        .collect()
}

fn within(few: &BTreeMap<String, String>, many: &BTreeMap<String, String>) -> bool {
    few.iter().all(|(key, value)| many.get(key) == Some(value))
}

fn whole(seconds: f64) -> SignedDuration {
    SignedDuration::try_from_secs_f64(seconds).unwrap_or(SignedDuration::MAX)
}

#[cfg(test)]
pub mod tests {
    use serde_json::json;

    use super::*;

    /// Two zones of one node each; jobs of the namespace `bank` stay in `ma`.
    pub fn site() -> Site {
        let zone = |name: &str, pue: &str| json!({"kind": "GridZone", "metadata": {"name": name}, "spec": {"pue": pue, "capacity": {"cpu": "6"}}});
        let manifests = [
            zone("ma", "1.5"),
            zone("es", "1"),
            json!({"kind": "Namespace", "metadata": {"name": "bank", "labels": {"data-residency": "ma"}}}),
            json!({"kind": "CarbonPolicy", "spec": {
                "namespaceSelector": {"matchLabels": {"data-residency": "ma"}},
                "delay": {"max": "80s"}, "placement": {"zones": ["ma"]},
            }}),
        ];
        let node = |name: &str, zone: &str, region: &str, cpu: &str| {
            let labels = json!({ZONE: zone, "topology.kubernetes.io/region": region});
            let node = json!({"metadata": {"name": name, "labels": labels}, "status": {"allocatable": {"cpu": cpu, GPU: "4"}}});
            serde_json::from_value(node).unwrap()
        };
        Site::read(
            &manifests,
            &[node("ma-1", "ma", "africa", "8"), node("es-1", "es", "europe", "24")],
        )
    }

    /// A job of two pods at a time, 100 W together, created at second 1000.
    pub fn job(namespace: &str, annotations: &Value) -> Job {
        let mut annotations = annotations.clone();
        annotations["alize.dev/watts"] = json!("100");
        serde_json::from_value(json!({
            "metadata": {"name": "j", "namespace": namespace, "uid": "u", "annotations": annotations,
                "creationTimestamp": "1970-01-01T00:16:40Z", "resourceVersion": "10"},
            "spec": {"parallelism": 2, "completions": 4, "template": {"spec": {"containers": []}}},
        }))
        .unwrap()
    }

    fn at(second: i64) -> Timestamp {
        Timestamp::from_second(second).unwrap()
    }

    #[test]
    fn the_tightest_of_the_policys_wait_the_owners_and_finish_by_is_the_latest_start() {
        let latest = |annotations| site().terms(&job("bank", &annotations)).latest_start;
        assert_eq!(latest(json!({})), at(1080));
        assert_eq!(latest(json!({"alize.dev/max-delay": "30s"})), at(1030));
        assert_eq!(
            latest(json!({"alize.dev/max-delay": "5m"})),
            at(1080),
            "wishes only narrow"
        );
        let both = json!({"alize.dev/finish-by": "60s", "alize.dev/expected-duration": "10s"});
        assert_eq!(latest(both.clone()), at(1050));
        assert_eq!(site().terms(&job("bank", &both)).finish_by, Some(at(1060)));
    }

    #[test]
    fn a_job_may_go_where_both_its_own_selector_and_its_policy_allow() {
        let zones = |namespace: &str, selector: Value| {
            let mut job = job(namespace, &json!({}));
            let pod = job.spec.as_mut().unwrap().template.spec.as_mut().unwrap();
            pod.node_selector = serde_json::from_value(selector).unwrap();
            site().terms(&job).zones
        };
        assert_eq!(zones("other", json!({})), ["es", "ma"]);
        assert_eq!(
            zones("other", json!({"topology.kubernetes.io/region": "europe"})),
            ["es"]
        );
        assert_eq!(zones("bank", json!({})), ["ma"]);
        assert!(zones("bank", json!({"topology.kubernetes.io/region": "europe"})).is_empty());
    }

    #[test]
    fn the_power_of_a_job_is_shared_by_the_pods_that_run_at_a_time() {
        assert_eq!(
            site().terms(&job("other", &json!({}))).watts_a_pod.to_bits(),
            50.0_f64.to_bits()
        );
    }
}
