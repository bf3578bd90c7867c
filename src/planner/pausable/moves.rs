//! What a job can do from a border on, as data: on whole rows it is the same everywhere, only its cost differs.

use std::ops::Range;

use super::super::curve::in_hours;
use super::super::grid::Offset;
use super::Terms;
use super::shape::{Family, Lane, Shape, State};

/// Any number of whole rows.
const ANY: Range<usize> = 0..usize::MAX;

/// A way from the states of a lane to those of another. It costs the same whatever is left.
#[derive(Clone, Debug)]
pub(super) struct Move {
    /// The lane that it leads to; `None` where the job is done.
    pub(super) to: Option<Lane>,
    /// How many borders further.
    pub(super) ahead: usize,
    /// How many whole rows of work are done on the way.
    pub(super) done: usize,
    /// With how many whole rows left it may be taken.
    pub(super) left: Range<usize>,
    /// A job that runs stops at the border, before anything else.
    pub(super) stops: bool,
    /// A run that begins.
    pub(super) start: Option<Start>,
    /// Where the job runs on the way.
    pub(super) site: usize,
    /// Through how many rows.
    pub(super) whole: usize,
    /// And the part of a row: the end of the first one where it starts within it, else the start of one after the whole rows.
    pub(super) part: Offset,
    /// The part in hours.
    pub(super) hours: f64,
}

/// A start or a resume.
#[derive(Clone, Copy, Debug)]
pub(super) struct Start {
    /// The hours of energy that it costs.
    pub(super) hours: f64,
    /// Within the first row, not at the border.
    pub(super) within: bool,
    /// At the border, it may also come a second before.
    pub(super) early: bool,
}

/// All moves of one job.
#[derive(Clone, Copy, Debug)]
pub(super) struct Moves<'a> {
    pub(super) shape: &'a Shape,
    pub(super) terms: &'a Terms,
}

