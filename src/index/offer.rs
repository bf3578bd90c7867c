//! What each zone offers to the jobs that are planned.

use std::collections::{BTreeMap, BTreeSet};

use super::accelerators::are_of;
use super::node::{NodeEntry, PodEntry};
use super::zone::{Taken, ZoneEntry, Zones};
use crate::planner::{Zone, ZoneOutlook};
use crate::units::ZoneName;

/// The zones as the planner sees them: what their nodes have left beside all `other` pods; of these models of accelerators, too.
pub(super) fn offers<'a>(
    zones: &Zones<'a>,
    other: impl Iterator<Item = &'a PodEntry>,
    models: &BTreeSet<&str>,
    outlooks: &BTreeMap<ZoneName, ZoneOutlook>,
) -> BTreeMap<ZoneName, Zone> {
    let taken = Taken::by(other);
    let (capacity, when_empty) = (zones.capacity(&taken), zones.when_empty());
    let offer = |(zone, nodes): (&ZoneEntry, &[&NodeEntry])| {
        let outlook = outlooks.get(&zone.name).cloned();
        let planned = Zone::of(
            capacity.get(&zone.name).copied().unwrap_or_default(),
            zone.spec.pue.0,
            outlook.unwrap_or_else(|| ZoneOutlook::unknown(zone.name.clone(), "nothing was fetched yet")),
        );
        // A zone that starts its nodes on demand may start some of any model.
        let named = || models.iter().filter(|_| zone.spec.capacity.is_none());
        let offered = Zone {
            when_empty: when_empty.get(&zone.name).copied(),
            gpu_models: named()
                .map(|model| ((*model).to_owned(), left(nodes, model, &taken)))
                .collect(),
            gpu_models_when_empty: named()
                .map(|model| ((*model).to_owned(), built(nodes, model)))
                .collect(),
            ..planned
        };
        (zone.name.clone(), offered)
    };
    zones.iter().map(offer).collect()
}

/// How many accelerators of a model are left on the nodes that take new pods.
fn left(nodes: &[&NodeEntry], model: &str, taken: &Taken<'_>) -> i64 {
    let open = nodes
        .iter()
        .filter(|node| node.schedulable && are_of(&node.labels, model));
    open.map(|node| (node.allocatable.gpus - taken.of(node).gpus).max(0))
        .sum()
}

/// How many all nodes have.
fn built(nodes: &[&NodeEntry], model: &str) -> i64 {
    let of_model = nodes.iter().filter(|node| are_of(&node.labels, model));
    of_model.map(|node| node.allocatable.gpus).sum()
}

#[cfg(test)]
mod tests {
    use super::super::{SlimNode, SlimPod};
    use super::*;

    /// A node with four accelerators of a model; `more` stands in its spec.
    fn node(name: &str, model: &str, more: &str) -> NodeEntry {
        let yaml = format!(
            "metadata: {{name: {name}, uid: {name}, labels: {{zone: a, nvidia.com/gpu.product: {model}}}}}\nspec: {{{more}}}\n\
             status: {{allocatable: {{cpu: '16', memory: 64Gi, nvidia.com/gpu: '4'}}, conditions: [{{type: Ready, status: 'True'}}]}}"
        );
        NodeEntry::read(serde_saphyr::from_str::<SlimNode>(&yaml).unwrap())
    }

    /// A service that takes three of a node's accelerators.
    fn service(node: &str) -> PodEntry {
        let yaml = format!(
            "metadata: {{name: s}}\nspec: {{nodeName: {node}, containers: [{{resources: {{requests: {{nvidia.com/gpu: '3'}}}}}}]}}"
        );
        PodEntry::read(serde_saphyr::from_str::<SlimPod>(&yaml).unwrap()).unwrap()
    }

    fn zone(more: &str) -> ZoneEntry {
        let yaml = format!(
            "metadata: {{name: a, uid: a}}\nspec: {{nodeSelector: {{matchLabels: {{zone: a}}}}, sources: []{more}}}"
        );
        ZoneEntry::read(serde_saphyr::from_str(&yaml).unwrap()).unwrap()
    }

    /// Of each model that is wanted: what is left now, and when nothing runs there.
    fn offered(zone: &ZoneEntry, nodes: &[NodeEntry], others: &[PodEntry], wanted: &[&str]) -> Vec<(i64, i64)> {
        let zones = Zones::new([zone].into_iter(), nodes.iter());
        let offers = offers(
            &zones,
            others.iter(),
            &wanted.iter().copied().collect(),
            &BTreeMap::new(),
        );
        let zone = &offers[&"a".into()];
        let when_empty = zone.gpu_models_when_empty.iter();
        assert!(zone.gpu_models.keys().eq(when_empty.clone().map(|(model, _)| model)));
        zone.gpu_models
            .values()
            .copied()
            .zip(when_empty.map(|(_, count)| *count))
            .collect()
    }

    #[test]
    fn of_a_model_that_a_job_asks_for_a_zone_has_what_is_left_on_its_open_nodes() {
        let nodes = [
            node("t-1", "T4", ""),
            node("t-2", "T4", ""),
            node("t-3", "T4", "unschedulable: true"),
            node("h-1", "H100", ""),
        ];
        let others = [service("t-1"), service("t-3"), service("h-1")];
        assert_eq!(offered(&zone(""), &nodes, &others, &["T4"]), [(5, 12)]);
        assert_eq!(offered(&zone(""), &nodes, &others, &["H100", "L4"]), [(1, 4), (0, 0)]);
        assert_eq!(offered(&zone(""), &nodes, &others, &[]), []);
    }

    #[test]
    fn a_zone_that_starts_its_nodes_on_demand_may_start_some_of_any_model() {
        let zone = zone(", capacity: {gpus: 16}");
        for nodes in [vec![], vec![node("h-1", "H100", "")]] {
            assert_eq!(
                offered(&zone, &nodes, &[], &["H100", "T4"]),
                [],
                "nothing is said of models"
            );
        }
    }
}
