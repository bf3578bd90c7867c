//! A scenario of the twin, written as a file and read and run as `alize twin` does.

use std::fmt::Write;
use std::path::Path;

use alize::twin::account::Figures;
use alize::twin::play;
use alize::twin::result::{Done, Results};
use alize::twin::scenario::{self, Scenario};
use alize::units::SystemClock;
use jiff::{SignedDuration, Timestamp};
use tempfile::TempDir;

use super::trace::{Job, Part};

/// How long rounding may make a wait, milliseconds.
const ROUNDING: i64 = 1;

/// Its multiples pick any share of the jobs, evenly.
const GOLDEN: f64 = 0.618_033_988_749_895;

/// What is to be run; the rest is as in the example of `docs/twin.md`.
#[derive(Clone, Debug)]
pub struct Scene<'a> {
    /// The folder of the data.
    pub folder: &'a Path,
    /// Files of `ci/`, one a zone.
    pub zones: &'a [&'a str],
    pub start: Timestamp,
    pub forecast: &'a str,
    /// Capacity over the mean use of cores; shared out evenly among the zones. Unlimited without.
    pub head_room: Option<f64>,
    /// `known` or `online`.
    pub arrivals: &'a str,
    /// `known` or `learned`.
    pub lengths: &'a str,
    /// The share of jobs that may be paused, and what a resume costs.
    pub pausable: (f64, &'a str),
    /// The share of jobs that may run wider.
    pub scalable: f64,
    /// One run of ours for each price of an hour of waiting, grams.
    pub prices: &'a [f64],
    pub rivals: &'a [&'a str],
}

/// A scenario that was run.
pub struct Played {
    scenario: Scenario,
    results: Results,
}

impl Scene<'_> {
    /// Runs the jobs in it.
    pub fn play(&self, part: &Part) -> Played {
        let folder = TempDir::new().unwrap();
        let write = |name: &str, text: String| std::fs::write(folder.path().join(name), text).unwrap();
        write("jobs.csv", self.rows(&part.jobs));
        write("past.csv", self.rows(&part.past));
        for price in self.prices {
            write(&format!("{price}.yaml"), policy(*price));
        }
        write("scenario.yaml", self.yaml(part));
        let scenario = scenario::read(&folder.path().join("scenario.yaml")).unwrap();
        let results = play(&scenario, &SystemClock, &mut |_| ());
        Played { scenario, results }
    }

    fn yaml(&self, part: &Part) -> String {
        let end = self.start + SignedDuration::from_secs((part.hours * 3600.0) as i64 + 1);
        let capacity = self
            .head_room
            .map(|factor| factor * part.mean_cpus() / self.zones.len() as f64);
        let capacity = capacity.map_or(String::new(), |cpus| format!("\n  capacity: {{cpus: {cpus:.1}}}"));
        let mut text = format!("version: 1\nseed: 1\nstart: {}\nend: {end}\nzones:\n", self.start);
        for zone in self.zones {
            let file = self.folder.join(format!("ci/{zone}.csv.gz"));
            writeln!(
                text,
                "- name: {}\n  intensity: {{csv: {:?}, time: \"Datetime (UTC)\", value: \"Carbon Intensity gCO2eq/kWh (LCA)\"}}\n  \
                 forecast: {}{capacity}",
                zone.split('_').next().unwrap_or(zone),
                file.display().to_string(),
                self.forecast,
            )
            .unwrap();
        }
        let (share, cost) = self.pausable;
        write!(
            text,
            "jobs:\n  csv: jobs.csv\n  unit: h\n  history: past.csv\n  power: {{wattsPerCpu: 5, wattsPerGiB: 0.4, wattsPerGpu: 300}}\n  \
             maxDelay: {{default: 24h, classes: [{{name: short, shorterThan: 2h, maxDelay: 6h}}]}}\n  \
             interruptible: {{share: {share}, resumeCost: {cost}}}\n  \
             scalingCurves: {{mpi: [[1, 1.0, 1.0], [2, 1.9, 2.0], [4, 3.4, 4.1]]}}\nlengths: {}\narrivals: {}\nruns:\n",
            self.lengths, self.arrivals
        )
        .unwrap();
        for price in self.prices {
            writeln!(text, "- {{name: {}, policy: {price}.yaml}}", ours(*price)).unwrap();
        }
        for rival in ["run-now", "fifo"].iter().chain(self.rivals) {
            writeln!(text, "- {{rival: {rival}}}").unwrap();
        }
        text + "- {bound: optimum}\n"
    }

    fn rows(&self, jobs: &[Job]) -> String {
        let mut text = "submit,duration,cpus,memoryGiB,gpus,scaling\n".to_owned();
        for (number, job) in jobs.iter().enumerate() {
            let is_scalable = (number as f64 * GOLDEN).fract() < self.scalable;
            writeln!(
                text,
                "{},{},{},{},{},{}",
                job.submit,
                job.length,
                job.cpus,
                job.memory_gib,
                job.gpus,
                if is_scalable { "mpi" } else { "" }
            )
            .unwrap();
        }
        text
    }
}

impl Played {
    /// The figures of a run.
    pub fn of(&self, run: &str) -> &Figures {
        &self.done(run).figures
    }

    /// Its share of the optimum's saving, percent.
    pub fn captured(&self, run: &str) -> f64 {
        100.0 * self.of(run).captured_share.unwrap_or(f64::NAN)
    }

    /// The share that it saves, percent.
    pub fn saved(&self, run: &str) -> f64 {
        100.0 * self.of(run).saved_share.unwrap_or(f64::NAN)
    }

    /// How many jobs it ran.
    pub fn jobs(&self) -> usize {
        self.scenario.world.jobs.len()
    }

    /// Jobs that are late in `run` and would not have been under fifo.
    pub fn late_because_of(&self, run: &str) -> usize {
        let (ours, fifo) = (self.done(run), self.done("fifo"));
        let late = |done: &Done, job: usize| {
            let (own, tally) = (&self.scenario.world.jobs[job], &done.tallies[job]);
            let by_wait = tally.wait > own.max_delay + ROUNDING;
            by_wait || own.finish_by.is_some_and(|by| tally.end > by + ROUNDING)
        };
        (0..self.jobs())
            .filter(|job| late(ours, *job) && !late(fifo, *job))
            .count()
    }

    fn done(&self, run: &str) -> &Done {
        let mut runs = self.results.runs.iter();
        runs.find(|done| done.figures.name == run).unwrap()
    }
}

/// The name of our run at a price.
pub fn ours(price: f64) -> String {
    format!("alize-{price}")
}

fn policy(price: f64) -> String {
    format!(
        "apiVersion: alize.dev/v1alpha1\nkind: CarbonPolicy\nmetadata: {{name: green}}\nspec: {{delay: {{max: 30d, gramsPerHour: \"{price}\"}}}}\n"
    )
}
