//! Arrival-greedy: the usual way to respect capacity. Each job, in order of arrival, takes the cleanest start that is still
//! free within its waiting, at any instant, also before jobs that came earlier; past its latest start the earliest room.
//!
//! It picks starts and never pauses. Room is booked for the expected length; a job that has outgrown it is expected to take as
//! long again, and one that finds its room taken by such a job waits for the first room there is, earlier jobs first.

use std::cmp::Reverse;
use std::collections::{BTreeSet, BinaryHeap};

use super::asked::Asked;
use super::known::Known;
use super::starts::is_equal;
use crate::twin::chains::Chains;
use crate::twin::outcome::{Outcome, Run};
use crate::twin::room::Room;
use crate::twin::series::{Ms, Series};
use crate::twin::sight::Sight;
use crate::twin::world::World;

/// What it would have made of a world.
pub(super) fn run(world: &World, sight: &dyn Sight) -> Run {
    let mut greedy = Greedy::of(world, sight);
    while let Some(Reverse((now, event, number))) = greedy.events.pop() {
        match event {
            Event::Ended => greedy.ended(number, now),
            Event::Changed => greedy.retry(now),
            Event::Outgrown => greedy.outgrown(number, now),
            Event::Start => greedy.start(number, now),
            Event::MustStart => greedy.must_start(number, now),
            Event::Ready => greedy.ready(number, now),
        }
    }
    Run {
        name: String::new(),
        outcomes: greedy.jobs.into_iter().map(|job| job.outcome).collect(),
        plan_seconds: None,
    }
}

/// What happens at an instant, in this order.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
enum Event {
    Ended,
    /// A capacity is another one from now on.
    Changed,
    Outgrown,
    Start,
    /// The last instant that the data allows.
    MustStart,
    Ready,
}

/// What has been decided on a job.
#[derive(Clone, Debug, Default)]
struct Booked {
    ready: Ms,
    zone: usize,
    /// What its length is taken for.
    expected: Ms,
    /// What is booked for it.
    start: Ms,
    end: Ms,
    outcome: Outcome,
}

struct Greedy<'a> {
    world: &'a World,
    sight: &'a dyn Sight,
    chains: Chains,
    known: Known,
    events: BinaryHeap<Reverse<(Ms, Event, usize)>>,
    jobs: Vec<Booked>,
    /// What is booked of each zone, and what runs there.
    booked: Vec<Option<Room<'a>>>,
    running: Vec<Option<Room<'a>>>,
    /// Jobs whose room was taken, by arrival.
    pending: BTreeSet<(Ms, usize)>,
}

impl<'a> Greedy<'a> {
    fn of(world: &'a World, sight: &'a dyn Sight) -> Self {
        let free = world.jobs.iter().enumerate().filter(|(_, job)| job.after.is_none());
        let ready = free.map(|(number, job)| Reverse((job.submit, Event::Ready, number)));
        let changes = world.zones.iter().flat_map(|zone| &zone.capacity);
        let changes = changes.map(|(at, _)| Reverse((*at, Event::Changed, 0)));
        let rooms: Vec<_> = world.zones.iter().map(Room::of).collect();
        Self {
            world,
            sight,
            chains: Chains::of(world),
            known: Known::of(world),
            events: ready.chain(changes).collect(),
            jobs: vec![Booked::default(); world.jobs.len()],
            booked: rooms.clone(),
            running: rooms,
            pending: BTreeSet::new(),
        }
    }