impl Moves<'_> {
    /// All moves from the states of a lane, those that run sooner first.
    pub(super) fn of(&self, row: usize, lane: Lane, visit: &mut impl FnMut(Move)) {
        match lane.state {
            State::Fresh | State::Paused(_) => {
                self.starts(row, lane, visit);
                self.wait(row, lane, false, visit);
            }
            State::Running(site) => {
                self.go_on(row, lane, ANY, &running(site), visit);
                self.leave(row, lane, site, visit);
            }
        }
    }

    /// A running job must go on for `time` before it may be paused.
    pub(super) fn obliged(&self, row: usize, lane: Lane, time: Offset, visit: &mut impl FnMut(Move)) {
        match lane.state {
            State::Running(site) if time > 0 => self.run_for(row, lane, time, &running(site), visit),
            _ => self.of(row, lane, visit),
        }
    }

    /// A running job is paused at the border, or moved.
    fn leave(&self, row: usize, lane: Lane, site: usize, visit: &mut impl FnMut(Move)) {
        if let Some(pauses) = self.shape.after_pause(lane.pauses) {
            if self.terms.migration.is_some() {
                self.starts(row, Lane { pauses, ..lane }, visit);
            }
            let state = State::Paused(site);
            self.wait(row, Lane { pauses, state, ..lane }, true, visit);
        }
    }

    fn wait(&self, row: usize, lane: Lane, stops: bool, visit: &mut impl FnMut(Move)) {
        if row + 1 < self.shape.rows {
            visit(Move {
                to: Some(lane),
                stops,
                ahead: 1,
                whole: 0,
                ..running(0)
            });
        }
    }

    /// Starts in every site: at the border, then within the row so that it runs to its end.
    fn starts(&self, row: usize, lane: Lane, visit: &mut impl FnMut(Move)) {
        let stops = matches!(lane.state, State::Running(_));
        for within in [false, true] {
            for site in 0..self.shape.sites {
                let Some(hours) = self.resume(lane.state, site) else {
                    continue;
                };
                // A run that was just long enough to be stopped at the border cannot end a second earlier.
                let early = hours > 0.0 && !within && (!stops || self.terms.minimum_run <= 0);
                let begin = Move {
                    stops,
                    start: Some(Start { hours, within, early }),
                    ..running(site)
                };
                let lane = Lane {
                    state: State::Running(site),
                    ..lane
                };
                if within {
                    self.start_within(row, lane, &begin, visit);
                } else {
                    self.run_for(row, lane, self.terms.minimum_run, &begin, visit);
                }
            }
        }
    }

    /// The hours of energy that a start costs; `None` where it is not allowed.
    fn resume(&self, before: State, site: usize) -> Option<f64> {
        match before {
            State::Fresh => Some(0.0),
            State::Paused(from) if from == site => Some(self.terms.resume),
            State::Running(from) if from == site => None,
            State::Paused(_) | State::Running(_) => self.terms.migration,
        }
    }

    /// Runs from a border for at least `time` before a pause.
    fn run_for(&self, row: usize, lane: Lane, time: Offset, begin: &Move, visit: &mut impl FnMut(Move)) {
        let count = self.shape.rows_for(row, time);
        let Some(whole) = count.checked_sub(1) else {
            return self.go_on(row, lane, ANY, begin, visit);
        };
        let straight = Lane { pauses: 0, ..lane };
        let Some((family, done)) = self.shape.ahead(row, count, lane.family) else {
            return self.go_on(row, straight, ANY, begin, visit);
        };
        self.go_on(row, straight, 0..done, begin, visit);
        visit(Move {
            to: Some(Lane { family, ..lane }),
            ahead: count,
            done,
            left: done..usize::MAX,
            whole: count,
            ..begin.clone()
        });
        let enough = time - self.shape.time_of(row, whole);
        self.stop_within(row, lane, whole, enough, begin, visit);
    }

    /// Runs through the row, or to the end of the work within it, or to a pause within it.
    fn go_on(&self, row: usize, lane: Lane, left: Range<usize>, begin: &Move, visit: &mut impl FnMut(Move)) {
        if let Some((family, done)) = self.shape.ahead(row, 1, lane.family) {
            visit(Move {
                to: Some(Lane { family, ..lane }),
                ahead: 1,
                done,
                left: left.start.max(done)..left.end,
                whole: 1,
                ..begin.clone()
            });
        }
        let rest = self
            .shape
            .rest(lane.family)
            .filter(|rest| *rest <= self.shape.time_of(row, 1));
        if let Some(part) = rest.filter(|_| left.start == 0) {
            visit(Move {
                left: 0..1,
                part,
                hours: in_hours(part),
                ..begin.clone()
            });
        }
        self.stop_within(row, lane, 0, 0, begin, visit);
    }

    /// Runs through so many rows and on to a pause within the next one, after at least `enough` of it.
    fn stop_within(
        &self,
        row: usize,
        lane: Lane,
        whole: usize,
        enough: Offset,
        begin: &Move,
        visit: &mut impl FnMut(Move),
    ) {
        let (Some(pauses), Some((family, done))) = (
            self.shape.after_pause(lane.pauses),
            self.shape.ahead(row, whole, lane.family),
        ) else {
            return;
        };
        let last = row + whole;
        if last + 1 >= self.shape.rows {
            return;
        }
        for (part, used, family) in self.shape.parts(family, self.shape.time_of(last, 1)) {
            if part >= enough {
                visit(Move {
                    to: Some(Lane {
                        pauses,
                        state: State::Paused(begin.site),
                        family,
                    }),
                    ahead: whole + 1,
                    done: done + used,
                    left: done + used..usize::MAX,
                    whole,
                    part,
                    hours: in_hours(part),
                    ..begin.clone()
                });
            }
        }
    }

    /// Starts within a row and runs to its end, and further as it must.
    fn start_within(&self, row: usize, lane: Lane, begin: &Move, visit: &mut impl FnMut(Move)) {
        let next = row + 1;
        if next >= self.shape.rows {
            return;
        }
        for (part, used, family) in self.shape.parts(lane.family, self.shape.time_of(row, 1)) {
            let count = self.shape.rows_for(next, self.terms.minimum_run - part);
            let onwards = self.shape.ahead(next, count, family);
            let enough = onwards.map_or(usize::MAX, |(_, done)| used + done);
            let begin = Move {
                part,
                hours: in_hours(part),
                ..begin.clone()
            };
            if count > 0 {
                visit(Move {
                    to: Some(Lane {
                        pauses: 0,
                        family,
                        ..lane
                    }),
                    ahead: 1,
                    done: used,
                    left: used..enough,
                    ..begin.clone()
                });
            }
            if let Some((family, done)) = onwards {
                visit(Move {
                    to: Some(Lane { family, ..lane }),
                    ahead: 1 + count,
                    done: used + done,
                    left: enough..usize::MAX,
                    whole: count,
                    ..begin
                });
            }
        }
    }
}

/// What all moves of a job that runs in a site have in common: nothing yet.
fn running(site: usize) -> Move {
    Move {
        to: None,
        ahead: 0,
        done: 0,
        left: ANY,
        stops: false,
        start: None,
        site,
        whole: 0,
        part: 0,
        hours: 0.0,
    }
}

impl Family {
    /// Whether nothing is left beside whole rows.
    pub(super) fn is_even(self) -> bool {
        self == Self::After(0)
    }
}
