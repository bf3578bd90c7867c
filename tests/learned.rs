//! What is learned from real traces, held against what came afterwards. `--nocapture` shows the figures.

#![expect(
    clippy::unwrap_used,
    clippy::print_stdout,
    reason = "a test ends with what it did not expect, and reports what it measured"
)]

#[path = "learned/traces.rs"]
mod traces;

mod shared_data;

use std::collections::BTreeSet;

use alize::learn::{Arrivals, Curves, Sampling};
use alize::planner::{Demand, Survival};
use jiff::SignedDuration;

use traces::{Job, at, seconds, trace};

const TRACES: [&str; 2] = ["gaia", "alibaba"];
const DAY: f64 = 86_400.0;

/// Jobs as they are submitted and finish, and the curves that learn from them.
struct Watch<'a> {
    jobs: &'a [Job],
    by_end: Vec<usize>,
    finished: usize,
    running: BTreeSet<usize>,
    curves: Curves,
    /// Whether it sees what still runs.
    sees_running: bool,
}

impl<'a> Watch<'a> {
    fn of(jobs: &'a [Job], sees_running: bool) -> Self {
        let mut by_end: Vec<usize> = (0..jobs.len()).collect();
        by_end.sort_by(|a, b| jobs[*a].end().total_cmp(&jobs[*b].end()));
        Self {
            jobs,
            by_end,
            finished: 0,
            running: BTreeSet::new(),
            curves: Curves::default(),
            sees_running,
        }
    }

    /// This job is submitted, after all that had ended before.
    fn submit(&mut self, id: usize) {
        let now = self.jobs[id].submit;
        while let Some(ended) = self
            .by_end
            .get(self.finished)
            .filter(|job| self.jobs[**job].end() <= now)
        {
            let job = &self.jobs[*ended];
            self.curves.finished(&job.kind, &job.finish(*ended));
            self.running.remove(ended);
            self.finished += 1;
        }
        self.running.insert(id);
    }

    /// Learns what is to be known when this job is submitted.
    fn learn(&mut self, id: usize) {
        let now = self.jobs[id].submit;
        let seen = self.running.iter().filter(|_| self.sees_running);
        let unfinished = seen.map(|job| (&self.jobs[*job].kind, seconds(now - self.jobs[*job].submit)));
        self.curves.renew(at(now), unfinished);
    }

    fn curve(&self, id: usize) -> Option<&Survival> {
        self.curves.of(&self.jobs[id].kind).map(|(_, curve)| curve)
    }
}

/// The largest difference between what the curves say of these jobs and what they did, over lengths from 10 s to a month.
fn distance(watch: &Watch, jobs: &[usize]) -> f64 {
    let lengths = (0..60).map(|step| 10.0 * 1.24_f64.powi(step));
    let apart = lengths.map(|length| {
        let said = jobs
            .iter()
            .filter_map(|job| Some(watch.curve(*job)?.alive(seconds(length))));
        let longer = jobs.iter().filter(|job| watch.jobs[**job].length > length).count();
        (said.sum::<f64>() - longer as f64).abs() / jobs.len() as f64
    });
    apart.fold(0.0, f64::max)
}

#[test]
fn what_the_first_half_of_a_trace_teaches_holds_in_the_second() {
    for (name, most) in TRACES.into_iter().zip([0.05, 0.25]) {
        let Some(jobs) = trace(name) else { continue };
        let half = jobs.len() / 2;
        let mut watch = Watch::of(&jobs, true);
        for id in 0..half {
            watch.submit(id);
            // Every few jobs: the renewals between would only cost time.
            if id % 50 == 0 || id + 1 == half {
                watch.learn(id);
            }
        }
        let later: Vec<usize> = (half..jobs.len()).collect();
        let upper = |job: &&usize| {
            let upper = watch
                .curve(**job)
                .map(|curve| curve.quantile(0.95, SignedDuration::ZERO));
            seconds(jobs[**job].length) <= upper.unwrap_or_default()
        };
        let (apart, within) = (distance(&watch, &later), later.iter().filter(upper).count());
        let within = within as f64 / later.len() as f64;
        println!(
            "{name}: distance {apart:.3}, {:.1} % within the 95th percentile",
            100.0 * within
        );
        assert!(apart < most, "{name}: {apart}");
        assert!((0.9..0.99).contains(&within), "{name}: {within}");
    }
}