    fn asked(&mut self, number: usize, now: Ms) -> Asked<'a> {
        let job = &self.world.jobs[number];
        Asked {
            world: self.world,
            job,
            ready: now,
            length: self.known.length(job, now),
            tail: self.chains.tail_as_known(self.world, number),
        }
    }

    /// Books the cleanest start that is free, or the earliest room.
    fn ready(&mut self, number: usize, now: Ms) {
        for room in self.booked.iter_mut().chain(&mut self.running).flatten() {
            room.forget(now);
        }
        let asked = self.asked(number, now);
        let expected = asked.length.map(|length| length.expected);
        let cleanest = expected.and_then(|expected| self.cleanest(&asked, expected));
        let found = cleanest.or_else(|| self.earliest(&asked, expected.unwrap_or(0)));
        let (start, zone) = found.unwrap_or((now, asked.job.zones[0]));
        let expected = expected.unwrap_or(0);
        self.jobs[number] = Booked {
            ready: now,
            zone,
            expected,
            start,
            end: start + expected,
            outcome: Outcome::default(),
        };
        self.book(number);
        self.events.push(Reverse((start, Event::Start, number)));
    }

    /// The start with the least grams within the waiting, and its zone; of equals the earliest.
    fn cleanest(&self, asked: &Asked<'_>, length: Ms) -> Option<(Ms, usize)> {
        let mut found: Vec<(f64, Ms, usize)> = Vec::new();
        for (zone, latest) in asked.zones() {
            let forecast = self.sight.forecast(zone, asked.ready);
            let pue = self.world.zones[zone].pue;
            let mut look = |from: Ms, until: Ms| {
                let candidates = corners(&forecast, from, until, length);
                found.extend(candidates.filter_map(|start| {
                    let grams = forecast.integral(start, start.saturating_add(length))?;
                    Some((grams * pue, start, zone))
                }));
            };
            match &self.booked[zone] {
                None => look(asked.ready, latest),
                Some(room) => {
                    let stretches = room.stretches(asked.job, asked.ready);
                    for (from, until) in stretches.take_while(|stretch| stretch.0 <= latest) {
                        look(from, latest.min(until.saturating_sub(length)));
                    }
                }
            }
        }
        let least = found.iter().map(|found| found.0).fold(f64::INFINITY, f64::min);
        let equal = found.iter().filter(|found| is_equal(found.0, least));
        equal
            .min_by_key(|found| found.1)
            .map(|(_, start, zone)| (*start, *zone))
    }

    /// The earliest start with room, and its zone.
    fn earliest(&self, asked: &Asked<'_>, length: Ms) -> Option<(Ms, usize)> {
        let start = |zone: usize| match &self.booked[zone] {
            None => Some(asked.ready),
            Some(room) => {
                let mut stretches = room.stretches(asked.job, asked.ready);
                stretches
                    .find(|(from, until)| until - from >= length.max(1))
                    .map(|stretch| stretch.0)
            }
        };
        let starts = asked.job.zones.iter().filter_map(|zone| Some((start(*zone)?, *zone)));
        starts
            .filter(|(start, zone)| *start <= asked.last_in_data(*zone))
            .min_by_key(|(start, _)| *start)
    }

    fn book(&mut self, number: usize) {
        let booked = &self.jobs[number];
        if let Some(room) = &mut self.booked[booked.zone] {
            room.take(&self.world.jobs[number], booked.start, booked.end);
        }
    }

    /// Starts a job where it was booked, if there is room.
    fn start(&mut self, number: usize, now: Ms) {
        let (job, zone) = (&self.world.jobs[number], self.jobs[number].zone);
        if self.running[zone].as_ref().is_none_or(|room| room.fits(job, now, now)) {
            self.go(number, now);
            return;
        }
        let booked = &self.jobs[number];
        if let Some(room) = &mut self.booked[zone] {
            room.give(job, booked.start, booked.end);
        }
        self.pending.insert((booked.ready, number));
        let last = self.asked(number, now).last_in_data(zone).max(now);
        self.events.push(Reverse((last, Event::MustStart, number)));
    }

    /// Where there is no room to the end of the data the zone is overbooked, and that is reported.
    fn must_start(&mut self, number: usize, now: Ms) {
        if self.pending.remove(&(self.jobs[number].ready, number)) {
            self.go(number, now);
        }
    }

    /// Runs a job from now on to its end.
    fn go(&mut self, number: usize, now: Ms) {
        let asked = self.asked(number, now);
        let booked = &mut self.jobs[number];
        booked.outcome = asked.through(Some(booked.zone), now);
        (booked.start, booked.end) = (now, now + booked.expected);
        if let Some(room) = &mut self.running[booked.zone] {
            room.take(asked.job, now, Ms::MAX);
        }
        let end = now + asked.job.length;
        self.events.push(Reverse((end, Event::Ended, number)));
        if booked.end < end {
            self.events.push(Reverse((booked.end, Event::Outgrown, number)));
        }
    }

    /// Books as much time again for a job that still runs.
    fn outgrown(&mut self, number: usize, now: Ms) {
        let booked = &mut self.jobs[number];
        let Some(run) = booked.outcome.segments.first() else {
            return;
        };
        let (so_far, end) = (now - run.start, run.end);
        (booked.start, booked.end) = (now, now + so_far.max(60_000));
        let until = booked.end;
        self.book(number);
        if until < end {
            self.events.push(Reverse((until, Event::Outgrown, number)));
        }
    }

    fn ended(&mut self, number: usize, now: Ms) {
        let (job, booked) = (&self.world.jobs[number], &self.jobs[number]);
        if let Some(room) = &mut self.booked[booked.zone] {
            room.give(job, now, booked.end);
        }
        if let Some(room) = &mut self.running[booked.zone] {
            room.give(job, now, Ms::MAX);
        }
        self.known.ends(job, now);
        for next in self.chains.after(number) {
            let ready = self.world.jobs[*next].submit.max(now);
            self.events.push(Reverse((ready, Event::Ready, *next)));
        }
        self.retry(now);
    }

    /// Starts what is pending and has room now, earlier jobs first.
    fn retry(&mut self, now: Ms) {
        for (ready, number) in self.pending.clone() {
            let asked = self.asked(number, now);
            let fits = |zone: &&usize| {
                let room = self.running[**zone].as_ref();
                now <= asked.last_in_data(**zone) && room.is_none_or(|room| room.fits(asked.job, now, now))
            };
            if let Some(zone) = asked.job.zones.iter().find(fits) {
                let booked = &mut self.jobs[number];
                booked.zone = *zone;
                self.pending.remove(&(ready, number));
                self.go(number, now);
                self.book(number);
            }
        }
    }
}

