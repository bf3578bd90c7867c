//! `fifo`: every job at submission in the first of its zones that has room, home first; else the first moment one has.
//! Earlier jobs are asked first, and nobody blocks whoever fits.

use super::chains::followers;
use super::cluster::Cluster;
use super::outcome::{Outcome, Run, Segment};
use super::queue::{Event, Queue};
use super::series::Ms;
use super::world::{Lengths, World};

struct Fifo<'w> {
    world: &'w World,
    cluster: Cluster<'w>,
    queue: Queue,
    /// By submission; those that could start and found no room.
    waiting: Vec<usize>,
    done: Vec<bool>,
    outcomes: Vec<Outcome>,
}

/// Runs every job as soon as there is room.
pub fn fifo(world: &World) -> Run {
    let cluster = Cluster::new(world);
    let mut fifo = Fifo {
        world,
        queue: Queue::of(world.jobs.iter().map(|job| job.submit), cluster.changes()),
        cluster,
        waiting: Vec::new(),
        done: vec![false; world.jobs.len()],
        outcomes: vec![Outcome::default(); world.jobs.len()],
    };
    fifo.run();
    Run {
        name: "fifo".to_owned(),
        outcomes: fifo.outcomes,
        plan_seconds: None,
    }
}

impl Fifo<'_> {
    fn run(&mut self) {
        let followers = followers(self.world);
        let mut batch = Vec::new();
        let mut asked = Vec::new();
        let mut last = 0;
        loop {
            while let Some(now) = self.queue.next(&mut batch) {
                last = now;
                self.step(now, &batch, &followers, &mut asked);
            }
            // Whoever never finds room, because capacity has shrunk for good, runs over it: better late than never.
            let Some(job) = self.waiting.first().copied() else {
                break;
            };
            self.waiting.remove(0);
            self.begin(job, self.world.jobs[job].zones[0], last);
        }
    }

    fn step(&mut self, now: Ms, batch: &[Event], followers: &[Vec<usize>], asked: &mut Vec<usize>) {
        let mut more_room = false;
        for event in batch {
            match event {
                Event::Done(job, _) => {
                    self.done[*job] = true;
                    self.cluster.give(*job);
                    more_room = true;
                    let free = followers[*job]
                        .iter()
                        .filter(|follower| self.world.jobs[**follower].submit <= now);
                    asked.extend(free.copied());
                }
                Event::Capacity => {
                    self.cluster.advance(now);
                    more_room = true;
                }
                Event::Submit(job) if self.world.jobs[*job].after.is_none_or(|first| self.done[first]) => {
                    asked.push(*job);
                }
                _ => {}
            }
        }
        if more_room {
            asked.append(&mut self.waiting);
        }
        asked.sort_unstable();
        asked.dedup();
        for job in asked.drain(..) {
            if !self.start(job, now) {
                self.waiting.push(job);
            }
        }
    }

    fn start(&mut self, job: usize, now: Ms) -> bool {
        let until = match self.world.lengths {
            Lengths::Known => now + self.world.jobs[job].length,
            _ => now,
        };
        let mut zones = self.world.jobs[job].zones.iter();
        let Some(zone) = zones
            .find(|zone| self.cluster.room(job, 0, Some(**zone), now, until))
            .copied()
        else {
            return false;
        };
        self.cluster.take(job, 0, Some(zone), now, until);
        self.begin(job, zone, now);
        true
    }

    fn begin(&mut self, job: usize, zone: usize, now: Ms) {
        let end = now + self.world.jobs[job].length;
        self.queue.push(end, Event::Done(job, 0));
        self.outcomes[job].segments.push(Segment {
            zone: Some(zone),
            start: now,
            end,
            step: 0,
        });
    }
}
