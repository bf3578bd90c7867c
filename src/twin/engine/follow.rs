//! Jobs follow their courses: starts, pauses and ends in the simulated cluster.

use super::Engine;
use super::work::Stage;
use crate::twin::outcome::Segment;
use crate::twin::queue::Event;
use crate::twin::series::Ms;
use crate::twin::world::Home;

/// A zone, or all zones of a job.
struct Place(Option<usize>);

impl Engine<'_> {
    /// Brings a job to where its course says that it is now.
    pub(super) fn follow(&mut self, job: usize, now: Ms) {
        let work = &mut self.works[job];
        while work.course.len() > 1 && work.course[0].end <= now {
            work.course.pop_front();
        }
        let Some(front) = work.course.front().copied() else {
            return;
        };
        let more = work.course.len() > 1;
        if front.start > now {
            if work.stage == Stage::Running {
                self.stop(job, now);
                self.works[job].stage = Stage::Paused;
                self.works[job].pauses += 1;
            }
            self.queue.push(front.start, Event::Due(job, self.works[job].planned));
            return;
        }
        if more {
            self.queue.push(front.end, Event::Due(job, work.planned));
        }
        if self.runs_so(job, &front) {
            let until = self.until(job, front.step, self.works[job].since);
            self.cluster.runs_until(job, until);
        } else {
            self.enter(job, &front, now);
        }
    }

    /// Brings all who are due to where they should be: whoever is paused, narrowed or moved makes room, first for those who wait
    /// for it, then for those whose waiting is used up, then for the others.
    pub(super) fn follow_all(&mut self, due: Vec<usize>, now: Ms) {
        let (giving, mut others): (Vec<usize>, Vec<usize>) = due.into_iter().partition(|job| self.gives_way(*job, now));
        for job in &giving {
            self.follow(*job, now);
        }
        if !giving.is_empty() {
            self.serve_pending(now);
        }
        others.sort_by_key(|job| !self.late(*job, now));
        for job in others {
            self.follow(job, now);
        }
    }

    /// Whether a job runs that should not now, or not so wide, or elsewhere.
    pub(super) fn gives_way(&self, job: usize, now: Ms) -> bool {
        let work = &self.works[job];
        let next = work.course.iter().find(|segment| segment.end > now);
        let moves = |next: &Segment| next.zone.is_some() && next.zone != work.place;
        let gives = |next: &Segment| next.start > now || next.step < work.step || moves(next);
        work.stage == Stage::Running && next.is_some_and(gives)
    }

    fn runs_so(&self, job: usize, planned: &Segment) -> bool {
        let work = &self.works[job];
        let there = planned.zone.is_none() || work.place == planned.zone;
        work.stage == Stage::Running && there && work.step == planned.step
    }

    /// Starts a job for a segment of its course, if there is room; while there is none, one that runs goes on as it does.
    fn enter(&mut self, job: usize, planned: &Segment, now: Ms) {
        let running = self.works[job].stage == Stage::Running;
        if running {
            self.cluster.give(job); // What it takes itself is room for it.
        }
        let Some(Place(place)) = self.place_with_room(job, planned, now) else {
            if running {
                let (step, place, since) = (self.works[job].step, self.works[job].place, self.works[job].since);
                self.cluster.take(job, step, place, since, self.until(job, step, since));
            }
            if self.works[job].stage != Stage::Pending {
                self.turned_away.push(job);
            }
            return;
        };
        if running {
            // A move is a pause, though a short one; another width is none.
            let moves = planned.zone.is_some() && planned.zone != self.works[job].place;
            self.works[job].pauses += u32::from(moves);
            self.stop(job, now);
        }
        self.start_in(job, place, planned.step, now);
    }

    fn place_with_room(&self, job: usize, planned: &Segment, now: Ms) -> Option<Place> {
        let until = self.until(job, planned.step, now);
        let room = |place| {
            self.cluster
                .room(job, planned.step, place, now, until)
                .then_some(Place(place))
        };
        match planned.zone {
            Some(zone) => room(Some(zone)),
            None if self.spreads(job) => room(None),
            None => self.demands.zones(job).iter().find_map(|zone| room(Some(*zone))),
        }
    }

    /// Whether nobody chooses its zone, and it has several.
    fn spreads(&self, job: usize) -> bool {
        self.demands.stays_home(job) && self.world.jobs[job].home == Home::Spread
    }

    /// When it would end if it went on from now, as far as that is known.
    pub(super) fn expected_end(&self, job: usize, step: usize, now: Ms) -> Ms {
        let done = self.works[job].done_at(now, &self.world.jobs[job]);
        let length = self.demands.length(&self.knowledge, job, done as Ms).upper;
        now + ((length as f64 - done).max(0.0) / self.throughput(job, step)).ceil() as Ms
    }

    /// Until when it takes room if it goes on so from an instant: to its end, or to the next change of its course.
    fn until(&self, job: usize, step: usize, since: Ms) -> Ms {
        let course = &self.works[job].course;
        let change = course.front().filter(|_| course.len() > 1).map(|front| front.end);
        self.expected_end(job, step, since).min(change.unwrap_or(Ms::MAX))
    }

    fn throughput(&self, job: usize, step: usize) -> f64 {
        self.world.jobs[job]
            .scaling
            .get(step)
            .map_or(1.0, |step| step.throughput)
    }

    /// Starts a job there, room or not.
    pub(super) fn start_in(&mut self, job: usize, place: Option<usize>, step: usize, now: Ms) {
        let until = self.until(job, step, now);
        self.cluster.take(job, step, place, now, until);
        if self.works[job].stage == Stage::Pending {
            self.pending.retain(|other| *other != job);
        }
        let left = self.world.jobs[job].length as f64 - self.works[job].done;
        let end = now + (left.max(0.0) / self.throughput(job, step)).ceil() as Ms;
        self.unfinished.insert(job);
        let work = &mut self.works[job];
        work.stage = Stage::Running;
        (work.since, work.place, work.step) = (now, place, step);
        work.turn += 1;
        self.queue.push(end, Event::Done(job, work.turn));
        self.board.started(&self.demands, job);
    }

    /// Ends the segment that a job runs.
    fn stop(&mut self, job: usize, now: Ms) {
        let throughput = self.throughput(job, self.works[job].step);
        let work = &mut self.works[job];
        work.done += (now - work.since) as f64 * throughput;
        work.turn += 1;
        let segment = Segment {
            zone: work.place,
            start: work.since,
            end: now,
            step: work.step,
        };
        work.since = now;
        self.cluster.give(job);
        // A segment without length is none, unless it is all that the job is.
        if segment.end > segment.start || self.world.jobs[job].length == 0 {
            self.outcomes[job].segments.push(segment);
        }
    }

    /// A job ends.
    pub(super) fn finish(&mut self, job: usize, now: Ms) {
        self.stop(job, now);
        self.works[job].stage = Stage::Done;
        self.works[job].course.clear();
        self.works[job].planned += 1;
        self.left -= 1;
        self.unfinished.remove(&job);
        self.knowledge.finished(job, now);
        self.board.remove(job);
    }

    /// Starts whoever is pending and finds room now: first those whose waiting is used up, then in the order of releases.
    pub(super) fn serve_pending(&mut self, now: Ms) {
        let mut waiting = self.pending.clone();
        waiting.sort_by_key(|job| !self.late(*job, now));
        for job in waiting {
            self.follow(job, now);
        }
    }

    /// Whether a job has used up its waiting.
    pub(super) fn late(&self, job: usize, now: Ms) -> bool {
        let work = &self.works[job];
        now >= work
            .latest_start
            .saturating_add(work.done_at(now, &self.world.jobs[job]) as Ms)
    }
}
