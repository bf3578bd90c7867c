//! The workload that the demo makes up besides the examples: deterministic, by a seed.

use std::time::Duration;

use k8s_openapi::api::batch::v1::{Job, JobSpec};
use k8s_openapi::api::core::v1::{Container, PodSpec, PodTemplateSpec};
use k8s_openapi::apimachinery::pkg::apis::meta::v1::ObjectMeta;
use serde_json::{Value, json};

use crate::examples::RUNS_FOR;

/// How many jobs are made up.
pub const JOBS: u32 = 90;
/// They are submitted within this time: the first eight hours of the day.
const WITHIN: f64 = 40.0;
/// Any other gives another day; this one is the day of the commit that brought the demo.
const SEED: u64 = 20_261_126;

/// A kind of work, as a team has it.
struct Kind {
    name: &'static str,
    namespace: &'static str,
    /// How often it is drawn.
    weight: u32,
    /// Seconds that a pod runs, at least and at most.
    length: (f64, f64),
    /// Pods at a time.
    pods: u32,
    cores: f64,
    gpus: u32,
    /// Its data lie in Europe.
    european: bool,
}

const KINDS: [Kind; 6] = [
    Kind {
        name: "etl",
        namespace: "analytics",
        weight: 6,
        length: (4.0, 10.0),
        pods: 1,
        cores: 2.0,
        gpus: 0,
        european: false,
    },
    Kind {
        name: "transcode",
        namespace: "analytics",
        weight: 4,
        length: (3.0, 8.0),
        pods: 1,
        cores: 3.0,
        gpus: 0,
        european: false,
    },
    Kind {
        name: "backtest",
        namespace: "analytics",
        weight: 4,
        length: (5.0, 12.0),
        pods: 2,
        cores: 1.0,
        gpus: 0,
        european: true,
    },
    Kind {
        name: "finetune",
        namespace: "ml",
        weight: 3,
        length: (8.0, 15.0),
        pods: 1,
        cores: 0.5,
        gpus: 1,
        european: false,
    },
    Kind {
        name: "settle",
        namespace: "payments",
        weight: 4,
        length: (3.0, 9.0),
        pods: 1,
        cores: 2.0,
        gpus: 0,
        european: false,
    },
    Kind {
        name: "probe",
        namespace: "lab",
        weight: 1,
        length: (2.0, 5.0),
        pods: 1,
        cores: 1.0,
        gpus: 0,
        european: false,
    },
];

/// A job and when it is submitted, counted from the first.
#[derive(Clone, Debug, PartialEq)]
pub struct Submission {
    /// When.
    pub after: Duration,
    /// The manifest.
    pub job: Value,
}

/// The made-up jobs in the order of their submission.
pub fn submissions() -> Vec<Submission> {
    let mut random = fastrand::Rng::with_seed(SEED);
    let mut all: Vec<_> = (0..JOBS)
        .map(|number| {
            let kind = draw(&mut random);
            let job = job(kind, number, &mut random);
            // More of it in the first hours: what was left over from the evening.
            let after = Duration::from_secs_f64(random.f64().powf(1.3) * WITHIN);
            Submission { after, job }
        })
        .collect();
    all.sort_by_key(|submission| submission.after);
    all
}

fn draw(random: &mut fastrand::Rng) -> &'static Kind {
    let mut ticket = random.u32(0..KINDS.iter().map(|kind| kind.weight).sum());
    for kind in &KINDS {
        match ticket.checked_sub(kind.weight) {
            Some(rest) => ticket = rest,
            None => return kind,
        }
    }
    &KINDS[0]
}

