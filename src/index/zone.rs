//! Zones: which nodes they hold, what those offer, and which zones a job may use.

use std::collections::{BTreeMap, HashMap};
use std::sync::Arc;

use super::constraint::Constraint;
use super::node::{NodeEntry, PodEntry};
use super::quantities::parse;
use crate::api::{Capacity, GridZone, GridZoneSpec, matches};
use crate::units::{Resources, ZoneName};

/// A zone as we keep it.
#[derive(Clone, Debug)]
pub struct ZoneEntry {
    /// Its name.
    pub name: ZoneName,
    /// Its spec.
    pub spec: Arc<GridZoneSpec>,
    /// The object as last seen, for its status.
    pub object: Arc<GridZone>,
}

impl ZoneEntry {
    /// Reads a zone; `None` without a name, which every stored object has.
    pub fn read(zone: GridZone) -> Option<Self> {
        Some(Self {
            name: zone.metadata.name.clone()?.into(),
            spec: Arc::new(zone.spec.clone()),
            object: Arc::new(zone),
        })
    }
}

/// The zones with their nodes, as of one instant.
#[derive(Debug)]
pub struct Zones<'a> {
    zones: Vec<(&'a ZoneEntry, Vec<&'a NodeEntry>)>,
    eligible: HashMap<u64, Eligible>,
}

/// What pods take of the nodes that they are bound to, by the name of the node.
#[derive(Debug)]
pub struct Taken<'a>(HashMap<&'a str, Resources>);

impl<'a> Taken<'a> {
    /// By these pods.
    pub fn by(pods: impl Iterator<Item = &'a PodEntry>) -> Self {
        let mut on_node: HashMap<&str, Resources> = HashMap::new();
        for pod in pods {
            if let Some(node) = pod.node.as_deref() {
                let sum = on_node.entry(node).or_default();
                *sum = *sum + pod.request;
            }
        }
        Self(on_node)
    }

    /// Of a node.
    pub fn of(&self, node: &NodeEntry) -> Resources {
        self.0.get(&*node.name).copied().unwrap_or_default()
    }
}

/// The zones in which a pod could run, if they were empty.
#[derive(Debug)]
struct Eligible {
    /// Now.
    now: Vec<ZoneName>,
    /// Now, or once nodes that are cordoned or not ready come back, or the zone has started larger ones.
    at_times: Vec<ZoneName>,
}

impl<'a> Zones<'a> {
    /// Sorts the nodes into their zones. A node that lies in several counts for the first by name only.
    pub fn new(zones: impl Iterator<Item = &'a ZoneEntry>, nodes: impl Iterator<Item = &'a NodeEntry>) -> Self {
        let mut zones: Vec<_> = zones.map(|z| (z, Vec::new())).collect();
        zones.sort_by(|a, b| a.0.name.cmp(&b.0.name));
        for node in nodes {
            if let Some((_, members)) = zones
                .iter_mut()
                .find(|(z, _)| matches(&z.spec.node_selector, &node.labels))
            {
                members.push(node);
            }
        }
        Self {
            zones,
            eligible: HashMap::new(),
        }
    }

    /// The names of all zones, in their order.
    pub fn names(&self) -> Vec<ZoneName> {
        self.zones.iter().map(|(z, _)| z.name.clone()).collect()
    }

