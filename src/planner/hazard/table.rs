//! The program itself, over whole rows.
//!
//! What a job does as long as it has not finished is settled beforehand; so a state is how much is done (a level), how long it
//! has waited (a column), where it ran last, and whether it runs. All costs are weighed with the share that still runs:
//!
//! ```text
//! running = min(the work to the next level + running there, paused here)
//! paused  = min(resume + the work of the minimum run + running after it, wait + paused a column further)
//! ```
//!
//! What has used up its waiting is in the last column, and runs on to its end. O(levels x columns x sites).

use super::super::grid::{Offset, nanos};
use super::super::rows::EQUAL;
use super::lane::{Lane, Whole};
use super::left::Left;
use super::levels::Levels;
use super::shape::Shape;
use super::{Hazard, MOST_STATES};

/// What is best in a state.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Move {
    /// Run in this site.
    Run(u16),
    /// Be paused, or wait for the next column.
    Wait,
    /// Nothing is possible.
    Stuck,
}

/// The best moves of all states.
pub(super) struct Table<'a> {
    /// The job.
    pub(super) hazard: &'a Hazard<'a>,
    /// The states.
    pub(super) shape: Shape<'a>,
    /// How many pauses more than none are told apart; `None` where they are not counted.
    pub(super) most: Option<usize>,
    /// By site: its rates.
    pub(super) lanes: Vec<Lane>,
    /// By level, site and column: the cost of the work to the next level.
    pub(super) costs: Vec<f64>,
    /// By layer (pauses left), level, site and column: the least cost from there on.
    pub(super) running: Vec<f64>,
    /// The moves of the same states.
    pub(super) when_running: Vec<Move>,
    /// The same where it is paused.
    pub(super) when_paused: Vec<Move>,
    /// The moves before the first start, by column.
    pub(super) when_fresh: Vec<Move>,
    /// Costs that differ by less are equal: the job rather runs on, or starts, than waits.
    pub(super) equal: f64,
}

impl<'a> Table<'a> {
    /// The table of a job of which so much is left, that may wait so long and be paused at most so often.
    pub(super) fn of(
        hazard: &'a Hazard<'a>,
        whole: &'a Whole<'a>,
        left: &Left,
        waiting: Offset,
        most: Option<u32>,
    ) -> Self {
        let levels = Levels::of(left, whole.row, whole.len());
        let shape = Shape::of(whole, levels, waiting.max(0), nanos(hazard.pausing.minimum_run));
        let sites = whole.rows.rates.len();
        let lanes: Vec<Lane> = (0..sites).map(|site| Lane::of(whole, site, shape.columns)).collect();
        let rates = whole
            .beyond
            .iter()
            .map(|rate| rate.abs())
            .filter(|rate| rate.is_finite());
        let states = (shape.levels.len() + 1) * sites * shape.columns;
        let most = most.map(|most| (most as usize).min(MOST_STATES / states.max(1)));
        let layers = most.map_or(1, |most| most + 1);
        let mut table = Self {
            equal: EQUAL * rates.fold(0.0, f64::max) * left.hours(left.end()),
            hazard,
            most,
            lanes,
            costs: vec![f64::INFINITY; states],
            running: vec![f64::INFINITY; layers * states],
            when_running: vec![Move::Stuck; layers * states],
            when_paused: vec![Move::Stuck; layers * states],
            when_fresh: vec![Move::Stuck; shape.columns],
            shape,
        };
        table.fill(left);
        table
    }

    /// How many sites there are.
    pub(super) fn sites(&self) -> usize {
        self.lanes.len()
    }

    /// How many numbers of pauses left are told apart.
    pub(super) fn layers(&self) -> usize {
        self.most.map_or(1, |most| most + 1)
    }

    /// Where the columns of a site at a level begin.
    pub(super) fn index(&self, layer: usize, level: usize, site: usize) -> usize {
        let levels = self.shape.levels.len() + 1;
        ((layer * levels + level) * self.sites() + site) * self.shape.columns
    }

    /// The best move of a job that runs, or is paused.
    pub(super) fn next(&self, is_running: bool, layer: usize, level: usize, site: usize, column: usize) -> Move {
        let index = self.index(layer, level, site) + column;
        if is_running {
            self.when_running[index]
        } else {
            self.when_paused[index]
        }
    }

    /// The best move of a job that never started.
    pub(super) fn first(&self, column: usize) -> Move {
        self.when_fresh[column]
    }
}
