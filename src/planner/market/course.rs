//! The plan before, kept piece by piece.

use super::super::demand::Pausing;
use super::super::grid::Offset;
use super::super::rows::{Piece, Standing};
use super::bid::{Bid, Bidder};
use super::contiguous::Market;
use super::free::Free;

/// Ends are rounded to the millisecond by whoever keeps time.
const ROUNDING: Offset = 1_000_000;

impl Bidder {
    /// What is left of the pieces that were planned before, if they still have room, do all the work in time, and pause it no
    /// sooner and no more often than it may be.
    pub(super) fn as_planned(&self, free: &Free, market: Market<'_>) -> Option<Bid> {
        let pieces = self.left_of_course(free)?;
        let start = pieces.first()?.start;
        let may_begin = self.may_begin(start, market);
        let is_open = pieces.iter().all(|piece| self.is_open(piece, market));
        let keeps = may_begin && is_open && self.may_pause_so(free, &pieces);
        keeps.then(|| self.price(free, pieces.into(), None, market))
    }

    /// Whether what a piece costs is known, and it has room where that is asked for.
    pub(super) fn is_open(&self, piece: &Piece, market: Market<'_>) -> bool {
        let (site, grid) = (&self.sites[piece.site], market.capacity.grid());
        if piece.end > grid.end() {
            return false;
        }
        let touched = grid.touched(piece.start, piece.end);
        let has_room = || {
            market
                .capacity
                .has_room(site.at_step(piece.step), piece.start, piece.end)
        };
        market.fields[site.field].is_known(touched.start, touched.end) && (!market.room || has_room())
    }

    /// The pieces from now on, the last one until all work is done; `None` where that is too late, or they make no sense.
    fn left_of_course(&self, free: &Free) -> Option<Vec<Piece>> {
        let (last, others) = free.course.split_last()?;
        let until = self.last + self.length + ROUNDING;
        let mut left = self.length as f64;
        let mut pieces: Vec<Piece> = Vec::with_capacity(free.course.len());
        let to_come = others.iter().filter(|piece| piece.end > self.first);
        for piece in to_come.chain([&Piece {
            end: Offset::MAX,
            ..*last
        }]) {
            let throughput = free.steps.get(piece.step).map_or(1.0, |step| step.throughput);
            let start = piece.start.max(self.first);
            let takes = (left / throughput).ceil() as Offset;
            let end = start.saturating_add(takes).min(piece.end);
            let follows = pieces.last().is_none_or(|before| before.end <= start);
            if !(throughput > 0.0 && follows && start < end && end <= until) {
                return None;
            }
            left -= (end - start) as f64 * throughput;
            pieces.push(Piece { start, end, ..*piece });
            if left <= 0.0 {
                break;
            }
        }
        Some(pieces)
    }

    /// Whether it may be paused, or moved, between these pieces and before the first of them.
    pub(super) fn may_pause_so(&self, free: &Free, pieces: &[Piece]) -> bool {
        let (mut standing, mut end) = (self.standing, self.first);
        let mut pauses = 0;
        let may_resume = |from, to| {
            let hours = free.pausing.map(|(pausing, _)| pausing.resume_hours(from, to));
            hours.flatten().is_some()
        };
        for piece in pieces {
            let ran = match standing {
                Standing::Running(there, ran) if there == piece.site && piece.start == end => ran,
                Standing::Running(there, ran) => {
                    let may_pause = |(pausing, before): (Pausing, u32)| pausing.may_pause(ran, before + pauses);
                    if !free.pausing.is_some_and(may_pause) || !may_resume(there, piece.site) {
                        return false;
                    }
                    pauses += 1;
                    0
                }
                Standing::Paused(there) if !may_resume(there, piece.site) => return false,
                Standing::Fresh | Standing::Paused(_) => 0,
            };
            (standing, end) = (Standing::Running(piece.site, ran + piece.end - piece.start), piece.end);
        }
        true
    }
}

#[cfg(test)]
mod tests {
    use jiff::SignedDuration;

    use super::super::super::grid::SECOND;
    use super::super::super::testing::{at, cores, demand, snapshot, steps, zones};
    use super::super::super::{Demand, Pausing, Published, Scaling, Segment, Snapshot, Stage, Step};
    use super::super::testing::with_book;
    use crate::units::Slot;

