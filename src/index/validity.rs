//! What CEL cannot see in a policy: a policy with a fault is not in force, and nothing it selects is held.

use k8s_openapi::apimachinery::pkg::apis::meta::v1::LabelSelector;

use crate::api::CarbonPolicySpec;
use crate::units::ZoneName;

/// Why a policy is not in force.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Fault {
    /// CamelCase, for the condition.
    pub reason: &'static str,
    /// What to do.
    pub message: String,
    /// Those of its `placement.zones` that exist; `None` where it names none. Its jobs stay within them, faulty or not.
    pub wall: Option<Vec<ZoneName>>,
}

/// The first fault of a policy, given the zones that exist.
pub fn fault(spec: &CarbonPolicySpec, zones: &[ZoneName]) -> Option<Fault> {
    let (reason, message) = complaint(spec, zones)?;
    let existing = |names: &Vec<String>| {
        let named = zones
            .iter()
            .filter(|zone| names.iter().any(|name| name == zone.as_str()));
        named.cloned().collect()
    };
    Some(Fault {
        reason,
        message,
        wall: spec.placement.zones.as_ref().map(existing),
    })
}

fn complaint(spec: &CarbonPolicySpec, zones: &[ZoneName]) -> Option<(&'static str, String)> {
    if zones.is_empty() {
        let message = "there is no GridZone yet; create one that selects your nodes and names a forecast source";
        return Some(("NoZone", message.into()));
    }
    let wanted = spec.placement.zones.iter().flatten();
    let unknown: Vec<&str> = wanted
        .map(String::as_str)
        .filter(|w| zones.iter().all(|z| z.as_str() != *w))
        .collect();
    if !unknown.is_empty() {
        let known: Vec<&str> = zones.iter().map(ZoneName::as_str).collect();
        let message = format!(
            "placement.zones names {}, but the GridZones are {}; correct the name or create the GridZone",
            unknown.join(", "),
            known.join(", ")
        );
        return Some(("UnknownZone", message));
    }
    let selectors = [
        ("namespaceSelector", &spec.namespace_selector),
        ("jobSelector", &spec.job_selector),
    ];
    selectors
        .iter()
        .find_map(|(field, selector)| bad_operator(selector.as_ref()?).map(|problem| (field, problem)))
        .map(|(field, problem)| ("InvalidSelector", format!("{field}: {problem}")))
}

fn bad_operator(selector: &LabelSelector) -> Option<String> {
    selector.match_expressions.iter().flatten().find_map(|e| {
        let values = e.values.as_ref().is_some_and(|v| !v.is_empty());
        match e.operator.as_str() {
            "In" | "NotIn" if values => None,
            "Exists" | "DoesNotExist" if !values => None,
            "In" | "NotIn" => Some(format!("operator {} of key {} needs values", e.operator, e.key)),
            "Exists" | "DoesNotExist" => Some(format!("operator {} of key {} takes no values", e.operator, e.key)),
            other => Some(format!(
                "operator {other:?} of key {} is none of In, NotIn, Exists, DoesNotExist",
                e.key
            )),
        }
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    fn spec(yaml: &str) -> CarbonPolicySpec {
        serde_saphyr::from_str(yaml).unwrap()
    }

    #[test]
    fn an_unknown_zone_names_itself_and_the_known_ones() {
        let fault = fault(&spec("placement: {zones: [atlantis]}"), &["ma".into(), "es".into()]).unwrap();
        assert_eq!(fault.reason, "UnknownZone");
        assert!(
            fault.message.contains("atlantis") && fault.message.contains("ma, es"),
            "{}",
            fault.message
        );
    }

    #[test]
    fn a_selector_without_values_is_a_fault() {
        let policy = spec("jobSelector: {matchExpressions: [{key: team, operator: In}]}");
        assert_eq!(fault(&policy, &["ma".into()]).unwrap().reason, "InvalidSelector");
        assert_eq!(fault(&spec("{}"), &["ma".into()]), None);
    }
}
