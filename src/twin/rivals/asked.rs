//! A job at the instant at which a rival decides on it, and how far it may be put off.

use super::known::Length;
use crate::twin::outcome::{Outcome, Segment};
use crate::twin::series::Ms;
use crate::twin::world::{Home, Job, World};

/// A job that a rival is asked about.
#[derive(Clone, Copy, Debug)]
pub(super) struct Asked<'a> {
    /// All of the world; rivals take its grids' borders and PUE from it, never an intensity.
    pub(super) world: &'a World,
    /// The job.
    pub(super) job: &'a Job,
    /// When it was submitted, or the job before it was done, whichever came last. Waiting counts from here.
    pub(super) ready: Ms,
    /// What is known of its length.
    pub(super) length: Option<Length>,
    /// When it must have ended so that those who come after it still fit into the data.
    pub(super) tail: Ms,
}

impl Asked<'_> {
    /// The same job with its true length known.
    pub(super) fn certain(self) -> Self {
        Self {
            length: Some(Length::certain(self.job.length)),
            ..self
        }
    }

    /// How long the job may wait. Without any idea of its length, a deadline leaves no time to wait.
    fn patience(&self) -> Ms {
        let by = self.job.finish_by.map(|by| match self.length {
            Some(length) => by.saturating_sub(self.ready).saturating_sub(length.upper),
            None => 0,
        });
        self.job.max_delay.min(by.unwrap_or(Ms::MAX)).max(0)
    }

    /// The last instant from which a run fits into a zone's data, as far as its length is known, and leaves room for what comes
    /// after it.
    pub(super) fn last_in_data(&self, zone: usize) -> Ms {
        self.world.zones[zone]
            .intensity
            .end()
            .min(self.tail)
            .saturating_sub(self.length.map_or(0, |length| length.upper))
    }

    /// The latest start in a zone; `None` where the zone's data ends before a run from now on would.
    pub(super) fn latest(&self, zone: usize) -> Option<Ms> {
        let last = self.last_in_data(zone);
        (last >= self.ready).then(|| last.min(self.ready.saturating_add(self.patience())))
    }

    /// The zones that it may run in, home first, with its latest start in each.
    pub(super) fn zones(&self) -> impl Iterator<Item = (usize, Ms)> + '_ {
        let zones = self.job.zones.iter();
        zones.filter_map(|zone| Some((*zone, self.latest(*zone)?)))
    }

    /// Runs through from `start` on.
    pub(super) fn through(&self, zone: Option<usize>, start: Ms) -> Outcome {
        let segment = Segment {
            zone,
            start,
            end: start + self.job.length,
            step: 0,
        };
        Outcome {
            segments: vec![segment],
        }
    }

    /// Runs at once, where it runs when nobody shifts it.
    pub(super) fn at_once(&self) -> Outcome {
        self.through(self.home(), self.ready)
    }

    /// Where it runs when nobody shifts it.
    pub(super) fn home(&self) -> Option<usize> {
        match self.job.home {
            Home::Zone(zone) => Some(zone),
            Home::Spread => None,
        }
    }
}