    /// The zone and nodes of each name.
    pub fn iter(&self) -> impl Iterator<Item = (&'a ZoneEntry, &[&'a NodeEntry])> {
        self.zones.iter().map(|(z, nodes)| (*z, nodes.as_slice()))
    }

    /// The zone that a node of this name lies in.
    pub fn of_node(&self) -> HashMap<&'a str, ZoneName> {
        let pairs = self
            .zones
            .iter()
            .flat_map(|(z, nodes)| nodes.iter().map(|n| (&*n.name, z.name.clone())));
        pairs.collect()
    }

    /// The zones in which a pod under this constraint could run, if they were empty; only those `within` the policy's wall, where
    /// there is one. Where none takes it now, those that will: a node that is cordoned or restarts is no reason to run elsewhere
    /// or at once. Nothing of the owner's is weakened.
    pub fn eligible(&mut self, constraint: &Constraint, fingerprint: u64, within: Option<&[String]>) -> Vec<ZoneName> {
        let zones = &self.zones;
        let names = |takes: &dyn Fn(&ZoneEntry, &[&NodeEntry]) -> bool| {
            let usable = zones.iter().filter(|(zone, nodes)| takes(zone, nodes));
            usable.map(|(zone, _)| zone.name.clone()).collect()
        };
        // A zone that starts its nodes on demand: its own labels are all that is known of them.
        let on_demand = |zone: &ZoneEntry| zone.spec.capacity.is_some() && could_match(constraint, zone);
        let eligible = self.eligible.entry(fingerprint).or_insert_with(|| Eligible {
            now: names(&|zone, nodes| {
                let open = |node: &&NodeEntry| node.schedulable && constraint.allows(node);
                (nodes.is_empty() && on_demand(zone)) || nodes.iter().any(open)
            }),
            at_times: names(&|zone, nodes| on_demand(zone) || nodes.iter().any(|node| constraint.allows(node))),
        });
        let is_within = |zone: &&ZoneName| within.is_none_or(|wall| wall.iter().any(|name| name == zone.as_str()));
        let allowed = |zones: &[ZoneName]| zones.iter().filter(is_within).cloned().collect::<Vec<_>>();
        let now = allowed(&eligible.now);
        if now.is_empty() {
            allowed(&eligible.at_times)
        } else {
            now
        }
    }

    /// What each zone offers to the jobs that we plan: its nodes that take new pods, less all `other` pods on them; and never
    /// above the admin's ceiling, less all `other` pods of the zone.
    pub fn capacity(&self, other: &Taken<'_>) -> BTreeMap<ZoneName, Resources> {
        let zero = Resources::default();
        let used = |node: &&NodeEntry| other.of(node);
        let offer = |(zone, nodes): (&ZoneEntry, &[&NodeEntry])| {
            let open = nodes.iter().filter(|node| node.schedulable);
            let free = built(nodes) - open.map(used).sum();
            let ceiling = zone.spec.capacity.as_ref().map(resources);
            let left = match ceiling {
                Some(ceiling) if nodes.is_empty() => ceiling,
                Some(ceiling) => free.min(&(ceiling - nodes.iter().map(used).sum())),
                None => free,
            };
            (zone.name.clone(), left.max(&zero))
        };
        self.iter().map(offer).collect()
    }

    /// What each zone could hold if nothing ran there: the admin's figure, else all its nodes, also those that take no pods now.
    pub fn when_empty(&self) -> BTreeMap<ZoneName, Resources> {
        let whole = |(zone, nodes): (&ZoneEntry, &[&NodeEntry])| {
            let ceiling = zone.spec.capacity.as_ref().map(resources);
            let all = || nodes.iter().map(|node| node.allocatable).sum();
            (zone.name.clone(), ceiling.unwrap_or_else(all))
        };
        self.iter().map(whole).collect()
    }

    /// What each zone's nodes offer, whatever runs on them; the admin's figure where there are none yet.
    pub fn sizes(&self) -> BTreeMap<ZoneName, Resources> {
        let size = |(zone, nodes): (&ZoneEntry, &[&NodeEntry])| {
            let built = built(nodes);
            let promised = zone.spec.capacity.as_ref().filter(|_| nodes.is_empty()).map(resources);
            (zone.name.clone(), promised.unwrap_or(built))
        };
        self.iter().map(size).collect()
    }

    /// Nodes that more than one zone selects, with the names of the zones.
    pub fn disputed(&self, nodes: impl Iterator<Item = &'a NodeEntry>) -> Vec<(Arc<str>, Vec<ZoneName>)> {
        let claims = nodes.map(|node| {
            let by = self
                .zones
                .iter()
                .filter(|(z, _)| matches(&z.spec.node_selector, &node.labels));
            (node.name.clone(), by.map(|(z, _)| z.name.clone()).collect::<Vec<_>>())
        });
        claims.filter(|(_, zones)| zones.len() > 1).collect()
    }
}

/// What nodes offer that take new pods.
fn built(nodes: &[&NodeEntry]) -> Resources {
    let open = nodes.iter().filter(|node| node.schedulable);
    open.map(|node| node.allocatable).sum()
}

fn could_match(constraint: &Constraint, zone: &ZoneEntry) -> bool {
    let known = zone.spec.node_selector.match_labels.clone().unwrap_or_default();
    // A label that the zone does not state may be anything; one that it states must agree.
    constraint
        .node_selector
        .iter()
        .all(|(k, v)| known.get(k).is_none_or(|own| own == v))
        && (constraint.required.is_none() || constraint.allows_labels("", &known))
}

fn resources(capacity: &Capacity) -> Resources {
    let amount =
        |q: &Option<k8s_openapi::apimachinery::pkg::api::resource::Quantity>| q.as_ref().and_then(|q| parse(&q.0));
    Resources {
        cpu_milli: amount(&capacity.cpu).map_or(i64::MAX / 4, |v| (v * 1000.0) as i64),
        memory_bytes: amount(&capacity.memory).map_or(i64::MAX / 4, |v| v as i64),
        gpus: capacity.gpus.unwrap_or(i64::MAX / 4),
    }
}

