//! What a run costs in one zone: the integral of a step function, exact at every instant.

use super::grid::{Grid, HOUR, MOST_SLOTS, Offset};
use super::outlook::{Band, Series};
use crate::units::Signal;

/// A value that holds over `[start, end)`: the cost of a kWh of computing, PUE included.
#[derive(Clone, Copy, Debug)]
struct Piece {
    start: Offset,
    end: Offset,
    rate: f64,
    /// How far it may be off, as a standard deviation.
    doubt: f64,
}

/// The cost of drawing 1 kW in a zone over time. Gaps are unknown.
#[derive(Clone, Debug)]
pub(super) struct Curve {
    /// Taken from every rate before it is summed up, so that a flat outlook costs exactly the same everywhere.
    base: f64,
    /// The parts without gaps, by time; none of them before `now`.
    pub(super) stretches: Vec<Stretch>,
}

/// A part of a curve without gaps. Marks are the borders of its values and of the grid.
#[derive(Clone, Debug, Default)]
pub(super) struct Stretch {
    /// The marks; one more than the other vectors hold values.
    pub(super) at: Vec<Offset>,
    /// The rate between a mark and the next, less the base.
    pub(super) rate: Vec<f64>,
    /// The cost of 1 kW from the first mark to this one, less the base.
    pub(super) sum: Vec<f64>,
    /// The standard deviation of 1 kW from the first mark to this one, if all errors are one; empty where nothing is in doubt.
    doubt: Vec<f64>,
}

impl Curve {
    /// The curve of a series from `now` to the end of the grid. Values that are not finite are gaps.
    ///
    /// A series of more than [`MOST_SLOTS`] points is averaged over the slots of the grid; any other stays exact.
    pub(super) fn of(series: &Series, signal: Signal, pue: f64, grid: &Grid) -> Self {
        let mut until = 0;
        let mut pieces = Vec::new();
        let (now, end) = (grid.instant(0), grid.instant(grid.end()));
        let first = series.points.partition_point(|point| point.slot.end <= now);
        let ahead = series.points[first..].iter().take_while(|point| point.slot.start < end);
        for point in ahead.filter(|point| point.value.is_finite()) {
            let start = grid.offset(point.slot.start).max(until);
            let end = grid.offset(point.slot.end).min(grid.end());
            if start < end {
                pieces.push(Piece {
                    start,
                    end,
                    rate: signal.cost_per_kwh(point.value) * pue,
                    doubt: point.band.map_or(0.0, |band| doubt(&band, signal)) * pue,
                });
                until = end;
            }
        }
        if pieces.len() > MOST_SLOTS as usize {
            pieces = averaged(&pieces, grid);
        }
        Self::of_pieces(&pieces, grid)
    }

    /// The mean of several curves by their weights, which sum to 1; known where all of them are.
    pub(super) fn mean(parts: &[(&Self, f64)], grid: &Grid) -> Self {
        let mut marks: Vec<Offset> = parts
            .iter()
            .flat_map(|(curve, _)| &curve.stretches)
            .flat_map(|s| s.at.iter().copied())
            .collect();
        marks.sort_unstable();
        marks.dedup();
        let mut cursors: Vec<_> = parts
            .iter()
            .map(|(curve, weight)| (Cursor::of(curve), *weight))
            .collect();
        let mut pieces = Vec::with_capacity(marks.len());
        for pair in marks.windows(2) {
            let mut doubt = 0.0;
            let rates = cursors.iter_mut().map(|(cursor, weight)| {
                let rate = cursor.rate(pair[0])?;
                doubt += cursor.doubt() * *weight;
                Some(rate * *weight)
            });
            if let Some(rate) = rates.sum() {
                pieces.push(Piece {
                    start: pair[0],
                    end: pair[1],
                    rate,
                    doubt,
                });
            }
        }
        Self::of_pieces(&pieces, grid)
    }

    fn of_pieces(pieces: &[Piece], grid: &Grid) -> Self {
        let base = pieces.first().map_or(0.0, |p| p.rate);
        let in_doubt = pieces.iter().any(|piece| piece.doubt > 0.0);
        let mut stretches: Vec<Stretch> = Vec::new();
        for piece in pieces {
            match stretches.last_mut() {
                Some(last) if last.end() == piece.start => last.push(piece, base, grid),
                _ => {
                    let mut new = Stretch {
                        at: vec![piece.start],
                        sum: vec![0.0],
                        doubt: if in_doubt { vec![0.0] } else { Vec::new() },
                        ..Stretch::default()
                    };
                    new.push(piece, base, grid);
                    stretches.push(new);
                }
            }
        }
        Self { base, stretches }
    }

    /// The part of the cost of a run of `length` that is the same wherever it starts.
    pub(super) fn floor(&self, length: Offset) -> f64 {
        self.base * in_hours(length)
    }

