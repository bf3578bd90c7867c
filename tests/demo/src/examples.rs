//! The manifests in `examples/`, as they are but for their time: an hour of theirs takes five seconds here.
//!
//! What is changed, and nothing else:
//! - durations that belong to the day (`delay.max`, `finish-by`, `expected-duration`, ..) are divided by 720;
//! - a pod's `sleep 2h` becomes the annotation by which the fake nodes know how long it runs;
//! - a CronJob's schedule becomes every minute, the shortest that Kubernetes knows.

use std::fs;
use std::path::Path;

use serde_json::{Value, json};

use crate::day::SPEED;
use crate::error::Error;

/// How long a fake node runs a pod.
pub const RUNS_FOR: &str = "testbed.alize.dev/runs-for";

/// The keys whose values are durations of the day. `pendingTimeout` and `maxAge` are not: they speak of machinery.
const OF_THE_DAY: [&str; 6] = [
    "max",
    "duration",
    "maxDuration",
    "alize.dev/finish-by",
    "alize.dev/max-delay",
    "alize.dev/expected-duration",
];

/// Reads all manifests of a directory, compressed, in the order of their files.
///
/// # Errors
/// When a file cannot be read or is not YAML.
pub fn read(directory: &Path) -> Result<Vec<Value>, Error> {
    let entries = fs::read_dir(directory).map_err(Error::file("read", directory))?;
    let mut paths: Vec<_> = entries.flatten().map(|entry| entry.path()).collect();
    paths.retain(|path| path.extension().is_some_and(|ending| ending == "yaml"));
    paths.sort();
    let mut all = Vec::new();
    for path in paths {
        let text = fs::read_to_string(&path).map_err(Error::file("read", &path))?;
        let documents: Vec<Value> = serde_saphyr::from_multiple(&text).map_err(|source| Error::Yaml {
            path: path.clone(),
            source: Box::new(source),
        })?;
        all.extend(documents);
    }
    all.iter_mut().for_each(compress);
    Ok(all)
}

/// The manifests as one text that kubectl applies.
pub fn manifests(all: &[Value]) -> String {
    let documents: Vec<_> = all.iter().map(Value::to_string).collect();
    documents.join("\n---\n")
}

/// Compresses everything in a manifest that takes time.
fn compress(object: &mut Value) {
    match object {
        Value::Object(fields) => {
            if let Some(schedule) = fields.get_mut("schedule") {
                *schedule = json!("* * * * *");
            }
            for (key, value) in fields.iter_mut() {
                let shorter = value
                    .as_str()
                    .filter(|_| OF_THE_DAY.contains(&key.as_str()))
                    .and_then(seconds);
                if let Some(real) = shorter {
                    *value = json!(format!("{:.0}s", (real / SPEED).ceil()));
                }
            }
            fields.values_mut().for_each(compress);
            if let Some(runs_for) = fields.get("spec").and_then(sleep) {
                let metadata = fields.entry("metadata").or_insert_with(|| json!({}));
                metadata["annotations"][RUNS_FOR] = json!(format!("{runs_for:.2}s"));
            }
        }
        Value::Array(items) => items.iter_mut().for_each(compress),
        _ => {}
    }
}

/// How long a pod of this spec would sleep, compressed to seconds of the demo.
fn sleep(pod_spec: &Value) -> Option<f64> {
    let script = pod_spec["containers"][0]["command"].as_array()?.last()?.as_str()?;
    seconds(script.rsplit_once("sleep ")?.1).map(|real| real / SPEED)
}

/// The seconds of a duration such as `90s`, `45m`, `16h`, `1h30m` or `1d`.
pub fn seconds(text: &str) -> Option<f64> {
    let (mut total, mut digits) = (0.0, String::new());
    for c in text.chars() {
        let unit = match c {
            '0'..='9' => {
                digits.push(c);
                continue;
            }
            's' => 1.0,
            'm' => 60.0,
            'h' => 3600.0,
            'd' => 86_400.0,
            _ => return None,
        };
        total += std::mem::take(&mut digits).parse::<f64>().ok()? * unit;
    }
    (digits.is_empty() && !text.is_empty()).then_some(total)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn durations_read_as_in_manifests_and_anything_else_is_none() {
        let cases = [("90s", 90.0), ("45m", 2700.0), ("1h30m", 5400.0), ("1d", 86_400.0)];
        assert!(cases.iter().all(|(text, expected)| seconds(text) == Some(*expected)));
        assert!(["", "12", "h", "5%", "1.5h"].iter().all(|text| seconds(text).is_none()));
    }

    #[test]
    fn an_hour_of_a_manifest_takes_five_seconds_and_machinery_keeps_its_pace() {
        let mut policy =
            json!({"spec": {"delay": {"max": "16h", "minimumSaving": "5%"}, "placement": {"pendingTimeout": "5m"}}});
        compress(&mut policy);
        assert_eq!(policy["spec"]["delay"], json!({"max": "80s", "minimumSaving": "5%"}));
        assert_eq!(policy["spec"]["placement"]["pendingTimeout"], "5m");
    }

    #[test]
    fn a_pod_runs_as_long_as_its_command_sleeps() {
        let mut job =
            json!({"spec": {"template": {"spec": {"containers": [{"command": ["sh", "-c", "echo x; sleep 45m"]}]}}}});
        compress(&mut job);
        assert_eq!(job["spec"]["template"]["metadata"]["annotations"][RUNS_FOR], "3.75s");
        assert!(job.get("metadata").is_none(), "only pods run");
    }

    #[test]
    fn every_example_is_read_and_opens_with_what_it_shows() {
        let examples = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../examples");
        let mut kinds = Vec::new();
        for part in ["platform", "jobs"] {
            let objects = read(&examples.join(part)).unwrap();
            kinds.extend(objects.iter().map(|o| o["kind"].as_str().unwrap().to_owned()));
            for entry in fs::read_dir(examples.join(part)).unwrap() {
                let path = entry.unwrap().path();
                assert!(
                    fs::read_to_string(&path).unwrap().starts_with("# "),
                    "{}",
                    path.display()
                );
            }
        }
        let count = |kind: &str| kinds.iter().filter(|k| *k == kind).count();
        assert_eq!(
            (count("GridZone"), count("CarbonPolicy"), count("Job"), count("CronJob")),
            (3, 3, 4, 1)
        );
    }
}