/// The starts in `[from, until]` of which one is the cleanest of all: grams are linear between them.
fn corners(forecast: &Series, from: Ms, until: Ms, length: Ms) -> impl Iterator<Item = Ms> + '_ {
    let borders = |from: Ms, until: Ms| {
        let borders = forecast.borders();
        let first = borders.partition_point(|border| *border <= from);
        borders[first..]
            .iter()
            .copied()
            .take_while(move |border| *border < until)
    };
    let starts = borders(from, until);
    let ends = borders(from.saturating_add(length), until.saturating_add(length)).map(move |end| end - length);
    let bounds = [from, until].into_iter().filter(move |_| from <= until);
    bounds.chain(starts).chain(ends)
}

#[cfg(test)]
mod tests {
    use super::super::Rival;
    use super::super::testing::*;
    use crate::twin::world::{Amounts, Job, Lengths};

    fn of(cpus: f64, job: Job) -> Job {
        let need = Amounts {
            cpus,
            ..Amounts::default()
        };
        Job { need, ..job }
    }

    /// A world of one zone with this many cores.
    fn full(cpus: f64, values: &[f64], jobs: Vec<Job>) -> crate::twin::world::World {
        let mut world = world(values, jobs);
        let capacity = Amounts {
            cpus,
            ..Amounts::default()
        };
        world.zones[0].capacity = vec![(0, capacity)];
        world
    }

    #[test]
    fn earlier_jobs_take_the_clean_hours_and_later_ones_what_is_left() {
        // Both want 2..3; the second gets 1..2, the third what is free at both ends of these.
        let jobs = vec![
            of(1.0, job(0.0, 1.0, 3.0)),
            of(1.0, job(0.0, 1.0, 3.0)),
            of(1.0, job(0.0, 1.0, 3.0)),
        ];
        let world = full(1.0, &[300.0, 150.0, 100.0, 200.0], jobs);
        assert_eq!(starts(&world, Rival::ArrivalGreedy), [2.0, 1.0, 3.0]);
    }

    #[test]
    fn it_starts_at_any_instant_and_fills_holes() {
        // 1.5 h end best at 3: 0.5 x 200 + 100 = 200. Then half an hour is free before it, from 1.0 on, at 200.
        let jobs = vec![of(1.0, job(0.0, 1.5, 9.0)), of(1.0, job(0.0, 0.5, 2.0))];
        let world = full(1.0, &[300.0, 200.0, 100.0, 300.0], jobs);
        assert_eq!(starts(&world, Rival::ArrivalGreedy), [1.5, 1.0]);
    }

    #[test]
    fn without_room_within_its_waiting_a_job_takes_the_earliest_room() {
        let jobs = vec![
            of(2.0, job(0.0, 3.0, 0.0)),
            of(1.0, job(0.5, 1.0, 1.0)),
            of(1.0, job(0.5, 1.0, 1.0)),
        ];
        let world = full(2.0, &[100.0, 100.0, 100.0, 400.0, 50.0, 50.0], jobs);
        assert_eq!(starts(&world, Rival::ArrivalGreedy), [0.0, 3.0, 3.0]);
    }

    #[test]
    fn another_zone_is_room_too() {
        let jobs = vec![
            of(1.0, job(0.0, 1.0, 1.0)),
            of(1.0, job(0.0, 1.0, 1.0)),
            of(1.0, job(0.0, 1.0, 1.0)),
        ];
        let mut world = zones(&[&[100.0, 200.0], &[150.0, 170.0]], jobs);
        let one = Amounts {
            cpus: 1.0,
            ..Amounts::default()
        };
        world.zones.iter_mut().for_each(|zone| zone.capacity = vec![(0, one)]);
        let expected = [(Some(0), 0.0), (Some(1), 0.0), (Some(1), 1.0)];
        assert_eq!(places(&world, Rival::ArrivalGreedy), expected);
    }

    #[test]
    fn a_job_whose_room_is_taken_by_one_that_runs_longer_waits_for_it() {
        // Planned with a mean of 2 h: the first at 0..2, the second at 2..4. The first runs to 3, and no length is known before.
        let jobs = vec![of(1.0, job(0.0, 3.0, 0.0)), of(1.0, job(0.5, 1.0, 2.0))];
        let mut world = full(1.0, &[100.0; 8], jobs);
        world.lengths = Lengths::Mean;
        assert_eq!(all_spans(&world, Rival::ArrivalGreedy), [[(0.0, 3.0)], [(3.0, 4.0)]]);
    }

    #[test]
    fn a_capacity_that_grows_is_room_from_then_on() {
        let mut world = full(1.0, &[100.0; 8], vec![of(2.0, job(0.0, 1.0, 0.0))]);
        let two = Amounts {
            cpus: 2.0,
            ..Amounts::default()
        };
        world.zones[0].capacity.push((hours(2.5), two));
        assert_eq!(starts(&world, Rival::ArrivalGreedy), [2.5]);
    }
}
