//! The mean length of a class.

use super::series::Ms;
use super::world::{Job, World};

/// The mean of lengths, one after the other.
#[derive(Clone, Copy, Debug, Default)]
pub(super) struct Mean {
    total: i128,
    count: i128,
}

impl Mean {
    /// Adds a length.
    pub(super) fn add(&mut self, length: Ms) {
        self.total += i128::from(length);
        self.count += 1;
    }

    /// To the nearest millisecond; `None` of nothing.
    pub(super) fn value(&self) -> Option<Ms> {
        let mean = (2 * self.total + self.count).checked_div_euclid(2 * self.count)?;
        Ms::try_from(mean).ok()
    }
}

/// The mean length of each class over the whole file, those rows included that the scenario leaves out.
pub(super) fn by_class(world: &World) -> Vec<Option<Ms>> {
    let jobs = || world.jobs.iter().chain(&world.left_out);
    let classes = jobs().map(|job: &Job| job.class + 1).max().unwrap_or(0);
    let mut means = vec![Mean::default(); classes];
    jobs().for_each(|job| means[job.class].add(job.length));
    means.iter().map(Mean::value).collect()
}
