//! The best pauses of a job, where they cost something or are limited: an exact dynamic program.
//!
//! A plan is a row of runs `[s, e)`. Fix in which row of the window each `s` and `e` lies. The cost is then linear in these
//! instants (a resume costs the same anywhere within a row), and they are bound by their rows, by `e - s >= minimum run`, and
//! by one sum, the work. So one of the cheapest plans is a vertex of that polyhedron: all instants but one lie on a border, or
//! on the other end of a run that has exactly its minimum length and whose one end is on a border; the last one follows from
//! the work. With the rows cut a minimum run before and after each border, all but one of the instants are borders of rows.
//!
//! The program goes from border to border. A label is the work that is done, whether the one instant inside of a row was
//! used, where the job is, and what limits pauses. At that instant the work that is left must be a sum of whole rows after it;
//! `Sums` says which sums there are.
//!
//! Where a job moves from one zone to another without a pause, that instant floats in its row without changing the work, so that
//! it too can be moved to a border, or until one of both runs is empty. An empty run is worth something where it is cheaper to
//! move now and resume later than to move later: the program has it as a move while paused.
//!
//! A resume just before a border costs what the row before the border says. As instants are cut to milliseconds, the cheaper
//! of both rows is taken at a border, and the plan starts a millisecond early where that is the one before.

use super::rows::Rows;
use crate::planner::Pausing;
use crate::twin::outcome::Segment;
use crate::twin::series::{Ms, ms};

/// More labels at a border or sums after it than this are given up: rows without any common measure.
const MOST: usize = 4096;

/// Where a job is, by the place of the zone in the rows.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
enum Place {
    Fresh,
    Paused(usize),
    Running(usize),
}

/// What decides on all that follows.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
struct Key {
    /// Work.
    done: Ms,
    /// Whether an instant inside of a row was used.
    inside: bool,
    place: Place,
    /// How long it has run since its last start, as far as that matters.
    run: Ms,
    /// As far as they are limited.
    pauses: u32,
}

#[derive(Clone, Copy, Debug)]
struct Label {
    key: Key,
    cost: f64,
    /// The last mark on the way here, from 1; 0: none.
    mark: usize,
}

/// A start or stop.
#[derive(Clone, Copy, Debug)]
struct Mark {
    before: usize,
    at: Ms,
    /// The zone that it starts in; `None`: it stops.
    zone: Option<usize>,
    /// It starts a millisecond earlier.
    early: bool,
}

struct Program<'a> {
    rows: &'a Rows,
    /// What a resume costs in the same zone, and in another, milliseconds at full power.
    resume: Ms,
    migration: Option<Ms>,
    minimum_run: Ms,
    /// The most pauses.
    most: u32,
    length: Ms,
    /// Whether pauses are counted.
    counted: bool,
    /// The sums of whole rows from each row on, by size, none above the length.
    sums: Vec<Vec<Ms>>,
    /// A price of work, and what the rows from each one on would win at it: work costs at least the price, less that.
    price: f64,
    won: Vec<f64>,
    marks: Vec<Mark>,
    /// The least cost so far, and its last mark.
    best: (f64, usize),
    /// Those at the border, by key as far as `settled`.
    labels: Vec<Label>,
    settled: usize,
    next: Vec<Label>,
}

/// The cheapest plan below `upper`, with its cost; `Ok(None)`: there is none. `Err`: given up. Labels that cannot lead below
/// `upper` are dropped by the bound that `price`, any price of work, gives for what is left.
pub(super) fn best(
    rows: &Rows,
    length: Ms,
    pausing: Pausing,
    price: f64,
    upper: f64,
) -> Result<Option<(f64, Vec<Segment>)>, GivenUp> {
    let sums = sums(rows, length)?;
    let mut won = vec![0.0; rows.len() + 1];
    for row in (0..rows.len()).rev() {
        let rates = (0..rows.zones.len()).filter_map(|zone| Some(rows.cost(row, zone)?.rate()));
        let least = rates.fold(f64::INFINITY, f64::min);
        won[row] = won[row + 1] + (price - least).max(0.0) * rows.time(row) as f64;
    }
    let mut program = Program {
        rows,
        resume: ms(pausing.resume_cost),
        migration: pausing.migration_cost.map(ms),
        minimum_run: ms(pausing.minimum_run),
        most: pausing.most,
        length,
        counted: (pausing.most as usize) < rows.len(),
        sums,
        price,
        won,
        marks: Vec::new(),
        best: (upper, 0),
        labels: vec![Label {
            key: Key {
                done: 0,
                inside: false,
                place: Place::Fresh,
                run: 0,
                pauses: 0,
            },
            cost: 0.0,
            mark: 0,
        }],
        settled: 1,
        next: Vec::new(),
    };
    for row in 0..rows.len() {
        program.stops(row);
        program.moves(row);
        program.starts(row);
        for label in std::mem::take(&mut program.labels) {
            program.through(row, label);
        }
        program.settle();
        if program.labels.len() > MOST {
            return Err(GivenUp);
        }
    }
    Ok((program.best.1 > 0).then(|| (program.best.0, program.segments())))
}

