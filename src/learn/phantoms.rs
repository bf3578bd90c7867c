//! Jobs that may well come, drawn from those that came.

use jiff::{SignedDuration, Timestamp};

use super::alike::{freshness, likeness};
use super::history::{History, HourIndex, hour_of};
use crate::planner::{Demand, Progress, Stage};
use crate::units::{JobKey, Resources};

/// The step of the sequence that spreads most evenly.
const GOLDEN_RATIO: f64 = 1.618_033_988_749_895;

/// What is drawn.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Sampling {
    /// The lots. The same seed draws the same jobs for the same hour; another seed is another scenario.
    pub seed: u64,
    /// How far ahead.
    pub horizon: SignedDuration,
    /// About how many phantoms at most. Where more jobs are expected, each stands for several of its kind.
    pub most: usize,
    /// How much of the past's ups and downs from hour to hour is drawn too: 0 draws the mean of every hour, 1 bursts as they
    /// came.
    pub dispersion: f64,
}

impl Default for Sampling {
    /// A day ahead, at most a thousand, without bursts.
    fn default() -> Self {
        Self {
            seed: 0,
            horizon: SignedDuration::from_hours(24),
            most: 1000,
            dispersion: 0.0,
        }
    }
}

/// The past as that of any hour to come is drawn from it.
pub(super) struct Pool<'a> {
    /// The hours of the past: which, how much they count for their age, and the jobs that came.
    hours: Vec<(HourIndex, f64, f64)>,
    /// Jobs that came, by energy, each with its hour and the jobs that it stands for, by age.
    templates: Vec<(&'a Demand, HourIndex, f64)>,
    /// As wide as a phantom may be.
    widest: Resources,
}

impl<'a> Pool<'a> {
    /// The jobs of all hours in full before `now`.
    pub(super) fn of(history: &'a History, now: HourIndex) -> Self {
        let (mut hours, mut templates) = (Vec::new(), Vec::new());
        for at in history.watched(now) {
            let fresh = freshness(at, now);
            hours.push((at, fresh, history.count(at) as f64));
            if let Some(hour) = history.hour(at) {
                let stands_for = fresh * hour.count as f64 / hour.sample.len().max(1) as f64;
                templates.extend(hour.sample.iter().map(|demand| (demand, at, stands_for)));
            }
        }
        templates.sort_by(|a, b| energy(a.0).total_cmp(&energy(b.0)).then_with(|| a.0.job.cmp(&b.0.job)));
        let widest = |widest: Resources, template: &(&Demand, _, _)| widest.max(&template.0.request);
        Self {
            widest: templates.iter().fold(Resources::default(), widest),
            hours,
            templates,
        }
    }

    /// The jobs expected in an hour: the mean of the past by likeness and age.
    pub(super) fn expected(&self, hour: HourIndex) -> f64 {
        let (mut jobs, mut weights) = (0.0, 0.0);
        for (past, fresh, count) in &self.hours {
            let weight = fresh * likeness(*past, hour);
            jobs += weight * count;
            weights += weight;
        }
        if weights > 0.0 { jobs / weights } else { 0.0 }
    }

    /// The mean energy of a job, in watt-hours.
    fn mean_energy(&self) -> f64 {
        let jobs: f64 = self.templates.iter().map(|(.., jobs)| jobs).sum();
        let all: f64 = self
            .templates
            .iter()
            .map(|(demand, _, jobs)| energy(demand) * jobs)
            .sum();
        if jobs > 0.0 { all / jobs } else { 0.0 }
    }

    /// How jobs are bundled so that `jobs` of them make about `most` phantoms.
    pub(super) fn bundles(&self, jobs: f64, most: usize) -> Bundles {
        let mean = jobs / most.max(1) as f64;
        Bundles {
            most: if mean > 1.0 { (2.0 * mean).ceil() } else { 1.0 },
            energy: mean * self.mean_energy(),
            widest: self.widest,
        }
    }

    /// The phantoms of an hour in which so many jobs are `expected`.
    ///
    /// Systematic sampling along the sizes, from an offset that spreads evenly from hour to hour (Weyl's sequence), so that
    /// few phantoms hold as much energy as the many jobs that they stand for.
    pub(super) fn draw(&self, hour: HourIndex, expected: f64, bundles: &Bundles, sampling: &Sampling) -> Vec<Demand> {
        let mut lots = fastrand::Rng::with_seed(sampling.seed);
        let offset = (lots.f64() + (hour as f64 * GOLDEN_RATIO).fract()).fract();
        let burst = fastrand::Rng::with_seed(lots.u64(..) ^ hour as u64).f64();
        let jobs = expected + sampling.dispersion * (self.count_of_an_hour_alike(hour, burst) - expected);
        let weight = |template: &(&Demand, HourIndex, f64)| template.2 * likeness(template.1, hour);
        let scale = jobs / self.templates.iter().map(weight).sum::<f64>();
        let (mut drawn, mut passed, mut next) = (Vec::new(), 0.0, offset);
        for template in &self.templates {
            let wide = bundles.width(template.0);
            passed += weight(template) * scale / wide as f64;
            while next < passed {
                drawn.extend(phantom(template.0, hour, wide, drawn.len()));
                next += 1.0;
            }
        }
        drawn
    }

    /// The jobs that came in an hour of the past, drawn by likeness and age; `lot` is in 0..1.
    fn count_of_an_hour_alike(&self, hour: HourIndex, lot: f64) -> f64 {
        let weight = |(past, fresh, _): &(HourIndex, f64, f64)| fresh * likeness(*past, hour);
        let mut left = lot * self.hours.iter().map(weight).sum::<f64>();
        let drawn = self.hours.iter().find(|past| {
            left -= weight(past);
            left <= 0.0
        });
        drawn.or(self.hours.last()).map_or(0.0, |(.., count)| *count)
    }
}

/// How many jobs a phantom stands for: large jobs stand for themselves, small ones for several.
pub(super) struct Bundles {
    /// No more than this.
    most: f64,
    /// Nor more than make up this energy, in watt-hours.
    energy: f64,
    /// Nor more than are as wide together as the widest job that ever came.
    widest: Resources,
}

impl Bundles {
    fn width(&self, template: &Demand) -> i64 {
        let wide = (self.energy / energy(template)).min(self.most).max(1.0) as i64;
        let (request, widest) = (&template.request, &self.widest);
        let fit = |request: i64, widest: i64| widest.checked_div(request).unwrap_or(wide);
        wide.min(fit(request.cpu_milli, widest.cpu_milli))
            .min(fit(request.memory_bytes, widest.memory_bytes))
            .min(fit(request.gpus, widest.gpus))
            .max(1)
    }
}

fn energy(demand: &Demand) -> f64 {
    demand.watts.over(demand.length.expected).0
}

/// A job like the template, `wide` times as wide, at the same minute of another hour; `None` beyond the end of time.
fn phantom(template: &Demand, hour: HourIndex, wide: i64, number: usize) -> Option<Demand> {
    let later = SignedDuration::from_hours(hour - hour_of(template.submitted));
    let shifted = |at: Timestamp| at.checked_add(later).ok();
    let name = format!("phantom-{hour}-{number}");
    Some(Demand {
        job: JobKey {
            namespace: template.job.namespace.clone(),
            uid: name.as_str().into(),
            name: name.into(),
        },
        stage: Stage::Held,
        submitted: shifted(template.submitted)?,
        latest_start: shifted(template.latest_start)?,
        finish_by: template.finish_by.and_then(shifted),
        watts: template.watts * wide as f64,
        request: template.request.times(wide),
        published: None,
        progress: Progress::default(),
        ..template.clone()
    })
}
