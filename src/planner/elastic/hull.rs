//! What work costs in a row: a convex function of how much is done there, as steps may share its time.

use super::super::demand::Step;

/// A corner of the lower hull of a row's steps.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(super) struct Corner {
    /// The step; `None`: the job does not run.
    pub(super) step: Option<usize>,
    /// The work done per time.
    pub(super) throughput: f64,
    /// What an hour costs.
    pub(super) rate: f64,
}

/// The hulls of all rows, one after another.
#[derive(Debug, Default)]
pub(super) struct Hulls {
    corners: Vec<Corner>,
    ends: Vec<usize>,
}

impl Hulls {
    /// The hulls of rows whose steps cost so much an hour, and `more`; with not running as a corner if they are `open`.
    pub(super) fn of(rates: &[Vec<f64>], steps: &[Step], more: f64, open: bool) -> Self {
        let rows = rates.first().map_or(0, Vec::len);
        let mut hulls = Self::default();
        let mut points = Vec::with_capacity(steps.len() + 1);
        for row in 0..rows {
            points.clear();
            points.extend(open.then_some(Corner {
                step: None,
                throughput: 0.0,
                rate: 0.0,
            }));
            let there = steps
                .iter()
                .zip(rates)
                .enumerate()
                .filter(|(_, (_, rates))| rates[row].is_finite());
            points.extend(there.map(|(number, (step, rates))| Corner {
                step: Some(number),
                throughput: step.throughput,
                rate: rates[row] + more,
            }));
            hulls.push(&mut points);
        }
        hulls
    }

    /// Appends the lower hull of points, by rising throughput (Andrew's monotone chain, 1979).
    fn push(&mut self, points: &mut [Corner]) {
        points.sort_by(|a, b| a.throughput.total_cmp(&b.throughput).then(a.rate.total_cmp(&b.rate)));
        let first = self.corners.len();
        for point in points.iter() {
            if self.corners[first..]
                .last()
                .is_some_and(|last| last.throughput == point.throughput)
            {
                continue;
            }
            while let [.., before, last] = &self.corners[first..]
                && slope(before, last) >= slope(last, point)
            {
                self.corners.pop();
            }
            self.corners.push(*point);
        }
        self.ends.push(self.corners.len());
    }

    /// The corners of a row, by rising throughput; none where the job can do nothing at all.
    pub(super) fn row(&self, row: usize) -> &[Corner] {
        let start = row.checked_sub(1).map_or(0, |before| self.ends[before]);
        &self.corners[start..self.ends[row]]
    }
}

/// What a unit of work more costs between two corners.
fn slope(from: &Corner, to: &Corner) -> f64 {
    (to.rate - from.rate) / (to.throughput - from.throughput)
}

/// A row in which work can be done.
#[derive(Clone, Copy, Debug)]
pub(super) struct Part<'a> {
    pub(super) row: usize,
    pub(super) hours: f64,
    pub(super) hull: &'a [Corner],
}

/// How the time of a row is used: at one corner, and for a share of it at another.
#[derive(Clone, Copy, Debug)]
pub(super) struct Use {
    pub(super) row: usize,
    pub(super) corner: Corner,
    pub(super) other: Option<(Corner, f64)>,
}

/// The cheapest use of some rows.
#[derive(Clone, Debug)]
pub(super) struct Used {
    pub(super) cost: f64,
    /// What a unit of work more would cost.
    pub(super) price: f64,
    /// By row, as the parts came.
    pub(super) rows: Vec<Use>,
}

/// Does so much work, in hours at a throughput of 1, in these rows: from the first corner of each along the edges of least
/// slope, the sooner of equals first. As all hulls are convex, that is the cheapest way, and only one row is shared.
///
/// `None` where the rows can only do more, or less.
pub(super) fn cheapest(parts: &[Part<'_>], work: f64) -> Option<Used> {
    let mut used = Used {
        cost: 0.0,
        price: f64::NEG_INFINITY,
        rows: Vec::with_capacity(parts.len()),
    };
    let (mut left, mut edges) = (work, Vec::with_capacity(4 * parts.len()));
    for (number, part) in parts.iter().enumerate() {
        let corner = *part.hull.first()?;
        left -= corner.throughput * part.hours;
        used.cost += corner.rate * part.hours;
        used.rows.push(Use {
            row: part.row,
            corner,
            other: None,
        });
        edges.extend(
            part.hull
                .windows(2)
                .map(|edge| (slope(&edge[0], &edge[1]), number, edge)),
        );
    }
    // Lengths are whole nanoseconds, hours are not.
    let nothing = 1e-9 * work;
    if left < -nothing {
        return None;
    }
    edges.sort_by(|a, b| a.0.total_cmp(&b.0).then(a.1.cmp(&b.1)));
    for (slope, number, edge) in edges {
        if left <= nothing {
            break;
        }
        let whole = (edge[1].throughput - edge[0].throughput) * parts[number].hours;
        let share = (left / whole).min(1.0);
        left -= whole * share;
        used.cost += slope * whole * share;
        used.price = slope;
        let row = &mut used.rows[number];
        if share < 1.0 {
            row.other = Some((edge[1], share));
        } else {
            row.corner = edge[1];
        }
    }
    (left <= nothing).then_some(used)
}
