//! When to plan, for whom, and what becomes of the decisions.

use std::collections::VecDeque;

use super::Engine;
use super::work::Stage;
use crate::planner::Plan;
use crate::twin::outcome::Segment;
use crate::twin::series::Ms;

impl Engine<'_> {
    /// Decides for newcomers; for everybody, where a plan is due.
    pub(super) fn decide(&mut self, now: Ms, newcomers: &[usize], plan: bool) {
        for job in newcomers {
            self.welcome(*job, now);
        }
        let (managed, others): (Vec<usize>, Vec<usize>) = newcomers.iter().partition(|job| self.demands.managed(**job));
        for job in &others {
            if self.cluster.limited() {
                self.board.add(&self.demands, &self.knowledge, &self.works, *job, now);
                self.news = true;
            }
            let course = self.demands.unmanaged_course(*job, self.works[*job].ready);
            self.replan(*job, [course].into());
            self.follow(*job, now);
        }
        if plan && self.board.undecided() + managed.len() > 0 {
            for job in &managed {
                self.board.add(&self.demands, &self.knowledge, &self.works, *job, now);
            }
            self.plan(now);
            return;
        }
        self.admit_all(&managed, now);
    }

    /// Decides for newcomers at posted prices. Where no plan knows of their time, or one of several who come at one instant loses
    /// anything to others, all are planned together before any of them starts: nobody is first for the order of rows, nor before
    /// whoever has priority.
    fn admit_all(&mut self, newcomers: &[usize], now: Ms) {
        let unknown = newcomers.iter().position(|job| !self.admit(*job, now));
        let crowded = newcomers.len() > 1 && self.cluster.limited() && !self.board.is_ideal();
        if unknown.is_none() && !crowded {
            for job in newcomers {
                self.follow(*job, now);
            }
            return;
        }
        for job in &newcomers[unknown.map_or(newcomers.len(), |last| last + 1)..] {
            self.board.add(&self.demands, &self.knowledge, &self.works, *job, now);
        }
        for job in newcomers {
            self.works[*job].published = None; // Nobody was told yet.
        }
        self.plan(now);
    }

    /// A job could start from now on.
    fn welcome(&mut self, job: usize, now: Ms) {
        let ready = now.max(self.world.jobs[job].submit);
        self.works[job].stage = Stage::Held;
        self.works[job].ready = ready;
        self.works[job].latest_start = self.demands.latest_start(&self.knowledge, job, ready);
        if let Some(arrivals) = &mut self.arrivals {
            let demand = self.demands.demand(&self.knowledge, &self.works[job], job, now);
            arrivals.submitted(&demand);
        }
    }

    /// Plans everybody whose decision is open.
    fn plan(&mut self, now: Ms) {
        self.board
            .refresh(self.world, &self.demands, &self.knowledge, &self.works, now);
        if let Some(arrivals) = &mut self.arrivals {
            self.board.expect(arrivals);
            self.expected = now;
        }
        let started = self.clock.monotonic();
        let plan = self.board.plan();
        self.planning += self.clock.monotonic().duration_since(started);
        self.news = false;
        self.carry_out(plan, now);
    }

    fn carry_out(&mut self, plan: Plan, now: Ms) {
        let mut numbers = self.board.numbers().iter().copied();
        let mut courses = Vec::with_capacity(plan.decisions.len());
        for decision in &plan.decisions {
            // Decisions keep the order of the snapshot; running jobs that may not be paused have none.
            let Some(job) = numbers.find(|job| self.demands.is(*job, &decision.job)) else {
                break;
            };
            self.works[job].publish(decision);
            courses.push((job, self.course(job, decision, now)));
        }
        let mut jobs = Vec::with_capacity(courses.len());
        for (job, course) in courses {
            self.replan(job, course);
            jobs.push(job);
        }
        // Whoever is paused, narrowed or moved makes room first; then those whose waiting is used up take theirs.
        let runs = |job: usize| self.works[job].stage == Stage::Running;
        jobs.sort_by_key(|job| (!runs(*job), !self.gives_way(*job, now), !self.late(*job, now)));
        for job in jobs {
            self.follow(job, now);
        }
        self.board.snapshot.prices = Some(plan.prices);
    }

    /// Decides for one newcomer at posted prices, and does not start it yet; `false` where it is on the board but the last plan
    /// knows nothing of its time.
    fn admit(&mut self, job: usize, now: Ms) -> bool {
        self.board.see(&self.demands, &self.knowledge, &self.works[job], job);
        self.board.look(self.world, &self.demands, &self.knowledge, now);
        let demand = self.demands.demand(&self.knowledge, &self.works[job], job, now);
        let started = self.clock.monotonic();
        let decision = self.board.admit(&demand);
        self.planning += self.clock.monotonic().duration_since(started);
        if decision.is_none() || self.changes() {
            self.board.add(&self.demands, &self.knowledge, &self.works, job, now);
        }
        let Some(decision) = decision else {
            return false;
        };
        self.news |= self.changes() && !self.board.is_ideal();
        self.works[job].publish(&decision);
        let course = self.course(job, &decision, now);
        self.replan(job, course);
        true
    }

    fn replan(&mut self, job: usize, course: VecDeque<Segment>) {
        self.works[job].course = course;
        self.works[job].planned += 1;
    }

    /// Whoever was due and found no room is planned anew, once; who is due again, or late, stays pending.
    pub(super) fn settle(&mut self, now: Ms) {
        let may_hurry = |job: usize| {
            let demand = self.demands.demand(&self.knowledge, &self.works[job], job, now);
            demand.may_hurry()
        };
        let may_go_on = |job: &usize| self.demands.managed(*job) && (!self.late(*job, now) || may_hurry(*job));
        let again = self.turned_away.iter().any(may_go_on);
        if again {
            self.turned_away.clear();
            self.plan(now);
        }
        for job in std::mem::take(&mut self.turned_away) {
            if matches!(self.works[job].stage, Stage::Held | Stage::Paused) {
                self.works[job].stage = Stage::Pending;
                self.pending.push(job);
            }
        }
    }
}
