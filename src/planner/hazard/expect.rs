//! What a job that follows given pieces is expected to cost, exactly.

use super::super::curve::in_hours;
use super::super::rows::{Piece, Standing};
use super::Hazard;
use super::lane::Whole;
use super::left::Left;

impl Hazard<'_> {
    /// The expected cost of these pieces for a job of which so much is left: running, resumes, and the price of waiting, each
    /// as far as it has not finished. What the pieces leave over costs what an hour costs beyond the rows. Infinite where a
    /// piece lies in a row that cannot be run in.
    pub(super) fn expected(&self, left: &Left, whole: &Whole<'_>, pieces: &[Piece]) -> f64 {
        let mut site = match self.standing {
            Standing::Fresh => None,
            Standing::Paused(site) | Standing::Running(site, _) => Some(site),
        };
        let mut is_running = matches!(self.standing, Standing::Running(..));
        let (mut cost, mut work, mut at) = (0.0, 0, self.rows.borders[0]);
        for piece in pieces {
            let alive = left.alive(work);
            if alive <= 0.0 {
                break;
            }
            cost += self.price_per_hour * alive * in_hours(piece.start - at);
            if !(is_running && site == Some(piece.site) && piece.start == at) {
                let toll = self.toll(site, piece.site);
                if toll > 0.0 {
                    cost += alive * toll * self.rows.energy[piece.site][self.rows.row(piece.start)];
                }
            }
            cost += whole.run(left, work, *piece);
            work += piece.end - piece.start;
            (at, site, is_running) = (piece.end, Some(piece.site), true);
        }
        let rest = left.hours(left.end()) - left.hours(work);
        match site {
            Some(site) if rest > 0.0 => cost + rest * whole.beyond[site],
            _ => cost,
        }
    }
}