    const MINUTE: i64 = 60;

    /// A zone of ten cores, and a job of 50 minutes that takes three of them, or six and is twice as fast. It may wait two hours,
    /// and was promised these stretches, in minutes, with so many pods.
    fn promised(stretches: &[(i64, i64, u32)]) -> Snapshot {
        let mut s = snapshot();
        steps(&mut s, "a", 3600, &[300.0; 6]);
        let segment = |(start, end, pods): &(i64, i64, u32)| Segment {
            slot: Slot {
                start: at(start * MINUTE),
                end: at(end * MINUTE),
            },
            zones: zones(&["a"]),
            pods: *pods,
        };
        let mut job = Demand {
            request: cores(3),
            published: Some(Published {
                start: at(stretches[0].0 * MINUTE),
                zones: zones(&["a"]),
                segments: stretches.iter().map(segment).collect(),
            }),
            ..demand("j", 120 * MINUTE, 50 * MINUTE)
        };
        let steps = [(1, 1.0, 1.0), (2, 2.0, 2.0)].map(|(pods, throughput, power)| Step {
            pods,
            throughput,
            power,
        });
        job.freedom.scaling = Some(Scaling { steps: steps.into() });
        s.demands = vec![job];
        s
    }

    fn one_pause_after_20_minutes() -> Pausing {
        Pausing {
            minimum_run: SignedDuration::from_mins(20),
            most: 1,
            ..Pausing::default()
        }
    }

    /// What is kept of it: from when to when, in minutes, and at which step.
    fn kept(s: &Snapshot) -> Vec<(i64, i64, usize)> {
        with_book(s, |book| {
            book.fill_as_promised();
            let minutes = |at| at / SECOND / MINUTE;
            let pieces = book.bid(0).map(|bid| bid.pieces.clone()).unwrap_or_default();
            pieces
                .iter()
                .map(|piece| (minutes(piece.start), minutes(piece.end), piece.step))
                .collect()
        })
    }

    #[test]
    fn what_was_planned_is_kept_while_it_has_room_and_is_in_time() {
        let s = promised(&[(130, 140, 1), (140, 160, 2)]);
        assert_eq!(kept(&s), [(130, 140, 0), (140, 160, 1)], "later than its latest start");
        let mut narrower = s.clone();
        narrower.zones.get_mut(&"a".into()).unwrap().capacity = cores(5);
        assert!(kept(&narrower).is_empty());
        assert!(
            kept(&promised(&[(130, 140, 1), (150, 170, 2)])).is_empty(),
            "it may not be paused"
        );
        assert!(kept(&promised(&[(140, 150, 1), (150, 171, 1)])).is_empty(), "too late");
        assert!(kept(&promised(&[(30, 20, 1), (20, 60, 1)])).is_empty(), "no order");
    }

    #[test]
    fn a_pause_is_kept_that_the_job_allows() {
        for (ran, may) in [(20, true), (19, false)] {
            let mut s = promised(&[(0, ran, 1), (60, 110 - ran, 1)]);
            s.demands[0].freedom.pausing = Some(one_pause_after_20_minutes());
            assert_eq!(!kept(&s).is_empty(), may, "{ran}");
        }
    }

    #[test]
    fn of_a_job_under_way_what_is_left_is_kept() {
        let mut s = promised(&[(0, 10, 1), (10, 30, 2)]);
        s.now = at(5 * MINUTE);
        s.demands[0].progress.done = SignedDuration::from_mins(5);
        s.demands[0].stage = Stage::Running {
            started: at(0),
            zone: Some("a".into()),
        };
        assert_eq!(kept(&s), [(0, 5, 0), (5, 25, 1)]);
    }

    #[test]
    fn the_slot_in_which_the_width_changes_is_booked_once() {
        let s = promised(&[(0, 10, 1), (10, 30, 2)]);
        with_book(&s, |book| {
            book.fill_as_promised();
            let slot = book.capacity().grid().slot(10 * MINUTE * SECOND);
            let free: Vec<f64> = book.capacity().free(0, 0)[slot - 1..=slot + 1].to_vec();
            assert_eq!(free, [7000.0, 4000.0, 4000.0], "10 minutes lie within a slot");
        });
    }
}
