//! What is planned for a job, from its decision.

use std::collections::VecDeque;

use super::Engine;
use crate::planner::{Action, Decision};
use crate::twin::outcome::Segment;
use crate::twin::series::Ms;
use crate::twin::world::World;
use crate::units::ZoneName;

impl Engine<'_> {
    /// The course that a decision sets for a job: when it is to run, by time, the last segment until it ends. A segment without
    /// a zone is for the first of its zones that has room, home first; or for all of them, where nobody chooses.
    pub(super) fn course(&self, job: usize, decision: &Decision, now: Ms) -> VecDeque<Segment> {
        // Where arrivals are known, plans are made before a job is there.
        let now = now.max(self.works[job].ready);
        let mut course: VecDeque<Segment> = VecDeque::new();
        for segment in &decision.segments {
            let (start, end) = (
                after(self.world, segment.slot.start),
                after(self.world, segment.slot.end),
            );
            let next = Segment {
                zone: self.only(&segment.zones),
                start: start.max(now),
                end,
                step: self.step_of(job, segment.pods),
            };
            match course.back_mut() {
                _ if end <= now => {}
                Some(last) if last.end == start && (last.zone, last.step) == (next.zone, next.step) => {
                    last.end = end;
                }
                _ => course.push_back(next),
            }
        }
        if course.is_empty() {
            course.push_back(self.single(job, decision, now));
        }
        course
    }

    /// One segment, from the chosen start to the end.
    fn single(&self, job: usize, decision: &Decision, now: Ms) -> Segment {
        let work = &self.works[job];
        let stays = decision.action == Action::Continue;
        let at_once = matches!(decision.action, Action::Release | Action::Resume | Action::Continue);
        Segment {
            zone: work
                .place
                .filter(|_| stays)
                .or_else(|| self.only(&decision.chosen.zones)),
            start: if at_once {
                now
            } else {
                after(self.world, decision.chosen.start).max(now)
            },
            end: Ms::MAX,
            step: if stays { work.step } else { 0 },
        }
    }

    /// The number of a zone that is the only one.
    fn only(&self, zones: &[ZoneName]) -> Option<usize> {
        let [only] = zones else { return None };
        self.world.zones.iter().position(|zone| zone.name == only.as_str())
    }

    fn step_of(&self, job: usize, pods: u32) -> usize {
        let steps = &self.world.jobs[job].scaling;
        steps.iter().position(|step| step.pods == pods).unwrap_or(0)
    }
}

/// An instant of the planner as time after the start. Planned instants lie between milliseconds at times: rounded up, so that
/// nothing starts before it was meant to.
pub(super) fn after(world: &World, at: jiff::Timestamp) -> Ms {
    let nanos = at.as_nanosecond() - world.start.as_nanosecond();
    (nanos + 999_999).div_euclid(1_000_000) as Ms
}