    /// The cost of drawing 1 kW over `[start, start + length)`; `None` unless all of it is known.
    pub(super) fn cost(&self, start: Offset, length: Offset) -> Option<f64> {
        let end = start + length;
        let after = self.stretches.partition_point(|s| s.at[0] <= start);
        let stretch = self
            .stretches
            .get(after.checked_sub(1)?)
            .filter(|s| start < s.end() && end <= s.end())?;
        Some(self.floor(length) + stretch.sum_at(end) - stretch.sum_at(start))
    }

    /// The standard deviation of what 1 kW costs over `[start, end)`, if all its errors are one; 0 for no time.
    pub(super) fn doubt(&self, start: Offset, end: Offset) -> f64 {
        let of = |stretch: &Stretch| {
            let (start, end) = (start.max(stretch.at[0]), end.min(stretch.end()));
            if start < end {
                stretch.doubt_at(end) - stretch.doubt_at(start)
            } else {
                0.0
            }
        };
        self.stretches.iter().map(of).sum()
    }

    /// The last start of a run of this length whose cost is known.
    pub(super) fn last_start(&self, length: Offset) -> Option<Offset> {
        let fits = |s: &&Stretch| s.end() - s.at[0] >= length;
        self.stretches.iter().rev().find(fits).map(|s| s.end() - length)
    }
}

impl Stretch {
    /// The last mark.
    pub(super) fn end(&self) -> Offset {
        self.at.last().copied().unwrap_or(0)
    }

    /// Appends a piece that starts at the last mark, cut at the borders of the grid.
    fn push(&mut self, piece: &Piece, base: f64, grid: &Grid) {
        let (mut start, mut sum) = (piece.start, self.sum.last().copied().unwrap_or(0.0));
        let rate = piece.rate - base;
        while start < piece.end {
            let slot = grid.slot(start);
            let end = piece.end.min(grid.border(slot + 1)).max(start + 1);
            sum += rate * in_hours(end - start);
            if let Some(doubt) = self.doubt.last().copied() {
                self.doubt.push(doubt + piece.doubt * in_hours(end - start));
            }
            self.rate.push(rate);
            self.at.push(end);
            self.sum.push(sum);
            start = end;
        }
    }

    /// The cost from the first mark to `at`, which lies inside, less the base.
    fn sum_at(&self, at: Offset) -> f64 {
        let mark = self.at.partition_point(|mark| *mark <= at).saturating_sub(1);
        self.sum_after(mark, at)
    }

    /// The standard deviation from the first mark to `at`, which lies inside.
    fn doubt_at(&self, at: Offset) -> f64 {
        let mark = self.at.partition_point(|mark| *mark <= at).saturating_sub(1);
        let Some(doubt) = self.doubt.get(mark) else {
            return 0.0;
        };
        let rest = match self.doubt.get(mark + 1) {
            Some(next) => (next - doubt) * in_hours(at - self.at[mark]) / in_hours(self.at[mark + 1] - self.at[mark]),
            None => 0.0,
        };
        doubt + rest
    }

    /// The cost from the first mark to `at`, which lies between `mark` and the next, less the base.
    #[inline]
    pub(super) fn sum_after(&self, mark: usize, at: Offset) -> f64 {
        match self.rate.get(mark) {
            Some(rate) => self.sum[mark] + rate * in_hours(at - self.at[mark]),
            None => self.sum[mark],
        }
    }
}

/// Reads the rates of a curve at rising instants.
struct Cursor<'a> {
    curve: &'a Curve,
    stretch: usize,
    mark: usize,
}

impl<'a> Cursor<'a> {
    fn of(curve: &'a Curve) -> Self {
        Self {
            curve,
            stretch: 0,
            mark: 0,
        }
    }

    fn rate(&mut self, at: Offset) -> Option<f64> {
        while self.curve.stretches.get(self.stretch)?.end() <= at {
            self.stretch += 1;
            self.mark = 0;
        }
        let stretch = &self.curve.stretches[self.stretch];
        if at < stretch.at[0] {
            return None;
        }
        while stretch.at[self.mark + 1] <= at {
            self.mark += 1;
        }
        Some(self.curve.base + stretch.rate[self.mark])
    }

    /// The standard deviation of the rate that was read last.
    fn doubt(&self) -> f64 {
        let stretch = &self.curve.stretches[self.stretch];
        match stretch.doubt.get(self.mark..self.mark + 2) {
            Some([before, after]) => (after - before) / in_hours(stretch.at[self.mark + 1] - stretch.at[self.mark]),
            _ => 0.0,
        }
    }
}

