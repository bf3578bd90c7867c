//! What is known of the lengths of one level: the window of its finished jobs, and the curve that was published.

use jiff::Timestamp;

use super::kind::Level;
use super::risk::{Ms, Risk, Steps, Weights};
use super::shape::{differs, shorten, survival};
use super::tail;
use super::window::Window;
use crate::planner::Survival;

/// Finished jobs remembered of all together and of each class: a curve of so many is within 3 % of the truth.
const OF_CLASS: usize = 2048;
/// Finished jobs remembered of a group: enough for its upper lengths, few enough to follow a job that grows.
const OF_GROUP: usize = 128;
/// Fewer jobs say nothing of their kind, and the level above speaks for them.
const ENOUGH: usize = 3;
/// One job longer than all that was seen: the next of `n` equals is longer than all of them with a chance of `1 / (n + 1)`.
/// And two of the level above, so that a few jobs are not all there is; between one and four, real traces see no difference.
const WEIGHTS: Weights = Weights {
    above: 2.0,
    unseen: 1.0,
};
/// The closest kin are mostly alike, and speak for themselves as soon as enough of them have finished: with two jobs of a class of
/// long ones among them, the upper length of a short nightly job would be that of its class for weeks.
const ALONE: Weights = Weights { above: 0.0, ..WEIGHTS };
/// A curve is looked at again when one in so many of its finished jobs is new ...
const NEW: usize = 32;
/// ... or when the unfinished have worked on for this part of all the work that was watched.
const GROWN: f64 = 0.05;

/// What is known of a level.
#[derive(Debug)]
pub(super) struct Learned {
    pub(super) window: Window,
    /// By the count of what was seen.
    pub(super) last_seen: u64,
    /// Finished jobs since the curve was last looked at.
    pub(super) new: usize,
    /// The work of the unfinished when it was, and all work that was watched; milliseconds.
    work: (f64, f64),
    /// The version of the curve above then.
    above: u64,
    pub(super) published: Option<Published>,
    is_group: bool,
}

/// A curve that plans are made with.
#[derive(Debug)]
pub(super) struct Published {
    steps: Steps,
    pub(super) survival: Survival,
    /// Rises with every renewal, from 1.
    pub(super) version: u64,
}

impl Learned {
    pub(super) fn of(level: &Level) -> Self {
        let most = match level {
            Level::All | Level::Class(_) => OF_CLASS,
            Level::Group(..) => OF_GROUP,
        };
        Self {
            window: Window::of(most),
            last_seen: 0,
            new: 0,
            work: (0.0, 0.0),
            above: 0,
            published: None,
            is_group: matches!(level, Level::Group(..)),
        }
    }

    /// Publishes a new curve where it differs enough from the last; `above` is the curve of the level above, `None` where
    /// there is no such level.
    pub(super) fn renew(&mut self, above: Option<&Published>, now: Timestamp, unfinished: &[Ms]) {
        let known = self.window.len() + if above.is_some() { unfinished.len() } else { 0 };
        let version = above.map_or(0, |above| above.version);
        let work = unfinished.iter().map(|done| *done as f64).sum();
        if known < ENOUGH || !self.is_due(version, work) {
            return;
        }
        let risk = Risk::of(self.window.lives(now, unfinished));
        (self.new, self.above, self.work) = (0, version, (work, risk.exposure()));
        let mut steps = if self.is_group && self.window.len() >= ENOUGH {
            risk.curve(&[], ALONE)
        } else {
            risk.curve(above.map_or(&[], |above| &above.steps), WEIGHTS)
        };
        tail::extend(&mut steps, &risk);
        self.publish(shorten(&steps));
    }

    fn is_due(&self, above: u64, work: f64) -> bool {
        self.published.is_none()
            || self.above != above
            || self.new * NEW > self.window.len()
            || (work - self.work.0).abs() > GROWN * self.work.1
    }

    fn publish(&mut self, steps: Steps) {
        let survival = survival(&steps);
        let version = match &self.published {
            Some(last) if !differs(&survival, &last.survival) => return,
            last => last.as_ref().map_or(0, |last| last.version) + 1,
        };
        self.published = Some(Published {
            steps,
            survival,
            version,
        });
    }
}
