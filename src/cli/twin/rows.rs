//! A finished job of a cluster as a row of a scenario's jobs.

use csv::Writer;

use crate::index::{CronEntry, JobEntry, Phase, Zones};
use crate::units::ZoneName;

/// The columns, named as the scenario's keys: it finds them without `columns`.
///
/// No `priority`: a job has none of its own, and its policy's is said by the policies that are replayed.
const HEADER: [&str; 15] = [
    "id",
    "namespace",
    "group",
    "labels",
    "submit",
    "duration",
    "cpus",
    "memoryGiB",
    "gpus",
    "gpuModel",
    "watts",
    "maxDelay",
    "finishBy",
    "interruptible",
    "zones",
];

/// A cell for each column.
pub(super) type Row = [String; HEADER.len()];

/// The row of a job that has run; `None` of one that has not. A run of a CronJob is due at the next tick, where its runs may
/// not overlap.
pub(super) fn row(job: &JobEntry, cron: Option<&CronEntry>, zones: &mut Zones<'_>) -> Option<Row> {
    let Phase::Finished {
        started: Some(started),
        at,
        ..
    } = job.phase
    else {
        return None;
    };
    let wishes = job.wishes.as_ref().ok();
    let tick = cron
        .filter(|cron| !cron.allows_overlap)
        .and_then(|cron| cron.next_tick(job.created));
    let finish_by = [wishes.and_then(|wishes| wishes.finish_by), tick]
        .into_iter()
        .flatten()
        // An instant that was over before is no wish that anybody could grant.
        .filter(|by| *by >= job.created)
        .min();
    let max_delay = wishes.and_then(|wishes| wishes.max_delay);
    let labels = job.labels.iter().map(|(key, value)| format!("{key}={value}"));
    let seconds = |duration: jiff::SignedDuration| format!("{}s", duration.as_secs().max(0));
    let request = job.request;
    Some([
        format!("{}/{}", job.key.namespace, job.key.name),
        job.key.namespace.to_string(),
        job.kind.group.as_deref().unwrap_or_default().to_owned(),
        labels.collect::<Vec<_>>().join(";"),
        job.created.to_string(),
        seconds(at.duration_since(started)),
        (request.cpu_milli as f64 / 1000.0).to_string(),
        (request.memory_bytes as f64 / f64::from(1 << 30)).to_string(),
        request.gpus.to_string(),
        job.gpu_model().unwrap_or_default().to_owned(),
        wishes
            .and_then(|wishes| wishes.watts)
            .map_or_else(String::new, |watts| watts.0.to_string()),
        max_delay.map_or_else(String::new, seconds),
        finish_by.map_or_else(String::new, |by| by.to_string()),
        wishes.is_some_and(|wishes| wishes.interruptible).to_string(),
        residency(job, zones),
    ])
}

/// The zones that its owner's own node constraints leave it, as the nodes are now; nothing where these are all, or none: then
/// its nodes are gone.
fn residency(job: &JobEntry, zones: &mut Zones<'_>) -> String {
    let allowed = zones.eligible(&job.constraint, job.fingerprint, None);
    if allowed.len() == zones.names().len() {
        return String::new();
    }
    let names: Vec<&str> = allowed.iter().map(ZoneName::as_str).collect();
    names.join(";")
}

