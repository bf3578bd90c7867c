//! The HoldSwitches: one for each Enforce policy in force, armed while this leader stands ready to let go.

use std::collections::BTreeMap;
use std::sync::Arc;

use jiff::Timestamp;
use k8s_openapi::api::apps::v1::Deployment;
use k8s_openapi::apimachinery::pkg::apis::meta::v1::{OwnerReference, Time};
use kube::api::{DeleteParams, ObjectMeta, Patch, PostParams, Preconditions};
use kube::{Api, Client};
use serde_json::{Value, json};
use tracing::{info, warn};

use super::apply::{FIELD_MANAGER, patch_params};
use super::guard::{Guard, WriteError};
use crate::api::{CarbonPolicySpec, HoldSwitch, HoldSwitchSpec, Mode};
use crate::index::Picture;
use crate::metrics::{Resource, Verb, WriteOutcome};
use crate::units::PolicyName;

/// Keeps the switches as the policies want them.
pub struct Switches {
    api: Api<HoldSwitch>,
    deployments: Api<Deployment>,
    deployment: Option<String>,
    guard: Guard,
}

/// What one switch needs.
#[derive(Debug, PartialEq)]
enum Need {
    Create,
    Selectors,
    Arm,
    /// The policy still exists but holds nothing: the admin's own `spec.hold` outlives that.
    Disarm(String),
    Delete,
}

impl Switches {
    /// Switches in `namespace`, owned by its Deployment of the name `deployment`, so that they go when it goes.
    pub fn new(client: &Client, namespace: &str, deployment: Option<String>, guard: Guard) -> Self {
        Self {
            api: Api::namespaced(client.clone(), namespace),
            deployments: Api::namespaced(client.clone(), namespace),
            deployment,
            guard,
        }
    }

    /// Creates, arms, disarms and deletes what is needed. What fails is tried again by the next cycle.
    pub async fn keep(&self, picture: &Picture, now: Timestamp) {
        for (name, need) in needs(picture) {
            if let Err(error) = self.meet(&name, &need, picture, now).await
                && !matches!(error.outcome(), WriteOutcome::Conflict | WriteOutcome::Gone)
            {
                warn!(switch = %name, ?need, %error, "a HoldSwitch could not be written; it is tried again");
            }
        }
    }

    async fn meet(&self, name: &str, need: &Need, picture: &Picture, now: Timestamp) -> Result<(), WriteError> {
        let spec = picture.policies.get(&name.into()).map(|policy| &*policy.spec);
        match need {
            Need::Create => {
                let switch = self.switch(name, spec).await?;
                let params = PostParams {
                    field_manager: Some(FIELD_MANAGER.into()),
                    ..PostParams::default()
                };
                let create = self.api.create(&params, &switch);
                self.guard.write(Verb::Create, Resource::HoldSwitch, create).await?;
                info!(switch = name, "HoldSwitch created");
                self.arm(name, true, "the leader stands ready", now).await
            }
            Need::Selectors => {
                let old = picture.switches.get(name).map(|switch| &switch.spec);
                let body = selectors(old, spec);
                let (params, patch) = (patch_params(), Patch::Merge(&body));
                let request = self.api.patch(name, &params, &patch);
                self.guard
                    .write(Verb::Patch, Resource::HoldSwitch, request)
                    .await
                    .map(drop)
            }
            Need::Arm => self.arm(name, true, "the leader stands ready", now).await,
            Need::Disarm(why) => self.arm(name, false, why, now).await,
            Need::Delete => {
                let uid = picture
                    .switches
                    .get(name)
                    .and_then(|switch| switch.metadata.uid.clone());
                let params = DeleteParams {
                    preconditions: Some(Preconditions {
                        uid,
                        resource_version: None,
                    }),
                    ..DeleteParams::default()
                };
                let request = self.api.delete(name, &params);
                self.guard.write(Verb::Delete, Resource::HoldSwitch, request).await?;
                info!(switch = name, "HoldSwitch deleted");
                Ok(())
            }
        }
    }

    async fn arm(&self, name: &str, armed: bool, message: &str, now: Timestamp) -> Result<(), WriteError> {
        let body = json!({"status": {"armed": armed, "message": message, "since": Time(now)}});
        let (params, patch) = (patch_params(), Patch::Merge(&body));
        let request = self.api.patch_status(name, &params, &patch);
        self.guard.write(Verb::Patch, Resource::HoldSwitch, request).await?;
        info!(switch = name, armed, message, "HoldSwitch set");
        Ok(())
    }

    async fn switch(&self, name: &str, spec: Option<&CarbonPolicySpec>) -> Result<HoldSwitch, WriteError> {
        let owner = match &self.deployment {
            // A chart cannot know the Deployment's UID, so it is looked up. A switch without owner still works.
            Some(deployment) => self
                .guard
                .read(self.deployments.get_opt(deployment))
                .await?
                .map(|d| owner(&d.metadata)),
            None => None,
        };
        Ok(HoldSwitch {
            metadata: ObjectMeta {
                name: Some(name.to_owned()),
                owner_references: owner.map(|owner| vec![owner]),
                ..ObjectMeta::default()
            },
            spec: HoldSwitchSpec {
                // Left out: the default holds, and the field stays the admin's.
                hold: None,
                namespace_selector: spec.and_then(|s| s.namespace_selector.clone()),
                job_selector: spec.and_then(|s| s.job_selector.clone()),
            },
            status: None,
        })
    }
}

