//! Alizé in the twin: the operator's own planner on a simulated clock and cluster.
//!
//! ```text
//! submissions, slot borders, completions, new forecasts --queue--> Engine
//!     newcomer --admit--> Decision --.
//!     border, completion, forecast --plan--> Decisions --+--> course of each job --follow--> cluster, Outcome
//! ```
//!
//! A full plan is made when something has changed since the last one that it depends on: where no zone can be full, each job
//! is on its own, and where forecast and length are certain too, nothing changes after a job's admission. Nor does anything
//! where zones could be full but nobody loses anything to others, until jobs are expected that were not before.

mod board;
mod course;
mod demands;
mod follow;
mod turns;
mod work;

use std::collections::BTreeSet;
use std::time::Duration;

use board::Board;
use demands::Demands;
use work::{Stage, Work};

use super::cluster::Cluster;
use super::knowledge::Knowledge;
use super::outcome::{Outcome, Run};
use super::policy::Policy;
use super::queue::{Event, Queue};
use super::series::{Ms, ms};
use super::world::{Forecast, Lengths, World};
use crate::learn::Arrivals;
use crate::units::Clock;

/// What jobs are to come is asked as often as this at least, where nothing else makes a plan.
const EXPECTED: Ms = 3_600_000;

/// One run.
struct Engine<'w> {
    world: &'w World,
    knowledge: Knowledge<'w>,
    demands: Demands<'w>,
    board: Board,
    cluster: Cluster<'w>,
    queue: Queue,
    works: Vec<Work>,
    outcomes: Vec<Outcome>,
    /// What the past tells of jobs to come, where it matters.
    arrivals: Option<Arrivals>,
    /// When that was asked last.
    expected: Ms,
    /// Released, and without room; in the order of their releases.
    pending: Vec<usize>,
    /// Due, and without room: to be planned anew at this instant.
    turned_away: Vec<usize>,
    /// Whether anything has changed since the last plan that it depends on.
    news: bool,
    /// Who has started and is not done.
    unfinished: BTreeSet<usize>,
    /// How many jobs are not done.
    left: usize,
    /// Whether the next slot border is in the queue, and the next forecast.
    border: bool,
    forecast: bool,
    clock: &'w dyn Clock,
    planning: Duration,
}

/// Runs a world under policies. `planning` in the result is wall time by `clock`.
pub fn run(name: &str, world: &World, policies: &[Policy], clock: &dyn Clock) -> Run {
    let knowledge = Knowledge::new(world);
    let cluster = Cluster::new(world);
    let demands = Demands::of(world, policies);
    let surprised = cluster.limited() && !world.arrivals_known;
    let arrivals = surprised.then(|| {
        let mut arrivals = Arrivals::default();
        demands.past().for_each(|demand| arrivals.submitted(&demand));
        arrivals
    });
    let mut engine = Engine {
        world,
        board: Board::of(world, &demands, cluster.limited()),
        demands,
        queue: Queue::of(submits(world), cluster.changes()),
        knowledge,
        cluster,
        works: vec![Work::default(); world.jobs.len()],
        outcomes: vec![Outcome::default(); world.jobs.len()],
        arrivals,
        expected: 0,
        pending: Vec::new(),
        turned_away: Vec::new(),
        news: false,
        unfinished: BTreeSet::new(),
        left: world.jobs.len(),
        border: false,
        forecast: false,
        clock,
        planning: Duration::ZERO,
    };
    engine.run();
    Run {
        name: name.to_owned(),
        outcomes: engine.outcomes,
        plan_seconds: Some(engine.planning.as_secs_f64()),
    }
}

/// When each job becomes known.
fn submits(world: &World) -> impl Iterator<Item = Ms> + '_ {
    let known = world.arrivals_known;
    world.jobs.iter().map(move |job| if known { 0 } else { job.submit })
}

/// How long each job may wait in a run under these policies: the tightest of its own and its policy's.
pub fn longest_wait(policies: &[Policy], world: &World, job: usize) -> Ms {
    let job = &world.jobs[job];
    let policy = Policy::of_job(policies, job).map(|policy| ms(policy.spec.delay.max.0));
    policy.map_or(job.max_delay, |longest| longest.min(job.max_delay))
}

