//! Jobs as their owners write them.

use k8s_openapi::api::batch::v1::Job;
use serde_json::{Value, json};

/// A deferrable job under construction.
#[derive(Clone)]
pub struct Draft(Value);

/// A deferrable job that runs one pod of one core for a second, drawing 1 kW.
pub fn job(name: &str) -> Draft {
    Draft(json!({
        "apiVersion": "batch/v1",
        "kind": "Job",
        "metadata": {
            "name": name,
            "labels": {"alize.dev/deferrable": "true"},
            "annotations": {"alize.dev/expected-duration": "1s", "alize.dev/watts": "1000"},
        },
        "spec": {"template": {
            "metadata": {"annotations": {"testbed.alize.dev/runs-for": "1s"}},
            "spec": {
                "restartPolicy": "Never",
                "containers": [{"name": "main", "image": "example.org/work:1", "resources": {"requests": {"cpu": "1"}}}],
            },
        }},
    }))
}

impl Draft {
    /// An annotation of the job.
    pub fn annotation(mut self, key: &str, value: &str) -> Self {
        self.0["metadata"]["annotations"][key] = json!(value);
        self
    }

    /// A label of the job.
    pub fn label(mut self, key: &str, value: &str) -> Self {
        self.0["metadata"]["labels"][key] = json!(value);
        self
    }

    /// An annotation of its pods.
    pub fn pod_annotation(mut self, key: &str, value: &str) -> Self {
        self.0["spec"]["template"]["metadata"]["annotations"][key] = json!(value);
        self
    }

    /// How long it runs, and says that it runs.
    pub fn runs_for(self, duration: &str) -> Self {
        let said = self.annotation("alize.dev/expected-duration", duration);
        said.pod_annotation("testbed.alize.dev/runs-for", duration)
    }

    /// The cores that each pod asks for.
    pub fn cpu(mut self, cores: &str) -> Self {
        self.0["spec"]["template"]["spec"]["containers"][0]["resources"]["requests"]["cpu"] = json!(cores);
        self
    }

    /// Sets any field by its JSON pointer.
    pub fn set(mut self, pointer: &str, value: Value) -> Self {
        let (parent, field) = pointer.rsplit_once('/').unwrap();
        let parent = self.0.pointer_mut(parent).unwrap_or_else(|| panic!("no {parent}"));
        parent[field] = value;
        self
    }

    /// The manifest.
    pub fn json(&self) -> &Value {
        &self.0
    }

    /// The object.
    pub fn build(self) -> Job {
        serde_json::from_value(self.0).unwrap()
    }
}
