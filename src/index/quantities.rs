//! Kubernetes quantities as numbers, and what a pod asks for.

use std::collections::BTreeMap;

use k8s_openapi::apimachinery::pkg::api::resource::Quantity;

use super::slim::{SlimContainer, SlimPodSpec};
use crate::units::Resources;

/// Reads a Kubernetes quantity (`500m`, `1.5`, `32Gi`, `2k`, `1e3`) in its base unit; `None` where it is malformed.
pub fn parse(quantity: &str) -> Option<f64> {
    let text = quantity.trim();
    let digits = text
        .find(|c: char| !(c.is_ascii_digit() || matches!(c, '.' | '+' | '-')))
        .unwrap_or(text.len());
    let number: f64 = text[..digits].parse().ok()?;
    let factor = match &text[digits..] {
        "" => 1.0,
        "n" => 1e-9,
        "u" => 1e-6,
        "m" => 1e-3,
        "k" => 1e3,
        "M" => 1e6,
        "G" => 1e9,
        "T" => 1e12,
        "P" => 1e15,
        "E" => 1e18,
        "Ki" => 1024.0,
        "Mi" => 1024f64.powi(2),
        "Gi" => 1024f64.powi(3),
        "Ti" => 1024f64.powi(4),
        "Pi" => 1024f64.powi(5),
        "Ei" => 1024f64.powi(6),
        exponent => {
            return exponent
                .strip_prefix(['e', 'E'])?
                .parse::<i32>()
                .ok()
                .map(|e| number * 10f64.powi(e));
        }
    };
    Some(number * factor)
}

/// CPU, memory and accelerators of a list of quantities. Any `…/gpu` resource counts as an accelerator.
pub fn resources(list: &BTreeMap<String, Quantity>) -> Resources {
    let mut sum = Resources::default();
    for (name, quantity) in list {
        let Some(value) = parse(&quantity.0) else { continue };
        match name.as_str() {
            // Rounded up: half a thousandth of a core still needs room.
            "cpu" => sum.cpu_milli += (value * 1000.0).ceil() as i64,
            "memory" => sum.memory_bytes += value.ceil() as i64,
            name if name.ends_with("/gpu") => sum.gpus += value as i64,
            _ => {}
        }
    }
    sum
}

/// What the scheduler reserves for one pod: containers and sidecars together, or the largest init container, plus overhead.
pub fn pod_request(spec: &SlimPodSpec) -> Resources {
    let request = |c: &SlimContainer| {
        // The API server fills requests in from limits on pods, and never on the templates of jobs.
        let mut asked = c.resources.limits.clone();
        asked.extend(c.resources.requests.clone());
        resources(&asked)
    };
    let main: Resources = spec.containers.iter().map(request).sum();
    let (mut sidecars, mut init) = (Resources::default(), Resources::default());
    for container in &spec.init_containers {
        if container.restart_policy.as_deref() == Some("Always") {
            sidecars = sidecars + request(container);
            init = init.max(&sidecars);
        } else {
            init = init.max(&(sidecars + request(container)));
        }
    }
    (main + sidecars).max(&init) + resources(&spec.overhead)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn quantities_read_as_in_kubernetes() {
        for (text, value) in [
            ("500m", 0.5),
            ("2", 2.0),
            ("1.5", 1.5),
            ("32Gi", 32.0 * 1024f64.powi(3)),
            ("1e3", 1000.0),
            ("4k", 4000.0),
            ("250m", 0.25),
        ] {
            assert_eq!(parse(text), Some(value), "{text}");
        }
        for text in ["", "five", "5Zi", "1e"] {
            assert_eq!(parse(text), None, "{text}");
        }
    }

    #[test]
    fn an_init_container_counts_only_where_it_is_larger() {
        let spec: SlimPodSpec = serde_saphyr::from_str(
            r#"
containers: [{resources: {requests: {cpu: "1", nvidia.com/gpu: "2"}}}, {resources: {requests: {cpu: 500m, memory: 1Gi}}}]
initContainers: [{resources: {requests: {cpu: "4"}}}]
overhead: {cpu: 100m}
"#,
        )
        .unwrap();
        assert_eq!(
            pod_request(&spec),
            Resources {
                cpu_milli: 4100,
                memory_bytes: 1 << 30,
                gpus: 2
            }
        );
    }

    #[test]
    fn a_limit_is_the_request_where_a_template_states_no_other() {
        let spec: SlimPodSpec = serde_saphyr::from_str(
            r#"containers: [{resources: {requests: {cpu: "1"}, limits: {cpu: "4", nvidia.com/gpu: "2"}}}]"#,
        )
        .unwrap();
        let asked = pod_request(&spec);
        assert_eq!((asked.cpu_milli, asked.gpus), (1000, 2));
    }

    #[test]
    fn a_sidecar_runs_beside_the_containers() {
        let spec: SlimPodSpec = serde_saphyr::from_str(
            r#"
containers: [{resources: {requests: {cpu: "1"}}}]
initContainers: [{restartPolicy: Always, resources: {requests: {cpu: "2"}}}]
"#,
        )
        .unwrap();
        assert_eq!(pod_request(&spec).cpu_milli, 3000);
    }
}