pub(super) fn csv(rows: impl Iterator<Item = Row>) -> Result<String, csv::Error> {
    let mut writer = Writer::from_writer(Vec::new());
    writer.write_record(HEADER)?;
    for row in rows {
        writer.write_record(row)?;
    }
    let bytes = writer.into_inner().map_err(csv::IntoInnerError::into_error)?;
    Ok(String::from_utf8_lossy(&bytes).into_owned())
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::index::{NodeEntry, ZoneEntry};
    use crate::twin::scenario;
    use crate::twin::world::World;

    fn job(status: &str) -> JobEntry {
        let yaml = format!(
            "metadata: {{name: render-1, namespace: video, uid: u, resourceVersion: '1', creationTimestamp: '2026-11-20T10:00:00Z', \
             labels: {{team: a}}, annotations: {{alize.dev/interruptible: 'true', alize.dev/max-delay: 6h}}}}\n\
             spec: {{parallelism: 2, template: {{spec: {{containers: [{{resources: {{requests: {{cpu: 1500m, memory: 2Gi}}}}}}]}}}}}}\n\
             status: {status}"
        );
        JobEntry::read(serde_saphyr::from_str(&yaml).unwrap()).unwrap()
    }

    /// A cluster without zones.
    fn nowhere() -> Zones<'static> {
        Zones::new([].into_iter(), [].into_iter())
    }

    const DONE: &str = "{startTime: '2026-11-20T11:00:00Z', completionTime: '2026-11-20T11:30:00Z', conditions: [{type: Complete, \
                        status: 'True', lastTransitionTime: '2026-11-20T11:30:00Z'}]}";

    fn cell(row: &Row, name: &str) -> String {
        row[HEADER.iter().position(|column| *column == name).unwrap()].clone()
    }

    #[test]
    fn a_finished_job_becomes_a_row_with_what_all_its_pods_took() {
        let row = row(&job(DONE), None, &mut nowhere()).unwrap();
        let cells = [
            "id",
            "labels",
            "submit",
            "duration",
            "cpus",
            "memoryGiB",
            "maxDelay",
            "finishBy",
            "interruptible",
        ];
        assert_eq!(
            cells.map(|name| cell(&row, name)),
            [
                "video/render-1",
                "team=a",
                "2026-11-20T10:00:00Z",
                "1800s",
                "3",
                "4",
                "21600s",
                "",
                "true"
            ]
        );
    }

    #[test]
    fn a_run_of_a_cron_job_that_forbids_overlap_is_due_at_the_next_tick() {
        let cron = |policy: &str| -> CronEntry {
            let yaml = format!(
                "metadata: {{name: c, namespace: video}}\nspec: {{schedule: '0 * * * *', concurrencyPolicy: {policy}}}"
            );
            CronEntry::read(&serde_saphyr::from_str(&yaml).unwrap())
        };
        assert_eq!(
            cell(
                &row(&job(DONE), Some(&cron("Forbid")), &mut nowhere()).unwrap(),
                "finishBy"
            ),
            "2026-11-20T11:00:00Z"
        );
        assert_eq!(
            cell(
                &row(&job(DONE), Some(&cron("Allow")), &mut nowhere()).unwrap(),
                "finishBy"
            ),
            ""
        );
    }

    #[test]
    fn a_job_that_still_runs_has_no_row() {
        assert_eq!(
            row(
                &job("{startTime: '2026-11-20T11:00:00Z', active: 1}"),
                None,
                &mut nowhere()
            ),
            None
        );
    }

    fn zone(name: &str) -> ZoneEntry {
        let yaml = format!(
            "metadata: {{name: {name}, uid: {name}}}\nspec: {{nodeSelector: {{matchLabels: {{site: {name}}}}}, sources: []}}"
        );
        ZoneEntry::read(serde_saphyr::from_str(&yaml).unwrap()).unwrap()
    }

    /// A node of a site, with accelerators of a model.
    fn node(site: &str, model: &str) -> NodeEntry {
        let yaml = format!(
            "metadata: {{name: {site}-{model}, uid: u, labels: {{site: {site}, nvidia.com/gpu.product: {model}}}}}\n\
             status: {{allocatable: {{cpu: '64', memory: 512Gi, nvidia.com/gpu: '8'}}, conditions: [{{type: Ready, status: 'True'}}]}}"
        );
        NodeEntry::read(serde_saphyr::from_str(&yaml).unwrap())
    }

    /// A finished job of so many accelerators, with more annotations, and more in its pod's spec.
    fn ran(name: &str, gpus: u32, annotations: &str, pod: &str) -> JobEntry {
        let yaml = format!(
            "metadata: {{name: {name}, namespace: ml, uid: u-{name}, resourceVersion: '1', \
             creationTimestamp: '2026-11-20T10:00:00Z', labels: {{app.kubernetes.io/name: train, tier: ''}}, \
             annotations: {{{annotations}}}}}\n\
             spec: {{parallelism: 3, template: {{spec: {{{pod} containers: [{{image: 'train:2, \"new\"', resources: \
             {{requests: {{cpu: 250m, memory: 1536Mi, nvidia.com/gpu: '{gpus}'}}}}}}]}}}}}}\nstatus: {DONE}"
        );
        JobEntry::read(serde_saphyr::from_str(&yaml).unwrap()).unwrap()
    }

    const ON_T4: &str = "nodeSelector: {nvidia.com/gpu.product: T4},";
    const IN_FR: &str = "affinity: {nodeAffinity: {requiredDuringSchedulingIgnoredDuringExecution: {nodeSelectorTerms: \
                         [{matchExpressions: [{key: site, operator: In, values: [fr]}]}]}}},";

    /// Reads rows as the jobs of a scenario with these zones.
    fn read_back(rows: Vec<Row>, zones: &[&str]) -> World {
        let folder = tempfile::TempDir::new().unwrap();
        let write = |name: &str, text: &str| std::fs::write(folder.path().join(name), text).unwrap();
        write("jobs.csv", &csv(rows.into_iter()).unwrap());
        write("grid.csv", "time,value\n2026-11-20,300\n2026-11-21,300\n");
        let zone =
            |name: &&str| format!("- {{name: {name}, intensity: {{csv: grid.csv, time: time, value: value}}}}\n");
        let zones: String = zones.iter().map(zone).collect();
        let yaml = format!(
            "version: 1\nstart: 2026-11-20\nend: 2026-11-21\nzones:\n{zones}jobs: {{csv: jobs.csv}}\nruns: [{{rival: fifo}}]\n"
        );
        write("scenario.yaml", &yaml);
        scenario::read(&folder.path().join("scenario.yaml")).unwrap().world
    }

    #[test]
    fn what_is_written_is_read_back_as_the_same_jobs() {
        let (es, fr) = (zone("es"), zone("fr"));
        let nodes = [node("es", "A100"), node("fr", "A100"), node("fr", "T4")];
        let mut zones = Zones::new([&es, &fr].into_iter(), nodes.iter());
        let jobs = [
            ran("a", 0, "", ""),
            ran(
                "b",
                2,
                "alize.dev/finish-by: '2026-11-20T18:30:00Z', alize.dev/watts: '812.5'",
                ON_T4,
            ),
            ran(
                "c",
                0,
                "alize.dev/max-delay: 90m, alize.dev/interruptible: 'true'",
                IN_FR,
            ),
            ran("d", 0, "alize.dev/finish-by: '2026-11-19T00:00:00Z'", ""),
        ];
        let rows = jobs.iter().map(|job| row(job, None, &mut zones).unwrap()).collect();
        let world = read_back(rows, &["es", "fr"]);
        let hours = |hours: f64| (hours * 3_600_000.0) as i64;
        for (read, wrote) in world.jobs.iter().zip(&jobs) {
            assert_eq!(read.id, format!("ml/{}", wrote.key.name));
            assert_eq!((read.submit, read.length), (hours(10.0), hours(0.5)));
            assert_eq!((read.need.cpus, read.need.memory_gib), (0.75, 4.5), "of three pods");
            assert_eq!(read.labels, wrote.labels.clone().into_iter().collect::<Vec<_>>());
            assert_eq!(read.group, **wrote.kind.group.as_ref().unwrap());
        }
        let [a, b, c, d] = &world.jobs[..] else {
            panic!("four jobs")
        };
        assert_eq!(
            (a.finish_by, a.max_delay, &a.zones[..]),
            (None, hours(24.0), &[0, 1][..])
        );
        assert_eq!(
            (b.need.gpus, b.gpu_model.as_deref(), &b.zones[..]),
            (6.0, Some("T4"), &[1][..])
        );
        assert_eq!((b.finish_by, b.kilowatts), (Some(hours(18.5)), 0.8125));
        assert_eq!(
            (c.max_delay, c.pausing.is_some(), &c.zones[..]),
            (hours(1.5), true, &[1][..])
        );
        assert_eq!(
            (a.pausing.is_some(), d.finish_by),
            (false, None),
            "which was over before"
        );
    }

    #[test]
    fn a_cluster_without_zones_says_nothing_of_residency_nor_do_nodes_that_are_gone() {
        let bound = ran("a", 0, "", IN_FR);
        assert_eq!(cell(&row(&bound, None, &mut nowhere()).unwrap(), "zones"), "");
        let (es, nodes) = (zone("es"), [node("es", "A100")]);
        let mut zones = Zones::new([&es].into_iter(), nodes.iter());
        assert_eq!(cell(&row(&bound, None, &mut zones).unwrap(), "zones"), "");
    }
}
