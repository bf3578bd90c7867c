//! The cage around our own accounts (P2): what their tokens cannot change, whoever holds them.

use k8s_openapi::api::batch::v1::Job;
use kube::Api;
use kube::api::{DeleteParams, Patch, PatchParams};
use serde_json::{Value, json};
use testbed::product::ACCOUNTS;

use super::cluster::client_of;
use super::jobs::job;
use super::scene::Scene;

/// Patches that must be refused: `held` is held by us, `free` was never held, `own` was suspended by its user.
fn outside_the_cage() -> Vec<(&'static str, Value)> {
    let container = |field: Value| {
        let mut main = json!({"name": "main", "image": "example.org/work:1", "resources": {"requests": {"cpu": "1"}}});
        main.as_object_mut().unwrap().extend(field.as_object().unwrap().clone());
        json!({"spec": {"template": {"spec": {"containers": [main]}}}})
    };
    vec![
        ("held", container(json!({"image": "example.org/evil:1"}))),
        (
            "held",
            container(json!({"resources": {"requests": {"cpu": "1"}, "limits": {"cpu": "8"}}})),
        ),
        ("held", container(json!({"resources": {"requests": {"cpu": "2"}}}))),
        ("held", json!({"metadata": {"labels": {"team": "b"}}})),
        ("held", json!({"metadata": {"labels": {"alize.dev/deferrable": null}}})),
        (
            "held",
            json!({"metadata": {"annotations": {"alize.dev/finish-by": "1h"}}}),
        ),
        ("held", json!({"metadata": {"annotations": {"example.org/x": "y"}}})),
        ("held", json!({"metadata": {"finalizers": ["alize.dev/keep"]}})),
        ("held", json!({"spec": {"completions": 5}})),
        ("held", json!({"spec": {"ttlSecondsAfterFinished": 0}})),
        ("held", json!({"spec": {"activeDeadlineSeconds": 1}})),
        (
            "held",
            json!({"spec": {"template": {"spec": {"nodeSelector": {"kubernetes.io/hostname": "fr-1"}}}}}),
        ),
        (
            "held",
            json!({"spec": {"template": {"spec": {"tolerations": [{"operator": "Exists"}]}}}}),
        ),
        (
            "held",
            json!({"spec": {"template": {"metadata": {"labels": {"x": "y"}}}}}),
        ),
        ("free", json!({"spec": {"suspend": true}})),
        (
            "free",
            json!({"spec": {"suspend": true}, "metadata": {"labels": {"alize.dev/held": "true"}, "annotations": {"alize.dev/widened-at": "2026-11-25T12:00:00Z"}}}),
        ),
        (
            "free",
            json!({"metadata": {"annotations": {"alize.dev/released-at": "2026-11-25T12:00:00Z"}}}),
        ),
        (
            "free",
            json!({"metadata": {"annotations": {"alize.dev/emissions": "{}"}}}),
        ),
        ("free", json!({"metadata": {"labels": {"alize.dev/held": "true"}}})),
        ("free", json!({"spec": {"parallelism": 5}})),
        ("own", json!({"spec": {"suspend": false}})),
        ("own", json!({"metadata": {"labels": {"alize.dev/held": "true"}}})),
    ]
}

#[tokio::test(flavor = "multi_thread")]
async fn p2_with_the_operators_token_nothing_outside_the_cage_can_be_changed() {
    let scene = Scene::new("cage").await;
    let operator = scene.operator();
    scene.greener_later().await;
    scene.enforce(json!({})).await;
    scene.create(job("held").label("team", "a")).await;
    scene.planned("held").await;
    scene
        .create(job("free").annotation("alize.dev/run-now", "true").runs_for("60s"))
        .await;
    scene.create(job("own").set("/spec/suspend", json!(true))).await;
    operator.kill();

    let refused = outside_the_cage();
    for account in ACCOUNTS {
        let theirs = client_of(&scene.stage.product.account(account).unwrap()).await;
        let jobs: Api<Job> = Api::namespaced(theirs, "cage");
        let dry = PatchParams {
            dry_run: true,
            ..PatchParams::default()
        };
        for (name, patch) in &refused {
            let answer = jobs.patch(name, &dry, &Patch::Merge(patch)).await;
            let said = answer
                .expect_err(&format!("{account} may write {patch} on {name}"))
                .to_string();
            assert!(
                said.contains("alize-cage") || said.contains("field is immutable"),
                "{patch}: {said}"
            );
        }
        assert!(
            jobs.delete(
                "held",
                &DeleteParams {
                    dry_run: true,
                    ..DeleteParams::default()
                }
            )
            .await
            .is_err()
        );
        // The door of the cage: a release.
        let release = json!({"spec": {"suspend": false}, "metadata": {"labels": {"alize.dev/held": null}}});
        jobs.patch("held", &dry, &Patch::Merge(&release))
            .await
            .expect("a release is allowed");
    }
    // A user is not in the cage.
    scene
        .patch("free", json!({"metadata": {"labels": {"team": "b"}}}))
        .await;
}
