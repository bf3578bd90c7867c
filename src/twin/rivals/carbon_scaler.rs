//! CarbonScaler (Hanafy et al., "CarbonScaler: Leveraging Cloud Workload Elasticity for Optimizing Carbon-Efficiency",
//! SIGMETRICS 2024): of all (slot, step) it takes the greatest marginal throughput per marginal gram, until the work is done.
//!
//! A slot is a row of the forecast, cut at both ends of the window, and of the last entry only as much is run as is needed, its
//! earliest part. A job that may not be paused runs at its first step at least, from its start to its end; all unbroken
//! stretches between row borders are tried. It is not planned anew: what turns out longer than expected runs on at its first
//! step, as in the released code.

use std::cmp::Ordering;
use std::collections::BinaryHeap;

use super::asked::Asked;
use super::pieces::{Piece, Slot, Track, slots};
use super::queue::each;
use super::starts::is_equal;
use crate::planner::Step;
use crate::twin::outcome::{Outcome, Run};
use crate::twin::series::{HOUR, Ms};
use crate::twin::sight::Sight;
use crate::twin::world::{Lengths, World};

/// What it would have made of a world.
pub(super) fn run(world: &World, sight: &dyn Sight) -> Run {
    each(world, |asked| match asked.length {
        Some(length) => scaled(asked, sight, length.expected),
        None => asked.at_once(),
    })
}

/// What a job would do in one zone, with the grams of that at 1 kW.
struct Plan {
    grams: f64,
    zone: usize,
    pieces: Vec<Piece>,
}

fn scaled(asked: &Asked<'_>, sight: &dyn Sight, length: Ms) -> Outcome {
    let one = [Step {
        pods: 1,
        throughput: 1.0,
        power: 1.0,
    }];
    let steps = if asked.job.scaling.is_empty() {
        &one
    } else {
        asked.job.scaling.as_slice()
    };
    let mut plans = Vec::new();
    for (zone, latest) in asked.zones() {
        let slots = slots(
            &sight.forecast(zone, asked.ready),
            asked.ready,
            latest.saturating_add(length),
        );
        let pue = asked.world.zones[zone].pue;
        let found = if asked.job.pausing.is_some() {
            Greedy::of(&slots, steps).fill(length as f64).into_iter().collect()
        } else {
            unbroken(&slots, steps, length as f64)
        };
        plans.extend(found.into_iter().map(|(grams, pieces)| Plan {
            grams: grams * pue,
            zone,
            pieces,
        }));
    }
    let least = plans.iter().map(|plan| plan.grams).fold(f64::INFINITY, f64::min);
    let equal = plans.iter().filter(|plan| is_equal(plan.grams, least));
    match equal.min_by_key(|plan| plan.pieces.first().map(|piece| piece.start)) {
        Some(plan) => {
            let uncertain = asked.world.lengths != Lengths::Known;
            let patience = asked
                .latest(plan.zone)
                .filter(|_| uncertain)
                .map(|latest| latest - asked.ready);
            Track::of(asked, plan.zone).follow(&plan.pieces, patience)
        }
        None => asked.at_once(),
    }
}

/// One plan for each stretch of slots that the work fills without a pause.
fn unbroken(slots: &[Slot], steps: &[Step], work: f64) -> Vec<(f64, Vec<Piece>)> {
    let mut plans = Vec::new();
    let fastest = steps.iter().map(|step| step.throughput).fold(0.0, f64::max);
    for from in 0..slots.len() {
        // Shorter stretches do not hold the work at any width.
        let holds = |slot: &Slot| (slot.end - slots[from].start) as f64 * fastest >= work;
        let least = from + slots[from..].partition_point(|slot| !holds(slot)) + 1;
        for until in least..=slots.len() {
            let mut greedy = Greedy::of(&slots[from..until], steps);
            let first_step_is_enough = greedy.take_first_steps() >= work;
            plans.extend(greedy.fill(work));
            if first_step_is_enough {
                break;
            }
        }
    }
    plans
}

/// A step more in a slot.
#[derive(Clone, Copy, Debug, PartialEq)]
struct Entry {
    /// Marginal throughput per marginal gram.
    worth: f64,
    slot: usize,
}

impl Eq for Entry {}

impl Ord for Entry {
    fn cmp(&self, other: &Self) -> Ordering {
        self.worth.total_cmp(&other.worth).then(other.slot.cmp(&self.slot))
    }
}

