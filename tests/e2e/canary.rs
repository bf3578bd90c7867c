//! The key of a provider reaches the provider, and nobody else: whatever is written, logged or counted is read through for it.

use std::sync::Arc;

use axum::http::StatusCode;
use axum::response::{IntoResponse, Response};
use jiff::Timestamp;
use serde_json::{Value, json};
use testbed::product::NAMESPACE;

use super::fault_zones::{is_unharmed, job_in, shows, zones};
use super::provider::{Provider, cut, rows};
use super::scene::{SOON, Scene};
use super::watching::eventually;

/// What is in the Secret, before its number, and nowhere else.
const CANARY: &str = "canary-51c0ffee";
const SECRET: &str = "provider-keys";

/// The chart gives this right for each Secret of its values.
const RIGHT: &str = r"
apiVersion: rbac.authorization.k8s.io/v1
kind: Role
metadata: {name: provider-keys, namespace: alize-system}
rules:
- {apiGroups: [''], resources: [secrets], resourceNames: [provider-keys], verbs: [list, watch]}
---
apiVersion: rbac.authorization.k8s.io/v1
kind: RoleBinding
metadata: {name: provider-keys, namespace: alize-system}
roleRef: {apiGroup: rbac.authorization.k8s.io, kind: Role, name: provider-keys}
subjects: [{kind: ServiceAccount, name: alize-operator, namespace: alize-system}]
";

/// Ways to give back what was asked, key and all.
const ECHOES: [fn(&str) -> Response; 6] = [
    |asked| (StatusCode::UNAUTHORIZED, asked.to_owned()).into_response(),
    |asked| (StatusCode::BAD_REQUEST, asked.to_owned()).into_response(),
    |asked| {
        let there = format!("http://127.0.0.1:1/{}", key_in(asked));
        (StatusCode::FOUND, [("location", there)]).into_response()
    },
    |asked| {
        let body = json!({"zone": asked, "updatedAt": key_in(asked), "forecast": [{"datetime": key_in(asked)}],
            "response": {"data": [{"period": key_in(asked), "fueltype": "SUN", "value": asked}]}});
        axum::Json(body).into_response()
    },
    |asked| ([("content-encoding", key_in(asked))], asked.to_owned()).into_response(),
    |asked| cut(asked.to_owned()),
];

/// The key that a request came with.
fn key_in(asked: &str) -> String {
    let from = asked.find(CANARY).unwrap_or_else(|| panic!("no key in {asked}"));
    asked[from..]
        .chars()
        .take_while(|c| c.is_ascii_alphanumeric() || *c == '-')
        .collect()
}

fn electricity_maps(_: &str) -> Response {
    let row = |row: Value| json!({"datetime": row["timestamp"], "carbonIntensity": row["value"]});
    let hours = |i: i64| Timestamp::now() + jiff::SignedDuration::from_hours(i);
    let mut all: Vec<Value> = rows(0, 1, |_| json!(400)).into_iter().map(row).collect();
    all.extend((1..24).map(|i| json!({"datetime": hours(i), "carbonIntensity": 400 - i})));
    axum::Json(json!({"zone": "MA", "updatedAt": Timestamp::now(), "forecast": all})).into_response()
}

/// Writes this key into the Secret.
fn rotate(scene: &Scene, key: &str) {
    let secret = json!({"apiVersion": "v1", "kind": "Secret", "metadata": {"name": SECRET, "namespace": NAMESPACE}, "stringData": {"token": key}});
    scene.stage.product.apply(&secret.to_string()).unwrap();
}

/// Everything that anybody but the keeper of the Secrets can read of the cluster.
fn everything(scene: &Scene) -> String {
    let kinds = "gridzones,carbonpolicies,holdswitches,emissionsreports,jobs,pods,configmaps,events,events.events.k8s.io,leases";
    let args = [
        "get",
        kinds,
        "--all-namespaces",
        "--output",
        "yaml",
        "--show-managed-fields",
    ];
    scene.stage.product.kubectl(&args).unwrap()
}

/// The two providers, and how they may be reached: one takes the key in a header, the other in the address.
struct Both {
    maps: Provider,
    eia: Provider,
    allowed: String,
}

impl Both {
    async fn start() -> Self {
        let echo = || Arc::new(ECHOES[0]);
        let (maps, eia) = (Provider::start(echo()).await, Provider::start(echo()).await);
        let allowed = format!("{},{}", maps.origin, eia.origin);
        Self { maps, eia, allowed }
    }

