//! What is planned for a job, from its decision.

use std::collections::VecDeque;

use super::Engine;
use crate::planner::{Action, Decision};
use crate::twin::series::Ms;
use crate::twin::world::World;
use crate::units::ZoneName;

/// Where a stretch is to run.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Where {
    /// In this zone.
    Zone(usize),
    /// In the first of its zones that has room, home first; or over all of them, where nobody chooses.
    Anywhere,
}

/// A stretch of time in which a job is to run; the last one until it ends.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(super) struct Stretch {
    pub(super) at: Ms,
    pub(super) until: Ms,
    pub(super) place: Where,
    pub(super) step: usize,
}

impl Engine<'_> {
    /// The course that a decision sets for a job.
    pub(super) fn course(&self, job: usize, decision: &Decision, now: Ms) -> VecDeque<Stretch> {
        // Where arrivals are known, plans are made before a job is there.
        let now = now.max(self.works[job].ready);
        let mut course: VecDeque<Stretch> = VecDeque::new();
        for segment in &decision.segments {
            let (at, until) = (ms(self.world, segment.slot.start), ms(self.world, segment.slot.end));
            let next = Stretch {
                at: at.max(now),
                until,
                place: self.place(&segment.zones),
                step: self.step_of(job, segment.pods),
            };
            match course.back_mut() {
                _ if until <= now => {}
                Some(last) if last.until == at && (last.place, last.step) == (next.place, next.step) => {
                    last.until = until;
                }
                _ => course.push_back(next),
            }
        }
        if course.is_empty() {
            course.push_back(self.single(job, decision, now));
        }
        course
    }

    /// One stretch, from the chosen start to the end.
    fn single(&self, job: usize, decision: &Decision, now: Ms) -> Stretch {
        let work = &self.works[job];
        let stays = decision.action == Action::Continue;
        let at_once = matches!(decision.action, Action::Release | Action::Resume | Action::Continue);
        Stretch {
            at: if at_once {
                now
            } else {
                ms(self.world, decision.chosen.start).max(now)
            },
            until: Ms::MAX,
            place: match work.place {
                Some(zone) if stays => Where::Zone(zone),
                _ => self.place(&decision.chosen.zones),
            },
            step: if stays { work.step } else { 0 },
        }
    }

    fn place(&self, zones: &[ZoneName]) -> Where {
        let number = |name: &ZoneName| self.world.zones.iter().position(|zone| zone.name == name.as_str());
        match zones {
            [only] => number(only).map_or(Where::Anywhere, Where::Zone),
            _ => Where::Anywhere,
        }
    }

    fn step_of(&self, job: usize, pods: u32) -> usize {
        let steps = &self.world.jobs[job].scaling;
        steps.iter().position(|step| step.pods == pods).unwrap_or(0)
    }
}

/// An instant of the planner as time after the start. Planned instants lie between milliseconds at times: rounded up, so that
/// nothing starts before it was meant to.
pub(super) fn ms(world: &World, at: jiff::Timestamp) -> Ms {
    let nanos = at.as_nanosecond() - world.start.as_nanosecond();
    (nanos + 999_999).div_euclid(1_000_000) as Ms
}
