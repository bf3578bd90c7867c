//! The states of the program: how much work can be left at a border, and what else matters there.

use super::super::grid::Offset;
use super::super::rows::Rows;
use super::Terms;

/// Which amounts of work can be left: so many whole rows, and what the family says.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Family {
    /// All instants so far were borders: the rest of the work that no whole rows make up is still left. Whether a short first
    /// row was used (1) or not (0) decides what that is.
    Before(usize),
    /// One instant lay inside of a row: what is left is whole rows, and a short last row (1) or not (0).
    After(usize),
}

/// Whether a job runs, and where.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum State {
    /// It has not started.
    Fresh,
    /// It does not, but has run in this site.
    Paused(usize),
    /// It does, and may be paused.
    Running(usize),
}

/// The states of a border that differ in nothing but the whole rows of work that are left.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Lane {
    /// How many pauses are left, as [`Shape::after_pause`] counts them.
    pub(super) pauses: usize,
    /// Whether it runs, and where.
    pub(super) state: State,
    /// What is left beside the whole rows.
    pub(super) family: Family,
}

/// The size of the program of one job.
#[derive(Clone, Debug)]
pub(super) struct Shape {
    /// How many rows.
    pub(super) rows: usize,
    /// The length of a whole row.
    pub(super) row: Offset,
    /// The length of the first and the last row.
    first: Offset,
    last: Offset,
    /// Whether there is more work than the first row can do.
    is_longer: bool,
    short_first: bool,
    short_last: bool,
    /// How many sites.
    pub(super) sites: usize,
    /// With a short first row left out, and used: the whole rows of work left at the second border, and the rest, at most a row.
    whole: [usize; 2],
    rest: [Offset; 2],
    /// Without a limit of pauses: the one count that stands for any.
    unlimited: Option<usize>,
    /// The pauses that are left at the beginning, and the fewest that matter.
    pauses: (usize, usize),
    /// The most amounts of whole rows at any border.
    pub(super) width: usize,
}

impl Shape {
    /// The shape of a job with so much work; it must fit between the first and the last border.
    pub(super) fn of(rows: &Rows, length: Offset, pauses: u32, terms: &Terms) -> Self {
        let count = rows.len();
        let (first, last) = (rows.time(0), rows.time(count - 1));
        let row = if count > 2 { rows.time(1) } else { first.max(last) };
        let split = |work: Offset| (((work - 1) / row) as usize, (work - 1) % row + 1);
        let (left_out, used) = (split(length), split((length - first).max(1)));
        // Between two pauses lie a row that is run and one that is not, or parts of them.
        let useful = count / 2 + 1;
        let left = terms.most.saturating_sub(pauses) as usize;
        let unlimited = (left > useful).then_some(1);
        let mut shape = Self {
            rows: count,
            row,
            first,
            last,
            is_longer: length > first,
            short_first: first < row,
            short_last: last < row,
            sites: rows.rates.len(),
            whole: [left_out.0, used.0],
            rest: [left_out.1, used.1],
            unlimited,
            pauses: match unlimited {
                Some(any) => (any, usize::from(terms.minimum_run <= 0)),
                None => (left, 0),
            },
            width: 0,
        };
        let widths = (1..=count).map(|row| shape.most_left(row) + 1 - shape.least_left(row).min(shape.most_left(row)));
        shape.width = widths.max().unwrap_or(1);
        shape
    }

    /// The family and the whole rows of all the work.
    pub(super) fn beginning(&self) -> (Family, usize) {
        (Family::Before(0), self.whole[0])
    }

    /// How many pauses are left at the beginning.
    pub(super) fn pauses(&self) -> usize {
        self.pauses.0
    }

    /// How many pauses are left after one; `None` where none is allowed.
    pub(super) fn after_pause(&self, pauses: usize) -> Option<usize> {
        match self.unlimited {
            Some(any) => (pauses == any).then_some(any),
            None => pauses.checked_sub(1),
        }
    }

    /// The rest of the work beside whole rows, before the instant inside of a row.
    pub(super) fn rest(&self, family: Family) -> Option<Offset> {
        match family {
            Family::Before(used) => Some(self.rest[used]),
            Family::After(_) => None,
        }
    }