/// Of twenty cold starts, the mean length that was expected of the first hundred jobs each, as part of the true one.
fn expected_in_cold_starts(jobs: &[Job], sees_running: bool) -> f64 {
    let (mut said, mut came) = (0.0, 0.0);
    for start in jobs.chunks(jobs.len().div_ceil(20)) {
        let first = &start[..start.len().min(100)];
        let mut watch = Watch::of(first, sees_running);
        for (id, job) in first.iter().enumerate() {
            watch.submit(id);
            watch.learn(id);
            if let Some(curve) = watch.curve(id) {
                said += curve.mean(SignedDuration::ZERO).as_secs_f64();
                came += job.length;
            }
        }
    }
    said / came
}

#[test]
fn whoever_ignores_what_still_runs_takes_jobs_for_shorter_than_they_are() {
    let Some(jobs) = trace("gaia") else { return };
    let (with, without) = (
        expected_in_cold_starts(&jobs, true),
        expected_in_cold_starts(&jobs, false),
    );
    println!("cold starts: {with:.2} of the true mean with those that still run, {without:.2} without");
    assert!((0.7..1.4).contains(&with), "{with}");
    assert!(without < 0.6, "{without}");
}

/// Of the days after the first two weeks: what was expected at midnight, what came, and what came the day before; cpu-hours.
fn days(jobs: &[Job], most: usize) -> Vec<[f64; 3]> {
    let cpu_hours =
        |phantom: &Demand| phantom.request.cpu_milli as f64 / 1000.0 * phantom.length.expected.as_secs_f64() / 3600.0;
    let sampling = Sampling {
        most,
        ..Sampling::default()
    };
    let (mut arrivals, mut days, mut next, mut before) = (Arrivals::default(), Vec::new(), 0, 0.0);
    for day in 0..(jobs.last().map_or(0.0, |job| job.submit) / DAY) as usize {
        let said: f64 = arrivals
            .phantoms(at(day as f64 * DAY), &sampling)
            .iter()
            .map(cpu_hours)
            .sum();
        let mut came = 0.0;
        while let Some(job) = jobs.get(next).filter(|job| job.submit < (day + 1) as f64 * DAY) {
            came += job.cpu_hours();
            arrivals.submitted(&job.demand(next));
            next += 1;
        }
        if day >= 14 {
            days.push([said, came, before]);
        }
        before = came;
    }
    days
}

#[test]
fn phantoms_hold_about_the_work_that_comes_the_next_day() {
    for name in TRACES {
        let Some(mut jobs) = trace(name) else { continue };
        // Services that ran for the whole trace are no jobs.
        jobs.retain(|job| job.length < 7.0 * DAY);
        for most in [10_000, 100] {
            let days = days(&jobs, most);
            let came: f64 = days.iter().map(|day| day[1]).sum();
            let part = |figure: &dyn Fn(&[f64; 3]) -> f64| days.iter().map(figure).sum::<f64>() / came;
            let (bias, error) = (part(&|day| day[0] - day[1]), part(&|day| (day[0] - day[1]).abs()));
            let yesterday = part(&|day| (day[2] - day[1]).abs());
            println!(
                "{name}, {most} phantoms: bias {bias:+.3}, error {error:.3} of a day, as yesterday {yesterday:.3}"
            );
            assert!(error < 1.1 * yesterday, "{name}: {error}");
            assert!(bias.abs() < 0.35, "{name}: {bias}");
        }
    }
}
