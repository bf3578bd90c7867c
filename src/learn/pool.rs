//! The past as the pool that hours to come are drawn from.

use super::alike::{Place, freshness};
use super::history::{History, HourIndex};
use crate::planner::Demand;
use crate::units::Resources;

/// No phantom holds more than this many times the mean energy of one.
const LARGEST: f64 = 4.0;

/// The past as that of any hour to come is drawn from it.
pub(super) struct Pool<'a> {
    hours: Vec<Past>,
    /// By energy.
    pub(super) templates: Vec<Template<'a>>,
}

/// An hour of the past.
struct Past {
    place: Place,
    /// How much it counts for its age.
    fresh: f64,
    /// The jobs that came.
    count: f64,
}

impl Past {
    /// How much it counts for an hour at this place of the week.
    fn weight(&self, place: Place) -> f64 {
        self.fresh * self.place.likeness(place)
    }
}

/// A job that came.
pub(super) struct Template<'a> {
    pub(super) demand: &'a Demand,
    place: Place,
    /// The jobs of its hour that it stands for, by age.
    pub(super) jobs: f64,
    /// How many jobs a phantom like it stands for, at least 1.
    pub(super) wide: i64,
    /// Into how many phantoms beside each other it is cut, at least 1.
    pub(super) parts: i64,
}

impl Template<'_> {
    /// How many jobs a phantom like it is, or which part of one.
    pub(super) fn size(&self) -> f64 {
        self.wide as f64 / self.parts as f64
    }

    /// How much it counts for an hour at this place of the week.
    pub(super) fn weight(&self, place: Place) -> f64 {
        self.jobs * self.place.likeness(place)
    }
}

impl<'a> Pool<'a> {
    /// The jobs of all hours in full before `now`.
    pub(super) fn of(history: &'a History, now: HourIndex) -> Self {
        let (mut hours, mut templates) = (Vec::new(), Vec::new());
        for at in history.watched(now) {
            let (place, fresh, count) = (Place::of(at), freshness(at, now), history.count(at) as f64);
            hours.push(Past { place, fresh, count });
            let Some(hour) = history.hour(at) else { continue };
            templates.extend(hour.sample.iter().map(|demand| Template {
                demand,
                place,
                jobs: fresh * count / hour.sample.len() as f64,
                wide: 1,
                parts: 1,
            }));
        }
        templates.sort_by(|a, b| {
            let by_energy = energy(a.demand).total_cmp(&energy(b.demand));
            by_energy.then_with(|| a.demand.job.cmp(&b.demand.job))
        });
        Self { hours, templates }
    }

    /// All hours of the past, by how much each counts for its age.
    pub(super) fn fresh_hours(&self) -> f64 {
        self.hours.iter().map(|past| past.fresh).sum()
    }

    /// The jobs expected in an hour: the mean of the past by likeness and age.
    pub(super) fn expected(&self, hour: HourIndex) -> f64 {
        let place = Place::of(hour);
        let (mut jobs, mut weights) = (0.0, 0.0);
        for past in &self.hours {
            let weight = past.weight(place);
            jobs += weight * past.count;
            weights += weight;
        }
        if weights > 0.0 { jobs / weights } else { 0.0 }
    }

    /// Evens out what the phantoms of `jobs` jobs hold, of which there are to be about `most`.
    ///
    /// Small jobs are bundled, as many as make up an equal share of the energy, but no more than twice as many as come to a
    /// phantom, nor wider than any job that came. Large ones are cut: a rare giant would else be expected in full on the day on
    /// which it is drawn, and not at all on all others.
    pub(super) fn even_out(&mut self, jobs: f64, most: usize) {
        let mean = (jobs / most.max(1) as f64).max(1.0);
        let share = mean * self.mean_energy();
        let widest = self.templates.iter().fold(Resources::default(), |widest, template| {
            widest.max(&template.demand.request)
        });
        for template in &mut self.templates {
            let (energy, request) = (energy(template.demand), &template.demand.request);
            if mean > 1.0 {
                let wide = (share / energy).min((2.0 * mean).ceil()) as i64;
                template.wide = wide.min(most_side_by_side(request, &widest)).max(1);
            }
            let parts = (energy / (LARGEST * share)).ceil() as i64;
            template.parts = parts.clamp(1, most_parts(request));
        }
    }

    /// The mean energy of a job, in watt-hours.
    fn mean_energy(&self) -> f64 {
        let sum = |figure: fn(&Template) -> f64| self.templates.iter().map(figure).sum::<f64>();
        let jobs = sum(|template| template.jobs);
        let energy = sum(|template| template.jobs * energy(template.demand));
        if jobs > 0.0 { energy / jobs } else { 0.0 }
    }
}

/// Into how many parts a request can be cut: an accelerator is one or none.
fn most_parts(request: &Resources) -> i64 {
    let most = if request.gpus > 0 {
        request.gpus
    } else {
        request.cpu_milli
    };
    most.max(1)
}

/// How many times a request fits into the widest.
fn most_side_by_side(request: &Resources, widest: &Resources) -> i64 {
    let fit = |request: i64, widest: i64| widest.checked_div(request).unwrap_or(i64::MAX);
    fit(request.cpu_milli, widest.cpu_milli)
        .min(fit(request.memory_bytes, widest.memory_bytes))
        .min(fit(request.gpus, widest.gpus))
}

/// The energy of a job, in watt-hours.
fn energy(demand: &Demand) -> f64 {
    demand.watts.over(demand.length.expected).0
}
