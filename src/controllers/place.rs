//! Where a decision puts a job, in the language of its pod template.

use k8s_openapi::api::core::v1::NodeSelectorTerm;

use super::patch::Affinity;
use crate::api::{CarbonPolicySpec, Strategy};
use crate::index::{Picture, Steering, Subject, zone_term};
use crate::units::{PolicyName, ZoneName};

/// The affinity of a job that starts in its `chosen` zones.
///
/// One chosen zone is written down. A job that is only shifted in time is written the policy's residency wall, if there is
/// one: a volume or a foreign scheduler does not lift it, nor does a fault of the policy. Otherwise the owner's own words stand.
pub fn at_release(subject: &Subject, chosen: &[ZoneName], policy: &PolicyName, picture: &Picture) -> Affinity {
    let spec = picture.policies.get(policy).map(|p| &*p.spec);
    let steered = subject.job.steering == Steering::Free
        && spec.is_some_and(|spec| spec.placement.strategy == Strategy::GreenestZone);
    match chosen {
        [one] if steered => within(subject, std::slice::from_ref(one), picture),
        _ => wall(subject, spec, picture),
    }
}

/// The affinity of a job that waits: the wall already stands, so that even the fail-safe lets it go within it.
pub fn while_held(subject: &Subject, policy: &PolicyName, picture: &Picture) -> Affinity {
    wall(subject, picture.policies.get(policy).map(|p| &*p.spec), picture)
}

fn wall(subject: &Subject, spec: Option<&CarbonPolicySpec>, picture: &Picture) -> Affinity {
    let ours = &subject.job.ours;
    // A fault lets a job go, but not out of its wall: what the admin wrote of the data's place is no part of the mistake.
    let holder = subject.job.held_by.as_deref().map(PolicyName::from);
    let outlasts = holder.and_then(|name| picture.faults.get(&name)?.wall.as_ref());
    match (spec.and_then(|spec| spec.placement.zones.as_ref()), outlasts) {
        (Some(names), _) => {
            let zones: Vec<ZoneName> = names.iter().map(|name| name.as_str().into()).collect();
            within(subject, &zones, picture)
        }
        // Once widened, what stands is not the wall but the one zone in which no pod found a node.
        (None, Some(_)) if ours.keeps_affinity && ours.widened_at.is_none() => Affinity::Keep,
        (None, Some(existing)) => within(subject, existing, picture),
        (None, None) if ours.keeps_affinity => Affinity::Restore,
        (None, None) => Affinity::Keep,
    }
}

fn within(subject: &Subject, zones: &[ZoneName], picture: &Picture) -> Affinity {
    if subject.job.steering == Steering::Pinned {
        return Affinity::Keep;
    }
    let terms: Vec<NodeSelectorTerm> = zones
        .iter()
        .filter_map(|zone| picture.selectors.get(zone))
        .map(zone_term)
        .collect();
    // No zone of that name any more: an affinity without terms would be refused, and nothing may hold the job for it.
    if terms.is_empty() {
        return Affinity::Keep;
    }
    Affinity::Within(terms)
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;
    use crate::index::{Change, Index};
    use crate::learn::Curves;

    fn of<K: serde::de::DeserializeOwned>(yaml: &str) -> K {
        serde_saphyr::from_str(yaml).unwrap()
    }

    /// Zones of these names, the policy `p` whose wall are these zones, and a job that it holds; walled in already if `walled`.
    fn picture(zones: &[&str], wall: &str, walled: bool) -> Picture {
        let mut index = Index::default();
        for zone in zones {
            index.zones(Change::Applied(of(&format!(
                "metadata: {{name: {zone}, uid: {zone}}}\nspec: {{nodeSelector: {{matchLabels: {{zone: {zone}}}}}, sources: []}}"
            ))));
        }
        index.policies(Change::Applied(of(&format!(
            "metadata: {{name: p, uid: p}}\nspec: {{mode: Enforce, placement: {{zones: {wall}}}}}"
        ))));
        let choice = json!({"start": "2026-11-23T02:00:00Z", "zones": ["ma"]});
        let plan = json!({
            "uid": "j", "policy": "p", "reason": "WaitingForGreenerSlot", "message": "", "madeAt": "2026-11-23T00:00:00Z",
            "chosen": choice, "now": choice, "binding": "Nothing", "signal": "CarbonIntensity",
            "latestStart": "2026-11-23T12:00:00Z", "expectedSeconds": 60, "lengthSource": "Annotation", "watts": 1.0,
        });
        let mut job = json!({
            "metadata": {
                "name": "j", "namespace": "team", "uid": "j", "resourceVersion": "1",
                "creationTimestamp": "2026-11-23T00:00:00Z",
                "labels": {"alize.dev/deferrable": "true", "alize.dev/held": "true"},
                "annotations": {"alize.dev/held-by": "p"},
            },
            "spec": {"suspend": true, "template": {"spec": {"containers": []}}},
            "status": {},
        });
        if walled {
            job["metadata"]["annotations"]["alize.dev/plan"] = json!(plan.to_string());
            job["metadata"]["annotations"]["alize.dev/original-affinity"] = json!("null");
        }
        index.deferrable(Change::Applied(serde_json::from_value(job).unwrap()));
        index.picture_by(&Curves::default(), "2026-11-23T00:01:00Z".parse().unwrap())
    }

    fn let_go(picture: &Picture) -> Affinity {
        at_release(
            &picture.subjects["j"],
            &["fr".into(), "ma".into()],
            &"p".into(),
            picture,
        )
    }

    #[test]
    fn a_job_that_is_let_go_because_its_policy_is_faulty_keeps_the_wall_that_stands() {
        for (zones, wall) in [(&["fr", "ma"][..], "[ma, mistyped]"), (&["fr"], "[ma]"), (&[], "[ma]")] {
            let picture = picture(zones, wall, true);
            assert!(picture.faults.contains_key(&"p".into()), "{wall}");
            assert_eq!(let_go(&picture), Affinity::Keep, "{wall}");
        }
    }

    #[test]
    fn a_job_that_was_never_planned_is_let_go_within_the_zones_that_its_faulty_policy_names_and_that_exist() {
        let picture = picture(&["fr", "ma"], "[ma, mistyped]", false);
        let Affinity::Within(terms) = let_go(&picture) else {
            panic!("no wall");
        };
        assert_eq!(terms, [zone_term(&picture.selectors[&"ma".into()])]);
    }

    #[test]
    fn a_job_whose_policy_is_gone_gets_back_what_its_owner_wrote() {
        let mut picture = picture(&["fr", "ma"], "[ma, mistyped]", true);
        picture.faults.clear();
        assert_eq!(let_go(&picture), Affinity::Restore);
    }
}