impl Engine<'_> {
    fn run(&mut self) {
        let mut batch = Vec::new();
        let mut last = 0;
        loop {
            while let Some(now) = self.queue.next(&mut batch) {
                last = now;
                self.step(now, &batch);
            }
            // Whoever never finds room, because capacity has shrunk for good, runs over it: better late than never.
            let Some(job) = self.pending.first().copied() else {
                break;
            };
            self.start_in(job, Some(self.demands.zones(job)[0]), 0, last);
        }
    }

    /// All that happens at one instant.
    fn step(&mut self, now: Ms, batch: &[Event]) {
        let (mut newcomers, mut due) = (Vec::new(), Vec::new());
        let (mut plan, mut more_room) = (false, false);
        for event in batch {
            match *event {
                Event::Done(job, turn) if self.works[job].turn == turn => {
                    self.finish(job, now);
                    more_room = true;
                    plan |= self.uncertain() && self.cluster.limited();
                    self.news |= self.uncertain();
                    let followers = self.demands.after(job).iter();
                    let known =
                        |follower: &&usize| self.world.arrivals_known || self.world.jobs[**follower].submit <= now;
                    newcomers.extend(followers.filter(known));
                }
                Event::Capacity => {
                    self.cluster.advance(now);
                    (more_room, plan) = (true, true);
                }
                Event::Forecast => {
                    self.forecast = false;
                    plan = true;
                }
                Event::Submit(job) if self.ready(job) => newcomers.push(job),
                Event::Border => {
                    self.border = false;
                    // Of a job whose length nobody knows, every slot that it runs on is news.
                    plan |= self.news || self.uncertain() || self.expects_others(now);
                }
                Event::Due(job, planned) if self.works[job].planned == planned => due.push(job),
                Event::Done(..) | Event::Submit(_) | Event::Due(..) => {}
            }
        }
        // Whoever is submitted when the job before it ends comes once.
        newcomers.sort_unstable();
        newcomers.dedup();
        // All jobs of a world that is known from the start are planned together.
        plan |= self.world.arrivals_known && self.cluster.limited() && !newcomers.is_empty();
        if self.world.lengths == Lengths::Learned && (plan || !newcomers.is_empty()) {
            self.learn(now);
        }
        // Whoever was released and found no room goes before those who are due only now.
        if more_room {
            self.serve_pending(now);
        }
        self.decide(now, &newcomers, plan);
        self.follow_all(due, now);
        self.settle(now);
        self.expect(now);
    }

    /// Learns from what has finished, and from what still runs.
    fn learn(&mut self, now: Ms) {
        let (works, jobs) = (&self.works, &self.world.jobs);
        let unfinished = self
            .unfinished
            .iter()
            .map(|job| (*job, works[*job].done_at(now, &jobs[*job]) as Ms));
        self.knowledge.renew(now, unfinished);
    }

    /// Whether nothing keeps a job from starting but its submission.
    fn ready(&self, job: usize) -> bool {
        let first = self.world.jobs[job].after;
        first.is_none_or(|first| self.works[first].stage == Stage::Done)
    }

    /// Whether lengths are not known for sure.
    fn uncertain(&self) -> bool {
        self.world.lengths != Lengths::Known
    }

    /// Whether it is time to ask again what jobs are to come.
    fn expects_others(&self, now: Ms) -> bool {
        self.arrivals.is_some() && now - self.expected >= EXPECTED
    }

    /// Whether a decision, once made, could ever have to be made anew.
    fn changes(&self) -> bool {
        let foreseen = self.world.zones.iter().all(|zone| zone.forecast == Forecast::Perfect);
        self.cluster.limited() || self.uncertain() || !foreseen
    }

    /// Looks at the next slot border and the next forecast again, while there is anybody to decide for. Whoever is pending is
    /// served when room comes, so that where all are, nothing is to be expected of either.
    fn expect(&mut self, now: Ms) {
        if self.pending.len() == self.board.numbers().len() {
            return;
        }
        if !self.border && self.changes() && self.board.undecided() > 0 {
            let next = (now.div_euclid(self.world.slot) + 1) * self.world.slot;
            self.queue.push(next, Event::Border);
            self.border = true;
        }
        if !self.forecast
            && let Some(next) = self.knowledge.next_forecast(now, self.demands.signals())
        {
            self.queue.push(next, Event::Forecast);
            self.forecast = true;
        }
    }
}
