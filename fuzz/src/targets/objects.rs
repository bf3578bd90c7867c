//! Objects of Kubernetes as they stand in a YAML file, before an API server has seen them.

use alize::api::{CarbonPolicy, GridZone};
use alize::controllers::sources::sources;
use alize::grid::read_saved;
use serde::Serialize;
use serde::de::DeserializeOwned;

use super::answers::at;

/// A zone with sources of three kinds.
pub(super) const ZONE: &[u8] = b"apiVersion: alize.dev/v1alpha1
kind: GridZone
metadata: {name: ma}
spec:
  nodeSelector: {matchLabels: {topology.kubernetes.io/zone: ma}}
  location: {country: MA, timeZone: Africa/Casablanca}
  capacity: {cpu: '20', memory: 120Gi, gpus: 2}
  pue: '1.25'
  sources:
  - {signal: CarbonIntensity, basis: LifeCycle, configMap: {name: forecast-ma, key: intensity.json}}
  - {signal: CarbonIntensity, refresh: 30m, openMeteo: {zone: MA, terms: NonCommercial}}
  - {signal: CarbonIntensity, constant: {value: '610'}}
";

/// A policy with all that is written in a notation of its own.
pub(super) const POLICY: &[u8] = b"apiVersion: alize.dev/v1alpha1
kind: CarbonPolicy
metadata: {name: batch}
spec:
  mode: Enforce
  priority: 10
  namespaceSelector: {matchLabels: {carbon-policy: batch}}
  objective: {signal: CarbonIntensity}
  delay: {max: 16h, minimumSaving: 5%, pricePerHour: 0.1%}
  placement: {strategy: GreenestZone, pendingTimeout: 5m}
  forecast: {maxAge: 6h}
  estimates: {duration: 1h, maxDuration: 1d, maxWatts: '20000'}
";

/// A GridZone: whatever its sources are, one that answers nothing is refused in words.
pub(super) fn zone(bytes: &[u8]) -> bool {
    let Some(zone) = object::<GridZone>(bytes) else {
        return false;
    };
    for source in sources(&zone.spec) {
        assert!(
            read_saved(&source, &[], at(0)).is_err(),
            "{source:?} says something of nothing"
        );
    }
    true
}

/// A CarbonPolicy.
pub(super) fn policy(bytes: &[u8]) -> bool {
    object::<CarbonPolicy>(bytes).is_some()
}

/// An object that is the same after it was written as an API server is sent it.
fn object<K: DeserializeOwned + Serialize>(bytes: &[u8]) -> Option<K> {
    let object: K = serde_saphyr::from_str(&String::from_utf8_lossy(bytes)).ok()?;
    let written = serde_json::to_value(&object).expect("what was read can be written");
    let again: K = serde_json::from_value(written.clone()).expect("what was written can be read");
    assert_eq!(serde_json::to_value(&again).expect("as before"), written);
    Some(object)
}