fn job(kind: &Kind, number: u32, random: &mut fastrand::Rng) -> Value {
    let between = |random: &mut fastrand::Rng, low: f64, high: f64| low + random.f64() * (high - low);
    let runs_for = between(random, kind.length.0, kind.length.1);
    // People round up; and creating, scheduling and counting a pod takes its time too.
    let expected = (runs_for + 1.0).ceil();
    let pods = f64::from(kind.pods);
    let watts = pods * (20.0 + 45.0 * kind.cores + 380.0 * f64::from(kind.gpus)) * between(random, 0.8, 1.2);
    let mut annotations = json!({
        "alize.dev/expected-duration": format!("{expected}s"),
        "alize.dev/watts": format!("{watts:.0}"),
    });
    match random.u32(0..10) {
        0..3 => annotations["alize.dev/max-delay"] = json!(format!("{:.0}s", between(random, 30.0, 70.0))),
        3..6 => annotations["alize.dev/finish-by"] = json!(format!("{:.0}s", expected + between(random, 35.0, 75.0))),
        _ => {}
    }
    let memory = format!("{:.0}Mi", kind.cores * 1024.0);
    let mut limits = json!({"memory": memory});
    if kind.gpus > 0 {
        limits["nvidia.com/gpu"] = json!(kind.gpus);
    }
    let region = if kind.european {
        json!({"topology.kubernetes.io/region": "europe"})
    } else {
        json!({})
    };
    json!({
        "apiVersion": "batch/v1",
        "kind": "Job",
        "metadata": {
            "name": format!("{}-{number:02}", kind.name),
            "namespace": kind.namespace,
            "labels": {"alize.dev/deferrable": "true"},
            "annotations": annotations,
        },
        "spec": {"parallelism": kind.pods, "completions": kind.pods, "template": {
            "metadata": {"annotations": {RUNS_FOR: format!("{runs_for:.1}s")}},
            "spec": {
                "restartPolicy": "Never",
                "nodeSelector": region,
                "containers": [{
                    "name": "main",
                    "image": "busybox:1.37",
                    "resources": {"requests": {"cpu": kind.cores.to_string(), "memory": memory}, "limits": limits},
                }],
            },
        }},
    })
}

/// A job that is only tried, to see whether it would be held.
pub fn probe() -> Job {
    let metadata = ObjectMeta {
        name: Some("probe".into()),
        labels: Some([("alize.dev/deferrable".to_owned(), "true".to_owned())].into()),
        ..ObjectMeta::default()
    };
    let pod = PodSpec {
        restart_policy: Some("Never".into()),
        containers: vec![Container {
            name: "main".into(),
            image: Some("busybox:1.37".into()),
            ..Container::default()
        }],
        ..PodSpec::default()
    };
    let template = PodTemplateSpec {
        spec: Some(pod),
        ..PodTemplateSpec::default()
    };
    let spec = JobSpec {
        template,
        ..JobSpec::default()
    };
    Job {
        metadata,
        spec: Some(spec),
        ..Job::default()
    }
}

/// Work that nobody may defer: pods that stay on each zone's nodes, and take room there.
pub fn background() -> Value {
    let labels = json!({"app": "shop"});
    json!({
        "apiVersion": "apps/v1",
        "kind": "Deployment",
        "metadata": {"name": "shop", "namespace": "default"},
        "spec": {
            "replicas": 6,
            "selector": {"matchLabels": labels},
            "template": {"metadata": {"labels": labels}, "spec": {
                "topologySpreadConstraints": [{
                    "maxSkew": 1,
                    "topologyKey": "topology.kubernetes.io/zone",
                    "whenUnsatisfiable": "DoNotSchedule",
                    "labelSelector": {"matchLabels": labels},
                }],
                "containers": [{"name": "main", "image": "busybox:1.37", "resources": {"requests": {"cpu": "250m", "memory": "256Mi"}}}],
            }},
        },
    })
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeSet;

    use super::*;
    use crate::examples::seconds;

    #[test]
    fn the_same_seed_makes_the_same_day() {
        assert_eq!(submissions(), submissions());
    }

    #[test]
    fn every_job_has_its_own_name_and_all_are_submitted_in_the_first_eight_hours() {
        let all = submissions();
        let names: BTreeSet<_> = all.iter().map(|s| s.job["metadata"]["name"].to_string()).collect();
        assert_eq!(names.len(), JOBS as usize);
        assert!(all.iter().all(|s| s.after.as_secs_f64() <= WITHIN));
        assert!(all.is_sorted_by_key(|s| s.after));
    }

    #[test]
    fn jobs_run_for_2_to_15_seconds_and_no_longer_than_their_owners_say() {
        for submission in submissions() {
            let job = submission.job;
            let runs_for: f64 = job["spec"]["template"]["metadata"]["annotations"][RUNS_FOR]
                .as_str()
                .unwrap()
                .trim_end_matches('s')
                .parse()
                .unwrap();
            let expected = seconds(
                job["metadata"]["annotations"]["alize.dev/expected-duration"]
                    .as_str()
                    .unwrap(),
            )
            .unwrap();
            assert!((2.0..=15.0).contains(&runs_for) && expected >= runs_for + 0.9, "{job}");
        }
    }

    #[test]
    fn every_team_takes_part() {
        let all = submissions();
        for kind in KINDS {
            assert!(
                all.iter().any(|s| s.job["metadata"]["namespace"] == kind.namespace),
                "{}",
                kind.name
            );
        }
    }
}
