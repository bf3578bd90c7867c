//! The pieces of a job that follows the best moves as long as it has not finished.

use super::super::rows::{Piece, Standing};
use super::left::Left;
use super::table::{Move, Table};

impl Table<'_> {
    /// What a job does that stands so when the first whole row begins, having been paused `used` times by then; `left`
    /// ends when none of its kind is left. `None` where nothing is possible.
    pub(super) fn pieces(&self, standing: Standing, used: usize, left: &Left) -> Option<Vec<Piece>> {
        let (shape, row) = (&self.shape, self.shape.whole.row);
        let mut pieces: Vec<Piece> = Vec::new();
        let (mut level, mut column) = (0, 0);
        let mut layer = self.most.map_or(Some(0), |most| most.checked_sub(used))?;
        let (mut is_running, mut site) = match standing {
            Standing::Fresh => (false, None),
            Standing::Paused(site) => (false, Some(site)),
            Standing::Running(site, since) => {
                let locked = (self.hazard.locked(since) + row - 1) / row;
                pieces.push(Piece::of(site, shape.whole.start(), shape.whole.start()));
                level = shape.levels.after(0, locked as usize);
                (true, Some(site))
            }
        };
        while level < shape.levels.len() {
            let next = match site {
                Some(site) => self.next(is_running, layer, level, site, column),
                None => self.first(column),
            };
            match (next, is_running) {
                (Move::Stuck, _) => return None,
                (Move::Run(_), true) => level += 1,
                (Move::Run(to), false) => {
                    let to = usize::from(to);
                    pieces.push(Piece::of(to, shape.at(level, column), shape.at(level, column)));
                    (is_running, site) = (true, Some(to));
                    level = shape.levels.after(level, shape.minimum);
                }
                (Move::Wait, true) => {
                    pieces.last_mut()?.end = shape.at(level, column);
                    is_running = false;
                    layer = self.most.map_or(Some(0), |_| layer.checked_sub(1))?;
                }
                (Move::Wait, false) => column += 1,
            }
        }
        let end = shape.whole.start() + shape.waited(column) + left.end();
        pieces.last_mut()?.end = end.min(shape.whole.end());
        pieces.retain(|piece| piece.start < piece.end);
        Some(pieces)
    }
}
