//! What the jobs have taught: how long they run, and which are yet to come.

use std::collections::HashSet;
use std::hash::{DefaultHasher, Hash, Hasher};
use std::sync::Arc;

use jiff::Timestamp;

use super::job::{JobEntry, Phase};
use super::length::done;
use super::{Index, Picture};
use crate::learn::{Arrivals, Curves, Finish, Sampling};
use crate::planner::{Demand, Stage};

/// What was learned since this process began. After a restart, lengths are learned anew from the finished jobs that are still
/// there, and arrivals from those that come.
#[derive(Debug, Default)]
pub struct Taught {
    curves: Curves,
    arrivals: Arrivals,
    /// Since when arrivals are watched: of those before, many may have been deleted.
    since: Option<Timestamp>,
    /// The UIDs of all jobs that were there at the last look.
    known: HashSet<Arc<str>>,
}

impl Taught {
    /// How long jobs of each kind run.
    pub fn curves(&self) -> &Curves {
        &self.curves
    }

    /// Learns lengths from the jobs that have `finished`, and from those that run at `now`. A job may be told of twice.
    pub fn learn_lengths(&mut self, index: &Index, finished: &[Arc<JobEntry>], now: Timestamp) {
        for job in finished {
            if let Some(finish) = finish(job) {
                self.curves.finished(&job.kind, &finish);
            }
        }
        let running = index.jobs().filter(|job| matches!(job.phase, Phase::Running { .. }));
        self.curves.renew(now, running.map(|job| (&job.kind, done(job, now))));
    }

    /// Learns arrivals from the jobs that are new in the picture, and has its plan expect those that may well come.
    pub fn learn_arrivals(&mut self, picture: &mut Picture) {
        let snapshot = &mut picture.snapshot;
        let since = *self.since.get_or_insert(snapshot.now);
        let is_news = |demand: &&Demand| {
            // A job that no Enforce policy selects takes no room of those that wait.
            demand.stage != Stage::Shadow && demand.submitted >= since && !self.known.contains(&demand.job.uid)
        };
        for demand in snapshot.demands.iter().filter(is_news) {
            self.arrivals.submitted(demand);
        }
        self.known = picture.subjects.keys().cloned().collect();
        let sampling = Sampling {
            seed: snapshot.seed,
            ..Sampling::default()
        };
        let expected = self.arrivals.phantoms(snapshot.now, &sampling).iter();
        let rules = &snapshot.rules;
        let in_force = expected.filter(|phantom| rules.contains_key(&phantom.policy));
        snapshot.phantoms = in_force.cloned().collect();
        snapshot.phantoms.extend(self.arrivals.reserve(snapshot));
    }
}

/// What a job that completed teaches; one that failed was no whole run.
fn finish(job: &JobEntry) -> Option<Finish> {
    let Phase::Finished {
        started: Some(started),
        at,
        succeeded: true,
    } = job.phase
    else {
        return None;
    };
    let mut id = DefaultHasher::new();
    job.key.uid.hash(&mut id);
    Some(Finish {
        at,
        length: at.duration_since(started),
        id: id.finish(),
    })
}

#[cfg(test)]
mod tests {

    use jiff::SignedDuration;

    use super::super::{Change, SlimJob};
    use super::*;
    use crate::planner::LengthSource;

    /// Monday.
    const START: &str = "2026-11-23T00:00:00Z";

    fn at(hour: i64) -> Timestamp {
        START.parse::<Timestamp>().unwrap() + SignedDuration::from_hours(hour)
    }

    fn of<K: serde::de::DeserializeOwned>(yaml: &str) -> K {
        serde_saphyr::from_str(yaml).unwrap()
    }

    /// A cluster of ten cores in one zone, with a policy that lets every job wait.
    fn cluster() -> Index {
        let mut index = Index::default();
        index.nodes(Change::Applied(of("metadata: {name: n, uid: n, labels: {zone: a}}\n\
             status: {allocatable: {cpu: '10', memory: 100Gi}, conditions: [{type: Ready, status: 'True'}]}")));
        index.zones(Change::Applied(of(
            "metadata: {name: a, uid: a}\nspec: {nodeSelector: {matchLabels: {zone: a}}, sources: []}",
        )));
        index.policies(Change::Applied(of(
            "metadata: {name: p, uid: p}\nspec: {mode: Enforce, delay: {max: 12h}}",
        )));
        index
    }

    /// A job of the `nightly` template, held or as far as its status says.
    fn job(name: &str, created: Timestamp, status: &str) -> SlimJob {
        let suspended = status.is_empty();
        of(&format!(
            "metadata: {{name: {name}, namespace: team, uid: {name}, resourceVersion: '1', creationTimestamp: '{created}', \
             labels: {{alize.dev/deferrable: 'true', alize.dev/held: '{suspended}'}}}}\n\
             spec: {{suspend: {suspended}, template: {{spec: {{containers: [{{image: nightly, resources: {{requests: {{cpu: '2'}}}}}}]}}}}}}\n\
             status: {{{status}}}"
        ))
    }