/// The standard deviation of a normal error that has this band of 80 %, in the cost of a kWh.
fn doubt(band: &Band, signal: Signal) -> f64 {
    /// How many standard deviations lie between the tenth and the ninetieth percentile.
    const WIDTH: f64 = 2.563_1;
    let width = (signal.cost_per_kwh(band.p90) - signal.cost_per_kwh(band.p10)).abs();
    if width.is_finite() { width / WIDTH } else { 0.0 }
}

/// Nanoseconds as hours.
#[inline]
pub(super) fn in_hours(length: Offset) -> f64 {
    length as f64 / HOUR as f64
}

/// The pieces averaged over each slot of the grid; a gap still splits a slot.
fn averaged(pieces: &[Piece], grid: &Grid) -> Vec<Piece> {
    let mut means: Vec<Piece> = Vec::new();
    for piece in pieces {
        let mut start = piece.start;
        while start < piece.end {
            let end = piece.end.min(grid.border(grid.slot(start) + 1)).max(start + 1);
            match means.last_mut() {
                Some(last) if last.end == start && grid.slot(last.start) == grid.slot(start) => {
                    let (before, added) = (in_hours(last.end - last.start), in_hours(end - start));
                    last.rate = (last.rate * before + piece.rate * added) / (before + added);
                    last.doubt = (last.doubt * before + piece.doubt * added) / (before + added);
                    last.end = end;
                }
                _ => means.push(Piece { start, end, ..*piece }),
            }
            start = end;
        }
    }
    means
}

#[cfg(test)]
mod tests {
    use super::super::testing::{day, hours, series};
    use super::*;

    fn curve(start: i64, step: i64, values: &[f64]) -> Curve {
        Curve::of(&series(start, step, values), Signal::CarbonIntensity, 1.0, &day())
    }

    #[test]
    fn a_run_off_the_borders_is_charged_for_its_parts() {
        let c = curve(0, 3600, &[100.0, 200.0, 400.0]);
        let cost = c.cost(hours(0.5), hours(2.0)).unwrap();
        assert!((cost - (50.0 + 200.0 + 200.0)).abs() < 1e-9, "{cost}");
    }

    #[test]
    fn borders_off_the_grid_are_exact_too() {
        let c = curve(-900, 1800, &[100.0, 300.0, 100.0]);
        let cost = c.cost(0, hours(1.0)).unwrap();
        assert!((cost - (25.0 + 150.0 + 25.0)).abs() < 1e-9, "{cost}");
    }

    #[test]
    fn a_run_that_leaves_the_known_series_has_no_cost() {
        let c = curve(0, 3600, &[100.0, 200.0]);
        assert!(c.cost(hours(1.0), hours(1.0)).is_some());
        assert!(c.cost(hours(1.0), hours(1.01)).is_none());
        assert!(c.cost(-1, hours(1.0)).is_none());
        assert_eq!(c.last_start(hours(1.5)), Some(hours(0.5)));
        assert_eq!(c.last_start(hours(3.0)), None);
    }

    #[test]
    fn a_gap_and_a_value_that_is_not_finite_are_unknown() {
        let c = curve(0, 3600, &[100.0, f64::NAN, 200.0]);
        assert_eq!(c.stretches.len(), 2);
        assert!(c.cost(hours(0.5), hours(1.0)).is_none());
        assert!(c.cost(hours(2.0), hours(1.0)).is_some());
    }

    #[test]
    fn the_pue_and_the_share_that_is_not_renewable_make_the_cost() {
        let share = Curve::of(&series(0, 3600, &[0.25, 1.2]), Signal::RenewableShare, 1.2, &day());
        assert!((share.cost(0, hours(1.0)).unwrap() - 0.9).abs() < 1e-12);
        assert!(share.cost(hours(1.0), hours(1.0)).unwrap().abs() < 1e-12);
    }

    #[test]
    fn the_mean_of_curves_is_known_where_all_of_them_are() {
        let (a, b) = (curve(0, 3600, &[100.0, 200.0]), curve(1800, 3600, &[300.0, 500.0]));
        let mean = Curve::mean(&[(&a, 0.25), (&b, 0.75)], &day());
        assert!(mean.cost(0, hours(0.5)).is_none());
        let cost = mean.cost(hours(0.5), hours(1.5)).unwrap();
        let expected = 0.25 * (50.0 + 200.0) + 0.75 * (300.0 + 250.0);
        assert!((cost - expected).abs() < 1e-9, "{cost}");
        assert!(mean.cost(hours(1.5), hours(0.6)).is_none());
    }

    #[test]
    fn too_many_points_are_averaged_over_the_slots_of_the_grid() {
        let values: Vec<f64> = (0..7200).map(|i| if i % 2 == 0 { 100.0 } else { 300.0 }).collect();
        let c = curve(0, 1, &values);
        assert_eq!(c.stretches[0].rate.len(), 2);
        assert!((c.cost(0, hours(1.0)).unwrap() - 200.0).abs() < 1e-6);
    }
}
