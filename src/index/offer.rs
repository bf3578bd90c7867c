//! What each zone offers to the jobs that are planned.

use std::collections::{BTreeMap, BTreeSet};

use super::accelerators::of_node;
use super::node::NodeEntry;
use super::zone::{Taken, ZoneEntry, Zones};
use crate::planner::{Zone, ZoneOutlook};
use crate::units::ZoneName;

/// The pods that take what nodes have.
pub(super) struct Others<'a> {
    /// Those of jobs that the planner does not book.
    pub(super) all: Taken<'a>,
    /// With them those of jobs that it does not book on a model of accelerators.
    pub(super) of_models: Taken<'a>,
}

/// The zones as the planner sees them: what their nodes have left beside others; of these models of accelerators, too, as far as
/// there is a node that has some: how many there are is for admins to say, and not for owners of jobs.
pub(super) fn offers<'a>(
    zones: &Zones<'a>,
    others: &Others<'a>,
    models: &BTreeSet<&str>,
    outlooks: &BTreeMap<ZoneName, ZoneOutlook>,
) -> BTreeMap<ZoneName, Zone> {
    let (capacity, when_empty) = (zones.capacity(&others.all), zones.when_empty());
    let nodes = zones.iter().flat_map(|(_, nodes)| nodes);
    let built_anywhere: BTreeSet<&str> = nodes.flat_map(|node| of_node(&node.labels)).collect();
    let models: Vec<&str> = models.intersection(&built_anywhere).copied().collect();
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
                .map(|model| ((*model).to_owned(), left(nodes, model, &others.of_models)))
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
    let open = nodes.iter().filter(|node| node.schedulable && has(node, model));
    open.map(|node| (node.allocatable.gpus - taken.of(node).gpus).max(0))
        .sum()
}

/// How many all nodes have.
fn built(nodes: &[&NodeEntry], model: &str) -> i64 {
    let of_model = nodes.iter().filter(|node| has(node, model));
    of_model.map(|node| node.allocatable.gpus).sum()
}

fn has(node: &NodeEntry, model: &str) -> bool {
    of_node(&node.labels).any(|own| own == model)
}

#[cfg(test)]
mod tests {
    use super::super::{PodEntry, SlimNode, SlimPod};
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
        let others = Others {
            all: Taken::by([].into_iter()),
            of_models: Taken::by(others.iter()),
        };
        let offers = offers(&zones, &others, &wanted.iter().copied().collect(), &BTreeMap::new());
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
        assert_eq!(offered(&zone(""), &nodes, &others, &["H100", "L4"]), [(1, 4)]);
        assert_eq!(
            offered(&zone(""), &nodes, &others, &[]),
            [],
            "no node has L4, and nobody asks"
        );
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