    fn zones(&self) -> [(&'static str, Vec<Value>); 2] {
        let secret = json!({"name": SECRET, "key": "token"});
        let maps = json!({"zone": "MA", "secret": secret, "endpoint": self.maps.origin});
        let eia = json!({"respondent": "CISO", "secret": secret, "endpoint": self.eia.origin});
        [
            (
                "by-header",
                vec![json!({"signal": "CarbonIntensity", "electricityMaps": maps})],
            ),
            ("by-address", vec![json!({"signal": "CarbonIntensity", "eia": eia})]),
        ]
    }

    /// Gives both a new key, which they echo this way; returns all that is to be seen of it.
    async fn echo(&self, scene: &Scene, number: usize, echo: fn(&str) -> Response) -> String {
        let mut seen = Vec::new();
        let key = format!("{CANARY}-{number}");
        for provider in [&self.maps, &self.eia] {
            provider.turns(Arc::new(echo));
        }
        rotate(scene, &key);
        for (provider, zone) in [(&self.maps, "by-header"), (&self.eia, "by-address")] {
            eventually(&format!("{key} reaches the provider of {zone}"), SOON, || async {
                provider.asked().iter().any(|asked| key_in(asked) == key).then_some(())
            })
            .await;
            seen.push(format!("{:?}", shows(scene, zone, "None", "asking ").await));
        }
        seen.push(everything(scene));
        seen.join("\n")
    }
}

/// What an admin at a terminal reads of the zones.
fn commands(scene: &Scene, allowed: &str) -> String {
    let said = |args: &[&str]| {
        let said = scene.alize(&[args, &["--allow-endpoint", allowed, "--log", "trace"]].concat());
        said.unwrap_or_else(|error| error.to_string())
    };
    let check = said(&["grid", "check", "by-header", "by-address"]);
    let forecast = said(&["forecast", "by-header", "-o", "json"]);
    assert!(
        check.contains("by-address") && forecast.contains("Electricity Maps"),
        "{check}{forecast}"
    );
    check + &forecast
}

#[tokio::test(flavor = "multi_thread")]
async fn a_key_reaches_its_provider_anew_after_each_change_and_is_shown_to_nobody_else() {
    let scene = Scene::new("canary").await;
    scene.stage.product.apply(RIGHT).unwrap();
    rotate(&scene, &format!("{CANARY}-first"));
    let both = Both::start().await;
    let args = [
        "--allow-loopback",
        "--allow-endpoint",
        &both.allowed,
        "--secret",
        SECRET,
        "--log",
        "trace",
    ];
    let operator = scene.operator_named("operator-canary", &args);
    scene.flat().await;
    let _zones = zones(&scene, &both.zones());
    scene.enforce(json!({})).await;
    let mut seen = Vec::new();
    for (number, echo) in ECHOES.into_iter().enumerate() {
        seen.push(both.echo(&scene, number, echo).await);
    }
    both.maps.turns(Arc::new(electricity_maps));
    rotate(&scene, &format!("{CANARY}-last"));
    shows(&scene, "by-header", "Live", "").await;
    assert!(key_in(both.maps.asked().last().unwrap()).ends_with("-last"));
    is_unharmed(&operator);

    // What is made of jobs: one that waits by the answer, one that has none to wait by.
    scene.create(job_in("by-header")).await;
    scene.planned("by-header").await;
    scene.create(job_in("by-address")).await;
    scene.completed("by-address", SOON).await;
    scene.report().await;
    seen.push(everything(&scene));
    let (seen, log, metrics) = (seen.concat(), operator.logged(), operator.get("/metrics").unwrap().1);
    assert!(log.contains("TRACE") && seen.contains("by-header") && metrics.contains("electricity_maps"));
    let commands = commands(&scene, &both.allowed);
    for (what, text) in [
        ("cluster", seen),
        ("log", log),
        ("metrics", metrics),
        ("commands", commands),
    ] {
        let line = text.lines().find(|line| line.contains(CANARY));
        assert_eq!(line, None, "in the {what}");
    }
    let kubectl = |args: &[&str]| scene.stage.product.kubectl(args).unwrap();
    kubectl(&["delete", "role,rolebinding,secret", SECRET, "--namespace", NAMESPACE]);
}
