//! What is taken of a zone over time, and where there is room.

use std::ops::{AddAssign, SubAssign};

use super::series::Ms;
use super::world::{Amounts, Job, Zone};

/// Cores, GiB, accelerators, and those of each model that matters.
#[derive(Clone, Debug, Default, PartialEq)]
struct Use(Vec<f64>);

impl Use {
    fn of(amounts: &Amounts) -> Self {
        Self(vec![amounts.cpus, amounts.memory_gib, amounts.gpus])
    }

    fn fits(&self, more: &Self, capacity: &Self) -> bool {
        let sums = self.0.iter().zip(&more.0).map(|(a, b)| a + b);
        sums.zip(&capacity.0)
            .zip(&more.0)
            .all(|((sum, most), more)| *more <= 0.0 || sum <= most + 1e-9)
    }
}

impl AddAssign<&Self> for Use {
    fn add_assign(&mut self, other: &Self) {
        self.0.iter_mut().zip(&other.0).for_each(|(a, b)| *a += b);
    }
}

impl SubAssign<&Self> for Use {
    fn sub_assign(&mut self, other: &Self) {
        self.0.iter_mut().zip(&other.0).for_each(|(a, b)| *a -= b);
    }
}

/// A zone's capacity, and what is taken of it, from now on.
#[derive(Clone, Debug)]
pub(super) struct Room<'a> {
    zone: &'a Zone,
    /// What is taken from each instant on, and the capacity then; the first counts from the beginning, the last for ever.
    steps: Vec<(Ms, Use, Use)>,
}

impl<'a> Room<'a> {
    /// An empty zone; `None` where it holds as much as is asked for.
    pub(super) fn of(zone: &'a Zone) -> Option<Self> {
        let models: Vec<f64> = zone.gpu_models.iter().map(|(_, count)| *count).collect();
        let step = |(at, capacity): &(Ms, Amounts)| {
            let mut most = Use::of(capacity);
            most.0.extend(&models);
            (*at, Use(vec![0.0; most.0.len()]), most)
        };
        let mut steps: Vec<_> = zone.capacity.iter().map(step).collect();
        steps.first_mut()?.0 = Ms::MIN;
        Some(Self { zone, steps })
    }

    /// What a job takes here.
    fn need(&self, job: &Job) -> Use {
        let mut need = Use::of(&job.need);
        let model = |name: &String| job.gpu_model.as_ref().is_some_and(|model| model == name);
        need.0.extend(
            self.zone
                .gpu_models
                .iter()
                .map(|(name, _)| if model(name) { job.need.gpus } else { 0.0 }),
        );
        need
    }

    /// Whether a job has what it needs here at any time at all: accelerators of a model that a zone with models does not have
    /// are nowhere.
    fn knows(&self, job: &Job) -> bool {
        let models = &self.zone.gpu_models;
        job.gpu_model
            .as_ref()
            .is_none_or(|model| models.is_empty() || models.iter().any(|(name, _)| name == model))
    }

    fn index(&self, at: Ms) -> usize {
        self.steps.partition_point(|step| step.0 <= at).saturating_sub(1)
    }

    /// The step that starts at an instant.
    fn cut(&mut self, at: Ms) -> usize {
        let index = self.index(at);
        if self.steps[index].0 == at {
            return index;
        }
        let (_, taken, most) = self.steps[index].clone();
        self.steps.insert(index + 1, (at, taken, most));
        index + 1
    }

    /// Takes what a job needs from `start` to `end`.
    pub(super) fn take(&mut self, job: &Job, start: Ms, end: Ms) {
        let need = self.need(job);
        self.each(start, end, |taken| *taken += &need);
    }

    /// Gives it back.
    pub(super) fn give(&mut self, job: &Job, start: Ms, end: Ms) {
        let need = self.need(job);
        self.each(start, end, |taken| *taken -= &need);
    }

    fn each(&mut self, start: Ms, end: Ms, mut change: impl FnMut(&mut Use)) {
        if start < end {
            let (first, last) = (self.cut(start), self.cut(end));
            let last = last.max(first);
            self.steps[first..last].iter_mut().for_each(|step| change(&mut step.1));
        }
    }