    /// The family after so many rows were run from this one on, and how many whole rows of work they did; `None` where they
    /// would do more than is left, or leave what no row can do.
    pub(super) fn ahead(&self, row: usize, count: usize, family: Family) -> Option<(Family, usize)> {
        if count == 0 {
            return Some((family, 0));
        }
        if row + count == self.rows && self.short_last {
            return (count == 1 && family == Family::After(1)).then_some((Family::After(0), 0));
        }
        if row + count > self.rows {
            return None;
        }
        if row == 0 && self.short_first {
            let carried = self.whole[0] - self.whole[1];
            return self.is_longer.then_some((Family::Before(1), carried + count - 1));
        }
        Some((family, count))
    }

    /// The ways to run a part of a row, so that rows do all that is left: the part, the whole rows of work that it takes from
    /// what is left, and the family after it.
    pub(super) fn parts(&self, family: Family, time: Offset) -> impl Iterator<Item = (Offset, usize, Family)> {
        let rest = self.rest(family);
        let without = rest.map(|rest| (rest, 0, Family::After(0)));
        let with = rest.filter(|_| self.short_last).map(|rest| match rest - self.last {
            part if part > 0 => (part, 0, Family::After(1)),
            part => (part + self.row, 1, Family::After(1)),
        });
        without.into_iter().chain(with).filter(move |(part, ..)| *part < time)
    }

    /// The fewest whole rows of work that can be left at a border after the first.
    pub(super) fn least_left(&self, border: usize) -> usize {
        self.whole[0].saturating_sub(border)
    }

    /// The most whole rows of work that may be left at a border.
    pub(super) fn most_left(&self, border: usize) -> usize {
        self.whole[0].min(self.rows - border)
    }

    /// How long so many rows last from this one on, the last row apart where more than it is asked for.
    pub(super) fn time_of(&self, row: usize, count: usize) -> Offset {
        let mut time = self.row * count as Offset;
        if row == 0 && count > 0 {
            time -= self.row - self.first;
        }
        if row + count == self.rows && count > 0 && row > 0 {
            time -= self.row - self.last;
        }
        time
    }

    /// How many rows a run must go on from the start of this one, so that it has lasted `time`.
    pub(super) fn rows_for(&self, row: usize, time: Offset) -> usize {
        if time <= 0 {
            return 0;
        }
        let (counted, time) = if row == 0 { (1, time - self.first) } else { (0, time) };
        counted + (time.max(0) as u64).div_ceil(self.row as u64) as usize
    }

    /// Whether a job can do the same from this row on as from the one before it, if a run must last so long.
    pub(super) fn is_plain(&self, row: usize, minimum_run: Offset) -> bool {
        row > 1 && row + self.rows_for(row, minimum_run) + 2 < self.rows
    }

    /// All lanes of a border.
    pub(super) fn lanes(&self) -> impl Iterator<Item = Lane> + use<> {
        let (families, sites, pauses) = (self.families(), self.sites, self.pauses);
        let fresh = Lane {
            pauses: pauses.0,
            state: State::Fresh,
            family: Family::Before(0),
        };
        let others = (pauses.1..=pauses.0).flat_map(move |pauses| {
            let states = (0..sites).flat_map(|site| [State::Paused(site), State::Running(site)]);
            states.flat_map(move |state| {
                let lane = move |family| Lane { pauses, state, family };
                families.into_iter().flatten().map(lane)
            })
        });
        others.chain([fresh])
    }

    fn families(&self) -> [Option<Family>; 4] {
        [
            Some(Family::Before(0)),
            self.short_first.then_some(Family::Before(1)),
            Some(Family::After(0)),
            self.short_last.then_some(Family::After(1)),
        ]
    }

    fn family_count(&self) -> usize {
        2 + usize::from(self.short_first) + usize::from(self.short_last)
    }

    /// The place of a lane among those of its border, as [`Self::lanes`] lists them.
    pub(super) fn index(&self, lane: Lane) -> usize {
        let state = match lane.state {
            State::Fresh => return self.lane_count() - 1,
            State::Paused(site) => 2 * site,
            State::Running(site) => 2 * site + 1,
        };
        let family = match lane.family {
            Family::Before(used) => used,
            Family::After(more) => 1 + usize::from(self.short_first) + more,
        };
        ((lane.pauses - self.pauses.1) * self.sites * 2 + state) * self.family_count() + family
    }

    fn lane_count(&self) -> usize {
        (self.pauses.0 - self.pauses.1 + 1) * self.sites * 2 * self.family_count() + 1
    }

    /// How many states a border has.
    pub(super) fn stride(&self) -> usize {
        self.lane_count() * self.width
    }

    /// How many states there are.
    pub(super) fn states(&self) -> usize {
        (self.rows + 1).saturating_mul(self.stride())
    }
}