impl PartialOrd for Entry {
    fn partial_cmp(&self, other: &Self) -> Option<Ordering> {
        Some(self.cmp(other))
    }
}

/// The steps that are taken in each slot.
struct Greedy<'a> {
    slots: &'a [Slot],
    steps: &'a [Step],
    /// How many steps of each slot are taken, for all of it.
    taken: Vec<usize>,
    work: f64,
    grams: f64,
}

impl<'a> Greedy<'a> {
    fn of(slots: &'a [Slot], steps: &'a [Step]) -> Self {
        Self {
            slots,
            steps,
            taken: vec![0; slots.len()],
            work: 0.0,
            grams: 0.0,
        }
    }

    /// The throughput and power that the next step of a slot adds, if it adds work.
    fn next(&self, slot: usize) -> Option<(f64, f64)> {
        let next = self.steps.get(self.taken[slot])?;
        let before = self.taken[slot].checked_sub(1).map(|step| self.steps[step]);
        let (throughput, power) = before.map_or((0.0, 0.0), |step| (step.throughput, step.power));
        Some((next.throughput - throughput, next.power - power)).filter(|(throughput, _)| *throughput > 0.0)
    }

    fn entry(&self, slot: usize) -> Option<Entry> {
        let (throughput, power) = self.next(slot)?;
        let grams = power * self.slots[slot].value;
        let worth = if grams > 0.0 { throughput / grams } else { f64::INFINITY };
        Some(Entry { worth, slot })
    }

    /// Takes the next step of a slot for some time.
    fn take(&mut self, slot: usize, time: f64) {
        let (throughput, power) = self.next(slot).unwrap_or_default();
        self.work += throughput * time;
        self.grams += power * time / HOUR * self.slots[slot].value;
    }

    /// Takes the first step of every slot, and says what work that is.
    fn take_first_steps(&mut self) -> f64 {
        for slot in 0..self.slots.len() {
            self.take(slot, self.slots[slot].time());
            self.taken[slot] = 1;
        }
        self.work
    }

    /// Takes steps until the work is done; `None` where the slots do not hold it.
    fn fill(mut self, work: f64) -> Option<(f64, Vec<Piece>)> {
        let mut entries: BinaryHeap<Entry> = (0..self.slots.len()).filter_map(|slot| self.entry(slot)).collect();
        // The slot that is taken in part, and until when.
        let mut part = None;
        if self.work > work {
            // Only where the first steps were taken: the last slot is cut.
            let last = self.slots.len() - 1;
            self.taken[last] = 0;
            let time = (self.work - work) / self.next(last)?.0;
            self.take(last, -time);
            part = Some((last, self.slots[last].time() - time));
        }
        while self.work < work {
            let slot = entries.pop()?.slot;
            let (throughput, _) = self.next(slot)?;
            let (all, needed) = (self.slots[slot].time(), (work - self.work) / throughput);
            self.take(slot, all.min(needed));
            if needed < all {
                part = Some((slot, needed));
                break;
            }
            self.taken[slot] += 1;
            entries.extend(self.entry(slot));
        }
        Some((self.grams, self.pieces(part)))
    }

    fn pieces(&self, part: Option<(usize, f64)>) -> Vec<Piece> {
        let mut pieces = Vec::new();
        for (number, slot) in self.slots.iter().enumerate() {
            let taken = self.taken[number];
            let part = part.filter(|(of, _)| *of == number).map_or(0.0, |(_, time)| time);
            let until = slot.end.min(slot.start + part.ceil() as Ms);
            if slot.start < until {
                pieces.push(Piece {
                    start: slot.start,
                    end: until,
                    step: taken,
                });
            }
            if until < slot.end
                && let Some(step) = taken.checked_sub(1)
            {
                pieces.push(Piece {
                    start: until,
                    end: slot.end,
                    step,
                });
            }
        }
        pieces
    }
}

#[cfg(test)]
mod tests {
    use super::super::testing::*;
    use super::super::{Options, Rival};
    use super::*;
    use crate::twin::world::Job;

    /// Two servers do 1.8 times the work of one at twice its power.
    fn elastic(job: Job) -> Job {
        let step = |pods, throughput, power| Step {
            pods,
            throughput,
            power,
        };
        Job {
            scaling: vec![step(1, 1.0, 1.0), step(2, 1.8, 2.0)],
            ..job
        }
    }