    /// Forgets what lies before an instant.
    pub(super) fn forget(&mut self, before: Ms) {
        let past = self.index(before);
        if past > 64 {
            self.steps.drain(..past);
        }
    }

    /// Whether a job has room over all of `[start, end)`.
    pub(super) fn fits(&self, job: &Job, start: Ms, end: Ms) -> bool {
        let need = self.need(job);
        let within = self.steps[self.index(start)..]
            .iter()
            .take_while(|step| step.0 <= start || step.0 < end);
        self.knows(job) && within.into_iter().all(|(_, taken, most)| taken.fits(&need, most))
    }

    /// The stretches from `from` on in which a job has room, each as `(start, end)`, by time; the last one may be for ever.
    pub(super) fn stretches(&self, job: &Job, from: Ms) -> impl Iterator<Item = (Ms, Ms)> + '_ {
        let (need, known) = (self.need(job), self.knows(job));
        let mut index = self.index(from);
        std::iter::from_fn(move || {
            let fits = |index: usize| known && self.steps[index].1.fits(&need, &self.steps[index].2);
            while index < self.steps.len() && !fits(index) {
                index += 1;
            }
            let start = self.steps.get(index)?.0.max(from);
            while index < self.steps.len() && fits(index) {
                index += 1;
            }
            Some((start, self.steps.get(index).map_or(Ms::MAX, |step| step.0)))
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn cpus(cpus: f64) -> Amounts {
        Amounts {
            cpus,
            ..Amounts::default()
        }
    }

    fn job(need: f64) -> Job {
        Job {
            need: cpus(need),
            ..Job::default()
        }
    }

    fn zone(capacity: &[(Ms, f64)]) -> Zone {
        Zone {
            capacity: capacity.iter().map(|(at, most)| (*at, cpus(*most))).collect(),
            ..Zone::default()
        }
    }

    #[test]
    fn room_is_what_the_capacity_leaves() {
        let zone = zone(&[(0, 10.0), (100, 4.0)]);
        let mut room = Room::of(&zone).unwrap();
        room.take(&job(3.0), 10, 50);
        let stretches = |room: &Room<'_>, need| room.stretches(&job(need), 0).collect::<Vec<_>>();
        assert_eq!(stretches(&room, 4.0), [(0, Ms::MAX)]);
        assert_eq!(stretches(&room, 8.0), [(0, 10), (50, 100)]);
        assert!(room.fits(&job(8.0), 0, 10) && !room.fits(&job(8.0), 0, 11) && !room.fits(&job(8.0), 49, 60));
        room.give(&job(3.0), 20, 50);
        assert_eq!(stretches(&room, 8.0), [(0, 10), (20, 100)]);
    }

    #[test]
    fn a_zone_without_capacity_holds_all() {
        assert!(Room::of(&Zone::default()).is_none());
    }

    #[test]
    fn accelerators_of_one_model_are_counted_apart() {
        let zone = Zone {
            capacity: vec![(
                0,
                Amounts {
                    gpus: 8.0,
                    ..Amounts::default()
                },
            )],
            gpu_models: vec![("T4".into(), 6.0), ("A10".into(), 2.0)],
            ..Zone::default()
        };
        let with = |model: Option<&str>, gpus| Job {
            need: Amounts {
                gpus,
                ..Amounts::default()
            },
            gpu_model: model.map(str::to_owned),
            ..Job::default()
        };
        let mut room = Room::of(&zone).unwrap();
        assert!(room.fits(&with(Some("A10"), 2.0), 0, 10) && !room.fits(&with(Some("A10"), 3.0), 0, 10));
        assert!(!room.fits(&with(Some("H100"), 1.0), 0, 10) && room.fits(&with(None, 8.0), 0, 10));
        room.take(&with(Some("A10"), 2.0), 0, 10);
        assert!(!room.fits(&with(None, 7.0), 0, 10) && room.fits(&with(Some("T4"), 6.0), 0, 10));
    }
}