fn owner(deployment: &ObjectMeta) -> OwnerReference {
    OwnerReference {
        api_version: "apps/v1".into(),
        kind: "Deployment".into(),
        name: deployment.name.clone().unwrap_or_default(),
        uid: deployment.uid.clone().unwrap_or_default(),
        controller: Some(false),
        block_owner_deletion: Some(false),
    }
}

/// What makes the selectors of `old` those of the policy.
fn selectors(old: Option<&HoldSwitchSpec>, spec: Option<&CarbonPolicySpec>) -> Value {
    let old = json!({
        "namespaceSelector": old.and_then(|old| old.namespace_selector.as_ref()),
        "jobSelector": old.and_then(|old| old.job_selector.as_ref()),
    });
    let new = json!({
        "namespaceSelector": spec.and_then(|spec| spec.namespace_selector.as_ref()),
        "jobSelector": spec.and_then(|spec| spec.job_selector.as_ref()),
    });
    json!({ "spec": turned_into(old, new) })
}

/// The merge patch that leaves nothing of `old` behind: it keeps whatever it does not name, so what is gone is named, with null.
fn turned_into(old: Value, new: Value) -> Value {
    match (old, new) {
        (Value::Object(old), Value::Object(mut new)) => {
            for (key, was) in old {
                let becomes = new.remove(&key).unwrap_or(Value::Null);
                new.insert(key, turned_into(was, becomes));
            }
            Value::Object(new)
        }
        (_, new) => new,
    }
}

fn needs(picture: &Picture) -> Vec<(String, Need)> {
    let mut needs = Vec::new();
    let enforced: BTreeMap<&str, &CarbonPolicySpec> = picture
        .policies
        .iter()
        .filter(|policy| policy.spec.mode == Mode::Enforce)
        .map(|policy| (policy.name.as_str(), &*policy.spec))
        .collect();
    for (&name, &spec) in &enforced {
        let need = match picture.switches.get(name) {
            None => Some(Need::Create),
            Some(switch) if differs(switch, spec) => Some(Need::Selectors),
            Some(switch) if !is_armed(switch) => Some(Need::Arm),
            Some(_) => None,
        };
        needs.extend(need.map(|need| (name.to_owned(), need)));
    }
    for (name, switch) in picture
        .switches
        .iter()
        .filter(|(name, _)| !enforced.contains_key(name.as_str()))
    {
        let need = match why_it_holds_nothing(&name.as_str().into(), picture) {
            None => Some(Need::Delete),
            Some(why) => is_armed(switch).then_some(Need::Disarm(why)),
        };
        needs.extend(need.map(|need| (name.clone(), need)));
    }
    needs
}

/// Why a policy that is not to hold does not; `None` where there is no such policy any more.
fn why_it_holds_nothing(policy: &PolicyName, picture: &Picture) -> Option<String> {
    let fault = picture.faults.get(policy);
    let fault = fault.map(|fault| format!("its policy is not in force: {}", fault.message));
    fault.or_else(|| picture.policies.get(policy).map(|_| "its policy is in DryRun".into()))
}

fn differs(switch: &Arc<HoldSwitch>, spec: &CarbonPolicySpec) -> bool {
    switch.spec.namespace_selector != spec.namespace_selector || switch.spec.job_selector != spec.job_selector
}

fn is_armed(switch: &HoldSwitch) -> bool {
    switch.status.as_ref().is_some_and(|status| status.armed)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::index::{Change, Index};
    use crate::learn::Curves;

    /// A policy in this mode, or none, and its switch that is armed; the admin has switched it off.
    fn picture(mode: Option<&str>) -> Picture {
        let mut index = Index::default();
        let zone = json!({"metadata": {"name": "ma", "uid": "1"}, "spec": {"nodeSelector": {}, "sources": []}});
        index.zones(Change::Applied(serde_json::from_value(zone).unwrap()));
        if let Some(mode) = mode {
            let policy = json!({"metadata": {"name": "p", "uid": "2"}, "spec": {"mode": mode}});
            index.policies(Change::Applied(serde_json::from_value(policy).unwrap()));
        }
        let switch = json!({"metadata": {"name": "p", "uid": "3"}, "spec": {"hold": false}, "status": {"armed": true}});
        index.switches(Change::Applied(serde_json::from_value(switch).unwrap()));
        index.picture_by(&Curves::default(), Timestamp::UNIX_EPOCH)
    }

    #[test]
    fn a_switch_lives_as_long_as_its_policy_so_that_the_admin_s_own_hold_outlives_a_dry_run() {
        let need = |mode| needs(&picture(mode)).pop().map(|(_, need)| need);
        assert_eq!(need(Some("Enforce")), None);
        assert_eq!(
            need(Some("DryRun")),
            Some(Need::Disarm("its policy is in DryRun".into()))
        );
        assert_eq!(need(None), Some(Need::Delete));
    }

    #[test]
    fn a_selector_takes_the_place_of_the_old_one_and_keeps_none_of_its_keys() {
        let old: HoldSwitchSpec = serde_json::from_value(json!({
            "namespaceSelector": {"matchLabels": {"tier": "batch"}},
            "jobSelector": {"matchLabels": {"team": "a", "kept": "1"}, "matchExpressions": [{"key": "x", "operator": "Exists"}]},
        }))
        .unwrap();
        let new: CarbonPolicySpec =
            serde_json::from_value(json!({"jobSelector": {"matchLabels": {"env": "prod", "kept": "1"}}})).unwrap();
        assert_eq!(
            selectors(Some(&old), Some(&new)),
            json!({"spec": {
                "namespaceSelector": null,
                "jobSelector": {"matchLabels": {"team": null, "env": "prod", "kept": "1"}, "matchExpressions": null},
            }})
        );
    }
}
