//! What to do at once, where the first row is shorter than the others and so has no place in the table.

use super::super::grid::Offset;
use super::super::rows::{Piece, Standing};
use super::Hazard;
use super::lane::Whole;
use super::left::Left;
use super::table::Table;

impl Hazard<'_> {
    /// Runs on to the end, in this site, after waiting so long.
    pub(super) fn on(&self, left: &Left, site: usize, wait: Offset) -> Vec<Piece> {
        let start = self.rows.borders[0] + wait;
        let last = self.rows.borders[self.rows.borders.len() - 1];
        vec![Piece::of(site, start, (start + left.end()).min(last))]
    }

    /// The courses that run over a first row that is shorter than the others.
    pub(super) fn run_first(&self, left: &Left, whole: &Whole<'_>, most: Option<u32>, courses: &mut Vec<Vec<Piece>>) {
        let (start, end) = (self.rows.borders[0], whole.start());
        let after = Left::of(self.curve, self.done + end - start);
        let table = after
            .as_ref()
            .map(|after| (Table::of(self, whole, after, self.waiting, most), after));
        for site in 0..self.rows.rates.len() {
            let (since, used) = match self.standing {
                Standing::Running(before, since) if before == site => (since, 0),
                Standing::Running(_, since) if self.locked(since) > 0 || self.waiting <= 0 || most == Some(0) => {
                    continue;
                }
                Standing::Running(..) => (0, 1),
                Standing::Fresh | Standing::Paused(_) => (0, 0),
            };
            let Some((table, after)) = &table else {
                courses.push(self.on(left, site, 0));
                continue;
            };
            let standing = Standing::Running(site, since + end - start);
            if let Some(mut pieces) = table.pieces(standing, used, after) {
                match pieces.first_mut() {
                    Some(piece) if piece.start == end && piece.site == site => piece.start = start,
                    _ => pieces.insert(0, Piece::of(site, start, end)),
                }
                courses.push(pieces);
            }
        }
    }

    /// The courses that wait over a first row that is shorter than the others, or as long as they may.
    pub(super) fn wait_first(&self, left: &Left, whole: &Whole<'_>, most: Option<u32>, courses: &mut Vec<Vec<Piece>>) {
        let (standing, used) = match self.standing {
            Standing::Running(_, since) if self.locked(since) > 0 => return,
            Standing::Running(site, _) => (Standing::Paused(site), 1),
            standing => (standing, 0),
        };
        if most == Some(0) && used > 0 || self.waiting <= 0 {
            return;
        }
        let over = self.waiting - (whole.start() - self.rows.borders[0]);
        if over < 0 {
            courses.extend((0..self.rows.rates.len()).map(|site| self.on(left, site, self.waiting)));
        } else {
            courses.extend(Table::of(self, whole, left, over, most).pieces(standing, used, left));
        }
    }
}
