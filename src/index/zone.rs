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

/// The zones with their nodes, as of one instant.
#[derive(Debug)]
pub struct Zones<'a> {
    zones: Vec<(&'a ZoneEntry, Vec<&'a NodeEntry>)>,
    eligible: HashMap<u64, Vec<ZoneName>>,
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

    /// The zones in which a pod under this constraint could run, if they were empty. Nothing of the owner's is weakened.
    pub fn eligible(&mut self, constraint: &Constraint, fingerprint: u64) -> &[ZoneName] {
        let zones = &self.zones;
        self.eligible.entry(fingerprint).or_insert_with(|| {
            let usable = zones.iter().filter(|(zone, nodes)| {
                // A zone that starts its nodes on demand: its own labels are all that is known of them.
                let on_demand = nodes.is_empty() && zone.spec.capacity.is_some() && could_match(constraint, zone);
                on_demand || nodes.iter().any(|n| n.schedulable && constraint.allows(n))
            });
            usable.map(|(z, _)| z.name.clone()).collect()
        })
    }

    /// What each zone offers to the jobs that we plan: its nodes, less all `other` pods, never above the admin's ceiling.
    pub fn capacity(&self, other: impl Iterator<Item = &'a PodEntry>) -> BTreeMap<ZoneName, Resources> {
        let of_node = self.of_node();
        let mut taken: HashMap<&ZoneName, Resources> = HashMap::new();
        for pod in other {
            if let Some(zone) = pod.node.as_deref().and_then(|n| of_node.get(n)) {
                let sum = taken.entry(zone).or_default();
                *sum = *sum + pod.request;
            }
        }
        let zero = Resources::default();
        let offer = |(zone, nodes): (&ZoneEntry, &[&NodeEntry])| {
            let built = built(nodes);
            let ceiling = zone.spec.capacity.as_ref().map(resources);
            let whole = match ceiling {
                Some(ceiling) if nodes.is_empty() => ceiling,
                Some(ceiling) => built.min(&ceiling),
                None => built,
            };
            let used = taken.get(&zone.name).copied().unwrap_or_default();
            (zone.name.clone(), (whole - used).max(&zero))
        };
        self.iter().map(offer).collect()
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