    fn finished(name: &str, created: Timestamp, hours: i64) -> SlimJob {
        let end = created + SignedDuration::from_hours(hours);
        let status = format!(
            "startTime: '{created}', completionTime: '{end}', conditions: [{{type: Complete, status: 'True', lastTransitionTime: '{end}'}}]"
        );
        job(name, created, &status)
    }

    /// A look at the cluster, as the operator's cycle takes it.
    fn look(index: &mut Index, taught: &mut Taught, now: Timestamp) -> Picture {
        let finished = index.take_finished();
        taught.learn_lengths(index, &finished, now);
        let mut picture = index.picture_by(taught.curves(), now);
        taught.learn_arrivals(&mut picture);
        picture
    }

    #[test]
    fn the_runs_of_a_template_teach_how_long_the_next_one_takes() {
        let (mut index, mut taught) = (cluster(), Taught::default());
        index.deferrable(Change::Applied(job("next", at(0), "")));
        let length = |picture: &Picture| picture.snapshot.demands.last().map(|demand| demand.length).unwrap();
        let guessed = length(&look(&mut index, &mut taught, at(0)));
        assert_eq!(guessed.source, LengthSource::PolicyDefault);
        for run in 1..=3 {
            index.deferrable(Change::Applied(finished(&format!("run-{run}"), at(-10 * run), 2)));
        }
        let picture = look(&mut index, &mut taught, at(0));
        let learned = length(&picture);
        assert_eq!(learned.source, LengthSource::Learned);
        let hours = |length: SignedDuration| length.as_secs_f64() / 3600.0;
        assert!((1.9..2.3).contains(&hours(learned.expected)), "{learned:?}");
        assert!((2.1..4.0).contains(&hours(learned.upper)), "{learned:?}");
        let demand = &picture.snapshot.demands[0];
        assert!(picture.snapshot.curves.contains_key(demand.curve.as_ref().unwrap()));
    }

    #[test]
    fn p6_another_namespace_teaches_nothing() {
        let (mut index, mut taught) = (cluster(), Taught::default());
        for run in 1..=3 {
            let mut other = finished(&format!("run-{run}"), at(-10 * run), 2);
            other.metadata.namespace = Some("other".into());
            index.deferrable(Change::Applied(other));
        }
        index.deferrable(Change::Applied(job("next", at(0), "")));
        let picture = look(&mut index, &mut taught, at(0));
        assert_eq!(picture.snapshot.demands[0].length.source, LengthSource::PolicyDefault);
        assert!(picture.snapshot.curves.is_empty());
    }

    #[test]
    fn a_run_that_lasts_is_expected_to_last_longer() {
        let (mut index, mut taught) = (cluster(), Taught::default());
        for run in 1..=9 {
            index.deferrable(Change::Applied(finished(&format!("run-{run}"), at(-10 * run), run)));
        }
        let running = format!("startTime: '{}', active: 1", at(0));
        index.deferrable(Change::Applied(job("now", at(0), &running)));
        let mut expected = |hour| {
            look(&mut index, &mut taught, at(hour)).snapshot.demands[0]
                .length
                .expected
        };
        let (young, old) = (expected(0), expected(8));
        assert!(young < SignedDuration::from_hours(8), "{young:?}");
        assert!(old > SignedDuration::from_hours(8), "{old:?}");
    }

    #[test]
    fn what_comes_every_noon_is_expected_tomorrow_and_each_job_counts_once() {
        let (mut index, mut taught) = (cluster(), Taught::default());
        for hour in 0..62 {
            if hour % 24 == 12 {
                for number in 0..4 {
                    index.deferrable(Change::Applied(job(&format!("job-{hour}-{number}"), at(hour), "")));
                }
            }
            let picture = look(&mut index, &mut taught, at(hour));
            assert!(
                hour > 24 || picture.snapshot.phantoms.is_empty(),
                "a day must have been watched"
            );
        }
        let phantoms = look(&mut index, &mut taught, at(62)).snapshot.phantoms;
        let noon = phantoms
            .iter()
            .filter(|phantom| (at(84)..at(85)).contains(&phantom.submitted));
        assert!((2..=6).contains(&noon.count()), "{phantoms:#?}");
        assert!(phantoms.len() <= 8, "{phantoms:#?}");
        assert!(phantoms.iter().all(|phantom| phantom.request.cpu_milli == 2000));
        index.policies(Change::Begin);
        index.policies(Change::Done);
        let picture = look(&mut index, &mut taught, at(62));
        assert!(
            picture.snapshot.phantoms.is_empty(),
            "none where no policy lets a job wait"
        );
    }

    #[test]
    fn jobs_that_were_there_before_are_not_expected_again() {
        let (mut index, mut taught) = (cluster(), Taught::default());
        index.deferrable(Change::Applied(job("old", at(-1), "")));
        for hour in 0..62 {
            look(&mut index, &mut taught, at(hour));
        }
        assert!(look(&mut index, &mut taught, at(62)).snapshot.phantoms.is_empty());
    }
}