#[cfg(test)]
mod tests {
    use super::super::{SlimNode, SlimPod};
    use super::*;

    /// A node of zone `a` with 16 cores; `more` stands in its spec.
    fn node(name: &str, more: &str) -> NodeEntry {
        let yaml = format!(
            "metadata: {{name: {name}, uid: {name}, labels: {{zone: a}}}}\nspec: {{{more}}}\n\
             status: {{allocatable: {{cpu: '16', memory: 64Gi}}, conditions: [{{type: Ready, status: 'True'}}]}}"
        );
        NodeEntry::read(serde_saphyr::from_str::<SlimNode>(&yaml).unwrap())
    }

    /// Cordoned, with the taint that comes with it.
    const CORDONED: &str = "unschedulable: true, taints: [{key: node.kubernetes.io/unschedulable, effect: NoSchedule}]";

    fn zone(more: &str) -> ZoneEntry {
        let yaml = format!(
            "metadata: {{name: a, uid: a}}\nspec: {{nodeSelector: {{matchLabels: {{zone: a}}}}, sources: []{more}}}"
        );
        ZoneEntry::read(serde_saphyr::from_str(&yaml).unwrap()).unwrap()
    }

    /// A service that takes 16 cores of a node.
    fn service(node: &str) -> PodEntry {
        let yaml = format!(
            "metadata: {{name: s}}\nspec: {{nodeName: {node}, containers: [{{resources: {{requests: {{cpu: '16'}}}}}}]}}"
        );
        PodEntry::read(serde_saphyr::from_str::<SlimPod>(&yaml).unwrap()).unwrap()
    }

    fn cores(of: &BTreeMap<ZoneName, Resources>) -> i64 {
        of[&"a".into()].cpu_milli / 1000
    }

    #[test]
    fn pods_on_a_cordoned_node_take_nothing_of_the_others() {
        let (zone, full) = (zone(""), service("full"));
        let nodes = [node("full", CORDONED), node("empty", "")];
        let zones = Zones::new([&zone].into_iter(), nodes.iter());
        assert_eq!(cores(&zones.capacity(&Taken::by([&full].into_iter()))), 16);
        assert_eq!(cores(&zones.when_empty()), 32);
    }

    #[test]
    fn pods_on_a_cordoned_node_still_count_against_the_ceiling() {
        let (zone, full) = (zone(", capacity: {cpu: '20', memory: 640Gi}"), service("full"));
        let nodes = [node("full", CORDONED), node("empty", "")];
        let zones = Zones::new([&zone].into_iter(), nodes.iter());
        assert_eq!(cores(&zones.capacity(&Taken::by([&full].into_iter()))), 4);
    }

    #[test]
    fn the_first_node_of_a_zone_that_starts_them_on_demand_says_nothing_of_how_large_the_zone_can_be() {
        let zone = zone(", capacity: {cpu: '100', memory: 640Gi}");
        let nodes = [node("first", "")];
        let mut zones = Zones::new([&zone].into_iter(), nodes.iter());
        assert_eq!(cores(&zones.capacity(&Taken::by([].into_iter()))), 16);
        assert_eq!(cores(&zones.when_empty()), 100);
        let mut large = Constraint::default();
        large.pod.cpu_milli = 32_000;
        assert_eq!(zones.eligible(&large, 1, None), ["a".into()]);
    }

    #[test]
    fn a_zone_whose_only_node_takes_no_pods_for_now_still_takes_its_jobs() {
        let zone = zone("");
        for more in [
            CORDONED,
            "taints: [{key: node.kubernetes.io/not-ready, effect: NoExecute}]",
            "taints: [{key: ToBeDeletedByClusterAutoscaler, value: '1', effect: NoSchedule}]",
        ] {
            let nodes = [node("only", more)];
            let mut zones = Zones::new([&zone].into_iter(), nodes.iter());
            assert_eq!(zones.eligible(&Constraint::default(), 1, None), ["a".into()], "{more}");
            assert_eq!(zones.eligible(&Constraint::default(), 1, Some(&["b".into()])), []);
            assert_eq!(cores(&zones.capacity(&Taken::by([].into_iter()))), 0, "{more}");
        }
        let mut zones = Zones::new([&zone].into_iter(), [].iter());
        assert_eq!(zones.eligible(&Constraint::default(), 1, None), []);
    }

    #[test]
    fn a_taint_that_stays_keeps_jobs_out_for_good() {
        let zone = zone("");
        let nodes = [node("gpu", "taints: [{key: gpu, effect: NoSchedule}]")];
        let mut zones = Zones::new([&zone].into_iter(), nodes.iter());
        assert_eq!(zones.eligible(&Constraint::default(), 1, None), []);
    }
}
