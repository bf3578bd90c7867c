//! Objects that make no sense are refused by the API server, with a sentence that says what to write.

use kube::Api;
use kube::api::{ApiResource, DynamicObject, Patch, PatchParams, PostParams, ValidationDirective};
use serde_json::{Value, json};

use super::scene::Scene;
use alize::api::{CarbonPolicy, GridZone};

fn object(kind: &str, spec: &Value) -> Value {
    json!({"apiVersion": "alize.dev/v1alpha1", "kind": kind, "metadata": {"name": "bad"}, "spec": spec})
}

#[tokio::test(flavor = "multi_thread")]
async fn a_policy_that_makes_no_sense_is_refused_with_a_sentence() {
    let scene = Scene::new("bad-policies").await;
    let policies: Api<CarbonPolicy> = Api::all(scene.client.clone());
    let params = PatchParams {
        dry_run: true,
        field_validation: Some(ValidationDirective::Strict),
        ..PatchParams::apply("test")
    };
    let cases = [
        (json!({"delay": {"max": "-5m"}}), "delay.max must be a duration such as"),
        (
            json!({"delay": {"max": "30m1h"}}),
            "delay.max must be a duration such as",
        ),
        (
            json!({"delay": {"max": "soon"}}),
            "delay.max must be a duration such as",
        ),
        (json!({"delay": {"minimumSaving": "150%"}}), "spec.delay.minimumSaving"),
        (
            json!({"delay": {"gramsPerHour": "20"}, "objective": {"signal": "RenewableShare"}}),
            "write delay.pricePerHour",
        ),
        (json!({"priority": 5000}), "spec.priority"),
        (json!({"placement": {"zones": []}}), "spec.placement.zones"),
        (json!({"mode": "Always"}), "spec.mode"),
        (json!({"dealy": {}}), "dealy"),
    ];
    for (spec, words) in cases {
        let policy = object("CarbonPolicy", &spec);
        let refused = policies
            .patch("bad", &params, &Patch::Apply(&policy))
            .await
            .unwrap_err()
            .to_string();
        assert!(refused.contains(words), "{spec}: {refused}");
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_zone_that_makes_no_sense_is_refused_with_a_sentence() {
    let scene = Scene::new("bad-zones").await;
    let zones: Api<DynamicObject> = Api::all_with(scene.client.clone(), &ApiResource::erase::<GridZone>(&()));
    let dry = PostParams {
        dry_run: true,
        ..PostParams::default()
    };
    let nodes = json!({"matchLabels": {"zone": "x"}});
    let constant = json!({"signal": "CarbonIntensity", "constant": {"value": "5"}});
    let source = |source: Value| json!({"nodeSelector": nodes, "sources": [source]});
    let cases = [
        (
            json!({"nodeSelector": {}, "sources": [constant]}),
            "an empty selector would put every node into this zone",
        ),
        (json!({"nodeSelector": nodes, "sources": []}), "spec.sources"),
        (
            source(json!({"signal": "CarbonIntensity"})),
            "give exactly one of file, configMap, constant, yearly, energyCharts, ",
        ),
        (
            source(json!({"signal": "CarbonIntensity", "energyCharts": {"country": "es"}})),
            "energyCharts serves the signal RenewableShare",
        ),
        (
            source(json!({"signal": "RenewableShare", "flow": "Consumption", "energyCharts": {"country": "es"}})),
            "the other sources say it themselves",
        ),
        (
            source(json!({"signal": "CarbonIntensity", "file": {"path": "../etc/passwd"}})),
            "may not leave it",
        ),
        (
            json!({"nodeSelector": nodes, "sources": [constant], "pue": "0.5"}),
            "it lies between 1 and 5",
        ),
    ];
    for (spec, words) in cases {
        let zone: DynamicObject = serde_json::from_value(object("GridZone", &spec)).unwrap();
        let refused = zones.create(&dry, &zone).await.unwrap_err().to_string();
        assert!(refused.contains(words), "{spec}: {refused}");
    }
}