/// The program would be too large.
#[derive(Debug)]
pub(super) struct GivenUp;

#[expect(
    clippy::stable_sort_primitive,
    reason = "two rising runs, which the stable sort merges"
)]
fn sums(rows: &Rows, length: Ms) -> Result<Vec<Vec<Ms>>, GivenUp> {
    let mut sums = vec![vec![0]; rows.len() + 1];
    for row in (0..rows.len()).rev() {
        let time = rows.time(row);
        let after = &sums[row + 1];
        let more = after.iter().map(|sum| sum + time).filter(|sum| *sum <= length);
        let mut all: Vec<Ms> = after.iter().copied().chain(more).collect();
        all.sort();
        all.dedup();
        if all.len() > MOST {
            return Err(GivenUp);
        }
        sums[row] = all;
    }
    Ok(sums)
}

impl Program<'_> {
    fn mark(&mut self, before: usize, at: Ms, zone: Option<usize>, early: bool) -> usize {
        self.marks.push(Mark {
            before,
            at,
            zone,
            early,
        });
        self.marks.len()
    }

    /// Adds a label at the border, or takes it in place of a dearer one with its key.
    fn offer(&mut self, label: Label) {
        match self.labels[..self.settled].binary_search_by(|other| other.key.cmp(&label.key)) {
            Ok(same) if label.cost < self.labels[same].cost => self.labels[same] = label,
            Ok(_) => {}
            Err(_) => self.labels.push(label),
        }
    }

    fn may_pause(&self, key: &Key, run: Ms) -> bool {
        run >= self.minimum_run && (!self.counted || key.pauses < self.most)
    }

    /// The key of a job that pauses now.
    fn paused(&self, key: Key, zone: usize) -> Key {
        Key {
            place: Place::Paused(zone),
            run: 0,
            pauses: key.pauses + u32::from(self.counted),
            ..key
        }
    }

    /// What a start in a zone costs per gram and millisecond; `None`: it is not allowed.
    fn resume(&self, place: Place, zone: usize) -> Option<f64> {
        match place {
            Place::Fresh => Some(0.0),
            Place::Paused(before) if before == zone => Some(self.resume as f64),
            Place::Paused(_) => self.migration.map(|cost| cost as f64),
            Place::Running(_) => None,
        }
    }

    /// Pauses at the start of a row.
    fn stops(&mut self, row: usize) {
        for number in 0..self.labels.len() {
            let Label { key, cost, mark } = self.labels[number];
            if let Place::Running(zone) = key.place
                && self.may_pause(&key, key.run)
            {
                let mark = self.mark(mark, self.rows.at[row], None, false);
                let key = self.paused(key, zone);
                self.offer(Label { key, cost, mark });
            }
        }
    }

    /// Moves without running, at the start of a row.
    fn moves(&mut self, row: usize) {
        let Some(migration) = self.migration else {
            return;
        };
        let at = self.rows.at[row];
        for number in 0..self.labels.len() {
            let Label { key, cost, mark } = self.labels[number];
            let Place::Paused(from) = key.place else { continue };
            if !self.may_pause(&key, 0) {
                continue;
            }
            for zone in (0..self.rows.zones.len()).filter(|zone| *zone != from) {
                let Some((grams, _)) = self.grams(row, zone) else {
                    continue;
                };
                let cost = cost + migration as f64 * grams;
                if self.is_worth_it(row, &key, cost) {
                    let started = self.mark(mark, at, Some(zone), false);
                    let mark = self.mark(started, at, None, false);
                    let key = self.paused(key, zone);
                    self.offer(Label { key, cost, mark });
                }
            }
        }
    }

    /// The grams of a resume at the start of a row, and whether they are those of the row before.
    fn grams(&self, row: usize, zone: usize) -> Option<(f64, bool)> {
        let here = self.rows.cost(row, zone)?.grams;
        let before = row.checked_sub(1).and_then(|row| self.rows.cost(row, zone));
        let lower = before.filter(|before| before.grams < here);
        Some((lower.map_or(here, |before| before.grams), lower.is_some()))
    }

    /// Starts and resumes at the start of a row.
    fn starts(&mut self, row: usize) {
        let at = self.rows.at[row];
        for number in 0..self.labels.len() {
            let Label { key, cost, mark } = self.labels[number];
            for zone in 0..self.rows.zones.len() {
                let Some(resume) = self.resume(key.place, zone) else {
                    continue;
                };
                let Some((grams, early)) = self.grams(row, zone) else {
                    continue;
                };
                let stopped_now = mark > 0 && self.marks[mark - 1].at == at;
                if stopped_now && key.place == Place::Paused(zone) {
                    continue;
                }
                let (cost, early) = (cost + resume * grams, early && resume > 0.0);
                if !self.is_worth_it(row, &key, cost) {
                    continue;
                }
                let mark = self.mark(mark, at, Some(zone), early);
                let place = Place::Running(zone);
                let key = Key { place, run: 0, ..key };
                self.offer(Label { key, cost, mark });
            }
        }
    }

    /// What may happen within a row.
    fn through(&mut self, row: usize, label: Label) {
        let (time, end) = (self.rows.time(row), self.rows.at[row + 1]);
        let left = self.length - label.key.done;
        match label.key.place {
            Place::Running(zone) => {
                let Some(cost) = self.rows.cost(row, zone) else { return };
                let run = |time: Ms| label.cost + cost.rate() * time as f64;
                if left <= time {
                    self.finish(run(left), label.mark, self.rows.at[row] + left);
                } else {
                    self.push(row, self.ran(label.key, time), run(time), label.mark);
                }
                for sum in self.sums_after(row, label.key) {
                    let part = left - self.sums[row + 1][sum];
                    if part < left && self.may_pause(&label.key, label.key.run + part) {
                        let key = self.paused(self.ran(label.key, part), zone);
                        let mark = self.mark(label.mark, self.rows.at[row] + part, None, false);
                        self.push(row, Key { inside: true, ..key }, run(part), mark);
                    }
                }
            }
            place => {
                self.push(row, label.key, label.cost, label.mark);
                for zone in 0..self.rows.zones.len() {
                    let Some(resume) = self.resume(place, zone) else {
                        continue;
                    };
                    let Some(cost) = self.rows.cost(row, zone) else {
                        continue;
                    };
                    for sum in self.sums_after(row, label.key) {
                        let part = left - self.sums[row + 1][sum];
                        let started = Key {
                            place: Place::Running(zone),
                            inside: true,
                            ..label.key
                        };
                        let total = label.cost + resume * cost.grams + cost.rate() * part as f64;
                        let mark = self.mark(label.mark, end - part, Some(zone), false);
                        if part == left {
                            self.finish(total, mark, end);
                        } else {
                            self.push(row, self.ran(started, part), total, mark);
                        }
                    }
                }
            }
        }
    }

    /// The key of a job that has run for some more time.
    fn ran(&self, key: Key, time: Ms) -> Key {
        Key {
            done: key.done + time,
            run: (key.run + time).min(self.minimum_run),
            ..key
        }
    }

    /// The sums of whole rows after a row that can do the rest, once a part of the row was run.
    fn sums_after(&self, row: usize, key: Key) -> std::ops::Range<usize> {
        if key.inside {
            return 0..0;
        }
        let (left, time) = (self.length - key.done, self.rows.time(row));
        let sums = &self.sums[row + 1];
        sums.partition_point(|sum| *sum <= left - time)..sums.partition_point(|sum| *sum < left)
    }

    /// Whether a plan that comes to the start of a row with this can still be the best.
    fn is_worth_it(&self, row: usize, key: &Key, cost: f64) -> bool {
        let left = (self.length - key.done) as f64;
        cost + self.price * left - self.won[row] < self.best.0
    }

    fn push(&mut self, row: usize, key: Key, cost: f64, mark: usize) {
        let left = self.length - key.done;
        let fits = left <= self.rows.at[self.rows.len()] - self.rows.at[row + 1];
        if fits && self.is_worth_it(row + 1, &key, cost) {
            self.next.push(Label { key, cost, mark });
        }
    }

    fn finish(&mut self, cost: f64, mark: usize, at: Ms) {
        if cost < self.best.0 {
            self.best = (cost, self.mark(mark, at, None, false));
        }
    }

    /// Keeps the cheapest label of each key.
    fn settle(&mut self) {
        self.next
            .sort_unstable_by(|a, b| a.key.cmp(&b.key).then(a.cost.total_cmp(&b.cost)));
        self.next.dedup_by_key(|label| label.key);
        std::mem::swap(&mut self.labels, &mut self.next);
        self.next.clear();
        self.settled = self.labels.len();
    }

    /// The segments of the best plan.
    fn segments(&self) -> Vec<Segment> {
        let mut marks = Vec::new();
        let mut mark = self.best.1;
        while let Some(number) = mark.checked_sub(1) {
            marks.push(self.marks[number]);
            mark = self.marks[number].before;
        }
        marks.reverse();
        let mut segments: Vec<Segment> = Vec::new();
        for pair in marks.chunks_exact(2) {
            let mut segment = Segment {
                zone: pair[0].zone.map(|zone| self.rows.zones[zone]),
                start: pair[0].at,
                end: pair[1].at,
                step: 0,
            };
            if pair[0].early {
                // The millisecond is taken from the run before, if it ends there, else from this one's end.
                match segments.last_mut().filter(|last| last.end == segment.start) {
                    Some(last) => last.end -= 1,
                    None => segment.end -= 1,
                }
                segment.start -= 1;
            }
            segments.push(segment);
        }
        segments
    }
}

#[cfg(test)]
mod tests;
