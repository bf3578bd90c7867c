//! Carries out what a rival means to do with a job that may be paused, within what the job allows and for as long as it runs.

use super::asked::Asked;
use crate::twin::outcome::{Outcome, Segment};
use crate::twin::series::{Ms, Series, ms};

/// A stretch in which a rival means to run a job.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(super) struct Piece {
    pub(super) start: Ms,
    pub(super) end: Ms,
    /// The step of its scaling.
    pub(super) step: usize,
}

/// Milliseconds that are no work.
const ROUNDING: f64 = 1e-6;

/// A job on its way, from one instant to the next.
#[derive(Debug)]
pub(super) struct Track<'a> {
    asked: &'a Asked<'a>,
    zone: usize,
    at: Ms,
    /// The work that is left, in milliseconds at the first step.
    left: f64,
    segments: Vec<Segment>,
    /// When it started or was last resumed; `None` while it is not running.
    since: Option<Ms>,
    pauses: u32,
}

impl<'a> Track<'a> {
    /// A job that is ready.
    pub(super) fn of(asked: &'a Asked<'a>, zone: usize) -> Self {
        Self {
            asked,
            zone,
            at: asked.ready,
            left: asked.job.length as f64,
            segments: Vec::new(),
            since: None,
            pauses: 0,
        }
    }

    /// Now.
    pub(super) fn at(&self) -> Ms {
        self.at
    }

    /// The work that is left, in milliseconds at the first step, rounded up.
    pub(super) fn left(&self) -> Ms {
        (self.left - ROUNDING).ceil() as Ms
    }

    /// Whether it runs and may not be paused any more.
    pub(super) fn must_go_through(&self) -> bool {
        let most = self.asked.job.pausing.map_or(0, |pausing| pausing.most);
        self.since.is_some() && self.pauses >= most
    }

    /// Runs at a step until an instant, or until it is done.
    pub(super) fn run(&mut self, until: Ms, step: usize) {
        let throughput = self.asked.job.scaling.get(step).map_or(1.0, |step| step.throughput);
        let end = until.min(self.at.saturating_add((self.left / throughput - ROUNDING).ceil() as Ms));
        if self.left() <= 0 || end <= self.at {
            return;
        }
        self.left -= (end - self.at) as f64 * throughput;
        match self
            .segments
            .last_mut()
            .filter(|last| last.end == self.at && last.step == step)
        {
            Some(last) => last.end = end,
            None => self.segments.push(Segment {
                zone: Some(self.zone),
                start: self.at,
                end,
                step,
            }),
        }
        self.since = self.since.or(Some(self.at));
        self.at = end;
    }

    /// Runs to its end at its first step.
    pub(super) fn run_on(&mut self) {
        self.run(Ms::MAX, 0);
    }

    /// Runs until it has run as long as it must before a pause, but not beyond an instant.
    pub(super) fn run_until_it_may_pause(&mut self, until: Ms) {
        if let (Some(since), Some(pausing)) = (self.since, self.asked.job.pausing) {
            self.run(until.min(since.saturating_add(ms(pausing.minimum_run))), 0);
        }
    }

    /// Waits: a pause, if it has started.
    pub(super) fn wait(&mut self, time: Ms) {
        if time > 0 && self.left() > 0 {
            self.pauses += u32::from(self.since.take().is_some());
            self.at += time;
        }
    }

    /// Runs these pieces, by time. Where a pause is not allowed it runs on through it; when the pieces are over and work is
    /// left, to its end.
    ///
    /// `patience`: how long it may have waited at any time, where nobody knows when it will be done; time won by running wide
    /// may be waited away.
    pub(super) fn follow(mut self, pieces: &[Piece], patience: Option<Ms>) -> Outcome {
        for piece in pieces {
            if !self.must_go_through() {
                self.run_until_it_may_pause(piece.start);
                let waited = self.at - self.asked.ready - (self.asked.job.length - self.left());
                let most = patience.map_or(Ms::MAX, |patience| (patience - waited).max(0));
                self.wait((piece.start - self.at).min(most));
            }
            self.run(piece.start, 0);
            self.run(piece.end, piece.step);
        }
        self.run_on();
        self.outcome()
    }

    /// What became of it.
    pub(super) fn outcome(mut self) -> Outcome {
        if self.segments.is_empty() {
            // A job without work still has its place and its instant.
            return self.asked.through(Some(self.zone), self.at);
        }
        self.segments.shrink_to_fit();
        Outcome {
            segments: self.segments,
        }
    }
}

/// A row of a forecast, cut at both ends of a window.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(super) struct Slot {
    pub(super) start: Ms,
    pub(super) end: Ms,
    pub(super) value: f64,
}

impl Slot {
    /// Its length in milliseconds.
    pub(super) fn time(&self) -> f64 {
        (self.end - self.start) as f64
    }
}

/// The slots of a window that are known, by time.
pub(super) fn slots(forecast: &Series, from: Ms, until: Ms) -> Vec<Slot> {
    let first = forecast
        .borders()
        .partition_point(|border| *border <= from)
        .saturating_sub(1);
    let ends = forecast.borders().iter().skip(first + 1);
    let rows = forecast
        .rows()
        .skip(first)
        .zip(ends)
        .take_while(|((start, _), _)| *start < until);
    let cut = rows.map(|((start, value), end)| Slot {
        start: start.max(from),
        end: (*end).min(until),
        value,
    });
    cut.filter(|slot| slot.start < slot.end).collect()
}