    fn segments(world: &World) -> Vec<(f64, f64, usize)> {
        let run = super::super::run(Rival::CarbonScaler, world, &sight(world), &Options::default());
        let spans = spans(&run.outcomes[0]);
        spans
            .iter()
            .zip(&run.outcomes[0].segments)
            .map(|(span, segment)| (span.0, span.1, segment.step))
            .collect()
    }

    #[test]
    fn it_takes_the_greatest_marginal_throughput_per_gram() {
        // Work 2.8. Worth per kg: first servers 1/100 = 10, 1/300 = 3.3, 1/90 = 11.1; second servers 8, 2.7, 8.9.
        // In order: 11.1 (1), 10 (1), 8.9 (0.8): done. Both servers in the third hour, one in the first.
        let world = world(&[100.0, 300.0, 90.0], vec![elastic(pausable(job(0.0, 2.8, 0.2)))]);
        assert_eq!(segments(&world), [(0.0, 1.0, 0), (2.0, 3.0, 1)]);
    }

    #[test]
    fn of_the_last_entry_it_runs_the_earliest_part() {
        // As above with 2.4: of the second server's 0.8 half is needed.
        let world = world(&[100.0, 300.0, 90.0], vec![elastic(pausable(job(0.0, 2.4, 0.6)))]);
        assert_eq!(segments(&world), [(0.0, 1.0, 0), (2.0, 2.5, 1), (2.5, 3.0, 0)]);
    }

    #[test]
    fn without_widths_it_is_the_cheapest_slots() {
        let world = world(
            &[300.0, 100.0, 200.0, 50.0, 250.0, 120.0],
            vec![pausable(job(0.0, 2.5, 3.5))],
        );
        assert_eq!(
            all_spans(&world, Rival::CarbonScaler),
            [[(1.0, 2.0), (3.0, 4.0), (5.0, 5.5)]]
        );
    }

    #[test]
    fn a_job_without_slack_still_gains_by_its_width() {
        // Work 2 in 2 hours: worth 1/300, 0.8/300, 1/100, 0.8/100: the second hour whole (1.8), 0.2 of the first.
        let world = world(&[300.0, 100.0], vec![elastic(pausable(job(0.0, 2.0, 0.0)))]);
        assert_eq!(segments(&world), [(0.0, 0.2, 0), (1.0, 2.0, 1)]);
    }

    #[test]
    fn a_job_that_may_not_pause_runs_unbroken() {
        // Work 1.9. [1, 2) alone holds 1.8. [0, 2) at one server holds 2: 300 + 90. [1, 3): 100 + 250 = 350 for 2, cut to 325.
        // [2, 4) 250 + 60 at one server, cut to 250 + 54 = 304; [3, 4) holds 1.8.
        let values = [300.0, 100.0, 250.0, 60.0];
        assert_eq!(
            segments(&world(&values, vec![elastic(job(0.0, 1.9, 2.1))])),
            [(2.0, 3.9, 0)]
        );
        // Work 1.8: two servers in the last hour: 120.
        assert_eq!(
            segments(&world(&values, vec![elastic(job(0.0, 1.8, 2.2))])),
            [(3.0, 4.0, 1)]
        );
        // Work 2.8: one server for two hours is 2, 0.8 more in the last: 250 + 60 + 60.
        assert_eq!(
            segments(&world(&values, vec![elastic(job(0.0, 2.8, 1.2))])),
            [(2.0, 3.0, 0), (3.0, 4.0, 1)]
        );
    }

    #[test]
    fn it_plans_with_the_mean_and_runs_on_where_the_job_is_longer() {
        // Mean 1.5 h of 1 h and 2 h: hours 1 and half of 3. The first is done after hour 1, the second runs on.
        let jobs = vec![pausable(job(0.0, 1.0, 3.0)), pausable(job(0.0, 2.0, 3.0))];
        let mut world = world(&[300.0, 100.0, 300.0, 110.0, 300.0, 300.0], jobs);
        world.lengths = Lengths::Mean;
        assert_eq!(
            all_spans(&world, Rival::CarbonScaler),
            [vec![(1.0, 2.0)], vec![(1.0, 2.0), (3.0, 4.0)]]
        );
    }
}
